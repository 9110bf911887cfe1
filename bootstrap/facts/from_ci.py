"""Candidates from what CI runs, and the checks that it makes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bootstrap.facts.candidates import (
    CI,
    CI_FUZZY,
    CI_NAME,
    DOCS,
    SECOND,
    Candidate,
    by_runner,
    depth,
    promises,
    served_by,
    within,
)
from bootstrap.facts.model import Command, Fact
from bootstrap.facts.names import CHECKS, FUZZY, NAMES, normal, vague
from bootstrap.facts.parts import OTHER, Call, Target, Unit
from bootstrap.facts.resolve import Sources, spelling
from bootstrap.facts.rewrite import bare, tidy, trunk, words
from bootstrap.facts.scan import join
from bootstrap.facts.tools import goal_run, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ARGUMENTS = 3
"""A command that names more than this is about some files, not about the project."""


_LOCK = re.compile(r"[.-]lock(b|\.json|\.yaml)?$|^(package-lock|npm-shrinkwrap)\.json$")

# The lowest versions that are allowed: a row of CI's matrix, and nobody's everyday command.
_LOWEST = re.compile(r"--prefer-lowest|--resolution[ =]lowest")


def from_ci(sources: Sources) -> Iterator[Candidate]:
    """A candidate for each slot that a command of CI serves."""
    for number, call in enumerate(sources.ci):
        called = sources.called(call.run, call.dir)
        if spelling(call.run) == "pre-commit" or _LOWEST.search(call.run):
            continue
        known = () if called else uses(call.run)
        for slot, rank in slots_of(sources, call, called):
            run = _said(sources, call, called, slot)
            if not run or slot == "start" or not _exists(sources, run, call.dir):
                continue
            serves = served_by(sources, run, call.dir, slot)
            aside = rank == CI and (_aside(call, slot) or _inside(serves, call.dir))
            rest = (-len(serves), number)
            # What a release builds stands behind what is named `build`.
            behind = slot == "build" and rank == CI and call.trigger == OTHER
            worth = DOCS if aside else CI_FUZZY if behind else rank
            order = _ci_order(sources, call, called, slot, worth, rest)
            key = known[0].key if len(known) == 1 else ""
            if called and called[0].runner in ("tox", "nox") and rank == CI:
                key = called[0].runner
            command = Command(run, call.dir)
            if serves or not known or known[0].ecosystem == "text" or not sources.units:
                yield Candidate(slot, command, call.evidence, order, serves, key=key)


def _aside(call: Call, slot: str) -> bool:
    """Releases and schedules say how to build, but not what is checked every day."""
    return call.trigger == OTHER and slot != "build"


def _inside(serves: frozenset[Unit], directory: str) -> bool:
    """Whether a command runs on a part of every unit that it serves."""
    return bool(serves) and all(
        unit.dir != directory and within(directory, unit.dir) for unit in serves
    )


def _ci_order(
    sources: Sources, call: Call, called: list[Target], slot: str, rank: int, rest: tuple[int, int]
) -> tuple[int, ...]:
    """A named target stands right before its own candidate, with CI as the evidence."""
    for target in called:
        quality = promises(sources, target).get(slot)
        if quality is not None:
            rank = CI_NAME if quality < FUZZY else CI_FUZZY
            only_ci = re.search(r"(ci|cov|coverage)$", target.name)
            direct = 1 if only_ci else 0
            poor = slot in CHECKS and vague(target)
            return (rank, depth(target.dir), poor, by_runner(target), rest[0], direct, quality, -1)
    return (rank, call.trigger, depth(call.dir), *rest)


def slots_of(sources: Sources, call: Call, called: list[Target]) -> Iterator[tuple[str, int]]:
    """The slots that a CI command serves, with its rank for each."""
    names = {slot for target in called for slot in promises(sources, target)}
    if names:
        yield from ((slot, CI_NAME) for slot in names)
        return
    found, direct = sources.expand(call.run, call.dir), uses(call.run)
    pure = all(use.slots[:1] and use.slots[0] in CHECKS for use, _ in found if use.slots)
    for use, _ in found:
        for position, slot in enumerate(use.slots):
            if slot != "-" and (
                (not called and direct) or (pure and slot in CHECKS and not position)
            ):
                yield slot, SECOND if position else CI
    if not any(use.slots for use, _ in found):
        locked = any(_LOCK.search(name) for name in sources.scan.inside(call.dir))
        for slot in _script_slot(sources, call):
            # Beside a lock file the package manager's own verb is sure, the name of a script not.
            yield slot, DOCS if slot == "install" and locked else CI


def _said(sources: Sources, call: Call, called: list[Target], slot: str) -> str:
    """The command as a person would type it: of several targets the one for this slot."""
    fitting = [target for target in called if slot in promises(sources, target)] or called
    if fitting and (fitting[0].runner != "pre-commit"):
        wrapper = re.match(r"^(?:uv|poetry|pdm) run (?=\w)", call.run)
        prefix = wrapper[0] if wrapper else ""
        return ("" if fitting[0].run.startswith(prefix) else prefix) + fitting[0].run
    run = goal_run(call.run, slot) or tidy(call.run)
    return "" if "${{" in run or re.search(r"[`$]\(?\w|%\w", run) else run


def _exists(sources: Sources, run: str, directory: str) -> bool:
    """Whether the requirement files that a command reads are the repository's."""
    files = re.findall(r"(?:-r|--requirement)[ =](\S+)", run) if "pip" in run else []
    return all(sources.scan.has(join(directory, file.strip("\"'"))) for file in files)


def _script_slot(sources: Sources, call: Call) -> Iterator[str]:
    """A script of the repository says by its name what it is for."""
    path, _ = sources.script(call.run, call.dir)
    stem = normal(re.sub(r"\.\w+$", "", path.rpartition("/")[2]))
    if not path or re.search(r"docker|deploy|release|docs?\b|ci/", path):
        return
    if re.search(r"(^|-)(tests?|specs?|e2e)(-|$)", stem):
        # The test of an installer neither installs nor tests the project.
        yield from () if re.search(r"(^|-)install(er)?(-|$)", stem) else ("test",)
        return
    for slot, names in NAMES.items():
        if slot != "start" and re.search(rf"(^|-)({names[0]}s?)(-|$)", stem):
            yield slot
            return


def whole(candidates: list[Candidate]) -> Iterator[Candidate]:
    """Where CI runs one tool several times on parts, the tool on everything."""
    parts: dict[tuple[str, str, str], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.key:
            about = (candidate.slot, candidate.key, candidate.command.dir)
            parts.setdefault(about, []).append(candidate)
    for candidate in candidates:
        group = parts.get((candidate.slot, candidate.key, candidate.command.dir), [])
        runs = {other.command.run for other in group}
        narrow = len(_arguments(candidate)) > (0 if len(runs) > 1 else MAX_ARGUMENTS)
        if candidate.key and narrow and candidate.slot != "install":
            everything = [other.command.run for other in group if not _arguments(other)]
            run = everything[0] if everything else trunk(candidate.command.run, candidate.key)
            yield replace(candidate, command=replace(candidate.command, run=run))
        else:
            yield candidate


def _arguments(candidate: Candidate) -> list[str]:
    """What a command names besides flags and the whole tree."""
    said = words(bare(candidate.command.run))[len(candidate.key.split()) :]
    everything = (".", "./...", "warnings", "tests", "test", "src")
    return [word for word in said if not word.startswith("-") and word not in everything]


def checks_of(sources: Sources) -> tuple[Fact[Command], ...]:
    """What the repository's CI checks on pull requests and pushes: lint, format, types, tests."""
    found: dict[Command, Fact[Command]] = {}
    for call in sources.ci:
        if call.trigger == OTHER:
            continue
        slots = dict(slots_of(sources, call, sources.called(call.run, call.dir)))
        if spelling(call.run) == "pre-commit" or set(slots) & set(CHECKS):
            changes = sources.writes(call.run, call.dir)
            command = Command(tidy(call.run), call.dir, writes=changes)
            found.setdefault(command, Fact(command, (call.evidence,)))
    return tuple(found.values())
