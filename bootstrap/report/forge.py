"""A plan for the settings of a forge, as text and as data: in the marks of plans of files."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from bootstrap.forge import Change
from bootstrap.forge.run import Outcome
from bootstrap.report.terminal import DONE, KEPT, SAME, TODO, sign

_VERBS = {
    "create": ("would create", "created"),
    "update": ("would update", "updated"),
    "delete": ("would delete", "deleted"),
}


def screen(made: Outcome) -> str:
    """The summary of a plan, or of what was done."""
    lines = [f"{made.state.name} on {made.state.host}"]
    for action, verbs in _VERBS.items():
        chosen = [one for one in made.changes if one.action == action]
        if chosen:
            lines.append(f"{sign(DONE)} {verbs[made.done]}: {_settings(len(chosen))}")
            lines += [f"    {_named(one)}" + (f"  {one.why}" if one.why else "") for one in chosen]
    lines += [*_calm(made.changes), *_for_the_user(made.changes)]
    if not made.writes and not made.stopped:
        lines.append(f"{sign(SAME)} nothing to change")
    return "\n".join(lines)


def document(made: Outcome) -> dict[str, Any]:
    """A plan as plain data for `--json`."""
    return {
        "repository": made.state.name,
        "host": made.state.host,
        "branch": made.state.branch,
        "done": made.done,
        "writes": made.writes,
        "changes": [
            {
                "part": one.part,
                "name": one.name,
                "action": one.action,
                "why": one.why,
                "snippet": one.snippet,
            }
            for one in made.changes
        ],
        "stopped": str(made.stopped) if made.stopped else None,
    }


def _calm(changes: Sequence[Change]) -> list[str]:
    same = sum(one.action == "same" for one in changes)
    lines = [f"{sign(SAME)} already so: {_settings(same)}"] if same else []
    kept = [one for one in changes if one.action == "kept"]
    if kept:
        lines.append(f"{sign(KEPT)} kept yours:")
    return lines + [f"    {_named(one)}: {one.why}" for one in kept]


def _for_the_user(changes: Sequence[Change]) -> list[str]:
    lines = []
    for one in changes:
        if one.action in {"todo", "skipped"}:
            lines.append(f"{sign(TODO)} {_named(one)}: {one.why}")
        if one.snippet:
            lines.append("  by hand:")
            lines.append(textwrap.indent(one.snippet.rstrip("\n"), "    │ ", lambda _: True))
    return lines


def _named(one: Change) -> str:
    return f"{one.part} {one.name}".rstrip()


def _settings(number: int) -> str:
    return "1 setting" if number == 1 else f"{number} settings"
