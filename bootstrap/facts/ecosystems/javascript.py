"""JavaScript and TypeScript: npm, pnpm, Yarn, Bun, Deno; the scripts of package.json."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from bootstrap.facts.load import dig, mapping, strings
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCKS = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
}

MONOREPO = {
    "turbo.json": "turborepo",
    "nx.json": "nx",
    "lerna.json": "lerna",
    "rush.json": "rush",
    "lage.config.js": "lage",
    "lage.config.cjs": "lage",
    ".moon/workspace.yml": "moon",
}

MAX_SCRIPTS = 300

DENO = ("deno.json", "deno.jsonc")


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per package.json that stands on its own, and per Deno configuration."""
    roots: list[str] = []
    for path in scan.named("package.json"):
        directory = folder(path)
        package = scan.json(path)
        if not package or any(_below(directory, root) for root in roots):
            continue
        workspaces = tuple(_workspaces(scan, directory, package))
        if workspaces:
            roots.append(directory)
        if directory == "." or workspaces or _lock(scan, directory):
            yield _unit(scan, path, package, workspaces)
    yield from _deno(scan)


def _below(directory: str, root: str) -> bool:
    return directory != root and (root == "." or directory.startswith(root + "/"))


def _lock(scan: Scan, directory: str) -> tuple[str, str] | None:
    for name, manager in LOCKS.items():
        if scan.has(join(directory, name)):
            return join(directory, name), manager
    return None


def _manager(scan: Scan, directory: str, package: dict[str, Any]) -> tuple[str, Evidence]:
    declared = str(package.get("packageManager", "")).split("@")[0]
    path = join(directory, "package.json")
    if declared in ("npm", "pnpm", "yarn", "bun"):
        return declared, scan.at(path, r'"packageManager"')
    here = directory
    while True:
        lock = _lock(scan, here)
        if lock:
            return lock[1], Evidence(lock[0])
        if here == ".":
            return "npm", Evidence(path)
        here = folder(here)


def _workspaces(scan: Scan, directory: str, package: dict[str, Any]) -> Iterator[str]:
    manager, _ = _manager(scan, directory, package)
    globs = package.get("workspaces")
    globs = globs.get("packages") if isinstance(globs, dict) else globs
    pnpm = strings(dig(scan.yaml(join(directory, "pnpm-workspace.yaml")), "packages"))
    prefix = "" if directory == "." else directory + "/"
    members = [
        p for p in scan.named("package.json") if p.startswith(prefix) and folder(p) != directory
    ]
    if manager == "pnpm" and members and [glob for glob in pnpm if glob != "."]:
        yield "pnpm-workspaces"
    elif manager != "pnpm" and strings(globs):
        yield f"{manager}-workspaces"
    for name, tool in MONOREPO.items():
        if scan.has(join(directory, name)):
            yield tool


def _unit(scan: Scan, path: str, package: dict[str, Any], workspaces: tuple[str, ...]) -> Unit:
    directory = folder(path)
    manager, evidence = _manager(scan, directory, package)
    targets = tuple(_scripts(scan, path, package, manager))
    offers = [Offer("install", f"{manager} install", evidence)] if _depends(package) else []
    return Unit(
        "javascript",
        directory,
        evidence,
        (manager,),
        (*offers, *_configured(scan, directory, manager)),
        (*targets, *(_members(scan, directory, manager) if workspaces else ())),
        workspaces,
    )


def _members(scan: Scan, directory: str, manager: str) -> Iterator[Target]:
    """The scripts of workspace members: what the root's scripts end in."""
    for path in scan.named("package.json"):
        if _below(folder(path), directory):
            for target in _scripts(scan, path, scan.json(path), manager):
                yield replace(target, member=True)


def _depends(package: dict[str, Any]) -> bool:
    return any(package.get(key) for key in ("dependencies", "devDependencies", "workspaces"))


def _scripts(scan: Scan, path: str, package: dict[str, Any], manager: str) -> Iterator[Target]:
    for name, body in islice(mapping(package.get("scripts")).items(), MAX_SCRIPTS):
        if not isinstance(body, str) or _placeholder(body):
            continue
        where = scan.at(path, rf'^\s*"{re.escape(name)}"\s*:')
        short = manager in ("yarn", "pnpm") or (name in ("test", "start") and manager == "npm")
        run = f"{manager} {name}" if short else f"{manager} run {name}"
        yield Target(name, run, folder(path), (body,), where, manager, "javascript")


def _placeholder(body: str) -> bool:
    """`npm init` writes a test script that only fails; others only print a word."""
    return (
        "no test specified" in body or re.fullmatch(r"echo\b[^&|;]*(&& exit \d)?", body) is not None
    )


CONFIGURED = (
    ("lint", "eslint .", r"(eslint\.config\.[cm]?[jt]s|\.eslintrc(\.\w+)?)"),
    ("lint", "biome check", r"biome\.jsonc?"),
    ("format", "biome format", r"biome\.jsonc?"),
    ("format", "prettier --check .", r"(\.prettierrc(\.\w+)?|prettier\.config\.[cm]?[jt]s)"),
)
EXEC = {"npm": "npx ", "pnpm": "pnpm exec ", "yarn": "yarn ", "bun": "bunx "}


def _configured(scan: Scan, directory: str, manager: str) -> Iterator[Offer]:
    for slot, run, pattern in CONFIGURED:
        name = next((name for name in scan.inside(directory) if re.fullmatch(pattern, name)), "")
        if name:
            yield Offer(slot, EXEC[manager] + run, Evidence(join(directory, name)))


def _deno(scan: Scan) -> Iterator[Unit]:
    paths = scan.named(*DENO)
    members = [replace(t, member=True) for p in paths[1:] for t in _tasks(scan, p, scan.json(p))]
    for path in paths[:1]:
        directory, config = folder(path), scan.json(path)
        tasks = (*_tasks(scan, path, config), *members)
        evidence = scan.at(path)
        offers = [Offer("install", "deno install", evidence)]
        offers += [Offer("lint", "deno lint", evidence), Offer("format", "deno fmt", evidence)]
        workspace = ("deno-workspace",) if config.get("workspace") else ()
        yield Unit("javascript", directory, evidence, ("deno",), tuple(offers), tasks, workspace)


def _tasks(scan: Scan, path: str, config: dict[str, Any]) -> Iterator[Target]:
    for name, value in mapping(config.get("tasks")).items():
        body = value if isinstance(value, str) else mapping(value).get("command")
        where = scan.at(path, rf'^\s*"{re.escape(name)}"\s*:')
        yield Target(
            name,
            f"deno task {name}",
            folder(path),
            tuple(strings(body)),
            where,
            "deno",
            "javascript",
        )


_RUN = ("yarn", "pnpm", "bun")
_PROGRAMS = {
    "eslint": "lint",
    "oxlint": "lint",
    "xo": "lint",
    "standard": "lint",
    "tslint": "lint",
    "next lint": "lint",
    "ng lint": "lint",
    "biome lint": "lint",
    "ultracite check": "lint format",
    "ultracite fix": "format",
    "biome check": "lint format",
    "biome ci": "lint format",
    "biome format": "format",
    "prettier": "format",
    "oxfmt": "format",
    "dprint": "format",
    "tsc": "typecheck build",
    "tsgo": "typecheck",
    "vue-tsc": "typecheck",
    "svelte-check": "typecheck",
    "astro check": "typecheck",
    "vitest": "test",
    "jest": "test",
    "mocha": "test",
    "ava": "test",
    "tap": "test",
    "c8": "test",
    "nyc": "test",
    "borp": "test",
    "node --test": "test",
    "playwright test": "test",
    "playwright install": "",
    "cypress run": "test",
    "ng test": "test",
    "react-scripts test": "test",
    "vite build": "build",
    "vite": "start",
    "next build": "build",
    "next dev": "start",
    "next start": "start",
    "nuxt build": "build",
    "nuxt dev": "start",
    "astro build": "build",
    "astro dev": "start",
    "ng build": "build",
    "ng serve": "start",
    "nest build": "build",
    "nest start": "start",
    "nodemon": "start",
    "webpack": "build",
    "rollup": "build",
    "tsup": "build",
    "tsdown": "build",
    "esbuild": "build",
    "react-scripts build": "build",
    "eleventy": "build",
    "eleventy --serve": "start",
    "react-scripts start": "start",
    "turbo": "",
    "lage test": "test",
    "lage lint": "lint",
    "lage build": "build",
}

ECOSYSTEM = Ecosystem(
    name="javascript",
    languages={
        ".ts": "typescript",
        ".tsx": "typescript",
        ".mts": "typescript",
        ".cts": "typescript",
        ".js": "javascript",
        ".jsx": "javascript",
        ".mjs": "javascript",
        ".cjs": "javascript",
        ".vue": "vue",
        ".svelte": "svelte",
        ".astro": "astro",
    },
    units=units,
    weight=0.2,
    tools={
        **_PROGRAMS,
        # Yarn, pnpm and Bun start a program by its name where no script has it.
        **{f"{runner} {program}": slots for program, slots in _PROGRAMS.items() for runner in _RUN},
        "npm clean-install": "install",
        "npm install-clean": "install",
        "npm ci": "install",
        "npm install": "install",
        "npm i": "install",
        "pnpm install": "install",
        "pnpm i": "install",
        "yarn install": "install",
        "yarn": "install",
        "bun install": "install",
        "bun ci": "install",
        "bun test": "test",
        "deno install": "install",
        "deno lint": "lint",
        "deno fmt": "format",
        "deno check": "typecheck",
        "deno test": "test",
    },
)
