"""A text as named blocks with other lines between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from bootstrap.patch.lines import split


class Kind(Enum):
    """What a line is to the blocks around it."""

    HEAD = auto()
    BODY = auto()
    """Goes on with the block above; where there is none it is as OTHER."""
    NOTE = auto()
    """A comment or an attribute: of the head right below, or within a body."""
    AROUND = auto()
    """Blank, or no more than a condition: within a body if that goes on below."""
    OTHER = auto()
    """Ends a block, and is part of none."""


class Row(NamedTuple):
    """One line as a language reads it."""

    kind: Kind
    names: tuple[str, ...] = ()
    """What a head defines."""
    of: tuple[str, ...] = ()
    """Names of other blocks that a head only speaks of."""


@dataclass(frozen=True)
class Block:
    """A named part of a text."""

    row: Row
    lines: tuple[str, ...]
    notes: int
    """How many of the lines stand above the head."""
    apart: bool
    """Whether a blank line sets it off."""
    start: int
    end: int
    """The offset behind its last line ending."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it defines."""
        return self.row.names

    @property
    def code(self) -> tuple[str, ...]:
        """Head and body, without the comments above."""
        return self.lines[self.notes :]


@dataclass(frozen=True)
class Sheet:
    """The blocks of a text, in order, and its other lines; comments and blank lines left out."""

    blocks: tuple[Block, ...]
    loose: tuple[str, ...]

    def of(self, names: Iterable[str]) -> list[Block]:
        """The blocks that define one of these names."""
        return [block for block in self.blocks if not set(names).isdisjoint(block.names)]

    def twin(self, block: Block) -> Block | None:
        """The first block with the same names."""
        return next((one for one in self.blocks if one.names == block.names), None)


Rows = Callable[[Sequence[str]], Iterator[Row]]
"""How a language reads lines: a row for each; UnpatchableError if they can't be told apart."""


def read(text: str, rows: Rows) -> Sheet:
    """The blocks of a text."""
    lines = split(text)
    starts = [0]
    for line in text.split("\n"):
        starts.append(min(starts[-1] + len(line) + 1, len(text)))
    found: list[tuple[Row, int, int, int]] = []  # where notes, head and what is below begin
    loose: list[str] = []
    above, inside = -1, False
    for at, row in enumerate(rows(lines)):
        if row.kind is Kind.HEAD:
            found.append((row, at if above < 0 else above, at, at + 1))
        elif row.kind is Kind.BODY and inside:
            found[-1] = (*found[-1][:3], at + 1)
        elif row.kind in (Kind.BODY, Kind.OTHER):
            loose.append(lines[at].strip())
        inside = row.kind is Kind.HEAD or (inside and row.kind is not Kind.OTHER)
        note = row.kind is Kind.NOTE and "SPDX-" not in lines[at]
        above = (at if above < 0 else above) if note else -1
    blocks = (
        Block(
            row,
            tuple(lines[top:below]),
            head - top,
            apart=top > 0 and not lines[top - 1].strip(),
            start=starts[top],
            end=starts[below],
        )
        for row, top, head, below in found
    )
    return Sheet(tuple(blocks), tuple(loose))
