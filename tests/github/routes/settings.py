"""What `bootstrap github` asks besides: Apps by their slug, variables of environments."""

from __future__ import annotations

from typing import Any

from tests.github.routes import _views
from tests.github.routes.deployments import ENVIRONMENTS
from tests.github.routes.repositories import READ, REPO
from tests.github.server import Answer, Call, RefusedError, route, wrapped

ACTIONS = {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"}
SINCE = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}


@route("GET /apps/{app_slug}")
def get_app(call: Call) -> dict[str, Any]:
    slug = call.path["app_slug"]
    known = {one.slug: _views.app(one) for one in call.double.apps.values()}
    found = {"github-actions": ACTIONS, **known}.get(slug)
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


@route(f"GET {ENVIRONMENTS}/{{environment_name}}/variables", "environments: read", role="write")
def list_variables_of_environment(call: Call) -> Answer:
    known = call.repository.environments.get(call.path["environment_name"])
    if known is None:
        raise RefusedError(404, "Not Found")
    variables = known.get("variables", {})
    rows = [{"name": name, "value": value, **SINCE} for name, value in variables.items()]
    return wrapped(call, "variables", rows)


@route(f"GET {REPO}/actions/organization-variables", READ, role="write")
def list_organization_variables(call: Call) -> Answer:
    known = call.repository.organization_variables
    if known is None:
        raise RefusedError(404, "Not Found")
    rows = [{"name": name, "value": value, **SINCE} for name, value in known.items()]
    return wrapped(call, "variables", rows)
