"""A plan: what would change, file by file, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bootstrap.patch import Kept
from bootstrap.render import Answers
from bootstrap.transaction import Write

WRITING = ("create", "patch", "update", "delete", "conflict")
"""The actions that change a file."""


@dataclass(frozen=True)
class Change:
    """What happens to one file.

    `action` is one of WRITING, or same (nothing to do), kept (theirs, see `why`), todo (the user
    has to do something first) or skipped (it could not be done, see `why` and `snippet`).
    """

    path: str
    action: str
    kind: str = ""
    before: bytes | None = None
    after: bytes | None = None
    mode: int = 0o644
    why: str = ""
    kept: tuple[Kept, ...] = ()
    snippet: str = ""

    @property
    def writes(self) -> bool:
        """Whether the file changes."""
        return self.action in WRITING


@dataclass(frozen=True)
class Plan:
    """All changes of one run, and what the repository then remembers."""

    changes: tuple[Change, ...]
    answers: Answers | None
    """The answers after the run; None: the template is gone."""
    todo: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    first: bool = False
    """Whether the repository had nothing of the template before."""

    @property
    def writes(self) -> tuple[Write, ...]:
        """The plan as a transaction."""
        return tuple(
            Write(change.path, change.before, change.after, change.mode)
            for change in self.changes
            if change.writes
        )

    @property
    def skipped(self) -> bool:
        """Whether something could not be done."""
        return any(change.action in {"skipped", "conflict"} for change in self.changes)


@dataclass(frozen=True)
class Options:
    """What the user allows beyond the default."""

    force: bool = False
    """Merge into owned files with uncommitted edits."""
    restore: frozenset[str] = frozenset()
    """Deleted files to bring back."""
    updating: bool = False
    """Starter files are left alone."""
    removing: bool = False
    """What can't be taken out is a reason to tell the user how."""
