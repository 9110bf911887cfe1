from __future__ import annotations

import json

import pytest
from patch_helpers import applied, first, refused, removed

SETTINGS = {"permissions.allow": (), "permissions.deny": ()}

WANT = """\
{
  // What agents may do.
  "permissions": {
    "allow": ["Bash(validate)"], // always
    "deny": []
  }
}
"""


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ('{"a": 1}', '{"a": 1, "b": {"c": [1, 2]}}'),
        ('{"a":1}', '{"a":1,"b":{"c":[1,2]}}'),
        ('{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "b": {\n    "c": [1, 2]\n  }\n}\n'),
        ('{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"b": {\n\t\t"c": [1, 2]\n\t}\n}\n'),
        ('{\r\n  "a": 1\r\n}', '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": [1, 2]\r\n  }\r\n}'),
        ('{\n  "a": 1, // one\n}', '{\n  "a": 1, // one\n  "b": {\n    "c": [1, 2]\n  },\n}'),
        ('{\n  "a": 1 // one\n}', '{\n  "a": 1, // one\n  "b": {\n    "c": [1, 2]\n  }\n}'),
        (
            '{\n  "a": 1\n  // "z": 2\n}',
            '{\n  "a": 1,\n  // "z": 2\n  "b": {\n    "c": [1, 2]\n  }\n}',
        ),
        ('{\n  "b": {}\n}\n', '{\n  "b": {\n    "c": [1, 2]\n  }\n}\n'),
        ('{\n  "b": {"c": []}\n}\n', '{\n  "b": {"c": [\n    1,\n    2\n  ]}\n}\n'),
        ('{\n  "b": {"c": [0]}\n}\n', '{\n  "b": {"c": [0, 1, 2]}\n}\n'),
        (
            '{\n  "b": {"c": [\n    0\n  ]}\n}\n',
            '{\n  "b": {"c": [\n    0,\n    1,\n    2\n  ]}\n}\n',
        ),
        ('{"b": {"c": [1, 2.0]}}', '{"b": {"c": [1, 2.0, 2]}}'),
        ("{}\n", '{\n  "b": {\n    "c": [1, 2]\n  }\n}\n'),
        ('\ufeff{"a":"//"}', '\ufeff{"a":"//","b":{"c":[1,2]}}'),
    ],
)
def test_the_style_of_the_file_rules(ours: str, after: str) -> None:
    assert applied("json", ours, '{\n  "b": {\n    "c": [1, 2]\n  }\n}\n') == after


def test_strict_json_stays_strict() -> None:
    after = applied("json", '{\n  "model": "x"\n}\n', WANT, SETTINGS)
    assert json.loads(after)["permissions"] == {"allow": ["Bash(validate)"], "deny": []}


def test_comments_come_along_where_the_file_has_some() -> None:
    after = applied("json", '{\n  // theirs\n  "model": "x"\n}\n', WANT, SETTINGS)
    assert '  // What agents may do.\n  "permissions": {\n' in after
    assert '"allow": ["Bash(validate)"], // always\n' in after


def test_permissions_are_told_apart_by_value() -> None:
    ours = '{"permissions": {"allow": ["Bash(ls)", "Bash(validate)"], "deny": ["Read(x)"]}}'
    assert applied("json", ours, WANT, SETTINGS) == ours


@pytest.mark.parametrize(
    ("ours", "reason"),
    [
        ('{"b": null}', "not a mapping"),
        ('{"b": 1, "b": {}}', "twice"),
        ("[1]", "not a mapping"),
        ('{"a": 1} x', "no valid JSON"),
        ('{"a": 1}{"a": 2}', "no valid JSON"),
        ("{'a': 1}", "no valid JSON"),
        ('{"a": 01}', "no valid JSON"),
        ('{"a": ' + "[" * 300 + "]" * 300 + "}", "nested too deeply"),
    ],
)
def test_what_is_not_safe_is_refused(ours: str, reason: str) -> None:
    assert reason in refused("json", ours, '{"b": {"c": 1}}').reason


def test_ours_go_from_a_file_that_was_laid_out_anew() -> None:
    ours = '{\n  "a": {\n    "b": 1\n  },\n  "l": [\n    1\n  ]\n}\n'
    want = '{"a": {"c": 2}, "l": [3], "d": {"e": {"f": [1]}}}'
    after = removed("json", ours, want, since=lambda text: text.replace("  ", "    "))
    assert after == ours.replace("  ", "    ")


def test_ours_go_from_between_what_they_added() -> None:
    ours, want = '{\n  "a": 1 // one\n}\n', '{"b": 2}'
    after = removed(
        "json", ours, want, since=lambda text: text.replace('"b": 2', '"b": 2,\n  "c": 3 // three')
    )
    assert after == '{\n  "a": 1, // one\n  "c": 3 // three\n}\n'


def test_a_second_file_of_ours_does_not_disturb_the_first() -> None:
    one = first("json", '{\n  "a": 1\n}\n', '{"b": 2}').after.decode()
    assert applied("json", one, '{"c": 3}') == '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n'


def test_the_snippet_is_indented_as_the_file_is() -> None:
    answer = refused(
        "json",
        '{\n\t"a": 1\n}\n',
        '{\n  "a": {\n    "b": 2\n  }\n}\n',
    )
    assert answer.snippet == '{\n\t"a": {\n\t\t"b": 2\n\t}\n}\n'


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ('{"m":{"g":1}}\n', '{"m":{"g":1},"n":{"o":2}}\n'),
        ('{"a": {\n  "b": 1\n},"c": 2\n}', '{"a": {\n  "b": 1\n},"c": 2,\n"n": {"o": 2}\n}'),
    ],
)
def test_an_entry_is_spaced_as_the_file_is(ours: str, after: str) -> None:
    assert applied("json", ours, '{"n": {"o": 2}}') == after
