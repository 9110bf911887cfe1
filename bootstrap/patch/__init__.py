"""Patches files that the user shares with the template: nothing of the user's is lost.

Never load, edit, dump: a file is parsed for its places, text is spliced in its own style, and the
result is read again and proved. What can't be proved is refused, with the snippet to paste.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bootstrap.patch import blocks, lines, markdown, script
from bootstrap.patch.editorconfig import EDITORCONFIG
from bootstrap.patch.edits import State, line_number, locate
from bootstrap.patch.just import JUST
from bootstrap.patch.make import MAKE
from bootstrap.patch.model import (
    Inserted,
    Kept,
    Patched,
    Refused,
    Shape,
    UnpatchableError,
    UnreadableError,
)

__all__ = ["Inserted", "Kept", "Patched", "Refused", "Shape", "patch"]

MAX_BYTES = 4 * 1024 * 1024
"""A larger file is not read."""

BOM = "\ufeff"
_STRUCTURED = ("yaml", "json", "toml")
LANGUAGES = {"make": MAKE, "just": JUST, "editorconfig": EDITORCONFIG}
"""The formats of files that are made of named blocks."""

_MARK = re.compile(r"(?<!\$)\{\{[^{}\n]{0,200}\}\}|\{%[^%\n]{0,200}%\}")
"""A template mark; `${{ … }}` is none, it is a string of GitHub's."""


def patch(
    ours: bytes,
    base: bytes | None,
    want: bytes | None,
    shape: Shape,
    inserted: Sequence[Inserted] = (),
    whole: bool = False,
) -> Patched | Refused:
    """Lead `ours` from what the template said (`base`) to what it says now (`want`).

    `base` is the rendered file as it was last merged here (None: never), `want` the rendered file
    now (None: it goes). `inserted` is what the record says is ours in `ours`; a text that is not at
    its offset any more is looked for. `whole`: all of the file was rendered by us.
    """
    text = ""
    try:
        text = _decoded(ours)
        before = _decoded(base) if base is not None else None
        after = _decoded(want) if want is not None else None
        state = _patched(text, before, after, shape, inserted, whole=whole)
    except UnpatchableError as error:
        snippet = _snippet(text, base, want, shape, inserted)
        return Refused(_reason(error, text), line_number(text, error.offset), snippet)
    bom = BOM if ours.startswith(BOM.encode()) else ""
    return Patched((bom + state.text).encode(), state.inserted, state.kept)


def _patched(
    text: str,
    base: str | None,
    want: str | None,
    shape: Shape,
    inserted: Sequence[Inserted],
    *,
    whole: bool,
) -> State:
    kind = shape.format
    found, lost = locate(text, inserted, by_lines=kind != "json", scalars=kind == "yaml")
    state = State(text, found, lost, whole)
    if shape.format in _STRUCTURED:
        from bootstrap.patch import data  # brings two YAML readers, which take their time

        return data.transition(shape.format, state, base, want, shape.lists)
    if shape.format == "markdown":
        return markdown.transition(state, base, want)
    if shape.format == "lines":
        return lines.transition(state, base, want, lines.RULES[shape.at])
    if shape.format == "script":
        return script.transition(state, base, want)
    if shape.format in LANGUAGES:
        return blocks.transition(state, base, want, LANGUAGES[shape.format])
    raise ValueError(f"no such format: {shape.format}")


def _decoded(raw: bytes) -> str:
    """The text without its byte order mark; UnpatchableError if it is none."""
    if len(raw) > MAX_BYTES:
        raise UnpatchableError(f"the file is larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise UnpatchableError("the file is not in UTF-8") from error
    if "\0" in text:
        raise UnpatchableError("the file is binary")
    text = text.removeprefix(BOM)
    if "\r" in text.replace("\r\n", ""):
        raise UnpatchableError("the file has carriage returns within lines")
    return text


def _reason(error: UnpatchableError, text: str) -> str:
    """The reason; what a reader says of another tool's template would lead nowhere."""
    if isinstance(error, UnreadableError) and _MARK.search(text):
        return "it is a template of another tool"
    return error.reason


def _snippet(
    text: str,
    base: bytes | None,
    want: bytes | None,
    shape: Shape,
    inserted: Sequence[Inserted],
) -> str:
    """What to paste, indented as the file is; for a removal what to take out."""
    if want is None and inserted:
        return "\n".join(stretch.text.strip("\r\n") for stretch in inserted) + "\n"
    raw = want if want is not None else base or b""
    wanted = raw.decode(errors="replace").removeprefix(BOM).replace("\r\n", "\n")
    if shape.format in _STRUCTURED:
        from bootstrap.patch import data

        return data.snippet(shape.format, text, wanted)
    return wanted
