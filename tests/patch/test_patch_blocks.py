"""Makefiles, justfiles and EditorConfig: blocks come, change and go; nothing else does."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patch_helpers import applied, first, patched, refused, removed, run, updated

from bootstrap.patch import LANGUAGES, Refused, Shape, patch
from bootstrap.patch.sheet import read
from bootstrap.pieces import format_of

MAKE = """\
# SPDX-License-Identifier: MIT-0

# All checks.
.PHONY: validate
validate: ## the same as in CI
\t@.process/validate

.PHONY: setup
setup:
\t.process/setup
"""
JUST = """\
# All checks.
[private]
validate *ARGS:
    .process/validate {{ARGS}}

setup:
    .process/setup
"""
STYLE = "[.process/**]\nindent_size = 2\n\n# Go\n[*.go]\nindent_style = tab\n"
WANTS = {"make": MAKE, "just": JUST, "editorconfig": STYLE}
OURS = {
    "make": "CC ?= cc\n\nall: a.o\n\t$(CC) -o $@ $^\n",
    "just": 'x := "y"\n\ndefault:\n    just --list\n',
    "editorconfig": "root = true\n\n[*]\nindent_size = 4\n",
}
MINE = {
    "make": "mine: all\n\techo mine\n",
    "just": "mine: default\n    echo mine\n",
    "editorconfig": "[mine]\nx = y\n",
}

LINE = {"make": "\t@.process/validate", "just": "    .process/validate", "editorconfig": "= 2"}
"""The end of a line of the first block."""

in_each = pytest.mark.parametrize("kind", sorted(WANTS))


def without_licence(want: str) -> str:
    return want.removeprefix("# SPDX-License-Identifier: MIT-0\n\n")


@in_each
def test_missing_blocks_go_to_the_end_apart_from_what_is_there(kind: str) -> None:
    want = without_licence(WANTS[kind])
    assert applied(kind, OURS[kind], WANTS[kind]) == OURS[kind] + "\n" + want
    assert applied(kind, "", WANTS[kind]) == want
    assert applied(kind, OURS[kind] + "\n\n", WANTS[kind]) == OURS[kind] + "\n\n" + want
    assert applied(kind, OURS[kind][:-1], WANTS[kind]) == OURS[kind] + "\n" + want[:-1]


@in_each
def test_line_ends_and_the_mark_at_the_start_stay(kind: str) -> None:
    ours = "\ufeff" + OURS[kind].replace("\n", "\r\n")
    after = applied(kind, ours, WANTS[kind])
    assert after.startswith(ours)
    assert "\n" not in after.replace("\r\n", "")


@in_each
def test_what_is_there_already_is_not_put_in_again(kind: str) -> None:
    want = without_licence(WANTS[kind])
    assert applied(kind, want, WANTS[kind]) == want
    head, tail = want.split("\n\n", 1)
    ours = tail + "\n" + MINE[kind]
    assert applied(kind, ours, WANTS[kind]) == f"{ours}\n{head}\n"


@in_each
def test_a_block_of_theirs_between_ours_stays_when_ours_go(kind: str) -> None:
    def since(text: str) -> str:
        head, tail = text.rsplit("\n\n", 1)
        return f"{head}\n\n{MINE[kind]}\n{tail}"

    assert removed(kind, OURS[kind], WANTS[kind], since=since) == OURS[kind] + "\n" + MINE[kind]


@in_each
def test_a_block_of_ours_that_they_edited_stays_and_is_said(kind: str) -> None:
    answer = first(kind, OURS[kind], WANTS[kind])
    theirs = answer.after.decode().replace(LINE[kind], f"{LINE[kind]} mine")
    gone = patched(run(kind, theirs, WANTS[kind], None, None, answer), kept=1)
    kept = gone.after.decode()
    assert kept.startswith(OURS[kind] + "\n") and "mine" in kept
    assert "setup" not in kept and "*.go" not in kept
    assert "mine" in gone.kept[0].theirs


@in_each
def test_what_they_wrote_right_below_a_block_of_ours_belongs_to_it(kind: str) -> None:
    more = {"make": "\techo more\n", "just": "    echo more\n", "editorconfig": "more = 1\n"}[kind]
    answer = first(kind, OURS[kind], WANTS[kind])
    theirs = answer.after.decode() + more
    gone = patched(run(kind, theirs, WANTS[kind], None, None, answer), kept=1)
    last = without_licence(WANTS[kind]).split("\n\n")[-1]
    assert gone.after.decode() == OURS[kind] + "\n" + last + more


@in_each
def test_an_update_changes_what_is_still_ours_in_its_place(kind: str) -> None:
    def with_mine(text: str) -> str:
        return text + "\n" + MINE[kind]

    want = WANTS[kind].replace(LINE[kind], f"{LINE[kind]}0")
    after = updated(kind, OURS[kind], WANTS[kind], want, since=with_mine)
    assert after.after.decode() == OURS[kind] + "\n" + without_licence(want) + "\n" + MINE[kind]
    back = patched(run(kind, after.after.decode(), want, None, None, after))
    assert back.after.decode() == OURS[kind] + "\n" + MINE[kind]
    windows = updated(kind, OURS[kind].replace("\n", "\r\n"), WANTS[kind], want).after.decode()
    assert "\n" not in windows.replace("\r\n", "")


@in_each
def test_an_update_leaves_what_they_edited_or_deleted(kind: str) -> None:
    def edited(text: str) -> str:
        return text.replace(LINE[kind], f"{LINE[kind]} mine")

    def emptied(text: str) -> str:
        return text.split(without_licence(WANTS[kind])[:9], maxsplit=1)[0]

    want = WANTS[kind].replace(LINE[kind], f"{LINE[kind]}0")
    after = updated(kind, OURS[kind], WANTS[kind], want, since=edited, kept=1)
    assert after.after.decode() == edited(first(kind, OURS[kind], WANTS[kind]).after.decode())
    gone = updated(kind, OURS[kind], WANTS[kind], want, since=emptied, kept=1)
    assert gone.after.decode() == OURS[kind] + "\n"
    assert gone.kept[0].theirs == ""


@in_each
def test_one_block_goes_and_another_one_comes(kind: str) -> None:
    want = WANTS[kind].replace("setup", "install").replace("*.go", "*.rs")
    after = updated(kind, OURS[kind], WANTS[kind], want)
    assert after.after.decode() == OURS[kind] + "\n" + without_licence(want)


@in_each
def test_a_new_line_of_the_template_that_is_part_of_no_block_is_refused(kind: str) -> None:
    loose = {"make": "X = 1\n", "just": "x := '1'\n", "editorconfig": "root = false\n"}[kind]
    assert "is part of no" in refused(kind, OURS[kind], loose + WANTS[kind]).reason
    assert applied(kind, loose + OURS[kind], loose + WANTS[kind]).startswith(loose + OURS[kind])


def test_a_variable_of_one_target_is_no_block_either() -> None:
    assert "`setup: X = 1`" in refused("make", "", "setup: X = 1\n" + MAKE).reason


@in_each
def test_what_is_left_of_ours_is_still_known_after_an_update(kind: str) -> None:
    def since(text: str) -> str:
        head, tail = text.rsplit("\n\n", 1)
        return f"{head}\n\n{MINE[kind]}\n{tail}"

    after = updated(kind, OURS[kind], WANTS[kind], WANTS[kind], since=since)
    assert MINE[kind] not in "".join(stretch.text for stretch in after.inserted)
    gone = patched(run(kind, after.after.decode(), WANTS[kind], None, None, after))
    assert gone.after.decode() == OURS[kind] + "\n" + MINE[kind]


def test_the_licence_of_the_templates_file_is_not_that_of_its_first_block() -> None:
    want = "# SPDX-License-Identifier: MIT-0\n# Ours.\na:\n\tb\n"
    assert applied("make", "", want) == "# Ours.\na:\n\tb\n"


def test_a_name_that_ours_used_before_is_free() -> None:
    base = "a: b\n\tx\n"
    after = updated("make", "", base, base + "\nb:\n\ty\n")
    assert after.after.decode() == base + "\nb:\n\ty\n"


def test_the_name_of_a_file_says_what_its_blocks_are() -> None:
    names = [
        "Makefile",
        "a/GNUmakefile",
        "x.mk",
        "justfile",
        ".Justfile",
        "b.just",
        ".editorconfig",
    ]
    assert [format_of(name) for name in names] == [
        *("make", "make", "make", "just", "just", "just", "editorconfig")
    ]


# --- make


@pytest.mark.parametrize(
    "theirs",
    [
        "validate:\n\tours\n",
        "validate other: x\n\tours\n",
        "validate:: x\n",
        "all: x validate\n",
        ".PHONY: \\\n  x validate\n",
        "validate: X = 1\n",
        "ifdef X\nvalidate:\nendif\n",
        "x validate &: y\n",
        "%date:\n\techo $*\n",
        "%:\n\t@$(MAKE) -f other.mk $@\n",
        ".DEFAULT:\n\techo $@\n",
        "NAMES = lint validate\n$(NAMES):\n\techo $@\n",
        "define rule\nvalidate:\n\techo\nendef\n$(eval $(rule))\n",
        "$(foreach n,lint validate,$(eval $(n): ; echo $(n)))\n",
        "${X:a=b} validate: y\n",
    ],
)
def test_a_target_of_theirs_is_never_hidden(theirs: str) -> None:
    answer = patched(run("make", theirs, None, MAKE), kept=2 if theirs[:2] in ("%:", ".D") else 1)
    after = answer.after.decode()
    assert answer.kept[0].where == "target validate"
    assert ".process/validate" not in after
    assert ".PHONY: validate" not in after.removeprefix(theirs)


def test_a_target_of_ours_that_one_of_theirs_needs_by_now_stays() -> None:
    def needed(text: str) -> str:
        return text + "\nall: validate\n"

    after = removed("make", "x:\n\ty\n", MAKE, since=needed, kept=1)
    assert "\n\t@.process/validate\n" in after
    assert "setup" not in after


def test_a_target_of_theirs_that_says_the_same_needs_nothing() -> None:
    theirs = ".PHONY: validate\nvalidate: ## the same as in CI\n\t@.process/validate\n"
    after = applied("make", theirs, MAKE)
    assert after == theirs + "\n.PHONY: setup\nsetup:\n\t.process/setup\n"


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ("include common.mk\n", "includes files"),
        ("-include a.mk .env\n", "includes files"),
        ("X = 1\nifdef X\nall:\n\techo\n", "within a condition"),
        ("all:\nifdef X\n\techo\n", "within a condition"),
        ("define X\nall:\n", "within a definition"),
        ("define X\ndefine Y\nendef\n", "within a definition"),
        ("all:\n\techo \\\n", "within a definition or a line"),
        ("X = a \\", "within a definition or a line"),
        (".RECIPEPREFIX = >\nall:\n> echo\n", "another sign than the tab"),
    ],
)
def test_a_makefile_whose_end_is_not_its_end_is_refused(theirs: str, reason: str) -> None:
    assert reason in refused("make", theirs, MAKE).reason


@pytest.mark.parametrize(
    "theirs",
    [
        "-include .env\nexport\nall:\n\techo\n",
        "ifeq ($(X),1)\nA = 1\nelse ifneq (,)\nA = 2\nendif\nall:\nifdef A\n\techo\nendif\n",
        "define X\n\tendef\nvalidat:\nendef\nall:\n\techo '\\\n# validate:'\n",
        "# include common.mk, or \\\nvalidate: this\nall: ; echo validate:\n",
        "validate_all := validate\nVALIDATE ?= validate\nexport validate\nre-validate: validate.o\n",
        "all: $(subst validate,x,$(validate:.a=.b)) # validate\n",
        "$(info validate : x)\nvpath validate a:b\n",
    ],
)
def test_a_name_that_is_no_targets_is_free(theirs: str) -> None:
    assert applied("make", theirs, MAKE) == theirs + "\n" + without_licence(MAKE)


@pytest.mark.parametrize(
    "theirs", ["alias validate := x\n", "mod validate\n", "mod? validate 'a'\n", "validate:\n  x\n"]
)
def test_a_recipe_of_theirs_is_never_hidden(theirs: str) -> None:
    after = applied("just", "x:\n    y\n" + theirs, JUST, kept=1)
    assert after == f"x:\n    y\n{theirs}\nsetup:\n    .process/setup\n"


@pytest.mark.parametrize(
    "theirs",
    [
        "validate := 'a: b'\nexport validate := 'a:b'\nset shell := ['x:']\n",
        "all validate='x': (y 'validate')\n    validate:\n",
        "@all *validate:\n    x\n",
        "alias v := validate-all\nvalidate-all: \\\n  x\n    y\n",
    ],
)
def test_a_name_that_is_no_recipes_is_free(theirs: str) -> None:
    assert applied("just", theirs, JUST) == theirs + "\n" + JUST


@pytest.mark.parametrize("theirs", ["import 'a.just'\n", "import? 'a.just'\n", "a: \\\n"])
def test_a_justfile_that_may_have_the_name_elsewhere_is_refused(theirs: str) -> None:
    assert refused("just", theirs, JUST).reason.startswith("it")


def test_a_section_of_theirs_is_not_added_to_but_said() -> None:
    theirs = "[.process/**]\nINDENT_SIZE=2\nx = 1\n\n[*.go]\nindent_style = space\n"
    answer = first("editorconfig", theirs, STYLE, kept=1)
    assert answer.after.decode() == theirs
    kept = answer.kept[0]
    assert (kept.where, kept.theirs, kept.wanted) == (
        *("section [*.go]", "indent_style = space", "indent_style = tab"),
    )


# --- any file

PIECES = {
    "make": [
        *("A := b\n", "all: a b\n\techo a\n", "a b:\n\tx\n\n\ty\n", "# note\n", "\n", "\t\n"),
        *("define D\nlint:\nendef\n", "ifdef A\nc:\n\tz\nendif\n", ".PHONY: all\n", "%.o: %.c\n"),
        *(
            "lint: \\\n  x\n\techo \\\nlint:\n",
            "export A\n",
            ".SUFFIXES:\n",
            "test:: ; x\n",
            "c: A=1\n",
        ),
    ],
    "just": [
        *("a := 'b'\n", "set quiet\n", "all a='b': x\n    y\n\n    z\n", "[private]\n", "# note\n"),
        *("@b *X:\n\tx\n", "alias c := b\n", "\n", "  \n", "d: (b 'x')\n", "export e := `f: g`\n"),
    ],
    "editorconfig": [
        *("root = true\n", "[*]\na = b\n", "[*.py]\nc = d\n\n; note\ne = f\n", "# note\n", "\n"),
        *("[{a,b}]\n", "x\n", "[*]\na = c\n", " [ ]\n"),
    ],
}
BODY = {"make": "\t{}\n", "just": "    {}\n", "editorconfig": "{} = 1\n"}
HEAD = {"make": "{}:\n", "just": "{}:\n", "editorconfig": "[{}]\n"}


@st.composite
def wanted(draw: st.DrawFn, kind: str) -> str:
    """A file of the template with some of five names."""
    blocks = []
    for name in draw(st.lists(st.sampled_from(["lint", "test", "fmt", "new", "c"]), unique=True)):
        note = draw(st.sampled_from(["", "", "# ours\n"]))
        note += f".PHONY: {name}\n" if kind == "make" and draw(st.booleans()) else ""
        body = draw(st.lists(st.sampled_from(["one", "two", "three"]), max_size=2))
        lines = "".join(BODY[kind].format(line) for line in body)
        blocks.append(note + HEAD[kind].format(name) + lines)
    return "\n".join(blocks)


@st.composite
def theirs(draw: st.DrawFn, kind: str) -> str:
    text = "".join(draw(st.lists(st.sampled_from(PIECES[kind]), max_size=6)))
    text = draw(st.sampled_from([text, text, text.replace("\n", "\r\n"), "\ufeff" + text]))
    return draw(st.sampled_from([text, text, text.rstrip("\r\n")]))


def outside(kind: str, text: str, names: set[str]) -> list[tuple[str, ...]]:
    """What a text says besides the blocks of these names."""
    sheet = read(text.removeprefix("\ufeff"), LANGUAGES[kind].rows)
    rest = [block.lines for block in sheet.blocks if not names.issuperset(block.names)]
    return sorted([*rest, *((line,) for line in sheet.loose)])


@in_each
@given(draw=st.data())
def test_apply_update_and_remove_give_every_byte_back(kind: str, draw: st.DataObject) -> None:
    ours = draw.draw(theirs(kind))
    base, want = draw.draw(wanted(kind)), draw.draw(wanted(kind))
    one = run(kind, ours, None, base)
    if isinstance(one, Refused):
        return
    assert one.after.startswith(ours.encode())
    assert run(kind, one.after.decode(), None, base, None, one) == one
    assert patched(run(kind, one.after.decode(), base, base, None, one)).after == one.after
    two = run(kind, one.after.decode(), base, want, None, one)
    if isinstance(two, Refused):
        return
    again = patched(run(kind, two.after.decode(), want, want, None, two))
    assert (again.after, again.inserted) == (two.after, two.inserted)
    for now, said in ((one, base), (two, want)):
        gone = patched(run(kind, now.after.decode(), said, None, None, now))
        assert (gone.after, gone.inserted) == (ours.encode(), ())


@in_each
@given(draw=st.data())
def test_without_one_part_the_other_is_as_if_alone(kind: str, draw: st.DataObject) -> None:
    ours, both = draw.draw(theirs(kind)), draw.draw(wanted(kind))
    parts = both.split("\n\n")
    half = draw.draw(st.integers(0, len(parts)))
    a, b = ("\n\n".join(part).rstrip("\n") + "\n" for part in (parts[:half], parts[half:]))
    one, alone = run(kind, ours, None, a), run(kind, ours, None, b)
    if isinstance(one, Refused) or isinstance(alone, Refused) or "." in both:
        return
    two = patched(run(kind, one.after.decode(), a, both, None, one), kept=len(alone.kept))
    left = patched(run(kind, two.after.decode(), both, b, None, two))
    assert left.after == alone.after


@in_each
@given(draw=st.data())
def test_whatever_they_edit_stays_theirs(kind: str, draw: st.DataObject) -> None:
    ours, base = draw.draw(theirs(kind)), draw.draw(wanted(kind))
    want = draw.draw(st.one_of(st.none(), wanted(kind)))
    one = run(kind, ours, None, base)
    if isinstance(one, Refused):
        return
    lines = one.after.decode().splitlines(keepends=True)
    at, cut = draw.draw(st.integers(0, len(lines))), draw.draw(st.integers(0, 2))
    new = draw.draw(st.sampled_from([*PIECES[kind], BODY[kind].format("mine"), "mine\n", ""]))
    text = "".join([*lines[:at], new, *lines[at + cut :]])
    answer = run(kind, text, base, want, None, one)
    if isinstance(answer, Refused):
        assert answer.reason and "\n" not in answer.reason
        return
    known = {name for said in (base, want or "") for name in names_of(kind, said)}
    assert outside(kind, answer.after.decode(), known) == outside(kind, text, known)
    left, said = ({*part.strip("\ufeff").split("\n")} for part in (answer.after.decode(), base))
    mine = {line for line in text.strip("\ufeff").split("\n") if line.strip()}
    assert {line.strip("\r") for line in mine} <= {line.strip("\r") for line in left | said}
    again = run(kind, answer.after.decode(), want or "", want, None, answer)
    assert patched(again, len(again.kept)).after == answer.after


def names_of(kind: str, text: str) -> set[str]:
    return {name for block in read(text, LANGUAGES[kind].rows).blocks for name in block.names}


def made(folder: Path, makefile: bytes, *goals: str) -> tuple[int, str, str]:
    """What make would run, and what it says."""
    (folder / "Makefile").write_bytes(makefile)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("M")}
    done = subprocess.run(
        ["make", "-n", *goals], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@given(draw=st.data())
def test_make_runs_their_targets_as_before_and_ours_too(draw: st.DataObject) -> None:
    ours = "".join(draw.draw(st.lists(st.sampled_from(PIECES["make"]), max_size=6))).encode()
    want = draw.draw(wanted("make"))
    one = patch(ours, None, want.encode(), Shape("make", {}))
    if isinstance(one, Refused):
        return
    kept = {leaf.where for leaf in one.kept}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for goals in ((), ("all",), ("a",), ("b",), ("c",), ("lint",), ("x.o",)):
            before, after = made(folder, ours, *goals), made(folder, one.after, *goals)
            assert after == before or before[0] == 2
        for block in read(want, LANGUAGES["make"].rows).blocks:
            if (
                not block.row.of
                and f"target {block.names[0]}" not in kept
                and not made(folder, ours)[0]
            ):
                recipe = "".join(line[1:] + "\n" for line in block.code[1:])
                nothing = f"make: Nothing to be done for '{block.names[0]}'.\n"
                assert made(folder, one.after, block.names[0])[1] == (recipe or nothing)


SCRAPS = st.sampled_from(
    [
        *(
            "a",
            "a:",
            ":",
            "=",
            ":=",
            "\t",
            "    ",
            "\n",
            "\r\n",
            "\\",
            "\\\n",
            "#",
            "[",
            "]",
            "[a]\n",
        ),
        *(
            "define ",
            "endef\n",
            "ifdef a\n",
            "endif\n",
            "include ",
            ".PHONY:",
            "%",
            "$(",
            ")",
            "${",
        ),
        *(
            "'''",
            '"',
            "{{",
            "import 'a'",
            "alias a := b\n",
            "mod a\n",
            "set x\n",
            "\ufeff",
            "\u2028",
        ),
        *("\x00", "\r", "\x0c", "é", "<<<<<<< a\n", ".RECIPEPREFIX = >\n", "&", ";", "|"),
    ]
)


@in_each
@given(
    ours=st.one_of(
        st.binary(max_size=40), st.lists(SCRAPS, max_size=16).map("".join).map(str.encode)
    )
)
def test_any_bytes_are_patched_or_refused(kind: str, ours: bytes) -> None:
    shape, want = Shape(kind, {}), WANTS[kind].encode()
    one = patch(ours, None, want, shape)
    if isinstance(one, Refused):
        assert one.reason and one.snippet
        return
    assert patch(one.after, None, want, shape, one.inserted) == one
    back = patched(patch(one.after, want, None, shape, one.inserted))
    assert (back.after, back.inserted) == (ours, ())
