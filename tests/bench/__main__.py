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

import copier

from tests import page
from tests.bench import previews

ROOT = Path(__file__).parents[2]
BOOTSTRAP = str(Path(sys.executable).with_name("bootstrap"))
FILES, MORE_FILES = 50_000, 100_000
START_UP, PLAN, DETECTION, VALIDATE = 6.0, 1.0, 4.0, 1.3
"""The bars: `--help` in starts of Python, `plan` in (2 x `git status` + one rendering), detection in
(`git ls-files -s -z` + reading the files that it reads), `.process/validate --changed` in prek's own runs."""
PREVIEW = 1.5
"""The bar of a preview: seconds of `up` until it answers, in seconds of the same by hand."""
RENDER = (
    "import sys, tempfile, copier; copier.run_copy(sys.argv[1], tempfile.mkdtemp(dir=sys.argv[1]), "
    "data={'project_name': 'Many Files'}, defaults=True, quiet=True)"
)
"""One rendering by plain Copier, in a process of its own; its argument is a copy of the template."""
PROJECT = '[project]\nname = "{}"\nversion = "1"\n\n[tool.ruff]\nline-length = 100\n'
WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    defaults: {{run: {{working-directory: src/part_{:03}}}}}
    steps:
      - uses: actions/checkout@v5
      - run: ruff check
      - run: pytest
"""
SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
ENVIRONMENT = {**os.environ, **SETTINGS, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
# An installed program is compiled once; a machine that forbids that would measure the compiler.
ENVIRONMENT["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{ENVIRONMENT['PATH']}"
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)


def main() -> int:
    """Measure and print; exit status 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="put the tables between their marks"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twelvefold-bench-") as scratch:
        folder, larger = Path(scratch, "files"), Path(scratch, "more_files")
        many_files(folder, FILES)
        many_files(larger, MORE_FILES, packages=200)
        rows, good = ratios(folder, larger)
        text = "\n".join([*rows, "", *phases(folder)])
    print(text)
    if options.page:
        page.put(options.page, "bench", text)
    return 0 if good else 1


def many_files(folder: Path, count: int, packages: int = 0) -> None:
    """A git repository with `count` small source files, 100 in a folder, in one commit.

    `packages` of the folders have a manifest, and it has one workflow for ten of them.
    """
    files = {
        f"src/part_{number // 100:03}/module_{number:06}.py": f"NUMBER = {number}\n"
        for number in range(count)
    }
    files |= {"README.md": "# Many files\n", "pyproject.toml": PROJECT.format("many")}
    for number in range(packages):
        files[f"src/part_{number:03}/pyproject.toml"] = PROJECT.format(f"part{number}")
    for number in range(0, packages, 10):
        files[f".github/workflows/part_{number:03}.yml"] = WORKFLOW.format(number)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for command in ("init -q", "add -A", "commit -q -m many"):
        subprocess.run(
            ["git", *identity, *command.split()], cwd=folder, env=ENVIRONMENT, check=True
        )


def ratios(folder: Path, larger: Path) -> tuple[list[str], bool]:
    """The ratios with their bars, as a Markdown table, and whether all bars are met."""
    start, help_ = alternating(folder, 21, [sys.executable, "-c", "pass"], [BOOTSTRAP, "--help"])
    with tempfile.TemporaryDirectory(prefix="twelvefold-bench-") as template:
        for part in ("copier.yml", "template", "extensions"):
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, Path(template, part))
        render_once = [sys.executable, "-W", "ignore", "-c", RENDER, template]
        status, render, plan = alternating(
            folder, 7, ["git", "status"], render_once, [BOOTSTRAP, "plan"]
        )
        service = new_service(Path(template, "service"), template)
        prek, validate = alternating(
            service,
            15,
            ["prek", "run", "--files", str(next(service.glob("src/*/app.py")))],
            [".process/validate", "--changed"],
        )
    detection = json.loads(output("tests.bench.detection", larger))
    reading = f"`git ls-files -s -z` + reading its {detection['candidates']} candidates"
    found = (
        ("`bootstrap --help` / `python -c pass`", help_ / start, START_UP),
        (
            f"`bootstrap plan` / (2 x `git status` + one rendering), {FILES:,} files",
            plan / (2 * status + render),
            PLAN,
        ),
        (
            f"detection / ({reading}), {MORE_FILES:,} files",
            detection["detection"] / detection["least"],
            DETECTION,
        ),
        (
            "`.process/validate --changed` / `prek run` on the one changed file of a new service",
            validate / prek,
            VALIDATE,
        ),
        *((what, ratio, PREVIEW) for what, ratio in previews.ratios()),
    )
    rows = [f"| {what} | {ratio:.2f} | {bar:g} |" for what, ratio, bar in found]
    parts = f"`git status` : rendering : `plan` = 1 : {render / status:.1f} : {plan / status:.1f}"
    return (
        ["| ratio of medians | measured | bar |", "|---|--:|--:|", *rows, "", parts],
        all(ratio <= bar for _, ratio, bar in found),
    )


def new_service(folder: Path, template: str) -> Path:
    """A Python service from the template, set up and committed, with one file changed since."""
    data = {"project_name": "Orders", "stacks": ["python"], "factors": [2, 5, 6, 8]}
    copier.run_copy(template, folder, data=data, defaults=True, quiet=True)
    commit = (
        "git",
        "-c",
        "user.name=b",
        "-c",
        "user.email=b@example.org",
        "commit",
        "-qm",
        "first",
    )
    for step in (["git", "init", "-q"], [".process/setup"], ["git", "add", "-A"], [*commit]):
        subprocess.run(step, cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    with next(folder.glob("src/*/app.py")).open("a") as application:
        application.write("\n\n# changed\n")
    return folder


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
    spent: dict[str, float] = json.loads(output("tests.bench.phases", folder))
    rows = [
        f"| {phase} | {seconds / sum(spent.values()):.0%} |" for phase, seconds in spent.items()
    ]
    return [f"| phase of `bootstrap apply`, {FILES:,} files | share |", "|---|--:|", *rows]


def output(module: str, folder: Path) -> bytes:
    """What a module of this folder prints about a repository, in a process of its own."""
    command = [sys.executable, "-m", module]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
