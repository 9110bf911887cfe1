"""What hooks and CI of a repository do already is not done again."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Command, commit, write

Repository = Callable[..., Path]

RUFF = (
    "repos:\n  - repo: https://github.com/astral-sh/ruff-pre-commit\n    rev: v0.11.0\n    hooks:\n"
)
PIPELINE = RUFF + "      - id: ruff\n"
CI = (
    "on: [pull_request]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - run: ruff check .\n      - run: mypy src\n      - run: pytest\n"
)
PROJECT: dict[str, str] = {
    "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n',
    "src/x.py": "",
    ".github/workflows/ci.yml": CI,
}


def ours(repo: Path, bootstrap: Command) -> dict[str, Any]:
    """Apply; our hooks by their ids, without the prefix. A second run finds nothing to do."""
    bootstrap(repo, "apply", "--yes", "--factors", "2")
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    commit(repo, "applied")
    data = yaml.safe_load((repo / ".pre-commit-config.yaml").read_text())
    hooks = [hook for source in data["repos"] for hook in source["hooks"]]
    return {h["id"][8:]: h for h in hooks if h["id"].startswith("process-")} | {"": data}


def test_a_command_becomes_a_hook_unless_a_hook_runs_its_tool(
    repository: Repository, bootstrap: Command
) -> None:
    found = ours(repository({**PROJECT, ".pre-commit-config.yaml": PIPELINE}), bootstrap)
    assert {*found} == {"", "merge-markers", "secrets", "typecheck", "test"}
    assert found["typecheck"]["entry"] == ".process/tool mypy src"


@pytest.mark.parametrize("part", ["files: ^src/", "exclude: ^tests/"])
def test_a_hook_that_sees_a_part_leaves_the_command_to_ours(
    repository: Repository, bootstrap: Command, part: str
) -> None:
    pipeline = f"{PIPELINE}        {part}\n"
    found = ours(repository({**PROJECT, ".pre-commit-config.yaml": pipeline}), bootstrap)
    assert found["lint"]["entry"] == ".process/tool ruff check ."


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (".pre-commit-config.yaml", PIPELINE.replace("id: ruff", "id: gitleaks"), 5),
        (".github/workflows/x.yml", "on: push\njobs: {a: {steps: [{uses: gitleaks/x@v2}]}}\n", 2),
        ("package.json", '{"scripts": {"leaks": "secretlint src"}}\n', 1),
    ],
)
def test_no_second_scanner_comes(
    repository: Repository, bootstrap: Command, path: str, text: str, line: int
) -> None:
    repo = repository({**PROJECT, path: text})
    planned = bootstrap(repo, "plan", "--factors", "2").output
    assert f"{path}:{line} looks for secrets already" in planned
    assert "secrets" not in ours(repo, bootstrap)
    assert "kingfisher" not in (repo / "mise.toml").read_text()
    assert not (repo / ".process" / "secrets").exists()


@pytest.mark.parametrize(
    "step",
    [
        "      # gitleaks was too noisy, removed",
        "      - run: make lint # no gitleaks",
        "      - name: No gitleaks any more\n        run: make lint",
        "      - run: prettier --check . '!.gitleaks.toml'",
    ],
)
def test_a_scanner_that_is_only_mentioned_is_none(
    repository: Repository, bootstrap: Command, step: str
) -> None:
    repo = repository({**PROJECT, ".github/workflows/ci.yml": f"{CI}{step}\n"})
    planned = bootstrap(repo, "plan", "--factors", "2").output
    assert ".process/secrets" in planned
    assert "looks for secrets" not in planned


def test_in_a_repository_that_was_there_first_only_new_secrets_count(
    repository: Repository, bootstrap: Command
) -> None:
    found = ours(repository(PROJECT), bootstrap)
    assert found["secrets"]["entry"] == ".process/tool .process/secrets --new"


@pytest.mark.parametrize(
    ("before", "skipped"),
    [
        (
            "ci:\n  autofix_prs: false\n  skip: [mypy]\n",
            ["mypy", "process-merge-markers", "process-secrets"],
        ),
        ("ci:\n  autofix_prs: false\n", ["process-merge-markers", "process-secrets"]),
        ("", None),
    ],
)
def test_pre_commit_ci_skips_what_it_has_no_tool_for(
    repository: Repository, bootstrap: Command, before: str, skipped: list[str] | None
) -> None:
    repo = repository({**PROJECT, ".pre-commit-config.yaml": before + PIPELINE})
    data = ours(repo, bootstrap)[""]
    assert data.get("ci", {}).get("skip") == skipped
    at_commit = [
        hook["id"]
        for source in data["repos"]
        for hook in source["hooks"]
        if hook.get("stages") == ["pre-commit"] and hook["language"] == "system"
    ]
    assert at_commit == ["process-merge-markers", "process-secrets"]


def test_a_badge_shows_that_pre_commit_ci_runs(repository: Repository, bootstrap: Command) -> None:
    badge = "[![x](https://results.pre-commit.ci/badge/github/a/b/main.svg)](https://x)\n"
    repo = repository({**PROJECT, ".pre-commit-config.yaml": PIPELINE, "README.md": badge})
    assert ours(repo, bootstrap)[""]["ci"] == {"skip": ["process-merge-markers", "process-secrets"]}


def test_a_workspace_runner_stays_one_hook_and_other_folders_keep_theirs(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(
        {
            "package.json": '{"private": true, "workspaces": ["packages/*"],'
            ' "scripts": {"lint": "turbo run lint"}, "devDependencies": {"turbo": "2"}}\n',
            "package-lock.json": "{}\n",
            "turbo.json": '{"tasks": {}}\n',
            "packages/a/package.json": '{"name": "a", "scripts": {"lint": "eslint ."}}\n',
            "packages/b/package.json": '{"name": "b", "scripts": {"lint": "eslint ."}}\n',
            "api/go.mod": "module x\n\ngo 1.26\n",
            "api/main.go": "package main\n",
            ".github/workflows/ci.yml": CI.replace("ruff check .", "npm run lint")
            .replace("mypy src", "go vet ./...\n        working-directory: api")
            .replace("      - run: pytest\n", ""),
        }
    )
    found = ours(repo, bootstrap)
    assert {*found} == {"", "merge-markers", "secrets", "lint", "lint-api"}
    assert found["lint"]["entry"] == ".process/tool npm run lint"
    assert found["lint"]["exclude"] == "^(api)/"
    assert found["lint-api"]["entry"] == ".process/tool -C api go vet ./..."
    assert found["lint-api"]["files"] == "^api/"


@pytest.mark.parametrize("theirs", [None, "#!/bin/sh\nnpm test\n"])
@pytest.mark.parametrize("folder", [".husky", ".githooks", "scripts/git-hooks"])
def test_a_folder_of_hooks_gets_a_push_hook_unless_it_has_one(
    repository: Repository, bootstrap: Command, folder: str, theirs: str | None
) -> None:
    repo = repository({f"{folder}/pre-commit": "#!/bin/sh\nnpx lint-staged\n"})
    if theirs:
        write(repo, {f"{folder}/pre-push": theirs})
        commit(repo)
    told = bootstrap(repo, "apply", "--yes", "--factors", "2").output
    assert "--changed" in (repo / folder / "pre-commit").read_text()
    push = repo / folder / "pre-push"
    assert push.read_text() == theirs if theirs else "--related" in push.read_text()
    assert theirs or push.stat().st_mode & stat.S_IXUSR
    assert (f"let {folder}/pre-push call `.process/validate --related`" in told) == bool(theirs)


@pytest.mark.parametrize("theirs", [False, True])
def test_lefthook_gets_a_push_hook_unless_it_has_one(
    repository: Repository, bootstrap: Command, theirs: bool
) -> None:
    text = "pre-commit:\n  commands:\n    a:\n      run: make\n"
    text += "pre-push:\n  commands:\n    b:\n      run: make test\n" if theirs else ""
    repo = repository({"lefthook.yml": text})
    bootstrap(repo, "apply", "--yes", "--factors", "2")
    assert ("--related" in (repo / "lefthook.yml").read_text()) != theirs


MARKED = "a\n<<<<<<< ours\nb\n>>>>>>> theirs\n"


def test_files_with_markers_from_before_are_left_out_of_that_check(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**PROJECT, "tests/a b#(1).txt": MARKED, "plain.txt": "a\n"})
    hook = ours(repo, bootstrap)["merge-markers"]
    assert re.search(hook["exclude"].strip(), "tests/a b#(1).txt")
    assert not re.search(hook["exclude"].strip(), "plain.txt")


@pytest.mark.parametrize("source", ["https://github.com/pre-commit/pre-commit-hooks", "builtin"])
def test_no_second_check_for_markers_comes(
    repository: Repository, bootstrap: Command, source: str
) -> None:
    theirs = f"repos:\n  - repo: {source}\n    hooks:\n      - id: check-merge-conflict\n"
    found = ours(repository({**PROJECT, ".pre-commit-config.yaml": theirs}), bootstrap)
    assert "merge-markers" not in found


def test_where_theirs_do_everything_nothing_is_added(
    repository: Repository, bootstrap: Command
) -> None:
    theirs = RUFF + "      - id: check-merge-conflict\n      - id: gitleaks\n"
    repo = repository({".pre-commit-config.yaml": theirs})
    assert {*ours(repo, bootstrap)} == {""}
    assert (repo / ".pre-commit-config.yaml").read_text() == theirs


@pytest.mark.parametrize(("name", "text"), [("-q", MARKED), ("missing", "")])
def test_the_check_for_markers_fails_on_what_it_finds_or_cannot_read(
    repository: Repository, bootstrap: Command, name: str, text: str
) -> None:
    repo = repository(PROJECT)
    entry = ours(repo, bootstrap)["merge-markers"]["entry"]
    if text:
        write(repo, {name: text})
    done = subprocess.run([*shlex.split(entry), name], cwd=repo, stdin=subprocess.DEVNULL)
    assert done.returncode == 1


def test_nested_pipelines_are_told(repository: Repository, bootstrap: Command) -> None:
    repo = repository(
        {".pre-commit-config.yaml": PIPELINE, "web/.pre-commit-config.yaml": PIPELINE}
    )
    told = bootstrap(repo, "apply", "--yes", "--factors", "2").output
    assert "web/.pre-commit-config.yaml: only prek runs it" in told
