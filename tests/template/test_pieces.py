"""The pieces that a repository gets, rendered and run: validate, git hooks, CI, context."""

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

from tests.template import stacks

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]

ALL = list(range(1, 13))
# Answers as a retrofit has them: no starter application, the repository's own commands.
BARE: dict[str, object] = {
    "stacks": [],
    "starter": False,
    "factors": [2, 5, 6, 8],
    "agents": ["claude", "gemini"],
}
ANSWERS: dict[str, dict[str, object]] = {
    "everything": {"factors": ALL, "agents": ["claude", "gemini"]},
    "python": {"stacks": ["python"], "description": "Takes orders."},
    "monorepo": {"stacks": stacks.names(), "description": "Takes orders."},
    "no-factor-but-1": {"factors": [1]},
    "only-validation": {"factors": [2]},
    "only-standards": {"factors": [5]},
    "only-context": {"factors": [6], "agents": ["claude", "gemini"]},
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


@pytest.mark.parametrize("name", ANSWERS)
def test_every_rendered_file_is_clean(render: Render, name: str) -> None:
    for path, text in files(render(**ANSWERS[name])).items():
        assert text == "" or re.search(r"[^\n]\n\Z", text), path
        assert not re.search(r"[ \t]$|\r|\A\n", text, re.MULTILINE), path
        if "python" not in text[:25] and not path.endswith(".py"):
            assert "\n\n\n" not in text, path
        if not path.startswith(".github"):
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
    scripts = [".process/setup", ".process/validate", ".process/tool"]
    scripts += [path for path in (".githooks/pre-commit",) if (repo / path).exists()]
    done = run(repo, need("shellcheck"), *scripts)
    assert done.returncode == 0, done.stdout
    for script in scripts:
        assert (repo / script).stat().st_mode & stat.S_IXUSR, script


# --- validate -------------------------------------------------------------------------------------


def test_a_repository_without_commands_passes(render: Render, run: Run) -> None:
    done = run(render(**BARE), ".process/validate", CI="true")
    assert done.returncode == 0, done.stdout


def test_a_failing_check_is_shown_with_its_own_words(render: Render, run: Run) -> None:
    done = run(render(**commands(lint="echo 'line 7: no' && exit 3")), ".process/validate")
    assert done.returncode == 1
    assert "line 7: no" in done.stdout
    assert "exit code: 3" in done.stdout


def test_a_command_of_a_folder_gets_its_files_by_their_names_there(
    render: Render, run: Run
) -> None:
    repo = render(**BARE)
    for path in ("web/a b.txt", "web/web/c.txt", "web/d.txt"):
        (repo / path).parent.mkdir(exist_ok=True)
        (repo / path).write_text(path)
    files = ("web/a b.txt", "web/d.txt", "web/c.txt")  # the last one is below web/ of web/
    done = run(repo, ".process/tool", "-C", "web", "printf", "<%s>", *files)
    assert done.stdout == "<a b.txt><d.txt><web/c.txt>"


def test_all_runs_what_a_commit_and_what_a_push_run_each_once(render: Render, run: Run) -> None:
    repo = render(**commands(lint="echo lint >> .ran", test="echo test >> .ran"))
    with (repo / ".pre-commit-config.yaml").open("a") as pipeline:
        pipeline.write(
            "      - {id: own, name: own, language: system, pass_filenames: false, "
            "entry: sh -c 'echo own >> .ran'}\n"
        )
    done = run(repo, ".process/validate")
    assert done.returncode == 0, done.stdout
    assert sorted((repo / ".ran").read_text().split()) == ["lint", "own", "test"]


def test_changed_runs_the_quick_checks_on_what_changed(render: Render, run: Run) -> None:
    repo = render(**commands(test="echo test >> .ran"))
    assert "Nothing changed" in run(repo, ".process/validate", "--changed").stdout
    pipeline = repo / ".pre-commit-config.yaml"
    pipeline.write_text(
        pipeline.read_text() + "      - {id: own, name: own, language: system, "
        'require_serial: true, entry: sh -c \'printf "%s\\n" "$@" > .seen\' x}\n'
    )
    write(repo / "new file", "")
    write(repo / "staged", "")
    git(repo, "add", "staged", ".pre-commit-config.yaml")
    (repo / "CLAUDE.md").unlink()
    done = run(repo, ".process/validate", "--changed")
    assert done.returncode == 0, done.stdout
    assert sorted((repo / ".seen").read_text().splitlines()) == [
        ".pre-commit-config.yaml",
        "new file",
        "staged",
    ]
    assert not (repo / ".ran").exists()


def test_fix_passes_if_the_fixers_repair_everything(render: Render, run: Run) -> None:
    repo = render(**commands(lint="grep -q fixed note || { echo fixed > note; exit 1; }"))
    write(repo / "note", "broken\n")
    git(repo, "add", "-A")
    assert run(repo, ".process/validate", "--fix").returncode == 0
    assert (repo / "note").read_text() == "fixed\n"


def test_validate_works_from_any_folder(render: Render, run: Run) -> None:
    repo = render(**commands(lint="pwd > .where"))
    (repo / "a" / "b").mkdir(parents=True)
    done = run(repo / "a" / "b", "../../.process/validate")
    assert done.returncode == 0, done.stdout
    assert Path((repo / ".where").read_text().strip()).samefile(repo)


def test_a_tool_that_is_missing_warns_on_a_laptop_and_fails_in_ci(render: Render, run: Run) -> None:
    repo = render(**commands(lint="no-such-tool --all", test="cd . && no-other-tool"))
    laptop = run(repo, ".process/validate")
    assert laptop.returncode == 0, laptop.stdout
    assert laptop.stdout.count("run .process/setup") == 2
    ci = run(repo, ".process/validate", CI="true")
    assert ci.returncode == 1
    assert "exit code: 127" in ci.stdout
    assert "run .process/setup before: cd . && no-other-tool" in ci.stdout


def test_without_a_runner_a_laptop_warns_and_ci_fails(
    render: Render, run: Run, tmp_path: Path
) -> None:
    repo = render(**BARE)
    path = path_without(tmp_path / "bin", "prek", "pre-commit", "uvx", "mise")
    laptop = run(repo, ".process/validate", PATH=path)
    assert laptop.returncode == 0
    assert laptop.stdout.count("\n") == 1
    ci = run(repo, ".process/validate", PATH=path, CI="true")
    assert ci.returncode == 1
    assert "run .process/setup" in ci.stdout


def test_pre_commit_runs_the_pipeline_where_prek_is_not(
    render: Render, run: Run, need: Callable[[str], str], tmp_path: Path
) -> None:
    repo = render(**commands(lint="echo lint >> .ran", test="echo test >> .ran"))
    path = Path(path_without(tmp_path / "bin", "prek", "uvx", "mise", "pre-commit"))
    (path / "pre-commit").symlink_to(need("pre-commit"))
    done = run(repo, ".process/validate", PATH=str(path))
    assert done.returncode == 0, done.stdout
    assert (repo / ".ran").read_text().split() == ["lint", "test"]
    write(repo / "new", "")
    assert run(repo, ".process/validate", "--changed", PATH=str(path)).returncode == 0
    assert (repo / ".ran").read_text().split() == ["lint", "test", "lint"]


def test_a_hook_that_calls_validate_does_not_start_over(render: Render, run: Run) -> None:
    repo = render(**BARE)
    write(repo / "check", "echo x >> .ran\n.process/validate\n")
    with (repo / ".pre-commit-config.yaml").open("a") as pipeline:
        pipeline.write("      - {id: own, name: own, language: system, entry: sh check, ")
        pipeline.write("pass_filenames: false}\n")
    done = run(repo, ".process/validate")
    assert done.returncode == 0, done.stdout
    assert (repo / ".ran").read_text().split() == ["x"]


@pytest.mark.parametrize("lint", ["make lint", "prek run -a", "cd . && prek run -a"])
def test_a_check_that_runs_the_pipeline_does_not_start_over(
    render: Render, run: Run, need: Callable[[str], str], lint: str
) -> None:
    need("make")
    repo = render(**commands(lint=lint, test="echo x >> .ran"))
    write(repo / "Makefile", "lint:\n\tprek run -a\n")
    done = run(repo, ".process/validate")
    assert done.returncode == 0, done.stdout
    assert (repo / ".ran").read_text().split() == ["x"]


@pytest.mark.parametrize("line", ["<<<<<<< before updating", ">>>>>>> after", "<<<<<<<"])
def test_a_merge_marker_is_found(render: Render, run: Run, line: str) -> None:
    repo = render(**BARE)
    write(repo / "notes.txt", f"a\n{line}\nb\n")
    done = run(repo, ".process/validate", "--changed")
    assert done.returncode == 1
    assert "notes.txt" in done.stdout
    write(repo / "notes.txt", f"a\n  {line}\n=======\n")
    assert run(repo, ".process/validate", "--changed").returncode == 0


@pytest.mark.parametrize("folder", [".", "we b(1)+", "it's"])
def test_any_command_line_arrives_as_it_was_written(render: Render, run: Run, folder: str) -> None:
    line = """A="it's" && printf '%s\\n' "$A" '*' "a  \\"b\\" #" 'é: $1' 'x' | tee out"""
    both = {slot: [{"run": line, "dir": folder}] for slot in ("install", "test")}
    repo = render(**BARE, commands=both)
    write(repo / folder / "file", "")
    git(repo, "add", "-A")
    out = repo / folder / "out"
    for command in (".process/setup", ".process/validate"):
        done = run(repo, command)
        assert done.returncode == 0, done.stdout
        assert out.read_text().splitlines() == ["it's", "*", 'a  "b" #', "é: $1", "x"]
        out.unlink()


# --- git hooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manager", "arrange"),
    [
        ("pre-commit", "true"),
        ("custom", "git config core.hooksPath .githooks"),
        ("husky", "git config core.hooksPath .husky"),
    ],
)
def test_a_commit_runs_the_checks_on_what_is_staged(
    render: Render, run: Run, manager: str, arrange: str
) -> None:
    lint = "if grep bad notes; then exit 1; fi"
    repo = render(**commands(lint=lint), hooks=manager)
    run(repo, "sh", "-c", arrange)
    assert run(repo, ".process/setup").returncode == 0
    write(repo / "notes", "bad\n")
    git(repo, "add", "notes")
    refused = run(repo, "git", "commit", "-q", "-m", "second")
    assert refused.returncode == 1
    assert "process-lint" in refused.stdout
    write(repo / "notes", "good\n")
    git(repo, "add", "notes")
    write(repo / "notes", "bad, but not staged\n")
    accepted = run(repo, "git", "commit", "-q", "-m", "second")
    assert accepted.returncode == 0, accepted.stdout
    assert (repo / "notes").read_text() == "bad, but not staged\n"


def test_lefthook_calls_the_pipeline(render: Render, run: Run, need: Callable[[str], str]) -> None:
    repo = render(**commands(lint="echo never && exit 1"), hooks="lefthook")
    write(repo / "notes", "")
    git(repo, "add", "notes")
    done = run(repo, need("lefthook"), "run", "pre-commit")
    assert done.returncode == 1
    assert "process-lint" in done.stdout


@pytest.mark.parametrize(
    ("manager", "hook"), [("custom", ".githooks/pre-commit"), ("husky", ".husky/pre-commit")]
)
def test_a_hook_is_harmless_where_the_pieces_are_not(
    render: Render, run: Run, manager: str, hook: str
) -> None:
    repo = render(**BARE, hooks=manager)
    shutil.rmtree(repo / ".process")
    assert run(repo, "sh", "-e", hook).returncode == 0


# --- CI -------------------------------------------------------------------------------------------


def test_workflows_have_no_finding(render: Render, run: Run, need: Callable[[str], str]) -> None:
    repo = render(factors=ALL)
    done = run(repo, need("zizmor"), "--persona", "pedantic", "--offline", "--format", "json", ".")
    assert done.returncode == 0, done.stdout
    done = run(repo, need("actionlint"))
    assert (done.returncode, done.stdout) == (0, "")


def act(repo: Path, run: Run, program: str, event: str, payload: dict[str, object]) -> str:
    """Run the workflow on this machine and return what it printed, the exit status at its end."""
    write(repo / ".git" / "event.json", json.dumps(payload))
    done = run(
        repo,
        program,
        event,
        "--workflows=.github/workflows/process-validate.yml",
        "--platform=ubuntu-latest=-self-hosted",
        "--eventpath=.git/event.json",
    )
    return f"{done.stdout}\nstatus {done.returncode}"


def test_the_workflow_runs_the_checks(render: Render, run: Run, need: Callable[[str], str]) -> None:
    program = need("act")
    repo = render(**commands(test="test ! -e broken || { echo it broke; exit 1; }"))
    green = act(repo, run, program, "pull_request", {})
    assert green.endswith("status 0"), green
    write(repo / "broken", "")
    git(repo, "add", "broken")
    red = act(repo, run, program, "merge_group", {})
    assert red.endswith("status 1")
    assert "it broke" in red


def test_a_push_runs_the_checks_on_the_default_branch_only(
    render: Render, run: Run, need: Callable[[str], str]
) -> None:
    program = need("act")
    repo = render(**commands(test="echo tested && exit 1"))
    payload: dict[str, object] = {
        "repository": {"default_branch": "trunk"},
        "ref": "refs/heads/trunk",
    }
    assert "tested" in act(repo, run, program, "push", payload)
    payload["ref"] = "refs/heads/topic"
    elsewhere = act(repo, run, program, "push", payload)
    assert elsewhere.endswith("status 0")
    assert "tested" not in elsewhere


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
