"""What files are called and what they say does not act on the terminal that it is shown on."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Command, Template, commit, git, snapshot, write

Repository = Callable[..., Path]

EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[7m\x9b31m\x7f\u202e"
NAMES = [
    *("new\nline", "quote'\"`$(id)", "\x1b]0;owned\x07\x1b[2J", "\x9b2J", "\u202egnp.exe", "\x7f"),
    *(os.fsdecode(b"caf\xe9\xff"), "-rf", "--output=x", "tab\there", "back\\slash", "*?[]", " x "),
]
COMMANDS = [
    *(("facts", "--evidence"), ("facts", "--json"), ("check",), ("check", "--json"), ("plan",)),
    *(("plan", "--json"), ("plan", "--diff"), ("apply", "--yes", "--diff"), ("apply", "--yes")),
    *(("explain", "AGENTS.md"), ("remove", "--yes", "--diff")),
]


def at_a_terminal(folder: Path, template: Template, *arguments: str) -> str:
    """What the command shows, without the colours that are its own."""
    named = ["--template", str(template.folder)] if arguments[0] not in ("facts", "check") else []
    program = [sys.executable, "-m", "bootstrap.cli", *arguments, "-C", str(folder), *named]
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(
        program, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
    os.close(ours)
    assert child.returncode in {0, 2, 3}, shown.decode(errors="replace")
    return re.sub(r"\x1b\[(0|1|4|3\d|9\d)m", "", shown.decode())


def assert_harmless(shown: str) -> None:
    """Each character is one to see, or the end of a line."""
    acting = [line for line in re.split(r"\r?\n", shown) if not line.isprintable()]
    assert not acting


def check_commands(repo: Path, template: Template) -> None:
    """Run all commands; in the end everything is as before."""
    before = snapshot(repo)
    for arguments in COMMANDS:
        shown = at_a_terminal(repo, template, *arguments)
        assert_harmless(shown)
        if "--json" in arguments:
            json.loads(shown)
    assert snapshot(repo) == before


def test_the_commands_own_colours_are_colours(repository: Repository, template: Template) -> None:
    repo = repository()
    for arguments in COMMANDS:
        assert "\\x1b" not in at_a_terminal(repo, template, *arguments)


def test_names_of_files_are_harmless(repository: Repository, template: Template) -> None:
    repo = repository()
    job = "on: push\njobs: {a: {runs-on: x, steps: [{run: pytest}, {run: make lint}]}}\n"
    for name in NAMES:
        files = {
            f"{name}/package.json": '{"name": "a", "scripts": {"test": "jest", "lint": "x ."}}',
            f"{name}/pyproject.toml": "[project]\nname = 'a'\n",
            f"{name}/Makefile": "test:\n\tpytest\n",
            f"{name}/AGENTS.md": "x\n",
            f".github/workflows/{name}.yml": job,
            f"docs/{name}.md": "x\n",
            f".github/ISSUE_TEMPLATE/{name}.yml": "name: x\n",
            f".devcontainer/{name}/devcontainer.json": "{}\n",
            f"tests/{name}.py": "x = 1\n",
        }
        write(repo, files)
    commit(repo)
    check_commands(repo, template)


def test_words_in_files_are_harmless(repository: Repository, template: Template) -> None:
    word = json.dumps(EVIL)
    package = {
        "name": f"shop{EVIL}",
        "description": EVIL,
        "packageManager": f"pnpm@{EVIL}",
        "workspaces": [EVIL],
        "scripts": {"test": f"vitest {EVIL}", f"lint:{EVIL}": "eslint .", "start": EVIL},
    }
    files = {
        "README.md": f"# {EVIL}Shop\n\n{EVIL} sells things.\n\n```sh\nmake {EVIL}\n```\n",
        "package.json": json.dumps(package),
        "Makefile": f"test: ## {EVIL}\n\tpytest {EVIL}\nlint{EVIL}:\n\truff check\n",
        ".github/workflows/ci.yml": f"name: {word}\non: push\njobs:\n  {word}:\n    runs-on: x\n"
        f"    steps:\n    - uses: {word}\n    - run: {json.dumps('pytest ' + EVIL)}\n",
        "compose.yaml": f"services:\n  {word}: {{ports: [{word}], command: {word}}}\n",
        ".pre-commit-config.yaml": f"repos:\n- repo: {word}\n  hooks:\n  - id: {word}\n",
        ".claude/settings.json": json.dumps({"permissions": EVIL, "hooks": {EVIL: EVIL}}),
        "mise.toml": f"[tools]\nuv = {word}\n",
        "AGENTS.md": f"# {EVIL}\n\nRun `make {EVIL}`.\n",
        ".github/CODEOWNERS": f"* {EVIL}\n",
        ".gitignore": f"{EVIL}\n",
        "Dockerfile": f'FROM {EVIL}\nCMD ["{EVIL}"]\n',
        "pyproject.toml": f"[project]\nname = {word}\ndescription = {word}\n",
    }
    check_commands(repository(files), template)


@pytest.mark.parametrize(
    "arguments",
    [
        *(("explain", EVIL), ("plan", "--ref", EVIL), ("plan", "--answers-file", EVIL)),
        *(("plan", "--data", f"{EVIL}=1"), ("apply", "--yes", "--restore", EVIL)),
    ],
    ids=lambda arguments: arguments[-2],
)
def test_refusals_are_harmless(
    arguments: tuple[str, ...], repository: Repository, template: Template
) -> None:
    assert_harmless(at_a_terminal(repository(), template, *arguments))


def test_recorded_words_are_harmless(
    repository: Repository, bootstrap: Command, template: Template
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    answers, record = repo / ".copier-answers.yml", repo / ".process/record/02.yml"
    said = yaml.safe_load(answers.read_text())
    known = yaml.safe_load(record.read_text())["files"]["v1.0.0"]
    row = {"kind": "owned", "at": EVIL, "sha256": EVIL}
    for path, data in (
        *((answers, {**said, name: EVIL}) for name in ("_commit", "project_name", "docs_dir")),
        (answers, {**said, "_src_path": f"https://example.invalid/{EVIL}"}),
        (record, {"format": EVIL, "files": {}}),
        (record, {"format": 1, "files": {EVIL: known}}),
        (record, {"format": 1, "files": {"v1.0.0": {**known, ".process/validate": row}}}),
    ):
        path.write_text(yaml.safe_dump(data))
        assert_harmless(at_a_terminal(repo, template, "plan"))
        if path == record:
            assert_harmless(at_a_terminal(repo, template, "remove", "--yes", "--dry-run"))
        git(repo, "checkout", "-q", ".")


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("shop\x07\x1b[2J", EVIL),
        ("shop\ud800", "\udfff"),
        ("shop{{ 1/0 }}", "{% raw %}{# "),
        ("- shop: &a *b", "!!python/object:os.system [x] # "),
        ("shop" * 50_000, "y" * 1_000_000),
        ("../../shop", "'\"\\\"' \\n"),
    ],
    ids=range(6),
)
def test_any_name_and_description_come_as_text_and_go_again(
    name: str, description: str, repository: Repository, bootstrap: Command
) -> None:
    package = json.dumps({"name": name, "description": description})
    repo = repository({"package.json": package, "README.md": "x\n"})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    for path, (_, content) in snapshot(repo).items():
        harmless = all(each.isprintable() or each in "\n\t" for each in content.decode())
        assert path in before or harmless, path
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before
