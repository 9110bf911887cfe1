"""What of a file is ours, by the stretches that the record names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from bootstrap.patch import formats
from bootstrap.patch.edits import State, first_on_line, line_end
from bootstrap.patch.merge import Place, label
from bootstrap.patch.model import Inserted
from bootstrap.patch.tree import Entry, Node, Source

_LAST = re.compile(r"(^|\.)[^.\[\]]*$|\[\]$")
_ITEM = re.compile(r"\[.*?\](?=[.\[]|$)")


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


def inside(spans: Sequence[tuple[int, int]], ours: Sequence[Inserted]) -> bool:
    """Whether each of the spans lies in one of the stretches."""
    return all(holder(span, ours) for span in spans)


def holder(span: tuple[int, int], ours: Sequence[Inserted]) -> Inserted | None:
    """The stretch in which a span lies."""
    return next((s for s in ours if s.offset <= span[0] and span[1] <= s.end), None)


def _meets(stretch: Inserted, span: tuple[int, int]) -> bool:
    return span[0] < stretch.end and stretch.offset < span[1]


def below(place: str, places: Collection[str]) -> bool:
    """Whether a place is one of some others, or lies below one; all lie below the empty one."""
    return any(one in ("", place) or place.startswith((f"{one}.", f"{one}[")) for one in places)


def settled(root: Node, state: State) -> tuple[State, list[Inserted]]:
    """The state in which a stretch that now stands elsewhere in the data counts as lost, and those.

    There the user put it, and there it says something else. Where what held it is gone, the user
    gave that another name.
    """
    if not any(stretch.entries for stretch in state.inserted):
        return state, []
    pairs = list(zip(state.inserted, named(root, state.inserted), strict=True))
    elsewhere = [
        (was, place)
        for was, now in pairs
        for place in (_keys(was) if was.entries else ())
        if not all(_related(there, _keys(was)) for there in _keys(now))
    ]
    held = _collections(root) if elsewhere else set()
    moved = list({was: None for was, place in elsewhere if _LAST.sub("", place) in held})
    stay = tuple(stretch for stretch in state.inserted if stretch not in moved)
    return replace(state, inserted=stay, lost=(*state.lost, *moved)), moved


def still(want: Node, lost: Sequence[Inserted]) -> tuple[Inserted, ...]:
    """The stretches that got lost, as far as the template still says what was in them.

    By their text they can't be found any more; by their places the rest of them stays ours.
    """
    places = set(_labels(want))
    named = ((one, tuple(e for e in one.entries if not e or e in places)) for one in lost)
    return tuple(replace(one, entries=entries) for one, entries in named if entries)


def _labels(root: Node) -> Iterator[str]:
    todo = [Place(root)]
    while todo:
        place = todo.pop()
        for index, entry in enumerate(place.node.entries):
            yield label(place, entry)
            todo.append(place.below(index, 0, label(place, entry)))


def _related(place: str, places: Collection[str]) -> bool:
    """Whether a place is one of some others, lies below one, or holds one."""
    return below(place, places) or any(below(one, [place]) for one in places)


def _collections(root: Node) -> set[str]:
    """The places of all maps and lists, without the names of items."""
    found: set[str] = set()
    todo = [Place(root)]
    while todo:
        place = todo.pop()
        found.add(_ITEM.sub("[]", place.label))
        todo += [
            place.below(index, 0, label(place, entry))
            for index, entry in enumerate(place.node.entries)
            if entry.value.is_collection
        ]
    return found


def _keys(stretch: Inserted) -> list[str]:
    """Its places without the names of items, which change when the user edits one."""
    return [_ITEM.sub("[]", place) for place in stretch.entries]


def named(root: Node, inserted: Sequence[Inserted]) -> tuple[Inserted, ...]:
    """The stretches, each with the places of the whole entries in it; a whole one names no part."""
    found: dict[Inserted, list[str]] = {stretch: [] for stretch in inserted}
    todo = [Place(root)] if inserted else []
    while todo:
        place = todo.pop(0)
        for index, entry in enumerate(place.node.entries):
            spans = entry.spans
            touched = [s for s in inserted if any(_meets(s, span) for span in spans)]
            if touched and inside(spans, touched):
                found[touched[0]].append(label(place, entry))
            elif touched:
                todo.append(place.below(index, 0, label(place, entry)))
    return tuple(replace(one, entries=tuple(names)) for one, names in found.items())
