"""Reads the facts of the current folder and prints how long that and its least part took, as JSON."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap import facts
from bootstrap.repo import Repo

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 9


def main() -> None:
    """The medians of seconds: `git ls-files -s -z` and reading the candidates, and all of it."""
    here = Path.cwd()
    candidates = read_by_detection(here)

    def least() -> None:
        subprocess.run(["git", "ls-files", "-s", "-z"], stdout=subprocess.PIPE, check=True)
        for path in candidates:
            (here / path).read_bytes()

    def all_of_it() -> None:
        facts.read(Repo.open(here))

    spent: dict[str, list[float]] = {"least": [], "detection": []}
    for _ in range(TURNS):
        spent["least"].append(_seconds(least))
        spent["detection"].append(_seconds(all_of_it))
    medians = {name: statistics.median(seconds) for name, seconds in spent.items()}
    print(json.dumps({**medians, "candidates": len(candidates)}))


def read_by_detection(folder: Path) -> list[str]:
    """The files that detection reads."""
    found: dict[str, None] = {}

    class Watched(Repo):
        def read(self, path: str) -> bytes | None:
            found[path] = None
            return super().read(path)

    facts.read(Watched.open(folder))
    return [path for path in found if (folder / path).is_file()]


def _seconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
