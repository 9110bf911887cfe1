"""Data of any kind, written in any layout."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

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
