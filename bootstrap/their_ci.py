"""Whether a repository's CI checks changes in a way that can't be read here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bootstrap.facts import Facts
from bootstrap.facts.load import load_yaml
from bootstrap.repo import Repo

_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_CHECKING = {"pull_request", "push", "merge_group"}
# What runs on changes and checks none of them.
_HELPERS = re.compile(
    r"/(checkout|cache|(up|down)load-artifact|github-script|labeler|stale|first-interaction|dependency-review"
    r"|dependabot|add-to-project|create-pull-request|setup-[\w-]+)(@|/)"
    r"|label|assign|welcome|greet|\bcla\b|semantic|title|release|changelog|codeql|scorecard|pages|deploy"
    r"|publish|sync|mirror|lock|stale|backport|comment|notif",
    re.IGNORECASE,
)


def unknown(repo: Repo, facts: Facts) -> str:
    """The file of a CI that may check changes although no check was read there; else empty."""
    if facts.ci_checks:
        return ""
    for provider in facts.ci:
        if provider.value != "github-actions" and provider.evidence:
            return provider.evidence[0].path
    for path in filter(_WORKFLOW.fullmatch, repo.shallow):
        if not _HELPERS.search(path) and any(_jobs(load_yaml(repo.text(path) or ""))):
            return path
    return ""


def _jobs(workflow: Any) -> Iterator[bool]:
    """For each job that runs on changes: whether it does more than help."""
    if not isinstance(workflow, dict) or not _CHECKING & {*_triggers(workflow.get("on"))}:
        return
    jobs = workflow.get("jobs")
    for job in jobs.values() if isinstance(jobs, dict) else ():
        if isinstance(job, dict):
            steps = job.get("steps")
            called = [job, *(steps if isinstance(steps, list) else ())]
            yield any(isinstance(one, dict) and _does_more(one) for one in called)


def _triggers(on: Any) -> Iterator[str]:
    """The events that start a workflow; a push of tags alone is a release."""
    if isinstance(on, str):
        yield on
    for event in on if isinstance(on, list | dict) else ():
        limits = on.get(event) if isinstance(on, dict) else None
        if isinstance(limits, dict) and "tags" in limits and "branches" not in limits:
            continue
        yield str(event)


def _does_more(step: dict[str, Any]) -> bool:
    uses = step.get("uses")
    return bool(uses and not _HELPERS.search(f"{uses}@")) or bool(step.get("run"))
