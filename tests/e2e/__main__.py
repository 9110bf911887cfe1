"""Measures what the hook at the end of a turn costs, against prek itself in the same minute.

make turn
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import page
from tests.conftest import commit
from tests.e2e.clients import ROOT, laptop
from tests.e2e.conftest import new_service

GREEN = 1.5
"""The bar: a green turn, in runs of its checks by prek."""
TURNS = 7


def main() -> int:
    """Measure and print; exit status 1 if the bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e", description=__doc__)
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twelvefold-turn-") as scratch:
        found = measured(Path(scratch))
    prek = found["prek"]
    text = f"""\
| ratio of medians | measured | bar |
|---|--:|--:|
| green turn / its checks by prek | {found["green"] / prek:.2f} | {GREEN} |
| turn that changed nothing / its checks by prek | {found["nothing"] / prek:.2f} | |
| turn that changed nothing / `python -c pass` | {found["nothing"] / found["python"]:.1f} | |"""
    print(text)
    if options.page:
        page.put(options.page, "turn", text)
    return int(found["green"] / prek > GREEN)


def measured(scratch: Path) -> dict[str, float]:
    """Seconds of each program, as medians."""
    folder, home = scratch / "service", scratch / "home"
    new_service(ROOT, folder, version="HEAD", stacks=["python"])
    home.mkdir()
    environment = laptop(home)
    subprocess.run([".process/setup"], cwd=folder, env=environment, check=True)
    commit(folder)
    payload = json.dumps({"hook_event_name": "Stop", "cwd": str(folder)})
    changed = folder / "tests" / "test_new.py"

    def run(*command: str) -> None:
        done = subprocess.run(
            command, cwd=folder, env=environment, input=payload, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout[:1]) != (0, "{"), done.stdout
        assert done.returncode == 0, done.stdout

    def edit() -> None:
        changed.write_text(f"def test_new() -> None:\n    assert len(str({time.time_ns()})) > 1\n")

    def prek() -> None:
        for stage in ("pre-commit", "pre-push"):
            run("prek", "run", "--hook-stage", stage, "--files", "tests/test_new.py")

    def turn() -> None:
        run(".claude/hooks/process-turn", "claude")

    programs: dict[str, Callable[[], None]] = {
        "prek": prek,
        "green": turn,
        "nothing": turn,
        "python": lambda: run(sys.executable, "-c", "pass"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(TURNS + 1):
        edit()
        for name, program in programs.items():
            began = time.perf_counter()
            program()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found[1:]) for name, found in seconds.items()}


if __name__ == "__main__":
    sys.exit(main())
