"""The dev container, made and entered by the devcontainer CLI.

podman runs it, on a Debian made by debootstrap: no registry of images is asked. What a build fetches
inside comes from Debian's packages and PyPI.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Command, commit, write
from tests.template.test_pieces import git

Render = Callable[..., Path]
Need = Callable[[str], str]

BASE = "docker.io/library/debian:13-slim"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "twelvefold"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# Without systemd and without the right to raise limits, as in many a CI, and on the host's
# network, which needs no firewall.
ENGINE = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""
STORAGE = """
[storage]
driver = "overlay"
graphroot = "{0}/images"
runroot = "{0}/running"
"""
# The CLI asks podman for a mapping of users that only exists without root.
PODMAN = """#!/bin/sh
for argument; do
  shift
  [ "$argument" = --userns=keep-id ] || set -- "$@" "$argument"
done
exec podman "$@"
"""


@dataclass(frozen=True)
class Engine:
    """podman with a store of its own, and the devcontainer CLI."""

    cli: str
    podman: Path
    environment: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )

    def devcontainer(self, verb: str, folder: Path, *more: str) -> tuple[int, str]:
        """The status and everything that was printed."""
        where = ("--workspace-folder", str(folder), "--docker-path", str(self.podman))
        done = self.run(self.cli, verb, *where, *more)
        return done.returncode, done.stdout + done.stderr

    def up(self, folder: Path) -> None:
        status, said = self.devcontainer("up", folder, "--frozen-lockfile")
        assert status == 0, said

    def exec(self, folder: Path, *command: str) -> tuple[int, str]:
        return self.devcontainer("exec", folder, *command)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    programs = ("podman", "runc", "debootstrap", "devcontainer")
    missing = [name for name in programs if not shutil.which(name)]
    reason = f"not installed: {', '.join(missing)}" if missing else ""
    if os.geteuid() != 0:
        reason = "debootstrap needs root"
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("engine")
    CACHE.mkdir(parents=True, exist_ok=True)
    write(folder, {"containers.conf": ENGINE, "storage.conf": STORAGE.format(CACHE)})
    write(folder, {"podman": PODMAN})
    (folder / "podman").chmod(0o755)
    settings = {
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    made = Engine(shutil.which("devcontainer") or "", folder / "podman", {**kept, **settings})
    if made.run("podman", "image", "exists", BASE).returncode != 0:
        _import_base(made, folder / "root")
    yield made
    made.run("podman", "rm", "--force", "--time", "0", "--all")


def _import_base(engine: Engine, root: Path) -> None:
    """Debian as its own tool makes it, with the certificates that this machine trusts."""
    include = "--include=ca-certificates"
    engine.run("debootstrap", "--variant=minbase", include, "trixie", str(root))
    trusted = os.environ.get("SSL_CERT_FILE", CERTIFICATES)
    if Path(trusted).is_file():
        shutil.copy(trusted, f"{root}{CERTIFICATES}")
    changes = ["CMD bash"]
    changes += [f"ENV {name}={CERTIFICATES}" for name in ("SSL_CERT_FILE", "PIP_CERT")]
    options = [option for change in changes for option in ("--change", change)]
    archive = root.with_suffix(".tar")
    engine.run("tar", "-C", str(root), "-cf", str(archive), ".")
    done = engine.run("podman", "import", *options, str(archive), BASE)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(root)
    archive.unlink()


def give_to_user(folder: Path) -> None:
    """The user of the container owns the files, as the first user of a Linux laptop does."""
    subprocess.run(["chown", "--recursive", "1000:1000", folder], check=True)


def test_a_new_service_is_set_up_and_validated_in_its_dev_container(
    engine: Engine, render: Render
) -> None:
    repo = render(stacks=["python"])
    give_to_user(repo)
    engine.up(repo)
    assert engine.exec(repo, "id", "-un") == (0, "dev\n")
    status, said = engine.exec(repo, ".process/validate")
    assert status == 0, said
    assert said.startswith("Checks: 7 passed in ")
    assert engine.exec(repo, "git", "status", "--porcelain") == (0, "?? uv.lock\n")
    again = engine.exec(repo, ".process/setup")
    assert again == (0, "Dependencies: uv sync\nReady\n")
    module = next((repo / "src").glob("*/app.py"))
    module.write_text(module.read_text() + "\nno_such_name()\n")
    status, said = engine.exec(repo, ".process/validate", "--changed")
    assert status == 1
    assert "F821" in said and "app.py" in said


def test_the_image_has_what_the_stacks_compile_with(render: Render) -> None:
    dockerfile = (render(stacks=["python", "rust"]) / ".devcontainer/Dockerfile").read_text()
    assert "    gcc \\\n" in dockerfile
    assert "build-essential" not in dockerfile


THEIRS = """// Ours
{
  "build": { "dockerfile": "Dockerfile" }, // no features
  "postCreateCommand": "touch created",
}
"""
FILES = {
    ".devcontainer/devcontainer.json": THEIRS,
    ".devcontainer/Dockerfile": "FROM debian:13-slim\n"
    "RUN apt-get update && apt-get install -y git make python3 python3-venv\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
    "    steps:\n      - run: make lint\n      - run: make test\n",
    ".gitignore": "/created\n",
    "Makefile": "lint:\n\t! grep -n bad notes\n\ntest:\n\tpython3 -m unittest\n",
    "notes": "good\n",
    "test_notes.py": "import unittest\n\n\nclass Notes(unittest.TestCase):\n"
    "    def test_notes(self):\n        assert open('notes').read()\n",
}


@pytest.fixture
def retrofitted(tmp_path: Path, template_at_1: Path) -> Path:
    """A repository with its own dev container, to which the pieces were applied."""
    repo = tmp_path / "theirs"
    repo.mkdir()
    git(repo, "init", "-q")
    write(repo, FILES)
    commit(repo, "first")
    Command(template_at_1)(repo, "apply", "--yes")
    return repo


def test_their_dev_container_gets_one_call_and_stays_as_it_was(retrofitted: Path) -> None:
    added = '  "postCreateCommand": "touch created",\n  "postStartCommand": ".process/setup",\n'
    theirs = (retrofitted / ".devcontainer" / "devcontainer.json").read_text()
    assert theirs == THEIRS.replace('  "postCreateCommand": "touch created",\n', added)
    assert sorted(path.name for path in (retrofitted / ".devcontainer").iterdir()) == [
        "Dockerfile",
        "devcontainer.json",
    ]


def test_a_retrofitted_repository_is_validated_in_its_own_dev_container(
    engine: Engine, retrofitted: Path
) -> None:
    commit(retrofitted, "second")
    engine.devcontainer("build", retrofitted)  # writes the lock that the CLI wants
    engine.up(retrofitted)
    assert (retrofitted / "created").exists()
    status, said = engine.exec(retrofitted, ".process/validate")
    assert status == 0, said
    assert re.match(r"Checks: [1-9]\d* passed in ", said)
    (retrofitted / "notes").write_text("bad\n")
    status, said = engine.exec(retrofitted, ".process/validate")
    assert status == 1
    assert "1:bad" in said


@pytest.mark.parametrize(
    ("container", "event"),
    [
        ({}, "postCreateCommand"),
        ({"postCreateCommand": "make"}, "postStartCommand"),
        ({"postCreateCommand": {"a": "make"}}, "postStartCommand"),
        ({"postCreateCommand": ["make"], "postStartCommand": "make"}, ""),
        ({"postStartCommand": ".process/setup", "postCreateCommand": "make"}, "postStartCommand"),
    ],
)
def test_the_first_free_event_calls_setup(
    tmp_path: Path, template_at_1: Path, container: dict[str, object], event: str
) -> None:
    repo = tmp_path / "theirs"
    repo.mkdir()
    git(repo, "init", "-q")
    path = ".devcontainer/devcontainer.json"
    write(repo, {path: json.dumps({"image": "debian:13", **container}, indent=2) + "\n"})
    commit(repo, "first")
    said = Command(template_at_1)(repo, "apply", "--yes", "--factors", "8").output
    wanted = {event: ".process/setup"} if event else {}
    assert json.loads((repo / path).read_text()) == {"image": "debian:13", **container, **wanted}
    assert ("call `.process/setup` from postCreateCommand" in said) is not bool(event)
    commit(repo, "second")
    assert "nothing to change" in Command(template_at_1)(repo, "apply", "--yes").output
