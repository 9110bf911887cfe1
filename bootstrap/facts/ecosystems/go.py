"""Go: modules, golangci-lint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = re.compile(
    r"^\s*(?!.*// indirect)(github\.com/(gin-gonic/gin|labstack/echo|go-chi/chi|gofiber/fiber"
    r"|gorilla/mux|julienschmidt/httprouter|go-kratos/kratos|zeromicro/go-zero|beego/beego)"
    r")",
    re.MULTILINE,
)


COMMANDS = re.compile(
    r"^\s*(?!.*// indirect)github\.com/(spf13/cobra|urfave/cli|alecthomas/kong|alecthomas/kingpin"
    r"|mitchellh/cli|hashicorp/cli|google/subcommands)\b",
    re.MULTILINE,
)


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per go.mod, inner ones with Go below; a go.work beside the root's stands for all."""
    workspaces = ("go-workspace",) if scan.has("go.work") else ()
    for path in scan.named("go.mod"):
        directory = folder(path)
        if scan.has("go.work") and directory != "." and scan.has("go.mod"):
            continue
        if directory == "." or any(name.endswith(".go") for name in scan.under(directory)):
            offers = tuple(_offers(scan, directory))
            yield Unit("go", directory, Evidence(path), ("go-modules",), offers, (), workspaces)
            workspaces = ()


def _offers(scan: Scan, directory: str) -> Iterator[Offer]:
    module = Evidence(join(directory, "go.mod"))
    yield Offer("install", "go mod download", module)
    for name in (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json"):
        for place in dict.fromkeys((directory, ".")):
            if scan.has(join(place, name)):
                yield Offer("lint", "golangci-lint run", Evidence(join(place, name)))
                break
    yield Offer("format", "gofmt -l .", module)
    test = next((path for path in scan.under(directory) if path.endswith("_test.go")), "")
    if test:
        yield Offer("test", "go test ./...", Evidence(test))
    mains = list(_mains(scan, directory))
    if mains:
        yield Offer(
            "build", "go build ./..." if len(mains) > 1 else _with("go build", mains[0]), module
        )
    if len(mains) == 1 and _serves(scan, directory, mains[0]):
        yield Offer("start", _with("go run", mains[0] or "."), module)


def _serves(scan: Scan, directory: str, main: str) -> bool:
    """Whether a program serves when it is only called: one with commands needs one of them."""
    required = scan.text(join(directory, "go.mod"))
    acts = re.search(r"\b(RunE?|Action):", scan.text(join(directory, main, "main.go")))
    return bool(SERVERS.search(required) and (acts or not COMMANDS.search(required)))


def _mains(scan: Scan, directory: str) -> Iterator[str]:
    """The packages with a main.go at the usual places, as arguments of the go command."""
    if scan.has(join(directory, "main.go")):
        yield ""
    prefix = "" if directory == "." else directory + "/"
    for path in scan.called("main.go"):
        match = re.fullmatch(re.escape(prefix) + r"(cmd/[^/]+)/main\.go", path)
        if match:
            yield "./" + match[1]


def _with(command: str, argument: str) -> str:
    return f"{command} {argument}".strip()


ECOSYSTEM = Ecosystem(
    name="go",
    languages={".go": "go"},
    units=units,
    tools={
        "golangci-lint run": "lint",
        "golangci-lint fmt": "format",
        "staticcheck": "lint",
        "revive": "lint",
        "golint": "lint",
        "go vet": "lint",
        "gofmt": "format",
        "gofumpt": "format",
        "goimports": "format",
        "go fmt": "format",
        "go test": "test",
        "gotestsum": "test",
        "ginkgo": "test",
        "go build": "build",
        "goreleaser build": "build",
        "go run": "start",
        "air": "start",
        "go mod download": "install",
        "go get": "",
        "go mod tidy": "",
        "go install": "",
    },
)
