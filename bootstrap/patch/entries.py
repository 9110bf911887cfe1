"""Which entries of data the stretches of ours hold, and at which places in the data.

A place is what `merge.label` says of an entry, such as `permissions.allow` or `repos[local].hooks`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from bootstrap.patch.edits import State, inside
from bootstrap.patch.merge import Place, label
from bootstrap.patch.model import Inserted
from bootstrap.patch.tree import Node

_LAST = re.compile(r"(^|\.)[^.\[\]]*$|\[\]$")
_ITEM = re.compile(r"\[.*?\](?=[.\[]|$)")


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
        if not all(_related(there, _keys(was.entries)) for there in _keys(now.entries))
        for place in _keys(was.entries)
    ]
    collections = (place.label for place in _everything(root) if place.node.is_collection)
    held = set(_keys([*collections])) if elsewhere else set()
    moved = list({was: None for was, place in elsewhere if _LAST.sub("", place) in held})
    stay = tuple(stretch for stretch in state.inserted if stretch not in moved)
    return replace(state, inserted=stay, lost=(*state.lost, *moved)), moved


def still(want: Node, lost: Sequence[Inserted]) -> tuple[Inserted, ...]:
    """The stretches that got lost, as far as the template still says what was in them.

    By their text they can't be found any more; by their places the rest of them stays ours.
    """
    places = {place.label for place in _everything(want)}
    left = ((one, tuple(name for name in one.entries if name in places)) for one in lost)
    return tuple(replace(one, entries=entries) for one, entries in left if entries)


def _everything(root: Node) -> Iterator[Place]:
    """The root and every value below it."""
    todo = [Place(root)]
    while todo:
        place = todo.pop()
        yield place
        todo += [
            place.below(index, 0, label(place, entry))
            for index, entry in enumerate(place.node.entries)
        ]


def _keys(places: Sequence[str]) -> list[str]:
    """Places without the names of items, which change when the user edits one."""
    return [_ITEM.sub("[]", place) for place in places]


def below(place: str, places: Collection[str]) -> bool:
    """Whether a place is one of some others, or lies below one; all lie below the empty one."""
    return any(one in ("", place) or place.startswith((f"{one}.", f"{one}[")) for one in places)


def _related(place: str, places: Collection[str]) -> bool:
    """Whether a place is one of some others, lies below one, or holds one."""
    return below(place, places) or any(below(one, [place]) for one in places)


def _meets(stretch: Inserted, span: tuple[int, int]) -> bool:
    return span[0] < stretch.end and stretch.offset < span[1]
