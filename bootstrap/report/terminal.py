"""Results as text for a terminal: ✔ done, = already so, • kept yours, ☐ you must do this."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Sequence

import click

from bootstrap.checks import Finding, Row
from bootstrap.plan import Change, Plan

DONE, SAME, KEPT, TODO = "✔", "=", "•", "☐"
_COLOURS = {DONE: "green", SAME: "bright_black", KEPT: "yellow", TODO: "cyan", "✘": "red"}
_VERBS = {
    "create": ("would create", "created"),
    "patch": ("would patch around what is yours", "patched around what is yours"),
    "update": ("would update", "updated"),
    "delete": ("would delete", "deleted"),
    "conflict": ("would merge, with conflicts", "merged, with conflicts"),
}
_STATES = {"yes": DONE, "partly": KEPT, "no": "✘", "not applicable": "-"}


def sign(mark: str) -> str:
    """A mark of the grammar in its colour."""
    return click.style(mark, fg=_COLOURS.get(mark))


def plan(made: Plan, *, done: bool, undo: str = "") -> str:
    """The summary of a plan, or of what was done."""
    lines: list[str] = []
    for action, verbs in _VERBS.items():
        lines += _group(made, action, verbs[done])
    lines += _calm(made)
    lines += _for_the_user(made)
    lines += [f"{sign(TODO)} {click.style('note:', bold=True)} {note}" for note in made.notes]
    if not made.writes:
        lines.append(f"{sign(SAME)} nothing to change")
    elif done and undo:
        lines.append(f"\nUndo: `{undo}`")
    return "\n".join(lines)


def diff(changes: Iterable[Change]) -> str:
    """The changes as one unified diff, coloured."""
    return "".join(_coloured(line) for change in changes if change.writes for line in _diff(change))


def counts(change: Change) -> tuple[int, int]:
    """How many lines a change adds and takes away."""
    rows = _diff(change)[2:]
    return sum(line[0] == "+" for line in rows), sum(line[0] == "-" for line in rows)


def checks(rows: Sequence[Row], *, evidence: bool = True) -> str:
    """The twelve rows, with what is missing below each."""
    lines: list[str] = []
    for row in rows:
        mark = sign(_STATES[row.state])
        state = click.style(row.state, fg=_COLOURS.get(_STATES[row.state]))
        lines.append(f"{mark} {row.number:02} {row.title:<30} {state}")
        if evidence:
            lines += [line for finding in row.findings for line in _finding(finding, row.state)]
    real = [row for row in rows if row.state != "not applicable"]
    full = sum(row.state == "yes" for row in real)
    part = sum(row.state == "partly" for row in real)
    lines.append(f"\n{full} of {len(real)} factors, {part} more in part")
    return "\n".join(lines)


def _group(made: Plan, action: str, verb: str) -> list[str]:
    chosen = [change for change in made.changes if change.action == action]
    if not chosen:
        return []
    mark = "✘" if action == "conflict" else DONE
    lines = [f"{sign(mark)} {verb}: {_files(len(chosen))}"]
    for change in sorted(chosen, key=lambda change: (change.path.count("/") > 0, change.path)):
        plus, minus = counts(change)
        size = click.style(f"+{plus}", fg="green") if plus else ""
        size += (" " if size else "") + click.style(f"-{minus}", fg="red") if minus else ""
        lines.append(f"    {change.path}  {size}" + (f"  {change.why}" if change.why else ""))
    return lines


def _calm(made: Plan) -> list[str]:
    same = sum(change.action == "same" for change in made.changes)
    lines = [f"{sign(SAME)} already so: {_files(same)}"] if same else []
    kept = [change for change in made.changes if change.action == "kept" or change.kept]
    if kept:
        lines.append(f"{sign(KEPT)} kept yours:")
    for change in kept:
        if change.action == "kept":
            lines.append(f"    {change.path}: {change.why}")
        for leaf in change.kept:
            theirs = textwrap.shorten(leaf.theirs, 50) or "nothing"
            wanted = textwrap.shorten(leaf.wanted, 50) or "nothing"
            lines.append(f"    {change.path}: {leaf.where} is {theirs}, the template has {wanted}")
    return lines


def _for_the_user(made: Plan) -> list[str]:
    lines = []
    for change in made.changes:
        if change.action in {"todo", "skipped"}:
            lines.append(f"{sign(TODO)} {change.path}: {change.why}")
        if change.snippet:
            lines.append("  by hand:")
            lines.append(textwrap.indent(change.snippet.rstrip("\n"), "    │ ", lambda _: True))
    return lines + [f"{sign(TODO)} {step}" for step in made.todo]


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _diff(change: Change) -> list[str]:
    old, new = (_text(content) for content in (change.before, change.after))
    return [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(
            old,
            new,
            "/dev/null" if change.before is None else f"a/{change.path}",
            "/dev/null" if change.after is None else f"b/{change.path}",
        )
    ]


def _text(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines(keepends=True)


def _coloured(line: str) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
    if line[:3] in {"+++", "---"}:
        return click.style(line, bold=True)
    return click.style(line, fg=colour) if colour else line


def _finding(finding: Finding, state: str) -> list[str]:
    if finding.passed is None and state != "not applicable":
        return []
    mark = {True: DONE, False: TODO, None: "-"}[finding.passed]
    shown = ", ".join(finding.evidence[:3]) + (" …" if len(finding.evidence) > 3 else "")
    text = finding.remedy if finding.passed is False else finding.claim
    lines = [f"     {sign(mark)} " + (f"{text} ({shown})" if shown else text)]
    return textwrap.wrap(lines[0], 110, subsequent_indent="       ", break_long_words=False)
