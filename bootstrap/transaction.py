"""Writes to a work tree, all or nothing: one journal, one commit point, recovery by redoing.

The journal holds every new byte before the first file changes. Renaming it into place is the one
commit point: a run that dies before it has changed nothing; one that dies after it is completed by
`recover`. Somebody who reads the tree meanwhile may see a part of it. A replaced file keeps its
mode, but not its owner, extended attributes or hard links.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import json
import os
import stat
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bootstrap.errors import UserError
from bootstrap.repo import decode, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

JOURNAL = "journal.json"
LOCK_SECONDS = 10.0
"""How long a second process waits for the first one."""

_NOTHING = "nothing was changed; mend that and run the command again"
_AGAIN = "mend that and run the command again, it completes what is left"
_GIVE_UP = (
    "undo that edit and run the command again, or keep all as it is now: "
    f"delete {JOURNAL} in the folder that `git rev-parse --git-path twelvefold` names"
)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Write:
    """One file (relative path, '/' between its parts): what it holds now, and what it shall hold.

    `before` None: it must not exist. `after` None: it goes. `mode`: of a new file, less the umask.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int = 0o644


@dataclass(frozen=True)
class _Entry:
    path: str
    before: str | None
    after: str | None
    data: str
    mode: int


def commit(root: Path, writes: Sequence[Write]) -> None:
    """Do all of `writes` below `root`, or none of them.

    UserError if a file is not as planned, can't be written safely, or the disk refuses.
    """
    if len({write.path for write in writes}) < len(writes):
        raise ValueError("a plan writes each path once")
    with _locked(_state_path(root)) as state, _folder(root) as top:
        if _journal(state):
            raise UserError("an earlier run was interrupted", _AGAIN)
        entries = [_entry(top, write) for write in writes]
        if not entries:
            return
        try:
            data = json.dumps([asdict(entry) for entry in entries]).encode()
            _replace(state, JOURNAL, data, 0o600)
        except OSError as error:
            with suppress(OSError):
                _unlink(state, JOURNAL)
            raise UserError(f"the journal can't be written ({error.strerror})", _NOTHING) from error
        _redo(top, entries)
        _finish(state)


def recover(root: Path) -> tuple[str, ...]:
    """Complete an interrupted run: the paths that belong to it, () if there was none.

    UserError, with nothing changed, if a file has neither its old nor its new bytes: edited since.
    """
    path = _state_path(root)
    with _naming(str(path), _NOTHING):
        if not path.is_dir():
            return ()
    with _locked(path) as state, _folder(root) as top:
        _unlink(state, _temporary(JOURNAL))
        entries = _journal(state)
        if entries:
            _redo(top, entries)
            _finish(state)
        return tuple(entry.path for entry in entries)


def _do(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call that changes the disk: all go through here, so a test can stop before each."""
    return call(*args, **kwargs)


# --- the journal, in the git directory: worktrees and submodules have their own -----------------


def _state_path(root: Path) -> Path:
    return root / decode(git(root, "rev-parse", "--git-path", "twelvefold")).removesuffix("\n")


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The folder of the journal, for one process at a time."""
    with _naming(str(path), _NOTHING):
        with suppress(FileExistsError):
            _do(os.mkdir, path)
        with _folder(path, more=os.O_NOFOLLOW) as state, _lock(state):
            yield state


@contextmanager
def _lock(state: int) -> Iterator[None]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    lock = _do(os.open, "lock", flags, 0o644, dir_fd=state)
    try:
        _wait_for(lock)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int) -> None:
    end = time.monotonic() + LOCK_SECONDS
    while True:
        with suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.monotonic() >= end:
            raise UserError("another run is writing to this repository", "wait until it ends")
        time.sleep(0.05)


def _journal(state: int) -> list[_Entry]:
    found = _read(state, JOURNAL)
    with suppress(ValueError, TypeError, RecursionError):
        entries = [_Entry(**entry) for entry in json.loads(found[0])] if found else []
        if all(_is_sound(entry) for entry in entries):
            return entries
    raise UserError(
        "the journal of an interrupted run can't be read",
        f"look at `git status`, then delete {JOURNAL} "
        "in the folder that `git rev-parse --git-path twelvefold` names",
    )


def _is_sound(entry: _Entry) -> bool:
    """Whether an entry is what a run of this program wrote: its bytes have their fingerprint."""
    typed = isinstance(entry.path, str) and isinstance(entry.before, str | None)
    data = base64.b64decode(entry.data, validate=True)
    return typed and entry.mode in range(0o10000) and entry.after in (None, _sha(data))


def _finish(state: int) -> None:
    with _naming(JOURNAL, _AGAIN):
        _unlink(state, JOURNAL)
    with suppress(OSError):  # a journal that comes back after a power cut only repeats what is done
        _do(os.fsync, state)


# --- one file of the plan -----------------------------------------------------------------------


def _entry(top: int, write: Write) -> _Entry:
    folders, name = _split(write.path)
    with _naming(write.path, _NOTHING):
        _require_writable(top, folders)
        found = _read_at(top, folders, name)
    data, mode = found or (None, write.mode)
    if data != write.before:
        raise UserError(f"{write.path} is not as planned", "run the command again")
    if found and not mode & 0o222:
        raise UserError(f"{write.path} is read-only", _NOTHING)
    text = base64.b64encode(write.after or b"").decode()
    return _Entry(write.path, _sha(data), _sha(write.after), text, mode)


def _redo(top: int, entries: Sequence[_Entry]) -> None:
    """Bring every file to its state after; which of them are there already makes no difference."""
    due = {entry.path for entry in entries if _is_due(top, entry)}
    for entry in sorted(entries, key=lambda entry: entry.after is None):
        folders, name = _split(entry.path)
        with _naming(entry.path, _AGAIN):
            if entry.after is None:
                _delete(top, folders, name)
            elif entry.path in due:
                with _opened(top, folders, make=True) as folder:
                    data = base64.b64decode(entry.data)
                    _replace(folder, name, data, entry.mode, exact=entry.before is not None)


def _is_due(top: int, entry: _Entry) -> bool:
    folders, name = _split(entry.path)
    found = None
    with _naming(entry.path, _AGAIN), suppress(FileNotFoundError), _opened(top, folders) as folder:
        _unlink(folder, _temporary(name))
        found = _read(folder, name)
    now = _sha(found[0] if found else None)
    if now not in {entry.before, entry.after}:
        raise UserError(f"{entry.path} was edited after a run was interrupted", _GIVE_UP)
    return now != entry.after


def _delete(top: int, folders: Sequence[str], name: str) -> None:
    """Delete a file and each folder that is empty then, as git does."""
    with suppress(FileNotFoundError), _opened(top, folders) as folder:
        _unlink(folder, name)
        _do(os.fsync, folder)
    for depth in range(len(folders), 0, -1):
        try:
            with _opened(top, folders[: depth - 1]) as folder:
                _do(os.rmdir, folders[depth - 1], dir_fd=folder)
                _do(os.fsync, folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}:
                raise
            return


def _replace(folder: int, name: str, data: bytes, mode: int, exact: bool = True) -> None:
    """Put `data` at `name` in one step; `exact`: the mode holds whatever the umask is."""
    temporary = _temporary(name)
    _unlink(folder, temporary)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        file = _do(os.open, temporary, flags, mode, dir_fd=folder)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[_do(os.write, file, rest) :]
            if exact:
                _do(os.fchmod, file, mode)
            _do(os.fsync, file)
        finally:
            os.close(file)
        _do(os.rename, temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            _unlink(folder, temporary)
        raise
    _do(os.fsync, folder)


# --- the walk: never through a link, never out of the work tree ---------------------------------


def _split(path: str) -> tuple[list[str], str]:
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" or "\0" in part for part in parts):
        raise UserError(f"{path!r} is no path of a work tree", _NOTHING)
    return parts[:-1], parts[-1]


@contextmanager
def _folder(path: Path | str, at: int | None = None, more: int = 0) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | more, dir_fd=at)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _opened(top: int, folders: Sequence[str], make: bool = False) -> Iterator[int]:
    """The folder below `top`; FileNotFoundError if it is missing, unless it shall be made."""
    with ExitStack() as stack:
        for part in folders:
            if make:
                _make(top, part)
            top = stack.enter_context(_folder(part, top, os.O_NOFOLLOW))
        yield top


def _make(folder: int, name: str) -> None:
    with suppress(FileExistsError):
        _do(os.mkdir, name, dir_fd=folder)
        _do(os.fsync, folder)


def _require_writable(top: int, folders: Sequence[str]) -> None:
    """Refuse now what the disk would refuse after the commit point."""
    for depth in range(len(folders), -1, -1):
        with suppress(FileNotFoundError), _opened(top, folders[:depth]) as folder:
            if not os.access(".", os.W_OK, dir_fd=folder) or not os.fstat(folder).st_mode & 0o222:
                raise UserError(f"{'/'.join(folders[:depth]) or '.'} is read-only", _NOTHING)
            return


def _read_at(top: int, folders: Sequence[str], name: str) -> tuple[bytes, int] | None:
    with suppress(FileNotFoundError), _opened(top, folders) as folder:
        return _read(folder, name)
    return None


def _read(folder: int, name: str) -> tuple[bytes, int] | None:
    """The bytes and the mode of a regular file, None if there is nothing."""
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "a link, a folder or a special file is there")
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:
        return file.read(), stat.S_IMODE(info.st_mode)


def _unlink(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        _do(os.unlink, name, dir_fd=folder)


@contextmanager
def _naming(path: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        through = error.errno in {errno.ELOOP, errno.ENOTDIR}
        why = "a link or a file stands in the way" if through else error.strerror
        raise UserError(f"{path}: {why}", remedy) from error


def _temporary(name: str) -> str:
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f".{digest[:16]}.bootstrap-tmp~"


def _sha(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
