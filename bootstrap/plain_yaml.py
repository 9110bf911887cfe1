"""Reads YAML that should be ours but may come from anybody: no aliases, bounded size and depth."""

from __future__ import annotations

from typing import Any

import yaml

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""That of libyaml is seven times as fast as the one in Python; PyYAML may come without it."""


def load(text: str) -> Any:
    """The data in `text`; ValueError if it is no YAML, or more than our own files ever hold.

    The fast loader recurses in C and would take the process down with it, so depth is counted on
    the stream of events before, which is flat.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError("it is too large")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("it has aliases")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ValueError("it is nested too deeply")
        return yaml.load(text, Loader=LOADER)  # noqa: S506 - it is the safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(
            f"broken YAML in line {mark.line + 1}" if mark else "broken YAML"
        ) from None
