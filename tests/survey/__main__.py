"""Applies the template to repositories that it has never seen, takes it away, and judges both.

    make survey DIR=folder

The folder holds git directories `owner+name/repo` or clones `owner+name`; nothing is written into them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests import page
from tests.survey import judge

ROOT = Path(__file__).parents[2]
BOOTSTRAP = Path(sys.executable).with_name("bootstrap")
IDENTITY = {
    f"GIT_{who}_{what}": "survey@example.org"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}
SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
ENVIRONMENT = {**os.environ, **IDENTITY, **SETTINGS, "NO_COLOR": "1"}


@dataclass
class Result:
    """What happened in one repository; empty lists are good."""

    name: str
    files: int = 0
    kinds: dict[str, list[str]] = field(default_factory=dict)
    status: int = -1
    """Exit status of the first `apply`: 0, or 3 if it skipped files."""
    created: int = 0
    patched: int = 0
    extended: int = 0
    opened: int = 0
    violations: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """What is left to the user: files that were skipped, and files that git would ignore."""


def main() -> int:
    """Survey all repositories; exit status 1 if a promise was broken in one of them."""
    options = _options()
    pieces = yaml.safe_load((ROOT / "extensions/pieces.yml").read_text())
    found = [one for one in sources(options.folder) if not options.only or options.only in one[0]]
    with (
        tempfile.TemporaryDirectory(prefix="twelvefold-survey-") as scratch,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        runs = [pool.submit(_survey, name, git, Path(scratch), pieces) for name, git in found]
        results = [run.result() for run in runs]
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n")
    if options.page:
        page.put(options.page, "survey", table(results))
    print(_totals(results))
    broken = [one for one in results if one.violations]
    for one in broken:
        print("\n  ".join([f"✘ {one.name}", *one.violations]))
    return 1 if broken or not results else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.survey", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", help="survey the repositories with this in their name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table between its marks")
    return parser.parse_args()


# --- one repository -------------------------------------------------------------------------------


def sources(folder: Path) -> list[tuple[str, Path]]:
    """The repositories in `folder`: name → what git can clone."""
    found = []
    for one in sorted(folder.iterdir(), key=lambda path: path.name.lower()):
        git = next((path for path in (one / "repo", one) if _is_git(path)), None)
        if git:
            found.append((one.name.replace("+", "/", 1), git))
    return found


def _is_git(path: Path) -> bool:
    return (path / ".git").exists() or (path / "HEAD").exists()


def check_out(git_directory: Path, folder: Path) -> None:
    """The newest commit of a repository in the new `folder`, without copying its objects.

    Of a file whose content the source lacks, git is told not to look.
    """
    source = str(git_directory.resolve())
    _git(folder.parent, "clone", "-q", "--shared", "--no-checkout", source, str(folder))
    _git(folder, "read-tree", "HEAD")
    _git(folder, "checkout-index", "--all", "--quiet", check=False)
    gone = _git(folder, "ls-files", "--deleted", "-z")
    _git(folder, "update-index", "--skip-worktree", "-z", "--stdin", stdin=gone)
    _git(folder, "remote", "remove", "origin", check=False)


def _survey(name: str, git_directory: Path, scratch: Path, pieces: dict[str, Any]) -> Result:
    result = Result(name)
    folder = scratch / name.replace("/", "+") / name.rpartition("/")[2]
    folder.parent.mkdir()
    try:
        check_out(git_directory, folder)
        round_trip(folder, pieces, result)
    except (OSError, subprocess.SubprocessError) as error:
        result.violations.append(f"the survey itself failed: {error}")
    shutil.rmtree(folder.parent, ignore_errors=True)
    print("✘" if result.violations else "✔", name, flush=True)
    return result


def round_trip(folder: Path, pieces: dict[str, Any], result: Result) -> None:
    """Apply, apply again, commit, apply again, remove; what that breaks goes to `result`."""
    before = judge.snapshot(folder)
    result.files = len(_git(folder, "ls-files", "-z").split(b"\0")) - 1
    result.kinds = kinds(folder)

    said = bootstrap(folder, "apply", "--yes", "--json")
    result.status = said.returncode
    if said.returncode not in {0, 3}:
        result.violations.append(f"apply ended with {said.returncode}: {_last_line(said)}")
        return
    result.open = _open(json.loads(said.stdout))
    after = judge.snapshot(folder)
    _judge_apply(before, after, pieces, result)

    for moment in ("a second apply", "an apply after the commit"):
        said = bootstrap(folder, "apply", "--yes")
        if said.returncode != result.status:
            result.violations.append(f"{moment} ended with {said.returncode}: {_last_line(said)}")
        changed = judge.differing(after, judge.snapshot(folder))
        result.violations += [f"{moment} changed {path}" for path in changed]
        commit(folder)

    said = bootstrap(folder, "remove", "--yes")
    if said.returncode:
        result.violations.append(f"remove ended with {said.returncode}: {_last_line(said)}")
    changed = judge.differing(before, judge.snapshot(folder))
    result.violations += [f"remove did not restore {path}" for path in changed]


def _judge_apply(
    before: dict[str, judge.Entry],
    after: dict[str, judge.Entry],
    pieces: dict[str, Any],
    result: Result,
) -> None:
    folders = {path.rpartition("/")[0] for path in after}
    touched = [path for path in judge.differing(before, after) if path not in folders]
    result.violations += [f"{path} is gone" for path in before if path not in after]
    strange = judge.undocumented(touched, after, pieces)
    result.violations += [f"{path} is nowhere documented" for path in strange]
    for path in touched:
        if path in after:
            _judge_file(path, before.get(path), after[path], result)


def _judge_file(path: str, old: judge.Entry | None, new: judge.Entry, result: Result) -> None:
    result.created, result.patched = (
        result.created + (old is None),
        result.patched + (old is not None),
    )
    if not judge.parses(path, new[1]) and (old is None or judge.parses(path, old[1])):
        result.violations.append(f"{path} no longer parses")
    if old is None:
        return
    if old[0] != new[0]:
        result.violations.append(f"{path} has another mode or type")
    found = judge.lines(old[1], new[1])
    result.extended, result.opened = result.extended + found.extended, result.opened + found.opened
    result.violations += [f"{path} lost the line {line!r}" for line in found.lost]


def kinds(folder: Path) -> dict[str, list[str]]:
    """What makes the repository what it is, as the command itself sees it."""
    said = bootstrap(folder, "facts", "--json")
    facts = json.loads(said.stdout) if said.returncode == 0 else {}
    keys = ("languages", "hooks", "agent_files", "devcontainer", "copier_answers", "ci", "monorepo")
    return {key: list(facts.get(key) or ()) for key in keys}


def _open(plan: dict[str, Any]) -> list[str]:
    not_done = [one for one in plan["changes"] if one["action"] in {"skipped", "todo"}]
    return [f"{one['path']}: {one['why']}" for one in not_done]


def commit(folder: Path) -> None:
    """Commit everything; a source that lacks large files can't write a tree the usual way."""
    _git(folder, "add", "--all")
    tree = _git(folder, "write-tree", "--missing-ok").decode().strip()
    commit = _git(folder, "commit-tree", "-p", "HEAD", "-m", "applied", tree).decode().strip()
    _git(folder, "update-ref", "HEAD", commit)


def bootstrap(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BOOTSTRAP, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _git(folder: Path, *arguments: str, check: bool = True, stdin: bytes = b"") -> bytes:
    command = ["git", "-c", f"core.hooksPath={os.devnull}", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, check=check
    )
    return done.stdout


def _last_line(said: subprocess.CompletedProcess[str]) -> str:
    return ([line for line in (said.stdout + said.stderr).splitlines() if line.strip()] or [""])[-1]


# --- the report -----------------------------------------------------------------------------------


def table(results: list[Result]) -> str:
    """All results as a Markdown table with the totals above it."""
    rows = [
        "| repository | files | languages | hooks | agents | apply | new | patched | longer | open | promises |",
        "|---|--:|---|---|---|--:|--:|--:|--:|--:|---|",
    ]
    return "\n".join([_totals(results), "", *rows, *map(_row, results)])


def _row(one: Result) -> str:
    kinds = one.kinds
    agents = [
        *kinds.get("agent_files", []),
        *(["dev container"] if kinds.get("devcontainer") else []),
    ]
    cells = [
        one.name,
        f"{one.files:,}",
        _few(kinds.get("languages", [])),
        _few(kinds.get("hooks", [])),
        _few(agents),
        str(one.status),
        str(one.created),
        str(one.patched),
        str(one.extended + one.opened),
        str(len(one.open)),
        f"{len(one.violations)} broken" if one.violations else "kept",
    ]
    return f"| {' | '.join(cells)} |"


def _few(words: list[str]) -> str:
    return ", ".join(words[:3]) + (" …" if len(words) > 3 else "")


def _totals(results: list[Result]) -> str:
    has = Counter(kind for one in results for kind, value in one.kinds.items() if value)
    status = Counter(one.status for one in results)
    total = {
        key: sum(getattr(one, key) for one in results)
        for key in ("files", "created", "patched", "extended", "opened")
    }
    good = sum(not one.violations for one in results)
    lost = sum("lost the line" in text for one in results for text in one.violations)
    return f"""\
- {len(results)} repositories with {total["files"]:,} files: every promise is kept in {good} of them
- `apply` ended with 0 in {status[0]}, with 3 in {status[3]}, otherwise in \
{len(results) - status[0] - status[3]}; it left files to the user, with the reason, in \
{sum(bool(one.open) for one in results)}
- {total["created"]:,} new files, {total["patched"]:,} of theirs patched; of their lines {lost} are lost, \
{total["extended"]} got something at their end (a comma, the missing line break), \
{total["opened"]} an item in the middle
- with git hooks of their own {has["hooks"]}, agent files {has["agent_files"]}, a dev container \
{has["devcontainer"]}, another Copier template {has["copier_answers"]}, several packages {has["monorepo"]}"""


if __name__ == "__main__":
    sys.exit(main())
