"""The data of a file with the places where it stands: what YAML, JSON and TOML have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

MAX_DEPTH = 200
"""Deeper files are refused: no configuration is, and recursion stays far from Python's limit."""

EMPTIED = "emptied"
"""The kind of a collection that lost all its entries: it may say nothing, or be an empty one."""

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)

Path = tuple[int, ...]
"""Indices of entries, from the root down."""


@dataclass(eq=False)
class Node:
    """A value: a `map`, a `seq`, a `scalar`, or an `alias` of a value elsewhere."""

    kind: str
    start: int = 0
    end: int = 0
    tag: str = ""
    """Its type, as the format's rules read it."""
    text: str = ""
    """What a scalar says, unquoted; the name that an alias refers to."""
    entries: list[Entry] = field(default_factory=list)
    opening: int = -1
    """The offset of its opening bracket; -1 for a collection without brackets."""
    anchor: str = ""
    form: str = ""
    """How it is written, where a format knows several ways."""
    sections: list[tuple[int, int]] = field(default_factory=list)
    """Where the text of a TOML table stands: its header with the statements below it."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is written for it: the value in `key:`."""
        return self.kind == "scalar" and self.tag == "null" and self.start == self.end

    @property
    def is_spread(self) -> bool:
        """Whether it is a TOML table, which is made of sections and statements."""
        return self.form in ("table", "implicit", "dotted", "array")

    @property
    def is_collection(self) -> bool:
        """Whether it is a map or a seq."""
        return self.kind in ("map", "seq")


@dataclass(eq=False)
class Entry:
    """A key with its value, or an item of a list (its key is empty)."""

    key: str
    start: int
    """The offset of the key, of the dash, or of the item itself."""
    value: Node

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Every stretch of text that it consists of; a TOML table can have several."""
        if not self.value.is_spread:
            return [(self.start, self.value.end)]
        spans = list(self.value.sections)
        for entry in self.value.entries:
            spans += entry.spans
        return spans


@dataclass(frozen=True)
class Source:
    """A text and what it says."""

    text: str
    root: Node


def same(one: Node, other: Node, *, ordered: bool = False) -> bool:
    """Whether two values say the same; the order of keys counts only if `ordered`."""
    if one.kind == EMPTIED:
        return not other.entries and (other.is_collection or other.tag == "null")
    if (one.kind, one.tag, one.text) != (other.kind, other.tag, other.text):
        return False
    if len(one.entries) != len(other.entries):
        return False
    theirs = other.entries
    if one.kind == "map" and not ordered:
        by_key = {entry.key: entry for entry in other.entries}
        if any(entry.key not in by_key for entry in one.entries):
            return False
        theirs = [by_key[entry.key] for entry in one.entries]
    return all(
        mine.key == their.key and same(mine.value, their.value, ordered=ordered)
        for mine, their in zip(one.entries, theirs, strict=True)
    )


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        todo += [entry.value for entry in reversed(node.entries)]


@lru_cache(maxsize=16)
def comments(source: Source, pattern: re.Pattern[str]) -> tuple[tuple[int, int], ...]:
    """The spans of all comments, in order: what looks like one within a key or a value is none."""
    said: list[tuple[int, int]] = []
    for node in walk(source.root):
        if node.kind == "scalar":
            # The head of a block scalar may have a comment behind it.
            head = source.text.find("\n", node.start, node.end) if node.form else node.start
            said.append((max(head, node.start), node.end))
        for entry in node.entries if node.kind == "map" else ():
            key = _QUOTED.match(source.text, entry.start)
            said += [key.span()] if key else []
    spans: list[tuple[int, int]] = []
    at = 0
    for start, end in [*sorted(said), (len(source.text), len(source.text))]:
        spans += (found.span() for found in pattern.finditer(source.text, at, max(start, at)))
        at = max(at, end)
    return tuple(spans)


def copy(node: Node) -> Node:
    """A copy whose entries can be changed."""
    entries = [Entry(entry.key, entry.start, copy(entry.value)) for entry in node.entries]
    place = (node.kind, node.start, node.end, node.tag, node.text)
    return Node(*place, entries, node.opening, node.anchor, node.form, node.sections)


def at(root: Node, path: Path) -> Node:
    """The value at a path."""
    for index in path:
        root = root.entries[index].value
    return root
