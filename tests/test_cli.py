"""The command line: help, JSON, quiet, colour, and the terminal's questions."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bootstrap.cli import main
from tests.conftest import Command, Template, git, snapshot
from tests.test_doors import FILES

Repository = Callable[..., Path]
COMMANDS = sorted(main.commands)


def test_the_commands_are_these() -> None:
    assert (
        sorted(
            [
                "facts",
                "plan",
                "apply",
                "check",
                "remove",
                "update",
                "adopt",
                "eject",
                "new",
                "explain",
                "github",
            ]
        )
        == COMMANDS
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: bootstrap {command}" in shown.output


def test_help_imports_neither_copier_nor_rich_nor_a_yaml_reader() -> None:
    code = (
        "import sys; sys.argv = ['bootstrap', '--help']\n"
        "from bootstrap.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = ('copier', 'rich', 'yaml', 'questionary', 'github', 'requests')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def _json(command: Command, repo: Path, *arguments: str, source: bool = True) -> dict[str, object]:
    found: dict[str, object] = json.loads(command(repo, *arguments, "--json", source=source).output)
    return found


def test_results_come_as_json(repository: Repository, bootstrap: Command) -> None:
    repo = repository(FILES)
    planned = _json(bootstrap, repo, "plan", "--factors", "6")
    assert planned["done"] is False
    changes = {change["path"]: change for change in planned["changes"]}  # type: ignore[attr-defined]
    assert changes["CLAUDE.md"]["action"] == "patch" and changes["CLAUDE.md"]["removed"] <= 1
    assert _json(bootstrap, repo, "apply", "--yes", "--factors", "6")["done"] is True
    assert _json(bootstrap, repo, "apply", "--yes")["writes"] == 0
    checked = _json(bootstrap, repo, "check", source=False)
    assert [row["number"] for row in checked["factors"]] == list(range(1, 13))  # type: ignore[attr-defined]
    assert _json(bootstrap, repo, "facts", source=False)["package_managers"] == ["npm"]
    assert "shared" in str(_json(bootstrap, repo, "explain", "CLAUDE.md")["text"])
    assert "Shared Validation" in str(_json(bootstrap, repo, "explain", "02")["text"])


def test_quiet_prints_nothing(repository: Repository, bootstrap: Command) -> None:
    repo = repository()
    for command in (["plan"], ["apply", "--yes"], ["remove", "--yes"]):
        assert bootstrap(repo, *command, "--quiet").output == ""
    for command in (["facts"], ["check"]):
        assert bootstrap(repo, *command, "--quiet", source=False).output == ""


def test_the_folder_can_be_named_before_the_command(repository: Repository) -> None:
    repo = repository(FILES)
    for arguments in (["-C", str(repo), "facts", "--json"], ["facts", "--json", "-C", str(repo)]):
        shown = CliRunner().invoke(main, arguments)
        assert json.loads(shown.output)["name"] == "Shop", shown.output


def test_check_fails_under_a_number(repository: Repository, bootstrap: Command) -> None:
    repo = repository()
    bootstrap(repo, "check", "--fail-under", "12", source=False, status=1)
    bootstrap(repo, "check", "--fail-under", "0", source=False)


def _at_a_terminal(folder: Path, template: Template, keys: bytes, **environment: str) -> str:
    """Run `bootstrap apply` at a terminal, press keys once it asks, and return what it showed."""
    program = [sys.executable, "-m", "bootstrap.cli", "apply", "--template", str(template.folder)]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(program[0], program, {**os.environ, "TERM": "xterm", **environment})
    shown = b""
    asked = False
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        shown += piece
        if b"\x1b[6n" in piece:
            os.write(terminal, b"\x1b[1;1R")
        if b"Apply this?" in shown and not asked:
            asked = True
            time.sleep(0.2)
            os.write(terminal, keys)
    os.waitpid(child, 0)
    return shown.decode()


def test_apply_asks_once_and_yes_applies(repository: Repository, template: Template) -> None:
    repo = repository()
    shown = _at_a_terminal(repo, template, b"\r")
    assert "\x1b[32m✔" in shown and "created" in shown
    assert (repo / ".process/validate").exists()


def test_no_leaves_everything_as_it_was(repository: Repository, template: Template) -> None:
    repo = repository()
    before = snapshot(repo)
    shown = _at_a_terminal(repo, template, b"\x1b[A\r", NO_COLOR="1")
    assert "nothing was changed" in shown and "\x1b[32m✔" not in shown
    assert snapshot(repo) == before


def test_new_makes_a_service_that_knows_where_it_came_from(
    template: Template, tmp_path: Path
) -> None:
    target = tmp_path / "shop"
    arguments = ["new", str(target), "--defaults", "-d", "stacks=python", "--factors", "2,6"]
    runner = CliRunner()
    done = runner.invoke(main, [*arguments, "--template", str(template.folder)])
    assert done.exit_code == 0, done.output
    assert "shop is ready" in done.output
    answers = (target / ".copier-answers.yml").read_text()
    assert "_commit: v1.0.0\n" in answers and f"_src_path: {template.folder}\n" in answers
    assert (target / "src").is_dir() and (target / "mise.toml").read_text() != ""
    again = runner.invoke(main, arguments)
    assert again.exit_code == 2 and "is not empty" in again.output
    git(target, "init", "-q")
    Command(template.folder)(target, "plan", "--check")
