"""Dev containers, images, Compose files and the ports that they and the documents name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping
from bootstrap.facts.model import Command, Evidence, Fact
from bootstrap.facts.parts import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

DEVCONTAINER = re.compile(
    r"^(\.devcontainer/devcontainer\.json|\.devcontainer\.json|\.devcontainer/[^/]+/devcontainer\.json)$"
)
MAX_SOURCES = 25
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")

# A word in a start command or a manifest → the port that the framework listens on.
DEFAULT_PORTS = (
    (r"\bnext\b", 3000),
    (r"\bnuxt\b", 3000),
    (r"\bvite\b", 5173),
    (r"\bastro\b", 4321),
    (r"\bng serve\b", 4200),
    (r"@11ty/eleventy|\beleventy\b", 8080),
    (r"manage\.py|manage runserver", 8000),
    (r"\buvicorn\b|\bfastapi\b", 8000),
    (r"\bflask\b", 5000),
    (r"\brails\b|\bbin/dev\b", 3000),
    (r"\bartisan\b|\bsymfony\b|composer dev", 8000),
    (r"phx\.server", 4000),
    (r"spring-boot|bootRun", 8080),
)


def devcontainers(scan: Scan) -> tuple[str, ...]:
    """Dev container configurations in every place where clients look, in their order."""
    found = [path for path in scan.top if DEVCONTAINER.match(path)]
    return tuple(
        sorted(
            found,
            key=lambda path: (path.count("/") > 1, path != ".devcontainer/devcontainer.json", path),
        )
    )


def compose_file(scan: Scan) -> str | None:
    """The Compose file that `docker compose` reads in the root."""
    return next((path for path in COMPOSE if scan.has(path)), None)


def offers(scan: Scan) -> Iterator[Offer]:
    """Building the image, and starting everything by Compose."""
    compose = compose_file(scan)
    services = mapping(dig(scan.yaml(compose), "services")) if compose else {}
    image = scan.has("Dockerfile")
    if image and any(dig(service, "build") for service in services.values()):
        yield Offer("build", "docker compose build", scan.at(compose or "", r"^\s+build:"))
    elif image:
        yield Offer("build", "docker build .", Evidence("Dockerfile"))
    if any(dig(service, "build") for service in services.values()):
        yield Offer("start", "docker compose up", Evidence(compose or ""))


# Databases and the like, which are not the service itself.
_STORES = {1433, 3306, 5432, 5672, 6379, 9092, 9200, 11211, 15672, 27017}

# Files of an application → how a port is written in them.
_PLACES = (
    (
        r"(\.env\.(example|sample|dist|template)|env-example\S*|\.env)",
        r"^(?:APP_|SERVER_|HTTP_|WEB_|API_)?PORT=[\"']?(\d+)",
    ),
    (r"Procfile", r"(?:--port|-p|:)\s*(\d{4,5})"),
    (r"mise\.toml", r"\bPORT\s*=\s*[\"']?(\d+)"),
    (r"readme(\.\w+)?", r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})\b"),
    (r"agents\.md|contributing\.md", r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\s):(\d{4,5})\b"),
    (r"Dockerfile", r"^\s*EXPOSE\s+(\d+)"),
    (r"(docker-)?compose\.ya?ml", r"^\s*-\s*[\"']?(?:[\d.]+:)?(\d{2,5}):\d{2,5}"),
)
_SPRING = ("application.yml", "application.yaml", "application.properties")
_PROGRAMS = (
    *("main.go", "main.rs", "lib.rs", "mod.rs", "http.rs", "config.go", "options.go", "server.go"),
    *("main.py", "app.py", "config.py", "server.js", "index.js", "app.js"),
    *("main.ts", "server.ts", "index.ts"),
)
_LISTENS = (
    r"(?i:(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::\]|port\b[^\d\n]{0,20}|[\"']):?)"
    r"(?<=[:\s=(,])(\d{4,5})\b"
)
_SOURCES = (
    (("launchSettings.json",), r"https?://localhost:(\d+)"),
    (_SPRING, r"(?:server\.port|^\s*port)\s*[:=]\s*(\d+)"),
    (_PROGRAMS, _LISTENS),
)
_VALID = range(80, 65536)
MAX_PORTS = 4
MAX_LINE = 500


def ports(scan: Scan, start: tuple[Fact[Command], ...], tools: str) -> tuple[Fact[int], ...]:
    """The ports of a server, the most explicit first; nothing where nothing is started.

    `tools` names what the start commands end in, for the ports that frameworks choose.
    """
    found: dict[int, Fact[int]] = {}
    for port, evidence in (*_in_command(start, tools), *_said(scan)) if start else ():
        if port in _VALID and port not in _STORES and len(found) < MAX_PORTS:
            found.setdefault(port, Fact(port, (evidence,)))
    return tuple(found.values())


def _in_command(start: tuple[Fact[Command], ...], tools: str) -> Iterator[tuple[int, Evidence]]:
    for fact in start:
        evidence = fact.evidence[0]
        explicit = re.search(
            r"(?:--port|-p|PORT=|:)[ =]?(\d{4,5})\b", f"{fact.value.run} {evidence.text}"
        )
        if explicit:
            yield int(explicit[1]), evidence
    for pattern, port in DEFAULT_PORTS:
        if re.search(pattern, f"{tools} {' '.join(fact.value.run for fact in start)}"):
            yield port, start[0].evidence[0]


def _said(scan: Scan) -> Iterator[tuple[int, Evidence]]:
    names = scan.inside(".")
    for file, pattern in _PLACES:
        for name in names:
            if re.fullmatch(file, name, re.IGNORECASE):
                yield from _numbers(scan, name, pattern)
    for files, pattern in _SOURCES:
        for path in scan.named(*files)[:MAX_SOURCES]:
            yield from _numbers(scan, path, pattern)


def _numbers(scan: Scan, path: str, pattern: str) -> Iterator[tuple[int, Evidence]]:
    for number, line in enumerate(scan.text(path).splitlines(), 1):
        for match in re.findall(pattern, line) if len(line) < MAX_LINE else ():
            yield int(match), Evidence(path, number, line.strip()[:200])
