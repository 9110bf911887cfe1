"""What the gate asks of a change: tables of plain data, without GitHub and without git."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PARTS = Path(__file__).parents[2] / "template" / ".process" / "gate.d"


def load(name: str) -> ModuleType:
    """A module of the gate, under the name by which the others import it."""
    spec = spec_from_loader(
        f"process_{name}", SourceFileLoader(f"process_{name}", str(PARTS / name))
    )
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


decide, owners, words = (load(name) for name in ("decide", "owners", "words"))

HEAD, OLD = "a" * 40, "b" * 40
ADA, BOB, CY = (decide.Person(name, writes=True) for name in ("ada", "bob", "cy"))
EVE = decide.Person("eve")
BOT = decide.Person("agent[bot]", bot=True)


def change(**more: Any) -> Any:
    return decide.Change(**{"number": 1, "head": HEAD, "author": ADA, **more})


def review(by: Any, state: str = "APPROVED", commit: str = HEAD) -> Any:
    return decide.Review(by, state, commit)


def decision(label: str, settings: Any = None, **more: Any) -> Any:
    verdict = decide.Verdict(label, 1.5, ("+1.5 three lines",))
    return decide.decide(change(**more), verdict, settings or decide.Settings())


@pytest.mark.parametrize(
    ("more", "label", "state", "merge"),
    [
        ({}, "low", "success", True),
        ({"author": EVE}, "medium", "pending", False),
        ({"fork": True}, "medium", "pending", False),
        ({"fork": True, "author": EVE}, "medium", "pending", False),
        ({"fork": True, "author": EVE, "reviews": (review(BOB),)}, "medium", "success", False),
        ({"author": BOT}, "medium", "pending", False),
        ({"author": decide.Person("ghost")}, "medium", "pending", False),
        ({"draft": True}, "low", "success", False),
        ({"to_default": False}, "low", "success", False),
        ({"reviews": (review(BOB, "CHANGES_REQUESTED"),)}, "low", "pending", False),
        ({"reviews": (review(BOB, "CHANGES_REQUESTED", OLD),)}, "low", "pending", False),
        ({"reviews": (review(BOT, "CHANGES_REQUESTED"),)}, "low", "pending", False),
        ({"reviews": (review(EVE, "CHANGES_REQUESTED"),)}, "low", "success", True),
        ({"reviews": (review(BOB, "COMMENTED"),)}, "low", "success", True),
        (
            {"reviews": (review(BOB, "CHANGES_REQUESTED"), review(BOB))},
            "low",
            "success",
            True,
        ),
    ],
)
def test_low_merges_by_itself_for_those_who_may_push(
    more: dict[str, Any], label: str, state: str, merge: bool
) -> None:
    made = decision("low", **more)
    assert (made.label, made.state, made.merge) == (label, state, merge)
    assert bool(made.missing) == (state == "pending")


def test_an_app_that_is_listed_may_be_low() -> None:
    settings = decide.Settings(apps=frozenset({"agent[bot]"}))
    assert decision("low", settings, author=BOT).merge
    person = replace(BOT, bot=False)
    assert not decision("low", settings, author=person).merge


@pytest.mark.parametrize(
    ("reviews", "state"),
    [
        ((), "pending"),
        ((review(BOB),), "success"),
        ((review(ADA),), "pending"),  # one's own
        ((review(EVE),), "pending"),  # no write access
        ((review(BOT),), "pending"),
        ((review(replace(BOT, writes=True)),), "pending"),
        ((review(BOB, commit=OLD),), "pending"),  # before the last push
        ((review(BOB, commit=""),), "pending"),
        ((review(BOB), review(BOB, "DISMISSED")), "pending"),
        ((review(BOB, "DISMISSED"), review(BOB)), "success"),
        ((review(BOB), review(BOB, "COMMENTED")), "success"),
        ((review(BOB), review(CY, "CHANGES_REQUESTED")), "pending"),
        ((review(BOB, "PENDING"),), "pending"),
    ],
)
def test_medium_waits_for_one_approval_that_counts(reviews: tuple[Any, ...], state: str) -> None:
    made = decision("medium", reviews=reviews)
    assert (made.label, made.state, made.merge) == ("medium", state, False)


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({}, ["a domain expert: cy", "another person"]),
        ({"reviews": (review(BOB),)}, ["a domain expert: cy"]),
        ({"reviews": (review(CY),)}, ["another person"]),
        ({"reviews": (review(BOB), review(decide.Person("di", writes=True)))}, ["expert: cy"]),
        ({"reviews": (review(BOB), review(CY))}, []),
        ({"reviews": (review(BOB), review(CY, commit=OLD))}, ["a domain expert: cy"]),
        # the expert wrote it, alone or with others
        ({"author": CY}, ["2 other people"]),
        ({"author": CY, "reviews": (review(ADA), review(BOB))}, []),
        ({"contributors": frozenset({"cy"}), "reviews": (review(CY),)}, ["2 other people"]),
        # each part has its own
        (
            {"experts": (frozenset({"cy"}), frozenset({"di", "eve"})), "reviews": (review(CY),)},
            ["a domain expert: di or eve"],
        ),
        ({"experts": (frozenset({"cy"}), frozenset({"ada"})), "reviews": (review(CY),)}, ["other"]),
        # nobody is named: two people
        ({"experts": ()}, ["2 other people"]),
        ({"experts": (), "reviews": (review(BOB), review(CY))}, []),
        # code owners
        (
            {
                "experts": (),
                "owners": (frozenset({"bob"}),),
                "reviews": (review(CY),),
            },
            ["an owner of what it touches: bob"],
        ),
        (
            {
                "experts": (),
                "owners": (frozenset({"bob"}), frozenset({"cy", "di"})),
                "reviews": (review(BOB), review(decide.Person("flo", writes=True))),
            },
            ["an owner of what it touches: cy or di"],
        ),
        (
            {
                "experts": (),
                "owners": (frozenset({"bob"}), frozenset({"cy", "di"})),
                "reviews": (review(BOB), review(CY)),
            },
            [],
        ),
        # a team that nobody may read is nobody
        (
            {
                "experts": (),
                "owners": (frozenset({"org/team"}),),
                "reviews": (review(BOB), review(CY)),
            },
            ["org/team"],
        ),
    ],
)
def test_high_waits_for_an_expert_and_one_more(more: dict[str, Any], missing: list[str]) -> None:
    made = decision("high", **{"experts": (frozenset({"cy"}),), **more})
    assert made.label == "high"
    assert not made.merge
    assert len(made.missing) == len(missing), made.missing
    for text in missing:
        assert any(text in one for one in made.missing), made.missing
    assert made.state == ("pending" if missing else "success")


def test_whoever_wrote_or_pushed_a_commit_of_it_approves_nothing() -> None:
    made = decision("medium", contributors=frozenset({"bob"}), reviews=(review(BOB),))
    assert made.state == "pending"


def test_agents_that_are_no_apps_approve_nothing() -> None:
    settings = decide.Settings(agents=frozenset({"bob"}))
    assert decision("medium", settings, reviews=(review(BOB),)).state == "pending"


@pytest.mark.parametrize("label", ["low", "medium", "high", "tiny", ""])
def test_what_could_not_be_rated_is_high(label: str) -> None:
    verdict = decide.Verdict(label, failed="git is gone" if label in decide.LABELS else "")
    made = decide.decide(change(), verdict, decide.Settings())
    assert (made.label, made.state, made.merge) == ("high", "pending", False)


def test_a_repository_that_is_not_ready_merges_nothing() -> None:
    made = decision("low", decide.Settings(lacks=("this is a dry run",)))
    assert (made.state, made.merge) == ("success", False)


def test_the_rules_say_who_approves_and_what_merges() -> None:
    rules = {
        "require": {"low": ["write"], "high": ["expert"]},
        "merge": {"labels": ["low", "medium"], "apps": ["Renovate[bot]"], "method": "rebase"},
    }
    made = decide.settings(rules, ())
    assert made.apps == {"renovate[bot]"}
    assert made.method == "rebase"
    assert made.require["medium"] == ("write",)
    assert decision("low", made).missing
    assert decision("medium", made, reviews=(review(BOB),)).merge
    assert not decision("high", made, experts=(frozenset({"cy"}),), reviews=(review(CY),)).missing
    assert decide.settings({}, ()) == decide.Settings()


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("README.md", "@all"),
        ("src/app.js", "@js"),
        ("deep/er/app.js", "@js"),
        ("docs/a.md", "@docs"),
        ("docs/api/a.md", "@all"),
        ("build/logs/x", "@logs"),
        ("deep/build/logs/x", "@all"),
        ("a/apps/b/c", "@apps"),
        ("src/db/x/y.sql", "@db"),
        ("free/x", None),
        ("a b/x", "@all"),
        ("src/[id]/page", "@all"),
        ("ünï/x", "@uni"),
    ],
)
def test_the_last_pattern_of_codeowners_wins(path: str, owner: str | None) -> None:
    text = """
    # everything
    *        @all
    *.js     @js  # a comment
    docs/*   @docs
    /build/logs/ @logs
    apps/    @Apps @org/team a@example.org
    src/**/y.sql @db
    /free/
    /src/[id]/ @class
    !src     @no
    *.md     not-an-owner
    ünï/     @uni
    """
    found = owners.Owners(text).of(path)
    assert (found[0] if found else None) == owner


def test_file_names_of_strangers_have_no_effect_in_what_is_told() -> None:
    evil = "x\n\nProcess-Complexity: low\n@all <b>[a](https://e.example)`\x1b[31m\udcff"
    verdict = decide.Verdict("medium", 3.0, (words.plain(evil),))
    made = decide.decide(change(fork=True), verdict, decide.Settings(lacks=(evil,)))
    text = words.comment(made, verdict, decide.Settings(lacks=(evil,)))
    assert "@all" not in text
    assert "://" not in text
    assert not re.search(r"(?<!\\)[<`\[]", text)
    assert text.encode()
    assert len(words.status(made, verdict)) <= 140
    lines = words.trailers(made, verdict)
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "T: 1"),
        ("Why.", "Why.\n\nT: 1"),
        ("Why.\n\nCo-authored-by: B <b@x>\n", "Why.\n\nCo-authored-by: B <b@x>\nT: 1"),
        ("process-complexity: low 0\nWhy.\n  Process-Reasons : x", "Why.\n\nT: 1"),
    ],
)
def test_trailers_are_the_last_paragraph_and_nobody_elses(body: str, message: str) -> None:
    assert words.message(body, ["T: 1"]) == message


@pytest.mark.parametrize("label", ["low", "medium", "high"])
def test_the_comment_says_what_was_measured_what_it_needs_and_how_to_lower_it(label: str) -> None:
    verdict = decide.Verdict(label, 2.5, ("+2 three lines of code", "+0.5 tests change too"))
    made = decide.decide(change(experts=(frozenset({"cy"}),)), verdict, decide.Settings())
    text = words.comment(made, verdict, decide.Settings())
    assert f"**Complexity: {label}** (2.5 points)" in text
    assert "- +2 three lines of code" in text
    assert ("merges by itself" in text) == (label == "low")
    assert ("plit" in text) == (label != "low")
    assert ("Still missing" in text) == (label != "low")
    assert ("@" in text) is False
