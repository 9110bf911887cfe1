"""What the readers of facts share: the repository's own files, read once, within bounds."""

from __future__ import annotations

import bisect
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from bootstrap.facts.load import load_json, load_toml, load_yaml
from bootstrap.facts.model import Evidence
from bootstrap.repo import LINK, MAX_BYTES, SUBMODULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bootstrap.repo import Repo

T = TypeVar("T")

SEARCHED = 128 * 1024
"""How much of a file is searched for a line to show, in characters."""

MAX_MANIFESTS = 200
"""More manifests of one kind than this are not read; the ones nearest to the root come first."""

_VENDORED = re.compile(
    r"(^|/)(node_modules|bower_components|vendor|vendored|_vendor|third[-_]party|site-packages"
    r"|\.venv|venv|\.yarn|Pods|Godeps|dist-packages|\.git)/",
)
_NOT_REAL = re.compile(
    r"(^|/)((?:[\w-]*[-_])?tests?|testing|__tests__|testdata|test[-_]data|test[-_]fixtures?|fixtures?"
    r"|__fixtures__|specs?|[\w-]*e2e[\w-]*|playwright|cypress|cassettes|snapshots|__snapshots__|examples?|samples?|demos?"
    r"|playgrounds?|templates?|skeletons?|scaffolds?|stubs|boilerplates?|benchmarks?|benches|bench|fuzz)/",
    re.IGNORECASE,
)
_TEMPLATED = (
    *("{{", "}}", "{%", "cookiecutter"),
    *(".jinja\n", ".jinja2\n", ".j2\n", ".tmpl\n", ".tpl\n"),
)
"""One of these is in a name with a line break behind it that a template engine has to fill in."""

_REAL = 2
_TOP = (".", "git-hooks", "githooks", "mise")
_DOCS = re.compile(r"(docs?|documentation|website)(?:/[^/]+)?(?![^/])")


@dataclass(frozen=True, eq=False)
class Place:
    """A folder with the files directly in it."""

    path: str
    real: bool
    """Whether it stands outside tests, fixtures, examples and templates."""
    names: list[str]
    text: str
    """The names, each with a line break: what none of them has is seen at once."""

    def holding(self, parts: Iterable[str]) -> Iterator[str]:
        """The paths of the files whose names, with a line break behind, hold one of these parts."""
        asked = [part for part in parts if part in self.text]
        names = (name for name in self.names if _holds(f"{name}\n", asked)) if asked else ()
        return _paths(self.path, names)

    @cached_property
    def uniform(self) -> str:
        """The extension in which all names end, as they often do in a large folder; else ''."""
        first = self.names[0][self.names[0].rfind(".") :] if self.names else ""
        same = first.startswith(".") and self.text.count(f"{first}\n") == len(self.names)
        return first if same else ""

    @property
    def extensions(self) -> Mapping[str, int]:
        """How many names end in each extension."""
        if self.uniform:
            return {self.uniform: len(self.names)}
        return Counter([name[name.rfind(".") :] for name in self.names])

    def has(self, name: str) -> bool:
        """Whether one of the files has this name."""
        return name.endswith(self.uniform) and name in self.names


@dataclass(frozen=True, eq=False)
class Scan:
    """A repository while its facts are read."""

    repo: Repo
    _parsed: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _nearest: dict[tuple[str, ...], list[str]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _notes: dict[str, None] = field(default_factory=dict, repr=False, compare=False)

    # Of 100,000 files most stand in a few folders: what a folder decides is asked once for each.

    @cached_property
    def places(self) -> Mapping[str, list[str]]:
        """Folder → the names of the files directly in it; '' = the root."""
        places: dict[str, list[str]] = {}
        here, names = None, []
        for path in self.repo.files:
            place, _, name = path.rpartition("/")
            if place != here:
                here, names = place, places.setdefault(place, [])
            names.append(name)
        return places

    @cached_property
    def judged(self) -> tuple[Place, ...]:
        """The folders that are neither vendored nor of a template, with the own files in them."""
        judged = ((path, _judge(path + "/"), names) for path, names in self.places.items())
        return tuple(_place(path, kind == _REAL, names) for path, kind, names in judged if kind)

    @cached_property
    def _real(self) -> tuple[Place, ...]:
        return tuple(place for place in self.judged if place.real)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The files that people of this repository write: neither vendored nor template parts."""
        return tuple(path for place in self.judged for path in _paths(place.path, place.names))

    @cached_property
    def real(self) -> tuple[str, ...]:
        """The own files outside tests, fixtures, examples and templates."""
        return tuple(path for place in self._real for path in _paths(place.path, place.names))

    def ending(self, *endings: str) -> list[str]:
        """The real files whose names end so, nearest to the root first."""
        return self.holding(*(f"{ending}\n" for ending in endings))

    def holding(self, *parts: str) -> list[str]:
        """The real files whose names hold one of these parts, nearest to the root first."""
        return list(self._once(repr(parts), lambda: self._holding(parts), "holding"))

    def _holding(self, parts: tuple[str, ...]) -> list[str]:
        return nearest(path for place in self._real for path in place.holding(parts))

    @cached_property
    def top(self) -> tuple[str, ...]:
        """The files in the root, in dot-folders, and near the top of folders for documents."""
        return tuple(self._below(lambda place: place.startswith(_TOP) or _DOCS.fullmatch(place)))

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The files in the root, and all of those in dot-folders and folders for documents."""
        return tuple(self._below(lambda place: place.startswith(_TOP) or _DOCS.match(place)))

    def _below(self, wanted: Callable[[str], object]) -> list[str]:
        places = ((p, names) for p, names in self.places.items() if not p or wanted(p))
        return sorted(path for place, names in places for path in _paths(place, names))

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names in folders of several kinds of files, and the extensions of all the others."""
        mixed = (place.names for place in self._real if not place.uniform)
        return frozenset(place.uniform for place in self._real).union(*mixed)

    def called(self, name: str) -> list[str]:
        """The real files of this name."""
        if self._names.isdisjoint((name, name[name.rfind(".") :])):
            return []
        places = (place.path for place in self._real if place.has(name))
        return [path for place in places for path in _paths(place, [name])]

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.repo.files)

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders with a file somewhere below them."""
        found: set[str] = set()
        for place in filter(None, self.places):
            above = place
            while above not in found and above != ".":
                found.add(above)
                above = folder(above)
        return frozenset(found)

    def named(self, *names: str) -> list[str]:
        """The real files with one of these names, nearest to the root first, within bounds."""
        if names not in self._nearest:
            paths = [path for name in names for path in self.called(name)]
            if len(paths) > MAX_MANIFESTS:
                which = f"{len(paths)} files are named {' or '.join(names)}"
                self.note(f"{which}: only the {MAX_MANIFESTS} nearest to the root were read")
            self._nearest[names] = nearest(paths)[:MAX_MANIFESTS]
        return list(self._nearest[names])

    def note(self, text: str) -> None:
        """Keep what could not be read, for the reader of the facts."""
        self._notes[text] = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be read so far, in the order in which it was met."""
        return tuple(self._notes)

    def has(self, path: str) -> bool:
        """Whether the repository has this very file or link."""
        return path in self.repo.files

    def first(self, directory: str, names: Iterable[str]) -> str:
        """The first of these names that a folder has directly in it, '' for none."""
        prefix = "" if directory == "." else f"{directory}/"
        return next((name for name in names if prefix + name in self.repo.files), "")

    def under(self, folder: str) -> Iterator[str]:
        """The files somewhere below `folder` ('.' = the whole repository)."""
        if folder == ".":
            yield from self.repo.files
            return
        prefix = folder.rstrip("/") + "/"
        for place in range(bisect.bisect_left(self._sorted, prefix), len(self._sorted)):
            if not self._sorted[place].startswith(prefix):
                return
            yield self._sorted[place]

    def inside(self, folder: str) -> list[str]:
        """The names of the files directly in `folder`."""
        return self.places.get("" if folder == "." else folder, [])

    def text(self, path: str) -> str:
        """The text of a file, '' if it can't be read."""
        return self._once(path, lambda: self._read(path), "text")

    def _read(self, path: str) -> str:
        if path not in self.repo.files:
            return ""
        text = self.repo.text(path)
        if text is None and self.repo.files[path] not in (LINK, SUBMODULE):
            self.note(f"{path} was not read: {self._why_not(path)}")
        return text or ""

    def _why_not(self, path: str) -> str:
        if path in self.repo.absent:
            return "it is not checked out"
        unread = self.repo.read(path) is None
        return f"it is missing or over {MAX_BYTES >> 20} MiB" if unread else "it is no UTF-8 text"

    def yaml(self, path: str) -> Any:
        """A YAML file as dicts, lists and Text."""
        return self._once(path, lambda: self._load(path, load_yaml, "YAML"), "yaml")

    def json(self, path: str) -> dict[str, Any]:
        """A JSON file's mapping, comments allowed; empty if there is none."""
        data = self._once(path, lambda: self._load(path, load_json, "JSON"), "json")
        return data if isinstance(data, dict) else {}

    def toml(self, path: str) -> dict[str, Any]:
        """A TOML file's table; empty if there is none."""
        empty: dict[str, Any] = {}
        return self._once(path, lambda: self._load(path, load_toml, "TOML") or empty, "toml")

    def _load(self, path: str, load: Callable[[str], Any], language: str) -> Any:
        text = self.text(path)
        data = load(text) if text.strip() else None
        if data is None and text.strip():
            self.note(f"{path} was left out: no valid {language}, or too much of it")
        return data

    def at(self, path: str, pattern: str = "") -> Evidence:
        """Evidence in a file: the first line that matches `pattern`, else the file as a whole."""
        text = self.text(path)[:SEARCHED] if pattern else ""
        match = _in_lines(pattern).search(text) if text else None
        if not match:
            return Evidence(path)
        # A pattern may begin with space before what it is after.
        begin = match.start() + len(match[0]) - len(match[0].lstrip())
        start, end = text.rfind("\n", 0, begin) + 1, text.find("\n", begin)
        line = text[start : end if end >= 0 else len(text)]
        return Evidence(path, text.count("\n", 0, begin) + 1, line.strip()[:200])

    def in_ci(self, pattern: str) -> bool:
        """Whether a line of GitHub's workflows, of the makefile or the justfile matches."""
        return self._once(pattern, lambda: self._in_ci(pattern), "in_ci")

    def _in_ci(self, pattern: str) -> bool:
        places = (*self.under(".github/workflows"), "Makefile", "justfile")
        return any(self.at(path, pattern).line for path in places)

    def _once(self, path: str, read: Callable[[], T], kind: str) -> T:
        key = f"{kind}:{path}"
        if key not in self._parsed:
            self._parsed[key] = read()
        found: T = self._parsed[key]
        return found


@cache
def _in_lines(pattern: str) -> re.Pattern[str]:
    """The pattern for a text of lines; blank lines before a match would be searched again each."""
    return re.compile(pattern.replace(r"^\s", r"^[ \t]"), re.MULTILINE)


def _judge(place: str) -> int:
    if _VENDORED.search(place) or _holds(place, _TEMPLATED):
        return 0
    return 1 if _NOT_REAL.search(place) else _REAL


def _place(path: str, real: bool, names: list[str]) -> Place:
    """A folder without the names that a template engine has to fill in; most have only others."""
    text = "\n".join(names) + "\n"
    if _holds(text, _TEMPLATED):
        names = [name for name in names if not _holds(f"{name}\n", _TEMPLATED)]
        text = "\n".join([*names, ""])
    return Place(path, real, names, text)


def _holds(text: str, parts: Iterable[str]) -> bool:
    return any(part in text for part in parts)


def _paths(place: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{place}/{name}" for name in names) if place else iter(names)


def folder(path: str) -> str:
    """The folder of a file, '.' for the root."""
    return path.rpartition("/")[0] or "."


def outwards(directory: str) -> Iterator[str]:
    """A folder and those that hold it, up to the root."""
    while directory != ".":
        yield directory
        directory = folder(directory)
    yield "."


def within(directory: str, root: str) -> bool:
    """Whether a folder is `root` or somewhere below it."""
    return root in (".", directory) or directory.startswith(root + "/")


def nearest(paths: Iterable[str]) -> list[str]:
    """Paths ordered by their distance from the root."""
    return sorted(paths, key=lambda path: (path.count("/"), path))


def siblings(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders of files that stand in several folders side by side: `src/a/x`, `src/b/x`."""
    groups: dict[str, dict[str, None]] = {}
    for place in filter(lambda place: place != ".", map(folder, paths)):
        groups.setdefault(folder(place), {})[place] = None
    return tuple(place for group in groups.values() if len(group) > 1 for place in group)


def join(*parts: str) -> str:
    """A normal relative path, '.' for the root; one that leads out of the repository is ''."""
    path = posixpath.normpath(posixpath.join(*parts))
    return "" if path.startswith(("..", "/")) else path
