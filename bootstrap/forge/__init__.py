"""What files can't do: labels, required checks, environments and variables on a forge.

`Settings` are what a repository wants, `State` what its forge has, both in the same nouns for every
forge. `plan` makes a list of `Change` of the two. A forge reads the one and writes the other: it is
a file of its own here, and the only one that knows an API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Part = Literal["auto-merge", "label", "ruleset", "environment", "variable"]
Action = Literal["create", "update", "delete", "same", "kept", "todo", "skipped"]


@dataclass(frozen=True)
class Switch:
    """A setting that is either on or not mentioned."""

    needs: tuple[str, ...] = ()
    """An entry counts only where one of these files is; without any it always does."""


@dataclass(frozen=True)
class Label:
    """A label of issues and pull requests."""

    name: str
    color: str
    """Six hexadecimal digits in lower case."""
    description: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    """A variable of the repository, with the value that it gets if there is none."""

    name: str
    value: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """A deployment environment that only jobs of the default branch may use."""

    name: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holder:
    """The variable of an environment that holds the id of an App."""

    environment: str
    variable: str


@dataclass(frozen=True)
class Check:
    """A check that a change has to pass, and who may report it."""

    name: str
    app: str | Holder | None = None
    """The App by its slug, or where its id is; None: anybody may report the check."""
    once: Variable | None = None
    """Required only while this variable of the repository has this value."""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ruleset:
    """The checks that a change needs before it comes to the default branch."""

    name: str
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What a repository wants of its forge."""

    auto_merge: Switch | None = None
    labels: tuple[Label, ...] = ()
    ruleset: Ruleset | None = None
    environments: tuple[Environment, ...] = ()
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class Pin:
    """A required check, and the id of the App that has to report it; None: anybody may."""

    name: str
    app: int | None = None


@dataclass(frozen=True)
class Rules:
    """The ruleset of our name as the forge has it."""

    id: int
    pins: tuple[Pin, ...] = ()
    active: bool = True
    """Whether it is enforced, and on the default branch."""
    more: bool = False
    """Whether it holds what `bootstrap` never puts there: other rules, who may bypass them."""
    data: Any = None
    """As the forge gave it: what is written back besides the checks."""


@dataclass(frozen=True)
class Access:
    """Who may use an environment, and its variables."""

    branches: frozenset[str] | None
    """Patterns of the branches whose jobs may use it; None: those of every branch."""
    variables: Mapping[str, str] = field(default_factory=dict)
    bare: bool = False
    """Whether it has no rule at all, as one that the forge made for the first job that named it."""


@dataclass(frozen=True)
class State:
    """What the forge has of that which `Settings` want."""

    name: str
    """OWNER/NAME, as the forge spells it."""
    host: str
    branch: str
    """The default branch."""
    auto_merge: bool = False
    labels: tuple[Label, ...] = ()
    ruleset: Rules | None = None
    environments: Mapping[str, Access] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=dict)
    """Variables of its organisation, which hold where the repository has none of that name."""
    apps: Mapping[str, int] = field(default_factory=dict)
    """Slug → id of the Apps that checks are pinned to, as far as the forge knows them."""
    files: frozenset[str] = frozenset()
    """Which of the files that checks need are on the default branch."""
    required: frozenset[str] = frozenset()
    """Every check that is required on the default branch, by whatever rule."""
    closed: Mapping[Part, RefusedError] = field(default_factory=dict)
    """What the forge let nobody read, and why."""

    def value_of(self, variable: str) -> str | None:
        """The value that a workflow of the repository sees."""
        return self.variables.get(variable, self.inherited.get(variable))


@dataclass(frozen=True)
class Change:
    """One step of a plan, or why there is none: the words are those of plans of files."""

    part: Part
    name: str
    action: Action
    why: str = ""
    value: Label | Variable | Environment | Rules | None = None
    """What is written, for the forge."""
    snippet: str = ""
    """What to paste by hand."""

    @property
    def writes(self) -> bool:
        """Whether anything is written."""
        return self.action in {"create", "update", "delete"}


class RefusedError(Exception):
    """The forge refuses one thing; the rest can go on. `cause` and `remedy` as of a UserError."""

    def __init__(self, cause: str, remedy: str, *, plan: bool = False) -> None:
        super().__init__(f"{cause}: {remedy}" if remedy else cause)
        self.plan = plan
        """Whether a paid plan would allow it, and not another token."""


class Forge(Protocol):
    """One repository on one forge."""

    def read(self, wanted: Settings) -> State:
        """What the forge has of that which is wanted."""

    def write(self, change: Change, state: State) -> None:
        """Do one change of a plan; RefusedError if the forge does not allow it."""
