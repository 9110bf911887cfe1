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
)
from bootstrap.facts.general import elsewhere, narrow, partial, place_of
from bootstrap.facts.model import Command, Fact
from bootstrap.facts.names import CHECKS, FUZZY, NAMES, normal, vague
from bootstrap.facts.parts import OTHER, PULL_REQUEST, Call, Target, Unit
from bootstrap.facts.resolve import Sources, spelling
from bootstrap.facts.rewrite import bare, tidy, trunk, words
from bootstrap.facts.scan import join, within
from bootstrap.facts.tools import goal_run, handed_check, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.tools import Use

MAX_ARGUMENTS = 3
"""A command that names more than this is about some files, not about the project."""


_LOCK = re.compile(r"[.-]lock(b|\.json|\.yaml)?$|^(package-lock|npm-shrinkwrap)\.json$")

# The lowest versions that are allowed: a row of CI's matrix, and nobody's everyday command.
_LOWEST = re.compile(r"--prefer-lowest|--resolution[ =]lowest")


def from_ci(sources: Sources) -> Iterator[Candidate]:
    """A candidate for each slot that a command of CI serves."""
    steps: dict[tuple[str, int], int] = {}
    for call in sources.ci:
        # The rows of a matrix are one step; its plainest form comes first.
        number = steps.setdefault((call.evidence.path, call.evidence.line), len(steps))
        if spelling(call.run) != "pre-commit" and not _LOWEST.search(call.run):
            yield from _of_call(sources, call, number)


def _of_call(sources: Sources, call: Call, number: int) -> Iterator[Candidate]:
    called = sources.called(call.run, call.dir)
    known = () if called else uses(call.run)
    for slot, rank in slots_of(sources, call, called):
        run = _said(sources, call, called, slot)
        if slot == "start" or not run or not _whole_project(sources, call, run, slot):
            continue
        serves = served_by(sources, run, call.dir, slot)
        if serves or not sources.units or _welcome(call, known, slot):
            side, *place = place_of(call, slot)
            # Of Maven and Gradle the goal is left: what it was told stands in the call.
            part = max(narrow(run), narrow(call.run)) if goal_run(call.run, slot) else narrow(run)
            rest = (-len(serves), side, part, *place, number, len(run))
            lines = (run, *(line for target in called for line in target.body))
            worth = _worth(call, slot, rank, lines, serves)
            order = _ci_order(sources, call, called, slot, worth, rest)
            key = known[0].key if len(known) == 1 else ""
            if called and called[0].runner == "nox" and rank == CI:
                key = "nox"
            yield Candidate(slot, Command(run, call.dir), call.evidence, order, serves, key=key)


# What measures how fast something is, by the names of its files and folders.
_MEASURES = re.compile(r"(?<![a-z])(perf(ormance)?|bench(mark)?s?)(?![a-z])")


def _whole_project(sources: Sources, call: Call, run: str, slot: str) -> bool:
    """Whether a command reads files that exist and isn't one module's check or release."""
    part = (slot in CHECKS and partial(call.run)) or (call.trigger == OTHER and narrow(run))
    measured = slot in CHECKS and _MEASURES.search(f"{call.evidence.path} {call.dir}")
    return not (part or measured) and _exists(sources, run, call.dir)


def _worth(
    call: Call, slot: str, rank: int, lines: tuple[str, ...], serves: frozenset[Unit]
) -> int:
    """The rank of a command of CI, lower for releases, side folders, parts and mere steps.

    `lines` are the command and, where it calls targets, what stands in them.
    """
    run = lines[0]
    _, unnamed, _ = place_of(call, slot)
    by_name = rank in (CI, CI_NAME)
    # One part, in a job with another name, is a step on the way to something else; what compiles
    # for another machine says that it compiles there.
    step = (unnamed and narrow(run)) or (slot == "typecheck" and any(map(elsewhere, lines)))
    if step or inside(serves, call.dir) or (by_name and _aside(call, slot)):
        return max(rank, DOCS)
    # What a release builds stands behind what is named `build`.
    behind = by_name and slot == "build" and call.trigger == OTHER
    return CI_FUZZY if behind or (rank == CI and narrow(run)) else rank


def _welcome(call: Call, known: tuple[Use, ...], slot: str) -> bool:
    """Whether a command that serves no project may fill a slot that nothing else does."""
    if known and known[0].ecosystem != "text":
        return call.trigger == PULL_REQUEST and slot in CHECKS
    return slot != "build" or call.dir == "."


def _aside(call: Call, slot: str) -> bool:
    """Releases and schedules say how to build, but not what is checked every day."""
    return call.trigger == OTHER and slot != "build"


def inside(serves: frozenset[Unit], directory: str) -> bool:
    """Whether a command runs on a part of every unit that it serves."""
    return bool(serves) and all(
        unit.dir != directory and within(directory, unit.dir) for unit in serves
    )


def _ci_order(
    sources: Sources,
    call: Call,
    called: list[Target],
    slot: str,
    rank: int,
    rest: tuple[int, ...],
) -> tuple[int, ...]:
    """A named target stands right before its own candidate, with CI as the evidence."""
    for target in called:
        quality = promises(sources, target).get(slot)
        if quality is not None:
            if rank not in (DOCS, CI_FUZZY):
                rank = CI_NAME if quality < FUZZY else CI_FUZZY
            only_ci = re.search(r"(^|[-_:])(ci|cov|cover|coverage)$", target.name)
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
            # A tool that is known for the slot comes before a script that only has its name.
            yield slot, DOCS if slot == "install" and locked else CI_FUZZY


# What brings the program that a target is called with, and more than that.
_BEFORE = re.compile(r"^(?:uv|poetry|pdm) run (?=\w)|^uvx (?:--(?:from|with)[ =]\S+ )+(?=\w)")
_TO_PYTEST = re.compile(r"^(.*\b(?:tox|nox)\b.*?) -- (?!.*--check).*$")
# What CI leaves out of an installation, a developer needs.
_RESTRICTED = re.compile(
    r"\s--(?:(?:only|without|omit)[ =]\S+|no-dev|production|prod|deployment)(?=\s|$)"
)


def _said(sources: Sources, call: Call, called: list[Target], slot: str) -> str:
    """The command as a person would type it: of several targets the one for this slot."""
    fitting = [target for target in called if slot in promises(sources, target)] or called
    if fitting and fitting[0].runner != "pre-commit" and not fitting[0].member:
        wrapper = _BEFORE.match(call.run)
        prefix = wrapper[0] if wrapper else ""
        if len(fitting) > 1 and fitting[0].runner == "tox":
            return tidy(call.run)  # of several environments no one stands for all
        # What is handed on stays where it turns a repair into a check.
        run = fitting[0].run + handed_check(tidy(call.run))
        return run if run.startswith(prefix) else prefix + run
    run = _TO_PYTEST.sub(r"\1", goal_run(call.run, slot) or tidy(call.run))
    return _RESTRICTED.sub("", run) if slot == "install" else run


def _exists(sources: Sources, run: str, directory: str) -> bool:
    """Whether the requirement files that a command reads are the repository's."""
    files = re.findall(r"(?:-r|--requirement)[ =](\S+)", run) if "pip" in run else []
    return all(sources.scan.has(join(directory, file.strip("\"'"))) for file in files)


# Scripts that prepare a slot, tell of it, or do it to something else than the project's code.
_OTHER_PURPOSE = re.compile(
    r"docker|deploy|release|docs?\b|ci/|(^|[-_/])(report|prepare|print|setup|wait|flaky|sql|openapi|notari\w*|macos|sign|site"
    r"|schema|proto|spell\w*|links?|licen[cs]es?|changelog|version)([-_.]|$)"
)


def _script_slot(sources: Sources, call: Call) -> Iterator[str]:
    """A script of the repository says by its name what it is for."""
    path, _ = sources.script(call.run, call.dir)
    stem = normal(re.sub(r"\.\w+$", "", path.rpartition("/")[2]))
    if not path or _OTHER_PURPOSE.search(path):
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
    parts: dict[tuple[str, str, str], dict[str, bool]] = {}
    for candidate in candidates:
        parts.setdefault(_about(candidate), {})[candidate.command.run] = not _arguments(candidate)
    everything = {
        about: next((run for run, plain in runs.items() if plain), "")
        for about, runs in parts.items()
    }
    for candidate in candidates:
        about = _about(candidate)
        narrow = len(_arguments(candidate)) > (0 if len(parts[about]) > 1 else MAX_ARGUMENTS)
        if candidate.key and narrow and candidate.slot != "install":
            run = everything[about] or trunk(candidate.command.run, candidate.key)
            yield replace(candidate, command=replace(candidate.command, run=run))
        else:
            yield candidate


def _about(candidate: Candidate) -> tuple[str, str, str]:
    return candidate.slot, candidate.key, candidate.command.dir


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
            if command.run:
                found.setdefault(command, Fact(command, (call.evidence,)))
    return tuple(found.values())
