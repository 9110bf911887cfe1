"""The formats with data, and what all of them can be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from bootstrap.patch import json, toml, yaml
from bootstrap.patch.edits import Edit
from bootstrap.patch.ops import Insertion, Replacement
from bootstrap.patch.tree import Node, Source, comments


class Format(Protocol):
    """What a module of this folder has to offer for a format with data."""

    @property
    def COMMENT(self) -> re.Pattern[str]: ...  # noqa: N802, D102
    def parse(self, text: str) -> Source: ...  # noqa: D102
    def insert(self, ours: Source, want: Source, ops: Sequence[Insertion]) -> list[Edit]: ...  # noqa: D102
    def replace(self, ours: Source, want: Source, op: Replacement) -> list[Edit]: ...  # noqa: D102
    def delete(  # noqa: D102
        self, ours: Source, node: Node, indices: Sequence[int], tops: Sequence[int]
    ) -> list[Edit]: ...
    def own_comments(self, text: str, start: int) -> int: ...  # noqa: D102
    def snippet(self, ours: str, want: Source) -> str: ...  # noqa: D102


FORMATS: Mapping[str, Format] = {"yaml": yaml, "json": json, "toml": toml}


def known(kind: str, text: str) -> set[str]:
    """The comments of a text."""
    return set(said(kind, FORMATS[kind].parse(text), (0, len(text))))


def said(kind: str, source: Source, span: tuple[int, int]) -> list[str]:
    """The comments that begin within a span."""
    spans = comments(source, FORMATS[kind].COMMENT)
    return [source.text[start:end] for start, end in spans if span[0] <= start < span[1]]
