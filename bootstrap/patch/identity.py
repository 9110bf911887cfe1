"""Which entry of one collection is the same thing as one of another."""

from __future__ import annotations

from collections.abc import Set

from bootstrap.patch.tree import Entry, Node, same


def partner(
    node: Node | None, entry: Entry, keys: tuple[str, ...], used: Set[int] = frozenset()
) -> int | None:
    """The index of the entry of `node` that is the same thing as `entry`, in whatever state."""
    if node is None or not node.entries:
        return None
    if node.kind == "map":
        same_key = (i for i, other in enumerate(node.entries) if other.key == entry.key)
        return next((index for index in same_key if index not in used), None)
    scores = [
        0 if index in used else _likeness(other.value, entry.value, keys)
        for index, other in enumerate(node.entries)
    ]
    best = max(scores)
    return scores.index(best) if best else None


def _likeness(one: Node, other: Node, keys: tuple[str, ...]) -> int:
    """How many identities two list items have in common; 0 = they are different things."""
    if same(one, other):
        return 1_000_000
    common = [len(_values(one, key) & _values(other, key)) for key in keys]
    return sum(common) if all(common) else 0


def _values(item: Node, key: str) -> set[str]:
    """What an item says under a dotted key; a list on the way stands for all its items."""
    nodes = _flat([item])
    for part in key.split("."):
        nodes = _flat([e.value for node in nodes for e in node.entries if e.key == part])
    return {node.text for node in nodes if node.kind == "scalar"}


def _flat(nodes: list[Node]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        out += [entry.value for entry in node.entries] if node.kind == "seq" else [node]
    return out
