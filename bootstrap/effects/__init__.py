"""What ignore, attributes and owners files mean for the user's paths, before and after a change.

In these files the last line that matches wins, so a line that is only added may still take away
what an earlier one said. A change is made only if every tracked path of the user's keeps its ignore
state, its attributes and its owners. How that is proved: `rules`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Set

from bootstrap.effects import codeowners, editorconfig, rules
from bootstrap.effects.world import World, between, lines_of
from bootstrap.plan import Change
from bootstrap.repo import Repo


def of(repo: Repo, changes: Iterable[Change], ours: Set[str]) -> dict[str, str]:
    """Path of each change that does something to a file of the user's → what it does.

    That is a phrase such as `make git ignore src/a.py`, and names one such file. `ours` are the
    paths that the template brought: what they mean may change. Changes are judged one after the
    other, each on top of those without effect, so all of these together have none either.
    """
    world = World(repo, ours)
    found: dict[str, str] = {}
    for change in changes:
        if not change.writes:
            continue
        if effect := _effect(world, change):
            found[change.path] = effect
        else:
            world.planned[change.path] = change.after
    return found


def _effect(world: World, change: Change) -> str:
    name = posixpath.basename(change.path)
    if name == rules.IGNORE:
        return rules.ignoring(world, change)
    if name == rules.ATTRIBUTES:
        return rules.attributes(world, change)
    if name == editorconfig.NAME and change.kind != "starter":  # comes before there are others
        return editorconfig.effect(world, change)
    return codeowners.effect(world, change)


def snippet(change: Change) -> str:
    """The lines that a change puts in; if it puts none in, those that it takes out."""
    old, new = between(lines_of(change.before), lines_of(change.after))
    text = b"\n".join(new if any(new) else old).decode(errors="replace")
    return text.replace("\r", "").strip("\n") + "\n"
