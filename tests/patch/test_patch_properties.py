"""Promises that hold for any file: real shapes times mutations, generated data, and plain bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patch_helpers import Lists, patched, run

from bootstrap.patch import Patched, Refused, Shape, patch

PRE_COMMIT: Lists = {"repos": ("repo", "hooks.id"), "repos.hooks": ("id",)}

BUDGET = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

# --- real shapes

FILES: dict[str, list[tuple[str, Lists, str, str, str]]] = {
    "yaml": [
        (
            "pre-commit",
            PRE_COMMIT,
            (
                "# theirs\nrepos:\n  - repo: https://e.x/a\n    rev: v1  # frozen\n    hooks:\n"
                "      - id: a\n        args: [--x]\n\n  - repo: local\n    hooks:\n      - id: mine\n"
            ),
            (
                "repos:\n  # Ours.\n  - repo: local\n    hooks:\n      - id: validate\n"
                "        entry: .process/validate\n      - id: old\n        entry: x\n"
            ),
            (
                "repos:\n  # Ours.\n  - repo: local\n    hooks:\n      - id: validate\n"
                "        entry: .process/validate --staged\n      - id: new\n        entry: |\n"
                "          y\n"
            ),
        ),
        (
            "workflow",
            {},
            (
                "name: CI\non:\n  push:\n  pull_request:\n    branches: [main]\njobs:\n  test:\n"
                "    runs-on: ubuntu-latest\n    steps:\n    - uses: actions/checkout@v4\n"
                "    - run: |\n        make\n\n        make test\n"
            ),
            (
                "on:\n  merge_group:\njobs:\n  process:  # ours\n    runs-on: ubuntu-latest\n"
                "    steps:\n      - run: .process/validate\n"
            ),
            (
                "permissions: {}\non:\n  merge_group:\n    types: [checks_requested]\njobs:\n"
                "  process:  # ours\n    runs-on: ubuntu-24.04\n    steps:\n"
                "      - run: .process/validate\n"
            ),
        ),
    ],
    "json": [
        (
            "settings",
            {"permissions.allow": ()},
            '{\n  "model": "x",\n  "permissions": {\n    "allow": [\n      "Bash(ls)"\n    ]\n  }\n}\n',
            '{"permissions": {"allow": ["Bash(a)"], "deny": ["b"]}, "hooks": {"Stop": [{"c": 1}]}}',
            '{"permissions": {"allow": ["Bash(a)", "d"]}, "hooks": {"Stop": [{"c": 2}]}, "e": {}}',
        ),
        (
            "devcontainer",
            {},
            '// theirs\n{\n\t"image": "x", // y\n\t"features": {},\n\t"forwardPorts": [80],\n}\n',
            '{\n  // setup\n  "postCreateCommand": "a",\n  "features": {"f": {"v": 1}}\n}\n',
            '{\n  // setup\n  "postCreateCommand": "b", // c\n  "features": {"g": {}}\n}\n',
        ),
    ],
    "toml": [
        (
            "pyproject",
            {},
            (
                '[project]\nname = "x"\ndependencies = [\n  "a>=1", # why\n  "b",\n]\n\n'
                "[tool.ruff]\nline-length = 100\n\n[[tool.x.y]]\nz = 1\n"
            ),
            '[project]\nlicense = "MIT"\n\n[tool.ruff.lint]\nselect = ["E"]\n\n[tools]\n"a:b" = 1\n',
            '[project]\nlicense = "MIT-0"\n\n[tool.ruff.lint]\nselect = ["E", "F"]\n\n[new]\nc = 2\n',
        ),
    ],
    "lines": [
        (
            "gitignore",
            {},
            "# theirs\n*.log\n\n!keep.log\n/dist",
            "# Ours.\na/\nb/\n",
            "# Ours.\na/\nc/\n",
        ),
    ],
    "markdown": [
        (
            "agents",
            {},
            "# Theirs\n\nText.\n",
            "<!-- twelvefold:begin -->\nA\n\nB\n<!-- twelvefold:end -->\n",
            "<!-- twelvefold:begin -->\nA\n\nC\n\nD\n<!-- twelvefold:end -->\n",
        ),
    ],
    "script": [
        (
            "husky",
            {},
            "#!/bin/sh\nset -e\n\nnpm test\nexit 0\n",
            "#!/bin/sh\n# o\na\nb\n",
            "#!/bin/sh\n# o\na\nc\n",
        ),
    ],
}

CASES = [(kind, *case) for kind, cases in FILES.items() for case in cases]

MUTATIONS: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"),
    "mixed": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n", text.count("\n") // 2),
    "bom": lambda text: text if text.startswith("\ufeff") else "\ufeff" + text,
    "no end": lambda text: text.rstrip("\r\n"),
    "blank tail": lambda text: text + "\n\n",
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "trailing": lambda text: re.sub(r"(?<=\S)(?=\r?\n)", " ", text, count=2),
    "unicode": lambda text: text.replace("theirs", "ü\U0001f600"),
}
COMMENTS: dict[str, tuple[str, ...]] = {
    "yaml": ("# tail\n", "  # deep\n# flat\n", "    # - old\n"),
    "toml": ("# tail\n", "\n# tail"),
    "json": ("// tail\n", "/* tail */"),
    "lines": ("# tail",),
    "markdown": ("tail\n",),
    "script": ("# tail\n",),
}


@st.composite
def mutated(draw: st.DrawFn, kind: str, text: str) -> str:
    for name in draw(st.lists(st.sampled_from(sorted(MUTATIONS)), max_size=3)):
        text = MUTATIONS[name](text)
    if draw(st.booleans()):
        text += draw(st.sampled_from(COMMENTS[kind]))
    return text


def without(answer: Patched) -> str:
    text = answer.after.decode()
    start = len(text) - len(text.removeprefix("\ufeff"))
    for stretch in reversed(answer.inserted):
        assert text[start + stretch.offset : start + stretch.end] == stretch.text
        text = text[: start + stretch.offset] + text[start + stretch.end :]
    return text


def is_subsequence(lines: list[str], others: list[str]) -> bool:
    rest = iter(others)
    return all(line in rest for line in lines)


def check_promises(kind: str, ours: str, base: str, want: str, lists: Lists) -> None:
    one = run(kind, ours, None, base, lists)
    if isinstance(one, Refused):
        return
    assert without(one) == ours
    assert run(kind, one.after.decode(), None, base, lists, one) == one
    assert patched(run(kind, one.after.decode(), base, None, lists, one)).after == ours.encode()
    two = run(kind, one.after.decode(), base, want, lists, one)
    if isinstance(two, Refused):
        return
    again = run(kind, two.after.decode(), want, want, lists, two)
    assert (again.after, again.inserted) == (two.after, two.inserted)
    gone = run(kind, two.after.decode(), want, None, lists, two)
    assert patched(gone).after == ours.encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1])
@BUDGET
@given(data=st.data())
def test_apply_update_and_remove_keep_every_byte_of_real_shapes(
    case: tuple[str, str, Lists, str, str, str], data: st.DataObject
) -> None:
    kind, _, lists, ours, base, want = case
    ours = data.draw(mutated(kind, ours))
    check_promises(kind, ours, base, want, lists)
    one = run(kind, ours, None, base, lists)
    assert isinstance(one, Patched)
    if kind in ("lines", "markdown", "script", "yaml"):
        assert is_subsequence(ours.splitlines(), one.after.decode().splitlines())


# --- generated data

KEYS = st.sampled_from(["a", "b", "c", "on", "x y"])
SCALARS = st.one_of(
    st.sampled_from(["t", "1", "yes", "1e3", "0o7", "null", "a: b", "# c", "- d", "", "é", "x\ny"]),
    st.integers(-9, 99),
    st.booleans(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)


@st.composite
def yaml_text(draw: st.DrawFn, value: Any) -> str:  # noqa: C901
    """A map written with random steps, offsets, dash widths, flow parts, comments and gaps."""
    step, offset = draw(st.integers(1, 4)), draw(st.integers(0, 2))
    dash = draw(st.sampled_from([" ", "   "]))

    def note() -> str:
        return draw(st.sampled_from(["", "", "", "  # note"]))

    def block(node: Any, indent: int) -> list[str]:
        lines: list[str] = []
        if isinstance(node, dict):
            for key, item in node.items():
                lines += gap(indent) + entry(" " * indent + json.dumps(key) + ":", item, indent)
            return lines
        for item in node:
            if isinstance(item, dict | list) and item and draw(st.booleans()):
                inside = block(item, indent + 1 + len(dash))
                first = next(
                    i for i, line in enumerate(inside) if line.strip()[:1] not in ("", "#")
                )
                head = " " * indent + "-" + dash + inside[first].lstrip()
                lines += [*inside[:first], head, *inside[first + 1 :]]
            else:
                lines.append(" " * indent + "-" + dash + json.dumps(item) + note())
        return lines

    def gap(indent: int) -> list[str]:
        return draw(st.sampled_from([[], [], [], [""], [" " * indent + "# above"]]))

    def entry(head: str, item: Any, indent: int) -> list[str]:
        if isinstance(item, dict | list) and item and draw(st.booleans()):
            inside = indent + (step if isinstance(item, dict) else offset)
            return [head + note(), *block(item, inside)]
        if item == "null" and draw(st.booleans()):
            return [head + note()]
        if isinstance(item, str) and "\n" in item and draw(st.booleans()):
            text = " " * (indent + step)
            return [head + " |-", *(text + line for line in item.split("\n"))]
        return [head + " " + json.dumps(item, ensure_ascii=False) + note()]

    return "".join(line + "\n" for line in block(value, 0)) if value else ""


@st.composite
def json_text(draw: st.DrawFn, value: Any) -> str:
    indent = draw(st.sampled_from([None, 2, 4, "\t"]))
    separators = draw(st.sampled_from([None, (",", ":")])) if indent is None else None
    text = json.dumps(value, indent=indent, separators=separators)
    if indent is not None and draw(st.booleans()):
        text = text.replace(",\n", ", // note\n")
    return text + draw(st.sampled_from(["", "\n", "\n// end\n"]))


@BUDGET
@given(data=st.data())
@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_apply_update_and_remove_keep_every_byte_of_generated_data(
    kind: str, data: st.DataObject
) -> None:
    write = yaml_text if kind == "yaml" else json_text
    ours, base, want = (data.draw(write(data.draw(MAPS))) for _ in range(3))
    check_promises(kind, data.draw(mutated(kind, ours)), base, want, {})


# --- bytes

FRAGMENTS = st.sampled_from(
    [
        *(
            "a",
            "a:",
            " ",
            "  ",
            "\n",
            "- ",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"',
            "'",
            "#",
            "//",
            "&x ",
        ),
        *(
            "*x",
            "|",
            ">+",
            "---\n",
            "...\n",
            "? ",
            "!t ",
            "<<: ",
            "\t",
            "\r\n",
            "=",
            "[[",
            "]]",
            ".",
        ),
        *(
            "\ufeff",
            "\u2028",
            "\x85",
            "\x00",
            "\r",
            "%YAML 1.1\n",
            "/*",
            "*/",
            "\\",
            "1",
            "null",
            "~",
        ),
        *("<!-- twelvefold:begin -->\n", "<!-- twelvefold:end -->\n", "#!/bin/sh\n", "set -e\n"),
    ]
)
WANTS = {
    "yaml": b"a:\n  b: 1\nc:\n  - d\n",
    "json": b'{"a": {"b": 1}, "c": ["d"]}',
    "toml": b'c = ["d"]\n[a]\nb = 1\n',
    "lines": b"# o\na\n",
    "markdown": FILES["markdown"][0][3].encode(),
    "script": b"#!/bin/sh\na\n",
}


@pytest.mark.parametrize("kind", sorted(WANTS))
@BUDGET
@given(
    ours=st.one_of(
        st.binary(max_size=40), st.lists(FRAGMENTS, max_size=14).map("".join).map(str.encode)
    )
)
def test_any_bytes_are_patched_or_refused(kind: str, ours: bytes) -> None:
    shape, want = Shape(kind, {}), WANTS[kind]
    one = patch(ours, None, want, shape)
    if isinstance(one, Refused):
        assert one.reason
        assert one.snippet
        return
    assert patch(one.after, None, want, shape, one.inserted) == one
    back = patch(one.after, want, None, shape, one.inserted)
    assert patched(back).after == ours


@pytest.mark.parametrize("kind", sorted(WANTS))
@BUDGET
@given(data=st.data())
def test_a_removal_after_any_edit_takes_nothing_but_ours(kind: str, data: st.DataObject) -> None:
    _, _, lists, ours, base, _ = next(case for case in CASES if case[0] == kind)
    one = run(kind, ours, None, base, lists)
    assert isinstance(one, Patched)
    lines = one.after.decode().splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines)))
    cut = data.draw(st.integers(0, 2))
    new = data.draw(st.sampled_from(["", "mine: 1\n", "  mine: 1\n", "# mine\n", "\n", "mine\n"]))
    theirs = "".join([*lines[:at], new, *lines[at + cut :]])
    answer = run(kind, theirs, base, None, lists, one)
    if isinstance(answer, Refused):
        return
    left = answer.after.decode().splitlines()
    kept = [line for line in theirs.splitlines() if line not in one.after.decode().splitlines()]
    assert is_subsequence([line for line in kept if line.strip()], left)
