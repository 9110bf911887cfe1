"""Commands by slot: what CI runs, resolved to the names that people call, then manifests, docs.

One command per project and slot: a project is an ecosystem in a folder (a Unit).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bootstrap.facts.candidates import CI, CI_FUZZY, CI_NAME, FUZZY_NAME, NAME, served_by
from bootstrap.facts.from_ci import from_ci, whole
from bootstrap.facts.from_names import from_targets
from bootstrap.facts.from_pages import from_docs, from_units
from bootstrap.facts.model import SLOTS, Command, Fact
from bootstrap.facts.names import CHECKS
from bootstrap.facts.resolve import spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.candidates import Candidate
    from bootstrap.facts.resolve import Sources

MAX_PER_SLOT = 8
_NAMED = (CI_NAME, CI, NAME, CI_FUZZY, FUZZY_NAME)
"""Candidates that stand for a check: CI runs it, or it has a name."""


def choose(sources: Sources) -> dict[str, tuple[Fact[Command], ...]]:
    """Slot → commands, the best first; () = the repository has none."""
    candidates = [
        *whole(list(from_ci(sources))),
        *from_targets(sources),
        *from_docs(sources),
        *from_units(sources),
    ]
    candidates.sort(key=lambda c: (not c.serves, *c.order))
    found = {slot: tuple(_pick(sources, slot, candidates)) for slot in SLOTS}
    for offer in sources.fallback:
        if not found[offer.slot]:
            found[offer.slot] = (Fact(Command(offer.run), (offer.evidence,), found=False),)
    return found


def _pick(sources: Sources, slot: str, candidates: list[Candidate]) -> Iterator[Fact[Command]]:
    """The best candidate for each unit that is still without one; strangers only if none is."""
    open_units = set(sources.units)
    taken: set[Command] = set()
    for best in (c for c in candidates if c.slot == slot):
        candidate = _checking(sources, best, candidates)
        served = candidate.serves & open_units
        wanted = served or (not candidate.serves and not taken)
        if wanted and candidate.command not in taken and len(taken) < MAX_PER_SLOT:
            open_units -= served
            taken.add(candidate.command)
            yield Fact(_marked(sources, candidate), (candidate.evidence,), candidate.found)


def _marked(sources: Sources, candidate: Candidate) -> Command:
    command = candidate.command
    changes = candidate.slot in CHECKS and sources.writes(command.run, command.dir)
    return replace(command, writes=changes)


def _checking(sources: Sources, writer: Candidate, candidates: list[Candidate]) -> Candidate:
    """Instead of a command that repairs the one that only checks the same, where there is one."""
    slot = writer.slot
    if slot not in ("lint", "format") or not _marked(sources, writer).writes:
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
