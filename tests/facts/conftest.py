"""Small repositories, read for their facts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from bootstrap.facts import Facts, read
from bootstrap.repo import Repo

if TYPE_CHECKING:
    from pathlib import Path

Look = Callable[..., Facts]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty repository on the branch main."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    return tmp_path


@pytest.fixture
def look(folder: Path) -> Look:
    """Write files (path → text) into a repository and read its facts."""

    def write_and_read(files: Mapping[str, str]) -> Facts:
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        subprocess.run(["git", "add", "-A", "-f"], cwd=folder, check=True)
        return read(Repo.open(folder))

    return write_and_read


@pytest.fixture
def said() -> Callable[[Facts, str], list[str]]:
    """The commands of a slot as text; another folder than the root stands in brackets."""

    def commands(facts: Facts, slot: str) -> list[str]:
        found = [fact.value for fact in facts.commands[slot]]
        return [c.run if c.dir == "." else f"[{c.dir}] {c.run}" for c in found]

    return commands


@pytest.fixture
def workflow() -> Callable[..., str]:
    """The text of a workflow with one job of `run` steps."""

    def text(*runs: str, on: str = "pull_request", job: str = "", name: str = "check") -> str:
        steps = "".join(f"      - run: {run}\n" for run in runs)
        return f"on: [{on}]\njobs:\n  {name}:\n    runs-on: x\n{job}    steps:\n{steps}"

    return text
