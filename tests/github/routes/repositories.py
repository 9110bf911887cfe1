"""Repositories: their settings, collaborators, variables and rulesets; users and Apps."""

from __future__ import annotations

from typing import Any

from tests.github.merging import rules
from tests.github.routes import _views
from tests.github.server import Answer, Call, RefusedError, page, route, wrapped

REPO = "/repos/{owner}/{repo}"
ADMIN = "administration: write"
# A ruleset of an organisation can't be changed from here; a test sets this source.
OWN = "Repository"


@route(f"GET {REPO}")
def get_repository(call: Call) -> dict[str, Any]:
    return _views.full_repository(call.repository)


@route(f"PATCH {REPO}", ADMIN, role="admin")
def update_repository(call: Call) -> dict[str, Any]:
    call.repository.settings |= call.body
    return _views.full_repository(call.repository)


@route("GET /user")
def get_user(call: Call) -> dict[str, Any]:
    if call.who is None:
        raise RefusedError(401, "Requires authentication")
    if call.who.permissions is not None:
        raise RefusedError(403, "Resource not accessible by integration")
    return _views.account(call.who.account)


@route("GET /users/{username}")
def get_someone(call: Call) -> dict[str, Any]:
    found = call.double.accounts.get(call.path["username"])
    if found is None:
        raise RefusedError(404, "Not Found")
    return _views.account(found)


# --- collaborators --------------------------------------------------------------------------------


@route(f"GET {REPO}/collaborators/{{username}}/permission", role="write")
def permission_of(call: Call) -> dict[str, Any]:
    call.may("metadata", "read", "write")
    login = call.path["username"]
    known = {one.lower(): one for one in call.double.accounts}
    if login.lower() not in known or login.endswith("[bot]"):
        raise RefusedError(404, f"{login} is not a user")
    account = call.double.accounts[known[login.lower()]]
    role = call.repository.role(account.login)
    # What is new since 2019 is told as the nearest of the old names.
    old = {"": "none", "triage": "read", "maintain": "write"}.get(role, role)
    return {
        "permission": old,
        "role_name": role,
        "user": {**_views.account(account), "role_name": role},
    }


@route(f"GET {REPO}/collaborators/{{username}}", role="write")
def is_collaborator(call: Call) -> Answer:
    if call.path["username"] not in call.repository.roles:
        raise RefusedError(404, "Not Found")
    return Answer(None, 204)


@route(f"GET {REPO}/collaborators", role="write")
def list_collaborators(call: Call) -> Answer:
    found = [
        {**_views.account(call.double.account(login)), "role_name": role}
        for login, role in call.repository.roles.items()
    ]
    return page(call, found)


# --- variables ------------------------------------------------------------------------------------

VARIABLES = REPO + "/actions/variables"
READ, WRITE = "actions_variables: read", "actions_variables: write"


def _variable(call: Call, name: str) -> dict[str, Any]:
    if name not in call.repository.variables:
        raise RefusedError(404, "Not Found")
    at = "2026-01-01T00:00:00Z"
    value = call.repository.variables[name]
    return {"name": name, "value": value, "created_at": at, "updated_at": at}


@route(f"GET {VARIABLES}", READ, role="write")
def list_variables(call: Call) -> Answer:
    return wrapped(call, "variables", [_variable(call, one) for one in call.repository.variables])


@route(f"POST {VARIABLES}", WRITE, role="write")
def create_variable(call: Call) -> Answer:
    name = call.body["name"].upper()
    if name in call.repository.variables:
        raise RefusedError(409, "Already exists - Variable already exists")
    call.repository.variables[name] = call.body["value"]
    return Answer({}, 201)


@route(f"GET {VARIABLES}/{{name}}", READ, role="write")
def get_variable(call: Call) -> dict[str, Any]:
    return _variable(call, call.path["name"].upper())


@route(f"PATCH {VARIABLES}/{{name}}", WRITE, role="write")
def update_variable(call: Call) -> Answer:
    _variable(call, call.path["name"].upper())
    call.repository.variables[call.path["name"].upper()] = call.body["value"]
    return Answer(None, 204)


@route(f"DELETE {VARIABLES}/{{name}}", WRITE, role="write")
def delete_variable(call: Call) -> Answer:
    _variable(call, call.path["name"].upper())
    del call.repository.variables[call.path["name"].upper()]
    return Answer(None, 204)


# --- rulesets -------------------------------------------------------------------------------------

RULESETS = REPO + "/rulesets"
RULESET = RULESETS + "/{ruleset_id}"


def _ruleset(call: Call, number: int) -> dict[str, Any]:
    found = call.repository.rulesets.get(number)
    if found is None:
        raise RefusedError(404, "Not Found")
    own = {"id": number, "source_type": OWN, "source": call.repository.full_name}
    return {**own, "target": "branch", **found}


@route(f"GET {RULESETS}")
def list_rulesets(call: Call) -> Answer:
    found = [_ruleset(call, number) for number in call.repository.rulesets]
    short = ("id", "name", "target", "source_type", "source", "enforcement")
    return page(call, [{key: one[key] for key in short} for one in found])


@route(f"POST {RULESETS}", ADMIN, role="admin")
def create_ruleset(call: Call) -> Answer:
    if any(one["name"] == call.body["name"] for one in call.repository.rulesets.values()):
        raise RefusedError(422, "Validation Failed", ["Name must be unique"])
    number = next(call.double.ids)
    call.repository.rulesets[number] = dict(call.body)
    return Answer(_ruleset(call, number), 201)


@route(f"GET {RULESET}")
def get_ruleset(call: Call) -> dict[str, Any]:
    return _ruleset(call, int(call.path["ruleset_id"]))


@route(f"PUT {RULESET}", ADMIN, role="admin")
def update_ruleset(call: Call) -> dict[str, Any]:
    number = int(call.path["ruleset_id"])
    if _ruleset(call, number)["source_type"] != OWN:
        raise RefusedError(404, "Not Found")
    call.repository.rulesets[number] |= call.body
    return _ruleset(call, number)


@route(f"DELETE {RULESET}", ADMIN, role="admin")
def delete_ruleset(call: Call) -> Answer:
    _ruleset(call, int(call.path["ruleset_id"]))
    del call.repository.rulesets[int(call.path["ruleset_id"])]
    return Answer(None, 204)


@route(f"GET {REPO}/rules/branches/{{branch}}")
def rules_of_branch(call: Call) -> Answer:
    repo, branch = call.repository, call.path["branch"]
    kinds = {rule["type"] for one in repo.rulesets.values() for rule in one.get("rules", [])}
    source = {"ruleset_source_type": OWN, "ruleset_source": repo.full_name, "ruleset_id": 1}
    found = [
        {"type": kind, **({"parameters": given} if given else {}), **source}
        for kind in sorted(kinds)
        for given in rules(repo, branch, kind)
    ]
    return page(call, found)


# --- Apps -----------------------------------------------------------------------------------------


@route("GET /app")
def get_app(call: Call) -> dict[str, Any]:
    return _views.app(call.double.apps[_by_jwt(call)])


@route("GET /repos/{owner}/{repo}/installation")
def installation(call: Call) -> dict[str, Any]:
    app = call.double.apps[_by_jwt(call)]
    return {"id": app.installation, "app_id": app.id, "app_slug": app.slug}


@route("POST /app/installations/{installation_id}/access_tokens")
def access_token(call: Call) -> Answer:
    app = call.double.apps[_by_jwt(call)]
    if app.installation != int(call.path["installation_id"]):
        raise RefusedError(404, "Not Found")
    wanted = call.body.get("permissions") or app.permissions
    rank = {"": 0, "read": 1, "write": 2}
    if any(rank[level] > rank[app.permissions.get(name, "")] for name, level in wanted.items()):
        raise RefusedError(422, "The permissions requested are not granted to this installation.")
    token = call.double.installation_token(app, wanted)
    return Answer(
        {"token": token, "expires_at": "2099-01-01T00:00:00Z", "permissions": wanted}, 201
    )


def _by_jwt(call: Call) -> int:
    if call.who is None or not call.who.jwt or call.who.app is None:
        raise RefusedError(401, "A JSON web token could not be decoded")
    return call.who.app
