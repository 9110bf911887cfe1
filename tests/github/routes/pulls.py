"""Pull requests, their reviews, and how they are merged."""

from __future__ import annotations

from typing import Any

from tests.github import merging
from tests.github.routes import _views
from tests.github.server import Answer, Call, RefusedError, mutation, page, query, route
from tests.github.state import Pull, Repository, Review

PULLS = "/repos/{owner}/{repo}/pulls"
ONE = PULLS + "/{pull_number}"
READ, WRITE = "pull_requests: read", "pull_requests: write"
STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def _pull(call: Call) -> Pull:
    found = call.repository.pulls.get(int(call.path["pull_number"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _login(call: Call) -> str:
    assert call.who is not None
    return call.who.account.login


@route(f"GET {PULLS}", READ)
def list_pulls(call: Call) -> Answer:
    repo, asked = call.repository, call.query
    found = list(repo.pulls.values())
    if (state := asked.get("state", "open")) != "all":
        found = [one for one in found if one.issue.state == state]
    if head := asked.get("head"):
        found = [one for one in found if f"{one.head.partition('/')[0]}:{one.head_ref}" == head]
    if base := asked.get("base"):
        found = [one for one in found if one.base_ref == base]
    ascending = asked.get("direction") == "asc"
    found.sort(key=lambda one: one.number, reverse=not ascending)
    return page(call, [_views.pull(call, repo, one) for one in found])


@route(f"POST {PULLS}", WRITE, role="read")
def create_pull(call: Call) -> Answer:
    repo, body = call.repository, call.body
    owner, _, branch = body["head"].rpartition(":")
    name = repo.full_name.partition("/")[2]
    head = call.double.repositories.get(f"{owner or repo.full_name.partition('/')[0]}/{name}")
    assert head is not None, body
    refs = merging.run_git(head, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    same = [
        p
        for p in repo.pulls.values()
        if p.open and (p.head, p.head_ref) == (head.full_name, branch)
    ]
    if branch not in refs or same:
        told = f"A pull request already exists for {body['head']}." if same else "invalid"
        raise RefusedError(422, "Validation Failed", [{"resource": "PullRequest", "message": told}])
    made = call.double.open_pull(
        repo, _login(call), branch, head, title=body["title"], body=body.get("body") or ""
    )
    made.base_ref, made.draft = body["base"], body.get("draft", False)
    merging.fetch_head(call.double, repo, made)
    return Answer(_views.full_pull(call, repo, made), 201)


@route(f"GET {ONE}", READ)
def get_pull(call: Call) -> dict[str, Any]:
    return _views.full_pull(call, call.repository, _pull(call))


@route(f"PATCH {ONE}", WRITE)
def update_pull(call: Call) -> dict[str, Any]:
    pull, body = _pull(call), call.body
    pull.issue.title = body.get("title", pull.issue.title)
    pull.issue.body = body.get("body", pull.issue.body) or ""
    pull.base_ref = body.get("base", pull.base_ref)
    if body.get("state") == "closed":
        call.double.close_pull(call.repository, pull)
    return _views.full_pull(call, call.repository, pull)


@route(f"GET {ONE}/files", READ)
def list_files(call: Call) -> Answer:
    # GitHub lists 3000 files and says nothing of the others.
    return page(call, merging.files(call.repository, _pull(call))[:3000])


@route(f"GET {ONE}/commits", READ)
def list_commits(call: Call) -> Answer:
    shas = merging.commits(call.repository, _pull(call))[:250]
    return page(call, [{"sha": sha} for sha in shas])


@route("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", READ)
def pulls_of_commit(call: Call) -> Answer:
    """GitHub finds none of a fork before it is merged: its commits are not in this repository."""
    repo, sha = call.repository, call.path["commit_sha"]
    found = [
        one
        for one in repo.pulls.values()
        if sha in one.landed
        or (one.head == repo.full_name and sha in (one.head_sha, *merging.commits(repo, one)))
    ]
    return page(call, [_views.pull(call, repo, one) for one in found])


@route(f"PUT {ONE}/merge", "contents: write")
def merge_pull(call: Call) -> dict[str, Any]:
    assert call.who is not None
    sha = merging.merge(call.double, call.repository, _pull(call), call.who.account, call.body)
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


@route(f"GET {ONE}/merge", READ)
def is_merged(call: Call) -> Answer:
    if not _pull(call).merged_sha:
        raise RefusedError(404, "Not Found")
    return Answer(None, 204)


@route(f"GET {ONE}/requested_reviewers", READ)
def list_requested(call: Call) -> dict[str, Any]:
    users = [_views.account(call.double.account(login)) for login in _pull(call).asked]
    return {"users": users, "teams": []}


@route(f"POST {ONE}/requested_reviewers", WRITE)
def request_reviewers(call: Call) -> dict[str, Any]:
    pull, repo = _pull(call), call.repository
    asked = call.body.get("reviewers", [])
    for login in asked:
        known = login == repo.owner.login or login in repo.roles
        if login == pull.issue.by.login or not known:
            raise RefusedError(422, "Reviews may only be requested from collaborators.")
    pull.asked += [login for login in asked if login not in pull.asked]
    return _views.pull(call, repo, pull)


@route(f"DELETE {ONE}/requested_reviewers", WRITE)
def unrequest_reviewers(call: Call) -> dict[str, Any]:
    pull = _pull(call)
    pull.asked = [login for login in pull.asked if login not in call.body["reviewers"]]
    return _views.pull(call, call.repository, pull)


@route(f"GET {ONE}/reviews", READ)
def list_reviews(call: Call) -> Answer:
    found = [_views.review(call, call.repository, one) for one in _pull(call).reviews]
    return page(call, found)


@route(f"POST {ONE}/reviews", WRITE, role="read")
def create_review(call: Call) -> dict[str, Any]:
    pull, body = _pull(call), call.body
    if body["event"] != "COMMENT" and _login(call) == pull.issue.by.login:
        raise RefusedError(422, "Can not approve your own pull request")
    made = call.double.review(
        call.repository, pull, _login(call), STATES[body["event"]], body.get("body") or ""
    )
    made.commit = body.get("commit_id", made.commit)
    return _views.review(call, call.repository, made)


@route(f"PUT {ONE}/reviews/{{review_id}}/dismissals", WRITE)
def dismiss_review(call: Call) -> dict[str, Any]:
    found = _review(call)
    found.state = "DISMISSED"
    return _views.review(call, call.repository, found)


def _review(call: Call) -> Review:
    for one in _pull(call).reviews:
        if one.id == int(call.path["review_id"]):
            return one
    raise RefusedError(404, "Not Found")


# --- GraphQL --------------------------------------------------------------------------------------


def by_node(call: Call, node: str) -> tuple[Repository, Pull]:
    """The pull request that a GraphQL id names."""
    kind, _, rest = node.partition("_")
    for repo in call.double.repositories.values():
        for one in repo.pulls.values():
            if kind == "PR" and rest == f"{repo.id}_{one.number}":
                return repo, one
    raise RefusedError(404, f"Could not resolve to a node with the global id of '{node}'")


def _allowed(call: Call, repo: Repository) -> None:
    call.path = dict(zip(("owner", "repo"), repo.full_name.split("/"), strict=True))
    vars(call).pop("repository", None)
    call.may("contents", "write", "write")
    call.may("pull_requests", "write", "write")


def _wished(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    assert call.who is not None
    return {
        "by": call.who.account,
        "merge_method": (given.get("mergeMethod") or "MERGE").lower(),
        "commit_title": given.get("commitHeadline"),
        "commit_message": given.get("commitBody"),
    }


@mutation("enablePullRequestAutoMerge")
def enable_auto_merge(call: Call, pullRequestId: str, **given: Any) -> dict[str, Any]:  # noqa: N803
    repo, pull = by_node(call, pullRequestId)
    _allowed(call, repo)
    if not repo.settings["allow_auto_merge"]:
        raise RefusedError(422, "Auto merge is not allowed for this repository")
    if given.get("expectedHeadOid") not in (None, pull.head_sha):
        raise RefusedError(422, "Head sha did not match expectedHeadOid")
    if not pull.open:
        raise RefusedError(422, "Pull request is closed")
    state = merging.state_of(repo, pull)
    if state in ("clean", "unstable"):
        raise RefusedError(422, f"Pull request Pull request is in {state} status")
    if pull.draft:
        raise RefusedError(422, "Pull request is in draft status")
    pull.auto_merge = _wished(call, given)
    return {"pullRequest": graph(call, repo, pull), "actor": None}


@mutation("disablePullRequestAutoMerge")
def disable_auto_merge(call: Call, pullRequestId: str) -> dict[str, Any]:  # noqa: N803
    repo, pull = by_node(call, pullRequestId)
    _allowed(call, repo)
    if pull.auto_merge is None:
        raise RefusedError(422, "Can't disable auto-merge for this pull request.")
    pull.auto_merge = None
    return {"pullRequest": graph(call, repo, pull), "actor": None}


@mutation("mergePullRequest")
def merge_by_graphql(call: Call, pullRequestId: str, **given: Any) -> dict[str, Any]:  # noqa: N803
    repo, pull = by_node(call, pullRequestId)
    _allowed(call, repo)
    wish = {**_wished(call, given), "sha": given.get("expectedHeadOid")}
    merging.merge(call.double, repo, pull, wish.pop("by"), wish)
    return {"pullRequest": graph(call, repo, pull), "actor": None}


@mutation("markPullRequestReadyForReview")
def ready_for_review(call: Call, pullRequestId: str) -> dict[str, Any]:  # noqa: N803
    repo, pull = by_node(call, pullRequestId)
    _allowed(call, repo)
    pull.draft = False
    return {"pullRequest": graph(call, repo, pull)}


@mutation("convertPullRequestToDraft")
def convert_to_draft(call: Call, pullRequestId: str) -> dict[str, Any]:  # noqa: N803
    repo, pull = by_node(call, pullRequestId)
    _allowed(call, repo)
    pull.draft = True
    return {"pullRequest": graph(call, repo, pull)}


@query("repository")
def repository(call: Call, owner: str, name: str, **rest: Any) -> dict[str, Any]:
    from tests.github.routes import queue

    found = call.double.repositories.get(f"{owner}/{name}")
    if found is None:
        raise RefusedError(
            404, f"Could not resolve to a Repository with the name '{owner}/{name}'."
        )
    repo = found

    def one_pull(info: Any, number: int) -> dict[str, Any]:
        if number not in repo.pulls:
            raise RefusedError(
                404, f"Could not resolve to a PullRequest with the number of {number}."
            )
        return graph(call, repo, repo.pulls[number])

    return {
        "__typename": "Repository",
        "id": f"R_{repo.id}",
        "name": name,
        "nameWithOwner": repo.full_name,
        "autoMergeAllowed": repo.settings["allow_auto_merge"],
        "pullRequest": one_pull,
        "mergeQueue": queue.queue(repo),
    }


@query("viewer")
def viewer(call: Call) -> dict[str, Any]:
    return {"__typename": "User", "login": _login(call)}


def graph(call: Call, repo: Repository, one: Pull) -> dict[str, Any]:
    """A pull request in GraphQL. Bots have no `[bot]` behind their login there."""
    from tests.github.routes import queue

    login = one.issue.by.login
    base_sha = merging.run_git(repo, "rev-parse", f"refs/heads/{one.base_ref}")
    merged = {"__typename": "Commit", "oid": one.merged_sha} if one.merged_sha else None
    state = "MERGED" if one.merged_sha else one.issue.state.upper()
    wish = one.auto_merge
    return {
        "__typename": "PullRequest",
        "id": f"PR_{repo.id}_{one.number}",
        "number": one.number,
        "title": one.issue.title,
        "body": one.issue.body,
        "state": state,
        "isDraft": one.draft,
        "merged": bool(one.merged_sha),
        "mergeCommit": merged,
        "commits": queue.commits(call, repo, one),
        "viewerMergeBodyText": lambda info, **_: one.issue.body,
        "headRefOid": one.head_sha,
        "headRefName": one.head_ref,
        "baseRefOid": base_sha,
        "baseRefName": one.base_ref,
        "isCrossRepository": one.head != repo.full_name,
        "mergeStateStatus": (merging.state_of(repo, one) if one.open else "unknown").upper(),
        "author": {
            "__typename": one.issue.by.type,
            "login": login.removesuffix("[bot]"),
        },
        "autoMergeRequest": {
            "__typename": "AutoMergeRequest",
            "mergeMethod": wish["merge_method"].upper(),
            "enabledBy": {"__typename": wish["by"].type, "login": wish["by"].login},
        }
        if wish
        else None,
    }
