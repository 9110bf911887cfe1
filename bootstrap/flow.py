"""From a repository and the user's wishes to a plan: which template, which answers, which step."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from bootstrap import answers as asked
from bootstrap import facts as detect
from bootstrap import pieces, planner, reasons, source, state
from bootstrap.advice import advice, notes, on_forge
from bootstrap.errors import UserError
from bootstrap.facts import Facts
from bootstrap.origins import Origins
from bootstrap.plan import Change, Options, Plan
from bootstrap.render import Answers, Tree, questions, render
from bootstrap.repo import Repo
from bootstrap.source import Source
from bootstrap.state import State


@dataclass(frozen=True)
class Wish:
    """What the user said on the command line."""

    factors: tuple[int, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    template: str | None = None
    ref: str | None = None
    answers_file: str | None = None
    options: Options = field(default_factory=Options)
    confirm: Callable[[str], bool] = lambda _: False
    """Asked once for a recorded template source that is not the project's own."""


class Flow:
    """One run on one repository; `scratch` is a folder for fetched templates."""

    def __init__(self, directory: Path, wish: Wish, scratch: Path) -> None:
        self.repo = Repo.open(directory)
        self.wish = wish
        self.state: State = state.read(self.repo, wish.answers_file)
        self.origins = Origins(self.repo, scratch, wish.template, wish.confirm)
        self.render = cache(self._render)

    # --- the four plans ---

    def apply(self) -> Plan:
        """Put the chosen factors there; a repository that has some keeps its version."""
        if self.state.answers is None:
            return self._first()
        _refuse_ref(self.wish, self.state.answers)
        origin = self.recorded()
        new = dict(self.wish.data)
        if self.wish.factors:
            had = self.state.answers.get("factors", asked.FACTORS)
            new["factors"] = sorted({*had, *self.wish.factors})
        return self._to(origin, asked.merged(self.state.answers, new, questions(origin)))

    def update(self) -> Plan:
        """Bring everything to a newer version of the template."""
        now = self._answers()
        target = self.origins.newer(str(now["_src_path"]), self.wish.ref)
        if source.older(target.ref, str(now["_commit"])):
            raise UserError(
                f"{target.ref} is older than the recorded {now['_commit']}", "name a newer --ref"
            )
        known = questions(target)
        new = {**self._new_answers(target, now), **self.wish.data}
        options = replace(self.wish.options, updating=True)
        return self._to(target, asked.merged(now, new, known), options)

    def remove(self) -> Plan:
        """Take the chosen factors away, or everything if none is named."""
        if self.state.answers is None and not self.state.record:
            return Plan((), None)
        now = self._answers()
        if self.state.retrofitted and not self.state.record:
            raise UserError(
                "there is no record of what was put here",
                "run `bootstrap apply` first, then remove",
            )
        options = replace(self.wish.options, removing=True)
        left = sorted(set(now.get("factors", ())) - set(self.wish.factors))
        if not self.wish.factors or not left:
            made = planner.make(self.repo, self.state, None, cache(self._base_if_any), options)
            return self._notes(made, (*self._left_by_setup(), *on_forge(made)))
        origin = self.recorded()
        answers = {**asked.merged(now, {}, questions(origin)), "factors": left}
        made = self._to(origin, answers, options)
        return replace(made, todo=(*made.todo, *on_forge(made)))

    def _left_by_setup(self) -> tuple[str, ...]:
        """What `.process/setup` made in this checkout, which no plan knows."""
        if not (self.repo.root / ".process" / ".tools").is_dir():
            return ()
        installs = self._answers().get("commands", {}).get("install", [])
        made = [".process/.tools"]
        made += [posixpath.join(one["dir"], ".venv") for one in installs if one.get("venv")]
        folders = " and ".join(f"`{posixpath.normpath(one)}`" for one in made)
        return (f"run `prek uninstall` and delete {folders}: they came by `.process/setup`",)

    def hand_over(self, path: str, *, to_template: bool) -> Plan:
        """Move an owned path between the template (`adopt`) and the user (`eject`)."""
        now = self._answers()
        origin = self.recorded()
        answers = asked.merged(now, {}, questions(origin))
        everything = self.render(origin, _key({**answers, "adopted_paths": []}))
        piece = everything.registry.of(path)
        if path not in everything.files or piece is None or piece.kind != "owned":
            raise UserError(
                f"{path} is no file that the template owns", "`bootstrap plan` lists them"
            )
        adopted = set(now.get("adopted_paths", ()))
        if to_template == (path not in adopted):
            side = "the template's" if to_template else "yours"
            raise UserError(f"{path} is {side} already", "`bootstrap explain PATH` tells more")
        answers["adopted_paths"] = sorted(adopted ^ {path})
        if to_template:
            return self._taken_over(origin, answers, path)
        entries = {key: one for key, one in self.state.record.entries.items() if key != path}
        self.state = replace(self.state, record=replace(self.state.record, entries=entries))
        return self._to(origin, answers)

    # --- steps ---

    @property
    def facts(self) -> Facts:
        """What the repository says about itself."""
        return detect.read(self.repo)

    def recorded(self) -> Source:
        """The template at the version that the repository recorded."""
        now = self._answers()
        return self.origins.recorded(str(now["_src_path"]), str(now["_commit"]))

    def _first(self) -> Plan:
        if self.state.record:
            raise UserError(
                f"{self.state.answers_file} is gone, but the record of what was put here is not",
                "restore it with git, or delete .process/record to begin anew",
            )
        origin = self.origins.first(self.wish.ref)
        facts, known = self.facts, questions(origin)
        new = asked.of_facts(self.repo, facts, known, pieces.read(origin.folder))
        if self.wish.factors:
            new["factors"] = list(self.wish.factors)
        tree = self.render(origin, _key({**new, **self.wish.data}))
        made = planner.make(self.repo, self.state, tree, self._base, self.wish.options)
        site = facts.docs_site.evidence[0].path if facts.docs_site else ""
        made = replace(reasons.explained(made, self.repo, tree.answers, site), first=True)
        made = self._notes(made, advice(self.repo, facts, tree, made), tree.source)
        return replace(made, notes=(*made.notes, *notes(self.repo, facts, tree.answers)))

    def _to(self, origin: Source, answers: Answers, options: Options | None = None) -> Plan:
        tree = self.render(origin, _key(answers))
        made = planner.make(self.repo, self.state, tree, self._base, options or self.wish.options)
        return self._notes(reasons.explained(made, self.repo, tree.answers), (), origin)

    def _taken_over(self, origin: Source, answers: Answers, path: str) -> Plan:
        ours, tree = self.repo.read(path), self.render(origin, _key(answers))
        want = tree.files.get(path)
        if want is None:
            raise UserError(f"the template has no file {path} any more", "keep yours")
        if ours not in (None, want.content) and not self.wish.options.force:
            raise UserError(
                f"{path} differs from the template's",
                "look with --force --dry-run --diff, then take it with --force",
            )
        made = planner.make(self.repo, self.state, tree, self._base, self.wish.options)
        made = _overwrite(made, path, ours, want.content)
        return self._notes(replace(made, answers=answers), (), origin)

    def _notes(self, made: Plan, todo: tuple[str, ...], origin: Source | None = None) -> Plan:
        told = [origin.note] if origin and origin.note else []
        if origin and not source.allowed(origin.address):
            told.append(
                f"{origin.address} is recorded as the source: name it again with --template"
            )
        return replace(made, todo=todo, notes=tuple(told))

    def _new_answers(self, target: Source, now: Answers) -> dict[str, Any]:
        """What a newer template asks that was never answered, as far as facts can tell."""
        known = questions(target)
        if not self.state.retrofitted or set(known) <= set(now):
            return {}
        guessed = asked.of_facts(self.repo, self.facts, known, pieces.read(target.folder))
        return {name: value for name, value in guessed.items() if name not in now}

    def _answers(self) -> Answers:
        now = self.state.answers
        if now is None:
            raise UserError(
                "nothing of the template is in this repository", "run `bootstrap apply`"
            )
        if not now.get("_commit") or not now.get("_src_path"):
            raise UserError(
                f"{self.state.answers_file} does not say which version it came from",
                "add `_commit` and `_src_path` to it",
            )
        return now

    # --- templates ---

    def _render(self, origin: Source, answers: tuple[tuple[str, Any], ...]) -> Tree:
        return render(origin, {name: value.value for name, value in answers})

    def _base(self, ref: str, factor: int) -> Tree | None:
        now = self.state.answers_with(factor)
        origin = self.origins.recorded(str(now["_src_path"]), ref)
        return self.render(origin, _key(asked.merged(now, {}, questions(origin))))

    def _base_if_any(self, ref: str, factor: int) -> Tree | None:
        """Without the recorded version, what is untouched can be removed all the same."""
        try:
            return self._base(ref, factor)
        except UserError:
            if not self.state.record:
                raise
            return None


@dataclass(frozen=True)
class _Value:
    """Makes an answer usable as a part of a cache key."""

    value: Any

    def __hash__(self) -> int:
        return hash(repr(self.value))


def _key(answers: Answers) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _Value(value)) for name, value in sorted(answers.items()))


def _refuse_ref(wish: Wish, now: Answers) -> None:
    if wish.ref and wish.ref != now.get("_commit"):
        back = source.older(wish.ref, str(now.get("_commit")))
        raise UserError(
            f"this repository has {now.get('_commit')}, and apply keeps the version",
            "leave out --ref" if back else f"run `bootstrap update --ref {wish.ref}`",
        )
    if "factors" in wish.data:
        raise UserError(
            "factors can't be changed by --data here",
            "use `bootstrap apply --factors …` to add some, `bootstrap remove --factors …` to drop",
        )


def _overwrite(made: Plan, path: str, ours: bytes | None, want: bytes) -> Plan:
    """The plan with the template's file at `path` in place of the user's."""
    action = "create" if ours is None else "update"
    changes = [
        Change(path, action, "owned", ours, want) if change.path == path else change
        for change in made.changes
        if ours != want or change.path != path
    ]
    return replace(made, changes=tuple(changes))
