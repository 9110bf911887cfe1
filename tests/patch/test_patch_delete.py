"""What the template dropped goes, from every place where it can stand."""

from __future__ import annotations

import pytest
from patch_helpers import applied, patched, removed, run

from bootstrap.patch import Patched

BY_ID = {"l": ("id",)}


@pytest.mark.parametrize(
    ("base", "want", "after"),
    [
        ("l:\n- id: x\n  a: 1\n  b: 2\n", "l:\n- id: x\n  b: 2\n", "l:\n- id: x\n  b: 2\n"),
        ("l:\n- a: 1\n  id: x\n", "l:\n- id: x\n", "l:\n- id: x\n"),
        ("l:\n- id: x\n  a: 1\n", "l:\n- id: x\n", "l:\n- id: x\n"),
        ("l:\n- id: x\n  a:\n    b: 1\n", "l:\n- id: x\n", "l:\n- id: x\n"),
        ("l:\n- - a\n  - b\n", "l:\n- - b\n", "l:\n- - b\n"),
        ("a: 1\nb: 2\n", "b: 2\n", "b: 2\n"),
        ("a: 1\n# of b\nb: 2\n", "a: 1\n", "a: 1\n"),
        ("a:\n  b: 1\n  c: 2\n", "a:\n  c: 2\n", "a:\n  c: 2\n"),
        ("a:\n- 1\n\n- 2\n\n- 3\n", "a:\n- 1\n\n- 3\n", "a:\n- 1\n\n- 3\n"),
        ("a:\n- 1\n\n- 2\n\n- 3\n", "a:\n- 1\n\n- 2\n", "a:\n- 1\n\n- 2\n"),
        ("a: |\n  x\n\nb: 1\n", "b: 1\n", "b: 1\n"),
        ("a: |+\n  x\n\nb: 1\n", "b: 1\n", "b: 1\n"),
        ("b: 1\na: >-\n  x\n  y\n", "b: 1\n", "b: 1\n"),
    ],
)
def test_a_part_of_a_yaml_file_of_ours_goes(base: str, want: str, after: str) -> None:
    answer = run("yaml", base, base, want, BY_ID, whole=True)
    assert isinstance(answer, Patched), answer
    assert answer.after.decode() == after


@pytest.mark.parametrize(
    ("base", "want", "after"),
    [
        ("[a]\nb = 1\n\n[c]\nd = 2\n", "[a]\nb = 1\n", "[a]\nb = 1\n"),
        ("[a]\nb = 1\n\n[c]\nd = 2\n", "[c]\nd = 2\n", "[c]\nd = 2\n"),
        ("[a]\nb = 1\n# of d\nd = 2\n", "[a]\nb = 1\n", "[a]\nb = 1\n"),
        ("a.b = 1\na.c = 2\n", "a.c = 2\n", "a.c = 2\n"),
        ("[a]\nb = 1\n[a.c]\nd = 2\n", "[a]\nb = 1\n", "[a]\nb = 1\n"),
        ("a = [1, 2, 3]\n", "a = [1, 3]\n", "a = [1, 3]\n"),
        ("a = [\n  1,\n  2, # two\n]\n", "a = [\n  1,\n]\n", "a = [\n  1,\n]\n"),
        ("a = { b = 1, c = 2 }\n", "a = { c = 2 }\n", "a = { c = 2 }\n"),
    ],
)
def test_a_part_of_a_toml_file_of_ours_goes(base: str, want: str, after: str) -> None:
    answer = run("toml", base, base, want, whole=True)
    assert isinstance(answer, Patched), answer
    assert answer.after.decode() == after


@pytest.mark.parametrize(
    ("ours", "want", "after"),
    [
        ("", '{"a": 1}\n', '{"a": 1}\n'),
        (
            "",
            '{\n  // why\n  "a": {\n    "b": 1\n  }\n}\n',
            '{\n  // why\n  "a": {\n    "b": 1\n  }\n}\n',
        ),
        ("// mine\n", '{\n  "a": 1\n}\n', '// mine\n{\n  "a": 1\n}\n'),
        ("// mine\r\n", '{\n  "a": 1\n}\n', '// mine\r\n{\r\n  "a": 1\r\n}\r\n'),
        ("{}", '{\n  "a": 1\n}\n', '{\n  "a": 1\n}'),
        ("{ }\n", '{"a": {"b": [1]}}', '{\n  "a": {"b": [1]}\n }\n'),
    ],
)
def test_json_that_says_nothing_yet(ours: str, want: str, after: str) -> None:
    assert applied("json", ours, want) == after


def test_an_item_that_stands_apart_goes_with_its_blank_line_after_a_reformat() -> None:
    ours = "a:\n  - 1\n\n  - 2\n"
    after = removed("yaml", ours, "a:\n  - 3\n", since=lambda t: t.replace("\n", "\r\n"))
    assert after == ours.replace("\n", "\r\n")


def test_a_value_of_ours_becomes_another_one_in_the_style_of_the_file() -> None:
    ours, base = '{\n\t"x": 1\n}\n', '{\n  "a": 1\n}\n'
    one = patched(run("json", ours, None, base))
    want = '{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n'
    two = patched(run("json", one.after.decode(), base, want, None, one))
    assert two.after.decode() == '{\n\t"x": 1,\n\t"a": {\n\t\t"b": [\n\t\t\t1\n\t\t]\n\t}\n}\n'


def test_the_file_ends_without_a_newline_again_wherever_the_user_wrote() -> None:
    theirs, want = "z: 1\na:\n- x", "a:\n- y: |\n    s\n"
    after = removed("yaml", theirs, want, since=lambda text: "# longer\n" + text)
    assert after == "# longer\n" + theirs
