"""The hook at the end of an agent's turn, called as the clients call it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

Render = Callable[..., Path]

AGENTS = ["claude", "codex", "copilot", "cursor", "gemini"]
SAID = "src/app.py: that is wrong"
# Notes that it ran and with what, and is red while there is a file called red.
VALIDATE = f"""\
#!/bin/sh
cd "$(dirname "$0")/.."
echo "$PWD $*" >> "$RUNS"
if [ -e sleep ]; then sleep 60 & echo $! > pid; wait; fi
[ ! -e red ] || {{ cat red; echo '{SAID}'; exit 1; }}
"""


@dataclass
class Repo:
    """A rendered repository whose checks are those of VALIDATE."""

    folder: Path
    runs_file: Path
    environment: Mapping[str, str]

    def command(self, client: str) -> str:
        """The command that the settings of a client name."""
        files = {
            "claude": ".claude/settings.json",
            "codex": ".codex/hooks.json",
            "copilot": ".github/hooks/process.json",
            "cursor": ".cursor/hooks.json",
            "gemini": ".gemini/settings.json",
        }
        hooks = json.loads((self.folder / files[client]).read_text())["hooks"]
        ((outer,),) = [hooks[name] for name in hooks if name != "SessionStart"]
        return str(outer.get("command") or outer["hooks"][0]["command"])

    def start(self, client: str, payload: object, **more: str) -> subprocess.Popen[str]:
        """Start the hook with a payload on its input."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        process = subprocess.Popen(
            ["bash", "-c", self.command(client)],
            cwd=self.folder,
            env={**self.environment, "CLAUDE_PROJECT_DIR": str(self.folder), **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it may be gone by now
            process.stdin.write(text)
            process.stdin.close()
        process.stdin = None
        return process

    def turn(self, client: str = "claude", payload: object = None, **more: str) -> str:
        """End a turn; what the hook prints. It never fails."""
        given = {"hook_event_name": "Stop", "cwd": str(self.folder)}
        process = self.start(client, given if payload is None else payload, **more)
        said, _ = process.communicate()
        assert process.returncode == 0
        return said

    def runs(self) -> list[str]:
        """The runs of the checks since the last question."""
        found = self.runs_file.read_text().splitlines() if self.runs_file.exists() else []
        self.runs_file.unlink(missing_ok=True)
        return found


@pytest.fixture
def repo(render: Render, tmp_path: Path, environment: dict[str, str]) -> Repo:
    folder = render(factors=[2, 6, 8], agents=AGENTS)
    (folder / ".process" / "validate").write_text(VALIDATE)
    runs = tmp_path / "runs"
    return Repo(folder, runs, {**environment, "RUNS": str(runs)})


@pytest.mark.parametrize("client", AGENTS)
def test_a_red_check_is_told_in_the_words_of_the_client(repo: Repo, client: str) -> None:
    (repo.folder / "red").write_text("x" * 10_000)
    events = {"gemini": "AfterAgent", "cursor": "stop"}
    payload: dict[str, object] = {"hook_event_name": events.get(client, "Stop")}
    where = {"workspace_roots": [str(repo.folder)]} if client == "cursor" else {"cwd": "."}

    answer = json.loads(repo.turn(client, {**payload, **where}))
    if client == "cursor":
        (reason,) = answer.values()
        assert answer.keys() == {"followup_message"}
    else:
        reason = answer.pop("reason")
        assert answer == {"decision": "block"}
    assert reason.endswith(SAID)
    assert 4000 < len(reason) < 4200
    assert repo.runs() == [f"{repo.folder} --related"]


def test_a_green_one_says_nothing_and_is_remembered(repo: Repo) -> None:
    file = repo.folder / "a file with a space"
    for _ in range(2):
        assert repo.turn() == ""
    assert len(repo.runs()) == 1

    for edit in (
        lambda: file.write_text("one"),
        lambda: file.write_text("two"),
        lambda: git(repo.folder, "add", "-A"),
        lambda: git(repo.folder, "commit", "-qm", "x"),
        lambda: (repo.folder / "AGENTS.md").unlink(),
    ):
        edit()
        for _ in range(2):
            assert repo.turn() == ""
        assert len(repo.runs()) == 1
    assert git(repo.folder, "status", "--short") == " D AGENTS.md\n"


@pytest.mark.parametrize(
    ("runner", "tool", "green"),
    [("prek", "true", True), ("prek", "no-such-tool", False), ("none", "true", False)],
)
def test_green_is_remembered_if_all_checks_ran(
    render: Render, tmp_path: Path, environment: dict[str, str], runner: str, tool: str, green: bool
) -> None:
    folder = render(factors=[2, 6], agents=["claude"])
    check = {"id": "one", "name": "one", "language": "system", "entry": f".process/tool {tool}"}
    pipeline = {"repos": [{"repo": "local", "hooks": [{**check, "always_run": True}]}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(pipeline))
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"git", "python3", "bash", "env", runner, "sh", "dirname"} - {"none"}:
        (programs / name).symlink_to(shutil.which(name, path=environment["PATH"]) or name)
    repo = Repo(folder, tmp_path / "runs", {**environment, "PATH": str(programs)})
    assert repo.turn() == ""
    assert (folder / ".git" / "process-turn").exists() == green


@pytest.mark.parametrize("client", ["claude", "cursor"])
def test_checks_that_take_too_long_are_told_once_and_not_run_again(repo: Repo, client: str) -> None:
    hook = repo.folder / ".claude" / "hooks" / "process-turn"
    hook.write_text(hook.read_text().replace("SECONDS = 280", "SECONDS = 1"))
    (repo.folder / ".git" / "info" / "exclude").write_text("pid\n")
    (repo.folder / "sleep").touch()
    first, second = (
        {"hook_event_name": "Stop", "cwd": ".", "session_id": name} for name in ("one", "two")
    )
    assert "more than 1 seconds" in repo.turn(client, first)
    assert len(repo.runs()) == 1
    # neither the same state again, in whatever conversation, nor the same words
    assert [repo.turn(client, payload) for payload in (first, second)] == ["", ""]
    assert repo.runs() == []
    (repo.folder / "other").touch()
    assert repo.turn(client, first) == ""
    assert len(repo.runs()) == 1
    (repo.folder / "other").unlink()
    (repo.folder / "sleep").unlink()
    (repo.folder / "red").touch()
    assert SAID in repo.turn(client, first)


@pytest.mark.parametrize("variable", ["CI", "GITHUB_ACTIONS"])
def test_in_ci_nothing_of_a_pull_request_is_run(repo: Repo, variable: str) -> None:
    (repo.folder / "red").touch()
    assert repo.turn(**{variable: "true"}) == ""
    assert repo.runs() == []
    assert SAID in repo.turn(**{variable: "false"})


def test_a_red_one_is_told_once_in_a_conversation(repo: Repo) -> None:
    (repo.folder / "red").touch()
    first, second = (
        {"hook_event_name": "Stop", "cwd": ".", "session_id": name} for name in ("one", "two")
    )
    said = [SAID in repo.turn(payload=payload) for payload in (first, first, second)]
    assert said == [True, False, True]

    (repo.folder / "other").touch()
    assert SAID in repo.turn(payload=second)


@pytest.mark.parametrize(
    "payload",
    [
        {"hook_event_name": "Stop", "stop_hook_active": True},
        {"hook_event_name": "PostToolUse"},
        {"hook_event_name": "SubagentStop"},
        {"hookEventName": "stop", "loop_count": 1},
        {"hook_event_name": "stop", "status": "aborted"},
        {},
        [],
        "no JSON",
        "",
    ],
    ids=str,
)
def test_only_the_end_of_a_turn_counts_and_only_once(repo: Repo, payload: object) -> None:
    (repo.folder / "red").touch()
    assert repo.turn(payload=payload) == ""
    assert repo.runs() == []


@pytest.mark.parametrize(
    ("seen", "variables"),
    [
        ({"timestamp": "2026-01-01T00:00:00Z"}, {}),
        ({"cursor_version": "3"}, {}),
        ({}, {"CURSOR_VERSION": "3"}),
        ({}, {"COPILOT_CLI": "1"}),
    ],
)
def test_claudes_settings_count_for_claude_code_alone(
    repo: Repo, seen: dict[str, str], variables: dict[str, str]
) -> None:
    (repo.folder / "red").touch()
    payload = {"hook_event_name": "Stop", "cwd": str(repo.folder), **seen}
    assert repo.turn(payload=payload, **variables) == ""
    assert repo.runs() == []
    assert SAID in repo.turn("copilot", payload, **variables)


def test_claude_code_that_another_client_started_is_no_other_client(repo: Repo) -> None:
    (repo.folder / "red").touch()
    assert SAID in repo.turn(COPILOT_CLI="1", CLAUDECODE="1")


def test_the_work_tree_of_the_conversation_is_checked(repo: Repo, tmp_path: Path) -> None:
    git(repo.folder, "commit", "-qam", "validate")
    tree = tmp_path / "tree"
    git(repo.folder, "worktree", "add", "-q", str(tree))
    repo.turn(payload={"hook_event_name": "Stop", "cwd": str(tree / ".process")})
    repo.turn(payload={"hook_event_name": "Stop", "cwd": str(tree)})
    repo.turn(payload={"hook_event_name": "Stop", "cwd": str(repo.folder / ".process")})
    assert repo.runs() == [f"{place} --related" for place in (repo.folder, tree, repo.folder)][1:]


def test_nothing_of_another_repository_is_run(repo: Repo, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(repo.folder, other)
    repo.turn(payload={"hook_event_name": "Stop", "cwd": str(other)})
    repo.turn(payload={"hook_event_name": "Stop", "cwd": str(tmp_path)})
    assert repo.runs() == [f"{repo.folder} --related"]


def test_the_variables_of_a_git_hook_do_not_lead_astray(repo: Repo, tmp_path: Path) -> None:
    (repo.folder / "red").touch()
    nowhere = {"GIT_DIR": str(tmp_path), "GIT_INDEX_FILE": str(tmp_path / "index")}
    assert SAID in repo.turn(**nowhere)


@pytest.mark.parametrize("client", AGENTS)
def test_without_its_parts_the_hook_is_silent(repo: Repo, client: str) -> None:
    (repo.folder / "red").touch()
    payload = {"hook_event_name": "Stop", "cwd": str(repo.folder)}
    (repo.folder / ".process" / "validate").unlink()
    assert repo.turn(client, payload) == ""
    (repo.folder / ".claude" / "hooks" / "process-turn").rename(repo.folder / "away")
    assert repo.turn(client, payload) == ""
    shutil.rmtree(repo.folder / ".git")
    assert repo.turn(client, payload) == ""
    (repo.folder / "away").rename(repo.folder / ".claude" / "hooks" / "process-turn")
    assert repo.turn(client, payload) == ""
    assert repo.runs() == []


def test_no_check_outlives_a_client_that_gives_up(repo: Repo) -> None:
    (repo.folder / "sleep").touch()
    process = repo.start("claude", {"hook_event_name": "Stop", "cwd": str(repo.folder)})
    pid = repo.folder / "pid"
    while not (pid.exists() and pid.read_text().strip()):
        assert process.poll() is None
        time.sleep(0.05)
    hook = child_of(process.pid)
    os.kill(hook, signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0
    while Path(f"/proc/{pid.read_text().strip()}/stat").exists():
        time.sleep(0.05)


def child_of(pid: int) -> int:
    """The process that the shell of a hook runs, or the shell itself where that has become it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.check_output(["git", *identity, *arguments], cwd=folder, text=True)


# --- the settings ---------------------------------------------------------------------------------


def test_only_the_files_of_the_chosen_agents_come(render: Render) -> None:
    own = {
        "claude": {"CLAUDE.md", ".claude/settings.json"},
        "codex": {".codex/hooks.json"},
        "copilot": {".github/hooks/process.json"},
        "cursor": {".cursor/hooks.json"},
        "gemini": {".gemini/settings.json"},
    }
    shared = {"AGENTS.md"}
    for name in AGENTS:
        folder = render(name, agents=[name], factors=[2, 6])
        present = {path for path in set().union(*own.values()) if (folder / path).exists()}
        assert present == own[name]
        assert (folder / ".claude" / "hooks" / "process-turn").exists()
        assert all((folder / path).exists() for path in shared)
    assert not (render("none", agents=[], factors=[2, 6]) / ".claude").exists()


def test_without_checks_there_is_no_hook(render: Render) -> None:
    folder = render(agents=AGENTS, factors=[6])
    files = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert not [path for path in files if "process-turn" in path.read_text()]
    assert {path.name for path in (folder / ".claude").iterdir()} == {"settings.json", "skills"}


def test_each_client_waits_as_long_in_its_own_unit(repo: Repo) -> None:
    def first(path: str, event: str) -> dict[str, object]:
        found: dict[str, object] = json.loads((repo.folder / path).read_text())["hooks"][event][0]
        return found["hooks"][0] if "hooks" in found else found  # type: ignore[index,no-any-return]

    assert first(".claude/settings.json", "Stop")["timeout"] == 300
    assert first(".codex/hooks.json", "Stop")["timeout"] == 300
    assert first(".github/hooks/process.json", "Stop")["timeoutSec"] == 300
    assert first(".gemini/settings.json", "AfterAgent")["timeout"] == 300_000


@pytest.mark.parametrize(("remote", "times"), [("true", 1), ("", 0)])
def test_a_session_starts_with_a_setup_in_the_cloud_only(
    repo: Repo, remote: str, times: int
) -> None:
    (repo.folder / ".process" / "setup").write_text('#!/bin/sh\necho setup >> "$RUNS"\nexit 1\n')
    settings = json.loads((repo.folder / ".claude" / "settings.json").read_text())
    command = settings["hooks"]["SessionStart"][0]["hooks"][0]["command"]
    more = {"CLAUDE_PROJECT_DIR": str(repo.folder), "CLAUDE_CODE_REMOTE": remote}
    environment = {**repo.environment, **more}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert repo.runs() == ["setup"] * times
