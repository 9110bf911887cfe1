"""Any bytes are patched or refused: no traceback, and nothing that its readers can't read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patch_helpers import patched
from patch_readers import check_readable
from patch_shapes import AGENTS, SHAPES, Shape

from bootstrap import patch as engine
from bootstrap.patch import Refused, patch

WANTS = {
    "yaml": "a:\n  b: 1\nc:\n  - d\n",
    "json": '{"a": {"b": 1}, "c": ["d"]}',
    "toml": 'c = ["d"]\n[a]\nb = 1\n',
    "lines": "# o\na\n",
    "markdown": AGENTS.base,
    "script": "#!/bin/sh\na\n",
}

FRAGMENTS = (
    *("a", "a:", " ", "  ", "\n", "- ", "{", "}", "[", "]", ",", ":", '"', "'", "#", "//", "&x "),
    *("*x", "|", ">+", "---\n", "...\n", "? ", "!t ", "<<: ", "\t", "\r\n", "=", "[[", "]]", "."),
    *("\ufeff", "\u2028", "\x85", "\x00", "\r", "%YAML 1.1\n", "/*", "*/", "\\", "1", "null", "~"),
    *("<!-- twelvefold:begin -->\n", "<!-- twelvefold:end -->\n", "#!/bin/sh\n", "set -e\n"),
    *(
        '"""',
        "'''",
        "\x1b[31m",
        "\ud800",
        "<<<<<<< a\n",
        "{{ x }}",
        "{% x %}",
        "\U0001f600",
        "\xa0",
    ),
)
PIECES = st.sampled_from(FRAGMENTS).map(lambda text: text.encode("utf-8", "surrogatepass"))


def check_bytes(shape: engine.Shape, ours: bytes, want: str) -> None:
    """A refusal says why; a patch is final, can be read, and has a way back."""
    wanted = want.encode()
    one = patch(ours, None, wanted, shape)
    if isinstance(one, Refused):
        assert one.reason and "\n" not in one.reason
        assert one.snippet
        return
    check_readable(shape.format, one.after.decode())
    assert patch(one.after, None, wanted, shape, one.inserted) == one
    back = patched(patch(one.after, wanted, None, shape, one.inserted))
    assert (back.after, back.inserted) == (ours, ())


@pytest.mark.parametrize("kind", sorted(WANTS))
@given(ours=st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=14).map(b"".join)))
def test_bytes_at_random(kind: str, ours: bytes) -> None:
    check_bytes(engine.Shape(kind, {}), ours, WANTS[kind])


@st.composite
def broken(draw: st.DrawFn, shape: Shape) -> bytes:
    """A real file in which some bytes are gone, or are others, or are there twice."""
    raw = shape.ours.encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 30)))
        new = draw(
            st.one_of(st.just(b""), PIECES, st.binary(max_size=2), st.just(raw[start:end] * 2))
        )
        raw = raw[:start] + new + raw[end:]
    return raw


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@given(draw=st.data())
def test_real_files_with_something_broken(shape: Shape, draw: st.DataObject) -> None:
    ours = draw.draw(broken(shape))
    check_bytes(engine.Shape(shape.kind, shape.lists, shape.at or "end"), ours, shape.base)
