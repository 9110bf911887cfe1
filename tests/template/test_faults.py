"""Planted faults of each stack, refused by the commit, by the push and by CI."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.template import stacks
from tests.template.stacks import Mistake
from tests.template.test_secrets import TOKEN
from tests.template.test_stacks import Service, generate, missing, require
from tests.template.test_validate import act

if TYPE_CHECKING:
    import subprocess

    from tests.template.conftest import Run

COMMIT, PUSH = ("lint", "format", "secrets", "merge-markers"), ("typecheck", "test")
ANYWHERE = {
    "secrets": Mistake("settings.txt", f"token: {TOKEN}\n", "settings.txt:1: "),
    "merge-markers": Mistake("notes.txt", "<<<<<<< ours\n", "notes.txt:1:"),
}
IDENTITY = {
    f"GIT_{who}_{what}": "t@example.org"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


@pytest.fixture(scope="module", params=stacks.names())
def installed(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    """A service in its first commit, set up, with a remote beside it."""
    stack = stacks.of(request.param)
    for need in (stack.needs, ("prek", "--version"), ("kingfisher", "--version")):
        require(*need)
    folder = generate(template, tmp_path_factory.mktemp("new") / "service", "Orders", request.param)
    answers = yaml.safe_load((folder / ".copier-answers.yml").read_text())
    commands = {slot: runs[0]["run"] for slot, runs in answers["commands"].items()}
    made = Service(folder, commands, stack)
    for step in (
        "git init -q -b main",
        "git init -q --bare ../remote.git",
        "git remote add origin ../remote.git",
        ".process/setup",
        "git add -A",
        "git commit -qm first",
        "git push -q origin main",
        "git remote set-head origin main",
    ):
        done = made.run(*step.split(), **IDENTITY)
        assert done.returncode == 0, f"{step}: {done.stdout}"
    return made


@pytest.fixture
def service(installed: Service) -> Iterator[Service]:
    """The service, clean again after the test."""
    yield installed
    for step in ("git reset -q --hard origin/main", "git clean -qfd"):
        assert installed.run(*step.split()).returncode == 0


def plant(service: Service, *slots: str) -> dict[str, Mistake]:
    """Write and stage a fault for each slot."""
    planted = {slot: {**ANYWHERE, **service.stack.mistakes}[slot] for slot in slots}
    for mistake in planted.values():
        (service.folder / mistake.path).write_text(mistake.text)
    assert service.run("git", "add", "-A").returncode == 0
    return planted


def commit(service: Service, *options: str) -> subprocess.CompletedProcess[str]:
    return service.run("git", "commit", "-qm", "second", *options, **IDENTITY)


@pytest.mark.parametrize("slot", COMMIT)
def test_a_commit_is_refused(service: Service, slot: str) -> None:
    planted = plant(service, slot)
    done = commit(service)
    assert done.returncode == 1
    assert f"- hook id: process-{slot}\n" in done.stdout
    # A fixer repairs what it can and says just that.
    assert planted[slot].words in done.stdout or "files were modified" in done.stdout
    assert service.run("git", "rev-list", "--count", "HEAD").stdout == "1\n"


@pytest.mark.parametrize("slot", PUSH)
def test_a_push_is_refused(service: Service, slot: str) -> None:
    planted = plant(service, slot)
    # The linter of a compiled language may see it at the commit; the push has to do so by itself.
    assert commit(service, "--no-verify").returncode == 0
    done = service.run("git", "push", "-q", "origin", "HEAD:topic")
    assert done.returncode == 1
    assert f"- hook id: process-{slot}\n" in done.stdout
    assert planted[slot].words in done.stdout
    assert service.run("git", "ls-remote", "--heads", "origin", "topic").stdout == ""


@pytest.mark.parametrize("slot", PUSH)
def test_validate_refuses_it_on_a_branch(service: Service, slot: str) -> None:
    planted = plant(service, slot)
    assert commit(service, "--no-verify").returncode == 0
    done = service.run(".process/validate", "--related")
    assert done.returncode == 1
    assert f"- hook id: process-{slot}\n" in done.stdout
    assert planted[slot].words in done.stdout


@pytest.mark.parametrize("slot", (*COMMIT, *PUSH))
def test_an_agents_turn_is_blocked_or_the_fault_repaired(service: Service, slot: str) -> None:
    fault = plant(service, slot)[slot]
    assert service.run("git", "reset", "-q").returncode == 0
    said = turn(service)
    if said:
        answer = json.loads(said)
        assert answer["decision"] == "block"
        assert fault.words in answer["reason"]  # its end: the name of the hook may be far above
    else:
        assert slot in ("lint", "format")
        assert (service.folder / fault.path).read_text() != fault.text


def turn(service: Service) -> str:
    """What Claude Code's hook at the end of a turn answers."""
    settings = json.loads((service.folder / ".claude" / "settings.json").read_text())
    command = settings["hooks"]["Stop"][0]["hooks"][0]["command"]
    payload = json.dumps({"hook_event_name": "Stop", "cwd": str(service.folder)})
    there = {"CLAUDE_PROJECT_DIR": str(service.folder), "CI": "", "GITHUB_ACTIONS": ""}
    done = service.run("bash", "-c", f"echo {shlex.quote(payload)} | {{ {command}; }}", **there)
    assert done.returncode == 0
    return done.stdout


# What does not compile has no tests that could fail, so it stands alone.
@pytest.mark.parametrize("slots", [(*COMMIT, "test"), ("typecheck",)], ids=["all", "typecheck"])
def test_ci_is_red(service: Service, run: Run, slots: tuple[str, ...]) -> None:
    require("act", "--version")
    set_up = service.run(".process/setup", CI="true")
    if set_up.returncode:  # such as by a Node of another version
        missing(set_up.stdout)
    planted = plant(service, *slots)
    assert commit(service, "--no-verify").returncode == 0
    # What is compiled and downloaded already is taken from where the service found it.
    caches = {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", f"{Path.home()}/.cache")}
    caches |= service.stack.environment
    said = act(service.folder, run, "act", "pull_request", {}, **caches)
    assert said.endswith("status 1"), said
    assert set(re.findall(r"- hook id: process-([a-z-]+)", said)) >= set(planted)
    for mistake in planted.values():
        assert mistake.words in said or "files were modified" in said


OTHER = """\
language: Other
tools: {}
commands: {}
hooks:
  lint: {run: "true", types_or: [text]}
  test: {run: "true", pass_filenames: false}
ignore: ""
code: ""
testing: ""
"""


def test_one_file_of_a_monorepo_runs_the_checks_of_its_stack_only(
    template: Path, tmp_path: Path, run: Run
) -> None:
    source, repo = tmp_path / "template", tmp_path / "repo"
    shutil.copytree(template, source)
    with (source / "extensions" / "stacks.yml").open("a") as rows:
        rows.write("- {name: other, title: Other}\n")
    own = source / "template" / "{{ folder.other }}"
    own.mkdir()
    (own / ".stack.yml").write_text(OTHER)
    (own / "new.txt").write_text("new\n")
    generate(source, repo, "Orders", "python", "other")
    run(repo, "git", "init", "-q")
    run(repo, "git", "add", "-A")

    def concerned(stage: str, path: str) -> set[str]:
        listed = run(repo, "prek", "run", "--dry-run", f"--stage={stage}", f"--files={path}")
        assert listed.returncode == 0, listed.stdout
        lines = [line for line in listed.stdout.splitlines() if line.endswith("Dry Run")]
        return {line.split("..")[0] for line in lines if "(" in line}

    assert concerned("pre-commit", "other/new.txt") == {"lint (other)"}
    assert concerned("pre-push", "other/new.txt") == {"test (other)"}
    assert concerned("pre-commit", "python/tests/test_app.py") == {"lint (python)", "format (python)"}
    assert concerned("pre-push", "python/tests/test_app.py") == {"typecheck (python)", "test (python)"}
