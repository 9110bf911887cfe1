"""Rust: Cargo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
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
            (),
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
        "cargo nextest": "test",
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
    },
)
