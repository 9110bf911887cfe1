"""Deployments and environments."""

from __future__ import annotations

from typing import Any

from tests.github.routes import _views
from tests.github.routes.git import sha_of
from tests.github.server import Answer, Call, RefusedError, page, route, wrapped
from tests.github.state import Deployment, DeploymentStatus

DEPLOYMENTS = "/repos/{owner}/{repo}/deployments"
ONE = DEPLOYMENTS + "/{deployment_id}"
ENVIRONMENTS = "/repos/{owner}/{repo}/environments"
READ, WRITE = "deployments: read", "deployments: write"
ACTIVE = "success"


def _deployment(call: Call) -> Deployment:
    found = call.repository.deployments.get(int(call.path["deployment_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


@route(f"GET {DEPLOYMENTS}", READ)
def list_deployments(call: Call) -> Answer:
    found = list(reversed(call.repository.deployments.values()))
    for name in ("sha", "ref", "task", "environment"):
        if wanted := call.query.get(name):
            found = [one for one in found if getattr(one, name) == wanted]
    return page(call, [_views.deployment(call.repository, one) for one in found])


@route(f"POST {DEPLOYMENTS}", WRITE)
def create_deployment(call: Call) -> Answer:
    assert call.who is not None
    repo, body = call.repository, call.body
    sha = sha_of(repo, body["ref"])
    contexts = body.get("required_contexts")
    newest = {one.context: one.state for one in repo.statuses if one.sha == sha}
    wanted = set(newest) if contexts is None else set(contexts)
    if bad := sorted(name for name in wanted if newest.get(name) != "success"):
        raise RefusedError(
            409, f"Conflict: Commit status checks failed for {sha}: {', '.join(bad)}"
        )
    made = Deployment(
        next(call.double.ids),
        sha,
        body["ref"],
        body.get("environment") or "production",
        call.who.account,
        call.double.now(),
        body.get("task", "deploy"),
        body.get("description"),
        body.get("payload", ""),
        body.get("transient_environment", False),
        body.get("production_environment", False),
    )
    repo.deployments[made.id] = made
    repo.environments.setdefault(made.environment, {"id": next(call.double.ids)})
    return Answer(_views.deployment(repo, made), 201)


@route(f"GET {ONE}", READ)
def get_deployment(call: Call) -> dict[str, Any]:
    return _views.deployment(call.repository, _deployment(call))


@route(f"DELETE {ONE}", WRITE)
def delete_deployment(call: Call) -> Answer:
    found = _deployment(call)
    if found.states and found.states[-1].state == ACTIVE:
        raise RefusedError(
            422, "We cannot delete an active deployment unless it is the only deployment"
        )
    del call.repository.deployments[found.id]
    return Answer(None, 204)


@route(f"GET {ONE}/statuses", READ)
def list_states(call: Call) -> Answer:
    found = _deployment(call)
    shown = [_views.deployment_status(one, found.environment) for one in reversed(found.states)]
    return page(call, shown)


@route(f"POST {ONE}/statuses", WRITE)
def create_state(call: Call) -> Answer:
    assert call.who is not None
    found, body = _deployment(call), call.body
    made = _state(call, body["state"])
    made.description = body.get("description", "")
    made.environment_url = body.get("environment_url", "")
    made.log_url = body.get("log_url", "")
    if made.state == ACTIVE and body.get("auto_inactive", True):
        _retire(call, found)
    found.states.append(made)
    return Answer(_views.deployment_status(made, found.environment), 201)


def _state(call: Call, state: str) -> DeploymentStatus:
    assert call.who is not None
    return DeploymentStatus(next(call.double.ids), state, call.who.account, call.double.now())


def _retire(call: Call, successor: Deployment) -> None:
    """GitHub's auto_inactive: earlier ones of the same environment, unless they are transient
    or of production.
    """
    for one in call.repository.deployments.values():
        same = one is not successor and one.environment == successor.environment
        lasting = not one.transient and not one.production
        if same and lasting and one.states and one.states[-1].state == ACTIVE:
            one.states.append(_state(call, "inactive"))


# --- environments ---------------------------------------------------------------------------------


def _environment(call: Call, name: str) -> dict[str, Any]:
    known = call.repository.environments.get(name)
    if known is None:
        raise RefusedError(404, "Not Found")
    reviewers = [
        {"type": one["type"], "reviewer": {"login": str(one["id"]), "id": one["id"]}}
        for one in known.get("reviewers") or []
    ]
    rules: list[dict[str, Any]] = []
    if known.get("deployment_branch_policy"):
        rules.append({"id": known["id"], "node_id": "", "type": "branch_policy"})
    if reviewers:
        rules.append({"id": known["id"], "node_id": "", "type": "required_reviewers"})
    return {
        "id": known["id"],
        "name": name,
        "protection_rules": rules,
        "deployment_branch_policy": known.get("deployment_branch_policy"),
    }


@route(f"GET {ENVIRONMENTS}", "actions: read")
def list_environments(call: Call) -> Answer:
    names = list(call.repository.environments)
    return wrapped(call, "environments", [_environment(call, name) for name in names])


@route(f"GET {ENVIRONMENTS}/{{environment_name}}", "actions: read")
def get_environment(call: Call) -> dict[str, Any]:
    return _environment(call, call.path["environment_name"])


@route(f"PUT {ENVIRONMENTS}/{{environment_name}}", "administration: write", role="admin")
def set_environment(call: Call) -> dict[str, Any]:
    name = call.path["environment_name"]
    known = call.repository.environments.get(name, {"id": next(call.double.ids)})
    call.repository.environments[name] = {"policies": {}, **known, **call.body}
    return _environment(call, name)


@route(f"DELETE {ENVIRONMENTS}/{{environment_name}}", "administration: write", role="admin")
def delete_environment(call: Call) -> Answer:
    _environment(call, call.path["environment_name"])
    del call.repository.environments[call.path["environment_name"]]
    return Answer(None, 204)


POLICIES = ENVIRONMENTS + "/{environment_name}/deployment-branch-policies"


def _policies(call: Call) -> dict[int, dict[str, Any]]:
    _environment(call, call.path["environment_name"])
    known = call.repository.environments[call.path["environment_name"]]
    found: dict[int, dict[str, Any]] = known.setdefault("policies", {})
    return found


@route(f"GET {POLICIES}", "actions: read")
def list_policies(call: Call) -> Answer:
    return wrapped(call, "branch_policies", list(_policies(call).values()))


@route(f"POST {POLICIES}", "administration: write", role="admin")
def create_policy(call: Call) -> dict[str, Any]:
    policies = _policies(call)
    if any(one["name"] == call.body["name"] for one in policies.values()):
        raise RefusedError(303, "Deployment branch policy already exists")
    number = next(call.double.ids)
    policies[number] = {
        "id": number,
        "name": call.body["name"],
        "type": call.body.get("type", "branch"),
    }
    return policies[number]


@route(f"DELETE {POLICIES}/{{branch_policy_id}}", "administration: write", role="admin")
def delete_policy(call: Call) -> Answer:
    if _policies(call).pop(int(call.path["branch_policy_id"]), None) is None:
        raise RefusedError(404, "Not Found")
    return Answer(None, 204)
