"""Files in which each line stands for itself: ignore files, attributes, owners.

A leaf is a line that is neither blank nor a comment; missing ones go to the end of the file,
together with the comment lines right above them in the template. Where the last line that matches
wins, they may have to go to the start instead, so that they take nothing away from the user's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from bootstrap.patch.edits import (
    Edit,
    State,
    apply,
    blank_above,
    deletions,
    insert_lines,
    inside,
    line_end,
    line_start,
    next_line,
    stretches,
)
from bootstrap.patch.model import Inserted, UnpatchableError

Key = tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """A line, or several that belong together, with the comment lines right above."""

    lines: tuple[str, ...]
    comments: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What it is recognised by: the lines without surrounding white space."""
        return tuple(line.strip() for line in self.lines)


@dataclass(frozen=True)
class Rules:
    """What differs between such files."""

    leaves: Callable[[str], list[Leaf]]
    place: Callable[[str], int]
    """Where missing leaves go: the start of a line, or the end of the text."""
    apart: bool
    """Whether a blank line sets them off."""
    ordered: bool = False
    """Whether they keep the template's order among each other, also those that come later."""


def line_leaves(text: str, comment: str = "#") -> list[Leaf]:
    """The leaves of a file in which each line is one; no comments if `comment` is empty."""
    leaves: list[Leaf] = []
    above: list[str] = []
    for line in split(text):
        if not line.strip():
            above = []
        elif comment and line.lstrip().startswith(comment):
            above.append(line)
        else:
            notes = tuple(note for note in above if "SPDX-" not in note)
            leaves.append(Leaf((line,), notes))
    return leaves


def split(text: str) -> list[str]:
    """The lines without their endings."""
    return re.split(r"\r?\n", text.removesuffix("\n").removesuffix("\r")) if text else []


_HEAD = re.compile(r"(?:[ \t]*#[^\n]*\n)+(?:[ \t]*\r?\n)+")


def _below_head(text: str) -> int:
    """The start of the text, or of what comes below a comment that stands there by itself."""
    head = _HEAD.match(text)
    return head.end() if head else 0


RULES = {
    "end": Rules(line_leaves, len, apart=True),
    "start": Rules(line_leaves, _below_head, apart=True, ordered=True),
}
"""By the place where the lines go, as a row of `extensions/pieces.yml` names it."""


def transition(state: State, base: str | None, want: str | None, rules: Rules) -> State:
    """Lead the state from `base` to `want`; UnpatchableError if that is not safe."""
    if want is None and not state.whole:
        state = _without_stretches(state)
        if state.lost and base is None:
            raise UnpatchableError("what was put in has been edited since")
    before = rules.leaves(base) if base is not None else []
    wanted = rules.leaves(want) if want is not None else []
    known, now = {leaf.key for leaf in before}, {leaf.key for leaf in wanted}
    new = [leaf for leaf in wanted if leaf.key not in known]
    state = _add(state, new, rules, _sequence(before, wanted) if rules.ordered else [])
    state = _drop(state, [leaf for leaf in before if leaf.key not in now], wanted)
    if state.lost and want is not None:
        state = _regained(state, wanted)
    return state


def _add(state: State, new: Sequence[Leaf], rules: Rules, order: Sequence[Leaf]) -> State:
    missing = [leaf for leaf in new if not find(state.text, leaf.key)]
    homes: dict[_Home, list[Leaf]] = {}
    for leaf in missing:
        home = _behind(state, leaf, order) or _home(state, leaf) or _Home(rules.place(state.text))
        homes.setdefault(home, []).append(leaf)
    edits = [_insertion(state, rules, home, leaves) for home, leaves in homes.items()]
    after = state.edited(edits)
    if [leaf for leaf in missing if not find(after.text, leaf.key)]:
        raise UnpatchableError("a line did not arrive as it is")
    return after


def _sequence(before: Sequence[Leaf], wanted: Sequence[Leaf]) -> list[Leaf]:
    """All leaves in order; one that takes the place of another comes right behind it."""
    keys = [leaf.key for leaf in before], [leaf.key for leaf in wanted]
    found: list[Leaf] = []
    for what, old, old_end, new, new_end in SequenceMatcher(None, *keys, False).get_opcodes():
        found += before[old:old_end] if what != "equal" else ()
        found += wanted[new:new_end]
    return found


@dataclass(frozen=True)
class _Home:
    """Where leaves go: an offset, and the comments that stand above it already."""

    at: int
    comments: tuple[str, ...] | None = None
    """None: it is a place of their own, which blank lines may set off."""


def _behind(state: State, leaf: Leaf, order: Sequence[Leaf]) -> _Home | None:
    """Right behind the last line of ours that comes before the leaf; None if there is none."""
    for earlier in reversed(order[: order.index(leaf)] if order else ()):
        if ours := _ours(state, earlier.key):
            return _Home(max(end for _, end in ours), earlier.comments)
    return None


def _home(state: State, leaf: Leaf) -> _Home | None:
    """The end of the stretch of ours that has the leaf's comments already; None if none has."""
    for stretch in state.inserted if leaf.comments else ():
        has_all = all(find(stretch.text, (comment.strip(),)) for comment in leaf.comments)
        if has_all and (stretch.text.endswith("\n") or stretch.end == len(state.text)):
            return _Home(stretch.end, leaf.comments)
    return None


def _insertion(state: State, rules: Rules, home: _Home, leaves: Sequence[Leaf]) -> Edit:
    text, at, above = state.text, home.at, home.comments
    lines: list[str] = []
    for leaf in leaves:
        if leaf.comments != above:
            lines += leaf.comments
        lines += leaf.lines
        above = leaf.comments
    if rules.apart and home.comments is None:
        gap_above = text[line_start(text, at - 1) : at].strip() if at else ""
        gap_below = text[at : next_line(text, at)].strip()
        lines = [*([""] if gap_above else []), *lines, *([""] if gap_below else [])]
    return insert_lines(text, at, lines)


def find(text: str, key: Key) -> list[tuple[int, int]]:
    """The spans of the places where these lines stand, their last line ending included."""
    starts = [0, *(found.end() for found in re.finditer(r"\n", text))]
    lines = [text[start : line_end(text, start)].strip() for start in starts]
    return [
        (starts[index], next_line(text, starts[index + len(key) - 1]))
        for index in range(len(lines) - len(key) + 1)
        if tuple(lines[index : index + len(key)]) == key
    ]


def _drop(state: State, gone: Sequence[Leaf], stays: Sequence[Leaf]) -> State:
    """Take lines out that the template dropped, as far as they are ours, and their comments."""
    notes = {note.strip() for leaf in gone for note in leaf.comments}
    notes -= {note.strip() for leaf in stays for note in leaf.comments}
    spans: set[tuple[int, int]] = set()
    for key in [*(leaf.key for leaf in gone), *((note,) for note in notes)]:
        spans.update(_ours(state, key))
    after = state.edited(_gap_too(state, [Edit(start, end, "") for start, end in spans]))
    bare = apply(state.text, [Edit(start, end, "") for start, end in spans])
    if _words(after.text) != _words(bare):
        raise UnpatchableError("an edit would change other lines")
    blank = [stretch for stretch in after.inserted if not stretch.text.strip()] if spans else []
    return after.edited([Edit(stretch.offset, stretch.end, "") for stretch in blank])


def _words(text: str) -> list[str]:
    return [line.strip() for line in split(text) if line.strip()]


def _gap_too(state: State, edits: Sequence[Edit]) -> list[Edit]:
    """The blank line that set lines apart goes with them, if it came or may have come with them."""
    merged = [_with_gap(state, edit) for edit in deletions(state.text, edits)]
    return deletions(state.text, merged)


def _with_gap(state: State, edit: Edit) -> Edit:
    text, at_end = state.text, edit.end == len(state.text)
    above, below = blank_above(text, edit.start), next_line(text, edit.end)
    if line_start(text, edit.start) != edit.start or text[edit.end : below].strip():
        return edit
    if inside([(above, edit.start)], state.inserted) or (state.lost and at_end):
        return Edit(above, edit.end, "")
    return Edit(edit.start, below, "") if inside([(edit.end, below)], state.inserted) else edit


def _ours(state: State, key: Key) -> list[tuple[int, int]]:
    """The places of these lines that are ours: of those that got lost never more than were put."""
    places = find(state.text, key)
    spans = [(start, line_end(state.text, start)) for start, _ in places]
    ours = [
        place
        for place, span in zip(places, spans, strict=True)
        if state.whole or inside([span], state.inserted)
    ]
    others = [place for place in places if place not in ours]
    for stretch in state.lost if others else ():
        aligned = _aligned(state.text, stretch)
        others.sort(key=lambda p: (p[0] not in aligned, abs(p[0] - stretch.offset)))
        count = len(find(stretch.text, key))
        ours += others[:count]
        del others[:count]
    return ours


def _aligned(text: str, stretch: Inserted) -> set[int]:
    """Where the lines of a lost stretch begin that still stand in its order."""
    starts = [0, *(found.end() for found in re.finditer(r"\n", text))]
    lines = [line.strip() for line in split(text)]
    matcher = SequenceMatcher(None, _words(stretch.text), lines, autojunk=False)
    return {
        starts[block.b + i] for block in matcher.get_matching_blocks() for i in range(block.size)
    }


def _without_stretches(state: State) -> State:
    """Take the stretches of ours out as they are, if no other line changes by that."""
    edits = [Edit(stretch.offset, stretch.end, "") for stretch in state.inserted]
    after = state.edited(edits)
    if _other_lines(state) == _words(after.text):
        return after
    return replace(state, lost=(*state.lost, *state.inserted))


def _other_lines(state: State) -> list[str]:
    """The lines that lie outside the stretches of ours, blank ones aside."""
    found: list[str] = []
    at = 0
    while at < len(state.text):
        end = line_end(state.text, at)
        if not inside([(at, end)], state.inserted):
            found.append(state.text[at:end].strip())
        at = next_line(state.text, at)
    return [line for line in found if line]


def _regained(state: State, wanted: Sequence[Leaf]) -> State:
    """The state with what is left of the lost stretches found again, line by line."""
    spans = [(s.offset, s.end, s.entries) for s in state.inserted]
    for leaf in wanted:
        notes = tuple(line.strip() for line in leaf.comments)
        whole = find(state.text, (*notes, *leaf.key))
        for start, end in _ours(state, leaf.key):
            top = next((place[0] for place in whole if place[1] == end), start)
            spans.append((top, end, ()))
    return replace(state, inserted=stretches(state.text, spans), lost=())
