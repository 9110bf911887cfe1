"""What is rendered passes common formatters and linters as they are without configuration."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template import stacks
from tests.template.test_pieces import ANSWERS

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]
Need = Callable[[str], str]

NAMES = [
    "everything",
    "python",
    "monorepo",
    "husky",
    "only-context",
    "context-and-environment",
    "other",
]
SCRIPTS = (".process/setup", ".process/tool")


def paths(repo: Path, *endings: str) -> list[str]:
    """The rendered files with these endings, in dot-folders too."""
    found = [path for path in repo.rglob("*") if path.is_file() and ".git" not in path.parts]
    return sorted(str(path.relative_to(repo)) for path in found if path.suffix in endings)


@pytest.mark.parametrize("name", NAMES)
def test_markdown_has_no_finding_and_fits_into_80_columns(
    render: Render, run: Run, need: Need, name: str
) -> None:
    repo = render(**ANSWERS[name])
    files = paths(repo, ".md")
    for path in files:  # the front matter of a skill is data, with one line for each value
        _, _, body = (repo / path).read_text().rpartition("\n---\n")
        assert max(map(len, body.splitlines())) <= 80, path
    rules = ("--set", "extensions.front-matter.enabled=$!True", "--disable-rules", "line-length")
    done = run(repo, need("pymarkdown"), *rules, "scan", *files)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_numbered_lists_are_not_used_since_linters_disagree_on_them(
    render: Render, name: str
) -> None:
    repo = render(**ANSWERS[name])
    for path in paths(repo, ".md"):
        starts = [line.lstrip()[:3] for line in (repo / path).read_text().splitlines()]
        assert not {"1. ", "2. "} & set(starts), path


@pytest.mark.parametrize("name", NAMES)
def test_yaml_has_no_error_and_only_the_warnings_that_formatters_ask_for(
    render: Render, run: Run, need: Need, name: str
) -> None:
    repo = render(**ANSWERS[name])
    # A formatter leaves one space before a comment, and `on` is a key of GitHub's.
    warned = ("document-start", "comments", "truthy")
    done = run(repo, need("yamllint"), "--format", "parsable", *paths(repo, ".yml", ".yaml"))
    said = [
        line
        for line in done.stdout.splitlines()
        if not line.endswith(tuple(f"({w})" for w in warned))
    ]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("flags", ["", "-i 2", "-i 2 -ci", "-i 2 -bn", "-i 2 -s"])
@pytest.mark.parametrize("name", ["python", "husky"])
def test_scripts_stay_as_they_are_under_common_settings_of_shfmt(
    render: Render, run: Run, need: Need, name: str, flags: str
) -> None:
    repo = render(**ANSWERS[name])
    (repo / ".editorconfig").write_text("root = true\n\n[*]\nindent_style = tab\n")
    done = run(repo, need("shfmt"), "-d", *flags.split(), *SCRIPTS)
    assert (done.returncode, done.stdout) == (0, "")


def test_programs_pass_common_rules_for_the_oldest_python_that_they_run_on(
    render: Render, run: Run, need: Need
) -> None:
    repo = render(**ANSWERS["everything"])
    options = ("--isolated", "--target-version=py39")
    rules = "--select=A,B,C4,D,E,F,I,N,PTH,RET,SIM,UP,W"
    ignored = "--ignore=D105,D107,D203,D213,D413"
    programs = [".claude/hooks/process-turn"]
    for path in sorted((repo / ".process").rglob("[!.]*")):
        text = path.read_text() if path.is_file() else ""
        if text.startswith("#!/usr/bin/env python3"):
            programs.append(str(path.relative_to(repo)))
        elif path.suffix == "" and '\n"""' in text[:300]:
            # A module has no first line that names Python: linters have to be told.
            programs.append(f"{path.name}.py")
            shutil.copy(path, repo / programs[-1])
    assert {".process/validate", ".process/gate", "github.py"} <= {*programs}
    done = run(repo, need("ruff"), "check", *options, rules, ignored, *programs)
    assert done.returncode == 0, done.stdout
    done = run(repo, need("ruff"), "format", "--check", *options, *programs)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_spelling_checkers_find_nothing(render: Render, run: Run, need: Need, name: str) -> None:
    repo = render(**ANSWERS[name])
    for command in (
        ("typos", "--hidden", "--isolated", "--exclude=.git"),
        ("codespell", "--check-hidden", "--skip=.git"),
    ):
        done = run(repo, need(command[0]), *command[1:], ".")
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_json_has_sorted_keys_and_lists_that_break_only_if_they_are_long(
    render: Render, name: str
) -> None:
    repo = render(**ANSWERS[name])
    applications = tuple(f"{stack}/" for stack in stacks.names())  # their own formatters decide
    for path in paths(repo, ".json"):
        if path.startswith(applications):
            continue
        text = (repo / path).read_text()
        assert json.dumps(json.loads(text), sort_keys=True) == json.dumps(json.loads(text)), path
        assert text == _as_prettier_writes_it(json.loads(text)), path


def _as_prettier_writes_it(data: object, indent: str = "", before: int = 0) -> str:
    """Objects over several lines, lists on one line if that fits into 80 columns."""
    inner, end = indent + "  ", "" if indent else "\n"
    if isinstance(data, dict) and data:
        rows = [
            f"{inner}{json.dumps(key)}: {_as_prettier_writes_it(value, inner, len(inner) + len(key) + 4)}"
            for key, value in data.items()
        ]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}{end}"
    flat = json.dumps(data, ensure_ascii=False)
    maps = isinstance(data, list) and any(isinstance(item, dict) for item in data)
    if not isinstance(data, list) or (before + len(flat) <= 80 and not maps):
        return flat
    rows = [f"{inner}{_as_prettier_writes_it(item, inner)}" for item in data]
    return "[\n" + ",\n".join(rows) + f"\n{indent}]"
