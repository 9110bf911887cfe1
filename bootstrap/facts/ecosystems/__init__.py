"""One module per ecosystem, each with an `ECOSYSTEM`; a new one is found by its file alone."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bootstrap.facts.parts import Ecosystem


@cache
def ecosystems() -> tuple[Ecosystem, ...]:
    """All ecosystems, by name of their module."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").ECOSYSTEM for name in names)
