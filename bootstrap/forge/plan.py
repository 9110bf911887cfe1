"""What is wanted and what is there → changes. Nothing here reads or writes.

Nothing of theirs changes: what has our name but is set otherwise stays, except for the checks of
the ruleset that bears our name, since a check without its pin lets anybody pass it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bootstrap.forge import (
    Access,
    Change,
    Check,
    Environment,
    Holder,
    Label,
    Part,
    Pin,
    Rules,
    Ruleset,
    Settings,
    State,
    Switch,
    Variable,
)

Has = Callable[[str], bool]
"""Whether a file is in the repository."""


def here(wanted: Settings, has: Has) -> Settings:
    """The settings without those whose file is not in the repository. Checks stay in the ruleset:
    one that nothing reports any more has to go there.
    """

    def there(one: Switch | Label | Environment | Variable) -> bool:
        return not one.needs or any(map(has, one.needs))

    switch = wanted.auto_merge
    return replace(
        wanted,
        auto_merge=switch if switch and there(switch) else None,
        labels=tuple(filter(there, wanted.labels)),
        environments=tuple(filter(there, wanted.environments)),
        variables=tuple(filter(there, wanted.variables)),
    )


def plan(wanted: Settings, state: State, has: Has) -> tuple[Change, ...]:
    """The changes that make what is wanted true."""
    wanted = here(wanted, has)
    made = (
        *([_auto_merge(state)] if wanted.auto_merge else []),
        *(_label(one, state) for one in wanted.labels),
        *(_variable(one, state) for one in wanted.variables),
        *(_environment(one, state) for one in wanted.environments),
        *(_ruleset(wanted.ruleset, state, has) if wanted.ruleset else ()),
    )
    return _known((*made, *_unguarded(wanted, made, state)), state)


def removal(wanted: Settings, state: State) -> tuple[Change, ...]:
    """The changes that take away what is still as `plan` made it."""
    labels = {one.name.lower(): one for one in state.labels}
    made = (
        *(_no_ruleset(wanted.ruleset, state.ruleset) if wanted.ruleset else ()),
        *(
            _gone("label", one, _same_label(one, labels[one.name.lower()]))
            for one in wanted.labels
            if one.name.lower() in labels
        ),
        *(
            _gone("variable", one, state.variables[one.name] == one.value)
            for one in wanted.variables
            if one.name in state.variables
        ),
        *(
            Change("environment", one.name, "todo", "it may hold secrets: delete it by hand")
            for one in wanted.environments
            if one.name in state.environments
        ),
    )
    return _known(made, state)


def _known(made: Iterable[Change], state: State) -> tuple[Change, ...]:
    """The changes, with one reason instead of those to a part that nobody could read."""
    changes = [one for one in made if one.part not in state.closed]
    changes += [
        Change(part, "", "todo" if why.plan else "skipped", str(why))
        for part, why in state.closed.items()
    ]
    return tuple(changes)


# --- one setting each ---


def _auto_merge(state: State) -> Change:
    return Change("auto-merge", "", "same" if state.auto_merge else "create")


def _label(one: Label, state: State) -> Change:
    theirs = next((had for had in state.labels if had.name.lower() == one.name.lower()), None)
    if theirs is None:
        return Change("label", one.name, "create", value=one)
    if _same_label(one, theirs):
        return Change("label", one.name, "same")
    return Change("label", one.name, "kept", _difference(one, theirs))


def _same_label(one: Label, other: Label) -> bool:
    return (one.color, one.description) == (other.color, other.description)


def _difference(ours: Label, theirs: Label) -> str:
    pairs = (
        ("colour", theirs.color, ours.color),
        ("description", theirs.description, ours.description),
    )
    return "; ".join(
        f"its {what} is {had or 'empty'}, the settings have {want or 'none'}"
        for what, had, want in pairs
        if had != want
    )


def _variable(one: Variable, state: State) -> Change:
    """A value of theirs is what the variable is there for, one of the organisation too."""
    if state.value_of(one.name) is not None:
        return Change("variable", one.name, "same")
    return Change("variable", one.name, "create", one.value, one)


def _environment(one: Environment, state: State) -> Change:
    had = state.environments.get(one.name)
    only = f"for jobs of {state.branch} only"
    if had is None:
        return Change("environment", one.name, "create", only, one)
    if had.branches == frozenset({state.branch}):
        return Change("environment", one.name, "same")
    # GitHub made it for a job that named it, or nobody may use it: a run stopped half-way.
    if had.bare or (had.branches is not None and not had.branches):
        return Change("environment", one.name, "update", only, one)
    return Change("environment", one.name, "todo", _open_to(had, state.branch))


def _open_to(had: Access, branch: str) -> str:
    some = ", ".join(sorted(had.branches or ())) or "every branch"
    return f"it is open to {some}: limit its deployment branches to {branch}"


# --- the ruleset ---


@dataclass(frozen=True)
class _Verdict:
    """Whether a check is to be required, and what the user has to do before that."""

    pin: Pin | None = None
    todo: str = ""
    drop: bool = False
    """Whether a requirement goes: nothing reports the check any more."""


def _ruleset(wanted: Ruleset, state: State, has: Has) -> Iterator[Change]:
    verdicts = {one.name: _verdict(one, state, has) for one in wanted.checks}
    pins = _pins(state.ruleset.pins if state.ruleset else (), verdicts)
    yield from _rules(wanted.name, pins, state.ruleset)
    for name, verdict in verdicts.items():
        if verdict.todo:
            yield Change("ruleset", f"check {name}", "todo", verdict.todo)


def _verdict(one: Check, state: State, has: Has) -> _Verdict:
    if one.needs and not any(map(has, one.needs)):
        return _Verdict(drop=True)
    if one.needs and not state.files & set(one.needs):
        return _Verdict(todo=f"not required yet: bring {one.needs[0]} to {state.branch} first")
    if one.once and state.value_of(one.once.name) != one.once.value:
        todo = f"not required until the variable {one.once.name} is {one.once.value}"
        return _Verdict(todo=todo, drop="variable" not in state.closed)
    if one.app is None:
        return _Verdict(Pin(one.name))
    return _pinned(one.name, one.app, state)


def _pinned(name: str, app: str | Holder, state: State) -> _Verdict:
    if isinstance(app, str):
        known = state.apps.get(app)
        missing = f"not required: there is no App {app} on {state.host}"
    else:
        access = state.environments.get(app.environment, Access(None))
        value = access.variables.get(app.variable, "")
        known = int(value) if value.isdecimal() else None
        missing = (
            f"not required, since anybody could report it: put the id of an App into the "
            f"variable {app.variable} of the environment {app.environment}"
        )
    return _Verdict(Pin(name, known)) if known else _Verdict(todo=missing)


def _pins(had: tuple[Pin, ...], verdicts: Mapping[str, _Verdict]) -> tuple[Pin, ...]:
    """The checks of the ruleset as they should be: those there in their order, then the new."""
    of = {one.name: verdicts.get(one.name, _Verdict()) for one in had}
    stay = [of[one.name].pin or one for one in had if not of[one.name].drop]
    new = [one.pin for name, one in verdicts.items() if one.pin and name not in of]
    return (*stay, *new)


def _rules(name: str, pins: tuple[Pin, ...], had: Rules | None) -> Iterator[Change]:
    if had is None:
        if pins:
            yield Change("ruleset", name, "create", _requires(pins), Rules(0, pins))
        return
    if pins == had.pins:
        yield Change("ruleset", name, "same")
    elif pins or had.more:
        yield Change("ruleset", name, "update", _requires(pins), replace(had, pins=pins))
    else:
        yield Change("ruleset", name, "delete", "none of its checks is reported any more", had)
    if not had.active:
        yield Change("ruleset", name, "kept", "it is not enforced on the default branch")


def _requires(pins: tuple[Pin, ...]) -> str:
    return f"requires {', '.join(one.name for one in pins) or 'no check'}"


def _unguarded(wanted: Settings, made: Iterable[Change], state: State) -> Iterator[Change]:
    """What merges by itself must wait for the repository's own checks too. Those of ours that are
    called process/… judge a change as a whole, and none of them runs a test.
    """
    pins = state.ruleset.pins if state.ruleset else ()
    for one in made:
        pins = _written(one) or pins
    required = {one.name for one in pins} | state.required
    if wanted.auto_merge and all(name.startswith("process/") for name in required):
        why = "a change may merge before your CI passes: add its checks to `ruleset.checks`"
        yield Change("ruleset", "other checks", "todo", why)


def _written(one: Change) -> tuple[Pin, ...]:
    return one.value.pins if isinstance(one.value, Rules) else ()


# --- removal ---


def _gone(part: Part, one: Label | Variable, ours: bool) -> Change:
    if ours:
        return Change(part, one.name, "delete", value=one)
    return Change(part, one.name, "kept", "it differs from ours")


def _no_ruleset(wanted: Ruleset, had: Rules | None) -> Iterator[Change]:
    if had is None:
        return
    listed = {one.name for one in wanted.checks}
    left = tuple(one for one in had.pins if one.name not in listed)
    if not left and not had.more:
        yield Change("ruleset", wanted.name, "delete", _requires(had.pins), had)
    elif left != had.pins:
        why = f"{_requires(left)}: what is yours stays"
        yield Change("ruleset", wanted.name, "update", why, replace(had, pins=left))
