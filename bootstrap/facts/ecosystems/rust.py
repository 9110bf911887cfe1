"""Rust: Cargo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping, strings
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = re.compile(
    r"^\s*\"?(?!.*optional *= *true)"
    r"(axum|actix-web|rocket|warp|poem|salvo|tide|tonic|loco-rs|gotham)\b",
    re.MULTILINE,
)


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per Cargo workspace and per crate outside one."""
    roots: list[str] = []
    for path in scan.named("Cargo.toml"):
        directory, manifest = folder(path), scan.toml(path)
        if not manifest or any(_below(directory, root) for root in roots):
            continue
        workspace = dig(manifest, "workspace") is not None
        roots.append(directory)
        offers = tuple(_offers(scan, directory, path))
        yield Unit(
            "rust",
            directory,
            Evidence(path),
            ("cargo",),
            offers,
            tuple(_aliases(scan, directory)),
            ("cargo-workspace",) if workspace else (),
        )


def _below(directory: str, root: str) -> bool:
    return root in (".", directory) or directory.startswith(root + "/")


def _offers(scan: Scan, directory: str, path: str) -> Iterator[Offer]:
    manifest = Evidence(path)
    yield Offer("install", "cargo fetch", manifest)
    yield Offer("lint", "cargo clippy", manifest)
    yield Offer("format", "cargo fmt --check", manifest)
    yield Offer("typecheck", "cargo check", manifest)
    yield Offer("test", "cargo test", manifest)
    yield Offer("build", "cargo build", manifest)
    binary = scan.has(join(directory, "src/main.rs")) or dig(scan.toml(path), "bin")
    if binary and SERVERS.search(scan.text(path)):
        yield Offer("start", "cargo run", scan.at(path, SERVERS.pattern))


def _aliases(scan: Scan, directory: str) -> Iterator[Target]:
    """The aliases of cargo; one that runs a program of the workspace has the name of its task."""
    for name in ("config.toml", "config"):
        path = join(directory, ".cargo", name)
        for alias, value in mapping(scan.toml(path).get("alias")).items():
            said = " ".join(strings(value))
            if said and not re.match(r"(run|r)\b", said):
                where = scan.at(path, rf"^\s*\"?{re.escape(alias)}\"?\s*=")
                body = (f"cargo {said}",)
                yield Target(alias, f"cargo {alias}", directory, body, where, "cargo", "rust")


# Names of tasks in a crate that stands for a makefile, by convention called xtask.
_TASKS = {
    "test": "test",
    "tests": "test",
    "lint": "lint",
    "clippy": "lint",
    "fmt": "format",
    "format": "format",
    "build": "build",
    "dist": "build",
    "setup": "install",
}

ECOSYSTEM = Ecosystem(
    name="rust",
    languages={".rs": "rust"},
    units=units,
    tools={
        "cargo clippy": "lint",
        "cargo fmt": "format",
        "rustfmt": "format",
        "cargo check": "typecheck",
        "cargo test": "test",
        "cargo nextest run": "test",
        "cross test": "test",
        "cargo build": "build",
        "cross build": "build",
        "cargo run": "start",
        "cargo watch": "start",
        "cargo fetch": "install",
        "cargo install": "",
        "cargo doc": "",
        "cargo deny": "",
        "cargo audit": "",
        "cargo xtask": "",
        **{f"cargo xtask {task}": slot for task, slot in _TASKS.items()},
    },
)
