"""What goes into the patch engine and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Inserted:
    """A stretch of text of ours in a file that the user shares."""

    offset: int
    """In characters of the decoded text, a byte order mark not counted."""
    text: str
    entries: tuple[str, ...] = ()
    """Of data: what is in it as a whole, each by its place, such as `permissions.allow`."""

    @classmethod
    def all_of(cls, text: str) -> Inserted:
        """All that a template says, wherever a file says the same: for a record that got lost."""
        return cls(0, text, ("",))

    @property
    def end(self) -> int:
        """The offset of the first character behind it."""
        return self.offset + len(self.text)


@dataclass(frozen=True)
class Kept:
    """A leaf that stays as the user has it, although the template wants another value there."""

    where: str
    """A place for people to read, such as `permissions.allow`."""
    theirs: str
    """Their value in one short line; empty if they have none."""
    wanted: str
    """The template's value in one short line; empty if it wants none."""


@dataclass(frozen=True)
class Patched:
    """The file as it is to be."""

    after: bytes
    inserted: tuple[Inserted, ...]
    """Every stretch of ours in `after`, in order, none touching another; behind them those that the
    user edited, as they were: of these only the places still count."""
    kept: tuple[Kept, ...]


@dataclass(frozen=True)
class Refused:
    """The file stays untouched; the rest of a plan goes on."""

    reason: str
    """The cause in one line."""
    line: int
    """Where, counted from 1; 0 if nowhere in particular."""
    snippet: str
    """What to paste (or, for a removal, to take out) by hand."""


@dataclass(frozen=True)
class Shape:
    """How a shared file is patched."""

    format: str
    """yaml, json, toml, markdown, lines, script, make, just or editorconfig."""
    lists: Mapping[str, tuple[str, ...]]
    """Dotted path of a list → the keys by which its items are told apart; () = by value."""
    at: str = "end"
    """Where missing lines go in a file of the format `lines`: start or end."""


class UnpatchableError(Exception):
    """This file can't be patched safely; becomes a Refused."""

    def __init__(self, reason: str, offset: int = -1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class UnreadableError(UnpatchableError):
    """It can't even be read as what its name says."""
