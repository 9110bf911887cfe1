"""Answers → Tree: what the template gives, by Copier's public interface."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bootstrap import pieces
from bootstrap.errors import UserError
from bootstrap.pieces import Registry
from bootstrap.plain_yaml import LOADER
from bootstrap.source import Source

ANSWERS_FILE = ".copier-answers.yml"

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """One rendered file."""

    content: bytes
    executable: bool = False

    @property
    def mode(self) -> int:
        """The permission bits of a new file."""
        return 0o755 if self.executable else 0o644


@dataclass(frozen=True)
class Tree:
    """A rendered template: path → file, and what goes with it."""

    source: Source
    files: Mapping[str, File]
    """Without the answers file."""
    answers: Answers
    """Every answer that Copier remembers, with `_src_path` and `_commit` of the source."""
    registry: Registry


def questions(source: Source) -> Mapping[str, Mapping[str, Any]]:
    """The questions of a template: name → its declaration in copier.yml."""
    try:
        data = yaml.load((source.folder / "copier.yml").read_text("utf-8"), Loader=LOADER)  # noqa: S506 - it is the safe one
        return {name: value for name, value in data.items() if not name.startswith("_")}
    except (OSError, AttributeError, yaml.YAMLError):
        raise UserError(
            f"{source.address} at {source.ref} has no readable copier.yml",
            "name a Twelvefold template with --template",
        ) from None


def render(source: Source, answers: Answers) -> Tree:
    """The whole tree for `answers`, shared and starter files included."""
    _check_names(source, answers)
    registry = pieces.read(source.folder)
    data = {**_listed(source, answers), "with_shared": True}
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as scratch:
        _run(_plain(source.folder, Path(scratch)), Path(scratch, "tree"), data)
        files = dict(_read(Path(scratch, "tree")))
    try:
        remembered = yaml.safe_load(files.pop(ANSWERS_FILE).content)
    except yaml.YAMLError as error:
        raise UserError(
            f"the template refuses the answers ({str(error).splitlines()[0]})",
            "correct them with --data",
        ) from None
    own = {"_src_path": source.address, "_commit": source.ref}
    return Tree(source, files, {**remembered, **own}, registry.for_answers(remembered))


def answers_text(answers: Answers) -> bytes:
    """An answers file, byte for byte as the template's own one would be."""
    head = "# Changes here will be overwritten by Copier"
    return f"{head}{_block(answers, '')}\n".encode()


def _block(value: object, indent: str) -> str:
    """Like the macro of that name in extensions/answers.jinja."""
    if isinstance(value, Mapping) and value:
        rows = sorted(value.items())
        return "".join(f"\n{indent}{key}:{_block(item, indent + '  ')}" for key, item in rows)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        inner = len(indent) + 3
        return "".join(f"\n{indent}- {_block(item, indent + '  ')[inner:]}" for item in value)
    if isinstance(value, list):
        return f" [{', '.join(_scalar(item) for item in value)}]"
    return f" {_scalar(value)}"


_PLAIN = re.compile(r"[A-Za-z/.][A-Za-z0-9_./@+=-]*([ :][A-Za-z0-9_./@+=-]+)*")
_SPECIAL = re.compile(r"true|false|null|yes|no|on|off|y|n|\.inf|\.nan", re.IGNORECASE)


def _scalar(value: object) -> str:
    """Like the macro of that name: plain text where every reader takes it for text."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _SPECIAL.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def copy(source: Source, target: Path, answers: Answers, *, defaults: bool) -> Answers:
    """Generate a new service in `target`, asking what `answers` leaves open unless `defaults`.

    Returns all answers.
    """
    _check_names(source, answers)
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as scratch:
        given = _listed(source, answers)
        _run(_plain(source.folder, Path(scratch)), target, given, defaults=defaults)
    path = target / ANSWERS_FILE
    own = {"_src_path": source.address, "_commit": source.ref}
    complete = {**yaml.safe_load(path.read_bytes()), **own}
    path.write_bytes(answers_text(complete))
    return complete


def _plain(folder: Path, scratch: Path) -> Path:
    """The template in a folder that is no git root: Copier would clone one, without its edits."""
    if not (folder / ".git").exists():
        return folder
    copied = scratch / "template-source"
    for part in ("template", "extensions"):
        shutil.copytree(folder / part, copied / part, symlinks=True)
    shutil.copy(folder / "copier.yml", copied)
    return copied


def _check_names(source: Source, answers: Answers) -> None:
    known = questions(source)
    unknown = [name for name in answers if name not in known and not name.startswith("_")]
    if unknown:
        open_ones = [name for name, one in known.items() if one.get("when") is not False]
        raise UserError(
            f"the template has no question {unknown[0]!r}", f"it has {', '.join(open_ones)}"
        )


def _listed(source: Source, answers: Answers) -> dict[str, Any]:
    """The answers, with a list for each question that takes several: `python,go` is two."""
    several = {name for name, one in questions(source).items() if one.get("multiselect")}
    return {
        name: [part.strip() for part in value.split(",")]
        if name in several and isinstance(value, str)
        else value
        for name, value in answers.items()
    }


def _run(template: Path, target: Path, data: Answers, *, defaults: bool = True) -> None:
    import copier  # here, since every other command starts faster without it
    from copier.errors import CopierError
    from jinja2 import TemplateError
    from plumbum import local

    given = {name: value for name, value in data.items() if not name.startswith("_")}
    try:
        # Copier starts git once for each file, to keep modes in a repository that is not there.
        with local.env(PATH=""), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            copier.run_copy(
                str(template), target, data=given, defaults=defaults, overwrite=True, quiet=True
            )
    except (CopierError, TemplateError, ValueError, TypeError) as error:
        raise UserError(
            f"the template refuses the answers ({error})", "correct them with --data"
        ) from (None)


def _read(folder: Path) -> list[tuple[str, File]]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            executable = bool(path.stat().st_mode & 0o100)
            name = path.relative_to(folder).as_posix()
            found.append((name, File(path.read_bytes(), executable)))
    return found
