"""What is ours is told by its place: the same words elsewhere, and what is near them, are theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from patch_generators import MAPS, json_text, yaml_text
from patch_helpers import applied, first, patched, refused, removed, run, updated
from patch_readers import data, holds

from bootstrap.patch import Patched

TASKS = '[tasks.lint]\nrun = "v"\n'
MORE_TASKS = TASKS + '\n[tasks.check]\nrun = "v"\n'
WITH_AN_ALIAS = 'run = "v"\nalias = "c"\n'


def _edited(text: str) -> str:
    head, _, tail = text.rpartition('run = "v"\n')
    return head + WITH_AN_ALIAS + tail


def test_a_value_of_theirs_that_says_the_same_as_ours_is_not_updated() -> None:
    want = MORE_TASKS.replace('"v"', '"w"')
    after = updated("toml", TASKS, MORE_TASKS, want, since=_edited, kept=1).after.decode()
    assert after == TASKS + "\n[tasks.check]\n" + WITH_AN_ALIAS.replace('"v"', '"w"')


def test_a_value_of_theirs_that_says_the_same_as_ours_is_not_removed() -> None:
    after = removed("toml", TASKS, MORE_TASKS, since=_edited)
    assert after == TASKS + '\n[tasks.check]\nalias = "c"\n'


@pytest.mark.parametrize(
    ("ours", "want", "since", "left"),
    [
        (
            "on:\n- push\n- x\n",
            "on:\n- push\n- pre-push\n- z\n",
            lambda text: text.replace("- z", "# mine\n- z"),
            "on:\n- push\n- x\n# mine\n",
        ),
        (
            "a: 1\nb: x\n",
            "a: 1\nextra: 12\nf: 2\n",
            lambda text: text.replace("f: 2", "# mine\nf: 2"),
            "a: 1\nb: x\n# mine\n",
        ),
        (
            "db:\n  restart: always\n",
            "db:\n  restart: always\nweb:\n  image: redis\n  restart: always\n",
            lambda text: text.replace("redis", "redis:7"),
            "db:\n  restart: always\nweb:\n  image: redis:7\n",
        ),
    ],
)
def test_what_looks_like_a_part_of_ours_stays(
    ours: str, want: str, since: Callable[[str], str], left: str
) -> None:
    kept = 1 if "web" in left else 0
    assert removed("yaml", ours, want, since=since, kept=kept) == left


def test_what_the_user_moved_to_another_key_is_theirs() -> None:
    ours = '{\n  "allow": [\n    "x"\n  ],\n  "deny": [\n    "rm"\n  ]\n}\n'
    want = '{"allow": ["validate", "setup"]}\n'
    put = first("json", ours, want).after.decode()
    part = put[put.index(',\n    "validate"') : put.index('\n  ],\n  "deny"')]

    def moved(text: str) -> str:
        return text.replace(part, "").replace('"rm"', '"rm"' + part)

    assert moved(put) == removed("json", ours, want, since=moved, kept=1)


def test_a_key_that_they_took_from_ours_for_another_of_theirs_stays() -> None:
    ours = "jobs:\n  a:\n    on: x\n  b:\n    on: y\n"
    want = "jobs:\n  a:\n    minutes: 10\n"

    def moved(text: str) -> str:
        return text.replace("    minutes: 10\n", "") + "    minutes: 10\n"

    assert removed("yaml", ours, want, since=moved, kept=1) == moved(
        ours.replace("    on: x\n", "    on: x\n    minutes: 10\n")
    )


def test_ours_go_from_below_a_key_that_they_renamed() -> None:
    ours, want = "jobs:\n  a:\n    on: x\n", "jobs:\n  a:\n    minutes: 10\n"
    after = removed("yaml", ours, want, since=lambda text: text.replace("a:", "b:"))
    assert after == ours.replace("a:", "b:")


def test_ours_go_with_the_header_that_they_need_no_more() -> None:
    ours, want = '[install.lock]\nprint = "y"\n\n[test]\na = 1\n', "[install]\nours = 1\n"
    after = removed("toml", ours, want, since=lambda text: text[text.index("[test]") :])
    assert after == "[test]\na = 1\n"


@pytest.mark.parametrize(
    ("kind", "ours", "base", "want", "comment"),
    [
        ("toml", "[a]\nx = 1\n", "[b]\ny = 1\nz = 2\n", "[b]\ny = 1\nz = 2\nv = 3\n", "# mine"),
        ("yaml", "a: 1\n", "b:\n  y: 1\n  z: 2\n", "b:\n  y: 1\n  z: 2\n  v: 3\n", "  # mine"),
    ],
)
def test_a_comment_among_ours_stays_after_an_update_and_the_removal(
    kind: str, ours: str, base: str, want: str, comment: str
) -> None:
    put = first(kind, ours, base)
    theirs = "".join(
        f"{comment}\n{line}" if "z" in line else line
        for line in put.after.decode().splitlines(keepends=True)
    )
    newer = patched(run(kind, theirs, base, want, None, put))
    assert comment in newer.after.decode()
    gone = patched(run(kind, newer.after.decode(), want, None, None, newer), kept=1)
    assert comment in gone.after.decode().splitlines()


def test_a_comment_behind_ours_stays_after_an_update_and_the_removal() -> None:
    put = first("yaml", "a: 1\n", "d: 1\nf: 2\n")
    theirs = put.after.decode().replace("f: 2", "f: 2 # mine")
    newer = patched(run("yaml", theirs, "d: 1\nf: 2\n", "f: 2\n", None, put))
    gone = run("yaml", newer.after.decode(), "f: 2\n", None, None, newer)
    assert isinstance(gone, Patched)
    assert gone.after.decode() == "a: 1\nf: 2 # mine\n"
    assert len(gone.kept) == 1


@pytest.mark.parametrize("want", ["run: |\n  b\n", None])
def test_a_comment_on_the_head_of_a_block_scalar_stays(want: str | None) -> None:
    put = first("yaml", "x: 1\n", "run: |\n  a\n")
    theirs = put.after.decode().replace("|\n", "|  # mine\n")
    answer = patched(run("yaml", theirs, "run: |\n  a\n", want, None, put), kept=1)
    assert answer.after.decode() == theirs


IGNORED = "# Private\nmine.json\n"


@pytest.mark.parametrize(
    ("ours", "since", "left"),
    [
        (
            IGNORED,
            lambda text: text.replace("local.md", "more.md\nlocal.md"),
            IGNORED + "\nmore.md\n",
        ),
        (
            "x\n",
            lambda text: "local.md\n" + text.replace("local.md", "more.md\nlocal.md"),
            "local.md\nx\n\nmore.md\n",
        ),
    ],
)
def test_of_equal_lines_only_those_that_were_put_go(
    ours: str, since: Callable[[str], str], left: str
) -> None:
    assert removed("lines", ours, "# Private\nours.json\nlocal.md\n", since=since) == left


@pytest.mark.parametrize(
    ("ours", "want"),
    [
        ("a:\n  x: &n 1\nb: *n\n", "a:\n  y: &n 2\n"),
        ("b: &b 1\n", "a: *b\n"),
        ("b: 1\n", "z: &z 1\na: {b: *z}\nb: 1\n"),
    ],
)
def test_an_anchor_of_the_template_means_nothing_else_in_their_file(ours: str, want: str) -> None:
    if "*z" in want:
        assert applied("yaml", ours, want).startswith(ours)
    else:
        assert "the template" in refused("yaml", ours, want).reason


@pytest.mark.parametrize("kind", ["lines", "yaml"])
def test_ours_are_found_after_all_line_endings_were_changed(kind: str) -> None:
    ours, want = ("x\n\n\n", "y\n") if kind == "lines" else ("a: 1\n", "b:\n  c: 2\n")
    crlf = ours.replace("\n", "\r\n")
    after = removed(kind, crlf, want, since=lambda text: text.replace("\r\n", "\n"))
    assert after == ours


@pytest.mark.parametrize("kind", ["yaml", "json"])
@given(draw=st.data())
def test_data_of_theirs_stays_however_much_the_template_says_the_same(
    kind: str, draw: st.DataObject
) -> None:
    write = yaml_text if kind == "yaml" else json_text
    ours, base, want = (draw.draw(write(draw.draw(MAPS))) for _ in range(3))
    answer = run(kind, ours, None, base)
    assume(isinstance(answer, Patched))
    text = answer.after.decode()
    for end in (want, None):
        lines = text.splitlines(keepends=True)
        at = draw.draw(st.integers(0, len(lines)))
        mine = "# mine\n" if kind == "yaml" else "// mine\n"
        text = "".join([*lines[:at], mine, *lines[at:]])
        assume(_says(kind, text, ours))  # in a block scalar it is no comment
        answer = run(kind, text, base, end, None, answer)
        if not isinstance(answer, Patched):
            break
        text, base = answer.after.decode(), end or ""
        assert _says(kind, text, ours)
        assert text.count(mine.strip()) >= "".join(lines).count(mine.strip()) + 1


def _says(kind: str, text: str, ours: str) -> bool:
    try:
        return holds(data(kind, text), data(kind, ours))
    except (yaml.YAMLError, ValueError):
        return False
