"""The HTTP side of the double: finds the route, checks call and answer, writes down what happened."""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import graphql

from tests.github import contract

if TYPE_CHECKING:
    from tests.github.double import Double
    from tests.github.state import Identity, Repository

READ, WRITE = "read", "write"


class RefusedError(Exception):
    """GitHub says no: a status and a message."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors


class FaultError(Exception):
    """A call that GitHub's own description does not allow: the test fails."""


@dataclass
class Answer:
    """What a route gives: its data, and another status than the first one that is described."""

    data: Any = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """A call of the API that found its route."""

    double: Double
    who: Identity | None
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    url: str = ""

    @functools.cached_property
    def repository(self) -> Repository:
        """The repository that the path names, as far as the caller may see it."""
        full_name = f"{self.path['owner']}/{self.path['repo']}"
        found = self.double.repositories.get(full_name)
        if found is None or (found.private and self.who is None):
            raise RefusedError(404, "Not Found")
        return found

    def may(self, scope: str, level: str, role: str) -> None:
        """Refuse whoever lacks a permission of tokens, or a role as a user."""
        if self.who is None:
            raise RefusedError(401, "Requires authentication")
        if self.who.permissions is not None:
            given = {self.who.permissions.get(one, "") for one in self._scopes(scope)}
            if not given & {WRITE, level} and scope != "metadata":
                raise RefusedError(403, "Resource not accessible by integration")
        elif not self.repository.allows(self.who.account.login, role):
            raise RefusedError(
                404 if level == READ else 403, "Must have more rights to the repository"
            )

    def _scopes(self, scope: str) -> set[str]:
        """Of a pull request, either permission lets a token comment and label."""
        comment = self.repository.comments.get(int(self.path.get("comment_id", 0)))
        number = comment.number if comment else int(self.path.get("issue_number", 0))
        pull = scope == "issues" and number in self.repository.pulls
        return {scope, "pull_requests"} if pull else {scope}


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    """A route: the method and path as GitHub's description has them, and who may call it."""

    method: str
    template: str
    scope: str
    level: str
    role: str
    handler: Handler

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """A pattern of the path; a ref and a path of a file have slashes."""

        def group(found: re.Match[str]) -> str:
            name = found[1]
            last = found.end() == len(self.template)
            return f"(?P<{name}>{'.+' if last and name in ('ref', 'path') else '[^/]+'})"

        return re.compile(re.sub(r"\{(\w+)\}", group, self.template))


ROUTES: list[Route] = []
QUERIES: dict[str, Callable[..., Any]] = {}
MUTATIONS: dict[str, Callable[..., Any]] = {}


def route(line: str, needs: str = "metadata: read", role: str = "") -> Callable[[Handler], Handler]:
    """Register a route, as in `route("GET /repos/{owner}/{repo}/labels", "issues: read")`: what a
    token needs, and the role that a user needs where it is not the level's own.
    """
    method, template = line.split()
    scope, level = needs.split(": ")

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, template, scope, level, role or level, handler))
        return handler

    return register


def query(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a field of GraphQL's Query: a function of the call and the field's arguments."""
    return functools.partial(_named, QUERIES, name)


def mutation(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a mutation of GraphQL: a function of the call and its input."""
    return functools.partial(_named, MUTATIONS, name)


def _named(
    registry: dict[str, Callable[..., Any]], name: str, handler: Callable[..., Any]
) -> Callable[..., Any]:
    registry[name] = handler
    return handler


@functools.cache
def load_routes() -> None:
    """Import every file below `routes`, and let the narrower path win."""
    from tests.github import routes

    for module in pkgutil.iter_modules(routes.__path__):
        importlib.import_module(f"tests.github.routes.{module.name}")
    ROUTES.sort(key=lambda one: (one.template.count("{"), -len(one.template), one.template))


class Server(BaseHTTPRequestHandler):
    """One connection; the double itself is at `self.server.double`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a head and its body are two writes: no waiting between them
    double: Double

    def _do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        with self.double.lock:
            answer = answer_to(self.double, self.command, self.path, dict(self.headers), content)
        raw = isinstance(answer.data, bytes)
        body = answer.data if raw else json.dumps(answer.data).encode()
        body = b"" if answer.data is None else body
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/zip" if raw else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _do  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the double writes down each call."""


def answer_to(
    double: Double, method: str, url: str, headers: dict[str, str], content: bytes
) -> Answer:
    """The answer to a request; what is wrong with the request goes to `double.faults`."""
    load_routes()
    headers = {name.lower(): value for name, value in headers.items()}
    address = urlsplit(url)
    path = re.sub(r"^/api(/v3)?(?=/)", "", address.path)  # as GitHub Enterprise Server has it
    who = "nobody"
    try:
        if outage := double.outage(method, path):
            answer = outage
        elif path.startswith("/_storage/"):
            answer = _stored(double, path, headers)
        else:
            identity = double.identify(headers.get("authorization", ""))
            who = identity.account.login if identity else who
            if "user-agent" not in headers:
                raise RefusedError(403, "Request forbidden by administrative rules")
            body = json.loads(content) if content else None
            if path == "/graphql":
                answer = _graphql(double, identity, body)
            else:
                query = dict(parse_qsl(address.query, keep_blank_values=True))
                answer = _rest(double, identity, method, path, query, body)
    except RefusedError as refusal:
        data: dict[str, Any] = {
            "message": refusal.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(refusal.status),
        }
        if refusal.errors:
            data["errors"] = refusal.errors
        answer = Answer(data, refusal.status)
    except FaultError as fault:
        double.faults.append(f"{method} {path}: {fault}")
        answer = Answer({"message": f"A fault: {fault}"}, 422)
    except Exception:  # a bug of the double: the test has to show it
        double.faults.append(f"{method} {path}: {traceback.format_exc()}")
        answer = Answer({"message": "The double broke"}, 500)
    double.write_down(method, path, answer.status, who, content)
    return answer


def _stored(double: Double, path: str, headers: dict[str, str]) -> Answer:
    """A file in the storage behind the API, which is another host and refuses our token."""
    if "authorization" in headers:
        raise FaultError("the token was sent to the storage of artifacts")
    data = double.storage.get(path)
    return Answer(data, 200) if data is not None else Answer(b"", 404)


def _rest(
    double: Double,
    who: Identity | None,
    method: str,
    path: str,
    query: dict[str, str],
    body: Any,
) -> Answer:
    found = next(
        (
            (one, match)
            for one in ROUTES
            if one.method == method and (match := one.pattern.fullmatch(path))
        ),
        None,
    )
    if found is None:
        raise FaultError("no such route in the double: it is a file below tests/github/routes")
    one, match = found
    spec = contract.rest()
    operation = spec.operation(method, one.template)
    if faults := spec.request_faults(operation, query, body):
        raise FaultError("; ".join(faults))
    names = {name: unquote(value) for name, value in match.groupdict().items()}
    call = Call(double, who, names, query, body if isinstance(body, dict) else {}, path)
    if "{repo}" in one.template:
        call.repository  # noqa: B018
        if one.level == WRITE or one.scope != "metadata":
            _admit(call, one)
    return _checked(spec, operation, one.handler(call))


def _admit(call: Call, one: Route) -> None:
    """Refuse whoever may not: reading what is public takes no permission of a user."""
    public = one.level == READ and one.role == READ and not call.repository.private
    if public and (call.who is None or call.who.permissions is None):
        return
    call.may(one.scope, one.level, one.role)


def _checked(spec: contract.Contract, operation: dict[str, Any], given: Any) -> Answer:
    """The answer, completed and checked."""
    answer = given if isinstance(given, Answer) else Answer(given)
    answer.status = answer.status or int(min(code for code in operation["responses"]))
    schema = spec.answer_schema(operation, answer.status)
    if schema is None:
        answer.data = answer.data if isinstance(answer.data, bytes) else None
        return answer
    answer.data = spec.complete(answer.data, schema)
    faults = spec.faults(answer.data, schema, "answer")
    assert not faults, faults
    return answer


def _graphql(double: Double, who: Identity | None, body: Any) -> Answer:
    if who is None:
        raise RefusedError(401, "This endpoint requires you to be authenticated.")
    schema, text = contract.graphql_schema(), body["query"]
    document = graphql.parse(text)
    if faults := graphql.validate(schema, document):
        raise FaultError("; ".join(one.message for one in faults))
    call = Call(double, who, {}, {}, {}, "/graphql")
    root: dict[str, Any] = {name: _field(call, one) for name, one in QUERIES.items()}
    root |= {name: _mutation(call, one) for name, one in MUTATIONS.items()}
    done = graphql.execute_sync(
        schema, document, root_value=root, variable_values=body.get("variables")
    )
    for error in done.errors or []:
        if not isinstance(error.original_error, RefusedError):
            raise FaultError(str(error))
    answer: dict[str, Any] = {"data": done.data}
    if done.errors:
        answer["errors"] = [_told(error) for error in done.errors]
    return Answer(answer, 200)


def _told(error: graphql.GraphQLError) -> dict[str, Any]:
    refusal = error.original_error
    assert isinstance(refusal, RefusedError)
    kinds = {403: "FORBIDDEN", 404: "NOT_FOUND"}
    return {
        "type": kinds.get(refusal.status, "UNPROCESSABLE"),
        "message": refusal.message,
        "path": error.path,
    }


def _field(call: Call, handler: Callable[..., Any]) -> Callable[..., Any]:
    return lambda info, **arguments: handler(call, **arguments)


def _mutation(call: Call, handler: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(info: Any, **arguments: Any) -> Any:
        given = arguments["input"]
        made = handler(call, **{k: v for k, v in given.items() if k != "clientMutationId"})
        return {**made, "clientMutationId": given.get("clientMutationId")}

    return resolve


def page(call: Call, items: list[Any]) -> Answer:
    """One page of a list, with the link to the next one."""
    size = min(int(call.query.get("per_page", 30)), 100)
    number = int(call.query.get("page", 1))
    shown = items[(number - 1) * size : number * size]
    headers = {}
    if number * size < len(items):
        more = f"{call.double.url}{call.url}?{urlencode({**call.query, 'page': number + 1})}"
        headers["Link"] = f'<{more}>; rel="next"'
    return Answer(shown, 200, headers)


def wrapped(call: Call, name: str, items: list[Any]) -> Answer:
    """One page of a list that GitHub gives inside an object, with how many there are."""
    answer = page(call, items)
    answer.data = {"total_count": len(items), name: answer.data}
    return answer
