"""Promises that hold for one part in any file: real shapes and generated data, times mutations."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from patch_generators import MAPS, json_text, yaml_text
from patch_helpers import patched, run
from patch_mutations import mutated
from patch_readers import data, grown, holds
from patch_shapes import POD, SHAPES, Shape

from bootstrap.patch import Patched, Refused

in_every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def applied(draw: st.DataObject, shape: Shape) -> tuple[str, Patched | None]:
    """A mutated file, and what the first apply makes of it; None if it may be and is refused."""
    ours, harmless = draw.draw(mutated(shape))
    note(repr(ours))
    answer = run(shape.called, ours, None, shape.base, shape.lists)
    assert not harmless or isinstance(answer, Patched), answer
    return ours, answer if isinstance(answer, Patched) else None


@in_every_shape
@given(draw=st.data())
def test_a_second_run_does_nothing_and_removal_gives_every_byte_back(
    shape: Shape, draw: st.DataObject
) -> None:
    ours, one = applied(draw, shape)
    if one:
        after = one.after.decode()
        assert run(shape.called, after, None, shape.base, shape.lists, one) == one
        assert run(shape.called, after, shape.base, shape.base, shape.lists, one) == one
        gone = patched(run(shape.called, after, shape.base, None, shape.lists, one))
        assert (gone.after.decode(), gone.inserted) == (ours, ())


@in_every_shape
@given(draw=st.data())
def test_an_update_is_final_too_and_removal_after_it_gives_every_byte_back(
    shape: Shape, draw: st.DataObject
) -> None:
    ours, one = applied(draw, shape)
    if one is None:
        return
    two = run(shape.called, one.after.decode(), shape.base, shape.want, shape.lists, one)
    if isinstance(two, Refused):
        return
    after = two.after.decode()
    again = patched(run(shape.called, after, shape.want, shape.want, shape.lists, two))
    assert (again.after, again.inserted) == (two.after, two.inserted)
    kept = one.kept or two.kept
    assert kept or holds(data(shape.kind, after), data(shape.kind, shape.want))
    gone = patched(run(shape.called, after, shape.want, None, shape.lists, two))
    assert (gone.after.decode(), gone.inserted) == (ours, ())


@in_every_shape
@given(draw=st.data())
def test_apply_adds_what_is_wanted_and_nothing_more_than_that_needs(
    shape: Shape, draw: st.DataObject
) -> None:
    ours, one = applied(draw, shape)
    if one is None:
        return
    before, after = data(shape.kind, ours), data(shape.kind, one.after.decode())
    assert holds(after, before)
    assert one.kept or holds(after, data(shape.kind, shape.base))
    assert without(one) == ours, "only insertions"
    allowed = grown(before, after) if shape.kind in ("yaml", "json", "toml") else 0
    assert len(extended(ours, one)) <= allowed, "at most one line of theirs for each collection"


@given(draw=st.data())
def test_lines_that_go_first_stay_first_and_in_the_order_of_the_template(
    draw: st.DataObject,
) -> None:
    ours, one = applied(draw, POD)
    assert one
    two = patched(run(POD.called, one.after.decode(), POD.base, POD.want, None, one))
    for answer, wanted in ((one, POD.base), (two, POD.want)):
        told = [line for line in data("lines", answer.after.decode()) if line[0] != "#"]
        first = [line for line in data("lines", wanted) if line[0] != "#"]
        assert told == first + [line for line in data("lines", ours) if line[0] != "#"]


@in_every_shape
@given(draw=st.data())
def test_what_comes_in_has_the_line_endings_of_the_file(shape: Shape, draw: st.DataObject) -> None:
    ours, one = applied(draw, shape)
    crlf = ours.count("\r\n")
    lone = ours.count("\n") - crlf
    for stretch in one.inserted if one else ():
        endings = set(re.findall(r"\r?\n|\r", stretch.text))
        assert endings <= {"\r\n"} if crlf > lone else endings <= {"\n"}


def without(answer: Patched) -> str:
    """The text that is left when the stretches of ours are cut out."""
    text = answer.after.decode()
    start = len(text) - len(text.removeprefix("\ufeff"))
    for stretch in reversed(answer.inserted):
        assert text[start + stretch.offset : start + stretch.end] == stretch.text
        text = text[: start + stretch.offset] + text[start + stretch.end :]
    return text


def extended(ours: str, answer: Patched) -> list[str]:
    """The user's lines that something was written into, or behind."""
    text = ours.removeprefix("\ufeff")
    found, shift = [], 0
    for stretch in answer.inserted:
        at = stretch.offset - shift
        shift += len(stretch.text)
        start = text.rfind("\n", 0, at) + 1
        line = re.compile(r"[^\r\n]*").match(text, start)
        assert line
        above = at == start and (stretch.text.endswith("\n") or not line.group())
        below = at == line.end() and stretch.text.startswith(("\n", "\r\n"))
        if not above and not below:
            found.append(line.group())
    return found


@given(draw=st.data())
@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_generated_data_of_any_layout_keeps_every_byte(kind: str, draw: st.DataObject) -> None:
    write = yaml_text if kind == "yaml" else json_text
    texts = [draw.draw(write(draw.draw(MAPS))) for _ in range(3)]
    ours, _ = draw.draw(mutated(Shape("generated", kind, texts[0], "")))
    one = run(kind, ours, None, texts[1])
    if isinstance(one, Refused):
        return
    assert without(one) == ours
    assert run(kind, one.after.decode(), None, texts[1], None, one) == one
    gone = patched(run(kind, one.after.decode(), texts[1], None, None, one))
    assert (gone.after.decode(), gone.inserted) == (ours, ())
    two = run(kind, one.after.decode(), *texts[1:], None, one)
    if isinstance(two, Refused):
        return
    again = run(kind, two.after.decode(), texts[2], texts[2], None, two)
    assert (again.after, again.inserted) == (two.after, two.inserted)
    gone = patched(run(kind, two.after.decode(), texts[2], None, None, two))
    assert (gone.after.decode(), gone.inserted) == (ours, ())
