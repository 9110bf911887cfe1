"""11: each part has a small pod of people who decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import pages, seen, some, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 11, "pods", "Small Pods"
PROMISE = "A domain expert and one or two engineers own each part and decide."

MAX_OWNERS = 3
"""A pod: one domain expert, one or two engineers. A team counts as one."""

_PEOPLE = (
    "maintainers*",
    "owners",
    "owners.md",
    "governance*",
    ".github/maintainers*",
    "docs/team*",
)


class OwnersAreNamed:
    """CODEOWNERS names who owns what."""

    def check(self, facts: Facts, repo: Repo) -> Result:
        """Name an owner for `*` and for each part in `.github/CODEOWNERS`."""
        if not facts.codeowners:
            return no("no CODEOWNERS")
        path = facts.codeowners[0]
        owned = [line for line, _, owners in _rules(repo, path) if owners]
        return yes(f"{path}:{owned[0]}") if owned else no(f"{path} names nobody")


class PodsAreSmall:
    """No part has more owners than a pod has people."""

    def check(self, facts: Facts, repo: Repo) -> Result:
        """Split what many own into parts with at most three owners each, or name a team."""
        rules = [rule for path in facts.codeowners[:1] for rule in _rules(repo, path)]
        if not any(owners for _, _, owners in rules):
            return not_applicable("no owners are named")
        path = facts.codeowners[0]
        big = [f"{path}:{line}" for line, _, owners in rules if len(owners) > MAX_OWNERS]
        return no(*some(big, f"names more than {MAX_OWNERS} owners")) if big else yes(path)


class ExpertIsNamed:
    """The pod is written down: who knows the domain, who builds."""

    def check(self, repo: Repo) -> Result:
        """Say in MAINTAINERS.md who knows the domain and which one or two engineers build, or
        write `.process/pod.toml` with a line `expert = "@name"`.
        """
        pod = seen(repo, [".process/pod.toml"], r"(?m)^\s*(domain_)?expert\s*=\s*[\[\"'].*\w")
        if pod:
            return yes(pod)
        if ".process/pod.toml" in repo.files:
            return no(".process/pod.toml names no expert")
        found = pages(repo, *_PEOPLE)
        return yes(*found[:1]) if found else no("no page says who the people are")


def _rules(repo: Repo, path: str) -> Iterator[tuple[int, str, list[str]]]:
    """Line, pattern and owners of each rule."""
    for number, line in enumerate(text(repo, path).splitlines(), 1):
        words = line.split("#")[0].split()
        if words and not words[0].startswith(("[", "^[")):
            yield number, words[0], [word for word in words[1:] if "@" in word]
