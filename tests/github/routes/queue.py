"""The merge queue, who wrote and pushed what, and teams."""

from __future__ import annotations

import re
from typing import Any

from tests.github import merging
from tests.github.routes import _views
from tests.github.routes.pulls import by_node
from tests.github.server import Answer, Call, RefusedError, mutation, page, query, route
from tests.github.state import Pull, QueueEntry, Repository

REPO = "/repos/{owner}/{repo}"


@route(f"GET {REPO}/activity", "contents: read")
def list_activity(call: Call) -> Answer:
    repo, ref = call.repository, call.query.get("ref", "")
    found = [one for one in reversed(repo.pushes) if not ref or one.ref == ref]
    return page(
        call,
        [
            {
                "id": one.id,
                "before": one.before or "0" * 40,
                "after": one.after,
                "ref": one.ref,
                "timestamp": _views.when(one.at),
                "activity_type": one.kind,
                "actor": _views.account(one.by),
            }
            for one in found
        ],
    )


@route("GET /orgs/{org}/teams/{team_slug}/members")
def list_members(call: Call) -> Answer:
    # Whoever may not see the members of an organisation is told that there is no such team.
    permissions = call.who.permissions if call.who else {}
    name = f"{call.path['org']}/{call.path['team_slug']}"
    if (permissions is not None and not permissions.get("members")) or (
        name not in call.double.teams
    ):
        raise RefusedError(404, "Not Found")
    logins = call.double.teams[name]
    return page(call, [_views.account(call.double.account(one)) for one in logins])


# --- GraphQL --------------------------------------------------------------------------------------


def nodes(items: list[Any]) -> dict[str, Any]:
    """A connection that has one page."""
    return {
        "nodes": items,
        "totalCount": len(items),
        "pageInfo": {"hasNextPage": False, "endCursor": str(len(items)) if items else None},
    }


def connection(items: list[Any]) -> Any:
    """A connection, as a resolver that gives the page which is asked for."""

    def resolve(info: Any, first: int = 100, after: str | None = None, **_: Any) -> Any:
        start = int(after or 0)
        shown = items[start : start + first]
        end = start + len(shown)
        more = {"hasNextPage": end < len(items), "endCursor": str(end) if shown else None}
        return {"nodes": shown, "totalCount": len(items), "pageInfo": more}

    return resolve


def commits(call: Call, repo: Repository, one: Pull) -> Any:
    """The commits of a pull request, with who wrote and committed them."""
    found = [_commit(call, repo, sha) for sha in merging.commits(repo, one)]
    return connection([{"__typename": "PullRequestCommit", "commit": commit} for commit in found])


def _commit(call: Call, repo: Repository, sha: str) -> dict[str, Any]:
    text = merging.run_git(repo, "show", "-s", "--format=%ae%n%ce%n%B", sha)
    author, committer, message = text.split("\n", 2)
    helpers = re.findall(r"(?im)^co-authored-by:.*<(.*)>\s*$", message)
    actors = [_actor(call, mail) for mail in (author, *helpers)]
    return {
        "__typename": "Commit",
        "oid": sha,
        "authors": lambda info, **_: nodes(actors),
        "committer": _actor(call, committer),
    }


def _actor(call: Call, mail: str) -> dict[str, Any]:
    """Somebody of git: the account whose login stands before the @, if there is one."""
    login = mail.partition("@")[0]
    known = login in call.double.accounts
    user = {"__typename": "User", "login": login} if known else None
    return {"__typename": "GitActor", "email": mail, "user": user}


def queue(repo: Repository) -> Any:
    """The merge queue of a branch, None where no ruleset asks for one."""

    def resolve(info: Any, branch: str | None = None) -> Any:
        name = branch or repo.default_branch
        if not any(True for _ in merging.rules(repo, name, "merge_queue")):
            return None
        entries = [one for one in repo.queue if one.base_ref == name]
        shown = [
            {
                "__typename": "MergeQueueEntry",
                "position": place,
                "baseCommit": {"__typename": "Commit", "oid": one.base},
                "headCommit": {"__typename": "Commit", "oid": one.commit},
                "pullRequest": {"__typename": "PullRequest", "number": one.number},
            }
            for place, one in enumerate(entries, 1)
        ]
        return {"__typename": "MergeQueue", "id": f"MQ_{repo.id}", "entries": connection(shown)}

    return resolve


@query("node")
def node(call: Call, id: str) -> dict[str, Any]:  # noqa: A002
    from tests.github.routes.pulls import graph

    return graph(call, *by_node(call, id))


@mutation("enqueuePullRequest")
def enqueue(call: Call, pullRequestId: str, **given: Any) -> dict[str, Any]:  # noqa: N803
    repo, pull = by_node(call, pullRequestId)
    if given.get("expectedHeadOid") not in (None, pull.head_sha):
        raise RefusedError(422, "Head sha did not match expectedHeadOid")
    add_to_queue(call.double, repo, pull)
    return {"mergeQueueEntry": None}


def add_to_queue(double: Any, repo: Repository, pull: Pull) -> QueueEntry:
    """Queue a pull request behind the others, on a commit as GitHub makes it."""
    before = [one.commit for one in repo.queue if one.base_ref == pull.base_ref]
    tip = (
        before[-1] if before else merging.run_git(repo, "rev-parse", f"refs/heads/{pull.base_ref}")
    )
    tree = merging.run_git(repo, "merge-tree", "--write-tree", tip, pull.head_sha).split("\n")[0]
    message = f"{pull.issue.title} (#{pull.number})"
    commit = merging.run_git(repo, "commit-tree", tree, "-p", tip, "-m", message)
    name = f"gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{tip}"
    merging.run_git(repo, "update-ref", f"refs/heads/{name}", commit)
    made = QueueEntry(pull.number, pull.base_ref, tip, commit, name)
    repo.queue.append(made)
    return made
