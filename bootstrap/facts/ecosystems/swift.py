"""Swift: the package manager, SwiftLint, the formatters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

# A configuration → what reads it.
CONFIGURED = (
    ("lint", "swiftlint", ".swiftlint.yml"),
    ("format", "swiftformat --lint .", ".swiftformat"),
    ("format", "swift format lint --recursive .", ".swift-format"),
)


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the outermost Package.swift."""
    for path in scan.named("Package.swift")[:1]:
        directory = folder(path)
        offers = [
            Offer("install", "swift package resolve", Evidence(path)),
            Offer("build", "swift build", Evidence(path)),
        ]
        if scan.at(path, r"\.testTarget\(").line:
            offers.append(Offer("test", "swift test", scan.at(path, r"\.testTarget\(")))
        for slot, run, name in CONFIGURED:
            if scan.has(join(directory, name)):
                offers.append(Offer(slot, run, Evidence(join(directory, name))))
        yield Unit("swift", directory, Evidence(path), ("swiftpm",), tuple(offers))


ECOSYSTEM = Ecosystem(
    name="swift",
    languages={".swift": "swift"},
    units=units,
    tools={
        "swift package resolve": "install",
        "swift build": "build",
        "swift test": "test",
        "swift run": "start",
        "swiftlint": "lint",
        "swiftlint lint": "lint",
        "swiftformat": "format",
        "swift-format": "format",
        "swift-format lint": "format lint",
        "swift format": "format",
        "swift format lint": "format lint",
        "xcodebuild build": "build",
        "xcodebuild test": "test",
    },
)
