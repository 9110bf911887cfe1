"""JSON, with or without comments and trailing commas: places by a tokenizer, text spliced in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache

from bootstrap.patch import flow
from bootstrap.patch.edits import (
    Edit,
    comment_top,
    eol,
    first_on_line,
    indent_unit,
    leading,
    line_end,
    line_start,
)
from bootstrap.patch.model import UnpatchableError, UnreadableError
from bootstrap.patch.ops import Insertion, Replacement
from bootstrap.patch.tree import MAX_DEPTH, Entry, Node, Source

MAX_CHARS = 1024 * 1024
"""A larger file is no configuration, and would take seconds."""

COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-]))
      | (?P<word>(?:true|false|null)\b)
      | (?P<mark>[\[\]{}:,])""",
    re.DOTALL | re.VERBOSE | re.ASCII,
)

Token = tuple[str, int, int]


@lru_cache(maxsize=16)  # each proof starts from a text that was read before
def parse(text: str) -> Source:
    """The data of a JSON file with its places; UnpatchableError says why there is none."""
    if len(text) > MAX_CHARS:
        raise UnpatchableError("the file is too large")
    tokens = _tokens(text)
    if len(tokens) == 1:
        return Source(text, Node("map", len(text), len(text), tag="map"))
    reader = _Reader(text, tokens)
    root = reader.value(0)
    if reader.peek()[0] != "end":
        raise UnreadableError("no valid JSON: something follows the value", reader.peek()[1])
    return Source(text, root)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise UnreadableError("no valid JSON", at)
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append((text[at] if kind == "mark" else kind, at, found.end()))
        at = found.end()
    return [*tokens, ("end", at, at)]


class _Reader:
    """Recursive descent over tokens, bounded in depth."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.at = text, tokens, 0

    def peek(self) -> Token:
        return self.tokens[self.at]

    def take(self, *kinds: str) -> Token:
        token = self.tokens[self.at]
        if kinds and token[0] not in kinds:
            raise UnreadableError("no valid JSON", token[1])
        self.at += 1
        return token

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise UnpatchableError("the data is nested too deeply", self.peek()[1])
        kind, start, end = self.take("string", "number", "word", "[", "{")
        if kind == "string":
            return Node("scalar", start, end, "str", self.string(start, end))
        if kind in ("number", "word"):
            return Node("scalar", start, end, kind, self.text[start:end])
        node = Node("map" if kind == "{" else "seq", start, opening=start)
        node.tag = node.kind
        closing = "}" if kind == "{" else "]"
        while self.peek()[0] != closing:
            node.entries.append(self.entry(node.kind, depth))
            if self.peek()[0] != closing:
                self.take(",")
        node.end = self.take(closing)[2]
        return node

    def entry(self, kind: str, depth: int) -> Entry:
        start, key = self.peek()[1], ""
        if kind == "map":
            _, start, end = self.take("string")
            key = self.string(start, end)
            self.take(":")
        return Entry(key, start, self.value(depth + 1))

    def string(self, start: int, end: int) -> str:
        literal = self.text[start:end]
        try:
            return str(json.loads(literal)) if "\\" in literal else literal[1:-1]
        except ValueError as error:
            raise UnreadableError("no valid JSON", start) from error


def is_strict(text: str) -> bool:
    """Whether a text is JSON without extensions; one that says nothing is."""
    try:
        json.loads(text.strip() or "{}")
    except (ValueError, RecursionError):
        return False
    return True


# --- edits


def insert(ours: Source, want: Source, ops: Sequence[Insertion]) -> list[Edit]:
    """Edits that put wanted entries at the end of their objects and arrays."""
    return [edit for op in ops for edit in _insert(ours, want, op)]


def _insert(ours: Source, want: Source, op: Insertion) -> list[Edit]:
    spread = "\n" in ours.text.strip() or not ours.root.entries
    unit = indent_unit(ours.text, indent_unit(want.text))
    if op.node.opening < 0:
        lines = _lines(want, Entry("", want.root.start, want.root), "", unit, comments=True)
        return [Edit(len(ours.text), len(ours.text), eol(ours.text).join([*lines, ""]))]

    def render(indent: str | None) -> list[str]:
        if indent is None:
            return [_inline(want, entry, ours, keyed=op.want.kind == "map") for entry in op.entries]
        # A file that strict readers can read has to stay so.
        comments = not is_strict(ours.text)
        return [
            eol(ours.text).join(_lines(want, entry, indent, unit, comments=comments))
            for entry in op.entries
        ]

    return flow.append(ours.text, op.node, COMMENT, render, unit if spread else None)


def replace(ours: Source, want: Source, op: Replacement) -> list[Edit]:
    """Edits that give one entry its wanted value."""
    value, wanted = op.node.entries[op.index].value, op.want.entries[op.want_index]
    unit = indent_unit(ours.text, indent_unit(want.text))
    indent = leading(ours.text, value.start)
    item = Entry("", wanted.value.start, wanted.value)
    lines = _lines(want, item, indent, unit, comments=False)
    return [Edit(value.start, value.end, eol(ours.text).join(lines))]


def delete(ours: Source, node: Node, indices: Sequence[int], tops: Sequence[int]) -> list[Edit]:
    """Edits that take entries out; `tops`: where their own comment lines begin."""
    return flow.remove(ours.text, node, indices, COMMENT, tops)


def snippet(ours: str, want: Source) -> str:
    """What to paste into `ours`, indented as that file is."""
    unit = indent_unit(ours, indent_unit(want.text))
    lines = _lines(want, Entry("", want.root.start, want.root), "", unit, comments=True)
    return "\n".join(lines) + "\n"


def own_comments(text: str, start: int) -> int:
    """The start of the comment lines above an entry."""
    return comment_top(text, start, "//") if first_on_line(text, start) else line_start(text, start)


def _lines(want: Source, entry: Entry, indent: str, unit: str, *, comments: bool) -> list[str]:
    """An entry's own lines at a new indentation, the first one without it."""
    text, theirs = want.text, indent_unit(want.text)
    own_line = first_on_line(text, entry.start)
    top = own_comments(text, entry.start) if comments and own_line else entry.start
    body = text[top : entry.value.end].lstrip()
    base = leading(text, entry.start)
    lines: list[str] = []
    for line in re.split(r"\r?\n", body if comments else _bare(body)):
        depth = line[: len(line) - len(line.lstrip())].removeprefix(base)
        level = len(depth) // len(theirs) if lines else 0
        lines.append((indent + unit * level if lines else "") + line.strip())
    note = _comment_behind(text, entry.value.end) if comments else ""
    # A comma may have to follow the value, so its comment goes above.
    return [note, indent + lines[0], *lines[1:]] if note else lines


def _comment_behind(text: str, end: int) -> str:
    found = re.compile(r",?[ \t]*(//[^\r\n]*)").match(text, end, line_end(text, end))
    return found.group(1) if found else ""


def _bare(text: str) -> str:
    """The text without comments, without the lines they filled, and without trailing commas."""
    out: list[str] = []
    at = 0
    for kind, start, end in _tokens(text)[:-1]:
        between = text[at:start]
        if COMMENT.search(between):
            between = re.sub(r"[ \t]*(?:\r?\n[ \t]*)*(?=\r?\n)", "", COMMENT.sub("", between))
        if kind in ("]", "}") and out and out[-1] == ",":
            out.pop()
        out += [between] if between else []
        out.append(text[start:end])
        at = end
    return "".join(out)


def _inline(want: Source, entry: Entry, ours: Source, *, keyed: bool) -> str:
    """An entry on one line, spaced as the file is."""
    tight = not re.search(r"[:,][ \t\r\n]", _TOKEN.sub(_only_space, ours.text)) and bool(
        ours.root.entries
    )
    comma, colon = (",", ":") if tight else (", ", ": ")
    value = _compact(want.text, entry.value, comma, colon)
    return f"{json.dumps(entry.key, ensure_ascii=False)}{colon}{value}" if keyed else value


def _only_space(token: re.Match[str]) -> str:
    return '""' if token.lastgroup == "string" else token.group()


def _compact(text: str, node: Node, comma: str, colon: str) -> str:
    if node.kind == "scalar":
        return text[node.start : node.end]
    values = [_compact(text, entry.value, comma, colon) for entry in node.entries]
    if node.kind == "seq":
        return "[" + comma.join(values) + "]"
    keys = [json.dumps(entry.key, ensure_ascii=False) for entry in node.entries]
    return "{" + comma.join(f"{k}{colon}{v}" for k, v in zip(keys, values, strict=True)) + "}"
