""".NET: solutions and projects."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import MAX_MANIFESTS, Scan, folder, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = (".csproj", ".fsproj", ".vbproj")
TEST_PROJECT = tuple(f"{word}{end}" for word in ("test", "tests") for end in PROJECT)


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the outermost solution, or at the outermost project where there is none."""
    solutions = nearest(path for path in scan.real if path.endswith((".sln", ".slnx")))
    projects = nearest(path for path in scan.real if path.endswith(PROJECT))
    if not solutions and not projects:
        return
    first = (solutions or projects)[0]
    offers = tuple(_offers(scan, first, projects))
    workspace = ("dotnet-solution",) if solutions else ()
    yield Unit("dotnet", folder(first), Evidence(first), ("nuget",), offers, (), workspace)


def _offers(scan: Scan, first: str, projects: list[str]) -> Iterator[Offer]:
    yield Offer("install", "dotnet restore", Evidence(first))
    yield Offer("build", "dotnet build", Evidence(first))
    tests = (path for path in scan.own if path.lower().endswith(TEST_PROJECT))
    for path in tests:
        yield Offer("test", "dotnet test", Evidence(path))
        break
    starts = list(_startable(scan, projects))
    if len(starts) == 1:
        relative = posixpath.relpath(folder(starts[0]), folder(first))
        project = "" if relative == "." else f" --project {relative}"
        yield Offer("start", f"dotnet run{project}", Evidence(starts[0]))


def _startable(scan: Scan, projects: list[str]) -> list[str]:
    """An Aspire host starts everything; else the one web project or executable."""
    texts = {path: scan.text(path) for path in projects[:MAX_MANIFESTS]}
    for pattern in (
        r"Aspire\.AppHost\.Sdk|<IsAspireHost>",
        r"Sdk=\"Microsoft\.NET\.Sdk\.Web\"|<OutputType>Exe",
    ):
        found = [path for path, text in texts.items() if re.search(pattern, text)]
        if found:
            return found
    return []


ECOSYSTEM = Ecosystem(
    name="dotnet",
    languages={".cs": "csharp", ".fs": "fsharp", ".vb": "visual-basic", ".cshtml": "csharp"},
    units=units,
    tools={
        "dotnet restore": "install",
        "dotnet build": "build",
        "dotnet test": "test",
        "dotnet format": "format",
        "dotnet run": "start",
        "dotnet watch": "start",
        "dotnet publish": "",
        "dotnet pack": "",
        "csharpier": "format",
        "aspire run": "start",
    },
)
