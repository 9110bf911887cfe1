"""What the tests with real clients share: the clients, and repositories for them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import copier
import pytest

from tests.conftest import Command, commit, git, write
from tests.e2e.clients import BIN, CLIENTS, Client

MARKER = "Zebras-cross-at-4711"
"""Stands in the repository's own text for agents."""

AGENTS = ["claude", "codex", "copilot", "cursor", "gemini"]
# Writes a line into a file outside of the repository for each of its runs.
MAKEFILE = """\
lint:
\t@echo run >> "$$CHECK_LOG"
\t@! find . -name broken.txt | grep . || { echo "broken.txt must not be here"; exit 1; }
"""
WORKFLOW = """\
on: push
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: make lint
"""

# What shows that a repository uses these agents.
THEIRS = {
    "Makefile": MAKEFILE,
    ".github/workflows/ci.yml": WORKFLOW,
    ".github/copilot-instructions.md": "Be brief.\n",
    ".claude/settings.json": '{"model": "sonnet"}\n',
    ".codex/config.toml": "",
    ".cursorrules": "Be brief.\n",
    "GEMINI.md": "Be brief.\n",
}


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    """Each client; without it the test is skipped, in CI it fails."""
    return needed(request.param)


def needed(client: Client) -> Client:
    """The client, if it is installed."""
    if not (BIN / client.name).exists():
        if os.environ.get("CI"):
            pytest.fail(f"{client.name} is not installed in CI")
        pytest.skip(f"{client.name} is not installed: run make clients")
    return client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder of a developer."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def new_service(template: Path, folder: Path, version: str = "v1.0.0", **answers: object) -> Path:
    """A new service for these answers, committed."""
    data = {"project_name": "Order Service", "agents": AGENTS, **answers}
    copier.run_copy(str(template), folder, data=data, defaults=True, quiet=True, vcs_ref=version)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def retrofitted(template: Path, folder: Path, files: Mapping[str, str]) -> Path:
    """A repository that had these files before."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    write(folder, files)
    commit(folder)
    Command(template)(folder, "apply", "--yes")
    return folder


@pytest.fixture(scope="session")
def originals(template_at_1: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A new and a retrofitted repository whose one check dislikes the file broken.txt."""
    place = tmp_path_factory.mktemp("originals")
    lint = {"lint": [{"run": "make lint", "dir": "."}]}
    made = {
        "new": new_service(template_at_1, place / "new", commands=lint),
        "retrofitted": retrofitted(template_at_1, place / "retrofitted", THEIRS),
    }
    for folder in made.values():
        write(folder, {"Makefile": MAKEFILE, "sub/page.md": "# Page\n"})
        with (folder / "AGENTS.md").open("a") as text:
            text.write(f"\n{MARKER}\n")
        commit(folder)
    return made


@pytest.fixture(params=["new", "retrofitted"])
def checked(request: pytest.FixtureRequest, originals: Mapping[str, Path], tmp_path: Path) -> Path:
    """A clone of each of the two for this test alone."""
    git(tmp_path, "clone", "-q", str(originals[request.param]), "repo")
    return tmp_path / "repo"
