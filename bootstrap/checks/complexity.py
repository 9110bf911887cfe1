"""12: how a change is treated follows from how risky it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import json, line_at, matching, seen, some, takes_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Step, Workflow
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 12, "complexity", "Complexity-Based Process"
PROMISE = "A simple change merges by itself, a risky one gets the people who can judge it."

_SIZE = re.compile(
    r"pr-size-labeler|size-label-action|\.process/(complexity|gate)\b|/complexity\b|pr-complexity"
)
_OF_PULL_REQUESTS = {"pull_request", "pull_request_target", "workflow_run"}
# GitHub runs these as the head of the pull request has them.
_OF_HEAD = {"pull_request", "pull_request_review", "merge_group"}
# What asks for a label before it merges, or for the one that was just set.
_BY_LABEL = re.compile(
    r"event\.label\.name|pull_request\.labels|gh pr list\b[^\n]*--label\b|MERGE_LABELS|merge-labels"
)
_LEVELS = r"(?i)\b(complexity|size|risk|effort)\b\s*[:/=_-]\s*[\"']?\w+|[\"']?(low|high)[- _]risk"
_LABELERS = (".github/labeler.y*ml", ".mergify.yml", ".github/mergify.yml")
_MERGES = (
    r"gh pr merge\b[^\n]*--auto|enablePullRequestAutoMerge|automerge-action|auto-merge-action"
    r"|enable-pull-request-automerge|merge-me-action|\.process/gate\b"
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
        rating = _rating(workflows)
        if rating:
            return yes(rating[0][1].place)
        place = seen(repo, matching(repo, *_LABELERS), _LEVELS)
        if place:
            return yes(place)
        by_path = seen(repo, [one.path for one in workflows], r"actions/labeler@")
        return no(f"{by_path} labels by path only" if by_path else "nothing rates a pull request")


class RatingIsOutOfReach:
    """What rates a change is not the change's own copy of it."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Rate under `pull_request_target`, or in a `workflow_run` after it, from a checkout of the
        default branch, and read the head as git objects only: under `pull_request` GitHub runs the
        workflow as the pull request has it, so that whoever is rated can rewrite the rating.
        """
        rating = _rating(workflows)
        if not rating:
            return not_applicable("no workflow rates pull requests")
        heads = [
            f"{step.place} checks the head out" for one, _ in rating if (step := takes_head(one))
        ]
        own = [
            f"{step.place} runs as the pull request has it"
            for one, step in rating
            if _OF_HEAD & set(one.events)
        ]
        return no(*some(heads + own)) if heads + own else yes(rating[0][1].place)


class NoLabelDecides:
    """No label is asked before a change merges by itself."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Let a required status decide, which rates the head again at each push: a label is set by
        whoever may triage, stays when the head moves, and comes after auto-merge or before it.
        """
        merging = [one for one in workflows if re.search(_MERGES, one.text)]
        if not merging:
            return not_applicable("no workflow merges by itself")
        labels = [place for one in merging if (place := _asked_label(one))]
        return no(*some(labels, "asks a label")) if labels else yes(merging[0].path)


class SimpleChangesMerge:
    """What is rated simple merges without waiting for a person."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Let what is rated low merge by itself once the checks are green: auto-merge, with one
        required status that the rating posts.
        """
        place = seen(repo, [one.path for one in workflows], _MERGES) or _bot(repo)
        return yes(place) if place else no("no change merges by itself")


def _rating(workflows: Sequence[Workflow]) -> list[tuple[Workflow, Step]]:
    """The steps that rate pull requests, each with its workflow."""
    return [
        (one, step)
        for one in workflows
        if _OF_PULL_REQUESTS & set(one.events)
        for step in one.steps
        if _SIZE.search(f"{step.uses}\n{step.run}")
    ]


def _asked_label(workflow: Workflow) -> str | None:
    """`path:line` where a workflow asks for a label, or None."""
    found = _BY_LABEL.search(workflow.text)
    return f"{workflow.path}:{line_at(workflow.text, found.start())}" if found else None


def _bot(repo: Repo) -> str | None:
    rules = matching(repo, ".mergify.yml", ".github/mergify.yml", ".mergify/config.yml")
    found = seen(repo, rules, r"(?m)^\s*(merge|queue):")
    bots = [path for path in _BOTS if path in repo.files]
    renovate = [path for path in _RENOVATE if path in repo.files and json(repo, path)]
    return found or (bots[0] if bots else seen(repo, renovate, r"automerge\"?:\s*true"))
