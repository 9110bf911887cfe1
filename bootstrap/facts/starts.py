"""Whether a command starts the project: not its tests, its build, or the site of its documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping
from bootstrap.facts.resolve import MAX_DEPTH, side_by_side
from bootstrap.facts.rewrite import bare, relocate, words
from bootstrap.facts.scan import join
from bootstrap.facts.shell import commands
from bootstrap.facts.tools import uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.resolve import Sources

# Programs that show an earlier build, print, prepare, only watch or only build.
_NOTHING = re.compile(
    r"^(?:(?:vite|astro|sirv) preview|docusaurus serve|start-storybook|storybook\b|sphinx-autobuild"
    r"|cargo watch(?!.*\brun\b)|encore (?:dev|production)(?=\s|$)|livereload|sass|chokidar|onchange"
    r"|tailwindcss|postcss|(?:node )?(?:[\w.-]+/)*build\.[cm]?[jt]s(?=\s|$)"
    r"|(?:node|python|ruby|php) -[ecpr]\b|open|xdg-open|rimraf|husky|simple-git-hooks|lefthook"
    r"|(?:pip|npm|pnpm|yarn|bun|uv|poetry|gem|cargo|go|composer) (?:install|add|sync|tool)"
    r"|(?!cargo )[\w-]+ (?:build|compile|bundle|watch|test|lint|check|format|generate)(?=\s|$)"
    r"|(?:make|just|task|npm run) |\w+=(?:\$\(|$)"
    r"|dotnet run .*--project[ =]\S*(?i:build|benchmarks?|tests?|cake|nuke)(?:[\\/.]|\s|$)"
    r"|cargo run .*--example\b"
    r"|cargo run .*-- (?!.*(?:serve|start|run|web|dev|daemon|api|port|up)\b)"
    r"|docker (?:compose )?(?:push|pull|stop|down|logs))"
)
# Servers of documents, which are the project only where nothing else is.
_DOCUMENTS = re.compile(
    r"^(?:mkdocs|zensical|mdbook|sphinx|properdocs|docsify) (?:serve|autobuild)\b"
)
_SITES = re.compile(r"^(?:vitepress|vuepress|docusaurus|hugo|jekyll|rspress)\b")
_SITE_FOLDER = re.compile(
    r"(^|/)docs?(-\w+)?(/|$)|^(documentation|site|website|www|locale|benchmarks?)(/|$)"
)
# They walk through the members of a workspace, whose scripts may be anywhere.
_WALKERS = ("turbo", "nx", "lerna")


def starts(sources: Sources, run: str, directory: str) -> bool:
    """Whether a command ends in a program that stays, or in one that nobody knows."""
    if beside(sources, directory):
        return False
    return any(_stays(sources, leaf, place) for leaf, place in _ends(sources, run, directory))


def beside(sources: Sources, directory: str) -> bool:
    """Whether a folder holds the documents or the site of a project that lives elsewhere."""
    side = _SITE_FOLDER.search(directory)
    return bool(side) and not all(_SITE_FOLDER.search(unit.dir) for unit in sources.units)


def _ends(sources: Sources, run: str, directory: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The commands behind targets, scripts and the like, with their folders."""
    plain, here = relocate(run, directory)
    called = sources.called(run, directory)
    texts = [(line, target.dir) for target in called for line in target.body]
    texts += [(part, here) for part in side_by_side(plain) if " " in part]
    if not texts and not uses(plain):
        texts = [(text, here) for text in [sources.script(plain, here)[1]] if text]
    if called and not texts:
        return
    if not texts or depth >= MAX_DEPTH:
        yield plain, here
        return
    for text, folder in texts:
        for part, place, _ in commands(text, folder):
            yield from _ends(sources, part, place, depth + 1)


def _stays(sources: Sources, run: str, directory: str) -> bool:
    plain = bare(run)
    if not plain or _NOTHING.match(plain) or _FOR_TESTS.search(plain):
        return False
    if _COMPOSE_UP.match(plain):
        return builds_service(sources, plain, directory)
    only_text = all(unit.ecosystem == "text" for unit in sources.units)
    if (_DOCUMENTS.match(plain) and not only_text) or (_SITES.match(plain) and directory != "."):
        return False
    found = uses(run)
    return not found or any(
        use.slots[:1] == ("start",) or (not use.slots and use.key in _WALKERS) for use in found
    )


# What tests talk to: a program of theirs, or one that is named after them.
_FOR_TESTS = re.compile(r"^(?:(?:node|ruby|php|bash|sh) )?[\w./-]*(?<![a-z])tests?(?![a-z])", re.I)

_COMPOSE_UP = re.compile(r"^docker[ -]compose (?:.* )?up\b")
# Images of databases and the like, which tests need.
STORE = re.compile(
    r"postgres|mysql|maria|mongo|redis|valkey|memcache|rabbit|kafka|nats|elastic|opensearch|minio"
    r"|sqlserver|mssql|oracle|cassandra|mail(hog|pit|catcher)|adminer|localstack|jaeger|azurite"
    r"|ldap|etcd|vault|openbao|consul|keycloak|zookeeper|prometheus|grafana"
)
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def builds_service(sources: Sources, run: str, directory: str) -> bool:
    """Whether `docker compose up` starts the project's image, not only databases for tests."""
    said = words(run)
    named = [said[i + 1] for i, word in enumerate(said[:-1]) if word in ("-f", "--file")]
    paths = [join(directory, name) for name in named or _COMPOSE]
    found = (mapping(dig(sources.scan.yaml(p), "services")) for p in paths if sources.scan.has(p))
    services = [service for group in found for service in group.values()]
    image = sources.scan.has(join(directory, "Dockerfile"))
    return any(
        dig(service, "build") or (image and not STORE.search(str(dig(service, "image"))))
        for service in services
    )
