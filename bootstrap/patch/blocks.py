"""Files of named blocks: targets of a Makefile, recipes of a justfile, sections of EditorConfig.

A leaf is a block: its head, its body, and the comment lines right above. Missing blocks go to the
end of the file, so that nothing of theirs moves; a name that is in use there stays theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bootstrap.patch.edits import (
    Edit,
    State,
    apply,
    blank_above,
    deletions,
    eol,
    insert_lines,
    inside,
    line_end,
    next_line,
    stretches,
)
from bootstrap.patch.lines import find, split
from bootstrap.patch.model import Inserted, Kept, UnpatchableError
from bootstrap.patch.sheet import Block, Rows, Sheet, read


@dataclass(frozen=True)
class Language:
    """What differs between such files."""

    word: str
    """What a block is called."""
    rows: Rows
    check_end: Callable[[str], None]
    """UnpatchableError if a block at the end would not stand for itself, or would hide another."""
    use: Callable[[str, str], str]
    """The line by which a text uses a name without defining it; empty if none does."""
    says: Callable[[Block, Block], bool] = lambda theirs, ours: theirs.code == ours.code
    """Whether a block of theirs says all that ours does."""


def transition(state: State, base: str | None, want: str | None, language: Language) -> State:
    """Lead the state from `base` to `want`; UnpatchableError if that is not safe."""
    if want is None and not state.whole:
        state = _without_stretches(state, language)
        if state.lost and base is None:
            raise UnpatchableError("what was put in has been edited since")
    before, wanted = read(base or "", language.rows), read(want or "", language.rows)
    if new := {*wanted.loose} - {*before.loose, *read(state.text, language.rows).loose}:
        raise UnpatchableError(f"the template's line `{min(new)}` is part of no {language.word}")
    state = _take(state, before, wanted, language)
    state = _put(state, before, wanted, language)
    return _regained(state, wanted, language) if state.lost and want is not None else state


# --- take out


def _take(state: State, before: Sheet, wanted: Sheet, language: Language) -> State:
    """Take out what the template dropped, as far as it is ours and as it was.

    What only speaks of others stays with those that do.
    """
    sheet = read(state.text, language.rows)
    gone: list[Block] = []
    kept: list[Kept] = []
    left: set[str] = set()
    for old in (block for block in before.blocks if not wanted.twin(block)):
        theirs = sheet.of(old.names)
        same = [block for block in theirs if block.lines == old.lines]
        gone += [block for block in same if _is_ours(state, block)]
        if theirs and not same and (state.whole or _recorded(state, old.lines)):
            left.update(old.names)
            kept.append(_kept(language, old, theirs[0].code, ()))
    for block, use in _used(state, gone, language):
        gone.remove(block)
        left.update(block.names)
        kept.append(_kept(language, block, [use], ()))
    gone = [block for block in gone if left.isdisjoint(block.row.of)]
    gone.sort(key=lambda block: block.start)
    edits = deletions(state.text, [Edit(*span, "") for span in _spans(state, gone)])
    return _edited(state, edits, kept, language, gone=gone)


def _used(state: State, gone: Sequence[Block], language: Language) -> list[tuple[Block, str]]:
    """The blocks to go that something of the user's needs, each with the line that does."""
    rest = apply(state.text, [Edit(block.start, block.end, "") for block in gone])
    uses = [(block, language.use(rest, name)) for block in gone for name in block.names]
    return list({id(block): (block, use) for block, use in uses if use}.values())


def _is_ours(state: State, block: Block) -> bool:
    return state.whole or _is_located(state, block) or _in(state.lost, block.lines)


def _is_located(state: State, block: Block) -> bool:
    return _covers(state, block.start, line_end(state.text, block.end - 1))


def _recorded(state: State, lines: Sequence[str]) -> bool:
    return _in((*state.inserted, *state.lost), lines)


def _in(stretches_of_ours: Iterable[Inserted], lines: Sequence[str]) -> bool:
    key = tuple(line.strip() for line in lines)
    return any(find(stretch.text, key) for stretch in stretches_of_ours)


def _spans(state: State, blocks: Iterable[Block]) -> Iterator[tuple[int, int]]:
    """The places of blocks of ours, with the blank lines that came with them."""
    runs: list[tuple[Block, int]] = []  # the first of some that follow each other, and their end
    for block in blocks:
        gap = (runs[-1][1], block.start) if runs else (0, 0)
        if runs and (gap[0] == gap[1] or _is_gap(state, *gap, block)):
            runs[-1] = (runs[-1][0], block.end)
        else:
            runs.append((block, block.end))
    for first, end in runs:
        above, below = blank_above(state.text, first.start), next_line(state.text, end)
        if state.text[end:below].strip():
            yield first.start, end
        elif _is_gap(state, above, first.start, first):
            yield above, end
        else:
            yield first.start, below if _covers(state, end, below) else end


def _is_gap(state: State, start: int, end: int, block: Block) -> bool:
    """Whether blank lines that came with a block stand there, above it."""
    blank = start < end and not state.text[start:end].strip()
    came = state.whole or _covers(state, start, end) or _in(state.lost, ("", *block.lines))
    return blank and came


def _covers(state: State, start: int, end: int) -> bool:
    """Whether a stretch that is not empty lies in what is ours."""
    return start < end and inside([(start, end)], state.inserted)


def _without_stretches(state: State, language: Language) -> State:
    """Take the stretches of ours out as they are, if that changes nothing else."""
    ours = [block for block in read(state.text, language.rows).blocks if _is_located(state, block)]
    try:
        if _used(state, ours, language):
            raise UnpatchableError("something of theirs needs a part of it")
        edits = [Edit(stretch.offset, stretch.end, "") for stretch in state.inserted]
        return _edited(state, edits, (), language, gone=ours)
    except UnpatchableError:
        return replace(state, lost=(*state.lost, *state.inserted))


# --- put in


def _put(state: State, before: Sheet, wanted: Sheet, language: Language) -> State:
    """Replace what is ours as it was, append what is missing, and leave the rest as it is."""
    sheet = read(state.text, language.rows)
    edits: list[Edit] = []
    kept: list[Kept] = []
    swaps: list[tuple[Block, Block]] = []
    missing: list[Block] = []
    for block in wanted.blocks:
        theirs, old = sheet.of(block.names), before.twin(block)
        if any(language.says(one, block) for one in theirs) or (old and old.lines == block.lines):
            continue
        ours = [one for one in theirs if old and one.lines == old.lines and _is_ours(state, one)]
        if ours:
            swaps.append((ours[0], block))
            edits.append(_replacement(state.text, ours[0], block))
        elif theirs or old:
            kept.append(_kept(language, block, theirs[0].code if theirs else (), block.code))
        else:
            missing.append(block)
    gone, come = ([swap[side] for swap in swaps] for side in (0, 1))
    after = _edited(state, edits, kept, language, gone=gone, come=come)
    return _append(after, missing, wanted, language) if missing else after


def _replacement(text: str, mine: Block, block: Block) -> Edit:
    ending = eol(text)
    final = ending if text[mine.start : mine.end].endswith("\n") else ""
    return Edit(mine.start, mine.end, ending.join(block.lines) + final)


def _append(state: State, missing: Sequence[Block], wanted: Sheet, language: Language) -> State:
    """Put blocks at the end, apart from those whose name something of theirs uses already.

    A block that only speaks of others comes if all of them are ours.
    """
    sheet = read(state.text, language.rows)
    ours = [block for block in sheet.blocks if _same(block, wanted.twin(block))]
    rest = apply(state.text, [Edit(block.start, block.end, "") for block in ours])
    kept, known = [], {name for block in ours for name in block.names}
    for block in missing:
        if block.row.of:
            continue
        if use := next(filter(None, (language.use(rest, name) for name in block.names)), ""):
            kept.append(_kept(language, block, [use], block.code))
        else:
            known.update(block.names)
    come = [block for block in missing if known.issuperset(block.row.of or block.names)]
    if not come:
        return replace(state, kept=(*state.kept, *kept))
    language.check_end(state.text)
    edit = insert_lines(state.text, len(state.text), _joined(state.text, come, wanted))
    return _edited(state, [edit], kept, language, come=come)


def _same(ours: Block, theirs: Block | None) -> bool:
    return theirs is not None and theirs.lines == ours.lines


def _joined(text: str, come: Sequence[Block], wanted: Sheet) -> list[str]:
    """The lines of new blocks, each set off from what is above it, unless the template does not."""
    lines: list[str] = []
    neighbours = {*zip(wanted.blocks, wanted.blocks[1:], strict=False)}
    for above, block in zip([None, *come], come, strict=False):
        tight = (above, block) in neighbours and not block.apart
        last = split(text)[-1:] if above is None else ["above"]
        lines += [""] if not tight and any(line.strip() for line in last) else []
        lines += block.lines
    return lines


# --- both


def _edited(
    state: State,
    edits: Sequence[Edit],
    kept: Sequence[Kept],
    language: Language,
    *,
    gone: Iterable[Block] = (),
    come: Iterable[Block] = (),
) -> State:
    """The state after some edits; UnpatchableError if more changed than the blocks named."""
    after = state.edited(edits, kept)
    expected = (
        _said(read(state.text, language.rows)) - Counter(map(_of, gone)) + Counter(map(_of, come))
    )
    if _said(read(after.text, language.rows)) != expected:
        raise UnpatchableError(f"an edit would change another {language.word}")
    return after


def _of(block: Block) -> tuple[tuple[str, ...], ...]:
    return block.names, block.lines


def _said(sheet: Sheet) -> Counter[tuple[tuple[str, ...], ...]]:
    return Counter([*map(_of, sheet.blocks), *(((), (line,)) for line in sheet.loose)])


def _kept(language: Language, block: Block, theirs: Sequence[str], wanted: Sequence[str]) -> Kept:
    """A name that stays as they have it, told by the lines in which the two differ."""
    where = f"{language.word} {' '.join(block.names)}"
    one, two = (
        " ".join(" ".join(line for line in lines if line not in others).split())[:60]
        for lines, others in ((theirs, wanted), (wanted, theirs))
    )
    return Kept(where, one, two)


def _regained(state: State, wanted: Sheet, language: Language) -> State:
    """The state with what is left of the lost stretches found again, block by block."""
    found = [
        block
        for block in read(state.text, language.rows).blocks
        if _same(block, wanted.twin(block)) and _in(state.lost, block.lines)
    ]
    spans = [(s.offset, s.end, s.entries) for s in state.inserted]
    spans += [(start, end, ()) for start, end in _spans(state, found)]
    return replace(state, inserted=stretches(state.text, spans), lost=())
