"""Elixir: Mix and Phoenix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per mix.exs that is the root's or has its lock."""
    for path in scan.named("mix.exs"):
        directory = folder(path)
        if directory != "." and not scan.has(join(directory, "mix.lock")):
            continue
        umbrella = ("mix-umbrella",) if "apps_path:" in scan.text(path) else ()
        yield Unit(
            "elixir",
            directory,
            Evidence(path),
            ("mix",),
            tuple(_offers(scan, directory, path)),
            tuple(_aliases(scan, path)),
            umbrella,
        )


def _offers(scan: Scan, directory: str, path: str) -> Iterator[Offer]:
    text = scan.text(path)
    yield Offer("install", "mix deps.get", Evidence(path))
    if ":credo" in text:
        yield Offer("lint", "mix credo", scan.at(path, ":credo"))
    if scan.has(join(directory, ".formatter.exs")):
        formatter = Evidence(join(directory, ".formatter.exs"))
        yield Offer("format", "mix format --check-formatted", formatter)
    if ":dialyxir" in text:
        yield Offer("typecheck", "mix dialyzer", scan.at(path, ":dialyxir"))
    yield Offer("test", "mix test", Evidence(path))
    yield Offer("build", "mix compile", Evidence(path))
    # A library for Phoenix configures no endpoint of its own.
    configured = any(
        "Endpoint" in scan.text(join(place, name))
        for place in dict.fromkeys((directory, "."))
        for name in ("config/config.exs", "config/runtime.exs", "config/dev.exs")
    )
    if re.search(r"\{:phoenix,", text) and configured:
        yield Offer("start", "mix phx.server", scan.at(path, r"\{:phoenix,"))


def _aliases(scan: Scan, path: str) -> Iterator[Target]:
    body = re.search(r"defp? aliases.*?\n  end", scan.text(path), re.DOTALL)
    pattern = r"^\s*(?:\"([\w.:-]+)\":|([\w.]+):)\s*\[?(.*)"
    for match in re.finditer(pattern, body[0] if body else "", re.MULTILINE):
        name = match[1] or match[2]
        steps = tuple("mix " + step for step in re.findall(r"\"([^\"]+)\"", match[3]))
        where = scan.at(path, rf"^\s*\"?{re.escape(name)}\"?:")
        yield Target(name, f"mix {name}", folder(path), steps, where, "mix", "elixir")


ECOSYSTEM = Ecosystem(
    name="elixir",
    languages={".ex": "elixir", ".exs": "elixir"},
    units=units,
    tools={
        "mix deps.get": "install",
        "mix credo": "lint",
        "mix sobelow": "",
        "mix compile --warnings-as-errors": "- lint",
        "mix compile": "build",
        "mix format": "format",
        "mix dialyzer": "typecheck",
        "mix test": "test",
        "mix coveralls": "test",
        "mix release": "build",
        "mix phx.server": "start",
        "iex -S mix phx.server": "start",
    },
)
