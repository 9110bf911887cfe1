"""Languages by importance, from the names of the files and the projects that hold them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bootstrap.facts.ecosystems import ecosystems
from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.scan import join

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bootstrap.facts.parts import Ecosystem, Unit
    from bootstrap.facts.scan import Scan

MAX_LANGUAGES = 6


def languages(scan: Scan, units: Iterable[Unit]) -> tuple[Fact[str], ...]:
    """The languages, the primary one first.

    Files count once, outside tests and examples fully; those of an ecosystem with a project at
    the root count ten times, user interface code less than what serves it. Prose, data and
    markup only lead where there is hardly any code.
    """
    rooted = {unit.ecosystem for unit in units if unit.dir == "."}
    known = {unit.ecosystem for unit in units}
    counts: Counter[tuple[str, bool]] = Counter()
    example: dict[str, str] = {}
    for place in scan.judged:
        for extension, number in place.extensions.items():
            counts[extension, place.real] += number
            if extension not in example:
                first_name = next(name for name in place.names if name.endswith(extension))
                example[extension] = join(place.path, first_name)
    images = scan.called("Dockerfile")
    if images:
        counts[".dockerfile", True] += len(images)
        example.setdefault(".dockerfile", images[0])
    points: Counter[str] = Counter()
    first: dict[str, str] = {}
    weights = {e.name: _weight(e, rooted, known) for e in ecosystems()}
    by_extension = {e: (lang, eco) for eco in ecosystems() for e, lang in eco.languages.items()}
    for (extension, real), count in counts.items():
        found = by_extension.get(extension.lower())
        if found:
            language, ecosystem = found
            first[language] = min(first.get(language, example[extension]), example[extension])
            points[language] += int(weights[ecosystem.name] * (100 if real else 30)) * count
    # Of equals the one whose file is listed first; the recipe of an image comes behind its program.
    ranked = sorted(first, key=lambda name: (-points[name], name == "dockerfile", first[name]))
    return tuple(
        Fact(language, (Evidence(first[language]),)) for language in ranked[:MAX_LANGUAGES]
    )


def _weight(ecosystem: Ecosystem, rooted: set[str], known: set[str]) -> float:
    if ecosystem.name == "text":
        return 0.1
    bonus = 10.0 if ecosystem.name in rooted else 3.0 if ecosystem.name in known else 1.0
    return ecosystem.weight * bonus


def ecosystem_of(language: str) -> str:
    """The ecosystem that a language belongs to, '' for an unknown one."""
    return next((e.name for e in ecosystems() if language in e.languages.values()), "")
