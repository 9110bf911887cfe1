"""Conflict markers: finding them, and taking the two sides of a file apart."""

from __future__ import annotations

import re

_OPEN, _MIDDLE, _CLOSE = re.compile(r"<{7} "), re.compile(r"={7}\r?$"), re.compile(r">{7} ")
_BASE = re.compile(r"\|{7} ")


def marked(content: bytes) -> bool:
    """Whether a file holds a conflict that git left for a person to resolve."""
    return any(line.startswith(b"<<<<<<< ") for line in content.splitlines()) and any(
        line.startswith(b">>>>>>> ") for line in content.splitlines()
    )


def sides(text: str) -> tuple[str, str]:
    """The two versions that a file with conflict markers is made of."""
    one: list[str] = []
    two: list[str] = []
    into: tuple[list[str], ...] = (one, two)
    for line in text.splitlines(keepends=True):
        if _OPEN.match(line):
            into = (one,)
        elif _BASE.match(line):
            into = ()
        elif _MIDDLE.match(line):
            into = (two,)
        elif _CLOSE.match(line):
            into = (one, two)
        else:
            for part in into:
                part.append(line)
    return "".join(one), "".join(two)
