from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from bootstrap import checks
from bootstrap.facts.read import read
from bootstrap.repo import Repo

if TYPE_CHECKING:
    from pathlib import Path

Judge = Callable[[Mapping[str, str]], list[checks.Row]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Files → the twelve rows. A value that begins with '-> ' makes a link."""

    def rows(files: Mapping[str, str]) -> list[checks.Row]:
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if text.startswith("-> "):
                target.symlink_to(text.removeprefix("-> "))
            else:
                target.write_bytes(text.encode("utf-8", "surrogateescape"))
        subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
        repo = Repo.open(tmp_path)
        return checks.run(repo, read(repo))

    return rows
