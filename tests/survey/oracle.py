"""What a file says, and what it has to say after an edit, by readers that the patch engine doesn't know."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.survey import judge

Tree = tuple[str, Any]
"""("map", [(key, tree), …]), ("seq", [tree, …]) or (type, text)."""
Read = Callable[[str, bytes], list[Tree]]
"""Format and content → what it says, under each version of the format."""

NOTHING: Tree = ("null", "")
SEVERAL = "more than one document"
"""Why a YAML file has no data that could be compared."""


class UnreadableError(ValueError):
    """The content is not in its format."""


# --- readers --------------------------------------------------------------------------------------


class _Words(judge.AnyTag):
    """Reads on, off, yes and no as what is written there."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in rules if first not in "oOyYnN" or "bool" not in tag]
    for first, rules in judge.AnyTag.yaml_implicit_resolvers.items()
}


def text_of(content: bytes) -> str:
    """The decoded content without a byte order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("not in UTF-8") from error


def read(form: str, content: bytes) -> list[Tree]:
    """Read with Python alone; YAML under version 1.1 only."""
    text = text_of(content)
    if form in {"lines", "markdown"}:
        return [("seq", [("line", line.rstrip()) for line in text.splitlines() if line.strip()])]
    try:
        return [_tree(_data(form, text))]
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise UnreadableError(str(error).partition("\n")[0]) from error


def _data(form: str, text: str) -> Any:
    if form == "toml":
        return tomllib.loads(text)
    if form == "yaml":
        return _only(list(yaml.load_all(text, _Words)))
    return json.loads(judge.bare_json(text)) if text.strip() else None


def _only(documents: list[Any]) -> Any:
    if documents[1:]:
        raise ValueError(SEVERAL)
    return documents[0] if documents else None


def _tree(data: Any) -> Tree:
    if isinstance(data, dict):
        return "map", [(str(key), _tree(value)) for key, value in data.items()]
    if isinstance(data, list):
        return "seq", [_tree(item) for item in data]
    return NOTHING if data is None else (type(data).__name__, str(data))


class Node:
    """Reads YAML and JSON through reader.mjs, whose packages are in a folder; the rest as `read` does."""

    def __init__(self, packages: Path) -> None:
        command = [shutil.which("node") or "node", str(Path(__file__).with_name("reader.mjs"))]
        self.process = subprocess.Popen(
            [*command, str(packages)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __call__(self, form: str, content: bytes) -> list[Tree]:
        if form not in {"yaml", "json"}:
            return read(form, content)
        answer = self._ask({"format": form, "text": text_of(content)})
        if "error" in answer:
            raise UnreadableError(answer["error"])
        return [_tuples(tree) for tree in answer["data"]]

    def _ask(self, request: dict[str, str]) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the reader ended")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def _tuples(tree: list[Any]) -> Tree:
    kind, value = tree
    if kind == "map":
        return kind, [(key, _tuples(below)) for key, below in value]
    return kind, [_tuples(item) for item in value] if kind == "seq" else value


def readers(packages: Path) -> list[Read]:
    """All readers that there are here, the most independent first."""
    return [Node(packages), read] if (packages / "node_modules").is_dir() else [read]


def reading(known: Sequence[Read], form: str, content: bytes) -> tuple[Read, list[Tree]]:
    """The first reader that can read a content, and what it reads; else the first one's error."""
    problems: list[UnreadableError] = []
    for one in known:
        try:
            return one, one(form, content)
        except UnreadableError as error:
            problems.append(error)
    raise problems[0]


# --- what an edit has to do -----------------------------------------------------------------------


def grown(old: Tree, want: Tree) -> Tree:
    """The old data with all of the wanted in it: new keys and items last, what is set otherwise stays."""
    if old == NOTHING:
        return want
    if old[0] == want[0] == "seq":
        return "seq", [*old[1], *(item for item in want[1] if item not in old[1])]
    if old[0] != "map" or want[0] != "map":
        return old
    known, wanted = dict(old[1]), dict(want[1])
    below = [(key, grown(value, wanted[key]) if key in wanted else value) for key, value in old[1]]
    return "map", [*below, *(entry for entry in want[1] if entry[0] not in known)]


def difference(form: str, found: list[Tree], wanted: list[Tree]) -> str:
    """Where two readings differ first; empty if they say the same."""
    pairs = zip(found, wanted, strict=True)
    places = (
        _place(_sorted(one), _sorted(two)) if form == "toml" else _place(one, two)
        for one, two in pairs
    )
    return next((place for place in places if place), "")


def _place(found: Tree, wanted: Tree, at: str = "$") -> str:
    if found == wanted:
        return ""
    if found[0] != wanted[0] or found[0] not in {"map", "seq"}:
        return f"{at} is {_short(found)}, not {_short(wanted)}"
    names = [key for key, _ in wanted[1]] if wanted[0] == "map" else range(len(wanted[1]))
    for name, one, two in zip(names, found[1], wanted[1], strict=False):
        if one != two and (found[0] == "seq" or one[0] == two[0]):
            values = (one, two) if found[0] == "seq" else (one[1], two[1])
            return _place(*values, f"{at}.{name}")
    return f"{at} has other keys or items: {_short(found)}, not {_short(wanted)}"


def _sorted(tree: Tree) -> Tree:
    """The same data, keys in alphabetical order: in TOML a table can be continued anywhere."""
    if tree[0] == "map":
        return "map", sorted((key, _sorted(value)) for key, value in tree[1])
    return ("seq", [_sorted(item) for item in tree[1]]) if tree[0] == "seq" else tree


def _short(tree: Tree) -> str:
    kind, value = tree
    said = repr(
        [key for key, _ in value] if kind == "map" else len(value) if kind == "seq" else value
    )
    return f"{kind} {said if len(said) < 120 else said[:50] + '…' + said[-60:]}"
