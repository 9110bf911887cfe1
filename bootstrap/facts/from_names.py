"""Candidates from the names that people call: targets, scripts, the pipeline of hooks."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bootstrap.facts.candidates import (
    CI,
    CI_FUZZY,
    CI_NAME,
    FUZZY_NAME,
    HOOKS,
    LAST,
    NAME,
    PROVEN,
    Candidate,
    by_runner,
    depth,
    promises,
    served_by,
)
from bootstrap.facts.model import Command
from bootstrap.facts.names import CHECKS, FUZZY, normal, vague
from bootstrap.facts.parts import OTHER, Call, Target
from bootstrap.facts.resolve import Sources, Tools, spelling
from bootstrap.facts.shell import commands
from bootstrap.facts.starts import starts

if TYPE_CHECKING:
    from collections.abc import Iterator


def from_targets(sources: Sources) -> Iterator[Candidate]:
    """A candidate for each slot that a target's name promises or its body proves."""
    by_ci = _run_by_ci(sources)
    keys = {
        _program(use.key) for call in sources.ci for use, _ in sources.expand(call.run, call.dir)
    }
    shared = Counter(target.name for target in sources.targets if target.member)
    for number, target in enumerate(sources.targets):
        if target.runner == "pre-commit":
            yield from _from_hooks(sources, target, number)
            continue
        expanded = sources.expand(target.run, target.dir)
        if target.member and not _APPLICATION.search(target.dir):
            continue
        for slot, quality in {**_proven(target, expanded), **promises(sources, target)}.items():
            if slot == "start" and not starts(sources, target.run, target.dir):
                continue
            # The check of one member of several is none of the whole.
            if slot in CHECKS and target.member and shared[target.name] > 1:
                continue
            if slot not in CHECKS and _HARM.search("\n".join(target.body)):
                continue
            only_ci = _ONLY_CI.search(target.name)
            own = {_program(use.key) for use, _ in expanded if slot in use.slots}
            confirmed = (target.dir, target.run) in by_ci or bool(own & keys and not only_ci)
            rank = _rank(target, quality, confirmed, bool(expanded))
            serves = served_by(sources, target.run, target.dir, slot)
            direct = 0 if (target.dir, target.run) in by_ci and not only_ci else 1
            poor = slot in CHECKS and vague(target)
            where = (
                depth(target.dir),
                poor,
                by_runner(target),
                -len(serves),
                direct,
                quality,
                number,
            )
            command = Command(target.run, target.dir)
            yield Candidate(slot, command, target.evidence, (rank, *where), serves)


_ONLY_CI = re.compile(r"(^|[-_:])(ci|cov|cover|coverage)$")


def _program(key: str) -> str:
    """`pnpm vitest` in CI is the `vitest` of a script."""
    return re.sub(r"^(?:yarn|pnpm|bun) (?=\w)", "", key)


UNNAMED = 1000
_ABOUT_PAGES = re.compile(r"(^|-)(readme|docs?|man|site|changelog)(-|$)")
# What throws work away, changes the machine or reaches other people is no everyday command.
_HARM = re.compile(
    r"\bgit (?:checkout|reset|clean|push|tag)\b|\brm -rf? +[./~*]+(?:\s|$)|\bsudo\b"
    r"|\b(?:npm|yarn|pnpm|cargo) publish\b|\bdocker push\b|\bcurl\b[^\n]*\|\s*(?:ba|z)?sh\b"
)
_APPLICATION = re.compile(
    r"(^|/)(apps?|frontend|backend|web|client|server|api|www|site|ui|admin)(/|$)"
)
_ANY_PROGRAM = {
    "cargo watch",
    "go run",
    "cargo run",
    "dotnet run",
    "ansible-playbook",
    "docker compose up",
}


def _proven(target: Target, expanded: Tools) -> dict[str, int]:
    """Targets of any name that do nothing but start or build."""
    slots = {use.slots[:1] for use, _ in expanded}
    root = target.dir == "." and not target.member and target.runner != "script"
    if _ABOUT_PAGES.search(normal(target.name)):
        return {}
    vague = any(use.key in _ANY_PROGRAM for use, _ in expanded)
    return {
        slot: UNNAMED for slot in ("build", "start") if root and not vague and slots == {(slot,)}
    }


def _rank(target: Target, quality: int, confirmed: bool, known: bool) -> int:
    if target.member:
        return LAST
    if quality >= UNNAMED:
        return PROVEN
    if quality >= FUZZY:
        return CI_FUZZY if confirmed else FUZZY_NAME
    if target.runner == "script" and not known and not confirmed:
        return LAST
    return CI_NAME if confirmed else NAME


def _run_by_ci(sources: Sources) -> set[tuple[str, str]]:
    called = {target for call in sources.ci for target in sources.called(call.run, call.dir)}
    # What is named after CI wraps what people call.
    for target in [target for target in called if _ONLY_CI.search(target.name)]:
        for run, directory, _ in commands("\n".join(target.body), target.dir):
            called |= set(sources.called(run, directory))
    return {(target.dir, target.run) for target in called}


def _from_hooks(sources: Sources, target: Target, number: int) -> Iterator[Candidate]:
    """The hook pipeline lints and formats whatever its hooks are for."""
    call = next((c for c in sources.ci if spelling(c.run) == "pre-commit"), None)
    expanded = sources.expand(target.run, target.dir)
    for slot in ("lint", "format", "typecheck") if target.body else ():
        named = {use.ecosystem for use, _ in expanded if slot in use.slots}
        if slot != "lint" and not named:
            continue
        serves = {unit for unit in sources.units if unit.ecosystem in named or not named - {"text"}}
        run, evidence = (_hook_run(call), call.evidence) if call else (target.run, target.evidence)
        rank = CI if call and call.trigger < OTHER else HOOKS
        if slot == "typecheck":
            # The type checker by its own name is more use to a reader.
            rank = FUZZY_NAME
        order = (rank, 9, 0, -len(serves), number)
        yield Candidate(slot, Command(run), evidence, order, frozenset(serves))


def _hook_run(call: Call) -> str:
    prefix = re.match(r"^(?:uv|poetry|pdm) run (?=\w)|^uvx (?=\w)", call.run)
    program = "prek" if "prek" in call.run else "pre-commit"
    return f"{prefix[0] if prefix else ''}{program} run --all-files"
