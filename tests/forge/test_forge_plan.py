"""What is wanted and what a forge has → changes, as tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.forge import Access, Label, Pin, RefusedError, Rules, Settings, State, Variable
from bootstrap.forge.plan import plan, removal
from bootstrap.forge.settings import parse

FILE = Path(__file__).parents[2] / "template/.process/settings.yml"
COMPLEXITY, VALIDATE, PROTOTYPE, REVERT = (
    f".github/workflows/process-{name}.yml"
    for name in ("complexity", "validate", "prototype", "revert")
)
ALL = {COMPLEXITY, VALIDATE, PROTOTYPE, REVERT}
ACTIONS, APP = 15368, 4711
EMPTY = State("acme/shop", "github.com", "main", apps={"github-actions": ACTIONS})
RULESET = "Process: required checks (.process/settings.yml)"


@pytest.fixture(scope="module")
def wanted() -> Settings:
    """What the template's own file wants."""
    return parse(FILE.read_text())


def _all_done(wanted: Settings) -> State:
    """A forge that has everything, with the gate in force."""
    return replace(
        EMPTY,
        auto_merge=True,
        labels=wanted.labels,
        ruleset=Rules(
            7,
            (
                Pin("validate", ACTIONS),
                Pin("process/prototype", ACTIONS),
                Pin("process/complexity", APP),
            ),
        ),
        environments={"process-gate": Access(frozenset({"main"}), {"PROCESS_APP_ID": str(APP)})},
        variables={"PROCESS_GATE": "enforce", "PROCESS_STOP": "false"},
        files=frozenset(ALL),
    )


def _rows(changes: Any) -> list[tuple[str, str, str]]:
    return [(one.part, one.name, one.action) for one in changes]


def _of(changes: Any, action: str) -> list[str]:
    return [f"{one.part} {one.name}: {one.why}" for one in changes if one.action == action]


def test_a_forge_with_nothing_gets_everything_but_checks_that_nothing_reports(
    wanted: Settings,
) -> None:
    made = plan(wanted, EMPTY, ALL.__contains__)
    assert _rows(made) == [
        ("auto-merge", "", "create"),
        *(("label", one.name, "create") for one in wanted.labels),
        ("variable", "PROCESS_GATE", "create"),
        ("variable", "PROCESS_STOP", "create"),
        ("environment", "process-gate", "create"),
        ("ruleset", "check validate", "todo"),
        ("ruleset", "check process/prototype", "todo"),
        ("ruleset", "check process/complexity", "todo"),
        ("ruleset", "other checks", "todo"),
    ]
    assert f"bring {VALIDATE} to main first" in _of(made, "todo")[0]


def test_what_is_done_is_the_same_and_needs_nobody(wanted: Settings) -> None:
    made = plan(wanted, _all_done(wanted), ALL.__contains__)
    assert {one.action for one in made} == {"same"}


@pytest.mark.parametrize("chosen", [{VALIDATE}, {PROTOTYPE}, {REVERT}, {COMPLEXITY}, set()])
def test_each_factor_alone_gets_its_own_settings(wanted: Settings, chosen: set[str]) -> None:
    state = replace(_all_done(wanted), labels=(), ruleset=None, files=frozenset(chosen))
    made = plan(wanted, state, chosen.__contains__)
    assert {one.name for one in made if one.action == "create"} == {
        *(one.name for one in wanted.labels if chosen & set(one.needs)),
        *([RULESET] if chosen - {REVERT} else []),
    }


@pytest.mark.parametrize("chosen", [{COMPLEXITY}, {REVERT}, {COMPLEXITY, REVERT}])
def test_whatever_uses_the_key_of_the_app_gets_its_environment_closed(
    wanted: Settings, chosen: set[str]
) -> None:
    made = plan(wanted, EMPTY, chosen.__contains__)
    assert ("environment", "process-gate", "create") in _rows(made)


def test_checks_are_required_once_something_reports_them(wanted: Settings) -> None:
    state = replace(
        EMPTY, files=frozenset(ALL), variables={"PROCESS_GATE": "dry-run", "PROCESS_STOP": "false"}
    )
    made = plan(wanted, state, ALL.__contains__)
    (rules,) = (one for one in made if one.name == RULESET)
    assert rules.action == "create"
    assert isinstance(rules.value, Rules)
    assert rules.value.pins == (Pin("validate", ACTIONS), Pin("process/prototype", ACTIONS))
    assert any("until the variable PROCESS_GATE is enforce" in one for one in _of(made, "todo"))


@pytest.mark.parametrize("value", ["", "none", "Iv1.8a61f9b3a7aba766"])
def test_a_check_without_its_app_is_not_required(wanted: Settings, value: str) -> None:
    environments = {"process-gate": Access(frozenset({"main"}), {"PROCESS_APP_ID": value})}
    state = replace(_all_done(wanted), ruleset=None, environments=environments)
    made = plan(wanted, state, ALL.__contains__)
    (rules,) = (one.value for one in made if one.action == "create")
    assert isinstance(rules, Rules)
    assert "process/complexity" not in {one.name for one in rules.pins}
    assert any("PROCESS_APP_ID of the environment process-gate" in one for one in _of(made, "todo"))


def test_our_check_gets_its_pin_and_theirs_stay_in_their_order(wanted: Settings) -> None:
    theirs = (Pin("their-ci"), Pin("process/complexity"), Pin("lint", 99))
    state = replace(_all_done(wanted), ruleset=Rules(7, theirs, more=True))
    (change,) = (one for one in plan(wanted, state, ALL.__contains__) if one.writes)
    assert change.action == "update"
    assert isinstance(change.value, Rules)
    assert change.value.pins == (
        Pin("their-ci"),
        Pin("process/complexity", APP),
        Pin("lint", 99),
        Pin("validate", ACTIONS),
        Pin("process/prototype", ACTIONS),
    )


def test_a_check_goes_when_its_file_went_and_the_ruleset_with_the_last(wanted: Settings) -> None:
    state = _all_done(wanted)
    some = {VALIDATE, REVERT, PROTOTYPE}
    (change,) = (one for one in plan(wanted, state, some.__contains__) if one.writes)
    assert isinstance(change.value, Rules)
    assert [one.name for one in change.value.pins] == ["validate", "process/prototype"]
    (change,) = (one for one in plan(wanted, state, {REVERT}.__contains__) if one.writes)
    assert change.action == "delete"
    assert state.ruleset
    kept = replace(state, ruleset=replace(state.ruleset, more=True))
    (change,) = (one for one in plan(wanted, kept, {REVERT}.__contains__) if one.writes)
    assert change.action == "update"
    assert isinstance(change.value, Rules)
    assert change.value.pins == ()


def test_back_to_the_dry_run_the_check_is_required_no_longer(wanted: Settings) -> None:
    state = _all_done(wanted)
    state = replace(state, variables={**state.variables, "PROCESS_GATE": "dry-run"})
    (change,) = (one for one in plan(wanted, state, ALL.__contains__) if one.writes)
    assert isinstance(change.value, Rules)
    assert "process/complexity" not in {one.name for one in change.value.pins}


def test_what_nobody_could_read_takes_no_requirement_away(wanted: Settings) -> None:
    closed = {"variable": RefusedError("no", "ask")}
    state = replace(_all_done(wanted), variables={}, closed=closed)
    made = plan(wanted, state, ALL.__contains__)
    assert not [one for one in made if one.writes]
    assert ("variable", "", "skipped") in _rows(made)


@pytest.mark.parametrize(("paid", "action"), [(True, "todo"), (False, "skipped")])
def test_a_closed_part_is_one_line_and_the_rest_goes_on(
    wanted: Settings, paid: bool, action: str
) -> None:
    state = replace(EMPTY, closed={"ruleset": RefusedError("none here", "pay", plan=paid)})
    made = plan(wanted, state, ALL.__contains__)
    assert [one.action for one in made if one.part == "ruleset"] == [action]
    assert [one.name for one in made if one.part == "label" and one.writes]


def test_a_ruleset_that_is_off_stays_off(wanted: Settings) -> None:
    state = _all_done(wanted)
    assert state.ruleset
    made = plan(
        wanted, replace(state, ruleset=replace(state.ruleset, active=False)), lambda _: True
    )
    assert not [one for one in made if one.writes]
    assert _of(made, "kept") == [f"ruleset {RULESET}: it is not enforced on the default branch"]


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (Label("prototype", "ff0000", "To be looked at, never merged"), "its colour is ff0000"),
        (Label("Prototype", "c5def5", "mine"), "its description is mine"),
        (Label("PROTOTYPE", "c5def5"), "its description is empty"),
    ],
)
def test_a_label_of_theirs_stays(wanted: Settings, theirs: Label, why: str) -> None:
    labels = (*(one for one in wanted.labels if one.name != "prototype"), theirs)
    made = plan(wanted, replace(_all_done(wanted), labels=labels), ALL.__contains__)
    assert not [one for one in made if one.writes]
    (kept,) = _of(made, "kept")
    assert why in kept


@pytest.mark.parametrize(
    ("access", "action", "says"),
    [
        (Access(frozenset({"main"})), "same", ""),
        (Access(frozenset()), "update", "for jobs of main only"),
        (Access(None, bare=True), "update", "for jobs of main only"),
        (Access(None), "todo", "open to every branch"),
        (Access(frozenset({"main", "release/*"})), "todo", "open to main, release/*"),
    ],
)
def test_an_environment_is_limited_if_nobody_has_made_rules_for_it(
    wanted: Settings, access: Access, action: str, says: str
) -> None:
    state = _all_done(wanted)
    made = plan(wanted, replace(state, environments={"process-gate": access}), ALL.__contains__)
    (change,) = (one for one in made if one.part == "environment")
    assert change.action == action
    assert says in change.why


@pytest.mark.parametrize("theirs", ["build", "validate"])
def test_what_merges_by_itself_waits_for_a_check_of_their_ci(wanted: Settings, theirs: str) -> None:
    some = {COMPLEXITY}
    state = replace(
        _all_done(wanted),
        ruleset=Rules(7, (Pin("process/complexity", APP),)),
        files=frozenset(some),
    )
    alone = plan(wanted, state, some.__contains__)
    assert any("before your CI passes" in one for one in _of(alone, "todo"))
    guarded = plan(wanted, replace(state, required=frozenset({theirs})), some.__contains__)
    assert not _of(guarded, "todo")


def test_removal_takes_what_is_as_it_was_made(wanted: Settings) -> None:
    made = removal(wanted, _all_done(wanted))
    assert _of(made, "delete") == [
        f"ruleset {RULESET}: requires validate, process/prototype, process/complexity",
        *(f"label {one.name}: " for one in wanted.labels),
        "variable PROCESS_STOP: ",
    ]
    assert _of(made, "kept") == ["variable PROCESS_GATE: it differs from ours"]
    assert _of(made, "todo") == ["environment process-gate: it may hold secrets: delete it by hand"]


def test_removal_leaves_theirs(wanted: Settings) -> None:
    state = replace(
        EMPTY,
        labels=(Label("Prototype", "ff0000"), Label("bug", "d73a4a")),
        ruleset=Rules(7, (Pin("validate", ACTIONS), Pin("their-ci")), more=True),
        variables={"PROCESS_STOP": "true", "OTHER": "1"},
    )
    made = removal(wanted, state)
    (change,) = (one for one in made if one.writes)
    assert change.action == "update"
    assert isinstance(change.value, Rules)
    assert change.value.pins == (Pin("their-ci"),)
    assert len(_of(made, "kept")) == 2
    assert not removal(wanted, EMPTY)


def test_an_app_that_the_forge_does_not_know_pins_nothing() -> None:
    text = "format: 1\nruleset:\n  name: n\n  checks:\n    - name: c\n      app: no-such-app\n"
    (change,) = plan(parse(text), EMPTY, lambda _: False)
    assert (change.action, change.why) == (
        "todo",
        "not required: there is no App no-such-app on github.com",
    )


def test_variables_are_defaults() -> None:
    text = 'format: 1\nvariables:\n  - name: MINE\n    value: "1"\n'
    (new,) = plan(parse(text), EMPTY, lambda _: False)
    assert new.value == Variable("MINE", "1")
    (had,) = plan(parse(text), replace(EMPTY, variables={"MINE": "2"}), lambda _: False)
    assert had.action == "same"
