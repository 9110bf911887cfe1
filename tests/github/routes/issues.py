"""Issues, comments and labels, which pull requests have too."""

from __future__ import annotations

from typing import Any

from tests.github.routes import _views
from tests.github.server import Answer, Call, RefusedError, page, route
from tests.github.state import Comment, Issue

REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"
COMMENT = REPO + "/issues/comments/{comment_id}"
READ, WRITE = "issues: read", "issues: write"


def _issue(call: Call) -> Issue:
    found = call.repository.issues.get(int(call.path["issue_number"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _comment(call: Call) -> Comment:
    found = call.repository.comments.get(int(call.path["comment_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _own(call: Call, found: Comment) -> None:
    """A person edits own comments, or anybody's with write access; so does a token."""
    assert call.who is not None
    if call.who.permissions is None and call.who.account != found.by:
        call.may("issues", "write", "write")


def _login(call: Call) -> str:
    assert call.who is not None
    return call.who.account.login


@route(f"GET {REPO}/issues", READ)
def list_issues(call: Call) -> Answer:
    state, wanted = call.query.get("state", "open"), call.query.get("labels", "")
    found = [one for one in call.repository.issues.values() if state in ("all", one.state)]
    names = {name for name in wanted.split(",") if name}
    found = [one for one in found if names <= set(one.labels)]
    return page(call, [_views.issue(call.repository, one) for one in reversed(found)])


@route(f"POST {REPO}/issues", WRITE, role="read")
def create_issue(call: Call) -> Answer:
    body = call.body
    made = call.double.open_issue(
        call.repository, _login(call), body["title"], body.get("body") or ""
    )
    made.labels = [str(name) for name in body.get("labels", [])]
    return Answer(_views.issue(call.repository, made), 201)


@route(f"GET {ISSUE}", READ)
def get_issue(call: Call) -> dict[str, Any]:
    return _views.issue(call.repository, _issue(call))


@route(f"PATCH {ISSUE}", WRITE)
def update_issue(call: Call) -> dict[str, Any]:
    issue, body = _issue(call), call.body
    issue.title, issue.body = body.get("title", issue.title), body.get("body", issue.body) or ""
    issue.state = body.get("state", issue.state)
    return _views.issue(call.repository, issue)


@route(f"GET {ISSUE}/comments", READ)
def list_comments(call: Call) -> Answer:
    found = call.double.comments_of(call.repository, _issue(call).number)
    return page(call, [_views.comment(call.repository, one) for one in found])


@route(f"POST {ISSUE}/comments", WRITE, role="read")
def create_comment(call: Call) -> Answer:
    number, body = _issue(call).number, call.body["body"]
    if not body or len(body) > 65536:
        raise RefusedError(422, "Validation Failed", [{"field": "body", "code": "invalid"}])
    made = call.double.comment(call.repository, number, _login(call), body)
    return Answer(_views.comment(call.repository, made), 201)


@route(f"GET {COMMENT}", READ)
def get_comment(call: Call) -> dict[str, Any]:
    return _views.comment(call.repository, _comment(call))


@route(f"PATCH {COMMENT}", WRITE, role="read")
def update_comment(call: Call) -> dict[str, Any]:
    found = _comment(call)
    _own(call, found)
    found.body = call.body["body"]
    return _views.comment(call.repository, found)


@route(f"DELETE {COMMENT}", WRITE, role="read")
def delete_comment(call: Call) -> Answer:
    found = _comment(call)
    _own(call, found)
    del call.repository.comments[found.id]
    return Answer(None, 204)


@route(f"POST {COMMENT}/reactions", WRITE, role="read")
def react(call: Call) -> Answer:
    _comment(call)
    user = _views.account(call.double.account(_login(call)))
    made = {"id": next(call.double.ids), "content": call.body["content"], "user": user}
    return Answer(made, 201)


# --- labels ---------------------------------------------------------------------------------------


def _same(call: Call, name: str) -> str | None:
    """The label of that name: case does not count."""
    return next((one for one in call.repository.labels if one.lower() == name.lower()), None)


def _known(call: Call) -> str:
    found = _same(call, call.path["name"])
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


@route(f"GET {REPO}/labels", READ)
def list_labels(call: Call) -> Answer:
    return page(call, [_views.label(call.repository, one) for one in call.repository.labels])


@route(f"POST {REPO}/labels", WRITE)
def create_label(call: Call) -> Answer:
    name = call.body["name"]
    if _same(call, name):
        error = {"resource": "Label", "code": "already_exists", "field": "name"}
        raise RefusedError(422, "Validation Failed", [error])
    known = {"color": call.body.get("color", "ededed"), "description": call.body.get("description")}
    call.repository.labels[name] = {"id": next(call.double.ids), **known}
    return Answer(_views.label(call.repository, name), 201)


@route(f"GET {REPO}/labels/{{name}}", READ)
def get_label(call: Call) -> dict[str, Any]:
    return _views.label(call.repository, _known(call))


@route(f"PATCH {REPO}/labels/{{name}}", WRITE)
def update_label(call: Call) -> dict[str, Any]:
    old = _known(call)
    changed: dict[str, Any] = {
        key: call.body[key] for key in ("color", "description") if key in call.body
    }
    name = call.body.get("new_name", old)
    call.repository.labels[name] = {**call.repository.labels.pop(old), **changed}
    return _views.label(call.repository, name)


@route(f"DELETE {REPO}/labels/{{name}}", WRITE)
def delete_label(call: Call) -> Answer:
    name = _known(call)
    del call.repository.labels[name]
    for issue in call.repository.issues.values():
        issue.labels = [one for one in issue.labels if one != name]
    return Answer(None, 204)


def _labels(call: Call) -> list[dict[str, Any]]:
    return [_views.label(call.repository, name) for name in _issue(call).labels]


def _given(call: Call) -> list[str]:
    """Names of labels; one that is new is made, as GitHub does."""
    found = []
    for given in call.body.get("labels", []):
        name = _same(call, given) or given
        call.repository.labels.setdefault(name, {"id": next(call.double.ids)})
        found.append(name)
    return found


@route(f"GET {ISSUE}/labels", READ)
def labels_of_issue(call: Call) -> Answer:
    return page(call, _labels(call))


@route(f"POST {ISSUE}/labels", WRITE, role="triage")
def add_labels(call: Call) -> list[dict[str, Any]]:
    issue = _issue(call)
    issue.labels += [name for name in _given(call) if name not in issue.labels]
    return _labels(call)


@route(f"PUT {ISSUE}/labels", WRITE, role="triage")
def set_labels(call: Call) -> list[dict[str, Any]]:
    _issue(call).labels = _given(call)
    return _labels(call)


@route(f"DELETE {ISSUE}/labels/{{name}}", WRITE, role="triage")
def remove_label(call: Call) -> list[dict[str, Any]]:
    issue, name = _issue(call), _same(call, call.path["name"])
    if name not in issue.labels:
        raise RefusedError(404, "Label does not exist")
    issue.labels.remove(name)
    return _labels(call)
