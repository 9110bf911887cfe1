"""EditorConfig files: a section is a block, named by its glob."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bootstrap.patch.blocks import Language
from bootstrap.patch.sheet import Block, Kind, Row


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    for line in map(str.strip, lines):
        if line.startswith("["):
            yield Row(Kind.HEAD, (line,))
        elif line.startswith(("#", ";")):
            yield Row(Kind.NOTE)
        else:
            yield Row(Kind.BODY if line else Kind.AROUND)


def _says(theirs: Block, ours: Block) -> bool:
    """Whether each property of ours is in a section of theirs, with the same value."""
    return _properties(ours) <= _properties(theirs)


def _properties(block: Block) -> set[tuple[str, str]]:
    pairs = (line.partition("=") for line in block.code[1:] if line.strip()[:1] not in "#;")
    return {(key.strip().lower(), value.strip()) for key, _, value in pairs}


EDITORCONFIG = Language("section", _rows, lambda _: None, lambda _text, _name: "", _says)
