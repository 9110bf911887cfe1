""".NET: solutions and projects."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import MAX_MANIFESTS, Scan, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = (".csproj", ".fsproj", ".vbproj")
SOLUTION = (".sln", ".slnx")
# A project that builds or measures the others: Nuke's own begins with an underscore.
_TOOL = re.compile(r"\A(?:.*/)?_|Include=\"(Nuke|Fallout|Cake|Bullseye|BenchmarkDotNet)\b")
TEST_PROJECT = tuple(f"{word}{end}" for word in ("test", "tests") for end in PROJECT)


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the outermost solution, or at the outermost project where there is none."""
    found = scan.ending(*SOLUTION, *PROJECT)
    solutions = [path for path in found if path.endswith(SOLUTION)]
    projects = [path for path in found if path.endswith(PROJECT)]
    if not solutions and not projects:
        return
    first = (solutions or projects)[0]
    offers = tuple(_offers(scan, first, projects))
    workspace = ("dotnet-solution",) if solutions else ()
    yield Unit("dotnet", folder(first), Evidence(first), ("nuget",), offers, (), workspace)


def _offers(scan: Scan, first: str, projects: list[str]) -> Iterator[Offer]:
    which = _which(scan, first)
    yield Offer("install", "dotnet restore" + which, Evidence(first))
    yield Offer("build", "dotnet build" + which, Evidence(first))
    tests = (path for path in scan.own if path.lower().endswith(TEST_PROJECT))
    for path in tests:
        yield Offer("test", "dotnet test" + which, Evidence(path))
        break
    starts = list(_startable(scan, projects))
    if len(starts) == 1:
        relative = posixpath.relpath(folder(starts[0]), folder(first))
        project = "" if relative == "." else f" --project {relative}"
        yield Offer("start", f"dotnet run{project}", Evidence(starts[0]))


def _which(scan: Scan, first: str) -> str:
    """The argument without which the commands stop where a folder has several of the files."""
    beside = [name for name in scan.inside(folder(first)) if name.endswith((*SOLUTION, *PROJECT))]
    name = posixpath.basename(first)
    return "" if len(beside) == 1 else f' "{name}"' if " " in name else f" {name}"


def _startable(scan: Scan, projects: list[str]) -> list[str]:
    """An Aspire host starts everything; else the one web project or executable."""
    texts = {path: scan.text(path) for path in projects[:MAX_MANIFESTS]}
    texts = {path: text for path, text in texts.items() if not _TOOL.search(f"{path}\n{text}")}
    for pattern in (
        r"Aspire\.AppHost\.Sdk|<IsAspireHost>",
        r"Sdk=\"Microsoft\.NET\.Sdk\.Web\"|<OutputType>Exe",
    ):
        found = [path for path, text in texts.items() if re.search(pattern, text)]
        if found:
            return found
    return []


# Targets of build scripts in C#; the argument says what the script does.
_TARGETS = {
    "Compile": "build",
    "Build": "build",
    "Pack": "build",
    "Test": "test",
    "Tests": "test",
    "UnitTests": "test",
    "UnitTest": "test",
    "RunTests": "test",
    "Restore": "install",
    "Lint": "lint",
    "Format": "format",
}
_CALLS = ("nuke {}", "build.sh {}", "build.cmd {}", "build.ps1 {}", "build.ps1 -t {}")
_FLAGS = ("--target={}", "--target {}", "-Target {}")
_SCRIPTS = ("dotnet cake", "build.sh", "build.ps1", "build.cmd", "dotnet run")

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
        "dotnet csharpier": "format",
        "fantomas": "format",
        "dotnet fantomas": "format",
        "dotnet-format": "format",
        **{call.format(name): slot for name, slot in _TARGETS.items() for call in _CALLS},
        **{
            f"{script} {flag.format(name)}": slot
            for name, slot in _TARGETS.items()
            for script in _SCRIPTS
            for flag in _FLAGS
        },
        "aspire run": "start",
    },
)
