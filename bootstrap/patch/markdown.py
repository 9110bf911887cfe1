"""Markdown: one block between two mark lines, or single lines where the template has no marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from bootstrap.patch import lines
from bootstrap.patch.edits import Edit, State, eol, insert_lines, line_start
from bootstrap.patch.model import Kept, UnpatchableError

_BEGIN = re.compile(
    r"^[ \t]{0,3}<!--[^\n]{0,99}?twelvefold:begin\b[^\n]{0,199}?-->[ \t]*\r?$", re.MULTILINE
)
_END = re.compile(
    r"^[ \t]{0,3}<!--[^\n]{0,99}?twelvefold:end\b[^\n]{0,199}?-->[ \t]*(?:\r?\n|\Z)", re.MULTILINE
)

_PARAGRAPHS = lines.Rules(lambda text: lines.line_leaves(text, comment=""), len, apart=True)


def transition(state: State, base: str | None, want: str | None) -> State:
    """Lead the state from `base` to `want`; UnpatchableError if that is not safe."""
    if _block(want if want is not None else base or "") is None:
        return lines.transition(state, base, want, _PARAGRAPHS)
    span = _block(state.text)
    before = _lines_of(base) if base is not None else None
    if want is None:
        return _removed(state, span, before)
    wanted = _lines_of(want) or []
    if span:
        return _merged(state, span, before, wanted)
    if before is None:
        return _appended(state, wanted)
    if before == wanted:
        return state
    return replace(state, kept=(*state.kept, Kept("the marked block", "", wanted[0])))


def _block(text: str) -> tuple[int, int] | None:
    """The span of the marked block, marks included; UnpatchableError if the marks don't pair."""
    begins, ends = list(_BEGIN.finditer(text)), list(_END.finditer(text))
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0].start() < begins[0].end():
        mark = (begins or ends)[0]
        raise UnpatchableError("the marks of the block do not pair", mark.start())
    return begins[0].start(), ends[0].end()


def _lines_of(text: str) -> list[str] | None:
    span = _block(text)
    return lines.split(text[span[0] : span[1]]) if span else None


def _appended(state: State, wanted: list[str]) -> State:
    text = state.text
    gap = [""] if text.strip() and lines.split(text)[-1].strip() else []
    return state.edited([insert_lines(text, len(text), [*gap, *wanted])])


def _merged(
    state: State, span: tuple[int, int], base: list[str] | None, wanted: list[str]
) -> State:
    """The block after a three-way merge by lines; where both changed, it stays theirs."""
    text = state.text[slice(*span)]
    theirs = lines.split(text)
    if theirs == wanted:
        return state
    if base is None:
        return replace(state, kept=(*state.kept, Kept("the marked block", theirs[0], wanted[0])))
    starts = _starts(text)
    edits: list[Edit] = []
    kept: list[Kept] = []
    for mine, before, new in hunks(base, theirs, wanted):
        if theirs[slice(*mine)] == base[slice(*before)]:
            start, end = span[0] + starts[mine[0]], span[0] + starts[mine[1]]
            body = "".join(line + eol(state.text) for line in wanted[slice(*new)])
            edits.append(Edit(start, end, body))
        elif (
            theirs[slice(*mine)] != wanted[slice(*new)]
            and wanted[slice(*new)] != base[slice(*before)]
        ):
            kept.append(Kept("the marked block", _said(theirs, mine), _said(wanted, new)))
    return state.edited(edits, kept)


def _starts(text: str) -> list[int]:
    starts = [0, *(found.end() for found in re.finditer(r"\n", text))]
    return starts if starts[-1] == len(text) else [*starts, len(text)]


def _said(all_lines: list[str], span: tuple[int, int]) -> str:
    return " ".join(" ".join(all_lines[slice(*span)]).split())[:60]


Span = tuple[int, int]


def hunks(base: list[str], one: list[str], two: list[str]) -> Iterator[tuple[Span, Span, Span]]:
    """The regions between lines that all three have in common: spans in `one`, `base`, `two`."""
    at_one = at_base = at_two = 0
    for before, mine, new in [*_common(base, one, two), (len(base), len(one), len(two))]:
        if (at_one, at_base, at_two) != (mine, before, new):
            yield (at_one, mine), (at_base, before), (at_two, new)
        at_one, at_base, at_two = mine + 1, before + 1, new + 1


def _common(base: list[str], one: list[str], two: list[str]) -> list[tuple[int, int, int]]:
    """Lines of `base` that both others still have, in order: places in `base`, `one`, `two`."""
    first, second = _matches(base, one), _matches(base, two)
    return [(place, first[place], second[place]) for place in sorted(first.keys() & second.keys())]


def _matches(base: list[str], other: list[str]) -> dict[int, int]:
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + i: block.b + i for block in blocks for i in range(block.size)}


def _removed(state: State, span: tuple[int, int] | None, base: list[str] | None) -> State:
    if span is None:
        return state
    ours = next((s for s in state.inserted if s.offset <= span[0] and span[1] <= s.end), None)
    if ours:
        return state.edited([Edit(ours.offset, ours.end, "")])
    if base is None or lines.split(state.text[slice(*span)]) != base:
        raise UnpatchableError("the marked block has been edited", span[0])
    above = line_start(state.text, span[0] - 1) if span[0] else 0
    start = span[0] if state.text[above : span[0]].strip() else above
    return state.edited([Edit(start, span[1], "")])
