"""Repo + Tree + record → Plan.

One mechanism serves apply, update and remove. For each path there is a `base` (what the template
gave when it was last merged here, if ever), a `want` (what it gives now, if still) and `ours` (what
stands in the repository); the plan is the step from base to want, taken on ours, for all paths.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from bootstrap import effects, memory, places, record, unignore
from bootstrap.errors import UserError
from bootstrap.pieces import Piece, format_of
from bootstrap.plan import Change, Options, Plan
from bootstrap.record import Entry
from bootstrap.render import Answers, Tree
from bootstrap.repo import SUBMODULE, Repo, git
from bootstrap.state import State
from bootstrap.transition import Item, Step, skip, step

BaseOf = Callable[[str, int], Tree | None]
"""The tree at a recorded version, with the answers of whoever applied that factor.

None if it can't be had and is not strictly needed.
"""


def make(repo: Repo, state: State, want: Tree | None, base_of: BaseOf, options: Options) -> Plan:
    """The plan that takes `repo` to `want`; None takes everything away."""
    world = _World(repo, state, want, base_of)
    if unknown := options.restore - world.restorable:
        raise UserError(f"{min(unknown)} is no path of the template", "`bootstrap plan` lists them")
    steps, aliases = _steps(world, options)
    if blocked := [one.blocked for one in steps.values() if one.blocked]:
        raise UserError("; ".join(blocked), "resolve or commit that first")
    steps = _without_ignored(repo, state, steps)
    steps = _without_effects(world, steps, options)
    answers = _answers(state, want, steps)
    changes = [one.change for one in steps.values() if one.change] + aliases
    remembered = {
        path: (world.piece(path), one.entry) for path, one in steps.items() if one.entry is not None
    }
    changes += memory.changes(repo, state, answers, remembered)
    return Plan(tuple(sorted(changes, key=lambda change: change.path)), answers)


class _World:
    """What is known of all paths: the trees, the record, and the repository."""

    def __init__(self, repo: Repo, state: State, want: Tree | None, base_of: BaseOf) -> None:
        self.repo, self.state, self.want, self.base_of = repo, state, want, base_of
        self.base = None
        """In a generated service, which has no record: everything at the recorded version."""
        if state.answers is not None and not state.retrofitted:
            self.base = base_of(str(state.answers.get("_commit")), 0)

    @property
    def paths(self) -> list[str]:
        """All template paths that matter, in order; what the user keeps for themselves does not."""
        trees = [tree.files for tree in (self.want, self.base) if tree]
        found = {path for files in trees for path in files} | set(self.state.record.entries)
        return sorted(found - set(self.given.get("adopted_paths", ())))

    @property
    def given(self) -> Answers:
        """The answers after the run, or before it if nothing is to be left."""
        return self.want.answers if self.want else (self.state.answers or {})

    def knows_all_of(self, piece: Piece) -> bool:
        """Whether its part of the record is complete: a file without an entry was there before us.

        It is not where somebody deleted that, or where plain Copier moved the version since.
        """
        if self.state.answers is None:
            return True
        entries = self.state.record.entries.values()
        known = any(entry.ref == self.state.answers.get("_commit") for entry in entries)
        had = set(piece.factors) & set(self.state.answers.get("factors", ()))
        return known and (not had or any(entry.factor == min(had) for entry in entries))

    @property
    def generated(self) -> Mapping[str, object]:
        """What the template rendered at first, in a service that was generated."""
        return self.base.files if self.base else {}

    @property
    def restorable(self) -> set[str]:
        """What can be named to bring it back: paths in the template or in the repository."""
        return {*self.paths, *(entry.at for entry in self.state.record.entries.values())}

    def place(self, path: str) -> places.Place:
        """Where a template path belongs here."""
        entry = self.state.record.entries.get(path)
        return places.of(
            self.repo, path, self.given, entry.at if entry and entry.at != path else None
        )

    def piece(self, path: str) -> Piece:
        """The row of the registry for a template path."""
        entry = self.state.record.entries.get(path)
        trees = [self.want, self.base, self._base_of(entry)]
        found = next((row for tree in trees if tree and (row := tree.registry.of(path))), None)
        if found is None and entry is not None:
            return Piece(path, entry.kind, (entry.factor,), format_of(path))
        # What has no row is the starter application, from the folder of a stack.
        return found or Piece(path, "starter", (), format_of(path))

    def _base_of(self, entry: Entry | None) -> Tree | None:
        return self.base_of(entry.ref, entry.factor) if entry else None

    def item(self, path: str, at: str) -> Item:
        """Everything that decides about a template path, with its place `at`."""
        entry = self.state.record.entries.get(path)
        tree = self.base if entry is None else self._base_of(entry)
        base = tree.files.get(path) if tree else None
        if entry and tree and base is None:  # a record that names what no template gave is not ours
            entry = None
        piece = self.piece(path)
        return Item(
            path,
            piece,
            at,
            ref=self.want.source.ref if self.want else "",
            entry=entry,
            base=base,
            want=self.want.files.get(path) if self.want else None,
            ours=self.repo.read(at),
            applied=entry is not None or (self.base is not None and base is not None),
            whole=self.base is not None if entry is None else entry.created,
            theirs=self.knows_all_of(piece),
            repo=self.repo,
        )


def _steps(world: _World, options: Options) -> tuple[dict[str, Step], list[Change]]:
    """The step of each path; and what to say of paths that are links to others' places."""
    steps: dict[str, Step] = {}
    taken: dict[str, str] = {}
    aliases = []
    for path in world.paths:
        place = world.place(path)
        if place.path in taken:
            aliases.append(Change(path, "same", why=f"see {taken[place.path]}"))
            continue
        taken[place.path] = path
        item = world.item(path, place.path)
        problem = place.problem or _unfit(world.repo, place.path)
        done = skip(item, problem) if problem else step(item, options)
        steps[path] = _noted(done, place.why)
    return steps, aliases


def _noted(done: Step, why: str) -> Step:
    if done.change is None or done.change.why or not done.change.writes:
        return done
    return replace(done, change=replace(done.change, why=why))


def _answers(state: State, want: Tree | None, steps: Mapping[str, Step]) -> Answers | None:
    """The answers after the run; some are left as long as something of ours is."""
    if want is None:
        return state.answers if any(one.entry for one in steps.values()) else None
    own = {path for path, one in steps.items() if one.adopted}
    return {**want.answers, "adopted_paths": sorted({*want.answers["adopted_paths"], *own})}


def _unfit(repo: Repo, path: str) -> str:
    """Why a path can't be written to, or nothing."""
    target = repo.root / path
    parts = path.split("/")
    parents = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    if inner := next((one for one in parents if repo.files.get(one) == SUBMODULE), None):
        return f"it lies in the submodule {inner}"
    if path in repo.absent:
        return "it is outside of the sparse checkout"
    try:
        info = target.lstat()
    except NotADirectoryError:
        return "a file stands where a folder is needed"
    except OSError:
        return ""
    if not stat.S_ISREG(info.st_mode):
        return "it is no regular file"
    if repo.read(path) is None:
        return "it is too large or can't be read"
    if not info.st_mode & 0o222 or not os.access(target, os.W_OK):
        return "it is read-only: make it writable, then apply again"
    return ""


def _never_kept(repo: Repo, found: Mapping[str, str]) -> UserError:
    """That git ignores what nothing here works without, all that one file says about it at once."""
    hints = {path: unignore.whole(repo, path, why) for path, why in found.items()}
    why, file = next(iter(found.values())), next(iter(hints.values())).file
    same = [path for path in found if (found[path], hints[path].file) == (why, file)]
    lines = list(dict.fromkeys(one for path in same for one in hints[path].lines or (f"!/{path}",)))
    shown = " and ".join(f"`{line}`" for line in lines)
    cause = f"{why} makes git ignore {' and '.join(same)}"
    return UserError(cause, f"add the line{'s' * (len(lines) > 1)} {shown} to {file}")


def _without_ignored(repo: Repo, state: State, steps: Mapping[str, Step]) -> dict[str, Step]:
    """A file that git ignores would never reach a colleague: it is said instead of written."""
    created = [
        one.change.path for one in steps.values() if one.change and one.change.action == "create"
    ]
    own = {state.answers_file: state.answers_file, f"{record.FOLDER}/01.yml": ".process/"}
    ignored = _ignored(repo, [*created, *own])
    if found := {path: ignored[path] for path in own if path in ignored}:
        raise _never_kept(repo, {own[path]: why for path, why in found.items()})
    hints = unignore.hints(repo, {path: ignored[path] for path in created if path in ignored})
    return {path: _unless_ignored(one, ignored, hints) for path, one in steps.items()}


def _unless_ignored(
    one: Step, ignored: Mapping[str, str], hints: Mapping[str, unignore.Hint]
) -> Step:
    if one.change is None or one.change.action != "create" or one.change.path not in hints:
        return one
    path = one.change.path
    hint = hints[path]
    first = next(other for other in hints if hints[other] is hint)
    why = f"ignored by {ignored[path]}: " + (hint.how if path == first else f"see {first}")
    snippet = hint.snippet if path == first else ""
    return replace(
        one, change=Change(path, "todo", one.change.kind, why=why, snippet=snippet), entry=None
    )


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


def _without_effects(world: _World, steps: Mapping[str, Step], options: Options) -> dict[str, Step]:
    """What would change owners, attributes or the ignore state of a file of theirs is left out.

    What the user asks to take away goes all the same, and its effect is said.
    """
    changes = [one.change for one in steps.values() if one.change]
    found = effects.of(world.repo, changes, _brought(world, steps))
    after = dict(steps)
    for path, one in steps.items():
        if one.change and (effect := found.get(one.change.path)):
            entry = world.state.record.entries.get(path)
            after[path] = (
                replace(one, change=replace(one.change, why=f"this will {effect}"))
                if options.removing
                else Step(_left_out(one.change, effect), entry)
            )
    return after


def _brought(world: _World, steps: Mapping[str, Step]) -> set[str]:
    """The paths that the template brought or brings now, and all in the folder that is its own."""
    folder = set(world.repo.below.get(".process", ()))
    recorded = {entry.at for entry in world.state.record.entries.values() if entry.created}
    rendered = {
        one.change.path
        for path, one in steps.items()
        if one.change and (one.change.action == "create" or path in world.generated)
    }
    return folder | recorded | rendered | {world.state.answers_file}


def _left_out(change: Change, effect: str) -> Change:
    snippet = effects.snippet(change)
    return Change(change.path, "skipped", change.kind, why=f"would {effect}", snippet=snippet)
