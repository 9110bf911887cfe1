"""Seconds from `.process/preview up` to an address that answers, beside the same by hand."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT, git
from tests.template import engine, previews
from tests.template.previews import APPLICATION, Repository

TIMES = 5
PROCESS = 'name = "bench"\n[[service]]\nstart = "exec python3 app.py"\n'
# A service that takes a second to start, as small ones do.
SLOW = "import time; time.sleep(1)\n" + APPLICATION
COMPOSE = 'name = "bench"\ncompose = "compose.yaml"\n[[service]]\nname = "app"\n'
SERVICES = """\
services:
  app:
    build: .
    ports: ["127.0.0.1:{port}:8000"]
    healthcheck:
      test: [CMD, /server, healthy]
      interval: 1s
    tmpfs: [/data]
"""
IMAGE = 'FROM scratch\nCOPY server body /\nCMD ["/server"]\n'


def ratios() -> list[tuple[str, float]]:
    """What is compared, and how; Compose only where an engine can be started."""
    with template() as source:
        found = [("process: `up` / work tree, start, first answer by hand", process(source))]
        if not engine.lacking():
            by_hand = "compose: `up` / `docker compose up --build --wait`, first answer"
            found.append((by_hand, compose(source)))
    return found


@contextmanager
def template() -> Iterator[Path]:
    """A copy of the template as it stands."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for part in ("copier.yml", "template", "extensions"):
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, Path(folder, part))
        yield Path(folder)


def process(source: Path) -> float:
    """The ratio where a preview is a process."""
    files: dict[str, str | bytes] = {"app.py": SLOW, "body": "x"}
    with previews.repository(source, files, PROCESS, preview="process") as made:
        return ratio(made, lambda: started_by_hand(made))


def started_by_hand(made: Repository) -> float:
    """Seconds of a work tree, a start and its first answer."""
    tree, port = made.state / "by-hand", previews.free_port()
    began = time.perf_counter()
    git(made.folder, "worktree", "add", "-q", "--detach", str(tree), "HEAD")
    settings = {**os.environ, "PORT": str(port)}
    with subprocess.Popen(["python3", "app.py"], cwd=tree, env=settings) as started:
        seconds = answered(Repository(made.folder, made.state, port), "by-hand", began)
        started.kill()
    git(made.folder, "worktree", "remove", "--force", str(tree))
    return seconds


def compose(source: Path) -> float:
    """The ratio where a preview is a Compose project."""
    with engine.running() as here, tempfile.TemporaryDirectory() as folder:
        engine.proxy_image(here)
        server, port = engine.server(Path(folder)), previews.free_port()
        files = {"server": server.read_bytes(), "body": "x", "Dockerfile": IMAGE}
        files["compose.yaml"] = SERVICES.format(port=port)
        with previews.repository(source, files, COMPOSE) as made:
            (made.folder / "server").chmod(0o755)
            made.commit({})
            settings = {**here.environment, "PREVIEW_PROXY_IMAGE": engine.PROXY_IMAGE}
            shop = Repository(made.folder, made.state, made.port, settings)
            # In use on such a machine, the proxy is there.
            shop.call("up", "pr-1")
            return ratio(shop, lambda: composed_by_hand(shop, port))


def composed_by_hand(shop: Repository, port: int) -> float:
    """Seconds of Compose's own start, and its first answer."""
    began = time.perf_counter()
    command = ("docker", "compose", "--project-directory", str(shop.folder))
    settings = {**os.environ, **shop.environment}
    options = {"env": settings, "cwd": shop.folder, "check": True, "capture_output": True}
    subprocess.run([*command, "up", "--build", "--wait"], **options)
    seconds = answered(Repository(shop.folder, shop.state, port), "by-hand", began)
    subprocess.run([*command, "down", "--timeout=0", "--rmi=local", "--volumes"], **options)
    return seconds


def answered(here: Repository, host: str, began: float) -> float:
    """The seconds since then at which a host answers."""
    while here.get(host).status != 200:
        time.sleep(0.01)
    return time.perf_counter() - began


def ratio(made: Repository, by_hand: Callable[[], float]) -> float:
    """Medians by turns, so that a busy moment meets both; a first turn fills the caches."""
    ours, theirs = [], []
    for _ in range(TIMES + 1):
        theirs.append(by_hand())
        began = time.perf_counter()
        made.call("up", "pr-2")
        ours.append(time.perf_counter() - began)
        made.call("down", "pr-2")
    return statistics.median(ours[1:]) / statistics.median(theirs[1:])


if __name__ == "__main__":
    for what, measured in ratios():
        print(f"{what}: {measured:.2f}")
