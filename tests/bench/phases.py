"""Runs `bootstrap apply --yes` in this process and prints how many seconds each phase took, as JSON."""

from __future__ import annotations

import importlib
import json
import time
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PHASES = {  # phase → the module that calls a function for it by this name
    "read the facts": ("bootstrap.facts", "read"),
    "render the template, copier's start included": ("bootstrap.flow", "render"),
    "plan and patch": ("bootstrap.planner", "make"),
    "write": ("bootstrap.transaction", "commit"),
}
REST = "start, list the files, report"


def main() -> None:
    """Apply in the current folder."""
    began = time.perf_counter()
    spent = dict.fromkeys(PHASES, 0.0)
    for phase, (module, name) in PHASES.items():
        where = importlib.import_module(module)
        setattr(where, name, _timed(getattr(where, name), phase, spent))
    command = importlib.import_module("bootstrap.cli").main
    with suppress(SystemExit):
        command(["apply", "--yes", "--quiet"])
    rest = time.perf_counter() - began - sum(spent.values())
    print(json.dumps({**spent, REST: rest}))


def _timed(call: Callable[..., Any], phase: str, spent: dict[str, float]) -> Callable[..., Any]:
    @wraps(call)
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            spent[phase] += time.perf_counter() - began

    return timed


if __name__ == "__main__":
    main()
