"""What is to be done to the data of a file, before a format turns it into edits of its text."""

from __future__ import annotations

from dataclasses import dataclass, field

from bootstrap.patch.model import Kept
from bootstrap.patch.tree import Entry, Node, Path


@dataclass(frozen=True)
class Insertion:
    """Entries of a wanted collection that go to the end of one of ours."""

    path: Path
    node: Node
    holder: Entry | None
    """The entry whose value `node` is; None for the root."""
    want_path: Path
    want: Node
    indices: tuple[int, ...]

    @property
    def entries(self) -> list[Entry]:
        """The wanted entries."""
        return [self.want.entries[index] for index in self.indices]


@dataclass(frozen=True)
class Replacement:
    """One entry whose value becomes the wanted one."""

    path: Path
    """Of the collection; the entry is its `index`-th."""
    index: int
    node: Node
    want_path: Path
    want: Node
    want_index: int


@dataclass(frozen=True)
class Deletion:
    """Entries that go from a collection."""

    path: Path
    node: Node
    indices: tuple[int, ...]


@dataclass
class Plan:
    """What is to be done to the data."""

    insertions: list[Insertion] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.insertions or self.replacements or self.deletions)
