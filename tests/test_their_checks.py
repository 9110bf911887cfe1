"""Which checks of a repository become hooks, and which are named as what only its CI runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import answers, their_checks
from bootstrap.advice import _only_in_ci
from bootstrap.facts import read
from bootstrap.repo import Repo
from tests.conftest import Command

Repository = Callable[..., Path]
Rows = dict[str, list[dict[str, Any]]]

CI = ".github/workflows/ci.yml"
RUST = {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": ""}
PYTHON = {"pyproject.toml": '[project]\nname = "a"\n', "a.py": "x = 1\n"}
GO = {"go.mod": "module a\n", "a.go": "package a\n"}


def workflow(*steps: str, job: str = "") -> str:
    listed = "".join(f"      - {step}\n" for step in steps)
    return f"on: [pull_request]\njobs:\n  a:\n    runs-on: x\n{job}    steps:\n{listed}"


def checked(repository: Repository, files: dict[str, str]) -> tuple[Rows, Rows, str]:
    """The everyday commands, what CI checks besides, and the line on what only CI runs."""
    repo = Repo.open(repository(files))
    facts = read(repo)
    told = "".join(_only_in_ci(repo, facts))
    return their_checks.commands(repo, facts), their_checks.more(repo, facts), told


def row(run: str, **marks: object) -> dict[str, object]:
    return {"run": run, "dir": ".", **marks}


def test_a_second_tool_of_a_slot_is_a_hook_too(repository: Repository) -> None:
    ci = workflow("uses: golangci/golangci-lint-action@v9", "run: go vet ./...")
    commands, more, told = checked(repository, {**GO, CI: ci})

    assert commands["lint"] == [row("golangci-lint run")]
    assert more == {"lint": [row("go vet ./...")]}
    assert told == ""


def test_other_flags_of_one_tool_run_where_everything_does(repository: Repository) -> None:
    ci = workflow("run: cargo test", "run: cargo test --release", "run: cargo clippy")
    commands, more, told = checked(repository, {**RUST, CI: ci})

    assert (commands["test"], commands["lint"]) == ([row("cargo test")], [row("cargo clippy")])
    assert more == {"test": [row("cargo test --release", slow=True)]}
    assert told == ""


def test_the_tests_of_another_folder_run_too(repository: Repository) -> None:
    ci = workflow("run: go test ./...", "run: go test ./...\n        working-directory: tools")
    tools = {"tools/go.mod": "module b\n", "tools/b.go": "package b\n"}
    commands, more, _ = checked(repository, {**GO, **tools, CI: ci})

    every = [(one["run"], one["dir"]) for one in (*commands["test"], *more.get("test", []))]
    assert every == [("go test ./...", "."), ("go test ./...", "tools")]


def test_what_no_hook_can_run_is_named_once(repository: Repository) -> None:
    ci = workflow("uses: crate-ci/typos@v1", "run: cargo test", "run: cargo fuzz check")
    ci += "      - run: cargo test --target=${{ matrix.to }}\n"
    ci = ci.replace(
        "x\n", "x\n    strategy: {matrix: {to: [arm-unknown-linux, mips-unknown-linux]}}\n", 1
    )
    _, more, told = checked(repository, {**RUST, CI: ci})

    assert more == {}
    assert told == (
        "keep in CI what no hook runs: `typos` (ci.yml:7), `cargo fuzz check` (ci.yml:9), "
        "`cargo test --target=arm-unknown-linux` (ci.yml:10)"
    )


def test_runs_of_one_tool_are_named_together(repository: Repository) -> None:
    builds = [f"run: cargo build -Z minimal-versions --features {x}" for x in "abc"]
    _, _, told = checked(repository, {**RUST, CI: workflow("run: cargo test", *builds)})
    assert told == (
        "keep in CI what no hook runs: "
        "`cargo build -Z minimal-versions --features a` and 2 more of it (ci.yml:7)"
    )


def test_a_check_that_another_one_makes_runs_once(repository: Repository) -> None:
    make = "lint:\n\tblack --check .\n\tmypy src\n"
    ci = workflow("run: make lint", "run: black --check .", "run: mypy src", "run: pytest")
    commands, more, _ = checked(repository, {**PYTHON, "Makefile": make, CI: ci})

    assert commands["lint"] == [row("make lint")]
    assert [one["hooked"] for slot in ("format", "typecheck") for one in commands.get(slot, [])]
    assert more == {}


def test_a_quick_check_that_a_slow_one_makes_is_only_early(repository: Repository) -> None:
    scripts = '{"scripts": {"lint": "eslint .", "test": "npm run lint && vitest run"}}'
    files = {"package.json": scripts, "package-lock.json": "{}", "a.ts": ""}
    commands, _, _ = checked(repository, {**files, CI: workflow("run: npm test")})

    assert commands["lint"] == [row("npm run lint", early=True)]
    assert commands["test"] == [row("npm test")]


def test_an_aggregate_of_ci_takes_the_place_of_its_parts(repository: Repository) -> None:
    scripts = '{"scripts": {"lint": "eslint .", "check": "npm run lint && tsc --noEmit"}}'
    files = {"package.json": scripts, "package-lock.json": "{}", "a.ts": ""}
    commands, more, _ = checked(repository, {**files, CI: workflow("run: npm run check")})

    assert commands["lint"] == [row("npm run lint", early=True)]
    assert more == {"typecheck": [row("npm run check")]}


def test_a_runner_that_ci_lacks_gives_way_to_what_ci_runs(repository: Repository) -> None:
    just = "lint:\n  ruff check .\ntest:\n  pytest\n"
    ci = workflow("run: ruff check .", "run: pytest")
    commands, more, _ = checked(repository, {**PYTHON, "justfile": just, CI: ci})

    assert commands["lint"] == [row("just lint", hooked=True)]
    assert more == {"lint": [row("ruff check .")], "test": [row("pytest")]}


def test_what_ci_builds_for_a_release_alone_is_no_check(repository: Repository) -> None:
    release = "on:\n  push: {tags: ['*']}\njobs:\n  a: {steps: [{run: uv build}]}\n"
    files = {**PYTHON, "uv.lock": "", ".github/workflows/publish.yml": release}
    commands, more, _ = checked(repository, {**files, CI: workflow("run: uv run pytest")})

    assert commands["build"] == [row("uv build", hooked=True)]
    assert more == {}


def test_an_environment_of_tox_that_runs_the_hooks_is_no_hook(repository: Repository) -> None:
    tox = "[testenv:style]\ncommands = pre-commit run --all-files\n[testenv:typing]\ncommands = mypy\n"
    ci = workflow("run: tox -e style", "run: tox -e typing")
    commands, more, told = checked(repository, {**PYTHON, "tox.ini": tox, CI: ci})

    assert commands == {"typecheck": [row("tox -e typing")], "install": commands["install"]}
    assert (more, told) == ({}, "")


@pytest.mark.parametrize(
    ("run", "venv"),
    [
        ("pip install -e .", True),
        ("uv pip install -r requirements.txt", True),
        ("uv pip install --system -e .", False),
        ("uv sync", False),
    ],
)
def test_what_pip_installs_needs_an_environment(
    repository: Repository, run: str, venv: bool
) -> None:
    files = {**PYTHON, "requirements.txt": "click\n", CI: workflow(f"run: {run}")}
    commands, _, _ = checked(repository, files)
    assert commands["install"] == [row(run, **({"venv": True} if venv else {}))]


def test_hooks_run_with_the_variables_of_ci(repository: Repository, bootstrap: Command) -> None:
    ci = workflow("run: cargo test", job='    env: {RUSTFLAGS: "-D warnings"}\n')
    repo = repository({**RUST, CI: ci})
    bootstrap(repo, "apply", "--yes", "--factors", "2")

    data = yaml.safe_load((repo / ".pre-commit-config.yaml").read_text())
    entries = {hook["id"]: hook["entry"] for one in data["repos"] for hook in one["hooks"]}
    assert entries["process-test"] == ".process/tool env 'RUSTFLAGS=-D warnings' cargo test"


def test_a_program_that_an_action_brings_is_asked_for(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**GO, CI: workflow("uses: golangci/golangci-lint-action@v9")})
    done = bootstrap(repo, "apply", "--yes", "--factors", "2")
    assert "install golangci-lint (ci.yml:6), which an action brings in CI" in done.output


def test_the_answers_have_both(repository: Repository) -> None:
    repo = Repo.open(repository({**RUST, CI: workflow("run: cargo test", "run: cargo test --doc")}))
    known = ("commands", "more_commands")
    found = answers.of_facts(repo, read(repo), known, None)  # type: ignore[arg-type]
    assert found["commands"]["test"] == [row("cargo test")]
    assert found["more_commands"]["test"] == [row("cargo test --doc", slow=True)]


def test_no_two_checks_rely_on_each_other(repository: Repository) -> None:
    make = "lint:\n\tblack --check .\n\tmypy src\n"
    ci = workflow("run: make lint", "run: black --check .", "run: mypy src")
    commands, more, _ = checked(repository, {**PYTHON, "Makefile": make, CI: ci})

    rows = [one for found in (commands, more) for slot in found for one in found[slot]]
    plain = [one["run"] for one in rows if not {"hooked", "early", "venv"} & one.keys()]
    assert plain == ["make lint"]


def test_a_check_for_one_version_stays_with_ci(repository: Repository) -> None:
    one = "run: pytest --new\n        if: matrix.python-version == '3.14'"
    _, more, told = checked(repository, {**PYTHON, CI: workflow("run: pytest", one)})
    assert (more, told) == ({}, "keep in CI what no hook runs: `pytest --new` (ci.yml:7)")


def test_flake8_does_not_look_at_what_setup_made(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**PYTHON, CI: workflow("run: flake8 src")})
    bootstrap(repo, "apply", "--yes", "--factors", "2")
    text = (repo / ".pre-commit-config.yaml").read_text()
    assert "entry: .process/tool flake8 src --extend-exclude=.process,.venv\n" in text
