"""The JSON of `bootstrap facts` and its page say the same; the screen lets nothing act on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from bootstrap.facts import document
from bootstrap.facts.model import SLOTS, Command, Fact, Facts
from bootstrap.report import plain
from bootstrap.report.facts import screen

PAGE = Path(__file__).parents[2] / "docs/commands/facts.md"
ROW = re.compile(r"^\| `(\w+)` +\| ([a-z ]+?) +\| (.+?) +\|$", re.MULTILINE)
SCALARS = {"string": str, "boolean": bool}
MEMBERS = {"strings": str, "numbers": int, "objects": dict}


def _fields(part: str) -> dict[str, str]:
    """Field → type, from a table of the page."""
    return {name: kind for name, kind, _ in ROW.findall(part)}


def _is(value: Any, kind: str) -> bool:
    if kind.startswith("list of "):
        member = MEMBERS[kind.removeprefix("list of ")]
        return isinstance(value, list) and all(isinstance(one, member) for one in value)
    if kind == "object":
        return isinstance(value, dict)
    name, _, null = kind.partition(" or ")
    return isinstance(value, SCALARS[name]) or (null == "null" and value is None)


def _run(run: str, folder: str = ".", *, found: bool = True, writes: bool = False) -> Fact[Command]:
    return Fact(Command(run, folder, writes=writes), (), found)


@pytest.fixture
def full(look) -> Facts:
    """A repository that states most of the facts."""
    workflow = (
        "on: pull_request\njobs:\n  a:\n    steps:\n      - uses: a/b@v1\n      - run: make lint\n"
    )
    return look(
        {
            "package.json": '{"name": "a", "scripts": {"dev": "next dev"}, "dependencies": {"a": "1"}}',
            "Makefile": "lint:\n\teslint .\n",
            ".github/workflows/ci.yml": workflow,
            ".commitlintrc": "",
            "REUSE.toml": "",
            "vercel.json": "{}",
            "docker/Dockerfile": "FROM a\n",
            "pyproject.toml": "[broken",
        }
    )


def test_the_page_names_every_field_and_its_type(full: Facts) -> None:
    head, rest = PAGE.read_text().split("A command is an object:")
    command, run = rest.split("An entry of `ci_runs` is an object:")
    made = document(full)

    assert list(_fields(head)) == list(made)
    for name, kind in _fields(head).items():
        assert _is(made[name], kind), (name, kind, made[name])
    assert list(made["commands"]) == list(SLOTS)
    for one in (*made["commands"]["lint"], *made["ci_checks"]):
        assert list(one) == list(_fields(command))
        assert all(_is(one[name], kind) for name, kind in _fields(command).items())
    assert made["ci_runs"]
    for one in made["ci_runs"]:
        assert list(one) == list(_fields(run))
        assert all(_is(one[name], kind) for name, kind in _fields(run).items())


def test_every_fact_with_a_value_has_evidence(full: Facts) -> None:
    made = document(full)
    shown = {key.partition(": ")[0] for key in made["evidence"]}

    assert {"name", "ci", "commit_convention", "license_headers", "action_pins"} <= shown
    assert {"deployments", "ports", "commands.lint"} <= shown


def test_nothing_of_a_repository_acts_on_the_terminal() -> None:
    evil = "a\x1b[2Jb\x07\u202ec\udc80\x9b"
    lines = screen(
        Facts(
            name=Fact(evil),
            description=Fact(evil),
            codeowners=(evil,),
            commands={"lint": (_run(f"make {evil}", evil),)},
            notes=(evil,),
        ),
        evidence=True,
    )
    text = plain.as_json({"name": evil})

    for shown in (click.unstyle(lines), text):
        assert all(c.isprintable() or c == "\n" for c in shown)
        shown.encode()
    assert json.loads(text) == {"name": evil}


def test_the_screen_says_none_and_keeps_proposals_apart() -> None:
    lint, test = _run("make lint", writes=True), _run("pytest", found=False)
    shown = click.unstyle(
        screen(Facts(name=Fact("a"), commands={"lint": (lint,), "test": (test,)}))
    )
    work, proposed = shown.split("Proposed")

    assert re.search(r"^  lint +make lint  writes$", work, re.MULTILINE)
    assert re.search(r"^  test +none$", work, re.MULTILINE)
    assert re.search(r"^  git hooks +none$", work, re.MULTILINE)
    assert re.search(r"^  test +pytest$", proposed, re.MULTILINE)


def test_the_screen_shortens_long_lists_and_counts_the_rest() -> None:
    folders = [f"m{number}" for number in range(9)]
    build = tuple(_run("go build", folder) for folder in folders)
    shown = click.unstyle(
        screen(Facts(name=Fact("a"), components=tuple(folders), commands={"build": build}))
    )

    assert "projects          m0, m1, m2, m3, m4, m5 … and 3 more" in shown
    assert "go build  in m0, m1, m2 … and 6 more" in shown


def test_markup_is_named_only_where_it_leads() -> None:
    code = Facts(name=Fact("a"), languages=(Fact("go"), Fact("yaml")))
    prose = Facts(name=Fact("a"), languages=(Fact("markdown"), Fact("go")))

    assert re.search(r"languages +go$", click.unstyle(screen(code)), re.MULTILINE)
    assert re.search(r"languages +markdown, go$", click.unstyle(screen(prose)), re.MULTILINE)
