"""What an update does to leaves: the table of meanings, once for each format with data."""

from __future__ import annotations

import pytest
from patch_helpers import first, patched, removed, run, updated

from bootstrap.patch import Refused

PRE_COMMIT = {"repos": ("repo", "hooks.id"), "repos.hooks": ("id",)}


def rendered(kind: str, **leaves: int) -> str:
    if kind == "json":
        return "{\n" + ",\n".join(f'  "{k}": {v}' for k, v in leaves.items()) + "\n}\n"
    mark = ": " if kind == "yaml" else " = "
    return "".join(f"{key}{mark}{value}\n" for key, value in leaves.items())


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_what_nobody_touched_follows_the_template_and_goes_without_a_trace(kind: str) -> None:
    ours = rendered(kind, u=1)
    want = rendered(kind, b=20, c=3)
    after = updated(kind, ours, rendered(kind, a=1, b=2), want)
    assert after.after.decode() == rendered(kind, u=1, b=20, c=3)
    assert patched(run(kind, after.after.decode(), want, None, None, after)).after == ours.encode()


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_what_they_changed_stays_theirs(kind: str) -> None:
    number = rendered(kind, a=1).strip("{}\n ")
    after = updated(
        kind,
        rendered(kind, u=1),
        rendered(kind, a=1, b=2),
        rendered(kind, a=10, b=20),
        since=lambda text: text.replace(number, number[:-1] + "7"),
        kept=1,
    )
    assert after.after.decode() == rendered(kind, u=1, a=7, b=20)
    assert [(k.where, k.theirs, k.wanted) for k in after.kept] == [("a", "7", "10")]


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_what_they_changed_and_the_template_did_not_is_no_news(kind: str) -> None:
    after = updated(
        kind,
        rendered(kind, u=1),
        rendered(kind, a=1),
        rendered(kind, a=1, b=2),
        since=lambda _: rendered(kind, u=1, a=7),
    )
    assert after.after.decode() == rendered(kind, u=1, a=7, b=2)


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_what_they_deleted_stays_deleted(kind: str) -> None:
    ours = rendered(kind, u=1)
    base, want = rendered(kind, a=1, b=2), rendered(kind, a=10, b=2, c=3)
    after = updated(kind, ours, base, want, since=lambda _: ours, kept=1)
    assert after.after.decode() == rendered(kind, u=1, c=3)
    assert [(k.where, k.theirs, k.wanted) for k in after.kept] == [("a", "", "10")]


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_what_was_theirs_before_us_is_never_replaced_or_deleted(kind: str) -> None:
    ours = rendered(kind, a=1, b=2)
    after = updated(kind, ours, rendered(kind, a=1, b=2, c=3), rendered(kind, a=10), kept=1)
    assert after.after.decode() == ours


@pytest.mark.parametrize("kind", ["yaml", "json", "toml"])
def test_a_file_that_is_ours_as_a_whole_follows_everywhere(kind: str) -> None:
    base = rendered(kind, a=1, b=2)
    answer = patched(run(kind, base, base, rendered(kind, b=20, c=3), whole=True))
    assert answer.after.decode() == rendered(kind, b=20, c=3)


HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: one
        entry: .process/one
      - id: two
        entry: .process/two
"""
USER = "repos:\n  - repo: local\n    hooks:\n      - id: theirs\n        entry: x\n"


def test_a_new_hook_goes_into_our_item_and_not_into_theirs() -> None:
    want = HOOKS + "      - id: three\n        entry: .process/three\n"
    after = updated("yaml", USER, HOOKS, want, PRE_COMMIT)
    assert after.after.decode() == USER + want.removeprefix("repos:\n")


def test_a_dropped_hook_goes_and_an_edited_one_stays_whole() -> None:
    want = HOOKS.split("      - id: two", maxsplit=1)[0]
    assert updated("yaml", USER, HOOKS, want, PRE_COMMIT).after.decode() == USER + want[7:]
    edited = updated(
        "yaml",
        USER,
        HOOKS,
        want,
        PRE_COMMIT,
        since=lambda text: text.replace(".process/two", "mine"),
        kept=1,
    )
    assert edited.after.decode() == USER + HOOKS[7:].replace(".process/two", "mine")


def test_a_hook_that_they_deleted_does_not_come_back_in_pieces() -> None:
    want = HOOKS.replace("entry: .process/two", "entry: .process/two\n        args: [x]")
    cut = HOOKS.split("      - id: two", maxsplit=1)[0]
    after = updated("yaml", USER, HOOKS, want, PRE_COMMIT, since=lambda _: USER + cut[7:], kept=1)
    assert after.after.decode() == USER + cut[7:]


def test_a_hook_that_they_put_into_our_item_survives_the_removal() -> None:
    theirs = "      - id: mine\n        entry: y\n"
    after = removed("yaml", USER, HOOKS, PRE_COMMIT, since=lambda text: text + theirs)
    assert after == USER + "  - repo: local\n    hooks:\n" + theirs


def test_what_is_left_of_an_edited_stretch_is_still_ours_later() -> None:
    base, want = "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 3\nd: 4\n"
    after = updated("yaml", "u: 1\n", base, want, since=lambda text: text.replace("b: 2", "b: 5"))
    assert after.after == b"u: 1\na: 1\nb: 5\nc: 3\nd: 4\n"
    gone = patched(run("yaml", after.after.decode(), want, None, None, after), kept=1)
    assert gone.after == b"u: 1\nb: 5\n"


def test_without_knowing_what_was_put_in_an_edited_stretch_is_refused() -> None:
    one = first("yaml", "u: 1\n", "a: 1\nb: 2\n")
    answer = run("yaml", "u: 1\na: 9\nb: 2\n", None, None, None, one)
    assert isinstance(answer, Refused)
    assert "edited since" in answer.reason
    assert answer.snippet == "a: 1\nb: 2\n"


@pytest.mark.parametrize(
    ("kind", "ours", "base", "want", "after"),
    [
        ("yaml", "a: [x] # c\n", "a: [v1]\n", "a: [v2]\n", "a: [x, v2] # c\n"),
        ("toml", "a = [1] # c\n", 'a = ["v"]\n', 'a = ["w"]\n', 'a = [1, "w"] # c\n'),
        (
            "json",
            '{"a": [1], "u": "http://x"}\n',
            '{"a": ["v"]}',
            '{"a": ["w"]}',
            '{"a": [1, "w"], "u": "http://x"}\n',
        ),
        ("toml", "[a]\n", "[a]\nx = [ 1, 1 ]\n", "[a]\nx = [ 1, 2 ]\n", "[a]\nx = [ 1, 2 ]\n"),
        ("lines", "x", "# C\na\nb\n", "# C\na\nc\n", "x\n\n# C\na\nc"),
    ],
)
def test_an_item_of_ours_is_replaced_whatever_stands_beside_it(
    kind: str, ours: str, base: str, want: str, after: str
) -> None:
    one = patched(run(kind, ours, None, base))
    assert patched(run(kind, one.after.decode(), base, want, None, one)).after == after.encode()


def test_an_item_of_ours_that_the_user_added_to_is_reported() -> None:
    one = patched(run("yaml", "a:\n- x\n", None, "a:\n- y: s\n"))
    theirs = one.after.decode() + "  z: 1\n"
    gone = patched(run("yaml", theirs, "a:\n- y: s\n", None, None, one), kept=1)
    assert gone.after == theirs.encode()
    assert gone.kept[0].where == "line 3"


def test_a_blank_line_of_theirs_outlives_a_part_of_ours() -> None:
    ours, one, both = "x = 1\n\n", "[c]\nd = 1\n", "[a]\nb = 1\n[c]\nd = 1\n"
    first_ = patched(run("toml", ours, None, both))
    second = patched(run("toml", first_.after.decode(), both, one, None, first_))
    assert second.after.decode() == ours + one
    assert (
        patched(run("toml", second.after.decode(), one, None, None, second)).after == ours.encode()
    )


def test_a_key_of_ours_goes_from_a_map_of_theirs_that_holds_a_comment() -> None:
    one = patched(run("yaml", "extra:\n  # old\n", None, "extra:\n  g: 1\nb: 1\n"))
    two = patched(run("yaml", one.after.decode(), "extra:\n  g: 1\nb: 1\n", "b: 1\n", None, one))
    assert two.after == b"extra:\n  # old\nb: 1\n"


@pytest.mark.parametrize(
    ("kind", "want"),
    [("lines", "a\nb\n"), ("toml", "[a]\nb = 1\n"), ("markdown", "a\nb\n")],
)
def test_no_lines_of_theirs_are_joined_where_they_took_our_blank_line(kind: str, want: str) -> None:
    one = patched(run(kind, "x = 1\n", None, want))
    theirs = one.after.decode().replace("\n\n", "\n", 1) + "# mine\n"
    gone = patched(run(kind, theirs, want, None, None, one))
    assert gone.after == b"x = 1\n# mine\n"


def test_of_a_key_that_a_merge_brought_twice_none_is_guessed_to_be_ours() -> None:
    one = patched(run("yaml", "on:\n  p:\n", None, "on:\n  m:\n"))
    theirs = "on:\n  m:\n  p:\n  m:\n"
    assert isinstance(run("yaml", theirs, "on:\n  m:\n", None, None, one), Refused)
