"""R: packages with a DESCRIPTION, projects with an renv.lock; testthat and lintr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the outermost package, or at the outermost lock file."""
    packages = [path for path in scan.named("DESCRIPTION") if scan.at(path, "^Package:").line]
    for path in (packages or scan.named("renv.lock"))[:1]:
        managers = ("renv",) if scan.has(join(folder(path), "renv.lock")) else ()
        yield Unit("r", folder(path), Evidence(path), managers, tuple(_offers(scan, folder(path))))


def _offers(scan: Scan, directory: str) -> Iterator[Offer]:
    lock, description = join(directory, "renv.lock"), join(directory, "DESCRIPTION")
    if scan.has(lock):
        yield Offer("install", "Rscript -e 'renv::restore()'", Evidence(lock))
    elif scan.has(description):
        yield Offer("install", "Rscript -e 'pak::local_install_dev_deps()'", Evidence(description))
    rules, tests = join(directory, ".lintr"), join(directory, "tests/testthat.R")
    if scan.has(rules):
        yield Offer("lint", "Rscript -e 'lintr::lint_package()'", Evidence(rules))
    if scan.has(tests):
        yield Offer("test", "Rscript -e 'testthat::test_local()'", Evidence(tests))


ECOSYSTEM = Ecosystem(
    name="r",
    languages={".r": "r", ".rmd": "r"},
    units=units,
    tools={"R CMD build": "build", "R CMD check": "test", "R CMD INSTALL": "install"},
)
