"""Measures the command against other programs in the same minute: ratios, which other machines share.

make bench
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import page

ROOT = Path(__file__).parents[2]
BOOTSTRAP = str(Path(sys.executable).with_name("bootstrap"))
FILES, FOLDERS = 50_000, 500
START_UP, PLAN = 6.0, 1.0
"""The bars: `--help` in starts of Python, `plan` in (2 x `git status` + one rendering)."""
RENDER = (
    "import sys, tempfile, copier; copier.run_copy(sys.argv[1], tempfile.mkdtemp(dir=sys.argv[1]), "
    "data={'project_name': 'Many Files'}, defaults=True, quiet=True)"
)
"""One rendering by plain Copier, in a process of its own; its argument is a copy of the template."""
SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
ENVIRONMENT = {**os.environ, **SETTINGS, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
# An installed program is compiled once; a machine that forbids that would measure the compiler.
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)


def main() -> int:
    """Measure and print; exit status 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="put the tables between their marks"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="twelvefold-bench-"))
    try:
        many_files(folder)
        rows, good = ratios(folder)
        text = "\n".join([*rows, "", *phases(folder)])
    finally:
        shutil.rmtree(folder)
    print(text)
    if options.page:
        page.put(options.page, "bench", text)
    return 0 if good else 1


def many_files(folder: Path) -> None:
    """A git repository with 50,000 small source files in 500 folders, in one commit."""
    for number in range(FILES):
        path = folder / f"src/part_{number % FOLDERS:03}/module_{number:05}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""Module {number}."""\n\nNUMBER = {number}\n')
    (folder / "README.md").write_text("# Many files\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "many"\nversion = "1"\n')
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for command in ("init -q", "add -A", "commit -q -m many"):
        subprocess.run(
            ["git", *identity, *command.split()], cwd=folder, env=ENVIRONMENT, check=True
        )


def ratios(folder: Path) -> tuple[list[str], bool]:
    """The two ratios with their bars, as a Markdown table, and whether both bars are met."""
    start, help_ = alternating(folder, 21, [sys.executable, "-c", "pass"], [BOOTSTRAP, "--help"])
    with tempfile.TemporaryDirectory(prefix="twelvefold-bench-") as template:
        for part in ("copier.yml", "template", "extensions"):
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, Path(template, part))
        render_once = [sys.executable, "-W", "ignore", "-c", RENDER, template]
        status, render, plan = alternating(
            folder, 7, ["git", "status"], render_once, [BOOTSTRAP, "plan"]
        )
    found = (help_ / start, START_UP), (plan / (2 * status + render), PLAN)
    words = (
        "`bootstrap --help` / `python -c pass`",
        f"`bootstrap plan` / (2 x `git status` + one rendering), {FILES:,} files",
    )
    rows = [
        f"| {what} | {ratio:.2f} | {bar:.0f} |"
        for what, (ratio, bar) in zip(words, found, strict=True)
    ]
    parts = f"`git status` : rendering : `plan` = 1 : {render / status:.1f} : {plan / status:.1f}"
    return (
        ["| ratio of medians | measured | bar |", "|---|--:|--:|", *rows, "", parts],
        all(ratio <= bar for ratio, bar in found),
    )


def alternating(folder: Path, times: int, *commands: list[str]) -> list[float]:
    """The median of seconds of each command, run by turns so that a busy moment meets all of them.

    A first turn fills the caches and does not count.
    """
    spent: list[list[float]] = [[] for _ in commands]
    for _ in range(times + 1):
        for command, seconds in zip(commands, spent, strict=True):
            began = time.perf_counter()
            subprocess.run(
                command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True
            )
            seconds.append(time.perf_counter() - began)
    return [statistics.median(seconds[1:]) for seconds in spent]


def phases(folder: Path) -> list[str]:
    """The share of each phase in an `apply` on many files, as a Markdown table."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.phases"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        check=True,
    )
    spent: dict[str, float] = json.loads(done.stdout)
    rows = [
        f"| {phase} | {seconds / sum(spent.values()):.0%} |" for phase, seconds in spent.items()
    ]
    return [f"| phase of `bootstrap apply`, {FILES:,} files | share |", "|---|--:|", *rows]


if __name__ == "__main__":
    sys.exit(main())
