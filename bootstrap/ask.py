"""Questions to the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from bootstrap import checks
from bootstrap.errors import UserError
from bootstrap.plan import Plan
from bootstrap.report import terminal

YES, DIFF, FACTORS, NO = "yes", "show diff", "choose factors", "no"


def what_now(made: Plan, question: str, *, factors: bool) -> str:
    """Show a plan and ask: YES, NO, or FACTORS where those can be chosen."""
    if not sys.stdin.isatty():
        raise UserError("there is no terminal to ask on", "add --yes, or look first with --dry-run")
    import questionary

    click.echo(terminal.plan(made, done=False))
    choices = [YES, DIFF, *([FACTORS] if factors else []), NO]
    while (answer := questionary.select(question, choices=choices).ask()) == DIFF:
        click.echo_via_pager(terminal.diff(made.changes))
    return answer or NO


def which_factors(chosen: Sequence[int]) -> tuple[int, ...]:
    """Ask for the factors; `chosen` are ticked at first."""
    import questionary

    choices = [
        questionary.Choice(f"{one.number:02} {one.title}", one.number, checked=one.number in chosen)
        for one in checks.factors()
    ]
    return tuple(questionary.checkbox("Which factors?", choices=choices).ask() or chosen)


def trust(address: str) -> bool:
    """Whether a template source that only the repository names may be fetched."""
    if not sys.stdin.isatty():
        return False
    import questionary

    return bool(questionary.confirm(f"Fetch the template from {address}?", default=False).ask())
