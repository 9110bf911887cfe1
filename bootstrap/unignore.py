"""The lines that make git take a file that its rules ignore, and nothing else.

gitignore(5): a file can't be re-included if a folder above it is excluded. So each such folder is
re-included, its content excluded again, and then the next folder or the file re-included. Git
itself says whether that works, in an empty repository elsewhere with the same rules.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.repo import Repo, decode, git

_NAME = ".gitignore"
_PROBE = "twelvefold-probe"


@dataclass(frozen=True)
class Hint:
    """What to write at the end of `file`; no lines: nothing that was tried works."""

    file: str
    lines: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """What to do, in words."""
        if not self.lines:
            return "change that rule, then apply again"
        what = f"`{self.lines[0]}`" if len(self.lines) == 1 else "the lines below"
        return f"add {what} at the end of {self.file}, then apply again"

    @property
    def snippet(self) -> str:
        """The lines, if they are many."""
        return "".join(f"{line}\n" for line in self.lines) if len(self.lines) > 1 else ""


def hints(repo: Repo, ignored: Mapping[str, str]) -> dict[str, Hint]:
    """Ignored path → what to do; `ignored` says in which file the rule for each path stands."""
    groups: dict[str, list[str]] = {}
    for path, source in ignored.items():
        groups.setdefault(_where(source), []).append(path)
    found: dict[str, Hint] = {}
    for file, paths in groups.items():
        found |= dict.fromkeys(sorted(paths), Hint(file, _lines(repo, file, paths)))
    return found


def whole(repo: Repo, path: str, source: str) -> Hint:
    """The same for a file in the root, or for a folder there (with a slash) and all in it."""
    inner = f"{path}{_PROBE}" if path.endswith("/") else path
    for lines in ((f"!/{path}",), (f"!/{path}", f"!/{path}**")):
        with tempfile.TemporaryDirectory(prefix="twelvefold-") as folder:
            work = Path(folder)
            _prepare(repo, work, [inner])
            _append(work / _NAME, lines)
            if not _ignored(work, [inner]):
                return Hint(_where(source), lines)
    return Hint(_where(source))


def _where(source: str) -> str:
    """The file for the exception: the ignore file with the rule, or the one of the root."""
    own = posixpath.basename(source) == _NAME and not posixpath.isabs(source)
    return source if own else _NAME


def _append(file: Path, lines: Iterable[str]) -> None:
    with file.open("ab") as rules:
        rules.write(b"\n" + "\n".join(lines).encode() + b"\n")


def _lines(repo: Repo, file: str, paths: Sequence[str]) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as folder:
        work = Path(folder)
        _prepare(repo, work, paths)
        excluded = _ignored(work, {f"{above}/" for path in paths for above in _above(path)})
        lines, opened = _exception(paths, excluded, file.removesuffix(_NAME))
        _append(work / file, lines)
        probes = {f"{above}/{_PROBE}" for above in opened}
        works = _ignored(work, {*paths, *probes}) == probes
    return lines if works else ()


def _exception(
    paths: Iterable[str], excluded: set[str], base: str
) -> tuple[tuple[str, ...], set[str]]:
    """The lines, seen from the folder `base`, and the folders that they open for one thing only."""
    opened: set[str] = set()
    lines: list[str] = []
    for path in sorted(paths):
        for above in _above(path):
            below = f"{above}/".startswith(base) and f"{above}/" != base
            shut = {*_above(above)} & opened or f"{above}/" in excluded
            if above in opened or not (below and shut):
                continue
            opened.add(above)
            here = above.removeprefix(base)
            lines += [f"!/{here}/", f"/{here}/*"]
        lines.append(f"!/{path.removeprefix(base)}")
    return tuple(lines), opened


def _above(path: str) -> list[str]:
    """The folders that hold a path, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _prepare(repo: Repo, work: Path, paths: Iterable[str]) -> None:
    """Make the paths, empty, in a repository that has the same rules above them."""
    git(work, "init", "--quiet", "--template=")
    for path in paths:
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).touch()
        for folder in ("", *_above(path)):
            rules = repo.read(posixpath.join(folder, _NAME))
            (work / folder / _NAME).write_bytes(rules or b"")
    private = decode(git(repo.root, "rev-parse", "--git-path", "info/exclude")).strip()
    if (repo.root / private).is_file():
        (work / ".git" / "info").mkdir(exist_ok=True)
        (work / ".git" / "info" / "exclude").write_bytes((repo.root / private).read_bytes())


def _ignored(work: Path, paths: Iterable[str]) -> set[str]:
    stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
    command = ("--git-dir=.git", "--work-tree=.", "check-ignore", "--no-index", "-z", "--stdin")
    return {*decode(git(work, *command, stdin=stdin, ok=(0, 1))).split("\0")} - {""}
