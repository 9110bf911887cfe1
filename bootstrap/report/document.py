"""Results as plain data for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bootstrap.checks import Row
from bootstrap.plan import Change, Plan
from bootstrap.report.terminal import counts


def plan(made: Plan, *, done: bool) -> dict[str, Any]:
    """A plan: `changes` (path, action, kind, lines added and removed, …), `todo`, `notes`."""
    return {
        "done": done,
        "writes": len(made.writes),
        "changes": [_change(change) for change in made.changes],
        "todo": list(made.todo),
        "notes": list(made.notes),
    }


def checks(rows: Sequence[Row]) -> dict[str, Any]:
    """The twelve rows, and how many are full."""
    return {
        "full": sum(row.state == "yes" for row in rows),
        "applicable": sum(row.state != "not applicable" for row in rows),
        "factors": [{**asdict(row), "remedies": list(row.remedies)} for row in rows],
    }


def _change(change: Change) -> dict[str, Any]:
    added, removed = counts(change) if change.writes else (0, 0)
    return {
        "path": change.path,
        "action": change.action,
        "kind": change.kind,
        "added": added,
        "removed": removed,
        "why": change.why,
        "kept": [asdict(leaf) for leaf in change.kept],
        "snippet": change.snippet,
    }
