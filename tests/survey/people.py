"""Factors 03 and 11 beside forms, templates and owners that repositories have already.

    python -m tests.survey.people DIR --page docs/measurements.md

Each is applied, applied again, committed and removed. From outside is judged: whether a second file
came that GitHub would read in the place of theirs, who owns each tracked path (by a library that
shares no code with ours), whether a second run changes something, and whether each byte comes back.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codeowners import CodeOwners

from tests import page
from tests.survey import judge
from tests.survey.__main__ import bootstrap, check_out, commit
from tests.survey.pool import each, header, options

POD = ("--factors=3,11", "--data=pod=@pod-expert, @pod-engineer")
HAVE = re.compile(
    r"(\.github/|docs/)?(codeowners|(pull_request|issue)_template(\.\w+|/[^/]+)?)", re.IGNORECASE
)
FORMS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


@dataclass
class Result:
    """What happened in one repository; `wrong` is empty if nothing was lost, doubled or left."""

    name: str
    owners: str = ""
    """Where they have CODEOWNERS, and what became of it."""
    template: str = ""
    forms: int = 0
    """How many issue templates and forms they have."""
    new: list[str] = field(default_factory=list)
    """The forms of ours that came."""
    gained: int = 0
    """Tracked paths that nobody owned and the pod owns now."""
    kept: int = 0
    """Tracked paths that their rules decide about."""
    wrong: list[str] = field(default_factory=list)


def survey(name: str, git: Path, _: Path) -> Result | None:
    """One repository; None if it has nothing of all that."""
    with tempfile.TemporaryDirectory(prefix="twelvefold-people-") as scratch:
        folder = Path(scratch, name.rpartition("/")[2])
        check_out(git, folder)
        before = judge.snapshot(folder)
        if not any(HAVE.fullmatch(path) for path in before):
            return None
        found = Result(name)
        said = bootstrap(folder, "apply", "--yes", *POD)
        after = judge.snapshot(folder)
        if said.returncode:
            found.wrong.append(f"apply ended with {said.returncode}")
        _judge(found, before, after)
        for moment in ("again", "after the commit"):
            bootstrap(folder, "apply", "--yes")
            changed = judge.differing(after, judge.snapshot(folder))
            found.wrong += [f"apply {moment} changed {path}" for path in changed]
            commit(folder)
        bootstrap(folder, "remove", "--yes")
        left = judge.differing(before, judge.snapshot(folder))
        found.wrong += [f"remove did not restore {path}" for path in left]
        shutil.rmtree(folder)
        return found


Tree = Mapping[str, judge.Entry]


def _judge(found: Result, before: Tree, after: Tree) -> None:
    mine = [path for path in after if path not in before]
    theirs = [path for path in before if HAVE.fullmatch(path)]
    found.template = _fate(before, after, theirs, mine, "pull_request_template")
    found.owners = _fate(before, after, theirs, mine, "codeowners")
    for kind in ("pull_request_template", "codeowners"):
        if [one for one in mine if _is(one, kind)] and [one for one in theirs if _is(one, kind)]:
            found.wrong.append(f"a second {kind}")
    found.forms = sum(_is(path, "issue_template") and "/config." not in path for path in theirs)
    found.new = sorted(Path(path).stem for path in mine if "issue_template/" in path.lower())
    for path in before:
        lost = judge.lines(before[path][1], after[path][1]).lost if path in after else [b""]
        found.wrong += [f"{path} lost a line"] if lost else []
    _judge_owners(found, before, after)


def _is(path: str, kind: str) -> bool:
    return f"/{kind}" in f"/{path.lower()}" and bool(HAVE.fullmatch(path))


def _fate(before: Tree, after: Tree, theirs: list[str], mine: list[str], kind: str) -> str:
    """Where theirs is and what happened to it, or that ours came."""
    paths = [path for path in theirs if _is(path, kind)]
    if paths:
        patched = any(before[path] != after.get(path) for path in paths)
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        return f"`{paths[0]}`{more}: {'patched' if patched else 'kept'}"
    return "new" if any(_is(path, kind) for path in mine) else "none"


def _judge_owners(found: Result, before: Tree, after: Tree) -> None:
    """By the first file that GitHub finds; a path of theirs keeps what a rule of theirs says."""
    old, new = (CodeOwners(_text(tree)) for tree in (before, after))
    for path in before:
        owners, line, *_ = old.matching_line(path)
        if line is None:
            found.gained += bool(new.of(path))
            continue
        found.kept += 1
        if new.of(path) != owners:
            found.wrong.append(f"{path} has other owners")


def _text(tree: Tree) -> str:
    content = next((tree[path][1] for path in FORMS if path in tree), b"")
    return content.decode("utf-8-sig", "replace")


def table(results: list[Result]) -> str:
    """All results as a Markdown table with the totals above it."""
    wrong = sum(bool(one.wrong) for one in results)
    total = (
        f"{len(results)} repositories, {sum(one.kept for one in results):,} paths with owners of"
        f" theirs, nothing lost, doubled or left in {len(results) - wrong}"
    )
    rows = [
        f"| {one.name} | {one.owners} | {one.kept:,} | {one.gained:,} | {one.template} | {one.forms}"
        f" | {', '.join(one.new) or 'none'} | {'; '.join(one.wrong[:3]) or '✔'} |"
        for one in sorted(results, key=lambda one: one.name.lower())
    ]
    columns = ("repository", "CODEOWNERS", "paths kept", "paths that nobody had", "PR template")
    return "\n".join([total, "", header(*columns, "forms", "new forms", "promises"), *rows])


def main() -> int:
    """Survey all repositories; exit status 1 if something was lost, doubled or left."""
    chosen = options("people", __doc__)
    results = [one for one in each(survey, chosen) if one]
    if chosen.page:
        page.put(chosen.page, "people", table(results))
    print(table(results))
    return 1 if not results or any(one.wrong for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
