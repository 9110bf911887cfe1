"""Runs the checks of real repositories, with their tools, settings and versions, with our files and without.

    make survey-checks DIR=folder

The rows stand in tools.yml. A tool comes from its registry, by the ordinary client, into --cache, where
the outcomes are kept too; npm runs no script of a package. A check reads the scratch clone of the repository; a few of them run its own code.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests import page
from tests.survey.__main__ import BOOTSTRAP, ENVIRONMENT, ROOT, check_out, sources

ROWS = Path(__file__).with_name("tools.yml")
FACTORS = "2,5,6,8"
PREK = Path(sys.executable).with_name("prek")


@dataclass(frozen=True)
class Check:
    """A command of a repository, and the package that brings its tool."""

    repository: str
    install: str
    run: str


@dataclass(frozen=True)
class Outcome:
    """What a check says without our files and with them; `ours` is what it has against them."""

    check: Check
    before: int
    after: int
    files: int
    ours: tuple[str, ...]


def main() -> int:
    """Run all rows; exit status 1 if a check has something against our files."""
    options = _options()
    rows = yaml.safe_load(ROWS.read_text())
    folder = dict(sources(options.folder))
    options.cache.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    for name, wanted in rows["repositories"].items():
        kept = options.cache / f"{name.replace('/', '+')}.json"
        if name in folder and options.only in name:
            found = list(_survey(name, folder[name], wanted, rows["hooks"], options.cache))
            kept.write_text(json.dumps([asdict(one) for one in found]))
        outcomes += _kept(kept)
    if options.page:
        page.put(options.page, "checks", table(outcomes))
    bad = [one for one in outcomes if one.ours]
    print(f"{len(outcomes)} checks, {len(bad)} with findings")
    return 1 if bad or not outcomes else 0


def _kept(file: Path) -> list[Outcome]:
    """What the last run said of a repository: one of them can be surveyed alone."""
    rows = json.loads(file.read_text()) if file.exists() else []
    return [Outcome(**{**row, "check": Check(**row["check"])}) for row in rows]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.survey.tools", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only repositories with this in their name")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table between its marks")
    default = Path.home() / ".cache/twelvefold-survey-tools"
    parser.add_argument("--cache", type=Path, default=default, help="where the tools are kept")
    return parser.parse_args()


def _survey(
    name: str, git_directory: Path, wanted: list[Any], hooks: dict[str, Any], cache: Path
) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory(prefix="twelvefold-survey-") as scratch:
        without, with_ours = Path(scratch, "without", "repo"), Path(scratch, "with", "repo")
        for clone in (without, with_ours):
            clone.parent.mkdir()
            check_out(git_directory, clone)
        command = (str(BOOTSTRAP), "apply", "--factors", FACTORS, "--yes", "--template", str(ROOT))
        subprocess.run(command, cwd=with_ours, env=ENVIRONMENT, capture_output=True, check=True)
        _git(with_ours, "add", "--all")
        ours = _git(with_ours, "diff", "--cached", "--name-only", "-z").split("\0")[:-1]
        checks = [Check(name, *row) for row in wanted if row != "hooks"]
        if "hooks" in wanted:
            checks += _of_hooks(name, without, hooks, Path(scratch))
        for check in checks:
            try:
                _installed(check.install, cache)
            except subprocess.CalledProcessError as error:
                print("-", name, check.install, f"can't be installed: {error}", flush=True)
                continue
            outcome = _judge(check, without, with_ours, ours, cache)
            print(
                "✘" if outcome.ours else "✔",
                outcome.before,
                outcome.after,
                name,
                check.install,
                check.run,
                flush=True,
            )
            print(
                *(f"    {line}" for line in outcome.ours),
                sep="\n",
                end="\n" if outcome.ours else "",
            )
            yield outcome


def _of_hooks(name: str, folder: Path, known: dict[str, Any], scratch: Path) -> Iterator[Check]:
    """The hooks of a repository that are `known`, each alone, with all that it says about them."""
    text = (folder / ".pre-commit-config.yaml").read_text()
    config = yaml.safe_load(text)
    top = {key: config[key] for key in ("exclude", "files") if key in config}
    for repo in config["repos"]:
        for hook in repo["hooks"]:
            if repo["repo"] == "local" or hook["id"] not in known:
                continue
            row = {**known[hook["id"]]}
            install = row.pop("install").format(rev=_version(text, str(repo["rev"])))
            merged = {"name": hook["id"], **row, **hook, "language": "system"}
            merged.pop("additional_dependencies", None)
            file = scratch / f"{hook['id']}.yaml"
            alone = {**top, "repos": [{"repo": "local", "hooks": [merged]}]}
            file.write_text(yaml.safe_dump(alone, sort_keys=False))
            yield Check(name, install, f"{PREK} run --all-files --config {file}")


def _version(text: str, rev: str) -> str:
    """The version that a `rev` means: it stands in the comment of one that is frozen."""
    frozen = re.search(rf"{re.escape(rev)}[\"']?\s*#\s*(?:frozen: )?v?([\w.]+)", text)
    return frozen[1] if frozen else rev.removeprefix("v")


def _judge(check: Check, without: Path, with_ours: Path, ours: list[str], cache: Path) -> Outcome:
    before, said = _run(check, without, cache)
    after, says = _run(check, with_ours, cache)
    altered = _git(with_ours, "diff", "--name-only", "-z").split("\0")[:-1]
    _git(with_ours, "checkout", "--quiet", ".")
    _git(without, "checkout", "--quiet", ".")
    known = set(said)
    new = [line for line in says if line not in known]
    against = [line for line in new if any(path in line for path in ours)]
    against += [f"rewrites {path}" for path in altered if path in ours]
    if after != before and not against:
        against = [f"exit status {after}", *new[:20]]
    return Outcome(check, before, after, len(ours), tuple(dict.fromkeys(against)))


def _run(check: Check, folder: Path, cache: Path) -> tuple[int, list[str]]:
    """Exit status and lines of a check in a clone."""
    place = _installed(check.install, cache)
    path = os.pathsep.join([str(place / "bin"), os.environ["PATH"]])
    environment = {**ENVIRONMENT, "PATH": path, "CI": "true", "GITHUB_ACTIONS": ""}
    modules = folder / "node_modules"
    if (place / "node_modules").exists() and not modules.exists():
        with (folder / ".git/info/exclude").open("a") as file:
            file.write("/node_modules\n")
        modules.symlink_to(place / "node_modules")
    done = subprocess.run(
        ("bash", "-c", check.run),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    if modules.is_symlink():
        modules.unlink()
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode("utf-8", "replace"))
    text = re.sub(r"\b[\d.]+ ?(ms|s|k?B)\b", "", text)  # durations and sizes
    return done.returncode, text.replace(str(folder) + "/", "").splitlines()


def _installed(install: str, cache: Path) -> Path:
    """The folder of a tool, with its programs in `bin`; it is installed if it is not there."""
    kind, *packages = shlex.split(install)
    place = cache / re.sub(r"[^\w.@=-]+", "_", install)
    if kind == "none" or (place / "bin").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    _INSTALL[kind](place, packages)
    return place


def _npm(place: Path, packages: list[str]) -> None:
    quiet = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps")
    _do("npm", "install", *quiet, "--prefix", str(place), *packages)
    (place / "bin").symlink_to("node_modules/.bin")


def _pypi(place: Path, packages: list[str]) -> None:
    _do(sys.executable, "-m", "venv", str(place / "venv"))
    _do(str(place / "venv/bin/python"), "-m", "pip", "install", "--quiet", *packages)
    (place / "bin").symlink_to("venv/bin")


def _go(place: Path, packages: list[str]) -> None:
    (place / "bin").mkdir()
    _do("go", "install", *packages, GOBIN=str(place / "bin"))


def _cargo(place: Path, packages: list[str]) -> None:
    _do("cargo", "install", "--quiet", "--locked", "--root", str(place), *packages)


_INSTALL = {"npm": _npm, "pypi": _pypi, "go": _go, "cargo": _cargo}


def _do(*command: str, **environment: str) -> None:
    subprocess.run(command, env={**os.environ, **environment}, check=True)


def _git(folder: Path, *args: str) -> str:
    done = subprocess.run(
        ("git", *args), cwd=folder, env=ENVIRONMENT, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "surrogateescape")


# --- the page -------------------------------------------------------------------------------------


def table(outcomes: list[Outcome]) -> str:
    """The outcomes as Markdown."""
    rows = [
        "| repository | tool | command | exit before | exit after | against our files |",
        "|---|---|---|--:|--:|--:|",
    ]
    for one in outcomes:
        command = re.sub(r"^\S*/prek .*/([\w-]+)\.yaml$", r"the hook \1", one.check.run)
        tool = one.check.install.partition(" ")[2]
        cells = (
            one.check.repository,
            tool.replace("@latest", ""),
            f"`{command}`".replace("|", r"\|"),
            one.before,
            one.after,
            len(one.ours),
        )
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    repositories = {one.check.repository for one in outcomes}
    bad = sum(bool(one.ours) for one in outcomes)
    return (
        f"{len(outcomes)} checks of {len(repositories)} repositories, {bad} with findings\n\n"
        + ("\n".join(rows))
    )


if __name__ == "__main__":
    raise SystemExit(main())
