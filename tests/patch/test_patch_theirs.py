"""What the user changes after an apply stays, whatever comes next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st
from patch_helpers import run
from patch_mutations import mutated
from patch_readers import data
from patch_shapes import SHAPES, Shape

from bootstrap.patch import Patched

in_every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
in_every_shape_with_data = pytest.mark.parametrize(
    "shape", [shape for shape in SHAPES if shape.kind in ("yaml", "json", "toml")], ids=str
)

Line = tuple[str, bool]
"""A line with its ending, and whether nothing of ours is in it."""


def after_apply(draw: st.DataObject, shape: Shape) -> tuple[str, Patched]:
    """A mutated file, and the file with the first version of part A in it."""
    ours, _ = draw.draw(mutated(shape))
    one = run(shape.called, ours, None, shape.base, shape.lists)
    assume(isinstance(one, Patched))
    assert isinstance(one, Patched)
    return ours, one


@in_every_shape_with_data
@given(draw=st.data())
def test_a_value_of_ours_that_they_changed_stays_as_they_have_it(
    shape: Shape, draw: st.DataObject
) -> None:
    _, one = after_apply(draw, shape)
    after = one.after.decode()
    words = [word for word in leaves(data(shape.kind, shape.base)) if _changeable(after, one, word)]
    word = draw.draw(st.sampled_from(words))
    theirs = after.replace(word, f"{word}-theirs")
    for want in (shape.want, shape.other, None):
        answer = run(shape.called, theirs, shape.base, want, shape.lists, one)
        left = answer.after.decode() if isinstance(answer, Patched) else theirs
        note(f"{answer}")
        assert paths_to(data(shape.kind, left), f"{word}-theirs") == paths_to(
            data(shape.kind, theirs), f"{word}-theirs"
        )


def _changeable(text: str, answer: Patched, word: str) -> bool:
    """Whether a value stands once in the text, in a stretch of ours, as a plain word."""
    inside = any(word in stretch.text for stretch in answer.inserted)
    return inside and text.count(word) == 1 and bool(re.fullmatch(r"[\w./:>=^() -]{3,}", word))


def leaves(value: Any) -> Iterator[str]:
    """Every string value in some data."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield value


def paths_to(value: Any, word: str, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The keys that lead to each place where some data says a word."""
    if isinstance(value, dict):
        return [found for key in value for found in paths_to(value[key], word, (*path, key))]
    if isinstance(value, list):
        return [found for item in value for found in paths_to(item, word, (*path, "*"))]
    return [path] if value == word else []


@in_every_shape
@pytest.mark.parametrize("move", ["update", "remove"])
@given(draw=st.data())
def test_after_any_edit_of_lines_everything_of_theirs_is_left(
    shape: Shape, move: str, draw: st.DataObject
) -> None:
    _, one = after_apply(draw, shape)
    lines = draw.draw(edited(tagged(one)))
    theirs = "".join(line for line, _ in lines)
    note(repr(theirs))
    want = shape.want if move == "update" else None
    answer = run(shape.called, theirs, shape.base, want, shape.lists, one)
    if isinstance(answer, Patched):
        note(repr(answer.after))
        ours = Counter(_bare(line) for line, mine in lines if not mine)
        before = [_bare(line) for line, mine in lines if mine and not ours[_bare(line)]]
        assert is_subsequence(before, [_bare(x) for x in answer.after.decode().splitlines()])


def tagged(answer: Patched) -> list[Line]:
    """The lines of a file, each with whether it is all theirs."""
    lines: list[Line] = []
    at = 0
    for line in answer.after.decode().removeprefix("\ufeff").splitlines(keepends=True):
        end = at + len(line)
        inside = any(part.offset < end and at < part.end for part in answer.inserted)
        lines.append((line, not inside))
        at = end
    return lines


@st.composite
def edited(draw: st.DrawFn, lines: list[Line]) -> list[Line]:
    """The lines after some were deleted and some of the user's were put in."""
    lines = [(line if line.endswith("\n") else line + "\n", theirs) for line, theirs in lines]
    for _ in range(draw(st.integers(1, 2))):
        at, cut = draw(st.integers(0, len(lines))), draw(st.integers(0, 2))
        new = draw(st.sampled_from(["", "mine: 1\n", "  mine: 1\n", "# mine\n", "\n", '"mine",\n']))
        lines = [*lines[:at], *([(new, True)] if new else []), *lines[at + cut :]]
    return lines


def _bare(line: str) -> str:
    """A line without what may come and go at its end when others come and go behind it."""
    return line.strip().rstrip(",").rstrip()


def is_subsequence(lines: list[str], others: list[str]) -> bool:
    """Whether all lines are there, in order."""
    rest = iter(others)
    return all(line in rest for line in lines if line)
