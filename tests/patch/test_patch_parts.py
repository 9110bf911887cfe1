"""Two parts of a template on disjoint paths of one file: neither knows of the other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patch_generators import MAPS, json_text, yaml_text
from patch_helpers import Lists, patched, run
from patch_mutations import mutated
from patch_readers import data, unordered
from patch_shapes import SHAPES, Shape

from bootstrap.patch import Patched, Refused

in_every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def stepped(kind: str, ours: str, lists: Lists, *renderings: str) -> Patched | None:
    """The file after one rendering and then the others; None if one is refused."""
    now: Patched | None = None
    for base, want in zip([None, *renderings], renderings, strict=False):
        answer = run(kind, now.after.decode() if now else ours, base, want, lists, now)
        if isinstance(answer, Refused):
            return None
        now = answer
    return now


def check_order(
    kind: str, ours: str, lists: Lists, one: str, two: str, both: str, *, exact: bool
) -> None:
    """See the tests that call it; without `exact` only the data count, not how they are laid out."""

    def told(answer: Patched) -> object:
        return answer.after if exact else unordered(data(kind, answer.after.decode()))

    ways = [stepped(kind, ours, lists, *way) for way in ((one, both), (two, both), (both,))]
    found = [unordered(data(kind, way.after.decode())) for way in ways if way]
    assert all(each == found[0] for each in found)
    alone = {part: stepped(kind, ours, lists, part) for part in (one, two)}
    for way in filter(None, ways):
        for left in (one, two):
            answer = run(kind, way.after.decode(), both, left, lists, way)
            if isinstance(answer, Refused) or alone[left] is None:
                continue
            assert told(answer) == told(alone[left]), (way.after, answer.after)
            gone = patched(run(kind, answer.after.decode(), left, None, lists, answer))
            assert gone.after == ours.encode()


@in_every_shape
@given(draw=st.data())
def test_their_order_makes_no_difference_and_without_one_the_other_is_as_if_alone(
    shape: Shape, draw: st.DataObject
) -> None:
    ours, _ = draw.draw(mutated(shape))
    parts = (shape.base, shape.other, shape.both)
    check_order(shape.called, ours, shape.lists, *parts, exact=ours == shape.ours)


@in_every_shape
def test_in_the_files_as_they_are_it_is_so_to_the_byte(shape: Shape) -> None:
    parts = (shape.base, shape.other, shape.both)
    check_order(shape.called, shape.ours, shape.lists, *parts, exact=True)


@in_every_shape
@given(draw=st.data())
def test_one_part_moves_on_and_the_other_one_stays(shape: Shape, draw: st.DataObject) -> None:
    ours, _ = draw.draw(mutated(shape))
    moved = stepped(shape.called, ours, shape.lists, shape.other, shape.both, shape.rendered("a2b"))
    if moved is None:
        return
    left = run(
        shape.called, moved.after.decode(), shape.rendered("a2b"), shape.other, shape.lists, moved
    )
    alone = stepped(shape.called, ours, shape.lists, shape.other)
    if isinstance(left, Patched) and alone:
        assert left.after == alone.after


def merged(one: Any, two: Any) -> Any:
    """Maps that share no leaf, made one."""
    both = {**one, **two}
    return {
        key: merged(one[key], two[key]) if key in one and key in two else both[key] for key in both
    }


@pytest.mark.parametrize("kind", ["yaml", "json"])
@given(draw=st.data())
def test_that_holds_for_generated_data_too(kind: str, draw: st.DataObject) -> None:
    write = yaml_text if kind == "yaml" else json_text
    ours = draw.draw(write(draw.draw(MAPS)))
    parts = [
        {"on": draw.draw(LEAVES[name].filter(bool)), **draw.draw(LEAVES[name])}
        for name in ("one", "two")
    ]
    texts = [draw.draw(write(part)) for part in (*parts, merged(*parts))]
    check_order(kind, ours, {}, *texts, exact=False)


LEAVES = {
    name: MAPS.map(
        lambda found, name=name: {f"{name} {key}": value for key, value in found.items()}
    )
    for name in ("one", "two")
}
