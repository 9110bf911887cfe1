"""CODEOWNERS files, translated into attributes that git can answer for.

Owners are what a rule of theirs says: whoever it names, also nobody, stays. A path that no line
matches which was there before and still is may get owners, since somebody asked for a pod.

In both a pattern is as in gitignore(5) and the last one that matches wins. In CODEOWNERS a folder
holds for all that lies in it, but `docs/*` only for what lies directly there; there is no `!`, and
`[` stands for itself. GitLab's sections each have owners of their own.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
https://docs.gitlab.com/user/project/codeowners/reference/
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from bootstrap.effects.rules import ATTRIBUTES, Meaning, Rules, difference
from bootstrap.effects.world import BOM, World, lines_of
from bootstrap.plan import Change
from bootstrap.repo import decode

PLACES = (
    (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
)
"""Where GitHub and GitLab look; the first file found counts."""

MAX_BYTES = 3 * 1024 * 1024
"""GitHub does not load a larger file."""

_SECTION = re.compile(rb"\^?\[[^]]+\](?:\[\d+\])?(?:\s+(.*))?")
_SPACE = re.compile(rb"(?<!\\)[ \t]+")


def effect(world: World, change: Change) -> str:
    """What a change of a CODEOWNERS file does to a path of theirs; empty if it does nothing."""
    places = (one for one in PLACES if change.path in one)
    return next((found for one in places if (found := _effect(world, change, one))), "")


def _effect(world: World, change: Change, places: Sequence[str]) -> str:
    """The same where one forge looks; another file may count after the change."""
    later = World(world.repo, world.ours, world.planned | {change.path: change.after})
    old, new = _first(world, places), _first(later, places)
    # The patch engine takes out lines of ours only, so whatever stays in the file holds theirs.
    same = world.read(change.path) == old and later.read(change.path) == new
    numbers: dict[bytes, int] = {}
    before, after = (as_attributes(content, numbers) for content in (old, new))
    held = as_attributes(_in_both(old, new) if same else old, None)
    names = [decode(name) for name in numbers]

    def say(path: str, *meanings: Meaning) -> str:
        old, new = (
            " ".join(sorted({names[int(one)] for one in said.values()})) for said in meanings
        )
        return f"change the owners of {path} from {old or 'nobody'} to {new or 'nobody'}"

    return difference(world, Rules(ATTRIBUTES, before, after, translated=True, held=held), say)


def _in_both(old: bytes, new: bytes) -> bytes:
    stays = set(lines_of(new))
    return b"\n".join(line for line in lines_of(old) if line in stays)


def _first(world: World, places: Sequence[str]) -> bytes:
    return next((found for path in places if (found := world.read(path)) is not None), b"")


def as_attributes(content: bytes, numbers: dict[bytes, int] | None) -> bytes:
    """An attributes file with `owners0=3` for what those with number 3 own.

    There is one attribute for each section; what nobody owns has none. Owners that have no number
    yet are given one. Without `numbers` whatever a rule matches has the attribute `owners0`, also
    if the rule names nobody.
    """
    readable = content.removeprefix(BOM) if len(content) <= MAX_BYTES else b""
    lines: list[bytes] = []
    section, default = 0, b""
    for line in map(bytes.strip, readable.splitlines()):
        if header := _SECTION.fullmatch(line):
            section, default = section + 1, _owners(_SPACE.split(header[1] or b""))
        elif line and not line.startswith((b"#", b"!")):
            pattern, *words = _SPACE.split(line)
            value = _value(b"owners%d" % section, _owners(words) or default, numbers)
            lines += [_quoted(glob) + b" " + value for glob in _globs(pattern)]
    return b"\n".join(lines)


def _owners(words: list[bytes]) -> bytes:
    """Those named before a comment, in one order."""
    return b" ".join(sorted({*takewhile(lambda word: not word.startswith(b"#"), words)} - {b""}))


def _value(name: bytes, owners: bytes, numbers: dict[bytes, int] | None) -> bytes:
    if numbers is None:
        return name
    if not owners:
        return b"!" + name
    return b"%s=%d" % (name, numbers.setdefault(owners, len(numbers)))


def _globs(pattern: bytes) -> list[bytes]:
    """The patterns of gitattributes(5) that match what one of CODEOWNERS does."""
    bare = pattern.rstrip(b"/").replace(b"[", b"\\[")
    if not bare:
        return []
    inside = (bare if b"/" in bare else b"**/" + bare) + b"/**"
    if pattern.endswith(b"/"):
        return [inside]
    return [bare] if bare.rpartition(b"/")[2] in (b"*", b"**") else [bare, inside]


def _quoted(glob: bytes) -> bytes:
    if not re.search(rb"[\s\"]", glob):
        return glob
    return b'"' + glob.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
