"""Comments of the template travel with its values; comments of the user's stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from patch_helpers import Lists, patched, run


def updated(
    kind: str,
    ours: str,
    base: str,
    want: str,
    edit: Callable[[str], str] = str,
    lists: Lists | None = None,
    kept: int = 0,
) -> str:
    """`ours` with `base` in it, edited by the user, and updated to `want`."""
    one = patched(run(kind, ours, None, base, lists))
    theirs = edit(one.after.decode())
    two = patched(run(kind, theirs, base, want, lists, one), kept)
    again = patched(run(kind, two.after.decode(), want, want, lists, two))
    assert again.after == two.after
    if theirs == one.after.decode():
        gone = patched(run(kind, two.after.decode(), want, None, lists, two))
        assert gone.after == ours.encode()
    return two.after.decode()


@pytest.mark.parametrize(
    ("kind", "ours", "base", "want"),
    [
        ("yaml", "x: 1\n", "a:\n  # old\n  b: 1\n", "a:\n  # new\n  b: 1\n"),
        ("yaml", "x: 1\n", "a:\n  # old\n  b: 1 # one\n", "a:\n  # new\n  b: 2  # two\n"),
        ("yaml", "x: 1\n", "a:\n  # old\n  b: 1 # one\n", "a:\n  # new\n  b:\n    - 1 # two\n"),
        ("yaml", "x: 1\n", "a:\n  # old\n  # more\n  b: 1 # one\n", "a:\n  b: 1\n"),
        ("yaml", "x: 1\n", "a:\n  b: 1\n", "a:\n  # new\n  b: 1 # one\n"),
        ("yaml", "x: 1\n", "a:\n  - b: 1 # one\n", "a:\n  # new\n  - b: 1 # two\n"),
        ("yaml", "x: 1\r\n", "a:\r\n  b: 1\r\n", "a:\r\n  # new\r\n  b: 1 # one\r\n"),
        ("toml", "x = 1\n", "\n[a]\n# old\nb = 1\n", "\n[a]\n# new\nb = 2  # two\n"),
    ],
)
def test_comments_of_ours_follow_the_template(kind: str, ours: str, base: str, want: str) -> None:
    assert updated(kind, ours, base, want) == ours + want


def test_comments_of_ours_follow_the_template_in_json() -> None:
    ours = '{\n  // theirs\n  "x": 1\n}\n'
    base = '{\n  // old\n  "a": 1, // one\n  "b": 2\n}\n'
    want = '{\n  // new\n  "a": 1, // two\n  "b": 3\n}\n'
    after = updated("json", ours, base, want)
    assert after == ('{\n  // theirs\n  "x": 1,\n  // two\n  // new\n  "a": 1,\n  "b": 3\n}\n')


def test_strict_json_stays_without_comments() -> None:
    ours, base = '{\n  "x": 1\n}\n', '{\n  // old\n  "a": 1\n}\n'
    want = '{\n  // new\n  "a": 2\n}\n'
    assert updated("json", ours, base, want) == '{\n  "x": 1,\n  "a": 2\n}\n'


@pytest.mark.parametrize(
    ("theirs", "after"),
    [
        ("# mine\n  # old\n  b: 1", "# mine\n  # old\n  b: 2 # two"),
        ("# old, but mine\n  b: 1", "# old, but mine\n  b: 2 # two"),
        ("# old\n  b: 1 # mine", "# new\n  b: 2 # mine"),
    ],
)
def test_comments_that_the_user_wrote_stay(theirs: str, after: str) -> None:
    def edit(text: str) -> str:
        return text.replace("# old\n  b: 1", theirs)

    base, want = "a:\n  # old\n  b: 1\n", "a:\n  # new\n  b: 2 # two\n"
    assert updated("yaml", "x: 1\n", base, want, edit) == f"x: 1\na:\n  {after}\n"


@pytest.mark.parametrize(
    ("kind", "ours", "base", "want", "mine"),
    [
        ("yaml", "x: 1\n", "a:\n  b:\n  - 1\n", "a:\n  b:\n    c: 1\n", "- 1 # mine"),
        ("yaml", "x: 1\n", "a:\n  b: 1\n", "a:\n  b:\n    - 1\n", "b: 1 # mine"),
        ("json", '{"x": 1}\n', '{"a": [1]}\n', '{"a": {"b": 1}}\n', "[1 /* mine */"),
    ],
)
def test_a_value_with_a_comment_of_the_user_stays(
    kind: str, ours: str, base: str, want: str, mine: str
) -> None:
    def edit(text: str) -> str:
        return text.replace(mine.partition(" #")[0].partition(" /*")[0], mine)

    after = updated(kind, ours, base, want, edit, kept=1)
    assert mine in after
    assert after == edit(patched(run(kind, ours, None, base)).after.decode())
