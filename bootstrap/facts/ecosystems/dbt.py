"""dbt: models in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per dbt project."""
    for path in scan.named("dbt_project.yml"):
        directory = folder(path)
        offers = [Offer("build", "dbt build", Evidence(path))]
        for name in ("packages.yml", "dependencies.yml"):
            if scan.has(join(directory, name)):
                offers.append(Offer("install", "dbt deps", Evidence(join(directory, name))))
                break
        if scan.has(".sqlfluff"):
            offers.append(Offer("lint", "sqlfluff lint", Evidence(".sqlfluff")))
        yield Unit("dbt", directory, Evidence(path), (), tuple(offers))


ECOSYSTEM = Ecosystem(
    name="dbt",
    languages={".sql": "sql"},
    units=units,
    weight=0.3,
    tools={
        "sqlfluff lint": "lint",
        "sqlfluff fix": "format",
        "sqlfluff format": "format",
        "dbt build": "build",
        "dbt run": "build",
        "dbt compile": "build",
        "dbt test": "test",
        "dbt deps": "install",
        "dbt seed": "",
    },
)
