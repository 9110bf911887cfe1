"""Facts on one screen: what a repository is, how to work on it, what guards it, proposals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import click

from bootstrap.facts import Fact, Facts
from bootstrap.facts.model import SLOTS, Command, Evidence
from bootstrap.report.plain import clean

LABEL = 17
"""Columns of a label and the space before it."""
WIDTH = 100
MAX_ITEMS = 6
MAX_COMMANDS = 4
MAX_FOLDERS = 3
MAX_PLACES = 2

# Markup and data are in every repository; they are named where they are the product.
_MARKUP = {"markdown", "restructuredtext", "yaml", "html", "css", "nunjucks", "dockerfile"}

Values = Iterable[Fact[Any] | str | None]


def screen(found: Facts, *, evidence: bool = False) -> str:
    """What a repository says about itself; with `evidence` also where each fact was read."""
    lines = [click.style(clean(found.name.value), bold=True)]
    if found.description:
        lines.append(textwrap.shorten(clean(found.description.value), WIDTH, placeholder=" …"))
    for title, rows in (
        ("What it is", _identity(found)),
        ("How to work on it", _work(found)),
        ("What guards it", _guards(found)),
    ):
        lines += ["", click.style(title, underline=True)]
        lines += [line for label, values in rows for line in _row(label, values, evidence)]
    lines += _proposed(found, evidence=evidence)
    lines += _notes(found)
    return "\n".join(lines)


def _identity(found: Facts) -> list[tuple[str, Values]]:
    return [
        ("languages", _languages(found.languages)),
        ("package managers", found.package_managers),
        ("workspace", found.monorepo or [None]),
        ("projects", found.components if len(found.components) > 1 else [None]),
        ("images", [*found.dockerfiles, *found.compose_files] or [None]),
        ("ports", found.ports or [None]),
        ("deployed by", found.deployments or [None]),
        ("docs site", [found.docs_site]),
        ("branch", [found.default_branch]),
    ]


def _languages(languages: Sequence[Fact[str]]) -> Sequence[Fact[str]]:
    code = [fact for fact in languages if fact.value not in _MARKUP]
    return languages if languages[:1] and languages[0].value in _MARKUP else code


def _work(found: Facts) -> list[tuple[str, Values]]:
    slots = [(slot, _real(found.commands.get(slot, ()))) for slot in SLOTS]
    return [
        *slots,
        ("task runners", found.task_runners or [None]),
        ("dev container", found.devcontainers),
        ("agent files", found.agent_files),
    ]


def _real(commands: Iterable[Fact[Command]]) -> list[Fact[Command]]:
    return [fact for fact in commands if fact.found]


def _guards(found: Facts) -> list[tuple[str, Values]]:
    number = len(found.ci_checks)
    checks = f"{number} check{'s' if number > 1 else ''}" if number else None
    return [
        ("CI", [*found.ci, *([checks] if checks and found.ci else [])]),
        ("git hooks", [*found.hooks, *([found.hooks_path] if found.hooks_path else [])]),
        ("code owners", found.codeowners),
        ("PR template", found.pr_templates),
        ("issue forms", found.issue_forms),
        ("commit messages", [found.commit_convention]),
        ("PR titles", [found.title_convention]),
        ("licence headers", [found.license_headers]),
        ("actions pinned by", [found.action_pins]),
        ("labels from", [found.labels_synced]),
        ("Copier answers", found.copier_answers or [None]),
    ]


# Rows that say `none`; the others are left out where there is nothing to say.
_ALWAYS = {*SLOTS, "CI", "git hooks", "code owners", "PR template", "dev container", "agent files"}


def _row(label: str, values: Values, evidence: bool) -> list[str]:
    """The lines of one label."""
    shown = [value for value in values if value is not None]
    if not shown and label not in _ALWAYS:
        return []
    head = f"  {label:<{LABEL}} "
    if not shown:
        return [head + _dim("none")]
    if isinstance(shown[0], Fact) and isinstance(shown[0].value, Command):
        lines = _commands([fact for fact in shown if isinstance(fact, Fact)])
    else:
        lines = [_list([clean(str(v.value if isinstance(v, Fact) else v)) for v in shown])]
    indented = [head + lines[0], *(" " * len(head) + line for line in lines[1:])]
    facts = [value for value in shown if isinstance(value, Fact)]
    return indented + (_places(facts, len(head)) if evidence else [])


def _list(values: Sequence[str]) -> str:
    """Values in a line; those that don't fit are counted."""
    fitting = list(values[:MAX_ITEMS])
    while len(fitting) > 1 and len(", ".join(fitting)) > WIDTH - LABEL - len("  … and 99 more"):
        fitting.pop()
    rest = len(values) - len(fitting)
    return ", ".join(fitting) + (_dim(f" … and {rest} more") if rest else "")


def _commands(facts: Sequence[Fact[Command]]) -> list[str]:
    """A line per command; one that runs in several folders stands once."""
    folders: dict[tuple[str, bool], list[str]] = {}
    for fact in facts:
        folders.setdefault((fact.value.run, fact.value.writes), []).append(fact.value.dir)
    lines = [
        textwrap.shorten(clean(run), WIDTH - LABEL - 8, placeholder=" …")
        + (click.style("  writes", fg="yellow") if writes else "")
        + _where(places)
        for (run, writes), places in folders.items()
    ]
    rest = len(lines) - MAX_COMMANDS
    return lines[:MAX_COMMANDS] + ([_dim(f"… and {rest} more")] if rest > 0 else [])


def _where(folders: Sequence[str]) -> str:
    if set(folders) == {"."}:
        return ""
    shown = ", ".join("the root" if f == "." else clean(f) for f in folders[:MAX_FOLDERS])
    rest = len(folders) - MAX_FOLDERS
    return click.style(f"  in {shown}" + (f" … and {rest} more" if rest > 0 else ""), fg="blue")


def _places(facts: Sequence[Fact[Any]], indent: int) -> list[str]:
    lines = []
    for fact in facts:
        value = fact.value.run if isinstance(fact.value, Command) else fact.value
        places = ", ".join(_place(place) for place in fact.evidence[:MAX_PLACES])
        label = f"{clean(str(value))}: " if len(facts) > 1 else ""
        if places:
            lines.append(" " * indent + _dim(label + places))
    return lines


def _place(place: Evidence) -> str:
    return clean(f"{place.path}:{place.line}" if place.line else place.path)


def _proposed(found: Facts, *, evidence: bool) -> list[str]:
    """What was found nowhere, and only follows from a manifest."""
    rows = [
        line
        for slot in SLOTS
        if (offers := [fact for fact in found.commands.get(slot, ()) if not fact.found])
        for line in _row(slot, offers, evidence)
    ]
    head = click.style("Proposed", underline=True) + _dim(
        "  found nowhere, so `apply` leaves it out"
    )
    return ["", head, *rows] if rows else []


def _notes(found: Facts) -> list[str]:
    lines = [f"  {clean(note)}" for note in found.notes[:MAX_ITEMS]]
    rest = len(found.notes) - MAX_ITEMS
    more = [_dim(f"  … and {rest} more")] if rest > 0 else []
    return ["", click.style("Not read", underline=True), *lines, *more] if lines else []


def _dim(text: str) -> str:
    return click.style(text, fg="bright_black")
