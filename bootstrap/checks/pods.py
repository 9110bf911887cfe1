"""11: each part has a small pod of people who decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._owners import (
    ADDRESS,
    NAME,
    POD,
    faults,
    on_github,
    pods,
    unasked,
)
from bootstrap.checks._read import pages, seen, some, text
from bootstrap.effects.codeowners import MAX_BYTES
from bootstrap.facts.owners import Rule, rules

if TYPE_CHECKING:
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
        owned = [rule.line for rule in _rules(facts, repo) if "@" in " ".join(rule.owners)]
        return yes(f"{path}:{owned[0]}") if owned else no(f"{path} names nobody")


class PodsAreSmall:
    """No part has more owners than a pod has people."""

    def check(self, facts: Facts, repo: Repo) -> Result:
        """Split what many own into parts with at most three owners each, or name a team."""
        found = _rules(facts, repo)
        named = [rule for rule in found if rule.owners]
        many = [pod for pod in pods(repo) or [] if len(pod.people) > MAX_OWNERS]
        if not named and not pods(repo):
            return not_applicable("no owners are named")
        path = facts.codeowners[0] if facts.codeowners else POD
        big = [f"{path}:{rule.line}" for rule in named if len(rule.owners) > MAX_OWNERS]
        big += [f"{POD} ({pod.paths[0]})" if pod.paths else POD for pod in many]
        return no(*some(big, f"names more than {MAX_OWNERS} owners")) if big else yes(path)


class ExpertIsNamed:
    """The pod is written down: who knows the domain, who builds."""

    def check(self, repo: Repo) -> Result:
        """Say in MAINTAINERS.md who knows the domain and which one or two engineers build, or
        write `.process/pod.toml` with a line `expert = "@name"`:
        `bootstrap apply --factors 11 --data 'pod=@ada, @bob'` does.
        """
        pod = seen(repo, [POD], r"(?m)^\s*(domain_)?expert\s*=\s*[\[\"'].*\w")
        if pod:
            return yes(pod)
        if POD in repo.files:
            return no(f"{POD} names no expert")
        found = pages(repo, *_PEOPLE)
        return yes(*found[:1]) if found else no("no page says who the people are")


class OwnersCanBeAsked:
    """Everyone who is named can be found on GitHub, as far as a name shows it."""

    def check(self, facts: Facts, repo: Repo) -> Result:
        """Write `@name`, or `@organisation/team` for a team. Each needs write access, a team by
        itself: the page of the file on GitHub says who has none.
        """
        if POD in repo.files and pods(repo) is None:
            return no(f"{POD} is no TOML")
        found = _rules(facts, repo)
        if not found and not pods(repo):
            return not_applicable("no owners are named")
        wrong = [
            f"{facts.codeowners[0]}:{rule.line} {owner}"
            for rule in found
            for owner in rule.owners
            if not (NAME.fullmatch(owner) or ADDRESS.fullmatch(owner))
        ]
        people = [person for pod in pods(repo) or [] for person in pod.people]
        wrong += [f"{POD} {person}" for person in people if not NAME.fullmatch(person)]
        if wrong:
            return no(*some(wrong, "is no name on GitHub"))
        return yes("names are well formed; whether they may write, only GitHub knows")


class EveryRuleCounts:
    """Each rule of CODEOWNERS is one that GitHub reads and that decides something."""

    def check(self, facts: Facts, repo: Repo) -> Result:
        """Write patterns that GitHub knows, one for each thing to leave out or to add, and put the
        wide ones above the narrow ones: the last rule that matches counts.
        """
        if not facts.codeowners or not on_github(repo, facts.codeowners[0]):
            return not_applicable("no CODEOWNERS of GitHub's")
        path = facts.codeowners[0]
        if len(repo.read(path) or b"") > MAX_BYTES:
            return no(f"{path} is larger than 3 MB, so GitHub does not load it")
        wrong = [f"{path}:{line} {why}" for line, why in faults(text(repo, path))]
        return no(*some(wrong)) if wrong else yes(path)


class PodIsAsked:
    """CODEOWNERS names everyone of the pod, so that GitHub asks them."""

    def check(self, facts: Facts, repo: Repo) -> Result:
        """Add a rule for the paths of the pod in `.process/pod.toml` to CODEOWNERS, above the rules
        for single parts.
        """
        found = pods(repo)
        if not found:
            return not_applicable(f"no pod in {POD}")
        path = facts.codeowners[0] if facts.codeowners else ""
        missing = list(unasked(found, _rules(facts, repo)))
        if missing:
            return no(*some(missing, f"of {POD} is in no rule of {path or 'CODEOWNERS'}"))
        return yes(path)


def _rules(facts: Facts, repo: Repo) -> list[Rule]:
    """The rules of the CODEOWNERS that counts."""
    content = text(repo, facts.codeowners[0]) if facts.codeowners else ""
    return rules(content)
