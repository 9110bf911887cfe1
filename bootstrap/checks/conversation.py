"""07: an agent answers where people talk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Workflow

NUMBER, SLUG, TITLE = 7, "conversation", "Agents in Every Conversation"
PROMISE = "An agent can be called in issues, reviews, chat and mail."

_COMMENTS = {
    "issue_comment",
    "pull_request_review_comment",
    "pull_request_review",
    "discussion_comment",
}
_GATE = re.compile(
    r"author_association|collaborators/[^\s'\"]+/permission|getCollaboratorPermissionLevel"
    r"|check-user-permission|actions-cool/check|actor_has_permission"
)
# These look up by themselves whether the sender may write.
_CHECKS_ITSELF = re.compile(r"anthropics/claude-code-action|openai/codex-action")


class AnswersComments:
    """An agent answers comments on issues and pull requests."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Add a workflow on `issue_comment` that runs the action of your agent when a comment
        calls it by name.
        """
        found = [
            one.agents[0].place for one in workflows if one.agents and _COMMENTS & set(one.events)
        ]
        return yes(*some(found)) if found else no("no agent answers comments")


class DoorForChat:
    """Chat and mail can hand a task to the repository."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Let a workflow listen to `repository_dispatch`, so that a relay for chat and mail can
        start an agent or open an issue.
        """
        found = [
            one.path
            for one in workflows
            if "repository_dispatch" in one.events and (one.agents or "gh issue create" in one.text)
        ]
        return yes(*some(found)) if found else no("nothing outside of GitHub can hand in a task")


class CallersMayWrite:
    """Only who may write to the repository is answered."""

    def check(self, workflows: Sequence[Workflow]) -> Result:
        """Compare `author_association` with OWNER, MEMBER and COLLABORATOR, or ask the API for
        the sender's permission, before the agent starts.
        """
        talking = [one for one in workflows if one.agents and _COMMENTS & set(one.events)]
        if not talking:
            return not_applicable("no agent answers comments")
        opened = [one.agents[0].place for one in talking if not _gated(one)]
        return no(*some(opened, "starts for anyone")) if opened else yes(talking[0].path)


def _gated(workflow: Workflow) -> bool:
    if "allowed_non_write_users" in workflow.text:
        return False
    own = all(_CHECKS_ITSELF.search(step.uses) for step in workflow.agents)
    return own or bool(_GATE.search(workflow.text))
