"""Edits of a text, the way back, and which stretches of it are ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bootstrap.patch.model import Inserted, Kept, UnpatchableError

Span = tuple[int, int, tuple[str, ...]]
"""Start, end, and the entries of data in it."""


@dataclass(frozen=True)
class Edit:
    """Put `text` in the place of `[start, end)`; offsets are of the text before all edits."""

    start: int
    end: int
    text: str


def ordered(edits: Iterable[Edit]) -> list[Edit]:
    """The edits by place; of several insertions at one place the first given comes first."""
    found = sorted(edits, key=lambda edit: (edit.start, edit.end))
    for before, behind in pairwise(found):
        if before.end > behind.start:
            raise UnpatchableError("two edits overlap", behind.start)
    return found


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; UnpatchableError if two overlap."""
    out: list[str] = []
    at = 0
    for edit in ordered(edits):
        out += text[at : edit.start], edit.text
        at = edit.end
    return "".join([*out, text[at:]])


def deletions(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """The same deletions, those that touch made one.

    What goes from the end of a text without a final newline takes the line ending above along.
    """
    merged: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if merged and edit.start <= merged[-1].end:
            merged[-1] = Edit(merged[-1].start, max(edit.end, merged[-1].end), "")
        else:
            merged.append(edit)
    last = merged[-1] if merged else None
    if (
        last
        and last.end == len(text)
        and not text.endswith("\n")
        and text[: last.start].endswith("\n")
    ):
        merged[-1] = Edit(line_end(text, line_start(text, last.start - 1)), last.end, "")
    return merged


def inverse(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """The edits that lead from `apply(text, edits)` back to `text`."""
    back: list[Edit] = []
    shift = 0
    for edit in ordered(edits):
        start = edit.start + shift
        back.append(Edit(start, start + len(edit.text), text[edit.start : edit.end]))
        shift += len(edit.text) - (edit.end - edit.start)
    return back


def carry(text: str, ours: Iterable[Inserted], edits: Iterable[Edit]) -> tuple[Inserted, ...]:
    """The stretches of ours in `apply(text, edits)`: what is left of the old ones, and the new."""
    after = apply(text, edits)
    spans: list[Span] = []
    shift, at = 0, 0
    places = ordered(edits)
    for edit in [*places, Edit(len(text), len(text), "")]:
        for stretch in ours:
            start, end = max(stretch.offset, at), min(stretch.end, edit.start)
            if start < end:
                spans.append((start + shift, end + shift, stretch.entries))
        spans.append((edit.start + shift, edit.start + shift + len(edit.text), ()))
        shift += len(edit.text) - (edit.end - edit.start)
        at = edit.end
    return stretches(after, spans)


def stretches(text: str, spans: Iterable[Span]) -> tuple[Inserted, ...]:
    """Spans of a text as stretches in order, those that touch made one."""
    merged: list[Span] = []
    for start, end, entries in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            first, last, known = merged[-1]
            merged[-1] = (first, max(end, last), tuple(dict.fromkeys([*known, *entries])))
        else:
            merged.append((start, end, entries))
    return tuple(Inserted(start, text[start:end], entries) for start, end, entries in merged)


def inside(spans: Iterable[tuple[int, int]], ours: Sequence[Inserted]) -> bool:
    """Whether each of the spans lies in one of the stretches."""
    return all(any(s.offset <= start and end <= s.end for s in ours) for start, end in spans)


def locate(
    text: str, recorded: Sequence[Inserted], *, by_lines: bool = True, scalars: bool = False
) -> tuple[tuple[Inserted, ...], tuple[Inserted, ...]]:
    """Where the recorded stretches are now, and those that can't be found.

    A stretch is found at its offset, else if its text occurs exactly once, else if it has moved
    by as much as another one that was found; line endings do not matter. `by_lines`: it must not
    begin within a line.
    `scalars`: at the end of a text without a final newline, what was put may need one all the
    same, as a block scalar of YAML does.
    """
    recorded = [_with_their_eol(text, stretch) for stretch in recorded]
    moves = {stretch: _move(text, stretch) for stretch in recorded}
    known = {move for move in moves.values() if move is not None}
    found: list[Span] = []
    lost: list[Inserted] = []
    for stretch, move in moves.items():
        candidates = {move} if move is not None else {m for m in known if _holds(text, stretch, m)}
        start = stretch.offset + candidates.pop() if len(candidates) == 1 else -1
        if start < 0 or (by_lines and _splits(text, stretch, start, scalars=scalars)):
            lost.append(stretch)
        else:
            found.append((start, start + len(stretch.text), stretch.entries))
    return stretches(text, found), tuple(lost)


def _with_their_eol(text: str, stretch: Inserted) -> Inserted:
    """The stretch as it reads after the line endings of the whole file were changed."""
    changed = stretch.text not in text
    return replace(stretch, text=with_eol(stretch.text, eol(text))) if changed else stretch


def _splits(text: str, stretch: Inserted, start: int, *, scalars: bool) -> bool:
    """Whether whole lines begin at `start` within a line.

    They do so rightly at the end of a text that had no final newline: there they were put, and
    no line follows that could be joined to the one above.
    """
    if not stretch.text.endswith("\n") or line_start(text, start) == start:
        return False
    at_end = start + len(stretch.text) == len(text)
    there = at_end and (scalars or start == stretch.offset)
    return not (there and stretch.text.startswith(("\n", "\r\n")))


def _move(text: str, stretch: Inserted) -> int | None:
    if _holds(text, stretch, 0):
        return 0
    first = text.find(stretch.text)
    if first < 0 or text.find(stretch.text, first + 1) >= 0:
        return None
    return first - stretch.offset


def _holds(text: str, stretch: Inserted, move: int) -> bool:
    start = stretch.offset + move
    return start >= 0 and bool(stretch.text) and text.startswith(stretch.text, start)


@dataclass(frozen=True)
class State:
    """A text of the user's, and what of it is ours."""

    text: str
    inserted: tuple[Inserted, ...]
    lost: tuple[Inserted, ...] = ()
    """Recorded stretches that are not there as they were."""
    whole: bool = False
    kept: tuple[Kept, ...] = ()

    def edited(self, edits: Sequence[Edit], kept: Sequence[Kept] = ()) -> State:
        """The state after some edits; UnpatchableError if they could not be taken back."""
        after = apply(self.text, edits)
        if apply(after, inverse(self.text, edits)) != self.text:
            raise UnpatchableError("the edits can't be taken back")
        inserted = carry(self.text, self.inserted, edits)
        return State(after, inserted, self.lost, self.whole, (*self.kept, *kept))


def eol(text: str) -> str:
    """The line ending that most lines have; LF if there is none."""
    crlf = text.count("\r\n")
    return "\r\n" if crlf > text.count("\n") - crlf else "\n"


def with_eol(text: str, ending: str) -> str:
    """The text with all its line endings made `ending`."""
    return re.sub(r"\r?\n", lambda _: ending, text)


def indent_unit(text: str, default: str = "  ") -> str:
    """One level of indentation: the most frequent growth from one line to the next."""
    votes: Counter[str] = Counter()
    before = ""
    for line in re.findall(r"^([ \t]*)[^\s]", text, re.MULTILINE):
        if len(line) > len(before) and line.startswith(before):
            votes[line[len(before) :]] += 1
        before = line
    return votes.most_common(1)[0][0] if votes else default


def line_start(text: str, at: int) -> int:
    """The offset of the first character of the line that holds `at`."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """The offset of that line's ending, or the end of the text."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def next_line(text: str, at: int) -> int:
    """The offset of the first character of the next line, or the end of the text."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def column(text: str, at: int) -> int:
    """How many characters stand before `at` on its line."""
    return at - line_start(text, at)


def line_number(text: str, at: int) -> int:
    """The line that holds `at`, counted from 1; 0 if there is no such place."""
    return 0 if at < 0 else text.count("\n", 0, at) + 1


def leading(text: str, at: int) -> str:
    """The white space at the start of the line that holds `at`."""
    found = re.compile(r"[ \t]*").match(text, line_start(text, at))
    return found.group() if found else ""


def first_on_line(text: str, at: int) -> bool:
    """Whether nothing but white space stands before `at` on its line."""
    return not text[line_start(text, at) : at].strip()


def insert_lines(text: str, at: int, lines: Sequence[str]) -> Edit:
    """Whole lines put at `at`, which is a line's start or the end of the text.

    A text without a final newline gets one before the first new line, and none after the last.
    """
    ending = eol(text)
    block = ending.join(lines)
    if at == len(text) and text and not text.endswith("\n"):
        return Edit(at, at, ending + block)
    return Edit(at, at, block + ending)


def blank_above(text: str, at: int) -> int:
    """The start of the blank line above the line that starts at `at`, or `at` if there is none."""
    above = line_start(text, at - 1) if at else at
    return above if not text[above:at].strip() else at


def comment_top(text: str, at: int, mark: str) -> int:
    """The start of the comment lines right above the line of `at`, at that line's indentation."""
    top = line_start(text, at)
    indent = leading(text, at)
    while top > 0:
        above = line_start(text, top - 1)
        line = text[above:top]
        if not line.startswith(indent + mark):
            break
        top = above
    return top
