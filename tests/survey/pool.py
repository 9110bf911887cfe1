"""What the surveys of files have in common: options, and work on all repositories at once."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.survey import oracle
from tests.survey.__main__ import ROOT, sources

Result = TypeVar("Result")


def options(name: str, description: str | None) -> argparse.Namespace:
    """The options of `python -m tests.survey.NAME`."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.survey.{name}", description=description)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only repositories with this in their name")
    parser.add_argument("--repos", type=int, metavar="N", help="only N repositories, evenly spread")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table between its marks")
    packages = ROOT / ".venv/node"
    parser.add_argument("--packages", type=Path, default=packages, help="holds node_modules")
    return parser.parse_args()


def each(work: Callable[[str, Path, Path], Result], chosen: argparse.Namespace) -> Iterator[Result]:
    """The results of `work(name, git directory, packages)` for all repositories, as they come."""
    found = [one for one in sources(chosen.folder) if chosen.only in one[0]]
    found = found[:: max(1, len(found) // chosen.repos)][: chosen.repos] if chosen.repos else found
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(work, name, git, chosen.packages): name for name, git in found}
        for done, run in enumerate(as_completed(runs), 1):
            _progress(f"{done} of {len(runs)} repositories")
            try:
                yield run.result()
            except subprocess.CalledProcessError as error:
                print(f"\n{runs[run]} can't be read: {error}", file=sys.stderr)
    _progress("")


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


@cache
def readers(packages: Path) -> list[oracle.Read]:
    """This process's readers."""
    return oracle.readers(packages)


def header(*columns: str) -> str:
    """The head of a Markdown table: words in the first column, numbers in the others."""
    return f"| {' | '.join(columns)} |\n|---{'|--:' * (len(columns) - 1)}|"
