"""The plugin for CI turns a skipped test into a failed one, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.conftest import ROOT, write

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest

def test_good(): pass

@pytest.mark.skip(reason="no tool")
def test_by_mark(): pass

def test_inside(): pytest.skip("no tool")

@pytest.mark.xfail
def test_expected_to_fail(): assert False
"""


def _summary(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(folder / "none.ini")]
    done = subprocess.run(
        [*command, *options, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()[-1]


def test_skipped_tests_fail_with_the_plugin_alone(tmp_path: Path) -> None:
    write(tmp_path, {"test_a.py": TESTS, "none.ini": ""})

    plain, strict = _summary(tmp_path), _summary(tmp_path, "-p", "tests.no_skips")

    assert plain.startswith("1 passed, 2 skipped, 1 xfailed")
    assert strict.startswith("1 failed, 1 passed, 1 xfailed, 1 error")


def test_a_module_that_is_skipped_as_a_whole_fails_too(tmp_path: Path) -> None:
    module = "import pytest\npytest.skip('no tool', allow_module_level=True)\n"
    write(tmp_path, {"test_a.py": module, "none.ini": ""})

    assert _summary(tmp_path).startswith("1 skipped")
    assert "1 error" in _summary(tmp_path, "-p", "tests.no_skips")
