"""The released clients, run: they get the text, and what a check says about their edit, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import git
from tests.e2e.clients import Client, talk
from tests.e2e.conftest import MARKER
from tests.e2e.double import Write

SAID = "broken.txt must not be here"


def runs(log: Path) -> int:
    """How often the check has run since the last question."""
    count = log.read_text().count("run") if log.exists() else 0
    log.unlink(missing_ok=True)
    return count


def test_a_turn_goes_on_if_it_breaks_a_check_and_ends_if_not(
    checked: Path, client: Client, home: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    breaks = [Write(str(checked / "broken.txt"), "one\n"), "I am done", "It is your turn"]
    talked = talk(client, checked, home, breaks, CHECK_LOG=str(log))
    assert MARKER in talked.requests[0], talked.said
    assert (checked / "broken.txt").exists(), talked.said
    assert [SAID in request for request in talked.requests] == [False, False, True], talked.said
    assert runs(log) == 1

    (checked / "broken.txt").unlink()
    breaks_nothing = [Write(str(checked / "fine.txt"), "one\n"), "I am done"]
    talked = talk(client, checked, home, breaks_nothing, CHECK_LOG=str(log))
    assert (checked / "fine.txt").exists(), talked.said
    assert (len(talked.requests), runs(log)) == (2, 1), talked.said

    talked = talk(client, checked, home, ["I only looked"], CHECK_LOG=str(log))
    assert (len(talked.requests), runs(log)) == (1, 0), talked.said


@pytest.mark.parametrize("checked", ["new"], indirect=True)
def test_the_files_of_a_linked_work_tree_are_checked_there(
    checked: Path, client: Client, home: Path, tmp_path: Path
) -> None:
    log, tree = tmp_path / "log", tmp_path / "linked"
    git(checked, "worktree", "add", "-q", str(tree))
    # Codex reads the settings of the folders above too, the others those where they are started.
    place = tree / "sub" if client.name == "codex" else tree

    breaks = [Write(str(place / "broken.txt"), "one\n"), "I am done"]
    talked = talk(client, place, home, breaks, CHECK_LOG=str(log))
    assert SAID in talked.requests[-1], talked.said
    assert runs(log) == 1
