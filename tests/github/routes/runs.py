"""Runs of workflows and what they uploaded."""

from __future__ import annotations

from typing import Any

from tests.github.routes import _views
from tests.github.server import Answer, Call, RefusedError, route, wrapped
from tests.github.state import Artifact, Run

ACTIONS = "/repos/{owner}/{repo}/actions"
READ = "actions: read"


def _run(call: Call) -> Run:
    found = call.repository.runs.get(int(call.path["run_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def _artifact(call: Call) -> Artifact:
    found = call.repository.artifacts.get(int(call.path["artifact_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


@route(f"GET {ACTIONS}/runs", READ)
def list_runs(call: Call) -> Answer:
    found = list(reversed(call.repository.runs.values()))
    for name, attribute in (("head_sha", "head_sha"), ("event", "event"), ("branch", "head_ref")):
        if wanted := call.query.get(name):
            found = [one for one in found if getattr(one, attribute) == wanted]
    if wanted := call.query.get("status"):
        found = [one for one in found if wanted in (one.status, one.conclusion)]
    return wrapped(call, "workflow_runs", [_views.run(call, call.repository, one) for one in found])


@route(f"GET {ACTIONS}/workflows/{{workflow_id}}/runs", READ)
def list_runs_of_workflow(call: Call) -> Answer:
    answer: Answer = list_runs(call)
    name = call.path["workflow_id"]
    kept = [one for one in answer.data["workflow_runs"] if one["path"].endswith(f"/{name}")]
    answer.data = {"total_count": len(kept), "workflow_runs": kept}
    return answer


@route(f"GET {ACTIONS}/runs/{{run_id}}", READ)
def get_run(call: Call) -> dict[str, Any]:
    return _views.run(call, call.repository, _run(call))


@route(f"GET {ACTIONS}/runs/{{run_id}}/artifacts", READ)
def artifacts_of_run(call: Call) -> Answer:
    number, name = _run(call).id, call.query.get("name")
    found = [one for one in call.repository.artifacts.values() if one.run == number]
    found = [one for one in found if name in (None, one.name)]
    return wrapped(call, "artifacts", [_views.artifact(call, call.repository, o) for o in found])


@route(f"GET {ACTIONS}/artifacts/{{artifact_id}}", READ)
def get_artifact(call: Call) -> dict[str, Any]:
    return _views.artifact(call, call.repository, _artifact(call))


@route(f"GET {ACTIONS}/artifacts/{{artifact_id}}/{{archive_format}}", READ)
def download(call: Call) -> Answer:
    if call.who is None:
        raise RefusedError(401, "Requires authentication")
    found = _artifact(call)
    if found.expired:
        raise RefusedError(410, "Artifact has expired")
    place = f"/_storage/{found.id}"
    call.double.storage[place] = found.zip
    return Answer(None, 302, {"Location": f"{call.double.url}{place}"})
