"""The replay tells what is ours from what the project did later, and sees it when a removal does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.patch import Inserted, Patched, Refused, Shape, patch
from tests.conftest import commit, write
from tests.survey import corpus, oracle, replay
from tests.survey.edits import Edit

FIRST = "[project]\nname = 'a'\n\n[tool.a]\nb = 1\n"


@pytest.fixture
def project(repository: Callable[..., Path]) -> Path:
    """A project whose history is longer than the replay reaches back."""
    folder = repository({"pyproject.toml": FIRST, ".gitignore": "/dist/\n", "setup.py": ""})
    for number in range(5):
        write(folder, {"pyproject.toml": f"# {number}\n{FIRST}"})
        commit(folder)
    return folder


def _replay(project: Path) -> list[replay.Case]:
    """Without Node's readers, which are not everywhere."""
    return replay.replay("a/b", project, project / "none")


def test_what_the_project_did_later_is_all_that_is_left(project: Path) -> None:
    cases = _replay(project)

    assert {(case.path, case.back) for case in cases} == {
        ("a/b: pyproject.toml", 1),
        ("a/b: pyproject.toml", 4),
    }
    assert all(case.clean and case.equal and not case.broken for case in cases)


def test_where_both_changed_the_same_place_nothing_of_theirs_is_lost(project: Path) -> None:
    write(project, {".gitignore": "/dist/\n/build/\n", "pyproject.toml": FIRST})
    commit(project)

    found = [case for case in _replay(project) if case.kind == "ignore file"]

    assert [(case.clean, case.readable, case.lost, case.left) for case in found] == [
        (False, True, (), ())
    ]


def test_versions_that_say_the_same_or_can_not_be_read_are_left_out(project: Path) -> None:
    write(project, {"pyproject.toml": "a = [", ".gitignore": "*.log\n"})
    commit(project)
    write(project, {"pyproject.toml": FIRST, ".gitignore": "/dist/\n"})
    commit(project)

    found = {(one.path, one.back) for one in replay.versions("a/b", project)}

    assert found == {
        *(("a/b: pyproject.toml", back) for back in (1, 4)),
        ("a/b: .gitignore", 1),
    }
    assert {case.back for case in _replay(project) if case.kind == "pyproject"} == {4}


def test_what_the_project_has_done_itself_since_is_no_case(project: Path) -> None:
    write(
        project, {".gitignore": "/dist/\n\n# What the survey leaves behind\n*.survey\n/survey-1/\n"}
    )
    commit(project)

    found = [case for case in _replay(project) if case.kind == "ignore file"]

    assert [case.left_out for case in found] == ["the project has made the same edit since"]
    assert "Left out: the project has made the same edit since 1" in replay.report(found)


def _removing(change: Callable[[bytes], bytes]) -> Callable[..., Patched | Refused]:
    """An engine whose removals do something else besides."""

    def engine(
        ours: bytes,
        base: bytes | None,
        want: bytes | None,
        shape: Shape,
        inserted: Sequence[Inserted] = (),
    ) -> Patched | Refused:
        done = patch(ours, base, want, shape, inserted)
        if isinstance(done, Refused) or want is not None:
            return done
        return replace(done, after=change(done.after))

    return engine


@pytest.mark.parametrize(
    "change", [lambda text: text + b"\n", lambda text: text.replace(b"b = 1", b"b = 2")]
)
def test_a_removal_that_leaves_another_text_is_broken(
    change: Callable[[bytes], bytes], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "patch", _removing(change))

    cases = _replay(project)

    assert cases
    assert all(case.broken for case in cases)


@pytest.mark.parametrize(
    ("change", "lost", "left"),
    [
        (lambda text: text.replace(b"/build/\n", b""), ("/build/",), ()),
        (lambda text: text + b"*.survey\n", (), ("*.survey",)),
    ],
)
def test_lines_that_a_removal_loses_or_leaves_in_a_conflict_are_named(
    change: Callable[[bytes], bytes],
    lost: tuple[str, ...],
    left: tuple[str, ...],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(project, {".gitignore": "/dist/\n/build/\n"})
    commit(project)
    monkeypatch.setattr(replay, "patch", _removing(change))

    found = [case for case in _replay(project) if not case.clean]

    assert [(case.lost, case.left, case.broken) for case in found] == [(lost, left, bool(lost))]


@pytest.mark.parametrize(
    ("merged", "displaced"),
    [
        (b"a:\n- 1\nsurvey:\n- x\n- 2\n", True),
        (b"a:\n- 1\n- 2\nb:\n  survey: [x]\n", True),
        (b"a:\n- 1\n- 2\nsurvey:\n- x\nb: 1\n", False),
    ],
)
def test_what_the_merge_put_below_a_key_of_the_other_side_is_no_fault_of_the_removal(
    merged: bytes, displaced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = next(kind for kind in corpus.KINDS if kind.format == "yaml")
    one = replay.Versions(kind, "a/b: x.yml", 1, b"a:\n- 1\n", b"a:\n- 1\n- 2\n")
    edit = Edit("key", "survey:\n- x\n", Shape("yaml", {}))
    monkeypatch.setattr(replay, "merged", lambda *_: (merged, True))

    case = replay.replay_edit(one, edit, oracle.readers(Path("none")))

    assert (case.equal, case.displaced, case.broken) == (False, displaced, not displaced)


def test_the_table_counts_clean_and_conflicted_cases_apart() -> None:
    clean = replay.Case("pyproject", "a/b: pyproject.toml", "table", 1, clean=True, equal=True)
    kinds = [
        clean,
        replace(clean, equal=False, refused="why"),
        replace(clean, equal=False, displaced=True),
        replace(clean, clean=False, equal=False),
        replace(clean, clean=False, equal=False, left=("x",)),
        replace(clean, clean=False, equal=False, refused="why"),
        replace(clean, clean=False, equal=False, refused="why", readable=False),
        replace(clean, clean=False, equal=False, lost=("x", "y")),
    ]

    *_, row, total = replay.report(kinds).splitlines()

    assert row == "| pyproject | 8 | 3 | 1 | 1 | 1 | 5 | 1 | 1 | 1 | 1 | 2 |"
    assert total == row.replace("pyproject", "all")


def test_history_is_read_by_path_with_the_newest_version_first(project: Path) -> None:
    files, _ = corpus.files(project)
    blobs = corpus.history(project, files)

    assert {path: len(found) for path, found in blobs.items()} == {
        "pyproject.toml": 6,
        ".gitignore": 1,
    }
    newest = next(file.blob for file in files if file.path == "pyproject.toml")
    assert blobs["pyproject.toml"][0] == newest
    oldest = blobs["pyproject.toml"][-1]
    assert corpus.contents(project, [oldest, "0" * 40]) == {oldest: FIRST.encode()}
