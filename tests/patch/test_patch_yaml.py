from __future__ import annotations

import pytest
from patch_helpers import applied, patched, refused, removed, run

PRE_COMMIT = {"repos": ("repo", "hooks.id"), "repos.hooks": ("id",)}

HOOK = """\
# SPDX-License-Identifier: MIT-0

repos:
  # One entry point.
  - repo: local
    hooks:
      - id: validate  # every commit
        entry: .process/validate
        language: system
"""


def test_a_list_item_comes_in_with_its_comments_and_in_the_dash_style_of_the_file() -> None:
    ours = "repos:\n-   repo: https://e.x/a\n    hooks:\n    -   id: a\n\n# end\n"
    assert applied("yaml", ours, HOOK, PRE_COMMIT) == (
        "repos:\n-   repo: https://e.x/a\n    hooks:\n    -   id: a\n"
        "# One entry point.\n"
        "-   repo: local\n"
        "    hooks:\n"
        "    -   id: validate  # every commit\n"
        "        entry: .process/validate\n"
        "        language: system\n"
        "\n# end\n"
    )


def test_a_local_repo_of_theirs_stays_beside_ours() -> None:
    ours = "repos:\n  - repo: local\n    hooks:\n      - id: theirs\n"
    after = applied("yaml", ours, HOOK, PRE_COMMIT)
    assert after.startswith(ours)
    assert after.count("- repo: local") == 2


def test_a_hook_that_is_there_already_gets_only_the_keys_that_it_lacks() -> None:
    ours = "repos:\n  - repo: local\n    hooks:\n      - id: validate\n        entry: mine\n"
    after = applied("yaml", ours, HOOK, PRE_COMMIT, kept=1)
    assert after == ours + "        language: system\n"


def test_our_licence_line_does_not_come_into_their_file() -> None:
    assert "SPDX" not in applied("yaml", "# theirs\nci: {}\n", HOOK, PRE_COMMIT)


@pytest.mark.parametrize(
    ("ours", "want", "after"),
    [
        ("on: [push]\n", "jobs:\n  a: 1\n", "on: [push]\njobs:\n  a: 1\n"),
        ("on:\n  push:\n", "on:\n  merge_group:\n", "on:\n  push:\n  merge_group:\n"),
        ("'on':\n  push:\n", "on:\n  merge_group:\n", "'on':\n  push:\n  merge_group:\n"),
        (
            "a:\n    b:\n        c: 1\n",
            "a:\n  d:\n    e: 2\n",
            "a:\n    b:\n        c: 1\n    d:\n        e: 2\n",
        ),
        ("a: [x, y]\n", "a:\n  - z\n", "a: [x, y, z]\n"),
        ("a: [x, y,]\n", "a:\n  - z\n", "a: [x, y, z]\n"),
        ("a: [\n  x,\n  y  # c\n]\n", "a: [z]\n", "a: [\n  x,\n  y,  # c\n  z\n]\n"),
        ("a: {b: 1}\n", "a:\n  'c': 'd, e'\n", "a: {b: 1, 'c': 'd, e'}\n"),
        ("a: []  # none\n", "a:\n  - 'x'\n", "a: ['x']  # none\n"),
        (
            "a:  # none yet\n  # - x\nb: 1\n",
            "a:\n  - y\n",
            "a:  # none yet\n  # - x\n  - y\nb: 1\n",
        ),
        ("a:", "a:\n  b: 1\n", "a:\n  b: 1"),
        ("a: |\n  text", "b: 1\n", "a: |\n  text\nb: 1"),
        ("a: |+\n  text\n\n", "b: 1\n", "a: |+\n  text\n\nb: 1\n"),
        ("a: >-\n  text\n\n\n# end\n", "b: 1\n", "a: >-\n  text\nb: 1\n\n\n# end\n"),
        ("a: 1", "b: |\n  x\n", "a: 1\nb: |\n  x\n"),
        ("a: &x\n  b: 1\n", "a:\n  c: 2\n", "a: &x\n  b: 1\n  c: 2\n"),
        ("x: &x {b: 1}\na:\n  <<: *x\n", "a:\n  c: 2\n", "x: &x {b: 1}\na:\n  <<: *x\n  c: 2\n"),
        ("a:\n  - 1\n\n  - 2\n", "a: [3]\n", "a:\n  - 1\n\n  - 2\n\n  - 3\n"),
        ("-\n  a: 1\n", "- b: 2\n", "-\n  a: 1\n- b: 2\n"),
        ("- - a\n", "- - b\n", "- - a\n- - b\n"),
        ("a: !env x\n", "b: 1\n", "a: !env x\nb: 1\n"),
        ("a: 1\n...\n", "b: 1\n", "a: 1\nb: 1\n...\n"),
        ("---\na: 1\n", "---\nb: 1\n", "---\na: 1\nb: 1\n"),
        ("", "a: 1\n", "a: 1\n"),
        ("---\n", "a: 1\n", "---\na: 1\n"),
        ("# theirs", "a: 1\n", "# theirs\na: 1"),
        ("a:\r\n  b: 1\r\n", "a:\n  c: 2\n", "a:\r\n  b: 1\r\n  c: 2\r\n"),
        ("\ufeffa: 1\n", "b: 1\n", "\ufeffa: 1\nb: 1\n"),
        ("a: 1\nb: “ü\U0001f600”\n", "c: 1\n", "a: 1\nb: “ü\U0001f600”\nc: 1\n"),
        (
            "a:\n- x\n- y:\n    z: 1\n",
            "b:\n  - c:\n      - d\n",
            "a:\n- x\n- y:\n    z: 1\nb:\n- c:\n  - d\n",
        ),
    ],
)
def test_the_style_of_the_file_rules(ours: str, want: str, after: str) -> None:
    assert applied("yaml", ours, want) == after


@pytest.mark.parametrize(
    ("ours", "reason"),
    [
        ("a: 1\n---\nb: 1\n", "more than one document"),
        ("t: &t {}\na: *t\n", "alias"),
        ("a: &t\n  x: 1\nb: *t\n", "used elsewhere"),
        ("a: {b: 1}\na: {c: 1}\n", "twice"),
        ("a: ~\n", "not a mapping"),
        ("a: text\n", "not a mapping"),
        ("? [x]\n: 1\n", "plain word"),
        ("- a\n", "not a mapping"),
        ("a: {{ value }}\nb: {% if x %}\n", "template"),
        ("a: [\n", "no valid YAML"),
        ("a: " + "[" * 300 + "]" * 300 + "\n", "nested too deeply"),
        ("a: 1\rb: 2\r", "carriage returns"),
        ("a: \x00\n", "binary"),
    ],
)
def test_what_is_not_safe_is_refused_with_the_snippet(ours: str, reason: str) -> None:
    answer = refused("yaml", ours, "# head\n\na:\n  new: 1\n")
    assert reason in answer.reason
    assert "a:\n  new: 1\n" in answer.snippet


def test_a_refusal_names_the_line() -> None:
    assert refused("yaml", "x: 1\ny: 2\na: text\n", "a:\n  b: 1\n").line == 3


def test_an_alias_bomb_is_neither_expanded_nor_touched() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    bomb = "\n".join(lines) + "\n"
    assert applied("yaml", bomb, "b: 1\n") == bomb + "b: 1\n"


def test_a_value_that_they_set_stays_theirs_and_is_reported() -> None:
    after = applied("yaml", "a: 1\n", "a: 2\nb: 3\n", kept=1)
    assert after == "a: 1\nb: 3\n"


def test_ours_go_and_what_they_added_since_stays() -> None:
    ours = "repos:\n  - repo: x\n    hooks:\n      - id: a\n"
    theirs = "  - repo: y\n    hooks:\n      - id: b\n"
    after = removed("yaml", ours, HOOK, PRE_COMMIT, since=lambda text: "# new\n" + text + theirs)
    assert after == "# new\n" + ours + theirs


def test_ours_go_from_a_file_that_was_laid_out_anew() -> None:
    ours, want = "a:\n  b:\n    c: 1\n", "a:\n  # why\n  d:\n    e: [2]\nf: |\n  x\n"
    after = removed("yaml", ours, want, since=lambda text: text.replace("  ", "    "))
    assert after == ours.replace("  ", "    ")


def test_ours_go_from_a_file_that_got_other_line_endings() -> None:
    ours = "repos:\n  - repo: x\n    hooks:\n      - id: a\n"
    after = removed("yaml", ours, HOOK, PRE_COMMIT, since=lambda text: text.replace("\n", "\r\n"))
    assert after == ours.replace("\n", "\r\n")


def test_a_leaf_of_ours_that_they_changed_stays() -> None:
    after = removed(
        "yaml", "a: 1\n", "b: 2\nc: 3\n", since=lambda text: text.replace("b: 2", "b: 5"), kept=1
    )
    assert after == "a: 1\nb: 5\n"


def test_a_parent_of_ours_stays_if_they_put_something_into_it() -> None:
    after = removed("yaml", "a: 1\n", "b:\n  c: 2\n", since=lambda text: text + "  d: 3\n")
    assert after == "a: 1\nb:\n  d: 3\n"


def test_the_snippet_is_laid_out_as_the_file_is() -> None:
    ours = "jobs: &all\n    test:\n        steps:\n        -   run: x\nother: *all\n"
    want = "# Head.\n\njobs:\n  # Ours.\n  process:\n    steps:\n      - run: y\n"
    answer = refused("yaml", ours, want)
    assert (answer.line, answer.reason) == (1, "&all is used elsewhere")
    assert (
        answer.snippet == "jobs:\n    # Ours.\n    process:\n        steps:\n        -   run: y\n"
    )


def test_marks_in_a_file_that_can_be_read_are_no_template() -> None:
    answer = refused("yaml", '- hosts: all\n  vars: "{{ x }}"\n', "a: 1\n")
    assert answer.reason == "the file is not a mapping"


@pytest.mark.parametrize(
    ("ours", "want", "after"),
    [
        ("a:\n  b: x\n\n  # c\n", "d: |\n  y\n", "a:\n  b: x\n\n  # c\nd: |\n  y\n"),
        ("a:\n- x\n\n# of c\nc: 1\n", "a:\n- y\n", "a:\n- x\n- y\n\n# of c\nc: 1\n"),
        ("a:\n  - x\n\n  # - z\n\nc: 1\n", "a: [y]", "a:\n  - x\n\n  # - z\n  - y\n\nc: 1\n"),
        ("x:\n  a: |+\n    t\n\nb: 1\n", "x:\n  c: 2\n", "x:\n  a: |+\n    t\n\n  c: 2\nb: 1\n"),
        ("a: |\n  x\n    \n", "b:\n  c: |\n    y\n", "a: |\n  x\n    \nb:\n  c: |\n    y\n"),
        ("a: 1\n\n# vim: et\n", "b: 2\n", "a: 1\nb: 2\n\n# vim: et\n"),
    ],
)
def test_comments_behind_a_blank_line_stay_with_their_block(
    ours: str, want: str, after: str
) -> None:
    assert applied("yaml", ours, want) == after


def test_an_alias_of_nothing_is_refused() -> None:
    assert refused("yaml", "a: *nowhere\n", "b: 1\n").reason == "no valid YAML: undefined alias"


@pytest.mark.parametrize("merge", ["*d", "[*e, *d]"])
def test_what_comes_by_a_merge_key_is_theirs(merge: str) -> None:
    ours = f"d: &d {{a: [x]}}\ne: &e {{}}\np:\n  <<: {merge}\n"
    answer = patched(run("yaml", ours, None, "p:\n  a:\n    - y\n  b: 1\n"), kept=1)
    assert answer.after.decode() == ours + "  b: 1\n"
    assert (answer.kept[0].where, answer.kept[0].theirs) == ("p.a", "[x]")


@pytest.mark.parametrize("spaces", ["    \n", "  \n", "\n    \n"])
@pytest.mark.parametrize("want", ["b: 1\n", "b: |\n  t\n"])
def test_lines_of_spaces_stay_behind_their_block_scalar(spaces: str, want: str) -> None:
    ours = "a: |\n  x\n" + spaces
    assert applied("yaml", ours, want) == ours + want
