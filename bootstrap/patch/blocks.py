"""Files of named blocks: targets of a Makefile, recipes of a justfile, sections of EditorConfig.

A leaf is a block: its head, its body, and the comment lines right above. Missing blocks go to the
end of the file, so that nothing of theirs moves; a name that is in use there stays theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import NamedTuple

from bootstrap.patch.edits import (
    Edit,
    State,
    blank_above,
    deletions,
    eol,
    insert_lines,
    stretches,
)
from bootstrap.patch.lines import find, split
from bootstrap.patch.model import Kept, UnpatchableError


class Kind(Enum):
    """What a line is to the blocks around it."""

    HEAD = auto()
    BODY = auto()
    """Goes on with the block above; outside of a block it is as OTHER."""
    NOTE = auto()
    """A comment or an attribute; belongs to the head right below, or lies within a body."""
    BLANK = auto()
    AROUND = auto()
    """Within a body if the body goes on below it."""
    OTHER = auto()
    """Ends a block, and is part of none."""


class Row(NamedTuple):
    """One line as a language reads it."""

    kind: Kind
    names: tuple[str, ...] = ()
    """What a head defines."""


@dataclass(frozen=True)
class Block:
    """A named part of a text."""

    names: tuple[str, ...]
    lines: tuple[str, ...]
    notes: int
    """How many of the lines stand above the head."""
    start: int
    end: int
    """The offset behind its last line ending."""

    @property
    def code(self) -> tuple[str, ...]:
        """Head and body, without the comments above."""
        return self.lines[self.notes :]


@dataclass(frozen=True)
class Sheet:
    """A text as its blocks; `loose` are the other lines, comments and blank ones left out."""

    blocks: tuple[Block, ...]
    loose: tuple[str, ...]


def _same_code(theirs: Block, ours: Block) -> bool:
    return theirs.code == ours.code


@dataclass(frozen=True)
class Language:
    """What differs between such files."""

    word: str
    """What a block is called."""
    rows: Callable[[list[str]], Iterator[Row]]
    """A row for each line; UnpatchableError if the text can't be read."""
    open_end: Callable[[str], None]
    """Raises UnpatchableError if what is put at the end would not stand for itself."""
    use: Callable[[str, str], str]
    """The line by which a text uses a name, other than as a block's; empty if none does."""
    says: Callable[[Block, Block], bool] = _same_code
    """Whether a block of theirs says all that ours does."""


def transition(state: State, base: str | None, want: str | None, language: Language) -> State:
    """Lead the state from `base` to `want`; UnpatchableError if that is not safe."""
    if want is None and not state.whole:
        state = _without_stretches(state, language)
        if state.lost and base is None:
            raise UnpatchableError("what was put in has been edited since")
    before, wanted = read(base or "", language), read(want or "", language)
    if new := set(wanted.loose) - set(before.loose) - set(read(state.text, language).loose):
        raise UnpatchableError(f"the template's line `{min(new)}` belongs to no {language.word}")
    state = _put(state, before, wanted, language)
    state = _take(state, before, wanted, language)
    if state.lost and want is not None:
        state = _regained(state, wanted, language)
    return state


# --- read


def read(text: str, language: Language) -> Sheet:
    """The blocks of a text, in order."""
    lines = split(text)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    spans: list[list[int]] = []  # first line, head, end
    names: list[tuple[str, ...]] = []
    loose = []
    above, inside = -1, False
    for at, (line, row) in enumerate(zip(lines, language.rows(lines), strict=True)):
        if row.kind is Kind.HEAD:
            spans.append([at if above < 0 else above, at, at + 1])
            names.append(row.names)
        elif row.kind is Kind.BODY and inside:
            spans[-1][2] = at + 1
        elif row.kind in (Kind.BODY, Kind.OTHER):
            loose.append(line.strip())
        inside = row.kind is Kind.HEAD or (inside and row.kind is not Kind.OTHER)
        if row.kind is not Kind.NOTE or "SPDX-" in line:
            above = -1
        elif above < 0:
            above = at
    blocks = (
        Block(name, tuple(lines[top:end]), head - top, starts[top], min(starts[end], len(text)))
        for name, (top, head, end) in zip(names, spans, strict=True)
    )
    return Sheet(tuple(blocks), tuple(line for line in loose if line))


def _twin(block: Block, blocks: Sequence[Block]) -> Block | None:
    """The block of the same name."""
    return next((one for one in blocks if one.names == block.names), None)


# --- put in


def _put(state: State, before: Sheet, wanted: Sheet, language: Language) -> State:
    """Replace what is still ours as it was, append what is missing, leave the rest as it is."""
    sheet = read(state.text, language)
    edits: list[Edit] = []
    kept: list[Kept] = []
    missing: list[Block] = []
    for block in wanted.blocks:
        theirs = [one for one in sheet.blocks if set(one.names) & set(block.names)]
        old = _twin(block, before.blocks)
        if any(language.says(one, block) for one in theirs) or (old and old.lines == block.lines):
            continue
        mine = [one for one in theirs if old and one.lines == old.lines and _is_ours(state, one)]
        if mine:
            edits.append(_replacement(state.text, mine[0], block))
        elif theirs or old:
            kept.append(_kept(language, block, theirs[0] if theirs else None, block))
        else:
            missing.append(block)
    after = _edited(state, edits, kept, language)
    return _append(after, missing, before, wanted, language)


def _replacement(text: str, mine: Block, block: Block) -> Edit:
    ending = eol(text)
    final = ending if text[mine.start : mine.end].endswith("\n") else ""
    return Edit(mine.start, mine.end, ending.join(block.lines) + final)
