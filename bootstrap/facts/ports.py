"""The ports of a server: the first place that answers is believed, no other one asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping, strings
from bootstrap.facts.model import Command, Evidence, Fact
from bootstrap.facts.scan import join
from bootstrap.facts.starts import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bootstrap.facts.scan import Scan

Start = tuple[Fact[Command], ...]
Found = tuple[int, Evidence]

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
# Databases and the like, which are not the service itself, and the doors of debuggers.
_STORES = {1433, 3306, 5432, 5672, 6379, 9092, 9200, 9300, 11211, 11434, 15672, 27017}
_DEBUGGERS = {5005, 5678, 9229, 9230, 40000}
_VALID = set(range(80, 65536)) - _STORES - _DEBUGGERS
_SIDE = re.compile(r"^(docs?|documentation|site|website|www)(/|$)")
MAX_PORTS = 4
MAX_LINE = 500
MAX_SOURCES = 25


def ports(scan: Scan, start: Start, tools: str) -> tuple[Fact[int], ...]:
    """The ports of what is started, from the most explicit place; nothing where nothing is.

    `tools` names what the start commands end in, for the ports that frameworks choose.
    """
    served = tuple(fact for fact in start if not _SIDE.match(fact.value.dir))
    found: dict[int, Fact[int]] = {}
    for place in _places(scan, served, tools) if served else ():
        for port, evidence in place():
            if port in _VALID:
                found.setdefault(port, Fact(port, (evidence,)))
            if len(found) == MAX_PORTS:
                break
        if found:
            break
    return tuple(found.values())


def _places(scan: Scan, start: Start, tools: str) -> tuple[Callable[[], Iterable[Found]], ...]:
    composed = any("compose" in fact.value.run for fact in start)
    return (
        lambda: _in_commands(start),
        lambda: _compose(scan) if composed else (),
        lambda: _written(scan, _CONFIGURED, {fact.value.dir for fact in start} | {"."}),
        lambda: _profiles(scan, start),
        lambda: _default(start, tools),
        lambda: _compose(scan),
        lambda: _documented(scan, start),
        lambda: _written(scan, _IMAGE, {"."}),
        lambda: _in_programs(scan),
    )


def _in_commands(start: Start) -> Iterator[Found]:
    for fact in start:
        evidence = fact.evidence[0]
        said = f"{fact.value.run} {evidence.text}"
        for port in re.findall(r"(?:--port|\s-p|\bPORT=|:)[ =]?(\d{4,5})\b(?!:)", said)[:1]:
            yield int(port), evidence


# Files of an application → how a port is written in them.
_CONFIGURED = (
    (r"vite\.config\.[cm]?[jt]s", r"^\s*port:\s*(\d+)"),
    (r"(webpack|vue|nuxt|astro|rsbuild)\.config\.[cm]?[jt]s", r"\bport:\s*(\d+)"),
    (
        r"(\.env\.(example|sample|dist|template|development)|env-example\S*|\.env)",
        r"^(?:export )?(?:APP_|SERVER_|HTTP_|WEB_|API_|LISTEN_)?PORT=[\"']?(\d+)",
    ),
    (r"Procfile(\.dev)?", r"^web:.*(?:--port|-p|:)\s*(\d{4,5})"),
    (r"mise\.toml", r"\bPORT\s*=\s*[\"']?(\d+)"),
)
# The same for the JVM and .NET, which keep it far below.
_SERVED = ("launchSettings.json", "application.yml", "application.yaml", "application.properties")
_SERVED_AT = r"https?://localhost:(\d+)|(?:server\.port|^\s*port)\s*[:=]\s*(\d+)"
_IMAGE = ((r"Dockerfile", r"^\s*EXPOSE\s+(\d+)(?:/tcp)?(?:\s+(\d+))?"),)


def _written(scan: Scan, rows: tuple[tuple[str, str], ...], folders: set[str]) -> Iterator[Found]:
    """What stands in files of the folders that something is started in."""
    for file, pattern in rows:
        matching = re.compile(file).fullmatch
        for place in sorted(folders):
            for name in filter(matching, scan.inside(place)):
                yield from _numbers(scan, join(place, name), pattern)


def _profiles(scan: Scan, start: Start) -> Iterator[Found]:
    """The addresses in the configuration of the .NET or Spring project that is started."""
    named = [re.search(r"--project[ =](\S+)", fact.value.run) for fact in start]
    folders = tuple(re.sub(r"/?[\w.-]+proj$", "", match[1]) + "/" for match in named if match)
    for path in scan.named(*_SERVED)[:MAX_SOURCES]:
        if path.startswith(folders or ""):
            yield from _numbers(scan, path, _SERVED_AT)


def _default(start: Start, tools: str) -> Iterator[Found]:
    said = f"{tools} {' '.join(fact.value.run for fact in start)}"
    for pattern, port in DEFAULT_PORTS:
        if re.search(pattern, said):
            yield port, start[0].evidence[0]


_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_PUBLISHED = re.compile(r"^(?:[\d.]+:)?(?:\$\{\w+:?-)?(\d{2,5})\}?(?::|$)")


def _compose(scan: Scan) -> Iterator[Found]:
    """The published ports of services that are built here, else of any that is no database."""
    path = next((path for path in _COMPOSE if scan.has(path)), "")
    services = mapping(dig(scan.yaml(path), "services")) if path else {}
    built = [service for service in services.values() if dig(service, "build")]
    others = [one for one in services.values() if not STORE.search(str(dig(one, "image")))]
    for service in built or others:
        entries = dig(service, "ports")
        long = [
            str(dig(entry, "published") or "") for entry in entries or () if dig(entry, "published")
        ]
        for entry in (*strings(entries), *long):
            if match := _PUBLISHED.match(entry):
                yield int(match[1]), scan.at(path, re.escape(entry))


_PAGES = re.compile(r"(readme|contributing|development|agents|claude)(\.\w+)?", re.IGNORECASE)
_SECTION = re.compile(
    r"run|start|usage|develop|quick|local|install|setup|demo|launch", re.IGNORECASE
)
_ADDRESS = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::\]):(\d{2,5})\b"


def _documented(scan: Scan, start: Start) -> Iterator[Found]:
    """Addresses in the sections of pages that say how to start the program."""
    commands = [fact.value.run for fact in start]
    pages = [fact.evidence[0].path for fact in start if fact.evidence]
    for path in dict.fromkeys([*filter(_PAGES.fullmatch, scan.inside(".")), *pages]):
        for first, heading, lines in _sections(scan.text(path)) if _PAGES.search(path) else ():
            text = "\n".join(lines)
            if _SECTION.search(heading) or any(command in text for command in commands):
                yield from _lines(path, lines, _ADDRESS, first)


def _sections(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """First line, heading and lines of each section."""
    lines = text.splitlines()
    marks = [n for n, line in enumerate(lines) if re.match(r"#{1,4} ", line)]
    for begin, end in zip([0, *marks], [*marks, len(lines)], strict=True):
        yield begin, lines[begin] if lines else "", lines[begin:end]


_PROGRAMS = (
    *("main.go", "main.rs", "http.rs", "server.go", "config.go", "options.go"),
    *("main.py", "app.py", "server.py", "config.py", "config.rs"),
    *("server.js", "index.js", "app.js", "main.ts", "server.ts", "index.ts", "app.ts"),
)
_LISTENS = (
    r"(?i:(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::\]|port\b[^\d\n]{0,20}|listen[^\d\n]{0,20}|[\"']):?)"
    r"(?<=[:\s=(,])(\d{4,5})\b"
)
# The queue of a socket, which is no port.
_BACKLOG = re.compile(r"\.listen\(\s*\d+")
_COMMENT = re.compile(r"^\s*(//|#|/?\*|--|<!--|;)")


def _in_programs(scan: Scan) -> Iterator[Found]:
    """What the program itself listens on; a file with tests in it says what tests listen on."""
    for path in scan.named(*_PROGRAMS)[:MAX_SOURCES]:
        if "#[cfg(test)]" in scan.text(path):
            continue
        for port, evidence in _numbers(scan, path, _LISTENS):
            if not (path.endswith((".py", ".rs")) and _BACKLOG.search(evidence.text)):
                yield port, evidence


def _numbers(scan: Scan, path: str, pattern: str) -> Iterator[Found]:
    lines = scan.text(path).splitlines()
    yield from _lines(path, ["" if _COMMENT.match(line) else line for line in lines], pattern)


def _lines(path: str, lines: list[str], pattern: str, first: int = 0) -> Iterator[Found]:
    for number, line in enumerate(lines, first + 1):
        for match in re.finditer(pattern, line) if len(line) < MAX_LINE else ():
            for port in filter(None, match.groups()):
                yield int(port), Evidence(path, number, line.strip()[:200])
