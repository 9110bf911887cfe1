"""`.process/settings.yml` is read strictly: a misspelt key would silently want nothing."""

from __future__ import annotations

import pytest

from bootstrap.errors import UserError
from bootstrap.forge import Check, Holder, Label, Variable
from bootstrap.forge.settings import parse

GOOD = """\
format: 1
labels:
  - name: "area: kernel"
    color: "ABCDEF"
ruleset:
  name: Ours
  checks:
    - name: build
    - name: gate
      app:
        environment: inner
        variable: APP_ID
      once:
        name: GATE
        value: "on"
environments:
  - name: inner
"""


def test_entries_of_their_own_are_read() -> None:
    found = parse(GOOD)
    assert found.labels == (Label("area: kernel", "abcdef"),)
    assert found.ruleset
    assert found.ruleset.checks == (
        Check("build"),
        Check("gate", Holder("inner", "APP_ID"), Variable("GATE", "on")),
    )
    assert found.auto_merge is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is no mapping"),
        ("- 1\n", "the file is no mapping"),
        ("format: 2\n", "format is not 1"),
        ("labels: []\n", "format is not 1"),
        ("format: 1\nlabel: []\n", "the file has the unknown key 'label'"),
        ("format: 1\nlabels: {}\n", "labels is no list"),
        ("format: 1\nlabels: [bug]\n", "labels[0] is no mapping"),
        ("format: 1\nlabels: [{name: a}]\n", "labels[0].color is missing"),
        ("format: 1\nlabels: [{name: a, color: 123456}]\n", "labels[0].color is 123456"),
        ("format: 1\nlabels: [{name: a, color: '#12345'}]\n", "labels[0].color is '#12345'"),
        ("format: 1\nlabels: [{name: a, colour: '123456'}]\n", "has the unknown key 'colour'"),
        (
            "format: 1\nlabels: [{name: 'a\\n', color: '123456'}]\n".replace("'a\\n'", '"a\\n"'),
            "name is 'a\\n'",
        ),
        (f"format: 1\nlabels: [{{name: {'a' * 51}, color: '123456'}}]\n", "labels[0].name is"),
        (
            "format: 1\nlabels: [{name: a, color: '123456'}, {name: A, color: '123456'}]\n",
            "labels[1] repeats 'a'",
        ),
        ("format: 1\nvariables: [{name: GITHUB_X, value: a}]\n", "variables[0].name is 'GITHUB_X'"),
        ("format: 1\nvariables: [{name: X, value: true}]\n", "variables[0].value is True"),
        ("format: 1\nauto_merge: true\n", "auto_merge is no mapping"),
        ("format: 1\nauto_merge: {needs: ../../etc/passwd}\n", "auto_merge.needs is"),
        ("format: 1\nauto_merge: {needs: /etc/passwd}\n", "auto_merge.needs is"),
        ("format: 1\nauto_merge: {needs: [a, /etc/passwd]}\n", "auto_merge.needs is"),
        ("format: 1\nauto_merge: {needs: {a: 1}}\n", "auto_merge.needs is"),
        ("format: 1\nruleset: {checks: []}\n", "ruleset.name is missing"),
        (
            GOOD.replace("- name: inner", "- name: outer"),
            "the App of gate is in inner, which is no environment of this file",
        ),
        ("format: 1\nlabels: &a [*a]\n", "it has aliases"),
        ("format: 1\nlabels: !!python/object/apply:os.system [id]\n", "can't be read"),
        ("[" * 60, "nested too deeply"),
        ("[" * 50_000, "can't be read"),
        ("format: 1\n\tlabels: []\n", "broken YAML in line 2"),
        ("a: " + "x" * 1_000_001, "too large"),
    ],
)
def test_what_is_wrong_is_one_line(text: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text)
    assert says in caught.value.cause
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
