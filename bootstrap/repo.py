"""A repository as the other modules see it: one listing by git, lazy bounded reads of files.

Nothing of the repository is executed: git runs with its hooks and its file monitor off.
"""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bootstrap.errors import UserError

MAX_BYTES = 4 * 1024 * 1024
"""A larger file is neither read for facts nor patched."""

FEW = 10_000
"""Beside so few files git has listed the untracked ones before anything else is done; beside more
they are looked for when they are asked for, since that leads through every folder."""

GIT_SECONDS = 120
"""A pattern in a hostile .gitignore can keep git busy for ever."""

PIPE = 1 << 20
"""How many bytes git may be ahead of whoever reads its list, where the system allows that."""

REGULAR, LINK, SUBMODULE = "100644", "120000", "160000"

# A repository's own configuration can name programs that git would start.
_SAFE = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=false",
)


def git(
    root: Path,
    *arguments: str,
    stdin: bytes | None = None,
    ok: tuple[int, ...] = (0,),
    settings: Mapping[str, str] | None = None,
) -> bytes:
    """Run git in `root` and return its output; an unexpected exit status is a UserError.

    `settings` are more variables of the environment.
    """
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=root,
            input=stdin,
            capture_output=True,
            env={**_environment(), **(settings or {})},
            timeout=GIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(arguments[0]) from None
    if done.returncode not in ok:
        message = done.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"git {arguments[0]} failed", message[-1] if message else "no message")
    return done.stdout


def batches(root: Path, *arguments: str) -> Iterator[list[str]]:
    """What git ends with a NUL each, decoded, in batches while it still lists the others."""
    command = ["git", *_SAFE, *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "pipesize": PIPE}
    with subprocess.Popen(command, cwd=root, env=_environment(), **streams) as running:  # type: ignore[call-overload]
        too_late = threading.Timer(GIT_SECONDS, running.kill)
        too_late.start()
        begun = b""
        while read := os.read(running.stdout.fileno(), PIPE):
            whole, nul, begun = (begun + read).rpartition(b"\0")
            if nul:
                yield decode(whole).split("\0")
        too_late.cancel()
    if running.returncode < 0:
        raise _too_slow(arguments[0])
    if running.returncode:
        git(root, *arguments)  # says why


def _too_slow(command: str) -> UserError:
    return UserError(
        f"git {command} took longer than {GIT_SECONDS} seconds",
        "look for patterns with many stars in .gitignore and .gitattributes",
    )


def _environment() -> dict[str, str]:
    return {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def decode(raw: bytes) -> str:
    """A path from git's bytes; bytes that are no UTF-8 survive a round trip."""
    return raw.decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Repo:
    """A git work tree: its root, its files (path → git mode), and what is not committed yet."""

    root: Path
    tracked: Mapping[str, str]
    absent: frozenset[str] = frozenset()
    """Tracked files that a sparse checkout leaves out."""
    index_only: bool = False
    """Whether no file counts that git does not track."""

    @classmethod
    def open(cls, directory: Path) -> Repo:
        """The repository that holds `directory`."""
        root = root_of(directory)
        repo = cls(root, *_tracked(root))
        if len(repo.tracked) <= FEW:
            _ = repo._beside
        return repo

    @cached_property
    def _beside(self) -> Future[list[str]]:
        """What git is looking for meanwhile: the untracked files that are not ignored."""
        worker = ThreadPoolExecutor(1)
        found = worker.submit(_untracked, self.root)
        worker.shutdown(wait=False)
        return found

    @cached_property
    def untracked(self) -> tuple[str, ...]:
        """Files that git neither tracks nor ignores."""
        if self.index_only:
            return ()
        return tuple(path for path in self._beside.result() if path not in self.tracked)

    @cached_property
    def files(self) -> Mapping[str, str]:
        """Tracked and untracked files; the mode of an untracked one is ''."""
        return (
            {**self.tracked, **dict.fromkeys(self.untracked, "")}
            if self.untracked
            else self.tracked
        )

    @property
    def settled(self) -> Repo:
        """The repository as far as it is known by now: of a large one maybe the index alone."""
        known = "_beside" in vars(self) or "untracked" in vars(self)
        return self if known else replace(self, index_only=True)

    @cached_property
    def dirty(self) -> frozenset[str]:
        """Paths with uncommitted changes, untracked files included.

        Asked of git on first use: it compares contents, which reading facts has no need of.
        """
        return frozenset(path for _, path in _status(self.root))

    @cached_property
    def marked(self) -> tuple[str, ...]:
        """Tracked files with merge markers in them, found by one run of git in the work tree."""
        # As text (-a), so that git asks no .gitattributes what is binary: that one may be a pipe.
        how = ("-a", "-l", "-z", "-E", "--no-color", "--no-textconv", "--no-recurse-submodules")
        pattern = "^(<<<<<<<|>>>>>>>)( |$)"
        settings = {"GIT_NO_LAZY_FETCH": "1"}
        found = git(self.root, "grep", *how, pattern, ok=(0, 1), settings=settings)
        return tuple(dict.fromkeys(decode(found).split("\0")[:-1]))

    @cached_property
    def by_lower(self) -> Mapping[str, str]:
        """Lower-case path → path, for look-ups in any letter case."""
        found: dict[str, str] = {}
        for path in self.files:
            found.setdefault(path.lower(), path)
        return found

    @cached_property
    def below(self) -> Mapping[str, list[str]]:
        """Top folder → the files somewhere below it."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            top, slash, _ = path.partition("/")
            if slash:
                found.setdefault(top, []).append(path)
        return found

    @cached_property
    def shallow(self) -> tuple[str, ...]:
        """The files at most two folders deep, in order; most of a large repository are deeper."""
        return tuple(sorted(path for path in self.files if path.count("/") <= 2))

    def find(self, path: str) -> str | None:
        """The file at `path` in any letter case, or None."""
        return path if path in self.files else self.by_lower.get(path.lower())

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file; None if there is none, it is a link, or over MAX_BYTES.

        Folders on the way may not be links either: what lies behind one is not the repository's.
        """
        target = self.root / path
        if not self.inside(path):
            return None
        try:
            info = target.lstat()
            if not stat.S_ISREG(info.st_mode) or info.st_size > MAX_BYTES:
                return None
            return target.read_bytes()
        except OSError:
            return None

    def text(self, path: str) -> str | None:
        """The text of a regular UTF-8 file without its byte order mark, or None."""
        raw = self.read(path)
        try:
            return None if raw is None else raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    def inside(self, path: str) -> bool:
        """Whether every folder on the way to `path` is a real one inside the repository."""
        parts = path.split("/")
        if path.startswith("/") or ".." in parts or ".git" in path.lower().split("/"):
            return False
        here = self.root
        for part in parts[:-1]:
            here = here / part
            if here.is_symlink():
                return False
        return True


def root_of(directory: Path) -> Path:
    """The top folder of the work tree that holds `directory`."""
    if not directory.is_dir():
        raise UserError(f"{directory} is not a folder", "name an existing git repository with -C")
    try:
        answer = git(directory, "rev-parse", "--is-bare-repository", "--show-toplevel")
    except FileNotFoundError:
        raise UserError("git was not found", "install git 2.30 or newer") from None
    except UserError as error:
        if "work tree" in str(error):
            raise UserError(
                f"{directory} is a bare repository", "run this in a clone of it"
            ) from None
        raise UserError(
            f"{directory} is not a git repository", "run `git init` first, or name one with -C"
        ) from None
    return Path(decode(answer).split("\n", 1)[1].removesuffix("\n"))


def _tracked(root: Path) -> tuple[dict[str, str], frozenset[str]]:
    """The mode of each tracked file by its path, and those outside of the sparse checkout."""
    files: dict[str, str] = {}
    others: list[str] = []
    start = 0
    for rows in batches(root, "ls-files", "-s", "-t", "-z"):
        # "H 100644 2f1d… 0<tab>path": what stands before the path is as long in each row.
        start = start or rows[0].index("\t") + 1
        files.update(dict.fromkeys([row[start:] for row in rows], REGULAR))
        others += [row for row in rows if not row.startswith(f"H {REGULAR}")]
    files.update({row[start:]: row[2:8] for row in others})
    return files, frozenset(row[start:] for row in others if row.startswith("S"))


def _untracked(root: Path) -> list[str]:
    listed = git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return decode(listed).split("\0")[:-1]


def _status(root: Path) -> Iterator[tuple[str, str]]:
    # A submodule has a configuration of its own.
    arguments = ("--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=all")
    listed = git(root, "status", *arguments, settings=_without_filters(root))
    entries = iter(listed.split(b"\0")[:-1])
    for entry in entries:
        code = entry[:2].decode()
        yield code, decode(entry[3:])
        if code[0] in "RC":
            yield code, decode(next(entries))


def _without_filters(root: Path) -> dict[str, str]:
    """Environment in which git runs none of the filters that its configuration names.

    `-c` would not do: the name of a filter may hold an equals sign.
    """
    named = git(root, "config", "--name-only", "-z", "--get-regexp", r"^filter\.", ok=(0, 1))
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    settings: dict[str, str] = {}
    for number, name in enumerate(decode(named).split("\0")[:-1], first):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": ""}
    return {**settings, "GIT_CONFIG_COUNT": str(first + len(settings) // 2)}
