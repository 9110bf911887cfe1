"""The registry of pieces, as `extensions/pieces.yml` of a template version says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from bootstrap.errors import UserError
from bootstrap.plain_yaml import LOADER

FORMAT = 1
ALL = 12
"""How many factors there are."""


@dataclass(frozen=True)
class Piece:
    """One row: which kind a path is of, which factors bring it, how it is patched."""

    path: str
    """A file, or a folder if it ends with a slash."""
    kind: str
    """owned, shared or starter."""
    factors: tuple[int, ...]
    """Any of them brings the file; empty for the starter application."""
    format: str = ""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """Answer → its values with which the row holds; a list has to contain one of them."""
    at: str = "end"
    """Where missing lines of the format `lines` go: start or end."""

    def fits(self, answers: Mapping[str, object]) -> bool:
        """Whether the row's `when` holds for the answers."""
        return all(
            set(_many(answers.get(name))) & set(wanted) for name, wanted in self.when.items()
        )

    def covers(self, path: str) -> bool:
        """Whether the row speaks of `path`."""
        return path == self.path or (self.path.endswith("/") and path.startswith(self.path))


@dataclass(frozen=True)
class Registry:
    """All rows of one template version."""

    pieces: tuple[Piece, ...]
    left_out: tuple[str, ...] = ()
    """Files and folders that no package of the repository needs."""

    @property
    def with_pieces(self) -> set[int]:
        """The factors that bring a file of their own, beyond what all of them bring."""
        return {
            number for piece in self.pieces for number in piece.factors if len(piece.factors) < ALL
        }

    def for_answers(self, answers: Mapping[str, object]) -> Registry:
        """The same rows; of two with one path the one that the answers bring comes first."""
        rows = sorted(self.pieces, key=lambda piece: not piece.fits(answers))
        return replace(self, pieces=tuple(rows))

    def below(self, folder: str) -> list[str]:
        """The paths of the pieces inside a folder, without a final slash."""
        paths = (piece.path.rstrip("/") for piece in self.pieces)
        return sorted({path for path in paths if path.startswith(f"{folder}/")})

    def of(self, path: str) -> Piece | None:
        """The row that holds for a template path: the longest match."""
        rows = [piece for piece in self.pieces if piece.covers(path)]
        return max(rows, key=lambda piece: len(piece.path), default=None)


def read(template: Path) -> Registry:
    """The registry in the folder of a template."""
    try:
        text = (template / "extensions" / "pieces.yml").read_text("utf-8")
        data = yaml.load(text, Loader=LOADER)  # noqa: S506 - it is the safe one
        version = data["format"]
        rows = tuple(_row(row) for row in data["pieces"])
        left_out = tuple(data.get("left_out") or ())
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise UserError(
            f"the template has no readable extensions/pieces.yml ({type(error).__name__})",
            "name a Twelvefold template with --template",
        ) from None
    if version != FORMAT:
        raise UserError(
            f"the template's registry has format {version}, this program reads {FORMAT}",
            "install a newer twelvefold",
        )
    return Registry(rows, left_out)


def _row(row: Mapping[str, object]) -> Piece:
    path, kind = str(row["path"]), str(row["kind"])
    lists, when = row.get("lists") or {}, row.get("when") or {}
    return Piece(
        path,
        kind,
        tuple(row["factors"]),  # type: ignore[arg-type]
        format=str(row.get("format") or format_of(path)),
        lists={name: tuple(keys) for name, keys in lists.items()},  # type: ignore[attr-defined]
        when={name: _many(values) for name, values in when.items()},  # type: ignore[attr-defined]
        at=str(row.get("at") or "end"),
    )


def _many(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


_FORMATS = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonc": "json",
    ".toml": "toml",
    ".md": "markdown",
    ".mk": "make",
    ".just": "just",
}
_NAMES = {
    "makefile": "make",
    "gnumakefile": "make",
    "justfile": "just",
    ".justfile": "just",
    ".editorconfig": "editorconfig",
}


def format_of(path: str) -> str:
    """How a shared file is patched, by its name."""
    name = Path(path).name.lower()
    return _NAMES.get(name) or _FORMATS.get(Path(path).suffix, "lines")
