"""What a command does step by step, and whether a check is made on the way of another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.resolve import MAX_DEPTH, side_by_side
from bootstrap.facts.rewrite import bare, relocate, tidy, words
from bootstrap.facts.shell import commands
from bootstrap.facts.tools import uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bootstrap.facts.model import Step
    from bootstrap.facts.resolve import Sources

MAX_STEPS = 200


def steps(sources: Sources, run: str, directory: str) -> tuple[Step, ...]:
    """The simple commands that a command ends in, in one form: what checks the same is equal."""
    found: dict[Step, None] = {}
    for text, here in _walk(sources, run, directory, 0, set()):
        found[(normal(text), here)] = None
        if len(found) == MAX_STEPS:
            break
    return tuple(found)


def _walk(
    sources: Sources, run: str, directory: str, depth: int, seen: set[Step]
) -> Iterator[Step]:
    plain, here = relocate(run, directory)
    if (plain, here) in seen or depth > MAX_DEPTH:
        return
    seen.add((plain, here))
    texts = [(line, one.dir) for one in sources.called(plain, here) for line in one.body]
    texts += [(part, here) for part in side_by_side(plain)]
    if not texts and not uses(plain):
        texts += [(text, here) for text in (sources.script(plain, here)[1],) if text]
    for text, place in texts:
        for part, folder, _ in commands(text, place):
            yield from _walk(sources, part, folder, depth + 1, seen)
    if not texts:
        yield plain, here


# What a recipe hands on, and what changes neither what is checked nor the result.
_HANDED_ON = re.compile(r"\{\{[^{}]*\}\}|\"?\$[@*]\"?|\$\([A-Z_]+\)")
_SAME = re.compile(r"^(--diff|--color\S*|-v+|--verbose|--no-color|--no-cache|--if-present|\.|\./)$")


def normal(run: str) -> str:
    """A simple command without what only reports, hands on or names everything."""
    text = bare(tidy(_HANDED_ON.sub("", run)) or run)
    # Yarn, pnpm and Bun start a program by its name.
    inner = re.sub(r"^(yarn|pnpm|bun) ", "", text)
    text = inner if inner != text and uses(inner) else text
    return " ".join(word for word in words(text) if not _SAME.match(word))


def made_by(step: Step, others: Iterable[Step]) -> bool:
    """Whether one of the others is this check: the same, in a wrapper, or with more strictness."""
    said = step[0].split(" ")
    return any(here == step[1] and _includes(other.split(" "), said) for other, here in others)


# Flags with which a tool checks no less.
_STRICTER = re.compile(
    r"^(-race|-count=1|-cover|-shuffle=on|--strict\S*|--all-targets|--all-features|--workspace|--all"
    r"|\./\.\.\.|run|--|-D\S+|-W\S+|-Werror|--deny-warnings|--max-warnings=0|--check|--no-fix)$"
)


def _includes(other: list[str], said: list[str]) -> bool:
    if other[-len(said) :] == said:
        return True
    more = [word for word in other if word not in said]
    return set(said) <= set(other) and all(map(_STRICTER.match, more))
