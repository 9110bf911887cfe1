"""Fewer proposals: what only follows from a manifest is said once, and not below what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.candidates import depth
from bootstrap.facts.scan import within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bootstrap.facts.model import Command, Fact
    from bootstrap.facts.resolve import Sources

Commands = tuple["Fact[Command]", ...]


def fewer(sources: Sources, commands: Mapping[str, Commands]) -> dict[str, Commands]:
    """The commands, with at most one proposal per slot and ecosystem.

    A folder inside a project whose command was found has none: that command is theirs, or nobody
    missed one.
    """
    return {slot: tuple(_fewer(sources, slot, facts)) for slot, facts in commands.items()}


def _fewer(sources: Sources, slot: str, facts: Commands) -> Iterator[Fact[Command]]:
    offered = {
        (unit.dir, offer.run): unit.ecosystem
        for unit in sources.units
        for offer in unit.offers
        if offer.slot == slot
    }
    found = [fact.value for fact in facts if fact.found]
    proposed = [fact for fact in facts if not fact.found]
    nearest = {id(fact) for fact in _first_of_each(proposed, offered)}
    for fact in facts:
        ecosystem = offered.get((fact.value.dir, fact.value.run), "")
        known = any(_covers(sources, command, fact.value.dir, ecosystem) for command in found)
        if fact.found or (id(fact) in nearest and not known):
            yield fact


def _first_of_each(
    proposed: list[Fact[Command]], offered: Mapping[tuple[str, str], str]
) -> Iterator[Fact[Command]]:
    seen = set()
    for fact in sorted(proposed, key=lambda fact: depth(fact.value.dir)):
        ecosystem = offered.get((fact.value.dir, fact.value.run), fact.value.run)
        if ecosystem not in seen:
            seen.add(ecosystem)
            yield fact


def _covers(sources: Sources, command: Command, directory: str, ecosystem: str) -> bool:
    """Whether a found command runs a tool of the ecosystem in a folder above `directory`."""
    inside = directory != command.dir and within(directory, command.dir)
    tools = sources.expand(command.run, command.dir) if inside else ()
    return any(use.ecosystem == ecosystem for use, _ in tools)
