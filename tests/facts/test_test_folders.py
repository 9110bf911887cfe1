"""The folders of tests that a repository's own configuration names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bootstrap.repo import Repo
from bootstrap.their_tests import test_folders as found_in
from tests.template.test_pieces import git, write


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[Mapping[str, str]], Repo]:
    def made(files: Mapping[str, str]) -> Repo:
        git(tmp_path, "init", "-q")
        for path, text in files.items():
            write(tmp_path / path, text)
        git(tmp_path, "add", "-A")
        return Repo.open(tmp_path)

    return made


@pytest.mark.parametrize(
    ("path", "text", "folders"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["unit_tests", "src"]\n', ["unit_tests"]),
        ("pytest.ini", "[pytest]\ntestpaths =\n    unit_tests\n    lib/specs\naddopts = -q\n", ["lib/specs", "unit_tests"]),
        ("tox.ini", "[pytest]\ntestpaths = unit_tests\n", ["unit_tests"]),
        ("phpunit.xml", '<testsuite name="a">\n<directory suffix="Test.php">./unit_tests</directory>\n', ["unit_tests"]),
        ("pytest.ini", '[pytest]\ntestpaths = . src ../tests gone_tests "a{{ b }}_tests"\n', []),
        ("README.md", "testpaths = unit_tests\n", []),
    ],
)  # fmt: skip
def test_only_folders_that_are_there_and_are_called_tests_are_taken(
    repository: Callable[[Mapping[str, str]], Repo], path: str, text: str, folders: list[str]
) -> None:
    files = {"unit_tests/a.py": "", "lib/specs/b.py": "", "src/c.py": ""}
    assert found_in(repository({**files, path: text})) == folders
