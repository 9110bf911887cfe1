"""Scala's builders for the JVM: sbt and Mill."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

# Build file → the builder, how to call it, and its commands for building and testing.
BUILDERS = (
    (("build.sbt",), "sbt", "compile", "test"),
    (("build.mill", "build.sc", "build.mill.scala"), "mill", "__.compile", "__.test"),
)


def units(scan: Scan) -> Iterator[Unit]:
    """A unit at the outermost build file of each builder."""
    for names, builder, build, test in BUILDERS:
        for path in scan.named(*names)[:1]:
            wrapper = f"./{builder}" if scan.has(builder) else builder
            offers = [Offer("build", f"{wrapper} {build}", Evidence(path))]
            if any(
                "src/test/" in name or "/test/src/" in name for name in scan.under(folder(path))
            ):
                offers.append(Offer("test", f"{wrapper} {test}", Evidence(path)))
            if scan.has(".scalafmt.conf"):
                check = "scalafmtCheckAll" if builder == "sbt" else "__.checkFormat"
                offers.append(Offer("format", f"{wrapper} {check}", Evidence(".scalafmt.conf")))
            aliases = tuple(_aliases(scan, path, wrapper)) if builder == "sbt" else ()
            yield Unit("jvm", folder(path), Evidence(path), (builder,), tuple(offers), aliases)


_ALIAS = re.compile(r"addCommandAlias\(\s*\"([\w-]+)\",\s*\"+([^\"\n]+)\"+")


def _aliases(scan: Scan, path: str, wrapper: str) -> Iterator[Target]:
    """The commands that a build gives a name: `addCommandAlias("fmt", "all scalafmtAll")`."""
    for match in _ALIAS.finditer(scan.text(path)):
        run = f"{wrapper} {match[1]}"
        where = Evidence(path, scan.text(path).count("\n", 0, match.start()) + 1, match[0][:200])
        body = tuple(f'sbt "{step.strip()}"' for step in match[2].split(";") if step.strip())
        yield Target(match[1], run, folder(path), body, where, "sbt", "jvm")


ECOSYSTEM = Ecosystem(
    name="jvm",
    languages={".sc": "scala", ".sbt": "scala"},
    units=units,
    goals=("sbt",),
    tools={
        "sbt test": "test",
        "sbt testAll": "test",
        "sbt compile": "build",
        "sbt Test/compile": "build",
        "sbt test:compile": "build",
        "sbt package": "build",
        "sbt scalafmtCheckAll": "format",
        "sbt scalafmtCheck": "format",
        "sbt scalafmtAll": "format",
        "sbt scalafixAll": "lint",
        "sbt headerCheckAll": "",
        "sbt mimaReportBinaryIssues": "",
        "sbt run": "start",
        "mill __.test": "test",
        "mill __.compile": "build",
        "mill __.assembly": "build",
        "mill __.checkFormat": "format",
        "mill __.reformat": "format",
        "mill mill.scalalib.scalafmt.ScalafmtModule/checkFormatAll": "format",
        "mill mill.scalalib.scalafmt/checkFormatAll": "format",
        "scalafmt": "format",
        "scalafix": "lint",
    },
)
