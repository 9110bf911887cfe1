"""Commit statuses and check runs."""

from __future__ import annotations

from typing import Any

from tests.github import merging
from tests.github.routes import _views
from tests.github.routes.git import sha_of
from tests.github.server import Answer, Call, RefusedError, page, route, wrapped
from tests.github.state import CheckRun, Status

REPO = "/repos/{owner}/{repo}"
COMMIT = REPO + "/commits/{ref}"


@route(f"POST {REPO}/statuses/{{sha}}", "statuses: write")
def create_status(call: Call) -> Answer:
    assert call.who is not None
    repo, body, sha = call.repository, call.body, call.path["sha"]
    if sha_of(repo, sha) != sha:
        raise RefusedError(422, f"No commit found for SHA: {sha}")
    if len(body.get("description") or "") > 140:
        raise RefusedError(422, "Validation Failed", [{"field": "description", "code": "too_long"}])
    made = Status(
        next(call.double.ids),
        sha,
        body.get("context", "default"),
        body["state"],
        body.get("description"),
        body.get("target_url"),
        call.who.account,
        call.who.app,
        call.double.now(),
    )
    repo.statuses.append(made)
    merging.settle(call.double, repo)
    return Answer(_views.status(made), 201)


@route(f"GET {COMMIT}/statuses", "statuses: read")
def list_statuses(call: Call) -> Answer:
    return page(call, [_views.status(one) for one in reversed(_statuses(call))])


@route(f"GET {COMMIT}/status", "statuses: read")
def combined_status(call: Call) -> dict[str, Any]:
    newest = {one.context: one for one in _statuses(call)}
    states = {one.state for one in newest.values()}
    failed, waits = bool(states & {"failure", "error"}), not states or "pending" in states
    return {
        "sha": sha_of(call.repository, call.path["ref"]),
        "state": "failure" if failed else "pending" if waits else "success",
        "total_count": len(newest),
        "statuses": [
            {k: v for k, v in _views.status(one).items() if k != "creator"}
            for one in newest.values()
        ],
        "repository": _views.repository(call.repository),
    }


def _statuses(call: Call) -> list[Status]:
    sha = sha_of(call.repository, call.path["ref"])
    return [one for one in call.repository.statuses if one.sha == sha]


@route(f"POST {REPO}/check-runs", "checks: write", role="admin")
def create_check_run(call: Call) -> dict[str, Any]:
    assert call.who is not None
    if call.who.app is None:
        raise RefusedError(403, "You must authenticate via a GitHub App.")
    body = call.body
    made = CheckRun(
        next(call.double.ids),
        body["head_sha"],
        body["name"],
        "queued",
        None,
        call.who.app,
        call.double.now(),
    )
    call.repository.checks[made.id] = made
    return _changed(call, made)


@route(f"PATCH {REPO}/check-runs/{{check_run_id}}", "checks: write", role="admin")
def update_check_run(call: Call) -> dict[str, Any]:
    found = call.repository.checks.get(int(call.path["check_run_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    if call.who is None or call.who.app != found.app:
        raise RefusedError(403, "Invalid app_id - check run can only be modified by its creator.")
    return _changed(call, found)


def _changed(call: Call, one: CheckRun) -> dict[str, Any]:
    one.conclusion = call.body.get("conclusion", one.conclusion)
    one.status = "completed" if one.conclusion else call.body.get("status", one.status)
    one.output = call.body.get("output", one.output)
    merging.settle(call.double, call.repository)
    return _views.check_run(call, one)


@route(f"GET {COMMIT}/check-runs", "checks: read")
def list_check_runs(call: Call) -> Answer:
    sha = sha_of(call.repository, call.path["ref"])
    found = [one for one in call.repository.checks.values() if one.sha == sha]
    if name := call.query.get("check_name"):
        found = [one for one in found if one.name == name]
    return wrapped(call, "check_runs", [_views.check_run(call, one) for one in found])
