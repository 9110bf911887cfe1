"""What is read on the way to the facts: calls, targets, offers and units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bootstrap.facts.model import Evidence
    from bootstrap.facts.scan import Scan

PULL_REQUEST, PUSH, OTHER = 0, 1, 2
"""What makes a workflow run; what runs on a pull request says most about the everyday commands."""


@dataclass(frozen=True)
class Call:
    """A command that CI or a document runs."""

    run: str
    dir: str
    evidence: Evidence
    trigger: int = OTHER
    label: str = ""
    """The names of step and job."""
    event: int = OTHER
    """What starts the workflow, whatever its name says: the trigger without that judgement."""
    env: str = ""
    """What CI sets to make a tool stricter: `RUSTFLAGS=-Dwarnings`."""
    special: bool = False
    """Whether it is run for another system or toolchain, or by an action that brings the tool."""


@dataclass(frozen=True)
class Target:
    """A name that a task runner gives to commands: `make lint`, `npm run build`."""

    name: str
    run: str
    dir: str
    body: tuple[str, ...]
    evidence: Evidence
    runner: str
    ecosystem: str = ""
    """Set where the runner belongs to one: package.json scripts, Composer scripts, Mix aliases."""
    takes: bool = False
    """Whether it hands on what stands behind its name."""
    member: bool = False
    """Whether it stands in a workspace member, where its root is the one to call."""


@dataclass(frozen=True)
class Offer:
    """A command that follows from a manifest or a tool's configuration."""

    slot: str
    run: str
    evidence: Evidence


@dataclass(frozen=True)
class Unit:
    """A project of one ecosystem in one folder, as its manifests describe it."""

    ecosystem: str
    dir: str
    evidence: Evidence
    managers: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    targets: tuple[Target, ...] = ()
    workspaces: tuple[str, ...] = ()
    """Names of the workspace tools that this folder is the root of."""
    members: tuple[str, ...] = ()
    """Folders of packages that are published from here one by one, without a workspace tool."""


def _no_units(_scan: Scan) -> Iterable[Unit]:
    return ()


@dataclass(frozen=True)
class Ecosystem:
    """One language and its tools.

    `tools` maps the first words of a command to the slots it serves: the first slot is what it is
    for, the others are served where nothing better is found; `-` = no first one, '' = for none.
    """

    name: str
    languages: Mapping[str, str] = field(default_factory=dict)
    """File extension → language."""
    tools: Mapping[str, str] = field(default_factory=dict)
    goals: tuple[str, ...] = ()
    """Programs whose every argument is a goal of its own: mvn, gradle."""
    units: Callable[[Scan], Iterable[Unit]] = _no_units
    weight: float = 1.0
    """How much a file says about the main language: markup and user interface code says less."""
