"""Each kind of fault that an agent makes keeps Claude Code from ending its turn."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import commit, git
from tests.e2e.clients import CLIENTS, laptop, talk
from tests.e2e.conftest import needed, new_service
from tests.e2e.double import Read, Write

CLAUDE = CLIENTS[0]


@dataclass(frozen=True)
class Fault:
    """A file that is wrong in the eyes of one check alone, and the words of that check."""

    path: str
    text: str
    said: str


FAULTS = {
    # a fixer repairs a new file and is content; what git knows it shows as changed
    "format": Fault("tests/conftest.py", "x = {'a':1}\n", "files were modified by this hook"),
    "lint": Fault("tests/test_b.py", "def f() -> None:\n    undefined()\n", "F821"),
    "type": Fault("tests/test_c.py", 'x: int = "one"\n', "Incompatible types"),
    "test": Fault("tests/test_d.py", "def test_d() -> None:\n    assert int() == 2\n", "1 failed"),
    # in two parts, so that no scanner takes this file for a leak
    "secret": Fault("notes.txt", "ghp_" + "wJ4nQx8RzK2mVb7TpL9dYc3HfG6sAe1UoXiN\n", "notes.txt:1"),
    "merge marker": Fault("notes.txt", "<" * 7 + " HEAD\none\n", "notes.txt:1"),
}
HOME = "home"


@pytest.fixture(scope="session")
def original(template_at_1: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new service in Python, set up as its README says, beside a home folder."""
    folder = tmp_path_factory.mktemp("service") / "service"
    new_service(template_at_1, folder, stacks=["python"])
    home = folder.parent / HOME
    home.mkdir()
    subprocess.run([".process/setup"], cwd=folder, env=laptop(home), check=True)
    commit(folder)
    return folder


@pytest.fixture
def service(original: Path) -> Iterator[Path]:
    """The service, clean again after the test."""
    needed(CLAUDE)
    yield original
    git(original, "reset", "-q", "--hard")
    git(original, "clean", "-fdq")


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_comes_back_in_the_words_of_its_check(service: Path, kind: str) -> None:
    fault = FAULTS[kind]
    path = service / fault.path
    look = [Read(str(path))] if path.exists() else []

    answers = [*look, Write(str(path), fault.text), "I am done", "It is your turn"]
    talked = talk(CLAUDE, service, service.parent / HOME, answers)

    assert len(talked.requests) == len(answers), talked.said
    assert fault.said in talked.requests[-1].rsplit("process/validate --related` fails", 1)[1]


def test_a_turn_without_a_fault_ends(service: Path) -> None:
    text = "def test_e() -> None:\n    assert int() == 0\n"
    answers = [Write(str(service / "tests" / "test_e.py"), text), "I am done"]

    talked = talk(CLAUDE, service, service.parent / HOME, answers)
    assert len(talked.requests) == len(answers), talked.said
