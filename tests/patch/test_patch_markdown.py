"""A block between two marks in a page of the user's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from patch_helpers import patched, removed, run, updated

from bootstrap.patch import Refused

BEGIN, END = "<!-- twelvefold:begin -->\n", "<!-- twelvefold:end -->\n"


def block(*lines: str) -> str:
    return BEGIN + "".join(line + "\n" for line in lines) + END


@pytest.mark.parametrize(
    ("base", "want", "theirs", "after"),
    [
        ("a b c", "a x c", "a b c", "a x c"),
        ("a b c", "a b c d", "a b c", "a b c d"),
        ("a b c", "a c", "a b c", "a c"),
        ("a b c d e", "a x c d e", "a b c d y", "a x c d y"),
        ("a b c d e", "x b c d e", "a b c m d e", "x b c m d e"),
        ("a b c", "a b c", "a m c", "a m c"),
        ("a b c d", "a c d", "a b c", "a c"),
    ],
)
def test_the_block_is_merged_by_lines(base: str, want: str, theirs: str, after: str) -> None:
    base_, want_, theirs_, after_ = (block(*x.split()) for x in (base, want, theirs, after))
    answer = updated(
        "markdown", "# A\n", base_, want_, since=lambda text: text.replace(base_, theirs_)
    )
    assert answer.after.decode() == "# A\n\n" + after_
    assert answer.kept == ()


def test_where_both_changed_a_line_it_stays_theirs_and_is_said() -> None:
    one = patched(run("markdown", "# A\n", None, block("a", "b", "c")))
    theirs = one.after.decode().replace("b\n", "mine\n").replace("c\n", "c\nd\n")
    answer = run("markdown", theirs, block("a", "b", "c"), block("x", "new words", "c"), None, one)
    two = patched(answer, kept=1)
    assert two.after.decode() == "# A\n\n" + block("a", "mine", "c", "d")
    kept = two.kept[0]
    assert (kept.where, kept.theirs, kept.wanted) == ("the marked block", "a mine", "x new words")


def test_line_endings_of_the_page_are_kept_within_the_block() -> None:
    answer = updated("markdown", "# A\r\n", block("a", "b"), block("a", "c", "d"))
    assert answer.after.decode() == ("# A\n\n" + block("a", "c", "d")).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("since", "left"),
    [
        (lambda text: "# New\n\n" + text, "# New\n\n# A\n"),
        (lambda text: text + "\n# B\n", "# A\n\n# B\n"),
        (lambda text: text.replace("\n", "\r\n"), "# A\r\n"),
        (lambda text: text.replace("# A\n\n", "# A\n"), "# A\n"),
        (lambda text: text.replace("# A\n\n", ""), ""),
        (lambda text: text.replace("# A\n\n", "x\n\n\n"), "x\n\n"),
        (lambda _: "# A\n", "# A\n"),
    ],
)
def test_the_block_goes_wherever_it_is(since: Callable[[str], str], left: str) -> None:
    assert removed("markdown", "# A\n", block("a", "b"), since=since) == left


@pytest.mark.parametrize("edit", [("a\n", "mine\n"), ("a\n", "a\nmine\n"), ("a\n", "")])
def test_a_block_that_was_edited_stays(edit: tuple[str, str]) -> None:
    one = patched(run("markdown", "# A\n", None, block("a", "b")))
    theirs = one.after.decode().replace(*edit)
    answer = run("markdown", theirs, block("a", "b"), None, None, one)
    assert isinstance(answer, Refused)
    assert (answer.reason, answer.line) == ("the marked block has been edited", 3)
    assert answer.snippet == block("a", "b")


def test_a_block_that_was_there_before_us_is_left_and_said() -> None:
    theirs = "# A\n\n" + block("mine")
    answer = patched(run("markdown", theirs, None, block("a")), kept=1)
    assert answer.after.decode() == theirs


@pytest.mark.parametrize(
    ("theirs", "line"),
    [
        (END + BEGIN, 2),
        ("x\n" + BEGIN, 2),
        (BEGIN + END + BEGIN + END, 1),
    ],
)
def test_marks_that_do_not_pair_are_refused(theirs: str, line: int) -> None:
    answer = run("markdown", theirs, None, block("a"))
    assert isinstance(answer, Refused)
    assert (answer.reason, answer.line) == ("the marks of the block do not pair", line)
