"""The proofs, made on the user's own file before it is written.

Readers other than the splicer's own say what the file meant before and what it means now; the
difference has to be exactly the plan. Trees of types and texts are compared, never Python objects,
so that unknown tags, `on`, dates, merge keys and duplicate keys can't blur it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from bootstrap.patch import json as jsonc
from bootstrap.patch import yaml_reader as yaml_1_1
from bootstrap.patch.model import UnpatchableError
from bootstrap.patch.ops import Plan
from bootstrap.patch.tree import EMPTIED, Entry, Node, Path, at, copy, same


def prove(kind: str, before: str, after: str, want: str, plan: Plan) -> None:
    """UnpatchableError unless all readers of `kind` find in `after` what the plan says."""
    ordered = kind != "toml"
    for name, reader in READERS[kind].items():
        try:
            wanted = expected(reader.given(before), reader.given(want), plan)
            found = reader.proof(after)
        except (ValueError, IndexError, RecursionError, YAMLError, UnpatchableError) as error:
            said = getattr(error, "problem", None) or str(error) or type(error).__name__
            problem = str(said).splitlines()[0]
            raise UnpatchableError(f"{name} can't read it: {problem}") from error
        if not same(wanted, found, ordered=ordered):
            raise UnpatchableError(f"an edit would change other data, as {name} reads it")
    strict = kind == "json" and before.strip() and jsonc.is_strict(before)
    if strict and not jsonc.is_strict(after):
        raise UnpatchableError("an edit would make the file unreadable for strict readers")


def expected(before: Node, want: Node, plan: Plan) -> Node:
    """The tree that `plan` makes of `before`."""
    root = copy(before)
    for replacement in plan.replacements:
        entry = at(root, replacement.path).entries[replacement.index]
        entry.value = at(want, (*replacement.want_path, replacement.want_index))
    for insertion in plan.insertions:
        node, source = at(root, insertion.path), at(want, insertion.want_path)
        if not node.is_collection:
            node.kind, node.tag, node.text = source.kind, source.tag, ""
        node.entries += [source.entries[index] for index in insertion.indices]
    for deletion in sorted(plan.deletions, key=lambda op: op.path, reverse=True):
        for index in sorted(deletion.indices, reverse=True):
            del at(root, deletion.path).entries[index]
        vanishes = deletion.node.form in ("implicit", "dotted", "array")
        _mark_emptied(root, deletion.path, vanishes=vanishes)
    return root


def _mark_emptied(root: Node, path: Path, *, vanishes: bool) -> None:
    node = at(root, path)
    if node.entries:
        return
    if vanishes and path:
        parent = at(root, path[:-1])
        del parent.entries[path[-1]]
    else:
        node.kind = EMPTIED


# --- readers


def _yaml_1_1(text: str) -> Node:
    return yaml_1_1.parse(text).root


_RESOLVER_1_2 = YAML(typ="safe", pure=True).resolver
"""Of a reader that reads nothing itself: a `%YAML` line would change its version."""


def _resolve_1_2(value: str, plain: bool) -> str:
    return str(_RESOLVER_1_2.resolve(ScalarNode, value, (plain, not plain)))


def _yaml_1_2_given(text: str) -> Node:
    return yaml_1_1.parse(text, _resolve_1_2).root


def _yaml_1_2(text: str) -> Node:
    whole = text if text.endswith("\n") else text + "\n"
    events = YAML(typ="safe", pure=True).parse(whole)
    return yaml_1_1.build(events, _resolve_1_2, whole)


def _json(text: str) -> Node:
    try:
        return _strict_json(text)
    except ValueError:
        bare = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\r\n]*|/\*[\s\S]*?\*/', r"\1", text)
        bare = re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])', r"\1", bare)
        return _strict_json(bare) if bare.strip() else Node("map", tag="map")


def _strict_json(text: str) -> Node:
    number: Callable[[str], Any] = lambda digits: ("number", digits)  # noqa: E731
    return _plain(json.loads(text, object_pairs_hook=_Pairs, parse_float=number, parse_int=number))


def _toml(text: str) -> Node:
    return _plain(tomllib.loads(text))


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, duplicates included."""


def _plain(value: Any) -> Node:
    """Data of the standard library's readers as a tree."""
    if isinstance(value, dict):
        value = _Pairs(value.items())
    if isinstance(value, _Pairs):
        return Node("map", tag="map", entries=[Entry(key, 0, _plain(item)) for key, item in value])
    if isinstance(value, list):
        return Node("seq", tag="seq", entries=[Entry("", 0, _plain(item)) for item in value])
    if isinstance(value, tuple):
        return Node("scalar", tag=value[0], text=value[1])
    return Node("scalar", tag=type(value).__name__, text=repr(value))


@dataclass(frozen=True)
class _Reader:
    """Reads one text twice over: what the edit starts from, and what came of it.

    Both have to agree on the whole result, so `given` may be the fast one.
    """

    given: Callable[[str], Node]
    proof: Callable[[str], Node]


READERS: Mapping[str, Mapping[str, _Reader]] = {
    "yaml": {
        "PyYAML (1.1)": _Reader(_yaml_1_1, _yaml_1_1),
        "ruamel.yaml (1.2)": _Reader(_yaml_1_2_given, _yaml_1_2),
    },
    "json": {"json": _Reader(_json, _json)},
    "toml": {"tomllib": _Reader(_toml, _toml)},
}
