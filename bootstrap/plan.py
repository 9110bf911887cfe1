"""Repo + Tree + record → Plan: what would change, file by file, and why.

One mechanism serves apply, update and remove. For each path there is a `base` (what the template gave when
it was last merged here, if ever), a `want` (what it gives now, if still) and `ours` (what stands in the
repository); the plan is the step from base to want, taken on ours.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bootstrap import conflict, owned, places, record
from bootstrap.errors import UserError
from bootstrap.patch import Kept, Refused, Shape, patch
from bootstrap.pieces import Piece
from bootstrap.record import Entry, sha_of
from bootstrap.render import Answers, File, Tree, answers_text
from bootstrap.repo import Repo, git
from bootstrap.state import State
from bootstrap.transaction import Write

WRITING = ("create", "patch", "update", "delete", "conflict")
"""The actions that change a file."""


@dataclass(frozen=True)
class Change:
    """What happens to one file.

    `action` is one of WRITING, or same (nothing to do), kept (theirs, see `why`), todo (the user has to
    do something first) or skipped (it could not be done, see `why` and `snippet`).
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
    """Overwrite owned files with uncommitted edits."""
    restore: frozenset[str] = frozenset()
    """Deleted files to bring back."""
    updating: bool = False
    """Starter files are left alone."""


BaseOf = Callable[[str], Tree | None]
"""The tree at a recorded version; None if it can't be had and is not strictly needed."""


@dataclass(frozen=True)
class _File:
    """One template path with everything that decides about it."""

    path: str
    piece: Piece
    at: str
    entry: Entry | None
    base: File | None
    want: File | None
    ours: bytes | None
    applied: bool
    """Whether it was put here before."""
    whole: bool
    """Whether all that equals base is the template's."""

    @property
    def pristine(self) -> bool:
        """Whether the user has not touched the file since."""
        if self.ours is None:
            return False
        if self.entry and self.entry.created and sha_of(self.ours) == self.entry.sha:
            return True
        return self.base is not None and self.whole and self.ours == self.base.content

    def entry_for(self, ref: str, after: bytes, **changes: object) -> Entry:
        """What to remember once `after` stands there."""
        fresh = Entry(self.path, self.piece.kind, ref, sha_of(after), self.at)
        return replace(fresh, **changes)  # type: ignore[arg-type]


@dataclass
class _Outcome:
    changes: list[Change] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    adopted: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)


def make(
    repo: Repo, state: State, want: Tree | None, base_of: BaseOf, options: Options = Options()
) -> Plan:
    """The plan that takes `repo` to `want`; None takes everything away."""
    step = _Step(repo, state, want, base_of, options)
    return step.plan()


class _Step:
    def __init__(
        self, repo: Repo, state: State, want: Tree | None, base_of: BaseOf, options: Options
    ) -> None:
        self.repo, self.state, self.want, self.base_of = repo, state, want, base_of
        self.options, self.out = options, _Outcome()
        self.ref = want.source.ref if want else ""
        self.remembers = want is None or bool(want.answers.get("retrofit"))
        self.base = None
        if state.answers is not None and not state.retrofitted:
            self.base = base_of(str(state.answers.get("_commit")))

    def plan(self) -> Plan:
        unknown = self.options.restore - self._paths()
        if unknown:
            raise UserError(
                f"{min(unknown)} is no path of the template", "`bootstrap plan` lists them"
            )
        for path in sorted(self._paths()):
            self._one(path)
        self._leave_ignored_out()
        if self.out.blocked:
            raise UserError(
                "; ".join(self.out.blocked), "commit or undo that first, or use --force for edits"
            )
        answers = self._answers()
        changes = self.out.changes + self._memory(answers)
        return Plan(tuple(sorted(changes, key=lambda change: change.path)), answers)

    def _paths(self) -> set[str]:
        wanted = set(self.want.files) if self.want else set()
        before = set(self.base.files) if self.base else set()
        return wanted | before | set(self.state.record.entries)

    def _one(self, path: str) -> None:
        piece = self._piece(path)
        entry = self.state.record.entries.get(path)
        place = places.of(
            self.repo, path, self._given(), entry.at if entry and entry.at != path else None
        )
        if place.path in self.out.taken:
            other = self.out.taken[place.path]
            self._say(path, "same", piece.kind, why=f"{place.why or path}, see {other}")
            return
        self.out.taken[place.path] = path
        if place.problem or (reason := _unfit(self.repo, place.path)):
            self._skip(path, place.problem or reason, entry)
            return
        one = self._file(path, piece, place.path, entry)
        if one.ours is not None and conflict.marked(one.ours):
            self.out.blocked.append(f"{one.at} has conflict markers")
            return
        {"owned": self._owned, "shared": self._shared, "starter": self._starter}[piece.kind](one)

    def _given(self) -> Answers:
        return self.want.answers if self.want else (self.state.answers or {})

    def _piece(self, path: str) -> Piece:
        for tree in (self.want, self.base):
            if tree and (piece := tree.registry.of(path)):
                return piece
        entry = self.state.record.entries.get(path)
        if entry and (tree := self.base_of(entry.ref)) and (piece := tree.registry.of(path)):
            return piece
        if entry and entry.kind in {"owned", "shared", "starter"}:
            return Piece(path, entry.kind, ())
        raise UserError(f"the template has no kind for {path}", "add it to extensions/pieces.yml")

    def _file(self, path: str, piece: Piece, at: str, entry: Entry | None) -> _File:
        want = self.want.files.get(path) if self.want else None
        tree = self.base if entry is None else self.base_of(entry.ref)
        base = tree.files.get(path) if tree else None
        whole = self.base is not None if entry is None else entry.created
        applied = entry is not None or (self.base is not None and base is not None)
        ours = self.repo.read(at)
        return _File(path, piece, at, entry, base, want, ours, applied, whole)

    # --- the three kinds -------------------------------------------------------------------------------

    def _owned(self, one: _File) -> None:
        if one.want is None:
            self._take_away(one)
        elif one.ours is None:
            self._create(one, one.want)
        elif one.ours == one.want.content:
            self._same(one, one.ours)
        elif not one.applied:
            self.out.adopted.append(one.at)
            self._say(one.at, "kept", "owned", why="another file stands there: compare, then adopt it")
        elif one.pristine:
            self._write(one, "update", one.want.content)
        elif one.base is None or one.base.content == one.want.content:
            self._keep(one, "you edited it")
        else:
            self._merge(one, one.ours, one.base.content, one.want.content)

    def _merge(self, one: _File, ours: bytes, base: bytes, want: bytes) -> None:
        merged, clean = owned.merge(ours, base, want)
        if merged == ours:
            self._same(one, ours)
            return
        if one.at in self.repo.dirty and not self.options.force:
            self.out.blocked.append(f"{one.at} has uncommitted edits")
            return
        why = "" if clean else "your edit and the template's meet: resolve the conflict markers"
        self._write(one, "update" if clean else "conflict", merged, why=why)

    def _shared(self, one: _File) -> None:
        if one.ours is None:
            if one.want is not None:
                self._create(one, one.want)
            return
        if one.want is None and one.pristine:
            self._write(one, "delete", None)
            return
        done = patch(
            one.ours,
            one.base.content if one.base else None,
            one.want.content if one.want else None,
            Shape(one.piece.format, one.piece.lists),
            one.entry.inserted if one.entry else (),
            one.whole,
        )
        if isinstance(done, Refused):
            where = f"line {done.line}: " if done.line else ""
            self._skip(one.at, where + done.reason, one.entry, done.snippet)
            return
        empty = one.want is None and one.whole and not done.after.strip()
        after = None if empty else done.after
        if after != one.ours:
            action = "delete" if after is None else "patch"
            self.out.changes.append(self._change(one, action, after, kept=done.kept))
        else:
            self._say(one.at, "same", "shared", kept=done.kept)
        if one.want is None:
            return
        if one.entry and done.after == one.ours:
            self.out.entries[one.path] = replace(one.entry, ref=self.ref)
        elif one.entry and one.entry.created:
            self._remember(one, one.want.content)
        else:
            self._remember(one, done.after, created=False, inserted=done.inserted)

    def _starter(self, one: _File) -> None:
        if self.options.updating:
            if one.entry:
                self.out.entries[one.path] = one.entry
        elif one.want is None:
            self._take_away(one)
        elif one.ours is None:
            self._create(one, one.want)
        elif one.entry:
            self.out.entries[one.path] = one.entry
            self._say(one.at, "same", "starter")
        elif one.applied or one.ours == one.want.content:
            self._same(one, one.ours)
        else:
            self._say(one.at, "kept", "starter", why="you have one already")

    # --- what can happen to a file ---------------------------------------------------------------------

    def _create(self, one: _File, want: File) -> None:
        if one.applied and one.path not in self.options.restore:
            self._keep(one, f"you deleted it: `bootstrap apply --restore {one.path}` brings it back")
            return
        change = self._change(one, "create", want.content)
        self.out.changes.append(replace(change, mode=want.mode))
        self._remember(one, want.content)

    def _take_away(self, one: _File) -> None:
        if one.ours is None:
            return
        if one.pristine:
            self._write(one, "delete", None)
        else:
            self._say(one.at, "kept", one.piece.kind, why="you changed it, so it stays")

    def _write(self, one: _File, action: str, after: bytes | None, why: str = "") -> None:
        self.out.changes.append(self._change(one, action, after, why=why))
        if after is not None:
            template = one.want.content if one.want else after
            self._remember(one, template)

    def _same(self, one: _File, ours: bytes) -> None:
        self._say(one.at, "same", one.piece.kind)
        self._remember(one, one.want.content if one.want else ours)

    def _keep(self, one: _File, why: str) -> None:
        self._say(one.at, "kept", one.piece.kind, why=why)
        if one.entry and one.want:
            self.out.entries[one.path] = replace(one.entry, ref=self.ref)

    def _skip(self, path: str, reason: str, entry: Entry | None, snippet: str = "") -> None:
        self._say(path, "skipped", why=reason, snippet=snippet)
        if entry:
            self.out.entries[entry.path] = entry

    def _remember(self, one: _File, after: bytes, **changes: object) -> None:
        self.out.entries[one.path] = one.entry_for(self.ref, after, **changes)

    def _change(self, one: _File, action: str, after: bytes | None, **more: object) -> Change:
        return Change(one.at, action, one.piece.kind, one.ours, after, **more)  # type: ignore[arg-type]

    def _say(self, path: str, action: str, kind: str = "", **more: object) -> None:
        self.out.changes.append(Change(path, action, kind, **more))  # type: ignore[arg-type]

    # --- the whole -------------------------------------------------------------------------------------

    def _leave_ignored_out(self) -> None:
        """A file that git ignores would never reach a colleague: say so instead of writing it."""
        created = [change.path for change in self.out.changes if change.action == "create"]
        ignored = _ignored(self.repo, [*created, self.state.answers_file])
        if self.state.answers_file in ignored:
            raise UserError(
                f"{ignored[self.state.answers_file]} makes git ignore {self.state.answers_file}",
                f"add the line `!/{self.state.answers_file}` there",
            )
        for number, change in enumerate(self.out.changes):
            if change.path in ignored and change.action == "create":
                why = f"ignored by {ignored[change.path]}: add `!/{change.path}` there, then apply again"
                self.out.changes[number] = Change(change.path, "todo", change.kind, why=why)
                self._forget(change.path)

    def _forget(self, at: str) -> None:
        for path in [path for path, entry in self.out.entries.items() if entry.at == at]:
            del self.out.entries[path]

    def _answers(self) -> Answers | None:
        if self.want is None:
            return None
        adopted = {*self.want.answers.get("adopted_paths", ()), *self.out.adopted}
        return {**self.want.answers, "adopted_paths": sorted(adopted)}

    def _memory(self, answers: Answers | None) -> list[Change]:
        """The changes of the answers file and of the record."""
        files = self._record_files(answers) if self.remembers else {}
        old = {path for path in self.repo.files if path.startswith(f"{record.FOLDER}/")}
        found = [self._memory_change(path, files.get(path)) for path in sorted(old | set(files))]
        if answers != self.state.answers or self.state.answers_file in self.state.merged:
            text = None if answers is None else answers_text(answers)
            found.append(self._memory_change(self.state.answers_file, text))
        return [change for change in found if change.before != change.after]

    def _record_files(self, answers: Answers | None) -> Mapping[str, bytes]:
        if answers is None:
            return {}
        groups: dict[str, list[Entry]] = {}
        for path, entry in self.out.entries.items():
            name = record.file_of(self._piece(path).factors, answers.get("factors", ()))
            groups.setdefault(name, []).append(entry)
        return {name: record.dump(entries) for name, entries in groups.items()}

    def _memory_change(self, path: str, after: bytes | None) -> Change:
        before = self.repo.read(path)
        action = "delete" if after is None else "create" if before is None else "update"
        return Change(path, action, "memory", before, after)


def _unfit(repo: Repo, path: str) -> str:
    """Why a path can't be written to, or nothing."""
    try:
        info = (repo.root / path).lstat()
    except NotADirectoryError:
        return "a file stands where a folder is needed"
    except OSError:
        return ""
    if not stat.S_ISREG(info.st_mode):
        return "it is no regular file"
    if repo.read(path) is None:
        return "it is too large or can't be read"
    if not info.st_mode & 0o222 or not os.access(repo.root / path, os.W_OK):
        return "it is read-only: make it writable, then apply again"
    return ""


def _ignored(repo: Repo, paths: Iterable[str]) -> dict[str, str]:
    """The paths that git would ignore → the file with the rule."""
    asked = [path for path in paths if path not in repo.files]
    stdin = b"".join(os.fsencode(path) + b"\0" for path in asked)
    answer = git(
        repo.root, "check-ignore", "--no-index", "-v", "-z", "--stdin", stdin=stdin, ok=(0, 1)
    )
    fields = os.fsdecode(answer).split("\0")[:-1]
    rows = zip(fields[0::4], fields[2::4], fields[3::4], strict=True)
    return {path: source for source, rule, path in rows if not rule.startswith("!")}
