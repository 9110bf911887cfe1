"""Ansible playbooks, roles and collections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

MARKS = ("ansible.cfg", "galaxy.yml", ".ansible-lint", "meta/main.yml", "site.yml", "playbook.yml")


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the root that has one of Ansible's own files."""
    mark = next((path for path in MARKS if scan.has(path)), "")
    if not mark:
        return
    offers = []
    if scan.has(".ansible-lint"):
        offers.append(Offer("lint", "ansible-lint", Evidence(".ansible-lint")))
    managers: tuple[str, ...] = ()
    for path in ("requirements.yml", "requirements.yaml"):
        if re.search(r"^(collections|roles):|^- (src|name):", scan.text(path), re.MULTILINE):
            managers = ("ansible-galaxy",)
            offers.append(Offer("install", f"ansible-galaxy install -r {path}", Evidence(path)))
    if any(
        scan.at(path, r"pip3? install .*ansible").line for path in scan.under(".github/workflows")
    ):
        managers = ("pip", *managers)
    yield Unit("ansible", ".", Evidence(mark), managers, tuple(offers))


ECOSYSTEM = Ecosystem(
    name="ansible",
    units=units,
    tools={
        "ansible-galaxy install": "install",
        "ansible-galaxy collection install": "install",
        "ansible-galaxy role install": "install",
        "ansible-lint": "lint",
        "ansible-playbook": "start",
        "ansible-playbook --syntax-check": "test",
        "molecule test": "test",
    },
)
