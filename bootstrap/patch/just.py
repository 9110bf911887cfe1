"""Justfiles: a recipe is a block, named as it is called; its attributes come along."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bootstrap.patch.blocks import Language
from bootstrap.patch.model import UnpatchableError
from bootstrap.patch.sheet import Kind, Row

_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)(?:\s.*?)?:(?!=)")
_SETTING = re.compile(
    r"(?:(?:export|eager|lazy)\s+)?[A-Za-z_][\w-]*\s*:="
    r"|(?:alias|set)\s+[A-Za-z_][\w-]*\s*(?::=|$)|(?:unexport|mod\??)\s+[A-Za-z_]|import\??\s*['\"x]"
)
_NAMED = r"(?m)^(?:alias|mod\??)[ \t]+{}\b(?!-).*$"
_IMPORT = re.compile(r"^import\??[ \t]*['\"x]", re.MULTILINE)


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    for line in lines:
        recipe = None if _SETTING.match(line) else _RECIPE.match(line)
        if not line.strip():
            yield Row(Kind.AROUND)
        elif line[0].isspace():
            yield Row(Kind.BODY)
        elif line.startswith(("#", "[")):
            yield Row(Kind.NOTE)
        elif recipe:
            yield Row(Kind.HEAD, (recipe[1],))
        else:
            yield Row(Kind.OTHER)


def _check_end(text: str) -> None:
    if text.rstrip("\r\n").endswith("\\"):
        raise UnpatchableError("its last line goes on", len(text))
    if found := _IMPORT.search(text):
        raise UnpatchableError(
            "it imports recipes, among which may be one of the same name", found.start()
        )


def _use(text: str, name: str) -> str:
    found = re.search(_NAMED.format(re.escape(name)), text)
    return found[0].strip() if found else ""


JUST = Language("recipe", _rows, _check_end, _use)
