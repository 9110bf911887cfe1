"""01: a change can be tried before it is merged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import seen, serves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Workflow
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 1, "preview", "Preview Everything"
PROMISE = "Every change has a running copy that anyone can open before it is merged."

# Files of providers that make a copy for each pull request, and remove it again by themselves.
_PROVIDERS = (
    ("vercel.json", r"\{"),
    ("netlify.toml", r"(?m)^\["),
    ("render.yaml", r"(?m)^\s*(previews:|(pullRequestPreviewsEnabled|previewGeneration):\s*\S)"),
    ("app.json", r'"review"\s*:'),
    (".gitlab-ci.yml", r"(?m)^\s*on_stop:"),
)
_ACTIONS = re.compile(
    r"vercel-action|actions-netlify|action-hosting-deploy|pr-preview-action|static-web-apps-deploy"
    r"|fly-pr-review-apps|okteto/deploy-preview|cloudflare/(wrangler|pages)-action|readthedocs/.*preview"
)
_NAME = re.compile(r"preview|review[-_ ]?app|ephemeral", re.IGNORECASE)
_PULL_REQUEST = {"pull_request", "pull_request_target"}


class PreviewOfEachChange:
    """Each pull request gets a running copy."""

    def check(self, repo: Repo, facts: Facts, workflows: Sequence[Workflow]) -> Result:
        """Deploy each pull request to an address of its own and put that into the conversation:
        connect a provider that does it, or write a workflow that builds without secrets under
        `pull_request` and deploys the result from `workflow_run`.
        """
        if not serves(repo, facts):
            return not_applicable("nothing to preview: no start command, port, container or site")
        place = _provider(repo) or next((_place(one) for one in _previews(workflows)), None)
        return yes(place) if place else no("no workflow or provider deploys pull requests")


class PreviewIsRemoved:
    """The copy goes when the pull request is closed."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Tear the preview down on `pull_request: types: [closed]`, and reap by schedule what
        that missed.
        """
        provider = _provider(repo)
        previews = _previews(workflows)
        if provider or not previews:
            return not_applicable("the provider removes it" if provider else "no preview")
        related = [one for one in workflows if one in previews or _NAME.search(one.path)]
        for one in related:
            if "schedule" in one.events or any("closed" in one.types(e) for e in _PULL_REQUEST):
                return yes(one.path)
        return no(f"{previews[0].path} never runs when a pull request is closed")


def _provider(repo: Repo) -> str | None:
    found = (seen(repo, [path], pattern) for path, pattern in _PROVIDERS if path in repo.files)
    return next((place for place in found if place), None)


def _previews(workflows: Sequence[Workflow]) -> list[Workflow]:
    return [one for one in workflows if _place(one)]


def _place(workflow: Workflow) -> str | None:
    """Where a workflow of pull requests deploys a preview, or None."""
    if not (_PULL_REQUEST | {"workflow_run", "issue_comment"}) & set(workflow.events):
        return None
    for step in workflow.steps:
        if _ACTIONS.search(step.uses):
            return step.place
    named = workflow.path.rpartition("/")[2]
    deploys = any(re.search(r"deploy|preview", step.run + step.uses) for step in workflow.steps)
    return f"{workflow.path}:1" if _NAME.search(named) and deploys else None
