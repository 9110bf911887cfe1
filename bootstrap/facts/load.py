"""Bounded readers of untrusted YAML, JSON and TOML; what can't be read is None.

Every YAML scalar stays a string that knows its line, so `on:` is a key and `3.10` a version.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import yaml

from bootstrap.plain_yaml import LOADER

MAX_ALIASES = 200
MAX_NODES = 200_000
MAX_DEPTH = 60


class Text(str):
    """A YAML scalar and the line (counted from 1) at which its value begins."""

    __slots__ = ("line",)
    line: int


class _TooMuchError(Exception):
    pass


def line_of(value: object) -> int:
    """The line of a YAML scalar; 0 for anything else."""
    return value.line if isinstance(value, Text) else 0


def load_yaml(text: str) -> Any:
    """The first document: dicts, lists and Text.

    Built from events without recursion. Aliases share one object, which is why they are capped
    only by number and a merge key (`<<`) by the nodes that it copies.
    """
    try:
        return _Builder().build(text)
    except (yaml.YAMLError, _TooMuchError, ValueError):
        return None


class _Builder:
    def __init__(self) -> None:
        self.anchors: dict[str, Any] = {}
        self.nodes = 0
        self.aliases = 0
        # One entry per open collection: the collection, and the key that waits for its value.
        self.open: list[tuple[Any, list[Any]]] = []
        self.root: Any = None

    def build(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=LOADER):
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise _TooMuchError
            if isinstance(event, yaml.ScalarEvent):
                self.add(_scalar(event), event.anchor)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self.start({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
            elif isinstance(event, yaml.AliasEvent):
                self.alias(event.anchor or "")
            elif isinstance(event, yaml.DocumentEndEvent):
                break
        return self.root

    def start(self, collection: Any, anchor: str | None) -> None:
        self.add(collection, anchor)
        self.open.append((collection, []))
        if len(self.open) > MAX_DEPTH:
            raise _TooMuchError

    def alias(self, anchor: str) -> None:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise _TooMuchError
        self.add(self.anchors.get(anchor), None)

    def add(self, value: Any, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = value
        if not self.open:
            self.root = value
            return
        collection, key = self.open[-1]
        if isinstance(collection, list):
            collection.append(value)
        elif not key:
            key.append(value)
        else:
            self.put(collection, key.pop(), value)

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        if key == "<<":
            for source in value if isinstance(value, list) else [value]:
                if isinstance(source, dict):
                    self.nodes += len(source)
                    mapping.update({k: v for k, v in source.items() if k not in mapping})
        elif isinstance(key, str):
            mapping[key] = value


def _scalar(event: yaml.ScalarEvent) -> Text:
    value, mark = Text(event.value), event.start_mark
    # A block scalar begins on the line after its indicator.
    value.line = (mark.line if mark else 0) + (2 if event.style in ("|", ">") else 1)
    return value


def load_json(text: str) -> Any:
    """JSON, with comments and trailing commas allowed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_without_comments(text))
    except (ValueError, RecursionError):
        return None


_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)


def _without_comments(text: str) -> str:
    def keep(match: re.Match[str]) -> str:
        return match[0] if match[0][0] == '"' else ""

    return _JSON_TOKEN.sub(keep, _JSON_TOKEN.sub(keep, text))


def load_toml(text: str) -> dict[str, Any] | None:
    """A TOML document, or None."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None


def dig(data: Any, *keys: str) -> Any:
    """The value below nested mappings, or None where one is missing."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def mapping(data: Any) -> dict[str, Any]:
    """`data` if it is a mapping, else an empty one."""
    return data if isinstance(data, dict) else {}


def strings(data: Any) -> list[str]:
    """The strings of a list, a lone string, or nothing."""
    if isinstance(data, str):
        return [data]
    return [item for item in data if isinstance(item, str)] if isinstance(data, list) else []
