"""The one entry to the checks, run as people, git hooks, agents and CI run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template.test_pieces import BARE, commands, git, path_without, write

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]
Need = Callable[[str], str]


# --- what runs, and what it says ------------------------------------------------------------------


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
    assert "install what mise.toml lacks): cd . && no-other-tool" in ci.stdout


def test_a_module_that_is_missing_is_a_tool_that_is_missing(render: Render, run: Run) -> None:
    repo = render(**commands(lint="python3 -m no_such_module", test="python3 -m timeit -h"))
    laptop = run(repo, ".process/validate")
    assert laptop.returncode == 0, laptop.stdout
    assert laptop.stdout.count("Not checked") == 1
    assert run(repo, ".process/validate", CI="true").returncode == 1


def test_a_module_that_fails_has_failed(render: Render, run: Run) -> None:
    repo = render(**commands(lint="python3 -m timeit -n 1 -r 1 1/0"))
    assert run(repo, ".process/validate").returncode == 1


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


def test_one_line_says_that_all_is_well(render: Render, run: Run) -> None:
    repo = render(**commands(lint="echo a lot", test="true"))
    done = run(repo, ".process/validate")
    assert done.returncode == 0
    assert re.fullmatch(r"Checks: 4 passed in \d+\.\d s\n", done.stdout)


@pytest.mark.parametrize(("listed", "status"), [("a.go", 1), ("", 0)])
def test_a_formatter_that_only_lists_fails_if_it_lists_something(
    render: Render, run: Run, tmp_path: Path, listed: str, status: int
) -> None:
    repo = render(**commands(format="gofmt -s -l ."))
    write(tmp_path / "bin" / "gofmt", f"#!/bin/sh\nprintf '{listed}'\n", executable=True)
    path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = run(repo, ".process/validate", PATH=path)
    assert done.returncode == status, done.stdout
    assert listed in done.stdout


def test_a_build_is_part_of_a_full_run_only(render: Render, run: Run) -> None:
    repo = render(**commands(build="echo build >> .ran", test="echo test >> .ran"))
    write(repo / "new", "")
    for option in ("--changed", "--related"):
        assert run(repo, ".process/validate", option).returncode == 0
    assert (repo / ".ran").read_text().split() == ["test"]
    assert run(repo, ".process/validate").returncode == 0
    assert (repo / ".ran").read_text().split() == ["test", "test", "build"]


def test_a_full_run_makes_each_check_once(render: Render, run: Run) -> None:
    rows = {
        "lint": [{"run": "echo lint >> .ran", "dir": ".", "early": True}],
        "test": [{"run": "echo test >> .ran", "dir": "."}],
    }
    more = {"test": [{"run": "echo again >> .ran", "dir": ".", "slow": True, "env": "'A=b c'"}]}
    repo = render(**{**BARE, "commands": rows, "more_commands": more})
    assert run(repo, ".process/validate").returncode == 0
    assert (repo / ".ran").read_text().split() == ["test", "again"]
    code, told = document(repo, run)
    assert (code, [one["id"] for one in told["checks"] if one["status"] == "passed"][-2:]) == (
        0,
        ["process-test", "process-slow-test"],
    )
    write(repo / "changed", "")
    (repo / ".ran").unlink()
    assert run(repo, ".process/validate", "--changed").returncode == 0
    assert (repo / ".ran").read_text().split() == ["lint"]


def test_a_check_runs_with_the_variables_of_ci(render: Render, run: Run) -> None:
    row = {"run": 'test "$A $B" = "b c -D"', "dir": ".", "env": "'A=b c' B=-D"}
    repo = render(**{**BARE, "commands": {"test": [row]}})
    assert run(repo, ".process/validate").returncode == 0


def on_a_branch(repo: Path) -> None:
    """Leave a remote at the first commit, and be one commit further on a branch."""
    git(repo, "init", "-q", "--bare", "../remote.git")
    git(repo, "remote", "add", "origin", "../remote.git")
    git(repo, "push", "-q", "--no-verify", "origin", "HEAD:trunk")
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    git(repo, "checkout", "-q", "-b", "topic")
    write(repo / "committed", "")
    git(repo, "add", "committed")
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    git(repo, *identity, "commit", "-q", "--no-verify", "-m", "second")


SEEN = (
    "      - {{id: own-{0}, name: own, language: system, stages: [{0}], require_serial: true, "
    'entry: sh -c \'printf "%s\\n" "$@" > .seen-{0}\' x}}\n'
)


def test_related_runs_on_all_that_the_branch_changed(render: Render, run: Run) -> None:
    repo = render(**commands(lint="true"))
    pipeline = repo / ".pre-commit-config.yaml"
    text = pipeline.read_text() + SEEN.format("pre-commit") + SEEN.format("pre-push")
    pipeline.write_text(text)
    git(repo, "add", "-A")
    git(repo, "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qnm", "hooks")
    on_a_branch(repo)
    write(repo / "staged", "")
    git(repo, "add", "staged")
    write(repo / "new", "")
    done = run(repo, ".process/validate", "--related")
    assert done.returncode == 0, done.stdout
    for stage in ("pre-commit", "pre-push"):
        assert (repo / f".seen-{stage}").read_text().split() == ["committed", "new", "staged"]


def test_related_has_nothing_to_do_where_the_branch_began(render: Render, run: Run) -> None:
    repo = render(**commands(test="exit 1"))
    done = run(repo, ".process/validate", "--related")
    assert (done.returncode, done.stdout) == (0, "Nothing changed since this branch began\n")


def broken(repo: Path) -> None:
    write(repo / "broken", "")
    git(repo, "add", "broken")
    git(repo, "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qnm", "broken")


def test_a_commit_on_the_only_branch_counts_as_its_change(render: Render, run: Run) -> None:
    repo = render(**commands(test="test ! -e broken"))
    broken(repo)
    assert run(repo, ".process/validate", "--related").returncode == 1


def test_a_branch_that_is_pushed_still_began_at_the_default_one(render: Render, run: Run) -> None:
    repo = render(**commands(test="test ! -e broken"))
    git(repo, "init", "-q", "--bare", "../remote.git")
    git(repo, "remote", "add", "origin", "../remote.git")
    git(repo, "push", "-q", "--no-verify", "origin", "HEAD:main")
    git(repo, "checkout", "-q", "-b", "topic")
    broken(repo)
    git(repo, "push", "-q", "--no-verify", "-u", "origin", "topic")
    assert run(repo, ".process/validate", "--related").returncode == 1


def test_a_runner_that_is_killed_has_not_passed(
    render: Render, run: Run, tmp_path: Path
) -> None:
    repo = render(**commands(test="true"))
    prek = '#!/bin/sh\ncase "$*" in *--version*) exit 0 ;; *) kill -9 $$ ;; esac\n'
    write(tmp_path / "bin" / "prek", prek, executable=True)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = run(repo, ".process/validate", PATH=path)
    assert done.returncode == 1
    assert "Killed by signal 9" in done.stdout


def test_a_deleted_file_concerns_the_tests_of_its_folder(render: Render, run: Run) -> None:
    tests = [{"run": f"echo {name} >> ../.ran", "dir": name} for name in ("api", "web")]
    repo = render(**BARE, commands={"test": tests})
    for name in ("api", "web"):
        for file in ("a", "b"):
            write(repo / name / file, "")
    git(repo, "add", "-A")
    git(repo, "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qnm", "files")
    git(repo, *"-c user.name=t -c user.email=t@e commit -qn --allow-empty -m empty".split())
    (repo / "web" / "a").unlink()
    assert run(repo, ".process/validate", "--related").returncode == 0
    assert (repo / ".ran").read_text().split() == ["web"]


def test_a_command_at_the_root_leaves_folders_with_their_own_to_them(
    render: Render, run: Run
) -> None:
    lint = [{"run": "echo api >> ../.ran", "dir": "api"}, {"run": "echo all >> .ran", "dir": "."}]
    repo = render(**BARE, commands={"lint": lint})
    for path, ran in (("api/new", ["api"]), ("web/new", ["all"])):
        write(repo / path, "")
        assert run(repo, ".process/validate", "--changed").returncode == 0
        assert (repo / ".ran").read_text().split() == ran
        for file in (repo / path, repo / ".ran"):
            file.unlink()


# --- for programs ---------------------------------------------------------------------------------


def document(repo: Path, run: Run, *options: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the one document on stdout."""
    done = run(
        repo, "sh", "-c", f".process/validate --json {' '.join(options)} 2>/dev/null", **environment
    )
    return done.returncode, json.loads(done.stdout)


def test_json_tells_of_each_check(render: Render, run: Run) -> None:
    slots = {
        "lint": "echo 'line 7: no' && exit 3",
        "format": "echo x >> note",
        "typecheck": "no-such-tool",
        "test": "true",
    }
    repo = render(**commands(**slots))
    pipeline = repo / ".pre-commit-config.yaml"
    pipeline.write_text(
        pipeline.read_text()
        + "      - {id: own, name: own, language: system, entry: 'false', files: ^none$}\n"
    )
    write(repo / "note", "")
    git(repo, "add", "-A")
    status, told = document(repo, run)
    assert status == 1
    assert {key: told[key] for key in ("format", "scope", "status")} == {
        "format": 1,
        "scope": "all",
        "status": "failed",
    }
    found = {check["id"]: check for check in told["checks"]}
    assert {name: (check["stage"], check["status"]) for name, check in found.items()} == {
        "process-merge-markers": ("pre-commit", "passed"),
        "process-lint": ("pre-commit", "failed"),
        "process-format": ("pre-commit", "failed"),
        "process-context": ("pre-commit", "passed"),
        "own": ("pre-commit", "skipped"),
        "process-typecheck": ("pre-push", "not-run"),
        "process-test": ("pre-push", "passed"),
    }
    assert "line 7: no" in found["process-lint"]["output"]
    assert found["process-test"]["output"] == ""
    assert {name: check["modified"] for name, check in found.items() if check["modified"]} == {
        "process-format": ["note"]
    }
    assert all(check["seconds"] >= 0 for check in told["checks"])
    assert [note.rpartition(": ")[2] for note in told["notes"]] == ["no-such-tool"]


def test_json_says_so_if_all_is_well_or_nothing_ran(
    render: Render, run: Run, tmp_path: Path
) -> None:
    repo = render(**commands(test="no-such-tool"))
    status, told = document(repo, run, "--related")
    assert (status, told["status"], told["checks"]) == (0, "passed", [])
    status, told = document(repo, run, CI="true")
    assert (status, told["status"], told["checks"][-1]["status"]) == (1, "failed", "not-run")
    path = path_without(tmp_path / "bin", "prek", "pre-commit", "uvx", "mise")
    status, told = document(repo, run, PATH=path)
    assert (status, told["status"], len(told["notes"])) == (0, "not-run", 1)
    status, told = document(repo, run, PATH=path, CI="true")
    assert (status, told["status"]) == (1, "failed")


def test_json_has_one_entry_for_each_stage_where_pre_commit_runs(
    render: Render, run: Run, need: Need, tmp_path: Path
) -> None:
    repo = render(**commands(lint="echo 'line 7: no' && exit 3"))
    path = Path(path_without(tmp_path / "bin", "prek", "uvx", "mise", "pre-commit"))
    (path / "pre-commit").symlink_to(need("pre-commit"))
    status, told = document(repo, run, PATH=str(path))
    assert status == 1
    assert [check["id"] for check in told["checks"]] == ["pre-commit", "pre-push"]
    assert "line 7: no" in told["checks"][0]["output"]


# --- pipelines of others --------------------------------------------------------------------------


@pytest.mark.parametrize("for_prek", [False, True])
def test_nested_pipelines_run_only_where_the_repository_is_made_for_prek(
    render: Render, run: Run, for_prek: bool
) -> None:
    repo = render(**BARE)
    hook = "repos: [{repo: local, hooks: [{id: own, name: own, language: system, entry: touch"
    write(
        repo / "web" / ".pre-commit-config.yaml", f"{hook} ../.ran, pass_filenames: false}}]}}]\n"
    )
    if for_prek:
        pipeline = repo / ".pre-commit-config.yaml"
        pipeline.write_text("minimum_prek_version: 0.2.0\n" + pipeline.read_text())
    git(repo, "add", "-A")
    assert run(repo, ".process/setup").returncode == 0
    done = run(repo, ".process/validate")
    assert done.returncode == 0, done.stdout
    assert (repo / ".ran").exists() == for_prek
    (repo / ".ran").unlink(missing_ok=True)
    assert run(repo, "git", "commit", "-qm", "second").returncode == 0
    assert (repo / ".ran").exists() == for_prek


def test_a_pipeline_in_toml_runs_beside_ours(render: Render, run: Run) -> None:
    repo = render(**commands(lint="echo ours >> .ran"), hooks="other")
    own = "{id = 'own', name = 'own', language = 'system', entry = 'sh -c \"echo own >> .ran\"', pass_filenames = false}"
    write(repo / "prek.toml", f"[[repos]]\nrepo = 'local'\nhooks = [{own}]\n")
    done = run(repo, ".process/validate")
    assert done.returncode == 0, done.stdout
    assert sorted((repo / ".ran").read_text().split()) == ["ours", "own"]


# --- loops ----------------------------------------------------------------------------------------


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


def test_a_commit_and_a_push_run_their_own_checks_once(
    render: Render, run: Run, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    slots = {
        slot: f"echo {slot} >> {ran}" for slot in ("lint", "format", "typecheck", "test", "build")
    }
    repo = render(**commands(**slots))
    git(repo, "init", "-q", "--bare", "../remote.git")
    assert run(repo, ".process/setup").returncode == 0
    write(repo / "notes", "")
    git(repo, "add", "notes")
    done = run(repo, "git", "commit", "-qm", "second")
    assert done.returncode == 0, done.stdout
    assert ran.read_text().split() == ["lint", "format"]
    ran.unlink()
    done = run(repo, "git", "push", "-q", "../remote.git", "HEAD:main")
    assert done.returncode == 0, done.stdout
    assert ran.read_text().split() == ["typecheck", "test"]


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


def act(
    repo: Path,
    run: Run,
    program: str,
    event: str,
    payload: dict[str, object],
    **environment: str,
) -> str:
    """Run the workflow on this machine and return what it printed, the exit status at its end."""
    write(repo / ".git" / "event.json", json.dumps(payload))
    done = run(
        repo,
        program,
        event,
        "--workflows=.github/workflows/process-validate.yml",
        "--platform=ubuntu-latest=-self-hosted",
        "--eventpath=.git/event.json",
        **environment,
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
