"""What was put into a repository: small files in `.process/record/`, one for each factor.

They let `remove` give back the original bytes, `update` tell a user's edit from the template's, and
`apply` tell a deleted file from one that never was there. Two branches that apply different factors
write different files, so they merge; a conflict within one file is resolved by union.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from bootstrap import plain_yaml
from bootstrap.errors import UserError
from bootstrap.patch import Inserted

FOLDER = ".process/record"
FORMAT = 1
LONGEST = 255
"""The longest name of a file, in bytes."""
_HEAD = (
    "# SPDX-License-Identifier: MIT-0\n"
    "# What the template put here: for update, remove and drift. Commit it, do not edit it.\n"
)


@dataclass(frozen=True)
class Entry:
    """One file that was put or patched."""

    path: str
    """The path in the template."""
    kind: str
    ref: str
    """The version of the template that it was last merged with."""
    sha: str
    """SHA-256 of what the template gave; empty in a shared file that was there before."""
    at: str
    """The path in the repository."""
    created: bool = True
    """Whether the file was not there before us; what was there before is never deleted."""
    inserted: tuple[Inserted, ...] = ()
    """In a patched file: what is ours."""
    factor: int = 0
    """The factor in whose file this was read."""


@dataclass(frozen=True)
class Record:
    """All entries of a repository, by template path."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.entries)


def sha_of(content: bytes) -> str:
    """The fingerprint that entries hold."""
    return hashlib.sha256(content).hexdigest()


def file_of(factors: Iterable[int], chosen: Iterable[int]) -> str:
    """The record file for something that `factors` bring: the one of the first chosen factor.

    What could not be taken away with its factor stays where it was.
    """
    number = min(set(factors) & set(chosen) or set(factors), default=0)
    return f"{FOLDER}/{number:02}.yml"


def parse(texts: Iterable[tuple[str, str]]) -> Record:
    """The record in its files, each given as path and text."""
    entries: dict[str, Entry] = {}
    for path, text in texts:
        number = path.removeprefix(f"{FOLDER}/").removesuffix(".yml")
        factor = int(number) if number.isdigit() else 0
        entries.update((entry.path, replace(entry, factor=factor)) for entry in _entries(text))
    return Record(entries)


def dump(entries: Iterable[Entry]) -> bytes:
    """The text of one record file."""
    by_ref: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        by_ref.setdefault(entry.ref, {})[entry.path] = _row(entry)
    data = {"format": FORMAT, "files": by_ref}
    body = yaml.dump(data, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=10**6)
    return (_HEAD + body).encode()


_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Line breaks in YAML 1.1 that no other reader of a text takes for one; a block would lose them."""


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, and lists indented, as linters want them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": entry.kind}
    if entry.at != entry.path:
        row["at"] = entry.at
    if entry.sha:
        row["sha256"] = entry.sha
    if entry.inserted:
        row["inserted"] = [
            {"at": part.offset, "text": part.text}
            | ({"entries": list(part.entries)} if part.entries else {})
            for part in entry.inserted
        ]
    if not entry.created:
        row["before"] = True
    return row


def _entries(text: str) -> list[Entry]:
    try:
        data = plain_yaml.load(text)
        if data["format"] != FORMAT:
            raise UserError(
                f"{FOLDER} has format {data['format']}, this program reads {FORMAT}",
                "install a newer twelvefold",
            )
        return [
            _entry(path, ref, row)
            for ref, rows in data["files"].items()
            for path, row in rows.items()
        ]
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise UserError(
            f"a file in {FOLDER} can't be read",
            "restore it with git, or delete the folder: `bootstrap apply` adopts what is there",
        ) from None


def _entry(path: str, ref: str, row: Mapping[str, Any]) -> Entry:
    at = str(row.get("at", path))
    if row["kind"] not in {"owned", "shared", "starter"} or not (is_path(path) and is_path(at)):
        raise ValueError(path)
    return Entry(
        path,
        row["kind"],
        str(ref),
        str(row.get("sha256", "")),
        at,
        created=not row.get("before", False),
        inserted=tuple(
            Inserted(int(part["at"]), str(part["text"]), tuple(map(str, part.get("entries", ()))))
            for part in row.get("inserted", ())
        ),
    )


def is_path(path: object) -> bool:
    """Whether something is a relative path that stays inside of the repository."""
    return (
        isinstance(path, str)
        and "\0" not in path
        and not path.startswith("/")
        and len(path.encode(errors="replace")) <= 4 * LONGEST
        and not {"", ".", "..", ".git"} & set(path.lower().split("/"))
        and all(len(part.encode(errors="replace")) <= LONGEST for part in path.split("/"))
    )
