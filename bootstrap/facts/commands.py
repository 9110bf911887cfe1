"""Commands by slot: what CI runs, resolved to the names that people call, then manifests, docs.

One command per project and slot: a project is an ecosystem in a folder (a Unit).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bootstrap.facts.candidates import (
    CI,
    CI_FUZZY,
    CI_NAME,
    FUZZY_NAME,
    GUIDE,
    NAME,
    SECOND,
    promises,
    served_by,
)
from bootstrap.facts.ci_runs import only_there, runs_hooks, stricter
from bootstrap.facts.from_ci import from_ci, inside, whole
from bootstrap.facts.from_names import from_targets
from bootstrap.facts.from_pages import from_docs, from_units
from bootstrap.facts.model import SLOTS, Command, Fact
from bootstrap.facts.names import CHECKS
from bootstrap.facts.parts import OTHER
from bootstrap.facts.resolve import spelling
from bootstrap.facts.rewrite import bare, tidy, words
from bootstrap.facts.starts import beside
from bootstrap.facts.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.candidates import Candidate
    from bootstrap.facts.model import Evidence
    from bootstrap.facts.parts import Target, Unit
    from bootstrap.facts.resolve import Sources

MAX_PER_SLOT = 8
_NAMED = (CI_NAME, CI, NAME, CI_FUZZY, GUIDE, FUZZY_NAME)
"""Candidates that stand for a check: CI runs it, it has a name, or a guide shows it."""


def choose(sources: Sources) -> dict[str, tuple[Fact[Command], ...]]:
    """Slot → commands, the best first; () = the repository has none."""
    candidates = [
        *whole(list(from_ci(sources))),
        *from_targets(sources),
        *from_docs(sources),
        *from_units(sources),
    ]
    candidates = [c for candidate in candidates for c in _in_place(sources, candidate)]
    candidates = _once(candidates)
    candidates.sort(key=lambda c: (not c.serves, *c.order))
    found = {slot: tuple(_pick(sources, slot, candidates)) for slot in SLOTS}
    for offer in sources.fallback:
        if not found[offer.slot]:
            found[offer.slot] = (Fact(Command(offer.run), (offer.evidence,), found=False),)
    return found


def _once(candidates: list[Candidate]) -> list[Candidate]:
    """Without tools that do already what they are for: PHPStan for the types is no linter too."""
    first: dict[str, set[frozenset[Unit]]] = {}
    for candidate in candidates:
        if candidate.key and candidate.order[0] == CI:
            first.setdefault(candidate.key, set()).add(candidate.serves)
    return [
        candidate
        for candidate in candidates
        if candidate.order[0] != SECOND
        or not any(candidate.serves <= serves for serves in first.get(candidate.key, ()))
    ]


def _in_place(sources: Sources, candidate: Candidate) -> Iterator[Candidate]:
    """What runs in the folder of documents or of a site serves the projects there alone."""
    served = candidate.serves
    if beside(sources, candidate.command.dir):
        served = frozenset(unit for unit in served if beside(sources, unit.dir))
    if served or not candidate.serves:
        yield replace(candidate, serves=served)


def _pick(sources: Sources, slot: str, candidates: list[Candidate]) -> list[Fact[Command]]:
    """The best candidate for each unit that is still without one; strangers only if none is.

    Those for the main language come first, those of documents and sites last.
    """
    open_units = set(sources.units)
    of_slot = [candidate for candidate in candidates if candidate.slot == slot]
    taken: dict[Command, tuple[bool, bool, Fact[Command]]] = {}
    for best in of_slot:
        candidate = _known(sources, _checking(sources, best, of_slot))
        served = candidate.serves & open_units
        wanted = served or (not candidate.serves and not taken)
        command = candidate.command
        if wanted and command not in taken and len(taken) < MAX_PER_SLOT:
            open_units -= served
            fact = Fact(_marked(sources, candidate), (candidate.evidence,), candidate.found)
            aside = candidate.order[0] == SECOND and inside(candidate.serves, command.dir)
            main = not aside and sources.primary in {unit.ecosystem for unit in served}
            taken[command] = (beside(sources, command.dir), not main, fact)
    return [fact for *_, fact in sorted(taken.values(), key=lambda each: each[:2])]


def _known(sources: Sources, offer: Candidate) -> Candidate:
    """An offer that stands in the repository after all, or that a target makes good, is found."""
    if offer.found:
        return offer
    wanted = words(bare(offer.command.run))
    for run, directory, evidence in _written(sources):
        if directory == offer.command.dir and words(bare(run)) == wanted:
            return replace(offer, evidence=evidence, found=True)
    for target in sources.targets if offer.slot in CHECKS else ():
        if _covers(sources, target, offer):
            done = Command(target.run, target.dir)
            return replace(offer, command=done, evidence=target.evidence, found=True)
    return offer


def _written(sources: Sources) -> Iterator[tuple[str, str, Evidence]]:
    """Every command line that CI, a page or a hook says literally."""
    yield from ((tidy(call.run), call.dir, call.evidence) for call in sources.ci)
    for call in sources.docs:
        if call.trigger < OTHER or not _warns(sources, call.evidence):
            yield call.run, call.dir, call.evidence
    for target in sources.targets:
        if target.runner == "pre-commit":
            yield from ((run, target.dir, target.evidence) for run in target.body)


def _warns(sources: Sources, evidence: Evidence) -> bool:
    """Whether the sentence before a command says what not to do."""
    line = sources.scan.text(evidence.path).splitlines()[evidence.line - 1 : evidence.line]
    before = " ".join(line).partition(evidence.text)[0]
    return bool(re.search(r"\b(not|don't|never|avoid|instead of|rather than)\b[^.;`]*`$", before))


def _covers(sources: Sources, target: Target, offer: Candidate) -> bool:
    """Whether a target for other checks makes this one on the way: `make lint` runs the types."""
    slots = {"typecheck"} if target.runner == "pre-commit" else set(promises(sources, target))
    if target.dir != offer.command.dir or target.member or not slots:
        return False
    ecosystems = {unit.ecosystem for unit in offer.serves}
    found = sources.expand(target.run, target.dir)
    return slots <= {"lint", "format", "typecheck"} and any(
        use.slots[:1] == (offer.slot,) and use.ecosystem in ecosystems for use, _ in found
    )


def _marked(sources: Sources, candidate: Candidate) -> Command:
    command = candidate.command
    return replace(
        command,
        writes=candidate.slot in CHECKS and sources.writes(command.run, command.dir),
        slot=candidate.slot,
        steps=steps(sources, command.run, command.dir),
        env=_strictness(sources, candidate),
        runs_hooks=runs_hooks(sources, command.run, command.dir),
        elsewhere=only_there(command.run) or _of_release(sources, candidate),
        unseen=_unseen(sources, command),
    )


def _of_release(sources: Sources, candidate: Candidate) -> bool:
    """Whether CI says it only where it brings something out."""
    said = [call for call in sources.ci if call.evidence == candidate.evidence]
    return bool(said) and all(call.event == OTHER for call in said)


def _unseen(sources: Sources, command: Command) -> bool:
    program = words(bare(command.run))[:1]
    seen = any(words(bare(call.run))[:1] == program for call in sources.ci)
    return bool(program) and program[0] in ("just", "task", "mise", "mage", "inv") and not seen


def _strictness(sources: Sources, candidate: Candidate) -> str:
    """What CI sets to make this check stricter: it says it at the same place."""
    at = candidate.evidence
    calls = (call for call in sources.ci if call.env and call.evidence == at)
    return next((stricter(sources, call) for call in calls), "")


def _checking(sources: Sources, writer: Candidate, candidates: list[Candidate]) -> Candidate:
    """Instead of a command that repairs the one that only checks the same, where there is one."""
    slot = writer.slot
    run, directory = writer.command.run, writer.command.dir
    if slot not in ("lint", "format") or not sources.writes(run, directory):
        return writer
    for other in candidates:
        run, directory = other.command.run, other.command.dir
        if (
            (other.slot, other.found) == (slot, True)
            and other.order[0] in _NAMED
            and spelling(run) != "pre-commit"
            and not sources.writes(run, directory)
            and writer.serves <= served_by(sources, run, directory, slot)
            and any(slot in use.slots for use, _ in sources.expand(run, directory))
        ):
            return other
    return writer
