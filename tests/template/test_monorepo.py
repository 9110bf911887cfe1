"""Two real services in one repository: set up, checked, started, and each checked by itself."""

from __future__ import annotations

import json
import shlex
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.template import stacks
from tests.template.test_faults import ANYWHERE, COMMIT, IDENTITY, PUSH
from tests.template.test_stacks import Server, Service, free_port, generate, require, wait_for_health

PAIR = ("python", "go")
COMMENT = {"python": "# Edited.", "go": "// Edited."}


@pytest.fixture(scope="module")
def services(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Service]:
    """Stack → its service; the repository is set up and in its first commit, beside a remote."""
    for stack in map(stacks.of, PAIR):
        require(*stack.needs)
    for tool in ("prek", "kingfisher"):
        require(tool, "--version")
    root = generate(template, tmp_path_factory.mktemp("monorepo") / "shop", "Shop", *PAIR)
    answers = yaml.safe_load((root / ".copier-answers.yml").read_text())
    services = {}
    for name in PAIR:
        commands = {
            slot: run["run"]
            for slot, runs in answers["commands"].items()
            for run in runs
            if run["dir"] == name
        }
        services[name] = Service(root / name, commands, stacks.of(name))
    for step in (
        "git init -q -b main ..",
        "git init -q --bare ../../remote.git",
        "git remote add origin ../remote.git",
        "../.process/setup",
        "git add -A ..",
        "git commit -qm first",
        "git push -q origin main",
        "git remote set-head origin main",
    ):
        done = services["python"].run(*step.split(), **IDENTITY)
        assert done.returncode == 0, f"{step}: {done.stdout}"
    return services


def checks(service: Service, *options: str) -> dict[str, str]:
    """The status of each check of `.process/validate`, by its id."""
    done = service.run("../.process/validate", "--json", *options)
    return {check["id"]: check["status"] for check in json.loads(done.stdout)["checks"]}


def clean(service: Service) -> None:
    for step in ("git reset -q --hard origin/main", "git clean -qfd .."):
        assert service.run(*step.split()).returncode == 0


def test_after_setup_every_check_of_both_is_green(services: dict[str, Service]) -> None:
    found = checks(services["go"])

    assert set(found.values()) == {"passed"}
    own = {f"process-{slot}-{name}" for name in PAIR for slot in ("lint", "format", *PUSH)}
    assert own < set(found)


def test_both_answer_side_by_side(services: dict[str, Service]) -> None:
    with ExitStack() as running:
        for service in services.values():
            if "build" in service.commands:
                built = service.slot("build")
                assert built.returncode == 0, built.stdout
            port = free_port()
            process = running.enter_context(
                subprocess.Popen(
                    shlex.split(service.commands["start"]),
                    cwd=service.folder,
                    env=service.environment(PORT=str(port)),
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            running.callback(process.terminate)  # uv passes it on
            wait_for_health(Server(process, port))


@pytest.mark.parametrize("name", PAIR)
def test_one_edited_file_runs_the_checks_of_its_folder_alone(
    services: dict[str, Service], name: str
) -> None:
    service = services[name]
    (edited,) = service.folder.glob({"python": "src/*/app.py", "go": "main.go"}[name])
    edited.write_text(edited.read_text().replace("\n\n", f"\n\n{COMMENT[name]}\n", 1))
    try:
        for options, slots in ((["--changed"], []), (["--related"], PUSH)):
            ran = {one for one, state in checks(service, *options).items() if state != "skipped"}
            assert ran >= {f"process-{slot}-{name}" for slot in ("format", *slots)}
            assert not {one for one in ran if one.endswith(tuple({*PAIR} - {name}))}
    finally:
        clean(service)


@pytest.mark.parametrize("name", PAIR)
@pytest.mark.parametrize("slot", (*COMMIT, *PUSH))
def test_a_fault_is_refused_where_a_service_of_its_own_refuses_it(
    services: dict[str, Service], name: str, slot: str
) -> None:
    service = services[name]
    mistake = {**ANYWHERE, **service.stack.mistakes}[slot]
    (service.folder / mistake.path).write_text(mistake.text)
    hook = f"process-{slot}" if slot in ANYWHERE else f"process-{slot}-{name}"
    try:
        assert service.run("git", "add", "-A").returncode == 0
        refused = service.run("git", "commit", "-qm", "second", **IDENTITY)
        if slot in PUSH:
            service.run("git", "commit", "-qm", "second", "--no-verify", **IDENTITY)
            refused = service.run("git", "push", "-q", "origin", "HEAD:topic")
        assert refused.returncode == 1
        assert f"- hook id: {hook}\n" in refused.stdout
        assert mistake.words in refused.stdout or "files were modified" in refused.stdout
    finally:
        clean(service)
