"""What the tests of the previews share: a small repository, its calls, and who answers at an address."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import copier

from tests.conftest import commit, git, write


# Serves what stands in the file `body`, as it was at the start.
APPLICATION = """\
import http.server, os, sys

BODY = open("body").read().encode()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ.get(self.path[1:], "none").encode() if self.path != "/" else BODY
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    commit: str = ""


@dataclass(frozen=True)
class Repository:
    """A repository with previews: its folder, where they are remembered, the proxy's port."""

    folder: Path
    state: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **extra: str) -> subprocess.Popen[str]:
        """Begin a call."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        settings = {"PREVIEW_STATE": str(self.state), "PREVIEW_PORT": str(self.port)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [".process/preview", *arguments],
            cwd=self.folder,
            env={**kept, **settings, "PATH": path, **self.environment, **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, status: int = 0, **extra: str) -> str:
        """Carry out a call; what it printed, or with another status what it complained of."""
        with self.start(*arguments, **extra) as process:
            said, complained = process.communicate(timeout=300)
        assert process.returncode == status, complained or said
        return said if status == 0 else complained

    def commit(self, files: Mapping[str, str | bytes]) -> str:
        """Commit files; the SHA."""
        write(self.folder, files)
        commit(self.folder)
        return git(self.folder, "rev-parse", "HEAD").strip()

    def get(self, host: str, path: str = "/") -> Answer:
        """What answers for a host name."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"{host}.localhost"})
            response = connection.getresponse()
            known = response.headers.get("Preview-Commit", "")
            return Answer(response.status, response.read().decode().strip(), known)
        except (OSError, HTTPException) as error:
            return Answer(0, str(error))
        finally:
            connection.close()

    def list(self) -> dict[str, dict[str, Any]]:
        """The previews by their IDs."""
        return {row["id"]: row for row in json.loads(self.call("list", "--json"))}

    def remembered(self) -> list[str]:
        """All paths in the folder of what is remembered."""
        return sorted(str(path.relative_to(self.state)) for path in self.state.rglob("*"))

    def kill_once(self, reached: Callable[[], object], *arguments: str) -> None:
        """Begin a call, and kill it without notice as soon as something is so."""
        with self.start(*arguments) as process:
            deadline = time.monotonic() + 60
            while not reached():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)

    @contextmanager
    def asked_all_the_time(self, host: str) -> Iterator[list[Answer]]:
        """The answers of a host while something else happens."""
        answers: list[Answer] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                answers.append(self.get(host))
                time.sleep(0.01)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield answers
        finally:
            stop.set()
            asking.join()


@contextmanager
def repository(
    template: Path, files: Mapping[str, str | bytes], config: str, **answers: object
) -> Iterator[Repository]:
    """A repository in which a commit of these files can be previewed; in the end all of it is gone.

    The folder has a short name, since sockets can't have long ones.
    """
    with tempfile.TemporaryDirectory(prefix="previews-") as scratch:
        folder, state = Path(scratch, "repo"), Path(scratch, "state")
        data = {"project_name": "Orders", "factors": [1], **answers}
        copier.run_copy(str(template), folder, data=data, defaults=True, quiet=True)
        write(folder, {".process/preview.toml": config, **files})
        git(folder, "init", "-q", "-b", "main")
        commit(folder, "first")
        state.mkdir()
        made = Repository(folder, state, free_port())
        try:
            yield made
        finally:
            with suppress(AssertionError):
                made.call("reap", "--open", "", "--ttl", "0m")
            for pid in marked(str(state)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def marked(text: str) -> list[int]:
    """The processes in whose environment a text stands, this one and its parents aside."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if text.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def listening(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ports(state: Path) -> list[int]:
    """The ports that the routes of previews lead to."""
    texts = [path.read_text() for path in state.glob("*/*/preview.json")]
    return [int(port) for text in texts for port in re.findall(r'"127\.0\.0\.1:(\d+)"', text)]


def caddy() -> str | None:
    """The program of the proxy."""
    beside = Path(sys.executable).with_name("caddy")
    return str(beside) if beside.exists() else shutil.which("caddy")


