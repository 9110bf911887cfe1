"""What the tests know of each stack: one module of this package for each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mistake:
    """A file that is wrong in the eyes of one check alone."""

    path: str
    text: str
    words: str
    """What the tool says then."""


@dataclass(frozen=True)
class Stack:
    """A stack, as a generated service shows it."""

    needs: tuple[str, ...]
    """A command that works where its tools are."""
    mistakes: Mapping[str, Mistake]
    """Slot → what only this check refuses."""
    lock: str
    locked: tuple[str, ...]
    """A command that fails if the lock file is not complete."""
    stopping: str
    """What the log says once the service waits for requests in flight."""
    name_the_port: tuple[str, ...]
    """Files, besides README.md and compose.yaml, that hold the port."""
    built: Mapping[str, str] = field(default_factory=dict)
    """Path in the image → path that the build makes here."""
    environment: Mapping[str, str] = field(default_factory=dict)


def names() -> list[str]:
    """All stacks, by name."""
    return [found.name for found in pkgutil.iter_modules(__path__)]


def of(name: str) -> Stack:
    """What the tests know of the stack of this name."""
    stack: Stack = importlib.import_module(f"{__name__}.{name}").STACK
    return stack
