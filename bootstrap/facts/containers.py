"""Dev containers, and what the image and the Compose file in the root offer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

DEVCONTAINER = re.compile(
    r"^(\.devcontainer/devcontainer\.json|\.devcontainer\.json|\.devcontainer/[^/]+/devcontainer\.json)$"
)
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def devcontainers(scan: Scan) -> tuple[str, ...]:
    """Dev container configurations in every place where clients look, in their order."""
    return tuple(sorted((path for path in scan.top if DEVCONTAINER.match(path)), key=order))


def order(path: str) -> tuple[bool, bool, str]:
    """The key by which clients sort dev containers: without a choice they take the first."""
    return (path.count("/") > 1, path != ".devcontainer/devcontainer.json", path)


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
