from __future__ import annotations

import pytest
from patch_helpers import applied, refused, removed

WANT = """\
# SPDX-License-Identifier: MIT-0

[tools]
# Pinned.
python = "3.12"  # the oldest
"npm:x y" = { version = "1" }

[tool.a.b]
c = [
  1, # one
  2,
]
"""

TOOLS = '# Pinned.\npython = "3.12"  # the oldest\n"npm:x y" = { version = "1" }\n'
TABLE = "\n[tool.a.b]\nc = [\n  1, # one\n  2,\n]\n"


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ("", "[tools]\n" + TOOLS + TABLE),
        ("[tools]\nruby = '3'\n", "[tools]\nruby = '3'\n" + TOOLS + TABLE),
        (
            "[tools]\nruby = '3' # r\n\n# z\n[z]\n",
            "[tools]\nruby = '3' # r\n" + TOOLS + "\n# z\n[z]\n" + TABLE,
        ),
        ("[tools]", "[tools]\n" + TOOLS[:-1] + "\n" + TABLE[:-1]),
        (
            "  [tools]\n  ruby = '3'\n",
            "  [tools]\n  ruby = '3'\n  " + TOOLS[:-1].replace("\n", "\n  ") + "\n" + TABLE,
        ),
        (
            "tools = { ruby = '3' }\n",
            'tools = { ruby = \'3\', python = "3.12", "npm:x y" = { version = "1" } }\n' + TABLE,
        ),
        (
            "[tools]\r\n[tool.a.b]\r\nc = [0]\r\n",
            "[tools]\r\n" + TOOLS.replace("\n", "\r\n") + "[tool.a.b]\r\nc = [0, 1, 2]\r\n",
        ),
        (
            "[tools]\n[tool.a.b]\nc = [\n    0, # zero\n]\n",
            "[tools]\n" + TOOLS + "[tool.a.b]\nc = [\n    0, # zero\n    1,\n    2,\n]\n",
        ),
        ("[[tool.x]]\n[tools]\n", "[[tool.x]]\n[tools]\n" + TOOLS + TABLE),
    ],
)
def test_the_style_of_the_file_rules(ours: str, after: str) -> None:
    assert applied("toml", ours, WANT) == after


def test_a_root_key_goes_above_the_first_table() -> None:
    assert applied("toml", "# head\n\n[a]\nb = 1\n", "c = 2\n") == "# head\n\nc = 2\n\n[a]\nb = 1\n"


def test_an_item_of_an_array_of_tables_comes_in() -> None:
    ours = '[[repos]]\nrepo = "x"\n[[repos.hooks]]\nid = "a"\n'
    want = '[[repos]]\nrepo = "local"\n[[repos.hooks]]\nid = "v"\n'
    lists = {"repos": ("repo", "hooks.id"), "repos.hooks": ("id",)}
    after = applied("toml", ours, want, lists)
    assert after == ours + '\n[[repos]]\nrepo = "local"\n\n[[repos.hooks]]\nid = "v"\n'


@pytest.mark.parametrize(
    ("ours", "reason"),
    [
        ("tools = 1\n", "not a mapping"),
        ("tools = { a.b = 1 }\n[[tool.a.b]]\n", "not a mapping"),
        ("[tools]\n[tools]\n", "no valid TOML"),
        ("a = [\n", "no valid TOML"),
        ("[" + ".".join("a" * 300) + "]\n", "nested too deeply"),
    ],
)
def test_what_is_not_safe_is_refused(ours: str, reason: str) -> None:
    assert reason in refused("toml", ours, WANT).reason


def test_ours_go_from_a_file_that_got_other_line_endings() -> None:
    ours = "[tools]\nruby = '3'\n\n[z]\na = 1\n"
    after = removed("toml", ours, WANT, since=lambda text: text.replace("\n", "\r\n"))
    assert after == ours.replace("\n", "\r\n")


def test_a_table_of_ours_stays_if_they_put_something_into_it() -> None:
    after = removed("toml", "x = 1\n", "[a]\nb = 1\n", since=lambda text: text + "c = 2\n")
    assert after == "x = 1\n\n[a]\nc = 2\n"


@pytest.mark.parametrize(
    ("ours", "want", "after"),
    [
        (
            "[tool.ruff.lint]\na = 1\n",
            "[tool.ruff]\n# Why.\nb = 2\n",
            "[tool.ruff.lint]\na = 1\n\n[tool.ruff]\n# Why.\nb = 2\n",
        ),
        ("a.b = 1\n\n[c]\n", "[a]\nd = 2  # note\n", "a.b = 1\na.d = 2  # note\n\n[c]\n"),
        ("[t]\n  a.b.c = 1\n", "[t.a.b]\nd = 2\n", "[t]\n  a.b.c = 1\n  a.b.d = 2\n"),
        ("a.b = 1\n", "[a.c]\nd = 2\n", "a.b = 1\n\n[a.c]\nd = 2\n"),
        ("a = { b = 1 }\n", "[a.c]\nd = 2\n", "a = { b = 1, c = { d = 2 } }\n"),
        ("a = { b.c = 1 }\n", "[a.b]\nd = 2\n", "a = { b.c = 1, b.d = 2 }\n"),
        ("[a]\nb = 1\n", "a = { c = 2, d = 3 }\n", "[a]\nb = 1\nc = 2\nd = 3\n"),
    ],
)
def test_a_table_is_continued_in_the_way_it_is_written(ours: str, want: str, after: str) -> None:
    assert applied("toml", ours, want) == after


@pytest.mark.parametrize(
    ("ours", "want"),
    [("[[a]]\nb.c = 1\n[a.d.e]\n", "[a.d]\nf = 1\n")],
)
def test_a_table_that_can_not_be_continued_is_refused(ours: str, want: str) -> None:
    assert refused("toml", ours, want).line in (1, 2)
