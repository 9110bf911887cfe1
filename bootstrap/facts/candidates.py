"""Candidates for commands: where they come from, how good they are, what they would serve."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.facts.model import SLOTS, Command, Evidence
from bootstrap.facts.names import CHECKS, FUZZY, normal, place, vague
from bootstrap.facts.resolve import RUNNERS, Sources
from bootstrap.facts.scan import folder, within

if TYPE_CHECKING:
    from bootstrap.facts.parts import Target, Unit

(
    CI_NAME,
    CI,
    NAME,
    CI_FUZZY,
    HOOKS,
    DOCS_START,
    GUIDE,
    OFFER,
    FUZZY_NAME,
    DOCS,
    SECOND,
    PROVEN,
    LAST,
) = range(13)
"""Where a candidate comes from, the most trusted first."""


@dataclass(frozen=True)
class Candidate:
    """A command for a slot, with the units that it would serve."""

    slot: str
    command: Command
    evidence: Evidence
    order: tuple[int, ...]
    """Rank first; the lowest is taken first."""
    serves: frozenset[Unit]
    found: bool = True
    key: str = ""
    """The one tool of a command that CI runs as it stands."""


def promises(sources: Sources, target: Target) -> dict[str, int]:
    """Slot → how good the target's name is for it; one slot only, unless `check` holds several."""
    if target.runner == "pre-commit":
        return {}
    found: dict[str, int] = {}
    # An environment of tox is named after what it does, and after any version.
    name = target.name.removeprefix("py-") if target.runner == "tox" else target.name
    for slot in SLOTS:
        rank = place(slot, name)
        if rank is None or (
            slot == "install" and normal(target.name) == "install" and target.ecosystem
        ):
            continue
        if (rank < FUZZY and not _unsure(target, slot)) or _proves(sources, target, slot):
            found[slot] = rank
    if len(found) == 1 and not target.member and (slot := _other_check(sources, target, *found)):
        return {slot: FUZZY}
    if len(found) > 1 and not vague(target):
        best = min(found, key=lambda slot: found[slot])
        return {best: found[best]}
    return found


def _unsure(target: Target, slot: str) -> bool:
    """Whether a name says too little; the tasks of rake are code that can't be looked through."""
    if target.runner == "rake" and (slot == "build" or _BEFORE.match(normal(target.name))):
        return True
    return vague(target)


_BEFORE = re.compile(r"pre-?commit$")


def _other_check(sources: Sources, target: Target, slot: str) -> str:
    """The check that all tools behind a name are for, where it isn't the one that it says."""
    found = [use.slots for use, _ in sources.expand(target.run, target.dir) if use.slots]
    first = {slots[0] for slots in found}
    if slot not in CHECKS or len(first) != 1 or any(slot in slots for slots in found):
        return ""
    return next((other for other in first if other in CHECKS), "")


def _proves(sources: Sources, target: Target, slot: str) -> bool:
    """Whether a tool of the slot is behind the target."""
    return any(slot in use.slots[:1] for use, _ in sources.expand(target.run, target.dir))


def by_runner(target: Target) -> int:
    """General runners come before the scripts of one ecosystem."""
    order = (*RUNNERS, "mise", "script")
    return order.index(target.runner) if target.runner in order else len(order)


def depth(directory: str) -> int:
    """How far a folder is from the root."""
    return 0 if directory == "." else 1 + directory.count("/")


def served_by(sources: Sources, run: str, directory: str, slot: str) -> frozenset[Unit]:
    """The units that a command works on; one with unknown tools works on its own folder's."""
    found: set[Unit] = set()
    known = False
    for use, here in sources.expand(run, directory):
        owner = _owner(sources, use.ecosystem, here) if slot in use.slots else None
        known = known or (slot in use.slots and use.ecosystem != "text")
        found |= _reached(sources, owner, here)
    if known or found:
        return frozenset(found)
    called = sources.called(run, directory)
    for target in called:
        if target.ecosystem:
            owner = _owner(sources, target.ecosystem, target.dir)
            return frozenset({owner} if owner else ())
        confirmed = any(target in sources.called(call.run, call.dir) for call in sources.ci)
        if (target.runner == "script" and not confirmed) or any(
            slot in use.slots for use, _ in sources.expand(run, directory)
        ):
            return frozenset()
    path = sources.script(run, directory)[0]
    if not called and (not path or sources.expand(run, directory)):
        return frozenset()
    language = _WRITTEN_IN.get(path.rpartition(".")[2], "") if not called else ""
    return frozenset(u for u in _around(sources, directory) if language in ("", u.ecosystem))


# A script in the language of one ecosystem says nothing of another's projects.
_WRITTEN_IN = {"py": "python", "rb": "ruby", "php": "php", "js": "javascript", "mjs": "javascript"}


def _reached(sources: Sources, owner: Unit | None, directory: str) -> frozenset[Unit]:
    """What a tool works on: from inside a unit it doesn't reach the units beside."""
    if owner is None:
        return frozenset()
    return below(sources, owner) if owner.dir == directory else frozenset({owner})


def _around(sources: Sources, directory: str) -> set[Unit]:
    """The units in and below a folder, and those that hold it most closely."""
    ecosystems = {unit.ecosystem for unit in sources.units}
    holders = {_owner(sources, ecosystem, directory) for ecosystem in ecosystems}
    lower = {unit for unit in sources.units if within(unit.dir, directory)}
    return lower | {holder for holder in holders if holder}


def _owner(sources: Sources, ecosystem: str, directory: str) -> Unit | None:
    """The unit of an ecosystem whose folder holds `directory` most closely."""
    here = directory
    while (ecosystem, here) not in sources.by_place and here != ".":
        here = folder(here)
    return sources.by_place.get((ecosystem, here))


def below(sources: Sources, unit: Unit) -> frozenset[Unit]:
    """A unit and, for tools that walk into folders, the units of the same ecosystem below it."""
    if unit.ecosystem in ("javascript", "go"):
        return frozenset({unit})
    return sources.below(unit.ecosystem, unit.dir)
