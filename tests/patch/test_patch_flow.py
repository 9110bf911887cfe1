"""Between brackets: YAML's flow style, JSON, TOML's arrays and inline tables."""

from __future__ import annotations

import pytest
from patch_helpers import applied, patched, removed, run


@pytest.mark.parametrize(
    ("want", "entry"),
    [
        ("b: x y", "b: x y"),
        ("b: 'x, y'", "b: 'x, y'"),
        ('b: "q # r"', 'b: "q # r"'),
        ("b: x#y", 'b: "x#y"'),
        ("b: x, y", 'b: "x, y"'),
        ("b: a{b}", 'b: "a{b}"'),
        ("b: http://x.y/z", 'b: "http://x.y/z"'),
        ("b:", "b: null"),
        ("b: ~", "b: ~"),
        ("b: [1, {c: d}]", "b: [1, {c: d}]"),
        ("b: []\n  c: {}", "b: [], c: {}"),
        ("'k e': 1", "'k e': 1"),
        ('"k: e": 1', '"k: e": 1'),
        ("b: 'yes'\n  c: yes\n  d: 1e3", "b: 'yes', c: yes, d: 1e3"),
        ("b: |\n    t\n    u", 'b: "t\\nu\\n"'),
        ("b: >-\n    long\n    text", 'b: "long text"'),
        ('b: "long\n    text"', 'b: "long text"'),
        ("b:\n    - x\n    - y: 1\n      z: 2", "b: [x, {y: 1, z: 2}]"),
    ],
)
def test_yaml_of_any_style_comes_between_braces(want: str, entry: str) -> None:
    after = applied("yaml", "a: {x: 1}\n", f"a:\n  {want}\n")
    assert after == f"a: {{x: 1, {entry}}}\n"


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ("a: []\n", "a: [v]\n"),
        ("a: [ ]  # c\n", "a: [v ]  # c\n"),
        ("a: [1, 2]\n", "a: [1, 2, v]\n"),
        ("a: [1,2]\n", "a: [1,2,v]\n"),
        ("a: [1, 2,]\n", "a: [1, 2, v]\n"),
        ("a: [\n  1,\n  2\n]\n", "a: [\n  1,\n  2,\n  v\n]\n"),
        ("a: [\n  1, # one\n  2, # two\n]\n", "a: [\n  1, # one\n  2, # two\n  v,\n]\n"),
        ("a: [\n  1 # one\n]\n", "a: [\n  1, # one\n  v\n]\n"),
        ("a: [\n  1\n  # end\n]\n", "a: [\n  1,\n  # end\n  v\n]\n"),
        ("a: [\n  # none\n]\n", "a: [\n  # none\n  v\n]\n"),
        ("a: [\n]\n", "a: [\n  v\n]\n"),
        ("a: [1, 2,\n    3, 4]\n", "a: [1, 2,\n    3, 4, v]\n"),
        ("a: [\n  1, 2,\n  3, 4\n]\n", "a: [\n  1, 2,\n  3, 4,\n  v\n]\n"),
    ],
)
def test_an_item_comes_in_as_the_others_stand(ours: str, after: str) -> None:
    assert applied("yaml", ours, "a: [v]\n") == after


JSON_LIST = {"a": ()}


@pytest.mark.parametrize(
    ("theirs", "left"),
    [
        ('{"a": ["v", "w"]}', '{"a": ["w"]}'),
        ('{"a": ["u", "v", "w"]}', '{"a": ["u", "w"]}'),
        ('{"a": ["u", "v"]}', '{"a": ["u"]}'),
        ('{"a": ["u", "v",]}', '{"a": ["u", ]}'),
        ('{"a": ["u",\n "v"]}', '{"a": ["u"]}'),
        ('{\n  "a": [\n    "u",\n    "v"\n  ]\n}', '{\n  "a": [\n    "u"\n  ]\n}'),
        ('{\n  "a": [\n    "v",\n    "u"\n  ]\n}', '{\n  "a": [\n    "u"\n  ]\n}'),
        (
            '{\n  "a": [\n    "u", // mine\n    "v"\n  ]\n}',
            '{\n  "a": [\n    "u" // mine\n  ]\n}',
        ),
        ('{\n  "a": [\n    "u",\n    "v",\n  ]\n}', '{\n  "a": [\n    "u",\n  ]\n}'),
        ('{\n  "a": [\n    "u", "v"\n  ]\n}', '{\n  "a": [\n    "u"\n  ]\n}'),
    ],
)
def test_an_item_goes_from_among_the_others(theirs: str, left: str) -> None:
    want = '{"a": ["v"]}'
    one = patched(run("json", "{}", None, want))
    gone = patched(run("json", theirs, want, None, JSON_LIST, one))
    assert gone.after.decode() == left


def test_an_item_goes_from_a_list_that_was_turned_over_several_lines() -> None:
    ours, want = "a: [x]\n", "a: [v]\n"
    after = removed("yaml", ours, want, since=lambda _: "a: [\n  x,\n  v\n]\n")
    assert after == "a: [\n  x\n]\n"
