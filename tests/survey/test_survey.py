"""The survey sees it when something of a repository is lost, altered or left behind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests import page
from tests.conftest import ROOT, git, write
from tests.survey import __main__ as survey
from tests.survey import judge

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = b'{\n  "a": [1, 2],\n  "b": {"c": 3}\n}\n'

CHANGES = {  # what an edit did → (after it, lost, extended, opened)
    "nothing": (OLD, 0, 0, 0),
    "a line more": (OLD.replace(b"{\n", b'{\n  "z": 0,\n', 1), 0, 0, 0),
    "a comma and a line": (OLD.replace(b"}\n}", b'},\n  "d": 4\n}'), 0, 1, 0),
    "an item in a list on one line": (OLD.replace(b"2]", b"2, 9]"), 0, 0, 1),
    "a map opened over several lines": (OLD.replace(b"3}", b'3,\n    "d": 4\n  }'), 0, 0, 1),
    "a line gone": (OLD.replace(b'  "a": [1, 2],\n', b""), 1, 0, 0),
    "a value altered": (OLD.replace(b"3", b"4"), 1, 0, 0),
    "a value altered and extended": (OLD.replace(b"2]", b"3, 4]"), 1, 0, 0),
    "a space more in front": (OLD.replace(b'  "b"', b'   "b"'), 0, 0, 1),
    "a space less in front": (OLD.replace(b'  "b"', b' "b"'), 1, 0, 0),
    "lines swapped": (b'{\n  "b": {"c": 3}\n  "a": [1, 2],\n}\n', 1, 0, 0),
    "other line ends": (OLD.replace(b"\n", b"\r\n"), 4, 0, 0),
    "no last line break any more": (OLD[:-1], 1, 0, 0),
    "emptied": (b"", 4, 0, 0),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_line_that_is_gone_or_altered_counts_as_lost(what: str) -> None:
    after, *counts = CHANGES[what]

    found = judge.lines(OLD, after)

    assert [len(found.lost), found.extended, found.opened] == counts


def test_a_last_line_without_line_break_may_get_one() -> None:
    assert judge.lines(b"*.log", b"*.log\r\nmore") == judge.Lines(extended=1)
    assert judge.lines(b"*.log", b"*.logs\n").lost == ()


def test_a_duplicate_of_a_line_does_not_stand_in_for_a_lost_one() -> None:
    assert judge.lines(b"a\nb\na\n", b"a\nb\n").lost == ("a",)


@pytest.mark.parametrize(
    ("path", "content", "good"),
    [
        ("a.yml", b"a: !custom 1\n---\nb: 2\n", True),
        ("a.yaml", b"a: [1\n", False),
        ("a.json", b'\xef\xbb\xbf{"u": "http://x", /* c */ "b": [1,],} // end\n', True),
        ("a.json", b'{"a": "1,]" "b"}', False),
        ("a.toml", b"a = 1\r\n[b]\r\n", True),
        ("a.toml", b"a = 1\na = 2\n", False),
        ("a.md", b"\xff: [", True),
    ],
)
def test_a_file_parses_or_not(path: str, content: bytes, good: bool) -> None:
    assert judge.parses(path, content) is good


def test_modes_links_and_empty_folders_are_part_of_a_tree(tmp_path: Path) -> None:
    write(tmp_path, {"a": "1", "b/c": "2"})
    (tmp_path / "link").symlink_to("a")
    before = judge.snapshot(tmp_path)

    (tmp_path / "a").chmod(0o755)
    (tmp_path / "b/empty").mkdir()
    (tmp_path / "link").unlink()
    (tmp_path / "link").write_text("1")

    assert judge.differing(before, judge.snapshot(tmp_path)) == ["a", "b/empty", "link"]


PIECES = {"pieces": [{"path": "AGENTS.md"}, {"path": "docs/standards/"}, {"path": "mise.toml"}]}
RECORD = "files: {v1: {AGENTS.md: {at: %s}, mise.toml: {at: .config/mise.toml}}}\n"


def test_a_path_is_documented_by_the_registry_or_by_a_record_that_leads_to_the_same_file(
    tmp_path: Path,
) -> None:
    write(tmp_path, {".process/record/06.yml": RECORD % "docs/ai.md", "docs/ai.md": "x"})
    touched = ["AGENTS.md", "docs/standards/code.md", ".config/mise.toml", "docs/ai.md", "setup.py"]
    touched += [".process/record/06.yml", ".copier-answers.yml", ".copier-answers.other.yml"]
    strange = judge.undocumented(touched, judge.snapshot(tmp_path), PIECES)
    assert strange == [".copier-answers.other.yml", "docs/ai.md", "setup.py"]

    (tmp_path / "AGENTS.md").symlink_to("docs/ai.md")
    assert judge.undocumented(["docs/ai.md"], judge.snapshot(tmp_path), PIECES) == []


# --- the whole round ------------------------------------------------------------------------------

SABOTAGE = {  # a wrong command → what the survey says; $1 is apply or remove
    '[ "$1" = remove ] || sed -i 2d README.md': "README.md lost the line",
    '[ "$1" = remove ] || echo x >> setup.py': "setup.py is nowhere documented",
    '[ "$1" = remove ] || echo x >> AGENTS.md': "a second apply changed AGENTS.md",
    '[ "$1" = apply ] || touch left': "remove did not restore left",
    '[ "$1" = remove ] || rm README.md': "README.md is gone",
    '[ "$1" = remove ] || echo "a: [" > .copier-answers.yml': ".copier-answers.yml no longer parses",
    '[ "$1" = remove ] || chmod +x README.md': "README.md has another mode",
    "echo wrong >&2; exit 1": "apply ended with 1: wrong",
}


def _round(repo: Path, command: Path, monkeypatch: pytest.MonkeyPatch) -> survey.Result:
    monkeypatch.setattr(survey, "BOOTSTRAP", command)
    result = survey.Result("a/b")
    pieces = yaml.safe_load((ROOT / "extensions/pieces.yml").read_text())
    survey.round_trip(repo, pieces, result)
    return result


@pytest.fixture
def subject(repository: Callable[..., Path]) -> Path:
    return repository({"README.md": "# A\n\nB\n", "pyproject.toml": "[project]\nname = 'a'\n"})


@pytest.mark.parametrize("wrong", SABOTAGE)
def test_what_a_wrong_command_breaks_is_named(
    wrong: str, subject: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "wrong"
    write(
        tmp_path,
        {"wrong": f'#!/bin/sh\n[ "$1" != facts ] || exit 1\n{wrong}\necho \'{{"changes": []}}\'\n'},
    )
    command.chmod(0o755)

    result = _round(subject, command, monkeypatch)

    assert any(SABOTAGE[wrong] in one for one in result.violations), result.violations


def test_the_real_command_breaks_nothing(subject: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _round(subject, Path(sys.executable).with_name("bootstrap"), monkeypatch)

    assert result.violations == []
    assert result.status == 0
    assert result.created > 10
    assert result.kinds["languages"]


def test_repositories_are_found_bare_and_cloned_and_checked_out_without_what_they_lack(
    subject: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    git(tmp_path, "clone", "-q", "--bare", str(subject), str(folder / "one+bare/repo"))
    git(tmp_path, "clone", "-q", str(subject), str(folder / "two+clone"))
    (folder / "three+none").mkdir()
    blob = git(subject, "rev-parse", "HEAD:README.md").strip()
    _lose(folder / "one+bare/repo", blob)

    found = survey.sources(folder)
    assert [name for name, _ in found] == ["one/bare", "two/clone"]

    made = tmp_path / "made"
    survey.check_out(found[0][1], made)
    assert git(made, "status", "--porcelain") == ""
    assert sorted(path.name for path in made.iterdir()) == [".git", "pyproject.toml"]


def _lose(bare: Path, blob: str) -> None:
    """Take one object away from a bare clone of a folder, in which nothing is packed."""
    (bare / "objects" / blob[:2] / blob[2:]).unlink()


# --- the page -------------------------------------------------------------------------------------


def test_a_result_goes_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(
        "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n"
    )

    page.put(file, "x", r"new \1")

    assert file.read_text() == (
        "a\n<!-- begin x -->\n\nnew \\1\n\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n"
    )
    with pytest.raises(ValueError, match="no marks for z"):
        page.put(file, "z", "")
