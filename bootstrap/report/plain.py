"""Text from a repository for a terminal: nothing in it may act on the terminal."""

from __future__ import annotations

import json
import re

_ACTS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""What JSON may hold and a terminal obeys, hides or can't encode; JSON escapes the rest itself."""


def clean(text: str) -> str:
    """Text on one line, with everything that is not printable shown as an escape."""
    line = " ".join(text.split())
    return "".join(map(_visible, line))


_OWN_COLOUR = re.compile(r"(\x1b\[(?:[0124]|3[1-6]|90)m)")


def shown(text: str) -> str:
    """A whole screen with our colours, in which nothing else acts on the terminal."""
    parts = _OWN_COLOUR.split(text)
    parts[::2] = ["".join(map(_visible, part)) for part in parts[::2]]
    return "".join(parts)


def _visible(c: str) -> str:
    return c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode()


def as_json(data: object) -> str:
    """JSON of the same value in which no character acts on a terminal."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    return _ACTS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
