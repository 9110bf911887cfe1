"""YAML: text spliced in the file's own style, at the places that `yaml_reader` finds."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bootstrap.patch import flow
from bootstrap.patch.edits import (
    Edit,
    blank_above,
    column,
    comment_top,
    eol,
    first_on_line,
    indent_unit,
    insert_lines,
    leading,
    line_end,
    line_number,
    line_start,
    next_line,
)
from bootstrap.patch.model import UnpatchableError
from bootstrap.patch.ops import Insertion, Replacement
from bootstrap.patch.tree import Entry, Node, Source
from bootstrap.patch.yaml_reader import parse

__all__ = ["COMMENT", "delete", "insert", "own_comments", "parse", "replace", "snippet"]

COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_SPACES = re.compile(r"(?:[ \t]*\r?\n)*[ \t]+\r?\n")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z0-9_./@$^~+-][^,\[\]{}:#\r\n]*")
_QUOTED = re.compile(r"""'[^'\r\n]*'|"[^"\\\r\n]*\"""")


# --- the style of a file


@dataclass(frozen=True)
class Style:
    """How a file lays out its blocks, by majority."""

    step: int
    """Columns from a key to the keys below it."""
    offset: int
    """Columns from a key to the dashes below it."""
    dash: int
    """Columns from a dash to its item."""


def style(source: Source, default: Style) -> Style:
    """The style of a file; `default` for what it has no example of."""
    steps: Counter[int] = Counter()
    offsets: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    for holder, node in _blocks(source.root):
        if holder and node.kind == "map":
            steps[_column(source, node) - column(source.text, holder.start)] += 1
        elif holder:
            offsets[_column(source, node) - column(source.text, holder.start)] += 1
        for entry in node.entries if node.kind == "seq" else []:
            if line_start(source.text, entry.start) == line_start(source.text, entry.value.start):
                dashes[entry.value.start - entry.start] += 1
    return Style(
        _most(steps, 1, default.step),
        _most(offsets, 0, default.offset),
        _most(dashes, 2, default.dash),
    )


def _most(votes: Counter[int], least: int, default: int) -> int:
    likely = [width for width, _ in votes.most_common() if width >= least]
    return likely[0] if likely else default


def _blocks(root: Node) -> Iterator[tuple[Entry | None, Node]]:
    """Every block collection with the key that holds it (None: the root, or an item)."""
    todo: list[tuple[Entry | None, Node]] = [(None, root)]
    while todo:
        holder, node = todo.pop()
        if not _is_block(node):
            continue
        yield holder, node
        keyed = node.kind == "map"
        todo += [(entry if keyed else None, entry.value) for entry in node.entries]


def _is_block(node: Node) -> bool:
    return node.is_collection and node.opening == -1 and bool(node.entries)


def _column(source: Source, node: Node) -> int:
    return column(source.text, node.entries[0].start)


# --- edits


def insert(ours: Source, want: Source, ops: Sequence[Insertion]) -> list[Edit]:
    """Edits that put wanted entries at the end of their collections."""
    return [edit for op in ops for edit in _insert(ours, want, op)]


def _insert(ours: Source, want: Source, op: Insertion) -> list[Edit]:
    if op.node.opening >= 0:
        return flow.append(
            ours.text,
            op.node,
            COMMENT,
            lambda _: [_inline(want, op.want, e) for e in op.entries],
            None,
        )
    if op.node.opening != -1:
        raise UnpatchableError("a mapping has no braces of its own", op.node.start)
    look = style(ours, style(want, Style(2, 2, 2)))
    at, column_, apart = _end_of(ours, op, look)
    lines: list[str] = []
    for entry in op.entries:
        lines += [""] * apart + payload(want, op.want, entry, column_, look)
    if not _last(op.entries[-1].value).form:
        return [insert_lines(ours.text, at, lines)]
    # A block scalar needs a final newline.
    at = _behind_spaces(ours.text, at)
    edit = insert_lines(ours.text, at, lines)
    return [edit if edit.text.endswith("\n") else Edit(at, at, edit.text + eol(ours.text))]


def _last(node: Node) -> Node:
    """The last scalar that is written for a value."""
    while node.entries:
        node = node.entries[-1].value
    return node


def _end_of(ours: Source, op: Insertion, look: Style) -> tuple[int, int, bool]:
    """The end of a block: offset, column of its entries, whether blank lines stand between them."""
    text, node = ours.text, op.node
    if node.entries:
        where = _column(ours, node)
        at = next_line(text, node.end)
        if _last(node).form:
            at = _behind_spaces(text, at)
        return _below(text, at, where), where, _apart(text, node)
    if op.holder is None:
        return len(text), 0, False
    holder = column(text, op.holder.start)
    where = holder + (look.step if op.want.kind == "map" else look.offset)
    return _below(text, next_line(text, node.end), holder + 1), where, False


def _behind_spaces(text: str, at: int) -> int:
    """The line below lines of spaces: behind a block scalar they can be its own text."""
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _below(text: str, at: int, depth: int) -> int:
    """The line below the comments that stand at `at` and belong to a block of that depth."""
    following = _content(text, at, "#")
    while True:
        start = _content(text, at, "")
        indent = len(leading(text, start))
        if indent < depth or not text.startswith("#", start + indent):
            return at
        # Behind a blank line it may belong to what follows, unless that stands less deep.
        belongs = following == len(text) or len(leading(text, following)) < indent
        if start != at and not (belongs and indent):
            return at
        at = next_line(text, start)


def _content(text: str, at: int, comment: str) -> int:
    """The start of the next line that is neither blank nor a comment, or the end of the text."""
    while at < len(text):
        line = text[at : line_end(text, at)].strip()
        if line and not (comment and line.startswith(comment)):
            break
        at = next_line(text, at)
    return at


def _apart(text: str, node: Node) -> bool:
    if not node.entries[1:]:
        return False
    between = text[node.entries[-2].value.end : node.entries[-1].start]
    return re.search(r"\n[ \t]*\r?\n", between) is not None


def replace(ours: Source, want: Source, op: Replacement) -> list[Edit]:
    """Edits that give one entry its wanted value."""
    entry, wanted = op.node.entries[op.index], op.want.entries[op.want_index]
    inline = op.node.opening != -1
    scalar = entry.value.kind == "scalar" and not entry.value.form and not _is_block(wanted.value)
    if inline or (scalar and "\n" not in want.text[wanted.value.start : wanted.value.end]):
        gap = " " if entry.value.is_empty else ""
        new = _literal(want, wanted.value, in_flow=inline)
        return [Edit(entry.value.start, entry.value.end, gap + new)]
    look = style(ours, style(want, Style(2, 2, 2)))
    lines = payload(want, op.want, wanted, column(ours.text, entry.start), look, comments=False)
    end = line_end(ours.text, entry.value.end)
    return [Edit(entry.start, end, eol(ours.text).join(lines).lstrip(" "))]


def delete(ours: Source, node: Node, indices: Sequence[int], tops: Sequence[int]) -> list[Edit]:
    """Edits that take entries out of a collection; `tops`: where their own comment lines begin."""
    if node.opening >= 0:
        return flow.remove(ours.text, node, indices, COMMENT, tops)
    edits: list[Edit] = []
    for index, top in zip(indices, tops, strict=True):
        entry = node.entries[index]
        below = next_line(ours.text, entry.value.end)
        if first_on_line(ours.text, entry.start):
            came_apart = index > 0 and _apart(ours.text, node)
            edits.append(Edit(blank_above(ours.text, top) if came_apart else top, below, ""))
        elif index + 1 < len(node.entries):
            edits.append(Edit(entry.start, node.entries[index + 1].start, ""))
        else:
            edits.append(Edit(entry.start, line_end(ours.text, entry.value.end), ""))
    return edits


def snippet(ours: str, want: Source) -> str:
    """What to paste into `ours`, laid out as that file is; one that can't be read is guessed."""
    width = len(indent_unit(ours))
    try:
        look = style(parse(ours), style(want, Style(2, 2, 2)))
    except UnpatchableError:
        look = Style(width, width, 2)
    lines = [payload(want, want.root, entry, 0, look) for entry in want.root.entries]
    return "\n".join(line for entry in lines for line in entry) + "\n"


# --- the text of wanted entries


def payload(
    want: Source, parent: Node, entry: Entry, where: int, look: Style, *, comments: bool = True
) -> list[str]:
    """The literal lines of an entry with its comments, laid out anew at column `where`."""
    text = want.text
    if parent.opening != -1:
        head = "- " if parent.kind == "seq" else f"{_literal_key(want, entry)}: "
        return [" " * where + head + _literal(want, entry.value, in_flow=False)]
    own_line = first_on_line(text, entry.start)
    top = (
        own_comments(text, entry.start) if comments and own_line else line_start(text, entry.start)
    )
    first, start = line_number(text, top), line_number(text, entry.start)
    last = line_number(text, entry.value.end)
    shifts: dict[int, int] = {}
    dashes: dict[int, tuple[int, int]] = {}
    _lay_out(want, parent, entry, where, look, shifts, dashes)
    source = text.split("\n")
    lines: list[str] = []
    for number in range(first, last + 1):
        line = source[number - 1].rstrip("\r")
        if number == start and not own_line:
            line = " " * column(text, entry.start) + line[column(text, entry.start) :]
        shift = shifts.get(number, shifts[start]) if number >= start else shifts[start]
        if line.lstrip().startswith("#"):
            shift = _shift_of_comment(source, number, last, shifts, shift)
        lines.append(_shifted(line, shift, dashes.get(number)))
    return lines


def _lay_out(
    want: Source,
    parent: Node,
    entry: Entry,
    where: int,
    look: Style,
    shifts: dict[int, int],
    dashes: dict[int, tuple[int, int]],
) -> None:
    """By how many columns each line of an entry moves, and how wide its dash becomes."""
    text, value = want.text, entry.value
    first, last = line_number(text, entry.start), line_number(text, value.end)
    on_line = first_on_line(text, entry.start)
    for number in range(first if on_line or first not in shifts else first + 1, last + 1):
        shifts[number] = where - column(text, entry.start)
    same_line = line_number(text, value.start) == first
    if parent.kind == "map":
        inside = where + (look.step if value.kind == "map" else look.offset)
    elif same_line:
        inside = where + look.dash
        if on_line:
            dashes[first] = (column(text, entry.start) + 1, look.dash - 1)
    else:
        inside = where + look.step
    if parent.kind == "seq" and same_line and not _is_block(value):
        # What a scalar continues on later lines only has to stay deeper than the dash.
        return
    for child in value.entries if _is_block(value) else []:
        _lay_out(want, value, child, inside, look, shifts, dashes)


def _shift_of_comment(
    source: Sequence[str], number: int, last: int, shifts: dict[int, int], default: int
) -> int:
    """A comment moves with the line that follows it, if that stands at the same column."""
    depth = len(source[number - 1]) - len(source[number - 1].lstrip())
    for below in range(number + 1, last + 1):
        line = source[below - 1]
        if line.strip() and not line.lstrip().startswith("#"):
            return shifts[below] if len(line) - len(line.lstrip()) == depth else default
    return default


def _shifted(line: str, shift: int, dash: tuple[int, int] | None) -> str:
    if not line.strip():
        return line
    if dash:
        line = line[: dash[0]] + " " * dash[1] + line[dash[0] :].lstrip(" ")
    depth = len(line) - len(line.lstrip(" "))
    return " " * max(depth + shift, 0) + line.lstrip(" ")


def own_comments(text: str, start: int) -> int:
    """The start of the comment lines above an entry; a head of the file is not its own."""
    top = comment_top(text, start, "#")
    above = text[:top].strip()
    return top if above and above != "---" else line_start(text, start)


def _inline(want: Source, parent: Node, entry: Entry) -> str:
    value = _literal(want, entry.value, in_flow=True)
    return value if parent.kind == "seq" else f"{_literal_key(want, entry)}: {value}"


def _literal_key(want: Source, entry: Entry) -> str:
    words = _QUOTED.match(want.text, entry.start)
    if words:
        return words.group()
    plain = want.text.startswith(entry.key, entry.start)
    return entry.key if plain else json.dumps(entry.key, ensure_ascii=False)


def _literal(want: Source, node: Node, *, in_flow: bool) -> str:
    """A value on one line, as far as possible in the words of the template."""
    if node.kind == "map":
        pairs = [
            f"{_literal_key(want, e)}: {_literal(want, e.value, in_flow=True)}"
            for e in node.entries
        ]
        return "{" + ", ".join(pairs) + "}"
    if node.kind == "seq":
        return "[" + ", ".join(_literal(want, e.value, in_flow=True) for e in node.entries) + "]"
    text = want.text[node.start : node.end]
    if "\n" in text or node.form:
        return json.dumps(node.text, ensure_ascii=False)
    if in_flow and text[:1] not in "\"'" and not _PLAIN_IN_FLOW.fullmatch(text):
        return json.dumps(node.text, ensure_ascii=False) if text else "null"
    return text or "null"
