"""Dart and Flutter: pub, the analyzer, the formatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.load import dig
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import Scan, folder, join, siblings

if TYPE_CHECKING:
    from collections.abc import Iterator


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the outermost pubspec.yaml; packages side by side belong to the root."""
    paths = scan.named("pubspec.yaml")
    members = siblings(paths)
    for path in paths[:1]:
        directory = "." if folder(path) in members else folder(path)
        own = folder(path) == directory
        offers = tuple(_offers(scan, path)) if own else ()
        workspace = ("pub-workspace",) if own and dig(scan.yaml(path), "workspace") else ()
        listed = () if workspace else members
        yield Unit(
            "dart", directory, Evidence(path), ("pub",), offers, (), workspace, members=listed
        )


def _offers(scan: Scan, path: str) -> Iterator[Offer]:
    directory = folder(path)
    tool = "flutter" if dig(scan.yaml(path), "dependencies", "flutter") else "dart"
    yield Offer("install", f"{tool} pub get", Evidence(path))
    rules = join(directory, "analysis_options.yaml")
    if scan.has(rules):
        yield Offer("lint", f"{tool} analyze", Evidence(rules))
    yield Offer("format", "dart format --output=none --set-exit-if-changed .", Evidence(path))
    tests = scan.under(join(directory, "test"))
    test = next((name for name in tests if name.endswith("_test.dart")), "")
    if test:
        yield Offer("test", f"{tool} test", Evidence(test))


ECOSYSTEM = Ecosystem(
    name="dart",
    languages={".dart": "dart"},
    units=units,
    tools={
        "dart pub get": "install",
        "flutter pub get": "install",
        "dart analyze": "lint",
        "flutter analyze": "lint",
        "dart format": "format",
        "dart test": "test",
        "flutter test": "test",
        "very_good test": "test",
        "dart compile": "build",
        "flutter build": "build",
        "flutter run": "start",
    },
)
