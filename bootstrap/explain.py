"""What a factor or a path is, in a few lines."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bootstrap import checks
from bootstrap.errors import UserError

if TYPE_CHECKING:
    from bootstrap.flow import Flow
    from bootstrap.pieces import Registry

_KINDS = {
    "owned": "The template edits it. Your edits survive updates; `bootstrap eject` makes it yours.",
    "shared": "You and the template both edit it. What you set stays yours, in updates too.",
    "starter": "Rendered once, then yours. Updates leave it alone.",
}


def factor(subject: str) -> str | None:
    """The factor of that number or name; None if there is none."""
    for one in checks.factors():
        if subject.lstrip("0") == str(one.number) or subject.lower() in {
            one.slug,
            one.title.lower(),
        }:
            lines = [f"{one.number:02} {one.title}", textwrap.fill(one.promise, 100), ""]
            lines += [f"  ☐ {claim}" for claim in checks.claims(one.number)]
            return "\n".join([*lines, "", _way(one.number)])
    return None


def _way(number: int) -> str:
    """How a factor gets into a repository; what every factor brings counts as nothing."""
    from bootstrap import pieces, source

    rows = pieces.read(source.built_in().folder).pieces
    if any(number in row.factors and len(row.factors) < len(checks.factors()) for row in rows):
        return f"Add it with `bootstrap apply --factors {number}`."
    return "This release has no pieces for it: `bootstrap check` says what to do by hand."


def path(flow: Flow, subject: str) -> str:
    """What the path is to the template."""
    registry = _registry(flow)
    entries = {one.at: one for one in flow.state.record.entries.values()}
    entry = entries.get(subject)
    piece = registry.of(entry.path if entry else subject)
    if piece is None:
        raise UserError(f"{subject} is neither a factor nor a path of the template", "try 1 to 12")
    factors = ", ".join(f"{number:02}" for number in piece.factors) or "the starter application"
    lines = [f"{subject}: {piece.kind}, from {factors}", _KINDS[piece.kind]]
    if subject in (flow.state.answers or {}).get("adopted_paths", ()):
        lines.append("You keep your own file here; `bootstrap adopt` gives it to the template.")
    if entry:
        state = "put here" if entry.created else "patched"
        lines.append(f"It was {state} by {entry.ref}; `bootstrap remove` takes that out again.")
    return "\n".join(lines)


def _registry(flow: Flow) -> Registry:
    from bootstrap import pieces

    return pieces.read((flow.recorded() if flow.state.answers else flow.origins.own).folder)
