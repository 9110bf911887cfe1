"""What a repository has of each factor: twelve rows, each with its evidence and what is missing.

One file per factor, found by listing this folder: `NUMBER`, `SLUG`, `TITLE`, `PROMISE`, and classes
with a `check` method. The docstring of such a class says what holds if it passes, the docstring of
its `check` is the remedy. `check` takes what it needs by name: `repo`, `facts`, `workflows`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bootstrap.checks._read import workflows

if TYPE_CHECKING:
    from types import ModuleType

    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

YES, PARTLY, NO, NOT_APPLICABLE = "yes", "partly", "no", "not applicable"


@dataclass(frozen=True)
class Result:
    """Whether a check passed (None: it does not apply), and why: `path:line` or short sentences."""

    passed: bool | None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A result with the claim that was checked; `remedy` is empty unless the check failed."""

    check: str
    claim: str
    passed: bool | None
    evidence: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class Factor:
    """One of the twelve: its number, its name in paths, its title, its promise in a sentence."""

    number: int
    slug: str
    title: str
    promise: str


@dataclass(frozen=True)
class Row:
    """The state of one factor: yes, partly, no or not applicable."""

    number: int
    slug: str
    title: str
    promise: str
    state: str
    findings: tuple[Finding, ...]

    @property
    def evidence(self) -> tuple[str, ...]:
        """What was seen, in the order of the checks."""
        return tuple(text for finding in self.findings for text in finding.evidence)

    @property
    def remedies(self) -> tuple[str, ...]:
        """What to do, one sentence or two for each check that failed."""
        return tuple(finding.remedy for finding in self.findings if finding.remedy)


def yes(*evidence: str) -> Result:
    """The check passed."""
    return Result(True, evidence)


def no(*evidence: str) -> Result:
    """The check failed."""
    return Result(False, evidence)


def not_applicable(reason: str) -> Result:
    """The check says nothing about this repository, for this reason."""
    return Result(None, (reason,))


def factors() -> tuple[Factor, ...]:
    """The twelve factors, by number."""
    return tuple(_factor(module) for module in _modules())


def claims(number: int) -> tuple[str, ...]:
    """What holds in a repository that has the factor of this number, a sentence for each check."""
    found = [module for module in _modules() if number == module.NUMBER]
    return tuple(_claim(one) for module in found for one in _checks_in(module))


def run(repo: Repo, facts: Facts) -> list[Row]:
    """Judge a repository by its files; nothing of it is executed."""
    inputs = {"repo": repo, "facts": facts, "workflows": workflows(repo)}
    return [_row(module, inputs) for module in _modules()]


def _modules() -> list[ModuleType]:
    names = [found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_"]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return sorted(modules, key=lambda module: int(module.NUMBER))


def _factor(module: ModuleType) -> Factor:
    return Factor(module.NUMBER, module.SLUG, module.TITLE, module.PROMISE)


def _row(module: ModuleType, inputs: dict[str, Any]) -> Row:
    findings = tuple(_finding(found, inputs) for found in _checks_in(module))
    factor = _factor(module)
    state = _state([finding.passed for finding in findings])
    return Row(factor.number, factor.slug, factor.title, factor.promise, state, findings)


def _checks_in(module: ModuleType) -> list[type[Any]]:
    """The checks of a factor, in the order of its file."""
    values = [value for value in vars(module).values() if inspect.isclass(value)]
    return [value for value in values if value.__module__ == module.__name__]


def _finding(found: type[Any], inputs: dict[str, Any]) -> Finding:
    check = found().check
    wanted = inspect.signature(check).parameters
    result: Result = check(**{name: inputs[name] for name in wanted})
    remedy = " ".join((inspect.getdoc(check) or "").split()) if result.passed is False else ""
    return Finding(found.__name__, _claim(found), result.passed, result.evidence, remedy)


def _claim(found: type[Any]) -> str:
    return " ".join((inspect.getdoc(found) or "").split())


def _state(passed: list[bool | None]) -> str:
    judged = [one for one in passed if one is not None]
    if not judged:
        return NOT_APPLICABLE
    if all(judged):
        return YES
    return PARTLY if any(judged) else NO
