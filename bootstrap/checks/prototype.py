"""09: show a thing instead of describing it, and walk back without fear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import called_files, json, manifests, matching, seen, serves, some
from bootstrap.facts.load import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bootstrap.checks._read import Workflow
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 9, "prototype", "Show Don't Tell"
PROMISE = "An idea is shown as a prototype, and what was merged is taken back with one click."

# A label's name, not a remark about one.
_LABEL = r"(?im)^[^#\n]*label[^#\n]*\b(prototype|spike|do[-_ ]not[-_ ]merge|no[-_ ]merge)\b"
_REVERT = (
    r"\bgit revert\b|revertPullRequest|\bgh pr revert\b|\.process/revert\b|\brollback\b"
    r"|\bundo deploy"
)
_PERMISSION = (
    r"(?i)author_association|/permission\b|getCollaboratorPermissionLevel|write_access"
    r"|get-user-permission|check-user-permission|user-permission|team_membership|getMembershipFor"
)
_FLAGS = (
    r"(?i)openfeature|open-feature|flagd|launchdarkly|unleash-(client|proxy)|unleash[._-]client"
    r"|flipper\b|growthbook|flagsmith|configcat|split-?io|statsig|optimizely|waffle"
    r"|laravel/pennant|fun_with_flags|Microsoft\.FeatureManagement|@vercel/flags|\"flags\":"
)
_PULL_REQUEST = ("pull_request", "pull_request_target")


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


class TheCheckFollowsTheLabel:
    """A prototype can be merged as soon as its label is gone, and not before."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Let the workflow that knows the label run on `pull_request: types: [opened, synchronize,
        labeled, unlabeled]`, without `paths` and `branches`: a required check is judged by its last
        run, and one that never ran holds every pull request.
        """
        found = [
            (one, event)
            for one in workflows
            for event in _PULL_REQUEST
            if event in one.events and re.search(_LABEL, one.text)
        ]
        if not found:
            return not_applicable("no workflow of pull requests knows a label for prototypes")
        deaf = [(one, why) for one, event in found if (why := _deaf(one, event))]
        if len(deaf) < len(found):
            return yes(next(one.path for one, event in found if not _deaf(one, event)))
        return no(*(f"{one.path} {why}" for one, why in deaf))


def _deaf(workflow: Workflow, event: str) -> str:
    """Why a workflow does not see what happens to the label; '' if it does."""
    missing = {"labeled", "unlabeled"} - set(workflow.types(event))
    if missing:
        return f"does not run when a pull request is {' or '.join(sorted(missing))}"
    filters = {"paths", "paths-ignore", "branches", "branches-ignore"}
    found = sorted(filters & set(mapping(workflow.events.get(event))))
    return f"runs for some {found[0].partition('-')[0]} only" if found else ""


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


class WalkBackIsForWriters:
    """A comment takes something back only if its author may write here."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Before a comment reverts anything, ask the API for the permission of its author
        (`GET /repos/OWNER/REPO/collaborators/NAME/permission`): anyone can comment.
        """
        found = [one for one in workflows if "issue_comment" in one.events and _reverts(repo, one)]
        if not found:
            return not_applicable("no comment takes anything back")
        for one in found:
            if not seen(repo, _with_called(repo, one), _PERMISSION):
                return no(f"{one.path} reverts for anyone who comments")
        return yes(*(one.path for one in found))


def _reverts(repo: Repo, workflow: Workflow) -> bool:
    return seen(repo, [workflow.path], _REVERT) is not None


def _with_called(repo: Repo, workflow: Workflow) -> list[str]:
    """The workflow and the files of the repository that its commands name."""
    commands = "\n".join(step.run for step in workflow.steps)
    return [workflow.path, *called_files(repo, commands)]


class FeatureFlags:
    """What is not finished can be merged behind a flag."""

    def check(self, repo: Repo, facts: Facts) -> Result:
        """Read feature flags through OpenFeature, with a file in flagd's format to begin with."""
        place = seen(repo, manifests(repo), _FLAGS) or seen(repo, _services(repo), r"\bflagd\b")
        files = _flag_files(repo)
        if place:
            return yes(*files[:1], place)
        if files:
            return no(f"{files[0]} is read by nothing: no manifest names OpenFeature")
        if not serves(repo, facts):
            return not_applicable("nothing runs from here that a flag could switch")
        return no("no feature flags")


class FlagsAreInOrder:
    """The file of the feature flags can be read."""

    def check(self, repo: Repo) -> Result:
        """Give every flag a `state` (ENABLED or DISABLED), its `variants`, and as `defaultVariant`
        the name of one of them; the schema is `https://flagd.dev/schema/v0/flags.json`.
        """
        files = _flag_files(repo)
        if not files:
            return not_applicable("no file in flagd's format")
        wrong = [f"{path}: {problem}" for path in files for problem in _problems(repo, path)]
        return no(*some(wrong)) if wrong else yes(*files)


def _flag_files(repo: Repo) -> list[str]:
    """The files that hold flags in flagd's format, the nearest to the root first."""
    named = matching(repo, "*.flagd.json", "*/flags.json", "flags.json", ".process/flags*.json")
    return [path for path in named if _is_flagd(repo, path)]


def _is_flagd(repo: Repo, path: str) -> bool:
    data = json(repo, path)
    flags = mapping(data.get("flags")).values()
    named = "flagd" in str(data.get("$schema")) or path.endswith(".flagd.json")
    return named or any("variants" in mapping(flag) for flag in flags)


def _services(repo: Repo) -> list[str]:
    """The files that say what runs beside the application."""
    return matching(repo, "*compose.y*ml", "*compose.*.y*ml")


def _problems(repo: Repo, path: str) -> Iterator[str]:
    """What is wrong with each flag of a file."""
    flags: Any = json(repo, path).get("flags")
    if not isinstance(flags, dict):
        yield "it has no object `flags`"
        return
    for name, found in flags.items():
        flag = mapping(found)
        variants = mapping(flag.get("variants"))
        default = flag.get("defaultVariant")
        if flag.get("state") not in ("ENABLED", "DISABLED"):
            yield f"{name} has no state"
        elif not variants:
            yield f"{name} has no variants"
        elif default is not None and default not in variants:
            yield f"{name} has no variant {default}"
