"""EditorConfig: a later section overrides an earlier one for the files that both match.

So a section that comes, changes or goes may match no file of theirs, whatever it says; that is
stricter than need be, and needs no second reader of all settings. https://spec.editorconfig.org
"""

from __future__ import annotations

import re

from bootstrap.effects.rules import matched
from bootstrap.effects.world import World, between, lines_of
from bootstrap.plan import Change

NAME = ".editorconfig"

_PLAIN = re.compile(rb"[\w./*?@+~-]+")
_BRACES = re.compile(rb"\{[^{}/]*\}")


def effect(world: World, change: Change) -> str:
    """What a change does to a path of theirs; empty if it does nothing."""
    old, new = between(_properties(change.before), _properties(change.after))
    globs = {glob for glob, _ in [*old, *new]}
    folder = change.path.removesuffix(NAME)
    if not globs:
        return ""
    paths = world.theirs(folder) if folder else matched(world, map(_wider, globs), "true")
    path = min(paths, default=None)
    return "" if path is None else f"tell editors how to treat {path}"


def _properties(content: bytes | None) -> list[tuple[bytes, bytes]]:
    """Each property after the glob of its section; those above the first section hold for all."""
    glob, found = b"*", []
    for line in map(bytes.strip, lines_of(content)):
        if line.startswith(b"["):
            glob = line[1 : line.rfind(b"]")]
        elif line and not line.startswith((b"#", b";")):
            found.append((glob, line))
    return found


def _wider(glob: bytes) -> bytes:
    """A pattern of an ignore file that matches what the glob does, or more.

    In a glob `**` may also stand for a part of a name, so all that follows it is left open.
    """
    head, stars, _ = _BRACES.sub(b"*", glob).partition(b"**")
    return head + stars[:1] if _PLAIN.fullmatch(head + stars) else b"*"
