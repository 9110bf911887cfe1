"""The transition from `base` to `want`, made on `ours`: one meaning for YAML, JSON and TOML.

A leaf is a scalar, an item of a list, or a subtree that is missing as a whole. What the template
added since `base` comes in if it is missing; what it changed or dropped follows only where `ours`
still says what `base` said and the text is ours; everything else stays as the user has it.
Additions and replacements are planned by `grow`; deletions by `shrink`, on the grown text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from bootstrap.patch.identity import partner
from bootstrap.patch.model import Kept, UnpatchableError
from bootstrap.patch.ops import Deletion, Insertion, Plan, Replacement
from bootstrap.patch.tree import Entry, Node, Path, Source, at, same, walk

SHORT = 60
"""The longest rendering of a value in a report, in characters."""


class Owner(Protocol):
    """Tells what of the user's file came from us."""

    def is_ours(self, mine: Entry, place: str) -> bool:
        """Whether the entry at a place (see `label`) was put there by us."""

    def is_created(self, mine: Entry, place: str) -> bool:
        """Whether at least its key was."""

    def is_intact(self, mine: Entry) -> bool:
        """Whether it holds no comment of the user's."""


@dataclass(frozen=True)
class Place:
    """A collection of the user's file."""

    node: Node
    path: Path = ()
    want_path: Path = ()
    holder: Entry | None = None
    keys: tuple[str, ...] = ()
    """The keys that lead there, list items left out."""
    label: str = ""
    """The same for people, list items included."""
    within: bool = False
    """Whether it lies inside an item of a list."""

    def below(self, index: int, want_index: int, name: str) -> Place:
        """The place of one of its entries."""
        entry = self.node.entries[index]
        return Place(
            entry.value,
            (*self.path, index),
            (*self.want_path, want_index),
            entry,
            (*self.keys, entry.key) if self.node.kind == "map" else self.keys,
            name,
            self.within or self.node.kind == "seq",
        )


@dataclass
class Merge:
    """One walk over `ours`, `base` and `want`; what it finds is in `plan`."""

    ours: Source
    base: Source | None
    want: Source | None
    lists: Mapping[str, tuple[str, ...]]
    owner: Owner
    plan: Plan = field(default_factory=Plan)
    _merged: dict[int, dict[str, Entry]] = field(default_factory=dict)

    # --- what comes in

    def grow(self) -> Plan:
        """Plan what is added and replaced; UnpatchableError if something stands in the way."""
        if self.want:
            base = self.base.root if self.base else None
            self._grow(Place(self.ours.root), base, self.want.root)
            self._refuse_shared_anchors()
            self._refuse_loose_anchors()
        return self.plan

    def _grow(self, place: Place, base: Node | None, want: Node) -> None:
        self._enter(place, want)
        missing: list[int] = []
        for index, entry in enumerate(want.entries):
            keys = self._identity(place)
            mine = partner(place.node, entry, keys)
            known = partner(base, entry, keys) if base else None
            if mine is None and known is not None:
                mine = partner(place.node, base.entries[known], keys) if base else None
            before = base.entries[known] if base and known is not None else None
            if mine is None and entry.key in self._inherited(place.node):
                self._keep(label(place, entry), self._inherited(place.node)[entry.key], entry)
            elif self._step(place, mine, before, (want, index)):
                missing.append(index)
        if missing:
            self.plan.insertions.append(
                Insertion(
                    place.path, place.node, place.holder, place.want_path, want, tuple(missing)
                )
            )

    def _step(
        self, place: Place, index: int | None, base: Entry | None, want: tuple[Node, int]
    ) -> bool:
        """Plan one wanted entry; True if it is to be inserted as a whole."""
        wanted = want[0].entries[want[1]]
        if base and same(base.value, wanted.value):
            return False
        name = label(place, wanted)
        if index is None:
            if base:
                self._keep(name, None, wanted)
            return base is None
        mine = place.node.entries[index]
        if same(mine.value, wanted.value):
            return False
        if wanted.value.is_collection and not (base and base.value.kind != wanted.value.kind):
            below = place.below(index, want[1], name)
            self._grow(below, base.value if base else None, wanted.value)
        elif base and same(mine.value, base.value) and self.owner.is_ours(mine, name):
            self.plan.replacements.append(
                Replacement(place.path, index, place.node, place.want_path, *want)
            )
        else:
            self._keep(name, mine, wanted)
        return False

    def _inherited(self, node: Node) -> dict[str, Entry]:
        """The entries that a map of YAML gets by its merge key."""
        if id(node) not in self._merged:
            found = self._merged[id(node)] = {}
            for entry in node.entries:
                aliases = [e.value for e in entry.value.entries] or [entry.value]
                for alias in aliases if entry.key == "<<" else []:
                    target = self._anchors.get(alias.text) if alias.kind == "alias" else None
                    if target:
                        found.update(self._inherited(target))
                        found.update({e.key: e for e in target.entries})
        return self._merged[id(node)]

    @cached_property
    def _anchors(self) -> dict[str, Node]:
        return {node.anchor: node for node in walk(self.ours.root) if node.anchor}

    def leave(self, op: Replacement) -> None:
        """Take a replacement back: the value stays as the user has it."""
        self.plan.replacements.remove(op)
        wanted = op.want.entries[op.want_index]
        self._keep(label(Place(op.node), wanted), op.node.entries[op.index], wanted)

    def _enter(self, place: Place, want: Node) -> None:
        """Refuse a place that can't take the wanted entries."""
        node, name = place.node, place.label or "the file"
        if not want.entries and node.is_collection:
            return
        if node.kind == "alias":
            raise UnpatchableError(f"{name} is an alias", node.start)
        if node.kind != want.kind and not node.is_empty:
            noun = "a mapping" if want.kind == "map" else "a list"
            raise UnpatchableError(f"{name} is not {noun}", node.start)
        wanted = {entry.key for entry in want.entries}
        seen: set[str] = set()
        for entry in node.entries if node.kind == "map" else []:
            if entry.key in seen and entry.key in wanted:
                raise UnpatchableError(f"{entry.key} is there twice", entry.start)
            seen.add(entry.key)

    def _refuse_shared_anchors(self) -> None:
        """A change below an anchor would show in every place that refers to it."""
        used = {node.text for node in walk(self.ours.root) if node.kind == "alias"}
        paths = [op.path for op in self.plan.insertions]
        paths += [op.path for op in self.plan.replacements]
        for path in paths if used else []:
            for depth in range(len(path) + 1):
                node = at(self.ours.root, path[:depth])
                if node.anchor in used:
                    raise UnpatchableError(f"&{node.anchor} is used elsewhere", node.start)

    def _refuse_loose_anchors(self) -> None:
        """A name of ours must mean the same in their file: it is new there, and comes along."""
        for op in self.plan.insertions:
            nodes = [node for entry in op.entries for node in walk(entry.value)]
            named = {node.anchor for node in nodes if node.anchor}
            used = {node.text for node in nodes if node.kind == "alias"}
            loose = sorted((named & self._anchors.keys()) | (used - named))
            if loose:
                raise UnpatchableError(f"&{loose[0]} of the template means something else here")

    # --- what goes

    def shrink(self) -> Plan:
        """Plan what is deleted."""
        if self.base:
            want = self.want.root if self.want else None
            self._shrink(Place(self.ours.root), self.base.root, want)
        return self.plan

    def _shrink(self, place: Place, base: Node, want: Node | None) -> None:
        gone: list[int] = []
        for mine, before, wanted in self._pairs(place, base, want):
            entry = place.node.entries[mine]
            below = place.below(mine, 0, label(place, entry))
            if wanted is None:
                item = place.node.kind == "seq"
                if self._goes(below, entry, before, item=item, within=place.within):
                    gone.append(mine)
            elif _alike(entry.value, before.value, wanted.value):
                self._shrink(below, before.value, wanted.value)
        self._delete(place, gone)

    def _pairs(
        self, place: Place, base: Node, want: Node | None
    ) -> Iterator[tuple[int, Entry, Entry | None]]:
        """Entries of `base` that are in `ours` too: index there, in `base`, in `want`."""
        keys = self._identity(place)
        used: set[int] = set()
        taken: set[int] = set()
        for before in base.entries:
            mine = partner(place.node, before, keys, used)
            index = partner(want, before, keys, taken) if want else None
            if index is not None:
                taken.add(index)
            if mine is not None:
                used.add(mine)
                yield mine, before, want.entries[index] if want and index is not None else None

    def _goes(self, place: Place, mine: Entry, base: Entry, *, item: bool, within: bool) -> bool:
        """Whether an entry goes as a whole; plans what goes below it if not.

        `item`: it is an item of a list, `within`: it lies somewhere inside of one.
        """
        equal, ours = same(mine.value, base.value), self.owner.is_ours(mine, place.label)
        intact = self.owner.is_intact(mine)
        if equal and ours and intact:
            return True
        planned = self._planned()
        if _alike(mine.value, base.value):
            created = self.owner.is_created(mine, place.label)
            gone, left = self._children(place, base.value, item=item, within=within)
            if not left and intact and created:
                self._rewind(planned)
                return True
            if left or not (within or item or (created and not intact)):
                # An item of a list is one leaf: it never loses single keys.
                self._delete(place, [] if item and place.node.kind == "map" else gone)
                ours = (ours or created) and item and planned == self._planned()
            else:
                self._rewind(planned)
        if ours and not (equal and intact):
            self._keep(place.label, mine, None)
        return False

    def _children(
        self, place: Place, base: Node, *, item: bool, within: bool
    ) -> tuple[list[int], bool]:
        """The entries below that go, and whether others are left."""
        gone: list[int] = []
        used: set[int] = set()
        for index, entry in enumerate(place.node.entries):
            known = partner(base, entry, self._identity(place), used)
            if known is None:
                continue
            used.add(known)
            before = base.entries[known]
            if item and place.node.kind == "map" and entry.value.kind != "seq":
                goes = same(entry.value, before.value)
            else:
                below = place.below(index, 0, label(place, entry))
                is_item = place.node.kind == "seq"
                goes = self._goes(below, entry, before, item=is_item, within=within or item)
            if goes:
                gone.append(index)
        return gone, len(gone) < len(place.node.entries)

    def _planned(self) -> tuple[int, int]:
        return len(self.plan.deletions), len(self.plan.kept)

    def _rewind(self, planned: tuple[int, int]) -> None:
        del self.plan.deletions[planned[0] :], self.plan.kept[planned[1] :]

    def _delete(self, place: Place, indices: list[int]) -> None:
        if indices:
            self.plan.deletions.append(Deletion(place.path, place.node, tuple(sorted(indices))))

    # --- what is there

    def common(self) -> Iterator[tuple[Entry, Entry, Entry]]:
        """The entries of ours that all three have, each as it stands in `ours`, `base`, `want`."""
        if self.base and self.want:
            yield from self._common(Place(self.ours.root), self.base.root, self.want.root)

    def _common(self, place: Place, base: Node, want: Node) -> Iterator[tuple[Entry, Entry, Entry]]:
        for mine, before, wanted in self._pairs(place, base, want):
            entry = place.node.entries[mine]
            if wanted is None:
                continue
            name = label(place, entry)
            if self.owner.is_created(entry, name):
                yield entry, before, wanted
            if _alike(entry.value, before.value, wanted.value):
                yield from self._common(place.below(mine, 0, name), before.value, wanted.value)

    # --- both

    def _identity(self, place: Place) -> tuple[str, ...]:
        return self.lists.get(".".join(place.keys), ())

    def _keep(self, where: str, mine: Entry | None, wanted: Entry | None) -> None:
        theirs = _short(self.ours, mine.value) if mine else ""
        want = _short(self.want, wanted.value) if self.want and wanted else ""
        self.plan.kept.append(Kept(where, theirs, want))


def _alike(*nodes: Node) -> bool:
    """Whether all are maps or all are lists."""
    return nodes[0].is_collection and len({node.kind for node in nodes}) == 1


def label(place: Place, entry: Entry) -> str:
    """The place of an entry for people: keys, and of an item the first thing that it says."""
    if entry.key:
        return f"{place.label}.{entry.key}" if place.label else entry.key
    item = entry.value
    name = next((e.value.text for e in item.entries if e.value.kind == "scalar"), item.text)
    return f"{place.label}[{name[:SHORT]}]"


def _short(source: Source, node: Node) -> str:
    text = " ".join(source.text[node.start : node.end].split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
