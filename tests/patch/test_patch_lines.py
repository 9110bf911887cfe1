from __future__ import annotations

import pytest
from patch_helpers import applied, first, patched, refused, removed, run, updated

IGNORE = "# The process.\n.process/cache/\n.process/tmp/\n"
BLOCK = (
    "<!-- twelvefold:begin of ours -->\n"
    "## Process\n\nOne.\n\nTwo.\n\nThree.\n"
    "<!-- twelvefold:end -->\n"
)
HOOK = "#!/bin/sh\nset -e\n# All checks.\n.process/validate --staged\n"


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ("", IGNORE),
        ("*.log\n", "*.log\n\n" + IGNORE),
        ("*.log\n\n", "*.log\n\n" + IGNORE),
        ("*.log", "*.log\n\n" + IGNORE[:-1]),
        ("*.log\r\n", "*.log\r\n\r\n" + IGNORE.replace("\n", "\r\n")),
        (" .process/tmp/ \n", " .process/tmp/ \n\n# The process.\n.process/cache/\n"),
    ],
)
def test_missing_lines_go_to_the_end_with_their_comment(ours: str, after: str) -> None:
    assert applied("lines", ours, IGNORE) == after


def test_lines_of_ours_go_and_theirs_between_them_stay() -> None:
    after = removed(
        "lines", "a\n", IGNORE, since=lambda text: text.replace(".process/tmp/", "b\n.process/tmp/")
    )
    assert after.split() == ["a", "b"]


def test_a_line_that_was_theirs_before_stays_theirs() -> None:
    ours = "a\n.process/cache/\n"
    assert removed("lines", ours, IGNORE, since=lambda text: text + "z\n") == ours + "z\n"


def test_an_update_of_lines_adds_the_new_and_drops_the_old() -> None:
    want = "# The process.\n.process/cache/\n.process/new/\n"
    after = updated("lines", "a\n", IGNORE, want)
    assert after.after.decode().split("\n") == [
        *("a", "", "# The process.", ".process/cache/", ".process/new/", "")
    ]
    assert patched(run("lines", after.after.decode(), want, None, None, after)).after == b"a\n"


def test_a_line_that_they_deleted_stays_deleted() -> None:
    want = IGNORE + ".process/new/\n"
    after = updated(
        "lines", "a\n", IGNORE, want, since=lambda text: text.replace(".process/tmp/\n", "")
    )
    assert ".process/tmp/" not in after.after.decode()
    assert ".process/new/" in after.after.decode()


POD = "# The pod.\n* @ada @bob\n"


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ("", POD),
        ("/docs/ @x\n", POD + "\n/docs/ @x\n"),
        ("\n/docs/ @x\n", POD + "\n/docs/ @x\n"),
        ("# Docs\n/docs/ @x\n", POD + "\n# Docs\n/docs/ @x\n"),
        ("# All\n# of us\n\n# Docs\n/docs/ @x", f"# All\n# of us\n\n{POD}\n# Docs\n/docs/ @x"),
        ("# All\r\n\r\na @x\r\n", "# All\r\n\r\n# The pod.\r\n* @ada @bob\r\n\r\na @x\r\n"),
        ("# All\n", POD + "\n# All\n"),
        ("# All\n\n", "# All\n\n" + POD),
        ("/docs/ @x\n* @ada @bob\n", "/docs/ @x\n* @ada @bob\n"),
    ],
)
def test_lines_that_go_first_come_below_a_comment_on_top(ours: str, after: str) -> None:
    assert applied("lines@start", ours, POD) == after


def test_an_update_of_lines_that_go_first_keeps_their_order() -> None:
    base, want = POD + "/a/ @ada\n", "# The pod.\n* @ada @cem\n/b/ @cem\n/a/ @ada\n"
    after = updated("lines@start", "/docs/ @x\n", base, want)
    assert after.after.decode() == want + "\n/docs/ @x\n"
    after = updated("lines@start", "", base, want)
    assert after.after.decode() == want
    whole = patched(run("lines@start", base + "/docs/ @x\n", base, want, whole=True))
    assert whole.after.decode() == want + "/docs/ @x\n"


# --- markdown


def test_the_block_is_appended_and_goes_again() -> None:
    assert applied("markdown", "# Theirs\n", BLOCK) == "# Theirs\n\n" + BLOCK
    assert applied("markdown", "# Theirs", BLOCK) == "# Theirs\n\n" + BLOCK[:-1]
    assert applied("markdown", "", BLOCK) == BLOCK


@pytest.mark.parametrize("kind", ["lines", "markdown"])
def test_what_was_put_goes_also_where_theirs_says_the_same_before(kind: str) -> None:
    assert applied(kind, "## Process\n\nTheirs.\n", BLOCK).count("## Process") == 1 + (
        kind == "markdown"
    )


def test_the_block_may_move_and_still_goes() -> None:
    after = removed("markdown", "# A\n", BLOCK, since=lambda text: "# New\n\n" + text + "\nMore.\n")
    assert after == "# New\n\n# A\n\nMore.\n"


def test_what_they_wrote_into_the_block_survives_an_update() -> None:
    want = BLOCK.replace("Three.", "3.")
    after = updated("markdown", "# A\n", BLOCK, want, since=lambda t: t.replace("One.", "Mine."))
    assert after.after.decode() == "# A\n\n" + want.replace("One.", "Mine.")


def test_a_line_of_the_block_that_both_changed_stays_theirs() -> None:
    want = BLOCK.replace("Two.", "2.").replace("Three.", "3.")
    after = updated(
        "markdown", "# A\n", BLOCK, want, since=lambda t: t.replace("Two.", "Mine."), kept=1
    )
    assert after.after.decode() == "# A\n\n" + want.replace("2.", "Mine.")
    assert (after.kept[0].theirs, after.kept[0].wanted) == ("Mine.", "2.")


def test_a_block_that_they_deleted_stays_deleted() -> None:
    want = BLOCK.replace("Two.", "2.")
    after = updated("markdown", "# A\n", BLOCK, want, since=lambda _: "# A\n", kept=1)
    assert after.after == b"# A\n"


def test_marks_that_do_not_pair_are_refused() -> None:
    assert "pair" in refused("markdown", "<!-- twelvefold:begin -->\n", BLOCK).reason


def test_an_edited_block_is_not_removed() -> None:
    one = first("markdown", "# A\n", BLOCK)
    theirs = one.after.decode().replace("Two.", "Mine.")
    answer = run("markdown", theirs, BLOCK, None, None, one)
    assert "edited" in getattr(answer, "reason", "")


def test_without_marks_each_line_is_a_leaf() -> None:
    assert applied("markdown", "# Claude\n", "@AGENTS.md\n") == "# Claude\n\n@AGENTS.md\n"
    assert applied("markdown", "see\n@AGENTS.md \n", "@AGENTS.md\n") == "see\n@AGENTS.md \n"


# --- scripts


@pytest.mark.parametrize(
    ("ours", "after"),
    [
        ("", "# All checks.\n.process/validate --staged\n"),
        ("npm test\n", "# All checks.\n.process/validate --staged\nnpm test\n"),
        (
            "#!/usr/bin/env bash\n# theirs\nset -euo pipefail\n\nexec npm test\n",
            (
                "#!/usr/bin/env bash\n# theirs\nset -euo pipefail\n"
                "# All checks.\n.process/validate --staged\n\nexec npm test\n"
            ),
        ),
        (
            '#!/bin/sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nexit 0\n',
            (
                '#!/bin/sh\n. "$(dirname -- "$0")/_/husky.sh"\n'
                "# All checks.\n.process/validate --staged\n\nexit 0\n"
            ),
        ),
        ("#!/bin/sh", "#!/bin/sh\n# All checks.\n.process/validate --staged"),
        ("x\n  .process/validate --staged\n", "x\n  .process/validate --staged\n"),
    ],
)
def test_commands_go_to_the_top(ours: str, after: str) -> None:
    assert applied("script", ours, HOOK) == after


@pytest.mark.parametrize("first_line", ["#!/usr/bin/env python3", "#!/usr/bin/env -S node", "#!"])
def test_a_script_for_another_interpreter_is_refused(first_line: str) -> None:
    assert "shell" in refused("script", first_line + "\nx\n", HOOK).reason


def test_a_command_over_several_lines_is_one_leaf() -> None:
    want = "#!/bin/sh\nif true; then\n  x\nfi\n"
    ours = "if false; then\n  y\nfi\n"
    assert applied("script", ours, want) == "if true; then\n  x\nfi\n" + ours
