"""What a preview of an existing repository starts: the answer `app`, with where that was read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bootstrap.facts import Facts
from bootstrap.facts.load import load_yaml, mapping, strings
from bootstrap.facts.model import Command, Fact
from bootstrap.repo import Repo

MAX_SERVICES = 4
LONGEST = 500
"""The longest command that is taken over, in characters."""

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
# Other Dockerfiles make a base, a test or a tool.
_DOCKERFILE = re.compile(r"(^|/)[Dd]ockerfile([._-]prod(uction)?)?$")
# Where the image of the whole is; elsewhere one that says no port may be of a tool.
_MAIN = re.compile(r"|(.*[/_.-])?(docker|containers?|build|deploy(ment)?|images?)", re.IGNORECASE)
# Folders whose images are packages, tests or the place where people work.
_ASIDE = re.compile(
    r"(^|/)(\.[^/]+|debian|rpm|tests?|e2e|dev|ci|docs?|examples?|benchmarks?)/", re.IGNORECASE
)
# Services beside the application, built only to be configured.
_STORE = re.compile(
    r"postgres|mysql|maria|mongo|redis|valkey|rabbit|kafka|elastic|minio|mail|adminer|seed|migrat"
    r"|^(db|database|cache|queue|tests?|e2e)$"
)
_PORTS_TOLD = re.compile(
    r"loadbalancer\.server\.port'?[=:] ?'?(\d+)"
    r"|https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d+)"
)
_EXPOSE = re.compile(r"(?im)^\s*EXPOSE\s+(?:(\d+)|\$\{?(\w+)(?::-(\d+))?)")
_NAME = re.compile(r"[^a-z0-9]+")
_HEALTH = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::[\w${}-]+)?(/[\w./-]+)")
# A server of a framework that asks no variable for its port → what to append.
_PORT_ARGUMENT = (
    (re.compile(r"manage\.py runserver$"), " {port}"),
    (re.compile(r"\bartisan serve$"), " --port={port}"),
    (re.compile(r"\b(vite|astro dev|ng serve|fastapi (dev|run)|hugo server)$"), " --port {port}"),
)


class Site(NamedTuple):
    """How the generator of a site is called, and the folder that it writes."""

    build: str
    output: str


SITES: Mapping[str, Site] = {
    "mkdocs": Site("mkdocs build", "site"),
    "sphinx": Site("sphinx-build -b html DOCS .process-site", ".process-site"),
    "mdbook": Site("mdbook build", "book"),
    "jekyll": Site("bundle exec jekyll build", "_site"),
    "vitepress": Site("npx vitepress build docs", "docs/.vitepress/dist"),
    "docusaurus": Site("npm run build", "build"),
}


def of_facts(repo: Repo, facts: Facts) -> dict[str, Any]:
    """What is started, and why: {kind, why, compose, services}."""
    for found in (_composed(repo, facts), _image(repo, facts), _process(facts), _site(facts)):
        if found:
            return found
    why = "no start command with a port, Dockerfile with a port, Compose file or site was found"
    if not repo.files:
        why = "no application is known here"  # as the template says it of a new one
    return {"kind": "none", "why": why, "compose": "", "services": []}


def _composed(repo: Repo, facts: Facts) -> dict[str, Any] | None:
    """The services of a Compose file that are built here and have a port."""
    for path in (path for path in _COMPOSE if path in repo.files):
        services = mapping(mapping(load_yaml(repo.text(path) or "")).get("services"))
        rows = [_service(repo, facts, name, mapping(one)) for name, one in services.items()]
        found = sorted(filter(None, rows), key=lambda row: _order(row, facts))[:MAX_SERVICES]
        if found:
            first = found[0]["service"]
            why = f"{path}:{_line(repo, path, first)} builds {first}"
            return {"kind": "server", "why": why, "compose": path, "services": found}
    return None


def _line(repo: Repo, path: str, service: str) -> int:
    lines = (repo.text(path) or "").splitlines()
    key = re.compile(rf"\s+[\"']?{re.escape(service)}[\"']?:")
    return next((number for number, line in enumerate(lines, 1) if key.match(line)), 1)


def _service(repo: Repo, facts: Facts, name: str, given: dict[str, Any]) -> dict[str, Any] | None:
    build = given.get("build")
    if not build or _STORE.search(name) or not re.fullmatch(r"[a-zA-Z0-9._-]+", name):
        return None
    context = build if isinstance(build, str) else mapping(build).get("context", ".")
    folder = posixpath.normpath(str(context))
    named = mapping(build).get("dockerfile", "Dockerfile")
    path = posixpath.normpath(posixpath.join(folder, str(named)))
    port = next(_targets(given), 0) or next(_exposed(repo, path), 0)
    if not port or folder.startswith(".."):
        return None
    health = _health(str(given.get("healthcheck"))) or _health(repo.text(path) or "")
    shown = _NAME.sub("-", name.lower()).strip("-") or "app"
    row = {"name": shown, "dir": folder, **_commands(facts, folder), "dockerfile": str(named)}
    return {**row, "service": name, "port": port, "health": health or "/"}


def _order(row: dict[str, Any], facts: Facts) -> tuple[bool, bool]:
    """The key by which services are sorted: the one that people open comes first."""
    known = {fact.value for fact in facts.ports}
    fronts = {"web", "frontend", "front", "ui", "www", "app", "nginx", "proxy", "client"}
    return row["name"] not in fronts, row["port"] not in known


def _targets(given: dict[str, Any]) -> Iterator[int]:
    """The ports in the container, published ones first."""
    entries = given.get("ports")
    for entry in entries if isinstance(entries, list) else ():
        target = mapping(entry).get("target") or str(entry).split("/")[0].rsplit(":", 1)[-1]
        if str(target).isdecimal():
            yield int(target)
    for entry in strings(given.get("expose")):
        if entry.isdecimal():
            yield int(entry)
    for found in _PORTS_TOLD.finditer(f"{given.get('labels')} {given.get('healthcheck')}"):
        yield int(found[1] or found[2])


def _exposed(repo: Repo, path: str) -> Iterator[int]:
    """The ports that an image says, in digits or by a variable that it sets."""
    text = repo.text(path) or ""
    given = dict(re.findall(r"(?im)^\s*(?:ENV|ARG)\s+(\w+)[= ]\"?(\d+)\"?\s*$", text))
    for number, name, default in _EXPOSE.findall(text):
        if port := number or given.get(name) or default:
            yield int(port)


def _health(text: str) -> str:
    found = _HEALTH.search(text)
    return found[1] if found else ""


def _image(repo: Repo, facts: Facts) -> dict[str, Any] | None:
    """The Dockerfile nearest to the root that says its port."""
    for path in (one for one in facts.dockerfiles if not _ASIDE.search(one)):
        if not _DOCKERFILE.search(path):
            continue
        folder, name = posixpath.split(path)
        port = next(_exposed(repo, path), 0)
        if not port and _MAIN.fullmatch(folder) and facts.ports:
            port = facts.ports[0].value
        if port and folder.count("/") < 3:
            # A Dockerfile in a folder of its own is made for the root as its context.
            row = {"name": "app", "dir": ".", **_commands(facts, "."), "dockerfile": path}
            if f"{folder}/.dockerignore" in repo.files:
                row |= {"dir": folder, "dockerfile": name}
            health = _health(repo.text(path) or "") or "/"
            services = [{**row, "port": port, "health": health}]
            return {"kind": "server", "why": path, "compose": "", "services": services}
    return None


def _process(facts: Facts) -> dict[str, Any] | None:
    """A start command whose port is known."""
    start = next((one for one in facts.commands.get("start", ()) if _plain(one)), None)
    if not start or not facts.ports:
        return None
    folder = start.value.dir
    row = {"name": "app", "dir": folder, **_commands(facts, folder)}
    services = [{**row, "port": facts.ports[0].value, "health": "/"}]
    return {"kind": "server", "why": _place(start), "compose": "", "services": services}


def _site(facts: Facts) -> dict[str, Any] | None:
    """The site that the documentation is built to."""
    known = SITES.get(facts.docs_site.value) if facts.docs_site else None
    if not known or not facts.docs_site:
        return None
    folder = posixpath.dirname(facts.docs_site.evidence[0].path)
    here = folder or "." if facts.docs_site.value == "docusaurus" else "."
    row = {"name": "site", "dir": here, **_commands(facts, here), **known._asdict(), "start": ""}
    row["build"] = known.build.replace("DOCS", folder or ".")
    if row["install"].startswith("uv "):
        row["build"] = f"uv run {row['build']}"
    row["output"] = posixpath.normpath(posixpath.join(here, known.output))
    why = facts.docs_site.evidence[0].path
    return {"kind": "site", "why": why, "compose": "", "services": [row]}


def _commands(facts: Facts, folder: str) -> dict[str, str]:
    """Install, build and start in a folder; what to install may be at the root alone."""
    found = {}
    for slot in ("install", "build", "start"):
        rows = [one for one in facts.commands.get(slot, ()) if _plain(one)]
        here = [one.value for one in rows if one.value.dir == folder]
        found[slot] = here[0].run if here else ""
    found["build"] = "" if "docker" in found["build"] else found["build"]
    found["start"] = _with_port(found["start"], {fact.value for fact in facts.ports})
    return found


def _plain(command: Fact[Command]) -> bool:
    run = command.value.run
    return run.isprintable() and len(run) <= LONGEST and "docker" not in run


def _with_port(run: str, ports: set[int]) -> str:
    """The start command with {port} where it says its port or has to be told it."""
    for port in ports:
        run = re.sub(rf"(?<=[ =:]){port}\b", "{port}", run)
    if "{port}" in run:
        return run
    return next((run + more for pattern, more in _PORT_ARGUMENT if pattern.search(run)), run)


def _place(fact: Fact[Command]) -> str:
    first = fact.evidence[0] if fact.evidence else None
    if not first:
        return fact.value.run[:80]
    return f"{first.path}:{first.line}" if first.line else first.path
