"""TOML: a reader with places, and text spliced into tables, arrays and inline tables."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache

from bootstrap.patch import flow
from bootstrap.patch.edits import (
    Edit,
    blank_above,
    comment_top,
    eol,
    first_on_line,
    insert_lines,
    leading,
    line_end,
    line_start,
    next_line,
    with_eol,
)
from bootstrap.patch.model import UnpatchableError, UnreadableError
from bootstrap.patch.ops import Insertion, Replacement
from bootstrap.patch.tree import MAX_DEPTH, Entry, Node, Path, Source, at

MAX_CHARS = 1024 * 1024
"""A larger file is no configuration, and would take seconds."""

COMMENT = re.compile(r"#[^\r\n]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{1,2}(?!"))?'
    r"|'''.*?'''(?:'{1,2}(?!'))?"
    r'|"(?:[^"\\\r\n]|\\.)*"'
    r"|'[^'\r\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^\s,\]}#][^,\]}#\r\n]*")


@lru_cache(maxsize=16)  # each proof starts from a text that was read before
def parse(text: str) -> Source:
    """The data of a TOML file with its places; UnpatchableError says why there is none."""
    if len(text) > MAX_CHARS:
        raise UnpatchableError("the file is too large")
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _invalid(text, str(error).splitlines()[0]) from error
    return Source(text, _Reader(text).file())


def _invalid(text: str, message: str) -> UnreadableError:
    """Of tomllib's message the place is read, which it gives in words only."""
    reason, _, place = message.partition(" (at line ")
    number = re.match(r"\d+", place)
    lines = text.splitlines(keepends=True)[: int(number.group()) - 1] if number else []
    return UnreadableError(f"no valid TOML: {reason}", len("".join(lines)) if number else -1)


class _Reader:
    """Reads text that tomllib has accepted, so nothing is checked but the depth."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.known: dict[tuple[int, str], Node] = {}

    def file(self) -> Node:
        root = table = Node("map", tag="map", form="table")
        while self.skip(_BLANK) < len(self.text):
            start = self.at
            if self.text[start] == "[":
                table = self.header(root)
            else:
                self.pair(table)
            first = table.sections[-1][0] if table.sections else start
            table.sections[-1:] = [(first, self.at)]
            table.end = self.at
        _check_depth(root)
        return root

    def header(self, root: Node) -> Node:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        *parents, last = self.keys()
        self.at += 2 if array else 1
        node = root
        for key in parents:
            node = _latest(self.child(node, key, start, "implicit"))
        node = self.child(node, last, start, "array" if array else "implicit")
        if array:
            node.kind = node.tag = "seq"
            node.entries.append(Entry("", start, Node("map", start, tag="map")))
            node = node.entries[-1].value
        node.form = "table"
        return node

    def pair(self, table: Node) -> None:
        start = self.at
        *parents, last = self.keys()
        self.at += 1
        self.skip(_SPACE)
        dotted: list[Node] = []
        for key in parents:
            table = self.child(table, key, start, "dotted")
            dotted.append(table)
        table.entries.append(Entry(last, start, self.value(0)))
        for table in dotted:
            table.end = self.at

    def child(self, node: Node, key: str, start: int, form: str) -> Node:
        """The table below a key, made if there is none."""
        if (id(node), key) not in self.known:
            child = Node("map", start, start, tag="map", form=form)
            node.entries.append(Entry(key, start, child))
            self.known[id(node), key] = child
        return self.known[id(node), key]

    def keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.skip(_SPACE)
            string = _STRING.match(self.text, self.at)
            if string:
                keys.append(_decoded(string.group()))
                self.at = string.end()
            else:
                start = self.at
                keys.append(self.text[start : self.skip(_BARE_KEY)])
            self.skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise UnpatchableError("the data is nested too deeply", self.at)
        start = self.at
        string = _STRING.match(self.text, start)
        if string:
            self.at = string.end()
            return Node("scalar", start, self.at, "str", _decoded(string.group()))
        if self.text[start] in "[{":
            return self.bracket(depth)
        self.skip(_BARE_VALUE)
        literal = self.text[start : self.at].rstrip()
        self.at = start + len(literal)
        return Node("scalar", start, self.at, "other", literal)

    def bracket(self, depth: int) -> Node:
        start = self.at
        node = Node(
            "seq" if self.text[start] == "[" else "map", start, opening=start, form="inline"
        )
        node.tag = node.kind
        self.at += 1
        while self.text[self.skip(_BLANK)] not in "]}":
            if self.text[self.at] == ",":
                self.at += 1
            elif node.kind == "map":
                self.pair(node)
            else:
                node.entries.append(Entry("", self.at, self.value(depth + 1)))
        self.at += 1
        node.end = self.at
        return node

    def skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at


def _decoded(literal: str) -> str:
    if "\\" not in literal and literal[:3] not in ('"""', "'''"):
        return literal[1:-1]
    return str(tomllib.loads(f"x = {literal}")["x"])


def _latest(node: Node) -> Node:
    """A header that goes through an array of tables means its last item."""
    return node.entries[-1].value if node.form == "array" else node


def _check_depth(root: Node) -> None:
    level, depth = [root], 0
    while level:
        level = [entry.value for node in level for entry in node.entries]
        depth += 1
        if depth > MAX_DEPTH:
            raise UnpatchableError("the data is nested too deeply")


# --- edits


def insert(ours: Source, want: Source, ops: Sequence[Insertion]) -> list[Edit]:
    """Edits that put wanted entries into tables and arrays; whole new tables go to the end."""
    edits: list[Edit] = []
    tables: list[str] = []
    for op in ops:
        statements = [entry for entry in op.entries if _is_statement(entry.value)]
        sections = [entry for entry in op.entries if entry not in statements]
        if op.node.opening >= 0:
            edits += _into_brackets(ours, want, op, op.node)
            continue
        if op.node.form == "table":
            edits += _into_table(ours, want, op.node, statements)
        elif op.node.form == "dotted":
            edits += _dotted(ours, want, op, statements)
        elif statements:
            tables += ["", f"[{_header(ours.root, op.path)}]"]
            tables += [line for entry in statements for line in _statement(want, entry)]
        tables += [line for entry in sections for line in _sections(want, entry)]
    if tables:
        end = len(ours.text)
        skip = not ours.text.strip() or re.search(r"\n\r?\n\Z", ours.text) is not None
        edits.append(insert_lines(ours.text, end, tables[skip:]))
    return edits


def _header(root: Node, path: Path) -> str:
    """The dotted name of a table; UnpatchableError if it is one of an array's."""
    names: list[str] = []
    for index in path:
        if root.kind == "seq":
            raise UnpatchableError("a table of an array has no header of its own", root.start)
        names.append(_key(root.entries[index].key))
        root = root.entries[index].value
    return ".".join(names)


def _dotted(ours: Source, want: Source, op: Insertion, statements: Sequence[Entry]) -> list[Edit]:
    """Statements below the last one of a table that is written `key.key = value`."""
    nodes = [at(ours.root, op.path[:depth]) for depth in range(len(op.path) + 1)]
    first = max(depth for depth, node in enumerate(nodes) if node.form != "dotted")
    prefix = "".join(
        _key(node.entries[index].key) + "."
        for node, index in zip(nodes[first:], op.path[first:], strict=False)
    )
    last = max(end for entry in op.node.entries for _, end in entry.spans)
    if nodes[first].opening >= 0:
        return _into_brackets(ours, want, op, nodes[first], prefix)
    indent = leading(ours.text, last)
    lines = [indent + line for entry in statements for line in _statement(want, entry, prefix)]
    return [insert_lines(ours.text, next_line(ours.text, last), lines)] if lines else []


def _is_statement(node: Node) -> bool:
    return node.form not in ("table", "implicit", "array")


def _into_brackets(
    ours: Source, want: Source, op: Insertion, node: Node, prefix: str = ""
) -> list[Edit]:
    """Entries at the end of an array or of an inline table, whose keys may be dotted ones."""

    def render(_: str | None) -> list[str]:
        lines: list[str] = []
        for entry in op.entries:
            value = with_eol(_literal(want, entry.value), eol(ours.text))
            keyed = op.want.kind == "map"
            lines.append(f"{prefix}{_key(entry.key)} = {value}" if keyed else value)
        return lines

    return flow.append(ours.text, node, COMMENT, render, None)


def _into_table(ours: Source, want: Source, node: Node, statements: Sequence[Entry]) -> list[Edit]:
    if not statements:
        return []
    lines = [line for entry in statements for line in _statement(want, entry)]
    if node.sections:
        end = node.sections[0][1]
        indented = [leading(ours.text, end) + line for line in lines]
        return [insert_lines(ours.text, next_line(ours.text, end), indented)]
    first = min((start for entry in node.entries for start, _ in entry.spans), default=-1)
    if first < 0:
        return [insert_lines(ours.text, len(ours.text), lines)]
    return [insert_lines(ours.text, own_comments(ours.text, first), [*lines, ""])]


def _statement(want: Source, entry: Entry, prefix: str = "") -> list[str]:
    """The lines of `key = value` with its comments, or of all that dotted keys say below a key."""
    key = prefix + _key(entry.key)
    if entry.value.form == "dotted":
        return [
            line for child in entry.value.entries for line in _statement(want, child, key + ".")
        ]
    text, end = want.text, entry.value.end
    if not first_on_line(text, entry.start):
        return [f"{key} = {_literal(want, entry.value)}"]
    above = text[own_comments(text, entry.start) : line_start(text, entry.start)]
    lines = [line.strip() for line in above.splitlines()]
    behind = text[end : line_end(text, end)]
    return [*lines, *re.split(r"\r?\n", f"{key} = {_literal(want, entry.value)}{behind}")]


def _sections(want: Source, entry: Entry) -> list[str]:
    """The lines of a table and of all tables below it, each with a blank line above."""
    text = want.text
    lines: list[str] = []
    for start, end in merged(entry.spans):
        top = own_comments(text, start)
        lines += ["", *re.split(r"\r?\n", text[top : line_end(text, end)])]
    return lines


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those inside another one left out."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not out or end > out[-1][1]:
            out.append((start, end))
    return out


def _literal(want: Source, node: Node) -> str:
    """A value as it is written; a table as an inline one."""
    if not node.is_spread:
        return want.text[node.start : node.end]
    values = [_literal(want, entry.value) for entry in node.entries]
    if node.kind == "seq":
        return "[" + ", ".join(values) + "]"
    keys = [_key(entry.key) for entry in node.entries]
    pairs = [f"{key} = {value}" for key, value in zip(keys, values, strict=True)]
    return "{ " + ", ".join(pairs) + " }" if pairs else "{}"


def _key(key: str) -> str:
    if _BARE_KEY.fullmatch(key):
        return key
    return json.dumps(key, ensure_ascii=False)


def replace(ours: Source, want: Source, op: Replacement) -> list[Edit]:
    """Edits that give one entry its wanted value."""
    value, wanted = op.node.entries[op.index].value, op.want.entries[op.want_index].value
    if value.is_spread or wanted.is_spread:
        raise UnpatchableError("a table became a value, or a value a table", value.start)
    return [Edit(value.start, value.end, with_eol(_literal(want, wanted), eol(ours.text)))]


def delete(ours: Source, node: Node, indices: Sequence[int], tops: Sequence[int]) -> list[Edit]:
    """Edits that take entries out; `tops`: where their own comment lines begin."""
    text = ours.text
    if node.opening >= 0:
        return flow.remove(text, node, indices, COMMENT, tops)
    edits: list[Edit] = []
    for index, top in zip(indices, tops, strict=True):
        entry = node.entries[index]
        for number, (start, end) in enumerate(merged(entry.spans)):
            above = top if number == 0 else line_start(text, start)
            if entry.value.is_spread:
                above = blank_above(text, above)
            edits.append(Edit(above, next_line(text, end), ""))
    return edits


def snippet(ours: str, want: Source) -> str:  # noqa: ARG001
    """What to paste into `ours`."""
    return want.text


def own_comments(text: str, start: int) -> int:
    """The start of the comment lines above an entry; a head of the file is not its own."""
    top = comment_top(text, start, "#") if first_on_line(text, start) else start
    return top if text[:top].strip() else line_start(text, start)
