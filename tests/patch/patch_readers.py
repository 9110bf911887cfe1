"""What files say, as the usual readers see it: nothing of the patch engine is used here."""

from __future__ import annotations

import json
import re
import tomllib
import warnings
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning

_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\r\n]*|/\*.*?\*/', re.DOTALL)
_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')


class _Reader(yaml.BaseLoader):
    """Scalars as they are written, but for null; any tag is fine."""


_Reader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("~|null|"), ["~", "n", ""])
_Reader.add_constructor("tag:yaml.org,2002:null", lambda reader, node: None)


def data(kind: str, text: str) -> Any:
    """The data of a file; the lines that are not blank, where each stands for itself."""
    text = text.removeprefix("\ufeff")
    if kind == "yaml":
        # A block scalar that the end of the file cuts short means the same with a last newline.
        return yaml.load(text if text.endswith("\n") else text + "\n", _Reader) or {}
    if kind == "json":
        for noise in (_COMMENT, _COMMA):
            text = noise.sub(lambda found: found[1] or "", text)
        return json.loads(text.strip() or "{}")
    if kind == "toml":
        return tomllib.loads(text.replace("\r\n", "\n"))
    return [line.strip() for line in text.splitlines() if line.strip() and line[:2] != "#!"]


def check_readable(kind: str, text: str) -> None:
    """An error unless the readers of that kind of file can read it; YAML's need not make data."""
    if kind == "yaml":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            YAML(pure=True).compose(text if text.endswith("\n") else text + "\n")
    else:
        data(kind, text)


def holds(big: Any, small: Any) -> bool:
    """Whether all of `small` is somewhere in `big`, at the same keys."""
    if isinstance(small, dict) and isinstance(big, dict):
        return all(key in big and holds(big[key], value) for key, value in small.items())
    if isinstance(small, list) and isinstance(big, list):
        return all(any(holds(mine, item) for mine in big) for item in small)
    return bool(big == small) or (not small and not big)


def unordered(value: Any) -> Any:
    """The data without the order of its lists."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((unordered(item) for item in value), key=repr)
    return value


def grown(before: Any, after: Any) -> int:
    """How many collections of `before` have more entries in `after`."""
    if type(before) is not type(after) or not isinstance(before, dict | list):
        return 0
    pairs = (
        [(before[key], after.get(key)) for key in before]
        if isinstance(before, dict)
        else zip(before, after, strict=False)
    )
    return (len(after) > len(before)) + sum(grown(one, two) for one, two in pairs)
