"""Settings on GitHub and on GitHub Enterprise Server, through its REST API.

PyGithub carries the calls: tokens, Enterprise addresses, retries, typed errors. It has no calls of
its own for rulesets and branch policies, so all of them are plain paths, as GitHub documents them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

import requests
from github import Auth, Github
from github.GithubException import GithubException
from urllib3.util import Retry

from bootstrap.errors import UserError
from bootstrap.forge import (
    Access,
    Change,
    Environment,
    Holder,
    Label,
    Part,
    Pin,
    RefusedError,
    Rules,
    Settings,
    State,
    Variable,
)
from bootstrap.forge.remote import Place

PUBLIC = "github.com"
VERSION = "2022-11-28"
"""Of the API: the newest that every supported Enterprise Server knows."""
SECONDS = 15
PAUSE: float | None = 1
"""Seconds between two writes, as GitHub asks for."""
BACKOFF = 0.5
"""Seconds before the second of four tries; each next wait is twice as long."""

_T = TypeVar("_T")

# Part → the permissions of a fine-grained token, to read it and to change it.
_PERMISSIONS: Mapping[Part, tuple[str, str]] = {
    "auto-merge": ("metadata: read", "administration: write"),
    "label": ("issues: read", "issues: write"),
    "ruleset": ("contents: read", "administration: write"),
    "environment": ("actions: read and environments: read", "administration: write"),
    "variable": ("variables: read", "variables: write"),
}
_PLAN = ("upgrade to", "billing plan")
"""What GitHub says where another plan than the repository's is needed."""


def forge(place: Place) -> GitHub:
    """The repository at a place, with a token of the user."""
    return GitHub(place, _api(place.host), *_token(place.host))


def default_host() -> str:
    """The host that the user's environment names, as for `gh` and in Actions, or github.com."""
    server = os.environ.get("GITHUB_SERVER_URL", "").removeprefix("https://").strip("/")
    return os.environ.get("GH_HOST") or server or PUBLIC


def _api(host: str) -> str:
    named = os.environ.get("GITHUB_API_URL")
    if named and host == default_host():
        return named.rstrip("/")
    if host == PUBLIC or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"https://{host}/api/v3"


def _token(host: str) -> tuple[str, str]:
    """A token for `host`, and where it is from. Each host gets its own only, as with `gh`."""
    names = ["GH_TOKEN", "GITHUB_TOKEN"]
    if host != PUBLIC and not host.endswith(".ghe.com"):
        names = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
    for name in names:
        if os.environ.get(name):
            return os.environ[name].strip(), name
    try:
        command = ["gh", "auth", "token", "--hostname", host]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        found = done.stdout.strip() if done.returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        found = ""
    if not found:
        raise UserError(
            f"there is no token for {host}",
            f"run `gh auth login --hostname {host}`, or set {names[0]}",
        )
    return found, "gh"


class GitHub:
    """One repository; every call is one of GitHub's documented paths."""

    def __init__(self, place: Place, api: str, token: str, source: str) -> None:
        """`source` is where the token is from, for messages; the token itself is never shown."""
        self.place, self.source = place, source
        # A write that failed may have been done, so only what can be repeated is.
        retry = Retry(
            total=3,
            backoff_factor=BACKOFF,
            status_forcelist=range(500, 600),
            allowed_methods=("GET", "PUT", "DELETE"),
            raise_on_status=False,
            respect_retry_after_header=False,  # that may be an hour: it is said instead
        )
        client = Github(
            auth=Auth.Token(token),
            base_url=api,
            timeout=SECONDS,
            user_agent="twelvefold",
            retry=retry,
            seconds_between_requests=None,
            seconds_between_writes=PAUSE,
            api_version=VERSION,
        )
        self._requester = client.requester
        self._root = f"/repos/{place.name}"

    # --- read ---

    def read(self, wanted: Settings) -> State:
        """What GitHub has of that which is wanted."""
        about = self._about()
        closed: dict[Part, RefusedError] = {}

        def read(part: Part, what: Callable[[], _T], otherwise: _T, needed: object) -> _T:
            try:
                return what() if needed else otherwise
            except RefusedError as why:
                closed[part] = why
                return otherwise

        branch, rules = str(about["default_branch"]), wanted.ruleset
        checks = rules.checks if rules else ()
        holders = {one.app.environment for one in checks if isinstance(one.app, Holder)}
        slugs = {one.app for one in checks if isinstance(one.app, str)}
        files = {path for one in checks for path in one.needs}
        named = {one.name for one in wanted.environments} | holders
        if wanted.auto_merge and "allow_auto_merge" not in about:
            closed["auto-merge"] = RefusedError(
                f"{self._who} is no administrator of {self.place.name}", "ask one to run this"
            )
        return State(
            name=str(about["full_name"]),
            host=self.place.host,
            branch=branch,
            auto_merge=bool(about.get("allow_auto_merge")),
            labels=read("label", self._labels, (), wanted.labels),
            variables=read("variable", self._variables, {}, wanted.variables or checks),
            inherited=read("variable", self._inherited, {}, wanted.variables or checks),
            environments=read("environment", lambda: self._environments(named, holders), {}, named),
            ruleset=read("ruleset", lambda: self._rules(rules.name, branch), None, rules)
            if rules
            else None,
            apps=read("ruleset", lambda: self._apps(slugs), {}, slugs),
            files=read("ruleset", lambda: self._files(files), frozenset(), files),
            required=read("ruleset", lambda: self._required(branch), frozenset(), rules),
            closed=closed,
        )

    @property
    def _who(self) -> str:
        return f"the owner of the token ({self.source})"

    def _about(self) -> Mapping[str, Any]:
        """The repository itself; under its new name, if it was renamed."""
        try:
            about: Mapping[str, Any] = self._call("auto-merge", "GET", self._root)
        except MissingError:
            raise UserError(
                f"there is no {self.place.name} on {self.place.host}, or {self._who} can't see it",
                "name the repository with --repo OWNER/NAME, or take another token",
            ) from None
        except RefusedError as why:
            raise UserError(str(why)) from None
        if about.get("archived"):
            raise UserError(f"{about['full_name']} is archived", "unarchive it first")
        self._root = f"/repos/{about['full_name']}"
        return about

    def _labels(self) -> tuple[Label, ...]:
        rows = self._pages("label", f"{self._root}/labels")
        return tuple(
            Label(one["name"], one["color"].lower(), one["description"] or "") for one in rows
        )

    def _variables(self) -> Mapping[str, str]:
        rows = self._pages("variable", f"{self._root}/actions/variables", "variables", 30)
        return {one["name"]: one["value"] for one in rows}

    def _inherited(self) -> Mapping[str, str]:
        """The variables of the organisation; a person has none."""
        path = f"{self._root}/actions/organization-variables"
        try:
            rows = list(self._pages("variable", path, "variables", 30))
        except MissingError:
            return {}
        return {one["name"]: one["value"] for one in rows}

    def _environments(self, named: set[str], holders: set[str]) -> Mapping[str, Access]:
        rows = self._pages("environment", f"{self._root}/environments", "environments")
        return {one["name"]: self._access(one, holders) for one in rows if one["name"] in named}

    def _access(self, row: Mapping[str, Any], holders: set[str]) -> Access:
        path = f"{self._root}/environments/{quote(row['name'], safe='')}"
        policy, branches, variables = row.get("deployment_branch_policy"), None, {}
        if policy and policy["protected_branches"]:
            branches = frozenset({"every protected branch"})
        elif policy:
            policies = f"{path}/deployment-branch-policies"
            rows = self._pages("environment", policies, "branch_policies")
            branches = frozenset(
                one["name"] if one.get("type", "branch") == "branch" else f"tag {one['name']}"
                for one in rows
            )
        if row["name"] in holders:
            rows = self._pages("environment", f"{path}/variables", "variables", 30)
            variables = {one["name"]: one["value"] for one in rows}
        return Access(branches, variables, bare=not (policy or row.get("protection_rules")))

    def _rules(self, name: str, branch: str) -> Rules | None:
        path = f"{self._root}/rulesets"
        for one in self._pages("ruleset", path, includes_parents="false"):
            if one["name"] == name:
                return _rules_of(self._call("ruleset", "GET", f"{path}/{one['id']}"), branch)
        return None

    def _apps(self, slugs: set[str]) -> Mapping[str, int]:
        found = {slug: self._maybe("ruleset", f"/apps/{slug}") for slug in slugs}
        return {slug: int(app["id"]) for slug, app in found.items() if app}

    def _files(self, paths: set[str]) -> frozenset[str]:
        return frozenset(
            path for path in paths if self._maybe("ruleset", f"{self._root}/contents/{quote(path)}")
        )

    def _required(self, branch: str) -> frozenset[str]:
        """The checks that any rule requires, of the organisation and of older protection too."""
        where = quote(branch, safe="")
        rules = self._pages("ruleset", f"{self._root}/rules/branches/{where}")
        found = {pin.name for rule in rules for pin in _pins_of(rule)}
        older = (self._maybe("ruleset", f"{self._root}/branches/{where}") or {}).get("protection")
        checks = (older or {}).get("required_status_checks") or {}
        return frozenset(found | set(checks.get("contexts", ())))

    # --- write ---

    def write(self, change: Change, state: State) -> None:
        """Do one change of a plan; RefusedError if GitHub does not allow it."""
        match change.value:
            case None:
                self._allow_auto_merge()
            case Label() as label:
                self._write_label(change, label)
            case Variable() as variable:
                self._write_variable(change, variable)
            case Environment() as environment:
                self._write_environment(environment, state)
            case Rules() as rules:
                self._write_rules(change, rules)

    def _allow_auto_merge(self) -> None:
        about = self._call("auto-merge", "PATCH", self._root, {"allow_auto_merge": True})
        if not about.get("allow_auto_merge"):  # no error, just no effect
            raise RefusedError(
                "GitHub left auto-merge off", "a private repository needs a paid plan", plan=True
            )

    def _write_label(self, change: Change, one: Label) -> None:
        path = f"{self._root}/labels"
        if change.action == "delete":
            self._call("label", "DELETE", f"{path}/{quote(one.name, safe='')}")
            return
        body = {"name": one.name, "color": one.color, "description": one.description}
        self._call("label", "POST", path, body)

    def _write_variable(self, change: Change, one: Variable) -> None:
        path = f"{self._root}/actions/variables"
        if change.action == "delete":
            self._call("variable", "DELETE", f"{path}/{one.name}")
            return
        self._call("variable", "POST", path, {"name": one.name, "value": one.value})

    def _write_environment(self, one: Environment, state: State) -> None:
        """Closed to every branch first, then open to one: safe wherever it stops."""
        path = f"{self._root}/environments/{quote(one.name, safe='')}"
        had = state.environments.get(one.name)
        if had is None or had.bare:
            policy = {"protected_branches": False, "custom_branch_policies": True}
            self._call("environment", "PUT", path, {"deployment_branch_policy": policy})
        body = {"name": state.branch, "type": "branch"}
        self._call("environment", "POST", f"{path}/deployment-branch-policies", body)

    def _write_rules(self, change: Change, one: Rules) -> None:
        path = f"{self._root}/rulesets"
        match change.action:
            case "create":
                self._call("ruleset", "POST", path, _ruleset(change.name, one))
            case "update":  # what a body does not name stays: its name, its target, its bypasses
                body = {"rules": _rules_with(one.data["rules"], one.pins)}
                self._call("ruleset", "PUT", f"{path}/{one.id}", body)
            case "delete":
                self._call("ruleset", "DELETE", f"{path}/{one.id}")

    # --- calls ---

    def _call(self, part: Part, verb: str, path: str, body: object = None, **query: object) -> Any:
        try:
            _, data = self._requester.requestJsonAndCheck(verb, path, query or None, input=body)
            if isinstance(data, dict) and data.keys() - {"url"} == {"data"}:  # it was no JSON
                raise ValueError
            return data
        except GithubException as error:
            self._explain(error, part, "read" if verb == "GET" else "change")
        except ValueError:
            raise UserError(
                f"{self.place.host} does not answer as GitHub does", "look at --host and the proxy"
            ) from None
        except requests.RequestException:
            raise UserError(
                f"{self.place.host} can't be reached", "look at the network, then run again"
            ) from None

    def _maybe(self, part: Part, path: str) -> Any:
        """The answer, or None if there is nothing at the path."""
        try:
            return self._call(part, "GET", path)
        except MissingError:
            return None

    def _pages(
        self, part: Part, path: str, key: str = "", size: int = 100, **query: object
    ) -> Iterator[Any]:
        """Every item of a list, which is the answer or below a key of it."""
        page, rows = 1, [None] * size
        while len(rows) == size:
            answer = self._call(part, "GET", path, per_page=size, page=page, **query)
            rows = answer[key] if key else answer
            yield from rows
            page += 1

    def _explain(self, error: GithubException, part: Part, doing: str) -> NoReturn:
        """Raise what a failed call means for the user."""
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        data = error.data if isinstance(error.data, dict) else {}
        message = str(data.get("message") or error.status)
        if error.status >= 500:
            raise UserError(
                f"{self.place.host} answers with {message}", "run again later: it goes on from here"
            ) from None
        if error.status == 401:
            raise UserError(
                f"{self.place.host} does not accept the token ({self.source})",
                f"make a new one, or run `gh auth login --hostname {self.place.host}`",
            ) from None
        if error.status in {403, 429} and _is_limit(headers, message):
            raise UserError(
                f"the rate limit of {self.place.host} is reached", _when(headers)
            ) from None
        if "url=" in headers.get("x-github-sso", ""):
            address = headers["x-github-sso"].partition("url=")[2]
            raise UserError(
                "the organisation wants single sign-on for this token", f"allow it at {address}"
            ) from None
        if any(words in message.lower() for words in _PLAN):
            raise RefusedError(f"GitHub's plan has none here: {message}", "", plan=True) from None
        if error.status == 422:
            raise RefusedError(_invalid(data, message), "look at it on GitHub") from None
        named = headers.get("x-accepted-github-permissions", "").removeprefix("actions_")
        needs = named.replace("=", ": ") or _PERMISSIONS[part][doing == "change"]
        kind = MissingError if error.status == 404 else RefusedError
        raise kind(
            f"GitHub does not let this token {doing} it ({message})",
            f"it needs the permission {needs}",
        ) from None


class MissingError(RefusedError):
    """GitHub says that there is nothing, which is also what it says if nobody may know."""


def _is_limit(headers: Mapping[str, str], message: str) -> bool:
    spent = headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in headers or "rate limit" in message.lower()


def _when(headers: Mapping[str, str]) -> str:
    """When the limit is over, in the words of a remedy."""
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return f"run again in {after} seconds: it goes on from here"
    if reset.isdecimal():
        time = datetime.fromtimestamp(int(reset), UTC)
        return f"run again after {time:%H:%M} UTC: it goes on from here"
    return "run again in a minute: it goes on from here"


def _invalid(data: Mapping[str, Any], message: str) -> str:
    errors = [one if isinstance(one, str) else one.get("message") for one in data.get("errors", ())]
    return ": ".join([message, *filter(None, errors)])


# --- rulesets ---

_CHECKS = "required_status_checks"


def _rules_of(data: Mapping[str, Any], branch: str) -> Rules:
    rules = data.get("rules", [])
    names = ((data.get("conditions") or {}).get("ref_name") or {}).get("include", [])
    covers = {"~DEFAULT_BRANCH", "~ALL", f"refs/heads/{branch}"} & set(names)
    return Rules(
        id=int(data["id"]),
        pins=tuple(pin for rule in rules for pin in _pins_of(rule)),
        active=data["enforcement"] == "active" and bool(covers),
        more=any(rule["type"] != _CHECKS for rule in rules) or bool(data.get("bypass_actors")),
        data=data,
    )


def _pins_of(rule: Mapping[str, Any]) -> list[Pin]:
    if rule["type"] != _CHECKS:
        return []
    rows = (rule.get("parameters") or {}).get(_CHECKS, [])
    return [Pin(one["context"], one.get("integration_id")) for one in rows]


def _ruleset(name: str, one: Rules) -> Mapping[str, Any]:
    return {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": _rules_with([], one.pins),
    }


def _rules_with(rules: list[dict[str, Any]], pins: tuple[Pin, ...]) -> list[dict[str, Any]]:
    """The rules with these checks; every other rule and every other parameter as it was."""
    had: dict[str, Any] = next((one["parameters"] for one in rules if one["type"] == _CHECKS), {})
    others = [rule for rule in rules if rule["type"] != _CHECKS]
    rows = [
        {"context": one.name} | ({"integration_id": one.app} if one.app else {}) for one in pins
    ]
    rule = {"strict_required_status_checks_policy": False, **had, _CHECKS: rows}
    return [*others, *([{"type": _CHECKS, "parameters": rule}] if rows else [])]
