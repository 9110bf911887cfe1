"""Candidates from documents, and from manifests alone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bootstrap.facts.candidates import (
    DOCS,
    DOCS_START,
    GUIDE,
    OFFER,
    Candidate,
    below,
    depth,
    served_by,
)
from bootstrap.facts.general import narrow
from bootstrap.facts.model import Command
from bootstrap.facts.parts import OTHER, Call
from bootstrap.facts.rewrite import bare, words
from bootstrap.facts.scan import join
from bootstrap.facts.starts import builds_service, starts
from bootstrap.facts.tools import uses, writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.resolve import Sources
    from bootstrap.facts.tools import Use


def from_docs(sources: Sources) -> Iterator[Candidate]:
    """A candidate for each command line of a document that would work here."""
    said = (replace(call, run=re.sub(_FILLED_IN, "", call.run)) for call in sources.docs)
    for number, call in enumerate(said):
        if _placeholder(call.run) or not _runs_here(sources, call):
            continue
        for use in _used(sources, call):
            slot = use.slots[0] if use.slots else ""
            serves = served_by(sources, call.run, call.dir, slot)
            if not slot or not (serves or use.ecosystem == "text"):
                continue
            if slot == "start" and not starts(sources, call.run, call.dir):
                continue
            rank = _rank(call, slot)
            yield Candidate(
                slot, Command(call.run, call.dir), call.evidence, (rank, 0, number), serves
            )


def _used(sources: Sources, call: Call) -> Iterator[Use]:
    """The tools of a command; an environment of tox is for what runs in it."""
    plain = uses(call.run)
    inside = plain and sources.called(call.run, call.dir)
    found = (use for use, _ in sources.expand(call.run, call.dir)) if inside else plain
    yield from dict.fromkeys(found)


# Pages that say how to work on the project, not how to use it.
_GUIDES = re.compile(
    r"(^|/)(agents|claude|contributing|develop\w*|hacking)(\.\w+)?$", re.IGNORECASE
)


def _rank(call: Call, slot: str) -> int:
    """What a guide shows in a code block stands before what a manifest only makes likely."""
    shown = call.trigger < OTHER
    if slot == "start":
        return DOCS_START if shown else DOCS
    plain = shown and not narrow(call.run) and not writes(call.run)
    return GUIDE if plain and slot != "install" and _GUIDES.search(call.evidence.path) else DOCS


# A framework's command → the file that an application of it has.
_NEEDS = {
    "flask run": r"^(app|wsgi|serve|main)\.py$|^\.flaskenv$",
    "rackup": r"^config\.ru$",
    "php -S": r"^(public/)?index\.php$",
    "rails s": r"^(bin/rails|config/application\.rb|config\.ru)$",
}


def _runs_here(sources: Sources, call: Call) -> bool:
    """Whether the files that a document's command names exist: a library shows its users' code."""
    prefix = "" if call.dir == "." else call.dir + "/"
    for key, pattern in _NEEDS.items():
        if bare(call.run).startswith(key):
            names = (p.removeprefix(prefix) for p in sources.scan.under(call.dir))
            return any(re.match(pattern, name) for name in names)
    if "\\" in call.run or bare(call.run) == "go run":
        return False
    if not (_image_is_here(sources, call) and _program_is_here(sources, call)):
        return False
    files = [w for w in words(call.run) if re.fullmatch(r"[\w./-]+\.(py|go|rb|js|ts|php|jar)", w)]
    modules = re.findall(r"\b([\w.]+):\w+\b", call.run) if "uvicorn" in call.run else []
    files += [module.replace(".", "/") + ".py" for module in modules]
    return all(sources.scan.has(join(call.dir, file)) for file in files)


MAX_FILES = 40


def _program_is_here(sources: Sources, call: Call) -> bool:
    """Whether `go build` finds a program in its folder, not only packages."""
    if bare(call.run) not in ("go build", "go run .", "go build ."):
        return True
    files = [name for name in sources.scan.inside(call.dir) if name.endswith(".go")]
    texts = (sources.scan.text(join(call.dir, name)) for name in files[:MAX_FILES])
    return any(re.search(r"^package main\b", text, re.MULTILINE) for text in texts)


def _image_is_here(sources: Sources, call: Call) -> bool:
    """Whether Docker builds something of the repository: users are shown how to run the image."""
    plain = bare(call.run)
    if plain.startswith("docker compose"):
        return builds_service(sources, plain, call.dir)
    if not re.match(r"docker (buildx )?build\b", plain):
        return True
    file = re.search(r"\s(?:-f|--file)[ =](\S+)", plain)
    return sources.scan.has(join(call.dir, file[1] if file else "Dockerfile"))


_FILLED_IN = r"\s--?[\w-]+[ =]\S*(?:/path/|<|\byour)\S*"


def _placeholder(run: str) -> bool:
    """Whether a line of a document is a pattern to fill in."""
    return bool(
        re.search(
            r"[<>\[\]{}…$]|(?<!/)\.\.\.|/path/|your[-_ ]|\bfoo\b|--help|example\.com",
            run,
            re.IGNORECASE,
        )
    )


def from_units(sources: Sources) -> Iterator[Candidate]:
    """What the manifests alone make likely; never found, only proposed."""
    for number, unit in enumerate(sources.units):
        for offer in unit.offers:
            if offer.slot == "start" and not starts(sources, offer.run, unit.dir):
                continue
            order = (OFFER, 0, depth(unit.dir), number)
            serves = below(sources, unit)
            command = Command(offer.run, unit.dir)
            yield Candidate(offer.slot, command, offer.evidence, order, serves, found=False)
