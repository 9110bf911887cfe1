"""What a text for agents names is looked up, in the hook and in `bootstrap check` by one code."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from bootstrap import drift
from tests.conftest import ROOT, Command, commit

BLOCK = "<!-- twelvefold:begin -->\n%s\n<!-- twelvefold:end -->\n"


class Paths:
    """Files by path → text."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.names = set(texts)

    def text(self, path: str) -> str:
        return self.texts.get(path, "")

    def has(self, path: str) -> bool:
        place = path.rstrip("/") + "/"
        return any(f"{name}/".startswith(place) for name in self.names)

    def ignored(self, paths: Iterable[str]) -> set[str]:
        return {path for path in paths if path.startswith("dist/")}


def told(texts: dict[str, str]) -> list[str]:
    return [f"{one.path}:{one.line}: {one.message}" for one in drift.named(Paths(texts))]


RUNNERS = {  # file → (its text, a call of what is there, a call of what is not, what that is)
    "Makefile": ("fmt lint: deps\n\ttrue\n", "make lint", "make tests", "target tests"),
    "justfile": ("lint arg='a':\n  x\n", "just lint", "just tests", "recipe tests"),
    "Taskfile.yml": ("tasks:\n  lint:\n    cmd: x\n", "task lint", "task tests", "task tests"),
    "package.json": (
        '{"scripts": {"lint": "x"}}',
        "npm run lint",
        "pnpm run tests",
        "script tests",
    ),
    "deno.json": ('{"tasks": {"lint": "x"}}', "deno task lint", "deno task tests", "task tests"),
    "composer.json": (
        '{"scripts": {"lint": ["x"]}}',
        "composer run lint",
        "composer run-script tests",
        "script tests",
    ),
    "pyproject.toml": (
        "[tool.poe.tasks]\nlint = 'x'\n",
        "uv run poe lint",
        "poe tests",
        "task tests",
    ),
    "noxfile.py": ("def lint(session):\n", "nox -s lint", "nox -s tests", "session tests"),
    "tox.ini": ("[testenv:lint]\n", "tox -e lint", "tox run -e tests", "environment tests"),
    "mise.toml": ("[tasks.lint]\nrun = 'x'\n", "mise run lint", "mise run tests", "task tests"),
    "Rakefile": ("task :lint do\n", "bundle exec rake lint", "rake tests", "task tests"),
}
UNSURE = {  # what has more names than its text shows
    "Makefile": ("include other.mk\n", "make tests"),
    "justfile": ("import 'other.just'\n", "just tests"),
    "Taskfile.yml": ("includes:\n  a: b\n", "task tests"),
    "noxfile.py": ("@nox.session(name=f'{a}')\n", "nox -s tests"),
    "tox.ini": ("env_list = {a,b}-c\n", "tox -e tests"),
    "mise.toml": ("[tools]\n", "mise run tests"),
    "Rakefile": ("require 'a/tasks'\n", "rake tests"),
}


@pytest.mark.parametrize("file", RUNNERS)
@pytest.mark.parametrize("frame", [BLOCK % "- Lint: `%s`", "```sh\n$ %s\n```\n", "`%s`\n"])
def test_a_name_that_its_runner_does_not_know_is_missing(file: str, frame: str) -> None:
    text, there, gone, what = RUNNERS[file]
    assert told({"AGENTS.md": frame % there, file: text}) == []
    said = told({"AGENTS.md": frame % gone, file: text})
    assert [line.split(": ", 1)[1] for line in said] == [f"there is no {what}"]


@pytest.mark.parametrize("file", UNSURE)
def test_what_can_not_be_read_off_a_file_is_not_said_to_be_missing(file: str) -> None:
    text, call = UNSURE[file]
    assert told({"AGENTS.md": BLOCK % f"`{call}`", file: text}) == []


WEB = {"web/package.json": '{"scripts": {"lint": "x"}}', "package.json": "{}", "web/AGENTS.md": ""}


@pytest.mark.parametrize(
    "line",
    [
        "In `web/`: `npm run lint`",
        "`cd web && npm run lint`",
        "`npm --prefix web run lint`",
        "`pnpm -C web run lint`",
    ],
)
def test_a_command_runs_in_the_folder_that_its_line_names(line: str) -> None:
    assert told({**WEB, "AGENTS.md": BLOCK % line}) == []
    moved = {path.replace("web/", "app/"): text for path, text in WEB.items()}
    assert told({**moved, "AGENTS.md": BLOCK % line})


@pytest.mark.parametrize(
    "call",
    [
        "npm run lint --workspace=web",
        "npm run lint -w web",
        "npm run lint --workspaces",
        "npm test -w web",
        "npm test --workspaces --if-present",
        "pnpm run lint -r",
        "pnpm run lint --recursive",
        "pnpm test --filter web",
        "pnpm -r lint",
        "pnpm --filter web test",
    ],
)
def test_a_script_of_workspaces_may_be_in_any_of_them(call: str) -> None:
    scripts = {"web/package.json": '{"scripts": {"lint": "x", "test": "x"}}', "package.json": "{}"}
    assert told({**scripts, "AGENTS.md": BLOCK % f"`{call}`"}) == []


@pytest.mark.parametrize("call", ["npm run gone -w web", "npm run lint -- -w web"])
def test_a_script_of_no_workspace_is_missing(call: str) -> None:
    assert told({**WEB, "AGENTS.md": BLOCK % f"`{call}`"}) == [
        f"AGENTS.md:2: there is no script {call.split()[2]}"
    ]


def test_a_script_that_is_run_if_present_need_not_be_there() -> None:
    assert told({**WEB, "AGENTS.md": BLOCK % "`npm run gone --if-present`"}) == []


def test_in_our_own_block_the_folder_counts_elsewhere_any_will_do() -> None:
    assert told({**WEB, "AGENTS.md": BLOCK % "`npm run lint`"}) == [
        "AGENTS.md:2: there is no script lint"
    ]
    assert told({**WEB, "AGENTS.md": "`npm run lint`\n"}) == []
    assert told({**WEB, "web/AGENTS.md": BLOCK % "`npm run lint`"}) == []


@pytest.mark.parametrize(
    "page",
    [
        "AGENTS.md",
        "agents.md",
        "sub/AGENTS.md",
        "CLAUDE.md",
        ".agents/skills/a/SKILL.md",
        "docs/standards/code.md",
        ".process/docs/standards/code.md",
    ],
)
def test_all_texts_for_agents_are_read(page: str) -> None:
    assert told({page: "See `src/gone.py` and [it](gone.md).\n", "src/a.py": ""}) == [
        f"{page}:1: there is no src/gone.py",
        f"{page}:1: there is no gone.md",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "`origin/main`, `application/json`, `fix/`, `a/...`, `dist/a.js`, `tests/fast/...`",
        "Run scripts, e.g. `npm run gone`; `src/gone.py` if present.",
        "[a](https://example.org/a.md) [b](#c) `<a>/b.py` `$HOME/a.py`",
    ],
)
def test_what_is_no_path_or_need_not_be_there_is_left_alone(line: str) -> None:
    assert told({"AGENTS.md": f"{line}\n", "src/a.py": ""}) == []


def test_a_script_that_settings_call_has_to_exist_and_a_door_to_call_the_entry() -> None:
    files = {
        ".process/validate": "",
        ".process/pipeline.yaml": "",
        ".husky/pre-commit": "npm test\n",
        ".github/workflows/process-validate.yml": "run: make\n",
        ".claude/settings.json": '"$CLAUDE_PROJECT_DIR/.claude/hooks/process-turn"\n',
        ".codex/hooks.json": "$(git rev-parse --show-toplevel)/.process/validate\n",
    }
    found = {(one.path, one.message, one.error) for one in drift.entries(Paths(files))}
    assert found == {
        (".husky/pre-commit", "call .process/validate here", False),
        (".github/workflows/process-validate.yml", "call .process/validate here", True),
        (".claude/settings.json", "there is no .claude/hooks/process-turn", True),
    }


def test_a_script_that_git_ignores_is_missing_in_a_clone_which_stops_nothing(
    repository: Callable[..., Path], bootstrap: Command
) -> None:
    repo = repository({".gitignore": ".claude\n", "AGENTS.md": "# Ours\n"})
    bootstrap(repo, "apply", "--yes", "--data", "agents=[codex, copilot, cursor, gemini]")
    assert not (repo / ".claude").exists()
    commit(repo)
    done = subprocess.run(
        [".process/context"], cwd=repo, stderr=subprocess.PIPE, text=True, check=False
    )
    said = "there is no .claude/hooks/process-turn, git ignores it (warning)"
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [said] * 4
    assert done.returncode == 0


def test_the_hook_and_the_check_are_one_file() -> None:
    hook = ROOT / "template/.process/context"
    assert hook.samefile(drift.__file__)
    assert os.access(hook, os.X_OK)
