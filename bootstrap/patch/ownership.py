"""What of a file is ours, by the stretches that the record names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from bootstrap.patch import formats
from bootstrap.patch.edits import State, first_on_line, inside, line_end
from bootstrap.patch.entries import below
from bootstrap.patch.tree import Entry, Source


class Ownership:
    """What of a state is ours: what lies in a stretch of ours, or has the place of what one held.

    The place counts, since a user may well say the same elsewhere.
    """

    def __init__(self, kind: str, state: State, base: Source | None) -> None:
        self.state, self.base = state, base
        self.kind = kind
        self.lost = {place for stretch in state.lost for place in stretch.entries}

    @cached_property
    def known(self) -> set[str]:
        """The comments that came with what is ours."""
        return formats.known(self.kind, self.base.text if self.base else "")

    def is_ours(self, mine: Entry, place: str) -> bool:
        """See `merge.Owner`."""
        return self._is_put(mine.spans, place)

    def is_created(self, mine: Entry, place: str) -> bool:
        """See `merge.Owner`."""
        return self._is_put([(mine.start, _key_end(mine))], place)

    def _is_put(self, spans: Sequence[tuple[int, int]], place: str) -> bool:
        return self.state.whole or inside(spans, self.state.inserted) or below(place, self.lost)

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
