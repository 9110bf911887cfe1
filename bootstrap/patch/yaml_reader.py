"""YAML read for its places: the data of one document by PyYAML's or ruamel.yaml's events."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import yaml
from yaml.resolver import Resolver

from bootstrap.patch.edits import line_end, line_start
from bootstrap.patch.model import UnpatchableError, UnreadableError
from bootstrap.patch.tree import MAX_DEPTH, Entry, Node, Source, walk
from bootstrap.plain_yaml import LOADER

MAX_CHARS = 256 * 1024
"""One of the two readers is in Python: dense data of this size takes it some seconds."""

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)*")
_RESOLVER: Any = Resolver()
Resolve = Callable[[str, bool], str]
"""The text of a scalar, and whether it is plain → its tag."""


def resolve(value: str, plain: bool) -> str:
    """The tag of a scalar under YAML 1.1."""
    return str(_RESOLVER.resolve(yaml.ScalarNode, value, (plain, not plain)))


@lru_cache(maxsize=16)  # each proof starts from a text that was read before
def parse(text: str, resolve: Resolve = resolve) -> Source:
    """The data of one YAML document with its places; UnpatchableError says why there is none."""
    if len(text) > MAX_CHARS:
        raise UnpatchableError("the file is too large")
    # A scalar that the end of the file cuts short means the same with a last newline.
    whole = text if text.endswith("\n") else text + "\n"
    try:
        root = build(yaml.parse(whole, Loader=LOADER), resolve, whole)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise UnreadableError(
            f"no valid YAML: {error.problem}", mark.index if mark else -1
        ) from error
    except yaml.YAMLError as error:
        raise UnreadableError(f"no valid YAML: {error.__class__.__name__}") from error
    for node in walk(root):
        node.start, node.end = min(node.start, len(text)), min(node.end, len(text))
    return Source(text, root)


def build(events: Any, resolve: Resolve, text: str) -> Node:
    """The tree of a stream of events, as PyYAML or ruamel.yaml give them."""
    root: Node | None = None
    stack: list[tuple[Node, list[Node]]] = []
    anchors: set[str] = set()
    for event in events:
        kind = type(event).__name__
        if kind == "AliasEvent" and event.anchor not in anchors:
            raise UnreadableError("no valid YAML: undefined alias", event.start_mark.index)
        anchors.add(getattr(event, "anchor", None) or "")
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            stack.append((_open(event, kind, text), []))
            if len(stack) > MAX_DEPTH:
                raise UnpatchableError("the data is nested too deeply", event.start_mark.index)
            continue
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            node, children = stack.pop()
            _close(node, children, event.end_mark.index, text)
        elif kind in ("ScalarEvent", "AliasEvent"):
            node = _leaf(event, kind, resolve, text)
        else:
            continue
        if stack:
            stack[-1][1].append(node)
        elif root:
            raise UnpatchableError("the file holds more than one document", node.start)
        else:
            root = node
    if root is None or root.is_empty:
        return Node("map", len(text), len(text), tag="map")
    return root


def _open(event: Any, kind: str, text: str) -> Node:
    node = Node("map" if kind.startswith("M") else "seq", event.start_mark.index)
    node.tag = event.tag or node.kind
    node.anchor = event.anchor or ""
    if event.flow_style:
        bracket = _skip(_PROPERTIES, text, node.start)
        node.opening = bracket if text[bracket : bracket + 1] in ("[", "{") else -2
    return node


def _close(node: Node, children: list[Node], end: int, text: str) -> None:
    if node.kind == "map":
        pairs = zip(children[::2], children[1::2], strict=True)
        node.entries = [Entry(_key(key), key.start, value) for key, value in pairs]
    else:
        node.entries = [Entry("", child.start, child) for child in children]
    if node.opening != -1:
        node.end = end
        return
    node.end = children[-1].end if children else end
    if node.kind == "seq":
        before = _skip(_PROPERTIES, text, node.start)
        for entry in node.entries:
            entry.start = _dash(text, before)
            before = max(entry.value.end, entry.start + 1)


def _key(node: Node) -> str:
    if node.kind != "scalar":
        raise UnreadableError("a key is no plain word", node.start)
    return node.text


def _leaf(event: Any, kind: str, resolve: Resolve, text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    if kind == "AliasEvent":
        return Node("alias", start, end, text=event.anchor)
    plain = event.implicit[0]
    tag = event.tag
    if tag is None or tag == "!":
        tag = resolve(event.value, plain)
    tag = str(tag).removeprefix("tag:yaml.org,2002:")
    node = Node("scalar", start, end, tag, event.value, anchor=event.anchor or "")
    if event.style in ("|", ">"):
        node.form = event.style
        node.end = _block_end(text, start, end)
    elif plain and tag in ("null", "bool"):
        node.text = "" if tag == "null" else event.value.lower()
    return node


def _block_end(text: str, start: int, end: int) -> int:
    """Where the last line of a block scalar ends; a blank tail counts only if kept (`+`)."""
    header = text[_skip(_PROPERTIES, text, start) : line_end(text, start)].split("#", maxsplit=1)[0]
    if "+" not in header:
        return start + len(text[start:end].rstrip())
    return line_end(text, end - 1) if line_start(text, end) == end else end


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _dash(text: str, at: int) -> int:
    """The next dash, comments skipped."""
    while text[at : at + 1] not in ("-", ""):
        at = line_end(text, at) if text[at] == "#" else at + 1
    return at
