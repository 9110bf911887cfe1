"""What of a file is ours, by the stretches that the record names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from bootstrap.patch import formats
from bootstrap.patch.edits import State, first_on_line, line_end
from bootstrap.patch.model import Inserted
from bootstrap.patch.tree import Entry, Source


class Ownership:
    """What of a state is ours: it lies in a stretch of ours, or is said by one that got lost."""

    def __init__(self, kind: str, state: State, base: Source | None) -> None:
        self.state, self.base = state, base
        self.kind = kind
        self.lost = [_squeezed(stretch.text) for stretch in state.lost]
        self.lines = {_squeezed(line) for s in state.lost for line in s.text.splitlines()}

    @cached_property
    def known(self) -> set[str]:
        """The comments that came with what is ours."""
        return formats.known(self.kind, self.base.text if self.base else "")

    def is_ours(self, mine: Entry, base: Entry) -> bool:
        """See `merge.Owner`."""
        if self.state.whole or inside(mine.spans, self.state.inserted):
            return True
        if not self.lost or self.base is None:
            return False
        said = [_squeezed(self.base.text[start:end]) for start, end in base.spans]
        return all(any(part in text for text in self.lost) for part in said)

    def is_created(self, mine: Entry, base: Entry) -> bool:
        """See `merge.Owner`."""
        if self.state.whole or inside([(mine.start, _key_end(mine))], self.state.inserted):
            return True
        if self.base is None:
            return False
        head = _squeezed(self.base.text[base.start : _key_end(base)].partition("\n")[0])
        return any(line.startswith(head) for line in self.lines)

    def is_intact(self, mine: Entry) -> bool:
        """See `merge.Owner`."""
        source = formats.FORMATS[self.kind].parse(self.state.text)
        spans = [_with_note(self.kind, source, span) for span in mine.spans]
        return all(self.known.issuperset(formats.said(self.kind, source, span)) for span in spans)


def _with_note(kind: str, source: Source, span: tuple[int, int]) -> tuple[int, int]:
    """A span with the comment behind it, if that says something of nothing else on the line."""
    start, end = span
    rest = source.text[end : line_end(source.text, end)].lstrip(" \t,")
    alone = first_on_line(source.text, start) and formats.FORMATS[kind].COMMENT.match(rest)
    return (start, line_end(source.text, end)) if alone else span


def _key_end(entry: Entry) -> int:
    """Where the first thing below an entry begins, or where the entry ends."""
    return min((child.start for child in entry.value.entries), default=entry.value.end)


def inside(spans: Sequence[tuple[int, int]], ours: Sequence[Inserted]) -> bool:
    """Whether each of the spans lies in one of the stretches."""
    return all(any(s.offset <= start and end <= s.end for s in ours) for start, end in spans)


def _squeezed(text: str) -> str:
    return "".join(text.replace(",", "").split())
