"""Makefiles: a rule with its recipe is a block, named by its targets.

A name is theirs where it is a target, a prerequisite or declared phony, where the pattern of a rule
fits it, and, if targets come out of variables or functions, wherever it stands. New targets go to
the end, so the default one stays; a Makefile without any had none to keep.
https://www.gnu.org/software/make/manual/make.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bootstrap.patch.blocks import Language
from bootstrap.patch.lines import split
from bootstrap.patch.model import UnpatchableError
from bootstrap.patch.sheet import Kind, Row

_SEPARATOR = re.compile(r"[?+!]?=|:{1,3}=|&?::?")
_VARIABLE = re.compile(
    r"\s*(?:(?:override|export|unexport|private)\s+)*[^\s:=;]+\s*(?:[?+!]?=|:{1,3}=)"
)
_DIRECTIVE = re.compile(
    r"\s*(?:-?include|sinclude|-?load|vpath|export|unexport|override|private|undefine)\b(?!\s*:)"
)
_INCLUDE = re.compile(r"\s*(?:-?include|sinclude)\s+(?!\.env\S*\s*$)")
_PREFIX = re.compile(r"\s*\.RECIPEPREFIX\s*[:?+]?=")
_CONDITION = re.compile(r"\s*(?:(if)(?:eq|neq|def|ndef)|else|(endif))\b")
_DEFINE = re.compile(r"\s*(?:(?:override|export|private)\s+)*define\b(?!\s*[:=])")
_ENDEF = re.compile(r"\s*endef\b")
_MAKES_TARGETS = re.compile(r"\$[({]eval\b|^\s*define\b")


@dataclass(frozen=True)
class _Line:
    """A line; one that a backslash joins to the line above has no text of its own."""

    kind: Kind
    text: str = ""
    targets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """What stands behind the colon."""

    @property
    def row(self) -> Row:
        if self.targets == (".PHONY",):
            return Row(self.kind, (f".PHONY: {' '.join(self.sources)}",), self.sources)
        return Row(self.kind, self.targets if self.kind is Kind.HEAD else ())


def _read(lines: Sequence[str]) -> Iterator[_Line]:
    """A line for each line."""
    defines, recipe = 0, False
    for count, text in _joined(lines):
        defines_here = not text.startswith("\t") and bool(_DEFINE.match(text))
        if defines or defines_here:
            defines += defines_here - bool(not text.startswith("\t") and _ENDEF.match(text))
            line, recipe = _Line(Kind.OTHER, text), False
        elif recipe and text.startswith("\t"):
            line = _Line(Kind.BODY, text)
        elif not text.strip() or _CONDITION.match(text):
            line = _Line(Kind.AROUND, text)
        elif text.lstrip().startswith("#"):
            line = _Line(Kind.NOTE, text)
        else:
            line = _statement(text)
            recipe = line.kind is Kind.HEAD
        yield line
        for _ in range(count - 1):
            yield _Line(Kind.BODY if line.kind is Kind.HEAD else line.kind)


def _joined(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """How many lines make one, and that one."""
    parts: list[str] = []
    for line in lines:
        parts.append(line)
        if (len(line) - len(line.rstrip("\\"))) % 2 == 0:
            yield len(parts), " ".join(parts)
            parts = []
    if parts:
        yield len(parts), " ".join(parts)


def _statement(text: str) -> _Line:
    if _PREFIX.match(text):
        raise UnpatchableError("it sets another sign than the tab for its recipes")
    code = re.split(r"(?<!\\)#", text, maxsplit=1)[0].replace("\\", " ")
    flat = _flat(code)
    found = _SEPARATOR.search(flat)
    if not found or found[0].endswith("=") or _DIRECTIVE.match(text):
        return _Line(Kind.OTHER, text)
    words = re.finditer(r"\S+", flat[: found.start()])
    targets = tuple(code[word.start() : word.end()] for word in words)
    behind = flat[found.end() :].partition(";")[0]
    if not targets or _VARIABLE.match(behind):
        return _Line(Kind.OTHER, text, targets)
    sources = tuple(re.split(r"[\s:|]+", behind.strip()))
    special = all(re.match(r"\.[A-Z]", target) for target in targets) and targets != (".PHONY",)
    return _Line(Kind.OTHER if special else Kind.HEAD, text, targets, sources)


def _flat(code: str) -> str:
    """The code with what stands in `$(…)` or `${…}` made the same number of `$`."""
    depth, out = 0, []
    for at, sign in enumerate(code):
        if sign in "({" and (depth or code[at - 1 : at] == "$"):
            depth += 1
        out.append("$" if depth else sign)
        if sign in ")}" and depth:
            depth -= 1
    return "".join(out)


def _check_end(text: str) -> None:
    lines = list(_read([*split(text), "end:"]))
    if lines[-1].kind is not Kind.HEAD:
        raise UnpatchableError("it ends within a definition or a line", len(text))
    depth = 0
    for line in lines:
        if line.kind is Kind.AROUND and (found := _CONDITION.match(line.text)):
            depth += bool(found[1]) - bool(found[2])
        elif line.kind is Kind.OTHER and _INCLUDE.match(line.text):
            where = max(text.find(line.text), 0)
            raise UnpatchableError("it includes files that may have targets of these names", where)
    if depth:
        raise UnpatchableError("it ends within a condition", len(text))


def _use(text: str, name: str) -> str:
    lines = [line for line in _read(split(text)) if line.kind not in (Kind.BODY, Kind.NOTE)]
    made = any("$" in "".join(line.targets) or _MAKES_TARGETS.search(line.text) for line in lines)
    word = re.compile(rf"(?<![\w.%/-]){re.escape(name)}(?![\w.%/-])")
    for line in lines:
        named = name in line.sources or any(_fits(target, name) for target in line.targets)
        if named or (made and word.search(line.text)):
            return line.text
    return ""


def _fits(target: str, name: str) -> bool:
    """Whether a rule for `target` is one for `name` too."""
    head, sign, tail = target.partition("%")
    around = bool(sign) and name.startswith(head) and name.endswith(tail)
    return target in (name, ".DEFAULT") or (around and len(name) > len(head) + len(tail))


MAKE = Language("target", lambda lines: (line.row for line in _read(lines)), _check_end, _use)
