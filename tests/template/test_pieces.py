"""The pieces that a repository gets, rendered, and the context check run."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.template import stacks

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]

ALL = list(range(1, 13))
# Answers as a retrofit has them: no starter application, the repository's own commands.
BARE: dict[str, object] = {
    "stacks": [],
    "starter": False,
    "secret_scan": False,
    "factors": [2, 5, 6, 8],
    "agents": ["claude", "codex", "copilot", "cursor", "gemini"],
}
ANSWERS: dict[str, dict[str, object]] = {
    "everything": {"factors": ALL, "agents": BARE["agents"]},
    "python": {"stacks": ["python"], "description": "Takes orders."},
    "monorepo": {"stacks": stacks.names(), "description": "Takes orders."},
    "no-factor-but-1": {"factors": [1]},
    "only-validation": {"factors": [2]},
    "only-standards": {"factors": [5]},
    "only-context": {"factors": [6], "agents": BARE["agents"]},
    "only-environment": {"factors": [8]},
    "context-and-environment": {"factors": [6, 8]},
    "no-agent": {"factors": [2, 6], "agents": []},
    "husky": {**BARE, "hooks": "husky"},
    "lefthook": {**BARE, "hooks": "lefthook"},
    "custom": {**BARE, "hooks": "custom"},
    "other": {**BARE, "hooks": "other", "own_devcontainer": True, "validate_in_ci": False},
    "commands": {
        **BARE,
        "commands": {
            "install": [{"run": "npm ci", "dir": "web app"}, {"run": "uv sync", "dir": "."}],
            "lint": [{"run": "npm run lint", "dir": "web app"}, {"run": "npx x", "dir": "web app"}],
            "format": [{"run": "npm run lint", "dir": "web app"}],
            "typecheck": [{"run": "A=1 tsc -b && echo `pwd`", "dir": "web app"}],
            "test": [{"run": "pytest -k 'not slow'", "dir": "."}],
            "start": [{"run": "./manage.py runserver", "dir": "."}],
        },
    },
}


def commands(**slots: str) -> dict[str, object]:
    """The answers of a repository with one command in its root for each slot."""
    return {**BARE, "commands": {slot: [{"run": run, "dir": "."}] for slot, run in slots.items()}}


def files(repo: Path) -> dict[str, str]:
    """Path → text of what was rendered, the answers file aside."""
    found = [path for path in repo.rglob("*") if path.is_file() and ".git" not in path.parts]
    texts = {str(path.relative_to(repo)): path.read_text() for path in found}
    return {path: text for path, text in texts.items() if path != ".copier-answers.yml"}


def git(repo: Path, *command: str) -> str:
    done = subprocess.run(["git", *command], cwd=repo, capture_output=True, text=True, check=True)
    return done.stdout


def hooks(repo: Path, pipeline: str = ".pre-commit-config.yaml") -> dict[str, dict[str, object]]:
    (ours,) = yaml.safe_load((repo / pipeline).read_text())["repos"]
    return {hook["id"]: hook for hook in ours["hooks"]}


def write(path: Path, text: str, *, executable: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if executable:
        path.chmod(0o755)
    return path


def path_without(folder: Path, *names: str) -> str:
    """A PATH with links to everything on the usual one, except these names."""
    folder.mkdir()
    for place in ("/usr/local/bin", "/usr/bin", "/bin"):
        for program in Path(place).glob("*"):
            link = folder / program.name
            if program.name not in names and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


# --- what is rendered -----------------------------------------------------------------------------


RENDERED = {
    path.name.removesuffix(".jinja") for path in (ROOT / "template").rglob("*.jinja")
}  # all others are copied as they are


@pytest.mark.parametrize("name", ANSWERS)
def test_every_rendered_file_is_clean(render: Render, name: str) -> None:
    for path, text in files(render(**ANSWERS[name])).items():
        assert text == "" or re.search(r"[^\n]\n\Z", text), path
        assert not re.search(r"[ \t]$|\r|\A\n", text, re.MULTILINE), path
        # Modules beside a program are Python too, without a first line that says so.
        python = "python" in text[:25] or path.endswith(".py") or '\n"""' in text[:300]
        if not python:
            assert "\n\n\n" not in text, path
        if Path(path).name in RENDERED and not path.startswith(".github"):
            assert "{%" not in text and "{{" not in text, path


@pytest.mark.parametrize("name", ANSWERS)
def test_every_data_file_parses(render: Render, name: str) -> None:
    parsers: dict[str, Callable[[str], object]] = {
        ".json": json.loads,
        ".toml": tomllib.loads,
        ".yaml": yaml.safe_load,
        ".yml": yaml.safe_load,
    }
    for path, text in files(render(**ANSWERS[name])).items():
        if parser := parsers.get(Path(path).suffix):
            assert parser(text), path


@pytest.mark.parametrize("name", ANSWERS)
def test_the_text_for_agents_names_only_what_exists(render: Render, run: Run, name: str) -> None:
    repo = render(**ANSWERS[name])
    write(repo / "web app" / "package.json", '{"scripts": {"lint": "x"}}')
    if (repo / ".process" / "context").exists():
        done = run(repo, ".process/context")
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ANSWERS)
def test_both_runners_accept_the_pipeline(
    render: Render, run: Run, need: Callable[[str], str], name: str
) -> None:
    repo = render(**ANSWERS[name])
    for config in (".pre-commit-config.yaml", ".process/pipeline.yaml"):
        if (repo / config).exists():
            for runner in ("prek", "pre-commit"):
                done = run(repo, need(runner), "validate-config", config)
                assert done.returncode == 0, done.stdout
                assert "warn" not in done.stdout.lower()


def test_each_command_of_the_repository_becomes_one_hook(render: Render) -> None:
    found = hooks(render(**ANSWERS["commands"]))
    ours = {"process-merge-markers", "process-context"}
    assert {
        name: (hook["stages"], hook.get("files"))
        for name, hook in found.items()
        if name not in ours
    } == {
        "process-lint-web-app": (["pre-commit"], r"^web\ app/"),
        "process-lint-web-app-2": (["pre-commit"], r"^web\ app/"),
        "process-typecheck-web-app": (["pre-push"], r"^web\ app/"),
        "process-test": (["pre-push"], None),
    }


def test_a_retrofit_adds_nothing_but_hooks_to_a_pipeline(render: Render) -> None:
    repo = render(**BARE)
    assert list(yaml.safe_load((repo / ".pre-commit-config.yaml").read_text())) == ["repos"]


def test_a_dev_container_that_is_theirs_gets_only_the_call(render: Render) -> None:
    repo = render(**BARE, own_devcontainer=True)
    container = json.loads((repo / ".devcontainer" / "devcontainer.json").read_text())
    assert container == {"postCreateCommand": ".process/setup"}
    assert not (repo / ".devcontainer" / "Dockerfile").exists()


def test_claude_md_is_one_import(render: Render) -> None:
    texts = []
    for number, where in enumerate(("", "CLAUDE.md", ".claude/CLAUDE.md")):
        given = {"agents_file": "docs/agents.md", "claude_file": where}
        texts.append((render(f"repo-{number}", **BARE, **given) / "CLAUDE.md").read_text())
    # A file that is new has a title too, since linters want one.
    assert texts[0] == "# Claude Code\n\n@docs/agents.md\n"
    assert texts[1:] == ["@docs/agents.md\n", "@../docs/agents.md\n"]


@pytest.mark.parametrize("name", ["python", "commands", "husky", "custom"])
def test_shell_scripts_pass_shellcheck(
    render: Render, run: Run, need: Callable[[str], str], name: str
) -> None:
    repo = render(**ANSWERS[name])
    scripts = [".process/setup", ".process/tool"]
    scripts += [
        path for path in (".githooks/pre-commit", ".githooks/pre-push") if (repo / path).exists()
    ]
    done = run(repo, need("shellcheck"), *scripts)
    assert done.returncode == 0, done.stdout
    for script in scripts:
        assert (repo / script).stat().st_mode & stat.S_IXUSR, script


# --- CI -------------------------------------------------------------------------------------------


def test_workflows_have_no_finding(render: Render, run: Run, need: Callable[[str], str]) -> None:
    repo = render(factors=ALL)
    done = run(repo, need("zizmor"), "--persona", "pedantic", "--offline", "--format", "json", ".")
    assert done.returncode == 0, done.stdout
    done = run(repo, need("actionlint"))
    assert (done.returncode, done.stdout) == (0, "")


# --- context --------------------------------------------------------------------------------------


def context(repo: Path, run: Run) -> tuple[int, str]:
    done = run(repo, ".process/context")
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "- Lint: `docs/no/such/lint --all`",
        "- Lint: `.process/no-such`",
        "- Lint: `npm run no-such`",
        "- Lint: `make no-such`",
        "See [the map](docs/no-such.md).",
    ],
)
def test_what_is_missing_is_an_error_in_our_block_and_a_warning_elsewhere(
    render: Render, run: Run, line: str
) -> None:
    repo = render(**BARE)
    write(repo / "package.json", '{"scripts": {"lint": "x"}}')
    write(repo / "Makefile", "lint:\n\ttrue\n")
    agents = repo / "AGENTS.md"
    text = agents.read_text()
    agents.write_text(text.replace("\n## Rules\n", f"\n{line}\n\n## Rules\n"))
    number = agents.read_text().splitlines().index(line) + 1
    status, said = context(repo, run)
    assert (status, said.split(": ")[0]) == (1, f"AGENTS.md:{number}")
    agents.write_text(f"{text}\n{line}\n")
    status, said = context(repo, run)
    assert status == 0
    assert said.endswith("(warning)\n") and said.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        "Compare with `origin/main`, send `application/json`, not `<name>/x` or `$HOME/y`.",
        "- Lint: `npm run lint`, `make lint`, `docs/standards/`, `docs/standards/code.md`",
        "- In `web/`: `npm run web` and `./script`",
        "- Built: `build/app`",
        "[a](https://example.org/docs/x.md), [b](#c), [d](docs/standards/README.md#top)",
        "- Start: `./server --port 1`",
        "`docs/``",
    ],
)
def test_what_exists_or_is_no_path_is_left_alone(render: Render, run: Run, line: str) -> None:
    repo = render(**BARE)
    write(repo / "package.json", '{"scripts": {"lint": "x"}}')
    write(repo / "web" / "package.json", '{"scripts": {"web": "x"}}')
    write(repo / "web" / "script", "")
    write(repo / "Makefile", "fmt lint: deps\n\ttrue\n")
    write(repo / ".gitignore", "build/\n")
    (repo / "build").mkdir()
    agents = repo / "AGENTS.md"
    agents.write_text(agents.read_text().replace("\n## Rules\n", f"\n{line}\n\n## Rules\n"))
    assert context(repo, run) == (0, "")


def test_claude_md_has_to_import_the_text(render: Render, run: Run) -> None:
    repo = render(**BARE)
    claude = repo / "CLAUDE.md"
    for text in ("AGENTS.md\n", "# Mine\n\nSee `@AGENTS.md`\n"):
        claude.write_text(text)
        assert context(repo, run) == (1, "CLAUDE.md:1: add the line @AGENTS.md\n")
    claude.write_text("# Mine\n\n@./AGENTS.md\n")
    assert context(repo, run) == (0, "")
    claude.unlink()
    assert context(repo, run) == (0, "")
    claude.symlink_to("AGENTS.md")
    assert context(repo, run) == (0, "")


def test_a_stub_has_the_head_of_its_skill(render: Render, run: Run) -> None:
    repo = render(**BARE)
    stub = repo / ".claude" / "skills" / "validate" / "SKILL.md"
    stub.write_text(stub.read_text().replace("description: ", "description: Not "))
    status, said = context(repo, run)
    assert status == 1
    assert said.startswith(".claude/skills/validate/SKILL.md:1:")
    shutil.rmtree(stub.parent)
    status, said = context(repo, run)
    assert status == 0
    assert "needs this stub" in said


def test_the_context_check_executes_nothing_of_the_repository(render: Render, run: Run) -> None:
    repo = render(**commands(lint="bin/lint", start="bin/start"))
    for name in ("lint", "start"):
        write(repo / "bin" / name, "#!/bin/sh\ntouch ran\n", executable=True)
    write(repo / "Makefile", "X := $(shell touch ran)\nlint:\n\ttrue\n")
    git(repo, "config", "core.fsmonitor", "touch ran")
    assert context(repo, run) == (0, "")
    assert not (repo / "ran").exists()


def test_the_context_check_survives_a_hostile_text(render: Render, run: Run) -> None:
    repo = render(**BARE)
    agents = repo / "AGENTS.md"
    lines = ["`" * 20_000, f"`docs/{'a' * 5_000}`", "`../../../../etc/no-such`", "[x](" * 5_000]
    agents.write_text(agents.read_text() + "\n".join(lines) + "\n")
    agents.write_bytes(agents.read_bytes() + b"\xff\n")
    assert context(repo, run)[0] == 0
    agents.write_bytes(agents.read_bytes().removesuffix(b"\xff\n"))
    assert context(repo, run)[0] == 0
