"""Settings of agents that a repository had before: our hooks come beside theirs, and go again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Command, commit, snapshot, write

Repository = Callable[..., Path]

THEIRS = {
    ".claude/settings.json": """\
{
    // ours
    "permissions": {"allow": ["Bash(make:*)"], "deny": ["Read(.env)"]},
    "hooks": {
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
        "PostToolUse": []
    }
}
""",
    ".codex/hooks.json": '{"description": "ours", "hooks": {"Stop": []}}',
    ".cursor/hooks.json": '{"version": 1, "hooks": {"stop": [{"command": "say done"}]}}\r\n',
    ".gemini/settings.json": '{"context": {"fileName": ["GEMINI.md"]}, "hooks": {}}\n',
    ".github/hooks/own.json": '{"version": 1, "hooks": {}}\n',
}
EVENTS = {
    ".claude/settings.json": "Stop",
    ".codex/hooks.json": "Stop",
    ".cursor/hooks.json": "stop",
    ".gemini/settings.json": "AfterAgent",
    ".github/hooks/process.json": "Stop",
}


def commands(text: str, event: str) -> list[str]:
    """The commands of the hooks of an event."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    rows = json.loads("\n".join(lines))["hooks"][event]
    return [hook["command"] for row in rows for hook in row.get("hooks", [row])]


def test_hooks_come_beside_those_that_were_there_once_and_go_without_a_trace(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(THEIRS)
    before = snapshot(repo)

    bootstrap(repo, "apply", "--yes")
    for path, event in EVENTS.items():
        found = commands((repo / path).read_text(), event)
        assert [".claude/hooks/process-turn" in one for one in found].count(True) == 1, path
        assert ("say done" in found) == ("say done" in THEIRS.get(path, "")), path
    assert "ours" in (repo / ".claude/settings.json").read_text()

    commit(repo)
    once = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    assert snapshot(repo) == once

    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


@pytest.mark.parametrize(
    ("files", "agents"),
    [
        ({"CLAUDE.md": "Ours\n"}, "[claude]"),
        ({".codex/config.toml": ""}, "[codex]"),
        ({".github/copilot-instructions.md": "Ours\n"}, "[copilot]"),
        ({".github/instructions/a.instructions.md": "Ours\n"}, "[copilot]"),
        ({".cursorrules": "Ours\n", "GEMINI.md": "Ours\n"}, "[cursor, gemini]"),
        ({"AGENTS.md": "Ours\n"}, "[claude, copilot]"),
    ],
    ids=str,
)
def test_agents_are_those_of_which_the_repository_has_files(
    repository: Repository, bootstrap: Command, files: dict[str, str], agents: str
) -> None:
    repo = repository(files)
    bootstrap(repo, "apply", "--yes")
    assert f"\nagents: {agents}\n" in (repo / ".copier-answers.yml").read_text()
    assert (repo / "AGENTS.md").exists()


def test_other_agents_can_be_chosen_later(repository: Repository, bootstrap: Command) -> None:
    repo = repository({"CLAUDE.md": "Ours\n"})
    bootstrap(repo, "apply", "--yes")
    assert not (repo / ".codex").exists()
    commit(repo)
    bootstrap(repo, "apply", "--yes", "--data", "agents=[claude, codex]")
    assert (repo / ".codex" / "hooks.json").exists()
    write(repo, {".codex/config.toml": "model = 'x'\n"})
    commit(repo)
    bootstrap(repo, "apply", "--yes", "--data", "agents=[claude]")
    assert not (repo / ".codex" / "hooks.json").exists()
    assert (repo / ".codex" / "config.toml").exists()
