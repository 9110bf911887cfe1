"""Ignore and attributes files: git itself says what they mean, before and after a change.

Narrow first, then compare; nothing is written into the work tree. Why no path is missed:

- The lines that a change leaves as they are, at the start and at the end of the file, match what
  they matched, in the same order. So a path can only change its meaning if a line in between, old
  or new, matches the path or a folder that holds it (gitignore(5): what lies in an ignored folder
  is ignored). `git ls-files -i` with those patterns, each stripped of its `!`, lists such paths.
- A pattern of gitattributes(5) matches as one of gitignore(5), except that a folder's does not hold
  for what lies in it: the same list is too long at worst.
- Macros, quoted patterns, and the patterns of files below the root, which start at their folder,
  narrow to all tracked paths below that folder.
- On the paths listed git answers in an empty repository elsewhere, which holds nothing but the
  files of rules: once with the file as it was, once as it would be.
- All this is done twice, as on a system that tells upper case from lower case and as on one that
  does not; neither finds all that the other one does, as with `[!a]`.

What only one machine has (`.git/info`, `core.excludesFile`) is left out: it is about what everybody
gets with a clone.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.effects.world import World, between, lines_of
from bootstrap.plan import Change
from bootstrap.repo import LINK, SUBMODULE, decode, git

IGNORE, ATTRIBUTES = ".gitignore", ".gitattributes"

Meaning = Mapping[str, str]
"""What the rules say of a path: attribute → value, or the rule by which it is ignored."""


@dataclass(frozen=True)
class Rules:
    """A file of rules at the path where git reads it, before and after a change."""

    path: str
    before: bytes
    after: bytes
    translated: bool = False
    """Whether it stands for a file that is none of git's: it is alone, and letter case counts."""
    held: bytes | None = None
    """Rules for the paths that must not change; None: no path may."""

    @property
    def name(self) -> str:
        """The name without folders, which says what kind of rules it has."""
        return posixpath.basename(self.path)

    @property
    def folder(self) -> str:
        """The folder that it holds for, with a slash at the end; empty for the root."""
        return self.path.removesuffix(self.name)


def ignoring(world: World, change: Change) -> str:
    """What a change of an ignore file does to a path of theirs; empty if it does nothing."""

    def say(path: str, _: Meaning, after: Meaning) -> str:
        return f"{'make git ignore' if after else 'stop git from ignoring'} {path}"

    return difference(world, Rules(change.path, change.before or b"", change.after or b""), say)


def attributes(world: World, change: Change) -> str:
    """What a change of an attributes file does to a path of theirs; empty if it does nothing."""

    def say(path: str, before: Meaning, after: Meaning) -> str:
        name = min(key for key in {*before, *after} if before.get(key) != after.get(key))
        old, new = before.get(name, "unspecified"), after.get(name, "unspecified")
        return f"change the attribute {name} of {path} from {old} to {new}"

    return difference(world, Rules(change.path, change.before or b"", change.after or b""), say)


def difference(world: World, rules: Rules, say: Callable[[str, Meaning, Meaning], str]) -> str:
    """What `say` says of the first path of theirs that changes its meaning; empty if none does."""
    patterns = _patterns(rules)
    for fold in ("false",) if rules.translated else ("false", "true"):
        paths = _candidates(world, rules.folder, patterns, fold)
        if paths and (found := _compared(world, rules, paths, fold, say)):
            return found
    return ""


# --- narrow


def _candidates(
    world: World, folder: str, patterns: Sequence[bytes] | None, fold: str
) -> Sequence[str]:
    """The user's tracked paths that a changed line can match."""
    if patterns is None or (patterns and folder):
        return list(world.theirs(folder))
    return matched(world, patterns, fold) if patterns else ()


def matched(world: World, patterns: Iterable[bytes], fold: str) -> list[str]:
    """The user's tracked paths that one of the patterns matches, or one of whose folders it does.

    A pattern is a line of an ignore file at the root, without `!`; `fold` is a value of
    core.ignoreCase.
    """
    with tempfile.NamedTemporaryFile(prefix="twelvefold-") as listed:
        listed.write(b"\n" + b"\n".join(patterns) + b"\n")  # git drops a mark on the first line
        listed.flush()
        case = ("-c", f"core.ignoreCase={fold}")
        found = git(world.repo.root, *case, "ls-files", "-c", "-i", "-z", "-X", listed.name)
    return [path for path in decode(found).split("\0")[:-1] if path not in world.ours]


def _patterns(rules: Rules) -> list[bytes] | None:
    """The patterns of the changed lines as lines of an ignore file; None: any path may match."""
    old, new = between(lines_of(rules.before), lines_of(rules.after))
    lines = [*old, *new]
    if rules.name == ATTRIBUTES:
        lines = [re.split(rb"[ \t\r]", line.lstrip(b" \t\r"), maxsplit=1)[0] for line in lines]
        if any(line.startswith((b'"', b"[attr]")) for line in lines):
            return None
    return [_positive(line) for line in lines if line.strip(b" \r") and not line.startswith(b"#")]


def _positive(pattern: bytes) -> bytes:
    """The pattern without `!`; what would then be read as a comment or as `!` again is escaped."""
    bare = pattern.removeprefix(b"!")
    return b"\\" + bare if bare != pattern and bare[:1] in (b"#", b"!") else bare


# --- compare


def _compared(
    world: World,
    rules: Rules,
    paths: Sequence[str],
    fold: str,
    say: Callable[[str, Meaning, Meaning], str],
) -> str:
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as folder:
        work = Path(folder)
        if hidden := _prepare(world, rules, paths, work):
            return f"perhaps change what {paths[0]} is to git: {hidden} can't be read"
        before = _meanings(work, rules, rules.before, paths, fold)
        after = _meanings(work, rules, rules.after, paths, fold)
        if rules.held is not None:
            held = _meanings(work, rules, rules.held, paths, fold)
            paths = [path for path in paths if held.get(path)]
    for path in paths:
        if before.get(path, {}) != after.get(path, {}):
            return say(path, before.get(path, {}), after.get(path, {}))
    return ""


_HERE = ("--git-dir=.git", "--work-tree=.")


def _prepare(world: World, rules: Rules, paths: Sequence[str], work: Path) -> str:
    """Make a repository with the other files of rules only; the path of one that can't be read."""
    git(work, *_HERE, "init", "--quiet", "--template=")
    (work / rules.folder).mkdir(parents=True, exist_ok=True)
    for path in paths:
        if world.repo.files.get(path) == SUBMODULE and world.repo.inside(path):
            (work / path).mkdir(parents=True, exist_ok=True)  # git has to see that it is a folder
    for path in () if rules.translated else _other_files(world, rules, paths):
        content = world.read(path)
        if content is None:
            return path
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)
    return ""


def _other_files(world: World, rules: Rules, paths: Iterable[str]) -> list[str]:
    """The other files of that name in the folders above the paths; git follows no link there."""
    folders = {""}
    for path in paths:
        while (path := path.rpartition("/")[0]) and f"{path}/" not in folders:
            folders.add(f"{path}/")
    files = {**dict.fromkeys(world.planned, ""), **world.repo.files}
    return [
        path
        for path, mode in files.items()
        if path.endswith(rules.name)
        and path.removesuffix(rules.name) in folders
        and mode != LINK
        and path != rules.path
        and world.planned.get(path, b"") is not None
    ]


def _meanings(
    work: Path, rules: Rules, content: bytes, paths: Iterable[str], fold: str
) -> dict[str, dict[str, str]]:
    """What git says of each path with `content` as the rules; of some it says nothing."""
    (work / rules.path).write_bytes(content)
    ignore = rules.name == IGNORE
    command = ("check-ignore", "--no-index", "-v") if ignore else ("check-attr", "-a")
    answer = git(
        *(work, *_HERE, "-c", f"core.ignoreCase={fold}"),
        *("-c", f"core.excludesFile={os.devnull}", "-c", f"core.attributesFile={os.devnull}"),
        *(*command, "-z", "--stdin"),
        stdin=b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths),  # `:` is magic there
        ok=(0, 1),
    )
    fields = decode(answer).split("\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    if ignore:  # file, line number, rule, path
        for rule, path in zip(fields[2::4], fields[3::4], strict=True):
            if not rule.startswith("!"):
                found[path[2:]] = {"ignored": "yes"}
    else:
        for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
            found.setdefault(path[2:], {})[name] = value
    return found
