"""Patches an old version of real files, lets the project's own later commits follow, and removes.

    make survey DIR=folder

What is left has to be the project's newest version, byte for byte, wherever the later commits merge.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bootstrap.patch import Patched, Refused, patch
from tests import page
from tests.survey import corpus, oracle, pool
from tests.survey.edits import Edit, edits

BACK = (1, 4, 12, 29)
"""How many of its commits a file is set back."""
PER_KIND = 3
"""How many files of a kind a repository may give."""


@dataclass(frozen=True)
class Case:
    """One edit of one old version."""

    kind: str
    path: str
    """With its repository."""
    edit: str
    back: int
    clean: bool
    """Whether the later commits merged."""
    left_out: str = ""
    """Why there is nothing to judge."""
    readable: bool = True
    """Whether what the commits left is in its format."""
    refused: str = ""
    """Why the removal was refused."""
    equal: bool = False
    """Whether the removal gave the newest version."""
    displaced: bool = False
    """If not: whether the merge, which knows lines only, put what one side said below a key of the
    other's."""
    lost: tuple[str, ...] = ()
    """Lines that are not ours and went with them."""
    left: tuple[str, ...] = ()
    """Lines of ours that stayed."""

    @property
    def broken(self) -> bool:
        """Whether something happened that must not."""
        settled = self.equal or self.displaced or self.refused or self.left_out
        return bool(self.lost) or (self.clean and not settled)


@dataclass(frozen=True)
class Versions:
    """An old version of a file and its newest."""

    kind: corpus.Kind
    path: str
    back: int
    old: bytes
    new: bytes


def main() -> int:
    """Replay all histories; exit status 1 if a removal took or left what it must not."""
    options = pool.options("replay", __doc__)
    cases = [case for some in pool.each(replay, options) for case in some]
    if options.json:
        options.json.write_text(json.dumps([asdict(case) for case in cases], indent=1) + "\n")
    if options.page:
        page.put(options.page, "replay", report(cases))
    print(report(cases))
    broken = [case for case in cases if case.broken]
    for case in broken:
        found = f"lost {case.lost[0]!r}" if case.lost else "not the newest version"
        print(f"✘ {case.path} ({case.edit}, {case.back} commits back): {found}")
    return 1 if broken or not cases else 0


# --- one repository -------------------------------------------------------------------------------


def replay(name: str, git: Path, packages: Path) -> list[Case]:
    """All cases of one repository."""
    readers = pool.readers(packages)
    cases: list[Case] = []
    for one in versions(name, git):
        try:
            _, data = oracle.reading(readers, one.kind.format, one.old)
        except oracle.UnreadableError:
            continue
        cases += [replay_edit(one, edit, readers) for edit in edits(one.kind, data[0])]
    return cases


def versions(name: str, git: Path) -> Iterator[Versions]:
    """The old versions of the files of a repository that differ from the newest."""
    files, _ = corpus.files(git, PER_KIND)
    blobs = corpus.history(git, files)
    pairs = [
        (file, back, blobs[file.path][back])
        for file in files
        for back in BACK
        if back < len(blobs.get(file.path, ()))
    ]
    contents = corpus.contents(git, [blob for file, _, old in pairs for blob in (file.blob, old)])
    for file, back, blob in pairs:
        old, new = contents.get(blob), contents.get(file.blob)
        if old is not None and new is not None and old != new:
            yield Versions(file.kind, f"{name}: {file.path}", back, old, new)


# --- one edit -------------------------------------------------------------------------------------


def replay_edit(one: Versions, edit: Edit, readers: Sequence[oracle.Read]) -> Case:
    """Patch the old version, replay, remove, judge."""
    case = Case(one.kind.name, one.path, edit.name, one.back, clean=True)
    first = patch(one.old, None, edit.want(), edit.shape)
    if isinstance(first, Refused):
        return replace(case, left_out="the old version is refused")
    if _says(one.kind, one.new, edit.want(), readers):
        return replace(case, left_out="the project has made the same edit since")
    replayed, clean = merged(first.after, one.old, one.new)
    done = patch(replayed, edit.want(), None, edit.shape, first.inserted)
    case = replace(case, clean=clean, readable=_is_readable(one.kind, replayed, readers))
    if isinstance(done, Refused):
        return replace(case, refused=done.reason)
    if clean:
        equal = done.after == one.new
        displaced = not equal and not all(
            _says(one.kind, replayed, said, readers) for said in (one.new, edit.want())
        )
        return replace(case, equal=equal, displaced=displaced)
    lost, left = _other_than_ours(one, first, replayed, done.after)
    return replace(case, lost=lost, left=left)


def _says(kind: corpus.Kind, content: bytes, want: bytes, readers: Sequence[oracle.Read]) -> bool:
    """Whether a content says all of a wanted one."""
    try:
        read, said = oracle.reading(readers, kind.format, content)
    except oracle.UnreadableError:
        return False
    pairs = zip(said, read(kind.format, want), strict=True)
    return all(oracle.grown(one, wanted) == one for one, wanted in pairs)


def _is_readable(kind: corpus.Kind, content: bytes, readers: Sequence[oracle.Read]) -> bool:
    try:
        oracle.reading(readers, kind.format, content)
    except oracle.UnreadableError:
        return False
    return True


def merged(ours: bytes, base: bytes, theirs: bytes) -> tuple[bytes, bool]:
    """A merge by lines, and whether it was clean; if not, both sides stay, theirs first."""
    with tempfile.TemporaryDirectory(prefix="twelvefold-survey-") as folder:
        for name, content in (("ours", ours), ("base", base), ("theirs", theirs)):
            (Path(folder) / name).write_bytes(content)
        clean, text = _merge_file(folder)
        return text if clean else _merge_file(folder, "--union")[1], clean


def _merge_file(folder: str, *options: str) -> tuple[bool, bytes]:
    command = ["git", "merge-file", "-p", "-q", *options, "theirs", "base", "ours"]
    done = subprocess.run(command, cwd=folder, capture_output=True)
    return done.returncode == 0, done.stdout


def _other_than_ours(
    one: Versions, first: Patched, union: bytes, after: bytes
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that were lost and are not ours, and the lines of ours that were left."""
    ours = _lines(first.after) - _lines(one.old)
    theirs = (_lines(union) - ours) | _lines(one.new)
    left = _lines(after) - (theirs | _lines(one.old))
    return tuple(theirs - _lines(after)), tuple(left)


def _lines(content: bytes) -> Counter[str]:
    """The lines that say something; a comma behind the last item comes and goes."""
    lines = content.decode(errors="replace").splitlines()
    return Counter(line.rstrip().rstrip(",") for line in lines if line.strip())


# --- the report -----------------------------------------------------------------------------------

COLUMNS = (
    *("kind", "cases", "merged", "newest version exactly", "displaced", "refused"),
    *("conflicted", "no longer readable", "refused", "ours out exactly", "ours left in part"),
    "lines lost",
)


def report(cases: Sequence[Case]) -> str:
    """The table of all kinds."""
    judged = [case for case in cases if not case.left_out]
    kinds = [kind.name for kind in corpus.KINDS]
    rows = [_row(kind, [case for case in judged if case.kind == kind]) for kind in kinds]
    repositories = {case.path.partition(":")[0] for case in judged}
    files = {case.path for case in judged}
    said = f"{len(files):,} files of {len(repositories)} repositories, {len(judged):,} cases"
    why = Counter(case.left_out for case in cases if case.left_out)
    out = (
        [f"Left out: {'; '.join(f'{one} {count:,}' for one, count in why.items())}"] if why else []
    )
    table = "\n".join([pool.header(*COLUMNS), *filter(None, rows), _row("all", judged)])
    return "\n\n".join([said, table, *out])


def _row(kind: str, cases: Sequence[Case]) -> str:
    if not cases:
        return ""
    clean = [case for case in cases if case.clean]
    other = [case for case in cases if not case.clean]
    readable = [case for case in other if case.readable]
    done = [case for case in readable if not case.refused]
    cells = [
        len(cases),
        len(clean),
        sum(case.equal for case in clean),
        sum(case.displaced for case in clean),
        sum(bool(case.refused) for case in clean),
        len(other),
        len(other) - len(readable),
        len(readable) - len(done),
        sum(not case.lost and not case.left for case in done),
        sum(bool(case.left) for case in done),
        sum(len(case.lost) for case in other),
    ]
    return f"| {kind} | {' | '.join(f'{cell:,}' for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main())
