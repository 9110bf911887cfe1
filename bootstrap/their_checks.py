"""Which of a repository's checks become hooks, and which stay with its CI alone."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from bootstrap import their_hooks
from bootstrap.facts import Facts
from bootstrap.facts.model import Command, Fact
from bootstrap.facts.steps import made_by
from bootstrap.facts.tools import uses
from bootstrap.repo import Repo

Key = tuple[str, str, str]
COMMAND = 1000
"""The longest command that is taken over, in characters."""
SLOTS = ("lint", "format", "typecheck", "test", "build")
"""What the pipeline checks, in the order in which it does."""
_QUICK = ("lint", "format")

_NEED_ARGUMENTS = re.compile(
    r"bats|cmake|cspell|ctest|eclint|hadolint|markdownlint(-cli2)?|shellcheck|shfmt|stylelint|vale"
    r"|xmllint|yamllint"
)
"""Bare, each of them fails or checks nothing: the files or the folder are known to CI alone."""


def commands(repo: Repo, facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """Slot → the everyday commands, each as `{run, dir}`, with what the pipeline does with it.

    `venv`: it installs with pip, which needs a virtual environment. `hooked`: another hook makes
    this check at the same time or earlier. `early`: a later one makes it too. `env`: the variables
    of CI. A lock file is evidence enough for an install, a guess is none for a check.
    """
    marks = _marks(repo, facts)
    found: dict[str, list[dict[str, Any]]] = {}
    for slot, listed in facts.commands.items():
        if slot in SLOTS:
            told = [fact.value for fact in listed if fact.found and _checks(repo, fact.value)]
            rows = [_row(one, marks.get(_key(one), {"hooked": True})) for one in told]
        else:
            there = [fact.value for fact in listed if fact.found or slot == "install"]
            there = [one for one in there if _plain(one) and not _built(repo, one, slot)]
            rows = [_row(one, {"venv": True} if _by_pip(one) else {}) for one in there]
        if rows:
            found[slot] = rows
    return found


def more(repo: Repo, facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """Slot → what CI checks besides, as rows for the pipeline.

    A tool that is in the slot already, with other flags or for another part, is `slow`: it runs
    where everything does.
    """
    taken, marks = list(_chosen(repo, facts)), _marks(repo, facts)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in _more(repo, facts):
        known = [other for other in taken if not all(made_by(s, one.steps) for s in other.steps)]
        slow = _tools(one) & {key for other in known for key in _tools(other)}
        row = _row(one, {"slow": True} if slow and one.slot not in _QUICK else marks[_key(one)])
        if "hooked" not in marks[_key(one)]:
            found.setdefault(one.slot, []).append(row)
        taken.append(one)
    return found


def _more(repo: Repo, facts: Facts) -> tuple[Command, ...]:
    """What CI checks and no everyday command does."""
    own, taken = their_hooks.hooked(repo), list(_chosen(repo, facts))
    found: list[Command] = []
    for one in (fact.value for fact in facts.ci_runs):
        if _hookable(repo, one) and not _made(one, [*taken, *found], own):
            found.append(one)
    return tuple(found)


def _tools(command: Command) -> set[str]:
    return {use.key for step, _ in command.steps for use in uses(step)}


def only_in_ci(repo: Repo, facts: Facts) -> tuple[Fact[Command], ...]:
    """What CI checks and no hook does; of the rows of one step the first."""
    own = their_hooks.hooked(repo)
    taken = [*_chosen(repo, facts), *_more(repo, facts)]
    found: dict[tuple[str, int], Fact[Command]] = {}
    for fact in facts.ci_runs:
        if not (fact.value.runs_hooks or _made(fact.value, taken, own)):
            found.setdefault((fact.evidence[0].path, fact.evidence[0].line), fact)
    return tuple(fact for _, fact in sorted(found.items()))


def _chosen(repo: Repo, facts: Facts) -> tuple[Command, ...]:
    """The everyday checks that can be hooks; of a runner that CI lacks CI stands in."""
    by_ci = {one.value.slot for one in facts.ci_runs if _hookable(repo, one.value)}
    found = (fact.value for slot in SLOTS for fact in facts.commands.get(slot, ()) if fact.found)
    able = (one for one in found if _hookable(repo, one))
    return tuple(one for one in able if not (one.unseen and one.slot in by_ci))


def _hookable(repo: Repo, one: Command) -> bool:
    """Whether the pipeline can run a command: it checks, and needs nothing that only CI knows."""
    return _checks(repo, one) and not one.elsewhere


def _checks(repo: Repo, one: Command) -> bool:
    """Whether a command checks, and does so where it is typed in."""
    able = one.slot in SLOTS and not (one.runs_hooks or one.writes or _runs_hooks(one.run))
    able = able and not _NEED_ARGUMENTS.fullmatch(one.run) and _plain(one)
    return able and not _built(repo, one, one.slot)


def _marks(repo: Repo, facts: Facts) -> dict[Key, dict[str, Any]]:
    """What the pipeline does with each command: no hook, one that comes early, or a plain one.

    A command that stays is never taken back for one that follows, so that no two of them rely on
    each other.
    """
    own, chosen = their_hooks.hooked(repo), (*_chosen(repo, facts), *_more(repo, facts))
    marks: dict[Key, dict[str, Any]] = {_key(one): {} for one in chosen}
    kept: list[Command] = []
    for one in sorted(chosen, key=lambda one: (_when(one), -len(one.steps))):
        if _made(one, kept, own):
            marks[_key(one)] = {"hooked": True}
        else:
            kept.append(one)
    last: list[Command] = []
    for one in reversed(kept):
        if _made(one, [other for other in last if _when(other) > _when(one)], frozenset()):
            marks[_key(one)] = {"early": True}
        else:
            last.append(one)
    return marks


def _when(one: Command) -> int:
    """The stage in which a check comes: at a commit, at a push, in a full run."""
    return 0 if one.slot in _QUICK else 2 if one.slot == "build" else 1


def _key(one: Command) -> Key:
    return one.slot, one.run, one.dir


def _made(one: Command, others: list[Command], own: frozenset[str]) -> bool:
    """Whether other commands, or the repository's own hooks, make all the checks of this one."""
    if not one.steps:
        return False
    steps = {step for other in others if _as_strict(other, one) for step in other.steps}
    return all(made_by(step, steps) or _own(step, own) for step in one.steps)


def _as_strict(other: Command, one: Command) -> bool:
    return set(one.env.split()) <= set(other.env.split())


def _own(step: tuple[str, str], own: frozenset[str]) -> bool:
    keys = {use.key for use in uses(step[0])} if step[1] == "." else set()
    return bool(keys) and keys <= own


def _row(command: Command, marks: dict[str, Any]) -> dict[str, Any]:
    env = {"env": command.env} if command.env else {}
    return {"run": " ".join(command.run.split()), "dir": command.dir, **env, **marks}


_PIP = re.compile(r"(uv )?pip (install|sync)\b|pip-sync\b|(python )?setup\.py develop\b")
_PLACE = re.compile(r"\s--(system|user|target|prefix|root)\b")


def _by_pip(command: Command) -> bool:
    """Whether an install puts packages into whatever Python it finds, and names no other place."""
    found = [step for step, _ in command.steps if _PIP.match(step)]
    return command.slot == "install" and bool(found) and not any(map(_PLACE.search, found))


def _runs_hooks(command: str) -> bool:
    """Whether a command runs the hooks themselves, which a hook must not do."""
    return any(word in command.split() for word in ("pre-commit", "prek", "lefthook", "husky"))


def _built(repo: Repo, command: Command, slot: str) -> bool:
    """Whether a command is a program that CI has built or downloaded before."""
    program = command.run.split(maxsplit=1)[0]
    place = posixpath.normpath(posixpath.join(command.dir, program))
    return slot != "start" and program.startswith("./") and place not in repo.files


def _plain(command: Command) -> bool:
    """Whether a command and its folder can be written into a file as they are."""
    text = " ".join(command.run.split()) + command.dir
    return text.isprintable() and len(text) <= COMMAND
