"""The repository as it would be, and what a change leaves as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeVar

from bootstrap.repo import Repo

BOM = b"\xef\xbb\xbf"
_T = TypeVar("_T")


@dataclass(frozen=True)
class World:
    """A repository with the changes accepted so far."""

    repo: Repo
    ours: Set[str]
    """Paths that the template brought."""
    planned: dict[str, bytes | None] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """The content of a file; None if there is none or it can't be read."""
        return self.planned[path] if path in self.planned else self.repo.read(path)

    def theirs(self, folder: str = "") -> Iterator[str]:
        """The user's tracked paths below a folder, whose name ends with a slash."""
        for path, mode in self.repo.files.items():
            if mode and path.startswith(folder) and path not in self.ours:
                yield path


def lines_of(content: bytes | None) -> list[bytes]:
    """The lines without their line feeds."""
    return (content or b"").removeprefix(BOM).split(b"\n")


def between(old: Sequence[_T], new: Sequence[_T]) -> tuple[Sequence[_T], Sequence[_T]]:
    """Both without what they have in common at the start and at the end."""
    start = _common(old, new)
    old, new = old[start:], new[start:]
    end = _common(old[::-1], new[::-1])
    return old[: len(old) - end], new[: len(new) - end]


def _common(one: Sequence[_T], two: Sequence[_T]) -> int:
    pairs = zip(one, two, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
