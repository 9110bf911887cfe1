"""12: how a change is treated follows from how risky it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, yes
from bootstrap.checks._read import json, matching, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Workflow
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 12, "complexity", "Complexity-Based Process"
PROMISE = "A simple change merges by itself, a risky one gets the people who can judge it."

_SIZE = re.compile(
    r"pr-size-labeler|size-label-action|\.process/complexity|/complexity\b|pr-complexity"
)
_LEVELS = r"(?i)\b(complexity|size|risk|effort)\b\s*[:/=_-]\s*[\"']?\w+|[\"']?(low|high)[- _]risk"
_LABELERS = (".github/labeler.y*ml", ".mergify.yml", ".github/mergify.yml")
_MERGES = (
    r"gh pr merge\b[^\n]*--auto|enablePullRequestAutoMerge|automerge-action|auto-merge-action"
    r"|enable-pull-request-automerge|merge-me-action"
)
_BOTS = (".kodiak.toml", ".github/.kodiak.toml", ".bulldozer.yml", ".policy.yml")
_RENOVATE = tuple(
    f"{folder}{name}" for folder in ("", ".github/") for name in ("renovate.json", "renovate.json5")
)


class ChangesAreRated:
    """Each pull request is rated by its complexity or risk."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Rate each pull request low, medium or high by rules (paths, size, tests) and say why:
        a workflow that sets a label, with the rules of the base and not of the pull request.
        """
        asked = {"pull_request", "pull_request_target", "workflow_run"}
        for one in workflows:
            for step in one.steps:
                if asked & set(one.events) and _SIZE.search(f"{step.uses}\n{step.run}"):
                    return yes(step.place)
        place = seen(repo, matching(repo, *_LABELERS), _LEVELS)
        if place:
            return yes(place)
        by_path = seen(repo, [one.path for one in workflows], r"actions/labeler@")
        return no(f"{by_path} labels by path only" if by_path else "nothing rates a pull request")


class SimpleChangesMerge:
    """What is rated simple merges without waiting for a person."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Let what is rated low merge by itself once the checks are green: auto-merge, with one
        required status that the rating posts.
        """
        place = seen(repo, [one.path for one in workflows], _MERGES) or _bot(repo)
        return yes(place) if place else no("no change merges by itself")


def _bot(repo: Repo) -> str | None:
    rules = matching(repo, ".mergify.yml", ".github/mergify.yml", ".mergify/config.yml")
    found = seen(repo, rules, r"(?m)^\s*(merge|queue):")
    bots = [path for path in _BOTS if path in repo.files]
    renovate = [path for path in _RENOVATE if path in repo.files and json(repo, path)]
    return found or (bots[0] if bots else seen(repo, renovate, r"automerge\"?:\s*true"))
