"""Docker Engine with Compose v2 for the tests, and images that need no registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.template import previews

PROXY_IMAGE = "previews.test/caddy:1"
SERVER = """\
package main

import (
	"io"
	"net/http"
	"os"
)

func main() {
	said, _ := os.ReadFile("/body")
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write(said) })
	http.HandleFunc("/env/", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, os.Getenv(r.URL.Path[5:])+";")
	})
	http.HandleFunc("/data", func(w http.ResponseWriter, r *http.Request) {
		said, _ := os.ReadFile("/data/seeded")
		w.Write(said)
	})
	if len(os.Args) > 1 {
		file, err := os.OpenFile("/data/seeded", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			os.Exit(3)
		}
		io.WriteString(file, os.Args[1])
		return
	}
	http.ListenAndServe(":8000", nil)
}
"""


@dataclass(frozen=True)
class Engine:
    """A running engine, and how programs find it."""

    environment: dict[str, str]

    def docker(self, *arguments: str, stdin: bytes = b"") -> str:
        """What a command of docker prints."""
        done = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.environment},
            input=stdin,
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def everything(self) -> dict[str, list[str]]:
        """Containers, networks, volumes and images, by name."""
        kinds = {
            "container": ("ls", "--all", "--format", "{{.Names}}"),
            "network": ("ls", "--format", "{{.Name}}"),
            "volume": ("ls", "--format", "{{.Name}}"),
            "image": ("ls", "--all", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"),
        }
        return {kind: sorted(self.docker(kind, *ls).splitlines()) for kind, ls in kinds.items()}

    def image(self, name: str, files: dict[str, Path | str], *instructions: str) -> None:
        """Build an image of files alone."""
        with tempfile.TemporaryDirectory() as context:
            for path, content in files.items():
                if isinstance(content, Path):
                    shutil.copy(content, Path(context, path))
                else:
                    Path(context, path).write_text(content)
            lines = ["FROM scratch", f"COPY {' '.join(files)} /", *instructions]
            Path(context, "Dockerfile").write_text("\n".join(lines) + "\n")
            self.docker("build", "--quiet", "--tag", name, context)


def lacking() -> str:
    """What is not here that the engine needs; '' if nothing is."""
    programs = [name for name in ("dockerd", "docker", "go") if not shutil.which(name)]
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True) if not (
        "docker" in programs
    ) else None
    if plugin and plugin.returncode:
        programs.append("docker compose")
    if os.geteuid() != 0:
        programs.append("root")
    return ", ".join(programs)


@contextmanager
def running() -> Iterator[Engine]:
    """An engine with a store of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as folder:
        address = f"unix://{folder}/socket"
        options = ("--data-root", "data", "--exec-root", "exec", "--pidfile", "pid")
        words = [word if word[:1] == "-" else f"{folder}/{word}" for word in options]
        with Path(folder, "log").open("wb") as log, subprocess.Popen(
            ["dockerd", *words, "--host", address], stdout=log, stderr=log
        ) as daemon:
            engine = Engine({"DOCKER_HOST": address})
            try:
                _wait(engine, daemon, Path(folder, "log"))
                yield engine
            finally:
                daemon.terminate()
                daemon.wait(60)


def _wait(engine: Engine, daemon: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert daemon.poll() is None, log.read_text()[-2000:]
        if Path(engine.environment["DOCKER_HOST"].removeprefix("unix://")).exists():
            engine.docker("version")
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


def server(folder: Path) -> Path:
    """A web server in one static file: it says what stands in /body, and what it finds."""
    (folder / "main.go").write_text(SERVER)
    settings = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath", "GO111MODULE": "off"}
    made = folder / "server"
    subprocess.run(
        ["go", "build", "-ldflags=-s", "-o", str(made), "main.go"],
        cwd=folder, env=settings, check=True,
    )
    return made


def proxy_image(engine: Engine) -> None:
    """Make the image of the proxy from its program."""
    engine.image(PROXY_IMAGE, {"caddy": Path(previews.caddy() or "")}, 'ENV PATH=/')
