"""Terraform and OpenTofu modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the root where .tf files stand there."""
    for path in scan.inside("."):
        if path.endswith(".tf"):
            offers = [
                Offer("install", "terraform init", Evidence(path)),
                Offer("format", "terraform fmt -check -recursive", Evidence(path)),
                Offer("typecheck", "terraform validate", Evidence(path)),
            ]
            if scan.has(".tflint.hcl"):
                offers.append(Offer("lint", "tflint", Evidence(".tflint.hcl")))
            yield Unit("terraform", ".", Evidence(path), (), tuple(offers))
            return


ECOSYSTEM = Ecosystem(
    name="terraform",
    languages={".tf": "hcl", ".tofu": "hcl", ".hcl": "hcl", ".tfvars": "hcl"},
    units=units,
    tools={
        "terraform init": "install",
        "terraform fmt": "format",
        "terraform validate": "typecheck lint",
        "terraform test": "test",
        "tflint": "lint",
        "tofu init": "install",
        "tofu fmt": "format",
        "tofu validate": "typecheck lint",
    },
)
