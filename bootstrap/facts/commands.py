"""Commands by slot: what CI runs, resolved to the names that people call, then manifests, docs.

One command per project and slot: a project is an ecosystem in a folder (a Unit).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.from_ci import from_ci, whole
from bootstrap.facts.from_names import from_targets
from bootstrap.facts.from_pages import from_docs, from_units
from bootstrap.facts.model import SLOTS, Command, Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.candidates import Candidate
    from bootstrap.facts.resolve import Sources

MAX_PER_SLOT = 8


def choose(sources: Sources) -> dict[str, tuple[Fact[Command], ...]]:
    """Slot → commands, the best first; () = the repository has none."""
    candidates = [
        *whole(list(from_ci(sources))),
        *from_targets(sources),
        *from_docs(sources),
        *from_units(sources),
    ]
    found = {
        slot: tuple(_pick(sources, [c for c in candidates if c.slot == slot])) for slot in SLOTS
    }
    for offer in sources.fallback:
        if not found[offer.slot]:
            found[offer.slot] = (Fact(Command(offer.run), (offer.evidence,), found=False),)
    return found


def _pick(sources: Sources, candidates: list[Candidate]) -> Iterator[Fact[Command]]:
    """The best candidate for each unit that is still without one; strangers only if none is."""
    open_units = set(sources.units)
    taken: set[Command] = set()
    for candidate in sorted(candidates, key=lambda c: (not c.serves, *c.order)):
        served = candidate.serves & open_units
        wanted = served or (not candidate.serves and not taken)
        if wanted and candidate.command not in taken and len(taken) < MAX_PER_SLOT:
            open_units -= served
            taken.add(candidate.command)
            yield Fact(candidate.command, (candidate.evidence,), candidate.found)
