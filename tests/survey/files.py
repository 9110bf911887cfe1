"""Patches real files of every kind, and judges what comes out by readers of its own.

    make survey DIR=folder

The folder holds git directories `owner+name/repo` or clones `owner+name`; nothing is written into them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from time import process_time

from bootstrap.patch import Patched, Refused, Shape, patch
from tests import page
from tests.survey import corpus, judge, oracle, pool
from tests.survey.edits import Edit, edits

SIMPLE = {
    "yaml": b"survey: 1\n",
    "json": b'{"survey": 1}\n',
    "toml": b"survey = 1\n",
    "lines": b"survey\n",
    "markdown": b"survey\n",
}
FAULTS = ("crash", "other lines", "wrong data", "second run", "update", "inverse")


@dataclass(frozen=True)
class Case:
    """One edit of one file."""

    kind: str
    path: str
    """With its repository."""
    edit: str
    refused: str = ""
    """The reason; empty if the file was patched."""
    line: int = 0
    kept: str = ""
    """Where the user has set something else, which stays so; empty if the edit was made."""
    ms: float = 0.0
    """Of the first patch alone, in time of the processor."""
    faults: dict[str, str] = field(default_factory=dict)
    """Which of FAULTS → what was found; empty is good."""


@dataclass
class Survey:
    """What happened in one repository, or in all."""

    files: list[tuple[str, str]] = field(default_factory=list)
    """Kind and path of every file that was edited."""
    cases: list[Case] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    repositories: int = 0

    def add(self, other: Survey) -> None:
        """Add what happened in another repository."""
        self.files += other.files
        self.cases += other.cases
        self.left_out += other.left_out
        self.repositories += other.repositories


def main() -> int:
    """Survey all files; exit status 1 if an edit broke something."""
    options = pool.options("files", __doc__)
    total = Survey()
    for one in pool.each(survey, options):
        total.add(one)
    if options.json:
        options.json.write_text(json.dumps([asdict(case) for case in total.cases], indent=1) + "\n")
    text = report(total) + _note(options.packages)
    if options.page:
        page.put(options.page, "files", text)
    print(text)
    broken = [case for case in total.cases if case.faults]
    for case in broken:
        for fault, found in case.faults.items():
            print(f"✘ {fault}: {case.path} ({case.edit}): {found}")
    return 1 if broken or not total.cases else 0


# --- one repository -------------------------------------------------------------------------------


def survey(name: str, git: Path, packages: Path) -> Survey:
    """Edit the files of one repository in every way that fits them."""
    _warm()
    readers = pool.readers(packages)
    chosen, left_out = corpus.files(git)
    contents = corpus.contents(git, (file.blob for file in chosen))
    result = Survey(left_out=left_out)
    for file in chosen:
        path = f"{name}: {file.path}"
        if file.blob in contents:
            _survey_file(path, file.kind, contents[file.blob], readers, result)
        else:
            left_out["not in the mirror"] += 1
    result.repositories = bool(result.files)
    return result


def _survey_file(
    path: str, kind: corpus.Kind, content: bytes, readers: Sequence[oracle.Read], result: Survey
) -> None:
    try:
        read, old = oracle.reading(readers, kind.format, content)
    except oracle.UnreadableError as error:
        _survey_unreadable(path, kind, content, str(error), result)
        return
    cases = [judge_edit(path, kind, content, edit, old, read) for edit in edits(kind, old[0])]
    result.cases += cases
    if cases:
        result.files.append((kind.name, path))
    else:
        result.left_out["no edit fits"] += 1


def _survey_unreadable(
    path: str, kind: corpus.Kind, content: bytes, why: str, result: Survey
) -> None:
    """What no reader can read has to be refused; several documents are one case that is."""
    done = patch(content, None, SIMPLE[kind.format], Shape(kind.format, {}))
    if isinstance(done, Patched):
        faults = {"wrong data": f"patched, but unreadable: {why}"}
        result.cases.append(Case(kind.name, path, "any", faults=faults))
    elif why == oracle.SEVERAL:
        result.files.append((kind.name, path))
        result.cases.append(Case(kind.name, path, "any", done.reason, done.line))
    else:
        result.left_out["not readable in its format"] += 1


@cache
def _warm() -> None:
    """One patch of each format that does not count: it brings the engine's own readers."""
    for form, text in SIMPLE.items():
        patch(text, None, text.replace(b"survey", b"warm"), Shape(form, {}))


# --- one edit -------------------------------------------------------------------------------------


def judge_edit(
    path: str,
    kind: corpus.Kind,
    ours: bytes,
    edit: Edit,
    old: list[oracle.Tree],
    read: oracle.Read,
) -> Case:
    """Make one edit, make it again, update it, take it back; judge each."""
    try:
        started = process_time()
        first = patch(ours, None, edit.want(), edit.shape)
        ms = 1000 * (process_time() - started)
        if isinstance(first, Refused):
            return Case(kind.name, path, edit.name, first.reason, first.line, ms=ms)
        if first.kept and first.after == ours:
            return Case(kind.name, path, edit.name, kept=first.kept[0].where, ms=ms)
        faults = _faults(ours, edit, first, old, read)
    except oracle.UnreadableError as error:
        ms, faults = 0.0, {"wrong data": f"it can't be read any more: {error}"}
    except Exception as error:  # that, too, is a result
        ms, faults = 0.0, {"crash": repr(error)}
    return Case(kind.name, path, edit.name, ms=ms, faults={k: v for k, v in faults.items() if v})


def _faults(
    ours: bytes, edit: Edit, first: Patched, old: list[oracle.Tree], read: oracle.Read
) -> dict[str, str]:
    want, form = edit.want(), edit.shape.format
    again = patch(first.after, want, want, edit.shape, first.inserted)
    back = patch(first.after, want, None, edit.shape, first.inserted)
    return {
        "other lines": other_lines(ours, first.after),
        "wrong data": wrong_data(form, old, want, first.after, read),
        "second run": _other_bytes(again, first.after),
        "update": _update(ours, edit, first, old, read),
        "inverse": _other_bytes(back, ours),
    }


def _update(
    ours: bytes, edit: Edit, first: Patched, old: list[oracle.Tree], read: oracle.Read
) -> str:
    """What is wrong with an update to another wanted file, or with the way back from there."""
    want, form = edit.want(2), edit.shape.format
    updated = patch(first.after, edit.want(), want, edit.shape, first.inserted)
    if isinstance(updated, Refused):
        return f"refused: {updated.reason}"
    back = patch(updated.after, want, None, edit.shape, updated.inserted)
    return (
        wrong_data(form, old, want, updated.after, read)
        or other_lines(ours, updated.after)
        or _other_bytes(back, ours)
    )


def _other_bytes(done: Patched | Refused, expected: bytes) -> str:
    if isinstance(done, Refused):
        return f"refused: {done.reason}"
    return "" if done.after == expected else f"other bytes: {_first_other(done.after, expected)}"


def _first_other(found: bytes, expected: bytes) -> str:
    one, two = found.splitlines(keepends=True), expected.splitlines(keepends=True)
    at = judge.common(one, two)
    return f"line {at + 1} is {one[at : at + 1]}, not {two[at : at + 1]}"


def wrong_data(
    form: str, old: list[oracle.Tree], want: bytes, new: bytes, read: oracle.Read
) -> str:
    """Where the new data are not the old with the wanted in them; empty if nowhere."""
    wanted = [oracle.grown(one, two) for one, two in zip(old, read(form, want), strict=True)]
    return oracle.difference(form, read(form, new), wanted)


def other_lines(old: bytes, new: bytes) -> str:
    """What became of lines that are not the edit's own; empty if nothing.

    Of the lines that were there, all stand there still in their order. One may have got a comma,
    the missing line break, or an item between its brackets.
    """
    one, two = old.splitlines(keepends=True), new.splitlines(keepends=True)
    at = judge.common(one, two)
    missing = _missing(one[at:], two[at:])
    if missing is None or _is_item(old, new):
        return ""
    if not two[at:] or _missing(one[at + 1 :], two[at + 1 :]) is not None:
        return f"lost line {at + missing + 1}"
    return "" if _is_longer(one[at], two[at]) else f"altered line {at + 1}"


def _missing(old: Sequence[bytes], new: Sequence[bytes]) -> int | None:
    """The number of the first old line that does not follow in the new ones."""
    rest = iter(new)
    return next((number for number, line in enumerate(old) if line not in rest), None)


def _is_longer(old: bytes, new: bytes) -> bool:
    """Whether a line got nothing but a comma or its line break."""
    comma = judge.holds(old, new) and Counter(new) - Counter(old) == Counter(b",")
    return comma or (not old.endswith(b"\n") and new.rstrip(b"\r\n") == old)


def _is_item(old: bytes, new: bytes) -> bool:
    """Whether one stretch was put in, behind a comma or bracket, before a bracket, or with a comma."""
    at = judge.common(old, new)
    before, behind = old[:at].rstrip(b" \t")[-1:], old[at:].lstrip(b" \t")[:1]
    near = before in (b",", b"[", b"{") or behind in (b"]", b"}") or new[at : at + 1] == b","
    return near and judge.holds(old, new)


# --- the report -----------------------------------------------------------------------------------

COLUMNS = (
    *("kind", "files", "edits", "refused", "theirs kept", "other lines changed", "wrong data"),
    *(
        "changed by a second run",
        "updated and back",
        "inverse exact",
        "median ms",
        "90th percentile",
    ),
)


def report(total: Survey) -> str:
    """The table of all kinds, what was left out, and the refusals."""
    kinds = [kind.name for kind in corpus.KINDS]
    rows = [_row(kind, total.files, [c for c in total.cases if c.kind == kind]) for kind in kinds]
    parts = [
        _sentence(total),
        "\n".join(
            [pool.header(*COLUMNS), *filter(None, rows), _row("all", total.files, total.cases)]
        ),
        "Left out: "
        + "; ".join(f"{why} {count:,}" for why, count in (+total.left_out).most_common()),
        _not_made([case for case in total.cases if case.refused or case.kept]),
    ]
    return "\n\n".join(part for part in parts if part)


def _note(packages: Path) -> str:
    node = (packages / "node_modules").is_dir()
    return "" if node else "\n\nThere was no Node here: YAML and JSON were read by Python."


def _sentence(total: Survey) -> str:
    return f"{len(total.files):,} files of {total.repositories} repositories, {len(total.cases):,} edits"


def _row(kind: str, files: Sequence[tuple[str, str]], cases: Sequence[Case]) -> str:
    refused = sum(bool(case.refused) for case in cases)
    done = [case for case in cases if not case.refused and not case.kept]
    if not done:
        return ""
    count = {fault: sum(fault in case.faults for case in done) for fault in FAULTS}
    crashed = count["crash"]
    times = [case.ms for case in cases]
    cells = [
        f"{sum(kind in {of, 'all'} for of, _ in files):,}",
        f"{len(cases):,}",
        f"{refused:,}",
        f"{len(cases) - len(done) - refused:,}",
        f"{count['other lines']:,}",
        f"{count['wrong data'] + crashed:,}",
        f"{count['second run'] + crashed:,}",
        _percent(len(done) - count["update"] - crashed, len(done)),
        _percent(len(done) - count["inverse"] - crashed, len(done)),
        f"{median(times):.1f}",
        f"{quantiles(times, n=10, method='inclusive')[-1] if times[1:] else times[0]:.1f}",
    ]
    return f"| {' | '.join([kind, *cells])} |"


def _percent(part: int, whole: int) -> str:
    return "100%" if part == whole else f"{100 * part / whole:.2f}%"


def _not_made(cases: Sequence[Case]) -> str:
    """The edits that were not made by reason, each file with the line of its first."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.refused or "theirs kept", []).append(case)
    lines = [f"Not made: {len(cases):,} edits", ""] if cases else []
    for reason, those in sorted(groups.items(), key=lambda group: -len(group[1])):
        lines.append(f"- {reason}: {len(those)} in {_places(those)}")
    return "\n".join(lines)


def _places(cases: Iterable[Case]) -> str:
    """The files, each with the line of its first refusal."""
    first = {case.path: case.line for case in reversed(list(cases))}
    return ", ".join(
        f"`{path}`" + (f" (line {line})" if line else "") for path, line in first.items()
    )


if __name__ == "__main__":
    sys.exit(main())
