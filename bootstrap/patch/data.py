"""Transitions and removals in YAML, JSON and TOML files: plan, splice, prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bootstrap.patch import comments, json, verify
from bootstrap.patch.edits import (
    Edit,
    State,
    deletions,
    first_on_line,
    inside,
    line_end,
    line_number,
    line_start,
    next_line,
)
from bootstrap.patch.entries import named, settled, still
from bootstrap.patch.formats import FORMATS, known, said
from bootstrap.patch.merge import SHORT, Merge
from bootstrap.patch.model import Inserted, Kept, UnpatchableError
from bootstrap.patch.ops import Deletion, Plan
from bootstrap.patch.ownership import Ownership
from bootstrap.patch.tree import Node, Path, Source

Lists = Mapping[str, tuple[str, ...]]


def transition(kind: str, state: State, base: str | None, want: str | None, lists: Lists) -> State:
    """Lead the state from `base` to `want`; UnpatchableError if that is not safe."""
    state, moved = settled(FORMATS[kind].parse(state.text).root, state)
    if want is None and not state.whole:
        state = _without_stretches(kind, state)
        if not state.lost:
            return state
        if base is None:
            raise UnpatchableError("what was put in has been edited since")
    before = state
    for step in (_grow, _shrink):
        state, _ = step(kind, state, base, want, lists)
    if base is not None and want is not None:
        state = _annotate(kind, state, base, want, lists)
    for step in (_grow, _shrink):
        if step(kind, state, base, want, lists)[1]:
            raise UnpatchableError("a second run would change the file again")
    if want is None and not state.kept and state.text == before.text:
        left = [stretch for stretch in (*state.inserted, *moved) if stretch.text.strip()]
        state = state.edited((), [_left(state.text, stretch) for stretch in left])
    return state if state.whole else _to_record(kind, state, want)


def _to_record(kind: str, state: State, want: str | None) -> State:
    """The state in which all that is ours is among what was inserted, with its places."""
    inserted = named(FORMATS[kind].parse(state.text).root, state.inserted)
    if want is not None and state.lost:
        inserted += still(_rendered(kind, want).root, state.lost)
    return replace(state, inserted=inserted, lost=())


def _left(text: str, stretch: Inserted) -> Kept:
    """What of ours could not be told apart from what the user made of it."""
    start = stretch.offset + len(stretch.text) - len(stretch.text.lstrip())
    return Kept(f"line {line_number(text, start)}", " ".join(stretch.text.split())[:SHORT], "")


def snippet(kind: str, ours: str, want: str) -> str:
    """The wanted data as text to paste into a file that is refused."""
    try:
        return FORMATS[kind].snippet(ours, FORMATS[kind].parse(want))
    except UnpatchableError:
        return want


def _grow(
    kind: str, state: State, base: str | None, want: str | None, lists: Lists
) -> tuple[State, Plan]:
    merge = _merge(kind, state, base, want, lists)
    plan = merge.grow()
    if not plan or merge.want is None:
        return state.edited((), plan.kept), plan
    form = FORMATS[kind]
    replacing: list[Edit] = []
    for op in tuple(plan.replacements):
        edits = form.replace(merge.ours, merge.want, op)
        if _foreign_comment(kind, state, base or "", edits) is None:
            replacing += edits
        else:
            merge.leave(op)
    edits = [*form.insert(merge.ours, merge.want, plan.insertions), *replacing]
    after = state.edited(edits, plan.kept)
    verify.prove(kind, state.text, after.text, merge.want.text, plan)
    return after, plan


def _shrink(
    kind: str, state: State, base: str | None, want: str | None, lists: Lists
) -> tuple[State, Plan]:
    merge = _merge(kind, state, base, want, lists)
    plan = merge.shrink()
    edits: list[Edit] = []
    for op in plan.deletions:
        tops = [_top(kind, state, base or "", op.node.entries[i].start) for i in op.indices]
        edits += FORMATS[kind].delete(merge.ours, op.node, op.indices, tops)
    edits = [_own_blanks(state, edit) for edit in deletions(state.text, edits)]
    foreign = _foreign_comment(kind, state, base or "", edits)
    if foreign is not None:
        raise UnpatchableError("an edit would take a comment along", foreign)
    after = state.edited(edits, plan.kept)
    if plan:
        after = _proved(kind, state, after, plan)
    return after, plan


def _own_blanks(state: State, edit: Edit) -> Edit:
    """A deletion that takes no blank line above it that is the user's, but one of ours below."""

    def ours(start: int, end: int) -> bool:
        blank = start < end and not state.text[start:end].strip()
        return blank and (state.whole or inside([(start, end)], state.inserted))

    text, first = state.text, next_line(state.text, edit.start)
    behind = next_line(text, edit.end)
    blank = line_start(text, edit.start) == edit.start and not text[edit.start : first].strip()
    if blank and not state.lost and not ours(edit.start, first):
        return Edit(first, behind if ours(edit.end, behind) else edit.end, "")
    if edit.start == 0 and edit.end > 0 and ours(edit.end, behind):
        return Edit(0, behind, "")
    return edit


def _proved(kind: str, state: State, after: State, plan: Plan) -> State:
    """The state after deletions, without the white space of ours that held nothing else."""
    blank = [stretch for stretch in after.inserted if not stretch.text.strip()]
    if blank:
        tidy = after.edited([Edit(stretch.offset, stretch.end, "") for stretch in blank])
        with suppress(UnpatchableError):
            verify.prove(kind, state.text, tidy.text, "", plan)
            return tidy
    verify.prove(kind, state.text, after.text, "", plan)
    return after


def _foreign_comment(kind: str, state: State, base: str, edits: Sequence[Edit]) -> int | None:
    """Where an edit would take a comment along that did not come with what it takes."""
    if not edits:
        return None
    source, template = FORMATS[kind].parse(state.text), known(kind, base)
    for edit in edits:
        span = (edit.start, edit.end)
        if not inside([span], state.inserted) and not template.issuperset(said(kind, source, span)):
            return edit.start
    return None


def _annotate(kind: str, state: State, base: str, want: str, lists: Lists) -> State:
    """Let the comments of what is ours follow the template."""
    form = FORMATS[kind]
    strict = kind == "json" and json.is_strict(state.text)
    if strict or form.COMMENT.findall(base) == form.COMMENT.findall(want):  # a quick look
        return state
    merge = _merge(kind, state, base, want, lists)
    reader = comments.Reader(form.COMMENT, form.own_comments, behind=kind != "json")
    edits: list[Edit] = []
    for triple in merge.common():
        edits += reader.edits(merge.ours, triple, (base, want))
    after = state.edited(list(dict.fromkeys(edits)))  # an item ends where its last key does
    verify.prove(kind, state.text, after.text, "", Plan())
    return after


def _merge(kind: str, state: State, base: str | None, want: str | None, lists: Lists) -> Merge:
    source = _rendered(kind, base) if base is not None else None
    return Merge(
        FORMATS[kind].parse(state.text),
        source,
        _rendered(kind, want) if want is not None else None,
        lists,
        Ownership(kind, state, source),
    )


def _rendered(kind: str, text: str) -> Source:
    """What the template says; if that can't be read it is no fault of the user's file."""
    try:
        return FORMATS[kind].parse(text)
    except UnpatchableError as error:
        raise UnpatchableError(f"the template's own text can't be read: {error.reason}") from None


def _top(kind: str, state: State, base: str, start: int) -> int:
    """Where the comment lines above an entry begin that came with it."""
    template = known(kind, base)
    top = line_start(state.text, start)
    while top > 0:
        above = line_start(state.text, top - 1)
        line = state.text[above : line_end(state.text, above)].strip()
        is_comment = FORMATS[kind].COMMENT.fullmatch(line) is not None
        if not is_comment or not (line in template or inside([(above, top)], state.inserted)):
            break
        top = above
    return top


def _without_stretches(kind: str, state: State) -> State:
    """Take the stretches of ours out as they are, if that takes nothing else from the data."""
    if not state.inserted:
        return state
    edits = [Edit(stretch.offset, stretch.end, "") for stretch in state.inserted]
    plan = Plan()
    root = FORMATS[kind].parse(state.text).root
    _plan_stretches(root, (), state.inserted, plan)
    try:
        if any(_is_noted(kind, state.text, stretch) for stretch in state.inserted):
            raise UnpatchableError("a comment would stand alone")
        after = state.edited(edits)
        verify.prove(kind, state.text, after.text, "", plan)
    except UnpatchableError:
        return State(state.text, state.inserted, (*state.lost, *state.inserted))
    return after


def _is_noted(kind: str, text: str, stretch: Inserted) -> bool:
    """Whether a comment of the user's follows on the line that a stretch begins."""
    behind = text[stretch.end : line_end(text, stretch.end)].strip()
    comment = FORMATS[kind].COMMENT.fullmatch(behind)
    return comment is not None and first_on_line(text, stretch.offset)


def _plan_stretches(node: Node, path: Path, ours: Sequence[Inserted], plan: Plan) -> None:
    gone = [i for i, entry in enumerate(node.entries) if inside(entry.spans, ours)]
    for index, entry in enumerate(node.entries):
        if index not in gone:
            _plan_stretches(entry.value, (*path, index), ours, plan)
    if gone:
        plan.deletions.append(Deletion(path, node, tuple(gone)))
