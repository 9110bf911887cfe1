"""The starter application of each stack: generated, installed, checked, started, asked, stopped."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.request import urlopen

import copier
import pytest
import yaml

from tests.template import stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.template.stacks import Stack

# The tools beside this Python come first.
TOOLS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
PORT = 9123
NAMES = {
    "plain": "Order Service",
    "nasty": "42 Über-long Project Name That Goes On" + " And On" * 30,
}


def require(*command: str) -> None:
    """Where this command does not work the test is skipped; in CI it fails."""
    if found := shutil.which(command[0], path=TOOLS):
        done = subprocess.run([found, *command[1:]], capture_output=True, check=False)
        if done.returncode == 0:
            return
    missing(f"`{shlex.join(command)}` does not work")


def missing(what: str) -> NoReturn:
    """Skip the test for what this machine lacks; in CI fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"In CI: {what}")
    pytest.skip(what)


def generate(template: Path, made: Path, name: str, *chosen: str) -> Path:
    data = {
        "project_name": name,
        "description": "Takes orders; l'été, 100 % of them {{ }} #1",
        "stacks": list(chosen),
        "port": PORT,
    }
    copier.run_copy(str(template), made, data=data, defaults=True, quiet=True)
    return made


@dataclass(frozen=True)
class Service:
    """A generated service whose dependencies are installed."""

    folder: Path
    commands: Mapping[str, str]  # slot → command, as the answers file has them
    stack: Stack

    def environment(self, **extra: str) -> dict[str, str]:
        # A laptop's, in CI too: there setup installs no git hooks.
        dropped = ("CI", "GITHUB_ACTIONS", "GIT_", "PROCESS_", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        path = f"{self.folder}/.venv/bin{os.pathsep}{TOOLS}"
        return {**kept, "PATH": path, **self.stack.environment, **extra}

    def run(self, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def slot(self, name: str) -> subprocess.CompletedProcess[str]:
        return self.run("bash", "-c", self.commands[name])

    def local(self, command: list[str]) -> list[str]:
        """A command of the image, with what it names where the build puts it here."""
        return [
            str(self.folder / self.stack.built[w]) if w in self.stack.built else w for w in command
        ]


EVERY = [(stack, name) for stack in stacks.names() for name in NAMES]
PLAIN = [case for case in EVERY if case[1] == "plain"]
plain = pytest.mark.parametrize("service", PLAIN, indirect=True, ids="-".join)


@pytest.fixture(scope="module", params=EVERY, ids="-".join)
def service(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    name, title = request.param
    stack = stacks.of(name)
    require(*stack.needs)
    folder = generate(template, tmp_path_factory.mktemp(title) / "service", NAMES[title], name)
    answers = yaml.safe_load((folder / ".copier-answers.yml").read_text())
    commands = {slot: runs[0]["run"] for slot, runs in answers["commands"].items()}
    service = Service(folder, commands, stack)
    for slot in ("install", "build"):
        if slot in commands:
            done = service.slot(slot)
            assert done.returncode == 0, done.stdout
    return service


# --- its own checks -------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", ["lint", "format", "typecheck", "test"])
def test_the_service_passes_its_own_checks_as_generated(service: Service, slot: str) -> None:
    done = service.slot(slot)

    assert done.returncode == 0, done.stdout


@contextmanager
def mistakes(service: Service, *slots: str) -> Iterator[None]:
    """Wrong files that are there for the length of a `with` block."""
    wrong = [service.stack.mistakes[slot] for slot in slots]
    for mistake in wrong:
        (service.folder / mistake.path).write_text(mistake.text)
    try:
        yield
    finally:
        for mistake in wrong:
            (service.folder / mistake.path).unlink()


@pytest.mark.parametrize("slot", ["lint", "format", "typecheck", "test"])
@plain
def test_a_mistake_fails_the_check_that_looks_for_it(service: Service, slot: str) -> None:
    with mistakes(service, slot):
        done = service.slot(slot)

    assert done.returncode != 0
    assert service.stack.mistakes[slot].words in done.stdout


@plain
def test_validate_passes_as_generated_and_fails_each_check_that_finds_a_mistake(
    service: Service,
) -> None:
    require("prek", "--version")

    def validate() -> subprocess.CompletedProcess[str]:
        for step in (["git", "init", "--quiet"], [".process/setup"], ["git", "add", "--all"]):
            done = service.run(*step)
            assert done.returncode == 0, done.stdout
        return service.run(".process/validate")

    clean = validate()
    with mistakes(service, *service.stack.mistakes):
        wrong = validate()

    assert clean.returncode == 0, clean.stdout
    assert wrong.returncode == 1
    failed = {line.split(".")[0] for line in wrong.stdout.splitlines() if line.endswith("Failed")}
    assert failed == set(service.stack.mistakes)


def test_the_lock_file_that_the_first_install_writes_is_complete(service: Service) -> None:
    done = service.run(*service.stack.locked)

    assert done.returncode == 0, done.stdout
    assert (service.folder / service.stack.lock).is_file()


# --- the running process --------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> tuple[int, bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()

    def greeting(self) -> str:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            head = {"Content-Type": "application/json"}
            connection.request("POST", "/greetings", b'{"name": "Ada"}', head)
            return str(json.load(connection.getresponse())["message"])

    def answers(self) -> bool:
        try:
            status, body = self.get("/healthz")
        except OSError:
            return False
        return status == 200 and json.loads(body) == {"status": "ok"}

    def log_up_to(self, words: str) -> None:
        assert self.process.stdout
        assert any(words in line for line in self.process.stdout), f"it never said {words}"

    def stop(self) -> list[dict[str, Any]]:
        """Ask it to stop; its log, line by line."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        return [json.loads(line) for line in output.splitlines()]


def image_command(service: Service) -> list[str]:
    """What the Dockerfile's CMD starts, in exec form."""
    line = (service.folder / "Dockerfile").read_text().splitlines()[-1]
    return service.local(json.loads(line.removeprefix("CMD ")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_health(server: Server) -> None:
    for _ in range(300):
        assert server.process.poll() is None, server.process.communicate()[0]
        if server.answers():
            return
        time.sleep(0.1)
    pytest.fail("half a minute after the start /healthz does not answer")


@pytest.fixture(params=["start command", "image"])
def server(request: pytest.FixtureRequest, service: Service) -> Iterator[Server]:
    from_image = request.param == "image"
    command = image_command(service) if from_image else shlex.split(service.commands["start"])
    port = free_port()
    with subprocess.Popen(
        command,
        cwd=service.folder,
        env=service.environment(PORT=str(port)),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        started = Server(process, port)
        try:
            wait_for_health(started)
            yield started
        finally:
            process.kill()


def test_the_service_stops_on_sigterm_with_status_0_and_has_logged_json(server: Server) -> None:
    assert server.get("/absent")[0] == 404

    log = server.stop()

    assert server.process.returncode == 0
    [request] = [entry for entry in log if entry.get("path") == "/absent"]
    assert (request["method"], request["status"]) == ("GET", 404)
    assert request["duration_ms"] > 0
    assert {"time", "level", "message"} <= set.intersection(*map(set, log))
    assert any(f"http://127.0.0.1:{server.port}" in str(entry["message"]) for entry in log)


def test_a_slow_request_is_answered_although_the_service_is_told_to_stop(
    service: Service, server: Server
) -> None:
    body = b'{"name": "Ada"}'
    head = (
        "POST /greetings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head.encode())
        assert client.recv(1024).startswith(b"HTTP/1.1 100")

        server.process.send_signal(signal.SIGTERM)
        server.log_up_to(service.stack.stopping)
        assert not server.answers()  # nothing new is let in
        client.sendall(body)

        assert client.recv(1024).startswith(b"HTTP/1.1 200")
    assert server.process.wait(timeout=30) == 0


def test_compose_asks_for_health_in_a_way_that_can_fail(service: Service, server: Server) -> None:
    compose = yaml.safe_load((service.folder / "compose.yaml").read_text())
    kind, *check = compose["services"]["app"]["healthcheck"]["test"]
    check = [word.replace(f":{PORT}/", f":{server.port}/") for word in service.local(check)]

    assert kind == "CMD"
    assert service.run(*check, PORT=str(server.port)).returncode == 0
    server.stop()
    assert service.run(*check, PORT=str(server.port)).returncode != 0


@plain
def test_a_flag_is_switched_on_and_back_while_the_service_runs(
    service: Service, server: Server
) -> None:
    path = service.folder / "flags.json"
    dark = path.read_text()
    before = server.greeting()

    path.write_text(dark.replace('"defaultVariant": "off"', '"defaultVariant": "on"'))
    shown = server.greeting()
    path.write_text(dark)

    assert (before, shown) == ("Hello, Ada!", "Hello, Ada! It is good to see you.")
    assert server.greeting() == before


# --- the container --------------------------------------------------------------------------------


def test_one_port_is_used_everywhere(service: Service) -> None:
    files = ("README.md", "compose.yaml", *service.stack.name_the_port)
    texts = [file.read_text() for glob in files for file in service.folder.glob(glob)]

    assert len(texts) == len(files)
    assert all(str(PORT) in text and "8000" not in text for text in texts)


def test_the_flags_come_into_the_image(service: Service) -> None:
    let_in = (service.folder / ".dockerignore").read_text().splitlines()
    final = (service.folder / "Dockerfile").read_text().rpartition("\nFROM ")[2]

    assert "!flags.json" in let_in
    assert re.search(r"^COPY (package\.json )?flags\.json ", final, re.MULTILINE)


def test_hadolint_has_nothing_to_say_about_the_dockerfile(service: Service) -> None:
    require("hadolint", "--version")

    done = service.run("hadolint", "Dockerfile")

    assert done.returncode == 0, done.stdout


@plain
def test_the_container_becomes_healthy_without_root_and_stops_with_status_0(
    service: Service, request: pytest.FixtureRequest
) -> None:
    require("docker", "info")
    require("docker", "compose", "version")
    request.addfinalizer(lambda: service.run("docker", "compose", "down", "--rmi", "local"))

    started = service.run("docker", "compose", "up", "--build", "--wait")
    assert started.returncode == 0, started.stdout
    with urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=10) as response:
        assert json.load(response) == {"status": "ok"}
    user = service.run("docker", "compose", "exec", "app", "id", "-u")
    assert int(user.stdout) > 0
    service.run("docker", "compose", "stop")
    status = service.run("docker", "compose", "ps", "--all", "--format", "{{.ExitCode}}")
    assert status.stdout.strip() == "0"


# --- the README -----------------------------------------------------------------------------------


@pytest.mark.parametrize("factors", [[1], [2], [6], [8], [2, 6, 8], list(range(1, 13))], ids=str)
@pytest.mark.parametrize("chosen", [[], *[[name] for name in stacks.names()], stacks.names()])
def test_the_readme_names_only_paths_that_are_there(
    render: Callable[..., Path], chosen: list[str], factors: list[int]
) -> None:
    made = render(stacks=chosen, factors=factors)
    for page in (made / "README.md", *made.glob("*/README.md")):
        text = page.read_text()
        named = re.findall(r"(?<![\w/.])(?:\.\./)?(?:\.process|docs|src|internal)/[\w./-]*\w", text)
        assert [path for path in named if not (page.parent / path).exists()] == []
        assert "\n\n\n" not in text
