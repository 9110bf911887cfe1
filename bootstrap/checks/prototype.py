"""09: show a thing instead of describing it, and walk back without fear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import manifests, matching, seen, serves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Workflow
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 9, "prototype", "Show Don't Tell"
PROMISE = "An idea is shown as a prototype, and what was merged is taken back with one click."

# A label's name, not a remark about one.
_LABEL = r"(?im)^[^#\n]*label[^#\n]*\b(prototype|spike|do[-_ ]not[-_ ]merge|no[-_ ]merge)\b"
_REVERT = r"\bgit revert\b|revertPullRequest|\bgh pr revert\b|\brollback\b|\bundo deploy"
_FLAGS = (
    r"(?i)openfeature|open-feature|flagd|launchdarkly|unleash-(client|proxy)|unleash[._-]client"
    r"|flipper\b|growthbook|flagsmith|configcat|split-?io|statsig|optimizely|waffle"
    r"|laravel/pennant|fun_with_flags|Microsoft\.FeatureManagement|@vercel/flags|\"flags\":"
)


class PrototypesAreMarked:
    """A prototype is marked, so that it is shown and not merged."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Give prototypes a label such as `prototype`, and fail a required check of every pull
        request that has it.
        """
        known = [one.path for one in workflows]
        known += matching(repo, ".github/label*.y*ml", ".mergify.yml", ".github/mergify.yml")
        place = seen(repo, known, _LABEL)
        return yes(place) if place else no("no workflow knows a label for prototypes")


class WalkBack:
    """What was merged is taken back with one click."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Add a workflow on `workflow_dispatch` that takes the number of a merged pull request,
        reverts it and opens a pull request with that, or that rolls the deployment back.
        """
        asked = {"workflow_dispatch", "issue_comment", "pull_request", "issues"}
        known = [one.path for one in workflows if asked & set(one.events)]
        place = seen(repo, known, _REVERT)
        return yes(place) if place else no("no workflow reverts or rolls back on demand")


class FeatureFlags:
    """What is not finished can be merged behind a flag."""

    def check(self, repo: Repo, facts: Facts) -> Result:
        """Read feature flags through OpenFeature, with a file in flagd's format to begin with."""
        files = matching(repo, "*.flagd.json", "*/flags.json", "flags.json", ".process/flags*")
        place = files[0] if files else seen(repo, manifests(repo), _FLAGS)
        if place:
            return yes(place)
        if not serves(repo, facts):
            return not_applicable("nothing runs from here that a flag could switch")
        return no("no feature flags")
