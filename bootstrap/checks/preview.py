"""01: a change can be tried before it is merged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import called_files, seen, serves, some, takes_head, text
from bootstrap.facts.load import mapping

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
_CONFIG = ".process/preview.toml"
_FILTERS = {"paths", "paths-ignore"}
# An environment's name that tells one pull request from another, in a workflow and in a script.
_OWN = re.compile(r"\$\{\{[^}]*(number|head|ref|sha|pr)\b", re.IGNORECASE)
_DEPLOYS = re.compile(
    r"(?im)\benvironment(_?name)?['\"]?\s*[:=]\s*[^\n]{0,40}(\$\{|\{|\$)[^\n]{0,40}(number|\bpr\b|issue)"
)


class PreviewOfEachChange:
    """Each pull request gets a running copy."""

    def check(self, repo: Repo, facts: Facts, workflows: Sequence[Workflow]) -> Result:
        """Deploy each pull request to an address of its own and put that into the conversation:
        connect a provider that does it, or write a workflow that builds without secrets under
        `pull_request` and deploys the result from `workflow_run`.
        """
        if none := _nothing(repo, facts):
            return not_applicable(none)
        place = _provider(repo) or next((_place(one) for one in _previews(workflows)), None)
        return yes(place) if place else no("no workflow or provider deploys pull requests")


class PreviewIsRemoved:
    """The copy goes when the pull request is closed, whatever it changed."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Tear the preview down on `pull_request_target: types: [closed]` in a workflow that
        takes no code of the pull request. Give that event no `paths`: they would leave out the
        close too.
        """
        related = _related(repo, workflows)
        if not related:
            return _left_to_others(repo)
        closing = [(one, event) for one in related for event in _closing(one)]
        for one, event in closing:
            if not _FILTERS & mapping(one.events[event]).keys():
                return yes(one.path)
        filtered = [f"{one.path} filters `closed` by paths" for one, _ in closing]
        return no(
            *some(filtered or [f"{related[0].path} never runs when a pull request is closed"])
        )


class MissedPreviewsAreReaped:
    """What a missed event left behind goes by schedule."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Run a workflow on `schedule` that compares what is deployed with the open pull requests
        and removes the rest, and what is too old: a close that was missed leaves a copy forever.
        """
        related = _related(repo, workflows)
        if not related:
            return _left_to_others(repo)
        place = next((one.path for one in related if "schedule" in one.events), None)
        return yes(place) if place else no(f"{related[0].path} has no schedule beside it")


class EnvironmentOfEachPreview:
    """Each preview is a deployment to an environment of its own."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Name the environment after the pull request, as in `pr-${{ github.event.number }}`: in
        one that all share, each deployment makes those of the others inactive.
        """
        previews = [one for one in _related(repo, workflows) if _place(one)]
        if not previews:
            return _left_to_others(repo)
        named = [(one.path, name) for one in previews for name in _environments(one)]
        own = [path for path, name in named if _OWN.search(name)]
        if not own:
            commands = "\n".join(step.run for one in previews for step in one.steps)
            called = [one.path for one in previews] + called_files(repo, commands)
            own = [place for place in (seen(repo, called, _DEPLOYS),) if place]
        if own:
            return yes(own[0])
        shared = [f"{path} deploys all to `{name}`" for path, name in named]
        return no(*some(shared or [f"{previews[0].path} records no deployment"]))


class PreviewsTakeNoStrangersCode:
    """No workflow of previews checks a pull request out beside its secrets."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Build under `pull_request`, which has no secrets of yours for a fork, hand the result on
        as an artifact, and deploy that from `workflow_run` with the default branch's own scripts.
        """
        related = _related(repo, workflows)
        if not related:
            return _left_to_others(repo)
        found = [step.place for one in related if (step := takes_head(one))]
        return no(*some(found, "checks out the pull request")) if found else yes(related[0].path)


def _related(repo: Repo, workflows: Sequence[Workflow]) -> list[Workflow]:
    """The workflows that deploy previews or are named for them; none where a provider does it."""
    previews = _previews(workflows)
    if _provider(repo) or _none(repo) or not previews:
        return []
    return previews + [one for one in workflows if one not in previews and _NAME.search(one.path)]


def _left_to_others(repo: Repo) -> Result:
    return not_applicable("the provider does that" if _provider(repo) else "no preview")


def _closing(workflow: Workflow) -> list[str]:
    """The events by which a workflow runs when a pull request is closed."""
    return sorted(event for event in _PULL_REQUEST if "closed" in workflow.types(event))


def _environments(workflow: Workflow) -> list[str]:
    """The names of the environments of its jobs."""
    found = [mapping(job).get("environment") for job in workflow.jobs.values()]
    names = [mapping(one).get("name") if isinstance(one, dict) else one for one in found]
    return [str(name) for name in names if name]


def _nothing(repo: Repo, facts: Facts) -> str | None:
    """Why there is nothing to preview: in the repository's own words, or as nothing shows."""
    own = _none(repo)
    if own:
        why = re.search(r'(?m)^why = "(.*)"', text(repo, _CONFIG))
        return f"{own}: {why[1] if why else 'nothing to preview'}"
    if serves(repo, facts):
        return None
    return "nothing to preview: no start command, port, container or site"


def _none(repo: Repo) -> str | None:
    """Where the repository says itself that there is nothing to preview."""
    return seen(repo, [_CONFIG], r'(?m)^kind = "none"')


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
