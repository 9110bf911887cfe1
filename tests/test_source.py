"""What a program records as the source of what it renders."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bootstrap import source
from tests.conftest import ROOT, commit, git

CANONICAL = "https://github.com/twelvefold/twelvefold.git"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this project with what is not committed yet, tagged with its version."""
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(ROOT), str(folder))
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    commit(folder)
    git(folder, "tag", "v0.1.0")
    return folder


def _wheel(clone: Path) -> tuple[dict[str, str], Path]:
    """What the wheel of a clone says of itself, and the folder that it unpacks to."""
    built = clone.parent / "built"
    command = [sys.executable, "-m", "uv", "build", "--wheel", "--quiet", "-o", str(built), "."]
    subprocess.run(command, cwd=clone, check=True)
    unpacked = clone.parent / "unpacked"
    zipfile.ZipFile(next(built.glob("*.whl"))).extractall(unpacked)
    return json.loads((unpacked / "bootstrap/_source.json").read_text()), unpacked


def test_a_wheel_of_a_release_records_the_canonical_address_and_its_version(clone: Path) -> None:
    said, unpacked = _wheel(clone)
    assert said == {"address": CANONICAL, "ref": "v0.1.0"}
    for part in ("copier.yml", "extensions/pieces.yml", "template/.process/validate"):
        found = list(unpacked.glob(f"bootstrap/_template/{part}*"))
        assert len(found) == 1, part


def test_a_wheel_built_past_its_tag_records_the_commit_that_it_holds(clone: Path) -> None:
    (clone / "template/.process/more").write_text("more\n")
    commit(clone)
    said, _ = _wheel(clone)
    assert said == {"address": CANONICAL, "ref": git(clone, "rev-parse", "HEAD").strip()}


def test_a_wheel_of_uncommitted_changes_says_so(clone: Path) -> None:
    (clone / "template/.process/more").write_text("more\n")
    said, _ = _wheel(clone)
    assert "uncommitted" in said["note"]


def test_a_forks_wheel_records_the_fork(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", "git@github.com:acme/process.git")
    git(clone, "tag", "-d", "v0.1.0")
    git(clone, "tag", "v0.1.0.post3")
    said, unpacked = _wheel(clone)
    assert said == {"address": "git@github.com:acme/process.git", "ref": "v0.1.0.post3"}
    code = "from bootstrap import source; s = source.built_in(); print(s.address, s.ref)"
    environment = {"PYTHONPATH": str(unpacked), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd="/", capture_output=True, text=True
    )
    assert done.stdout.split() == ["git@github.com:acme/process.git", "v0.1.0.post3"], done.stderr


def test_a_wheel_of_a_source_distribution_records_the_same(clone: Path) -> None:
    built = clone.parent / "built"
    command = [sys.executable, "-m", "uv", "build", "--quiet", "-o", str(built), "."]
    subprocess.run(command, cwd=clone, check=True)
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        assert json.loads(wheel.read("bootstrap/_source.json"))["ref"] == "v0.1.0"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gh:acme/process", "https://github.com/acme/process"),
        ("git@github.com:acme/process.git", "https://github.com/Acme/process.git"),
        ("git+https://github.com/acme/process.git", "ssh://git@github.com/acme/process"),
    ],
)
def test_spellings_of_one_address_are_the_same_source(one: str, other: str) -> None:
    assert source.same(one, other)
    assert not source.same(one, "https://github.com/acme/process2")


def test_the_newest_release_is_chosen_by_version_and_no_preview() -> None:
    assert source.newest(["v1.9.0", "v1.10.0", "v2.0.0rc1", "nightly", "v1.2.0"]) == "v1.10.0"
    assert source.newest(["main"]) is None
