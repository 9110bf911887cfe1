"""Collections between brackets: JSON, YAML's flow style, TOML's arrays and inline tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bootstrap.patch.edits import (
    Edit,
    eol,
    first_on_line,
    leading,
    line_end,
    line_start,
    next_line,
)
from bootstrap.patch.tree import Node

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

Render = Callable[[str | None], Sequence[str]]
"""Indentation → the new entries, each over as many lines as it likes and without that indentation
on its first line; None → each on one line."""


def append(
    text: str, node: Node, comment: re.Pattern[str], render: Render, unit: str | None
) -> list[Edit]:
    """Edits that put entries at the end of a bracketed collection, in its own style.

    `unit` is one level of indentation if an empty pair of brackets may be opened over several
    lines, else None.
    """
    if not node.entries:
        return [_fill(text, node, comment, render, unit)]
    last = node.entries[-1]
    comma, tail = _behind(text, last.value.end, node.end - 1, comment)
    spread = first_on_line(text, node.end - 1) and "\n" in text[last.value.end : node.end]
    if not spread and not first_on_line(text, last.start):
        gap = _gap(text, node)
        new = f",{gap}".join(render(None))
        at = comma if comma > 0 else last.value.end
        return [Edit(at, at, f"{gap}{new}" if comma > 0 else f",{gap}{new}")]
    indent = leading(text, last.start)
    start = eol(text) + indent
    new = start + f",{start}".join(render(indent))
    if comma > 0:
        return [Edit(tail, tail, new + ",")]
    if tail == last.value.end:
        return [Edit(tail, tail, "," + new)]
    return [Edit(last.value.end, last.value.end, ","), Edit(tail, tail, new)]


def _fill(
    text: str, node: Node, comment: re.Pattern[str], render: Render, unit: str | None
) -> Edit:
    """The edit for a pair of brackets with nothing between them but space and comments."""
    inside = node.opening + 1
    _, tail = _behind(text, inside, node.end - 1, comment)
    if "\n" not in text[inside : node.end] and unit is None:
        return Edit(tail, tail, ", ".join(render(None)))
    outer = leading(text, node.opening)
    indent = outer + (unit or "  ")
    start = eol(text) + indent
    new = start + f",{start}".join(render(indent))
    closing = "" if "\n" in text[tail : node.end] else eol(text) + outer
    return Edit(tail, tail, new + closing)


def _behind(text: str, start: int, end: int, comment: re.Pattern[str]) -> tuple[int, int]:
    """Where the comma behind an entry ends (-1: none), and where that and all comments do."""
    at, comma, tail = start, -1, start
    while at < end:
        note = comment.match(text, at)
        if note:
            at = tail = note.end()
        elif text[at] == ",":
            at = comma = tail = at + 1
        else:
            at += 1
    return comma, tail


def _gap(text: str, node: Node) -> str:
    """What stands between a comma and the next entry on one line."""
    if len(node.entries) > 1:
        before, behind = node.entries[-2].value.end, node.entries[-1].start
        between = text[before:behind].partition(",")[2]
        return "" if not between else " "
    bare = _STRING.sub('""', text)
    return " " if "\n" in bare.strip() or re.search("[,:=] ", bare) else ""


def remove(
    text: str, node: Node, indices: Sequence[int], comment: re.Pattern[str], tops: Sequence[int]
) -> list[Edit]:
    """Edits that take entries out; `tops` are the starts of their own comment lines above."""
    edits: list[Edit] = []
    gone = set(indices)
    kept = [index for index in range(len(node.entries)) if index not in gone]
    for index, top in zip(indices, tops, strict=True):
        entry = node.entries[index]
        follower = node.entries[index + 1].start if index + 1 < len(node.entries) else node.end - 1
        comma, tail = _behind_here(text, entry.value.end, follower, comment)
        own_lines = (
            first_on_line(text, entry.start) and not text[tail : line_end(text, tail)].strip()
        )
        if own_lines:
            edits.append(_own_lines(text, top, tail, is_last=index > max(kept, default=-1)))
        else:
            edits.append(Edit(entry.start, follower if comma > 0 else entry.value.end, ""))
    if kept and indices and max(indices) > max(kept) and gone:
        edits = _without_dangling_comma(text, node, max(kept), edits, comment)
    return edits


def _own_lines(text: str, top: int, tail: int, *, is_last: bool) -> Edit:
    """The last entry came with the line ending above it, the others with the one behind them."""
    if is_last and top > 0:
        return Edit(line_end(text, line_start(text, top - 1)), tail, "")
    return Edit(top, next_line(text, tail), "")


def _behind_here(text: str, start: int, end: int, comment: re.Pattern[str]) -> tuple[int, int]:
    """Like `_behind`, but of comments only those that begin on the same line."""
    comma, _ = _behind(text, start, end, comment)
    at = tail = comma if comma > 0 else start
    stop = min(line_end(text, at), end)
    while at < stop:
        note = comment.match(text, at)
        if note:
            at = tail = note.end()
        elif text[at] in " \t":
            at += 1
        else:
            break
    return comma, tail


def _without_dangling_comma(
    text: str, node: Node, last: int, edits: list[Edit], comment: re.Pattern[str]
) -> list[Edit]:
    """The same edits; the comma behind what is now the last entry goes too, if none was last."""
    trailing, _ = _behind(text, node.entries[-1].value.end, node.end - 1, comment)
    if trailing > 0:
        return edits
    comma, _ = _behind(text, node.entries[last].value.end, node.entries[last + 1].start, comment)
    first = min((edit for edit in edits if edit.start >= comma), key=lambda edit: edit.start)
    if not text[comma : first.start].strip() and line_start(text, first.start) != first.start:
        start = Edit(comma - 1, first.end, "")
        return [start if edit is first else edit for edit in edits]
    return [Edit(comma - 1, comma, ""), *edits]
