"""What a run did to a repository, judged from the outside: by bytes and by other parsers than its own."""

from __future__ import annotations

import difflib
import json
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

RECORD = ".process/record/"

Entry = tuple[int, bytes]
"""Mode, and content; of a link its target, of a folder nothing, of a large file its digest."""
LARGE = 2**20


# --- trees ----------------------------------------------------------------------------------------


def snapshot(folder: Path) -> dict[str, Entry]:
    """Everything below `folder` but .git, ignored files and empty folders too: path → entry."""
    return dict(_walk(folder, ""))


def _walk(folder: Path, under: str) -> Iterator[tuple[str, Entry]]:
    for entry in os.scandir(folder / under):
        path, mode = under + entry.name, entry.stat(follow_symlinks=False).st_mode
        if path == ".git":
            continue
        if entry.is_symlink():
            yield path, (mode, os.fsencode(Path(entry.path).readlink()))
        elif entry.is_dir():
            yield path, (mode, b"")
            yield from _walk(folder, path + "/")
        else:
            content = Path(entry.path).read_bytes()
            yield path, (mode, content if len(content) <= LARGE else blake2b(content).digest())


def differing(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """The paths that differ in mode or bytes, or that only one of them has."""
    paths = before.keys() | after.keys()
    return sorted(path for path in paths if before.get(path) != after.get(path))


# --- lines ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lines:
    """What became of the lines of a file."""

    lost: tuple[str, ...] = ()
    """No longer there, or altered."""
    extended: int = 0
    """All of it is there, with something of the edit behind it: a comma, the missing line break."""
    opened: int = 0
    """All of it is there, around one stretch of the edit: an item in a list on one line."""


def lines(old: bytes, new: bytes) -> Lines:
    """Compare two versions of a file line by line."""
    one, two = old.splitlines(keepends=True), new.splitlines(keepends=True)
    lost: list[str] = []
    extended = opened = 0
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        kept = one[start:end], two[other_start:other_end]
        if kept[0] == kept[1] or not kept[0]:
            continue
        here = _paired(*kept)
        if here is None and holds(b"".join(kept[0]), b"".join(kept[1])):
            opened += len(kept[0])
        elif here is None:
            lost += [
                line.decode(errors="replace").rstrip() for line in kept[0] if line not in kept[1]
            ]
        else:
            extended, opened = extended + here[0], opened + here[1]
    return Lines(tuple(lost), extended, opened)


def _paired(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[int, int] | None:
    """How many old lines were extended and opened; None if one has no successor in order."""
    extended = opened = 0
    rest = iter(new)
    for line in old:
        successor = next((other for other in rest if holds(line, other)), None)
        if successor is None:
            return None
        if successor == line:
            continue
        longer = _extends(line, successor)
        extended, opened = extended + longer, opened + (not longer)
    return extended, opened


def _extends(line: bytes, other: bytes) -> bool:
    """Whether `other` is `line` with something between its last character and its line break."""
    body = line.rstrip(b"\r\n")
    return other.startswith(body) and other.endswith(line[len(body) :])


def holds(old: bytes, new: bytes) -> bool:
    """Whether `new` is `old` with one stretch put in, which is not just another kind of line break."""
    if len(new) < len(old) or (b"\n" in old and b"\r" in new and b"\r" not in old):
        return False
    return new.endswith(old[common(old, new) :])


def common(one: Sequence[object], two: Sequence[object]) -> int:
    """How many elements two sequences have in common before they differ."""
    different = (at for at, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1])
    return next(different, min(len(one), len(two)))


# --- data -----------------------------------------------------------------------------------------


class AnyTag(yaml.SafeLoader):
    """Reads what any program may put into YAML, tags of its own as nothing."""


AnyTag.add_multi_constructor("", lambda *_: None)
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


def parses(path: str, content: bytes) -> bool:
    """Whether a YAML, JSON or TOML file can be read; any other file can."""
    try:
        _data(PurePosixPath(path).suffix.lower(), content)
    except (ValueError, RecursionError, yaml.YAMLError):  # a TOML or JSON error is a ValueError
        return False
    return True


def _data(suffix: str, content: bytes) -> Any:
    if suffix in {".yml", ".yaml"}:
        return list(yaml.load_all(content, AnyTag))
    if suffix == ".toml":
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    if suffix in {".json", ".jsonc"}:
        return json.loads(bare_json(content.decode("utf-8-sig")))
    return None


def bare_json(text: str) -> str:
    """JSON without the comments and trailing commas that some programs allow."""
    bare = _STRING_OR_COMMENT.sub(lambda match: match[1] or " ", text)
    return _STRING_OR_COMMA.sub(lambda match: match[1] or "", bare)


# --- places ---------------------------------------------------------------------------------------


def undocumented(
    paths: Collection[str], tree: Mapping[str, Entry], pieces: Mapping[str, Any]
) -> list[str]:
    """The paths among those that a run touched which neither registry nor record account for.

    `tree` is the repository after the run, `pieces` the content of extensions/pieces.yml.
    """
    known = tuple(piece["path"] for piece in pieces["pieces"])
    moved = {at for path, at in _moved(tree).items() if _of_registry(path, known)}
    return sorted(
        path
        for path in paths
        if not path.startswith(RECORD)
        and not re.fullmatch(r"\.copier-answers(\.twelvefold)?\.yml", path)
        and not _of_registry(path, known)
        and path not in moved
    )


def _of_registry(path: str, known: Collection[str]) -> bool:
    return any(path.startswith(one) if one.endswith("/") else path == one for one in known)


def _moved(tree: Mapping[str, Entry]) -> dict[str, str]:
    """Template path → path here, where a link, another name or another folder is in use."""
    moved: dict[str, str] = {}
    for path, (_, content) in tree.items():
        if path.startswith(RECORD) and path.endswith(".yml"):
            for rows in yaml.safe_load(content)["files"].values():
                moved.update({name: row["at"] for name, row in rows.items() if "at" in row})
    return {
        name: at for name, at in moved.items() if _same_file(name, at) or _linked(name, at, tree)
    }


def _same_file(one: str, other: str) -> bool:
    """Whether both are names of the same file to its reader: another folder, case, dot or suffix."""
    return _plain_name(one) == _plain_name(other)


def _plain_name(path: str) -> str:
    name = PurePosixPath(path).name.lower().lstrip(".").replace(".yaml", ".yml")
    return name.removesuffix(".md").removesuffix(".txt")


def _linked(path: str, at: str, tree: Mapping[str, Entry]) -> bool:
    """Whether the file `path`, or a folder above it, is a link that leads to `at`."""
    for link in [PurePosixPath(path), *PurePosixPath(path).parents]:
        mode, target = tree.get(str(link), (0, b""))
        if stat.S_ISLNK(mode):
            leads_to = link.parent / os.fsdecode(target) / PurePosixPath(path).relative_to(link)
            return os.path.normpath(leads_to) == at
    return False
