"""04: agents work while nobody waits for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import json, seen, some, takes_head, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Workflow
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 4, "async-agents", "Async Agents"
PROMISE = "An agent can be given a task and comes back with a pull request, many at a time."

_SETUP = ".github/workflows/copilot-setup-steps.yml"
# Inputs of the agents' actions that let people without write access in.
_OPEN = re.compile(
    r"(?m)^\s*(allowed_non_write_users:|allow-(users|bots):\s*['\"]?\*|allowed_bots:\s*['\"]?\*)"
)


class CloudsAreSetUp:
    """An agent's cloud machine installs what the repository needs."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Call the repository's setup from `.github/workflows/copilot-setup-steps.yml` (its job
        must have that name) or `.cursor/environment.json`.
        """
        found = []
        for one in workflows:
            if one.path == _SETUP and "copilot-setup-steps" in one.jobs:
                found.append(_SETUP)
            elif one.path == _SETUP:
                return no(
                    f"{_SETUP} has no job of the name copilot-setup-steps, so nothing runs it"
                )
        if json(repo, ".cursor/environment.json").get("install"):
            found.append(".cursor/environment.json")
        session = seen(repo, [".claude/settings.json"], r'"SessionStart"')
        found += [session] if session else []
        return yes(*found) if found else no("no cloud of an agent knows how to set this up")


class AgentCanBeStarted:
    """A workflow starts an agent on the repository."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Add a workflow that runs the action of your agent when somebody with write access sets
        a label, and that checks out the default branch.
        """
        found = [step.place for one in workflows for step in one.agents]
        return yes(*some(found)) if found else no("no workflow starts an agent")


class OnlyTrustedStart:
    """Only people with write access start an agent, and never on a stranger's checkout."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Drop `allowed_non_write_users`, `allow-users: '*'` and `allowed_bots: '*'`, and check
        out the base, never the head of a fork.
        """
        running = [one for one in workflows if one.agents]
        if not running:
            return not_applicable("no workflow starts an agent")
        opened = [place for one in running if (place := seen(repo, [one.path], _OPEN))]
        heads = [step.place for one in running if (step := takes_head(one))]
        found = (*some(opened, "lets anyone in"), *some(heads, "checks out a stranger's code"))
        return no(*found) if found else yes(running[0].path)


class TokenIsNarrow:
    """A workflow with an agent says which permissions its token has."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Put `permissions: {}` on top of the workflow, and what each job needs into the job."""
        running = [one for one in workflows if one.agents]
        if not running:
            return not_applicable("no workflow starts an agent")
        wide = [
            one.path
            for one in running
            if not re.search(r"(?m)^\s*permissions:", text(repo, one.path))
            or re.search(r"permissions:\s*write-all", text(repo, one.path))
        ]
        return (
            no(*some(wide, "leaves the token's permissions open")) if wide else yes(running[0].path)
        )
