"""The folders that the runner of tests is told to look in: for `.process/complexity.toml`."""

from __future__ import annotations

import re

from bootstrap.repo import Repo

# Configuration of a runner → how it lists folders of tests.
_LISTS = {
    "pyproject.toml": r"^testpaths\s*=\s*\[([^\]]*)\]",
    "pytest.ini": r"^testpaths\s*=([^=\[]*)(?:\n\S|\Z)",
    "setup.cfg": r"^testpaths\s*=([^=\[]*)(?:\n\S|\Z)",
    "tox.ini": r"^testpaths\s*=([^=\[]*)(?:\n\S|\Z)",
    "phpunit.xml": r"<testsuite\b.*?<directory[^>]*>([^<]*)<",
    "phpunit.xml.dist": r"<testsuite\b.*?<directory[^>]*>([^<]*)<",
}
# What is not known to be a test counts as product code: only a folder that is called so is taken.
_FOLDER = re.compile(r"(?:[\w-]+/)*[\w-]*(?:tests?|specs?)[\w-]*/?", re.IGNORECASE)
MOST = 20


def test_folders(repo: Repo) -> list[str]:
    """The folders of tests that the repository's own configuration names, as in `unit_tests`."""
    found: set[str] = set()
    for path, listed in _LISTS.items():
        for match in re.findall(listed, repo.text(path) or "", re.MULTILINE | re.DOTALL):
            names = [name.strip("\"'./") for name in re.split(r"[\s,]+", match)]
            found.update(name for name in names if _FOLDER.fullmatch(name))
    there = {name for name in found if any(file.startswith(f"{name}/") for file in repo.files)}
    return sorted(there)[:MOST]
