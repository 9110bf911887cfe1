"""Secrets: refused where they are new, and nowhere else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.test_pieces import BARE, git, path_without, write

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]

# In two parts, so that no scanner takes this file for a leak.
TOKEN = "ghp_" + "wJ4nQx8RzK2mVb7TpL9dYc3HfG6sAe1UoXiN"
NEW: dict[str, object] = {**BARE, "factors": [2], "secret_scan": True}


@pytest.fixture(autouse=True)
def _scanner(need: Callable[[str], str]) -> None:
    need("kingfisher")


def commit(repo: Path, path: str, text: str) -> None:
    write(repo / path, text)
    git(repo, "add", path)
    git(repo, "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qnm", path)


def test_a_commit_with_a_secret_is_refused_and_the_secret_is_not_shown(
    render: Render, run: Run
) -> None:
    repo = render(**NEW)
    assert run(repo, ".process/setup").returncode == 0
    write(repo / "settings.py", f'TOKEN = "{TOKEN}"\n')
    git(repo, "add", "-A")
    done = run(repo, "git", "commit", "-qm", "second")
    assert done.returncode == 1
    assert "settings.py:1: " in done.stdout
    assert TOKEN not in done.stdout
    write(repo / "settings.py", f'TOKEN = "{TOKEN}"  # kingfisher:ignore\n')
    git(repo, "add", "-A")
    assert run(repo, "git", "commit", "-qm", "second").returncode == 0


def test_what_only_looks_like_a_secret_passes(render: Render, run: Run) -> None:
    repo = render(**NEW)
    words = ("AKIAIOSFODNN7EXAMPLE", "password: ${PASSWORD}", "sha256:" + "0a1b2c3d" * 8)
    write(repo / "examples.md", "\n".join(words))
    done = run(repo, ".process/validate", "--changed")
    assert done.returncode == 0, done.stdout


def test_a_new_service_has_none_at_all(render: Render, run: Run) -> None:
    repo = render(**NEW)
    commit(repo, "settings.py", f'TOKEN = "{TOKEN}"\n')
    assert run(repo, ".process/validate").returncode == 1


def test_a_repository_that_had_some_is_not_red_for_them(render: Render, run: Run) -> None:
    repo = render(**NEW)
    pipeline = repo / ".pre-commit-config.yaml"
    pipeline.write_text(pipeline.read_text().replace("/secrets\n", "/secrets --new\n"))
    commit(repo, "fixture.py", f'KEY = "{TOKEN}"\n')
    git(repo, "branch", "-M", "main")
    git(repo, "checkout", "-q", "-b", "topic")
    write(repo / "fixture.py", f'# Moved down\n\nKEY = "{TOKEN}"\n')
    assert run(repo, ".process/validate").returncode == 0
    commit(repo, "settings.py", f'TOKEN = "{TOKEN}"\n')
    for options in ((), ("--related",)):
        done = run(repo, ".process/validate", *options)
        assert done.returncode == 1
        assert "settings.py:1: " in done.stdout
        assert "fixture.py" not in done.stdout


@pytest.mark.parametrize(("depth", "status"), [("1", 1), ("2", 0)])
def test_a_merge_alone_is_compared_with_what_it_merges_into(
    render: Render, run: Run, tmp_path: Path, depth: str, status: int
) -> None:
    repo = render(**NEW)
    commit(repo, "fixture.py", f'KEY = "{TOKEN}"\n')
    commit(repo, "other", "")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", f"--depth={depth}", f"file://{repo}", str(clone))
    git(clone, "checkout", "-q", "--detach")
    git(clone, "remote", "remove", "origin")
    git(clone, "branch", "-D", git(clone, "for-each-ref", "--format=%(refname:short)", "refs/heads").strip())
    done = run(clone, ".process/secrets", "--new", "fixture.py")
    assert done.returncode == status, done.stdout
    assert ("depth 2" in done.stdout) == bool(status)


def test_a_secret_that_reaches_the_default_branch_is_new_there_in_ci(
    render: Render, run: Run
) -> None:
    repo = render(**NEW, old_secrets=True)
    commit(repo, "old.py", f'TOKEN = "{TOKEN}"\n')
    commit(repo, "new.py", f'TOKEN = "{TOKEN}"\n')
    git(repo, "update-ref", "refs/remotes/origin/main", "HEAD")
    done = run(repo, ".process/secrets", "--new", "old.py", "new.py", CI="true")
    assert done.returncode == 1
    assert "new.py:1: " in done.stdout
    assert "old.py" not in done.stdout


def test_only_our_own_entry_insists_on_the_scanner_in_ci(
    render: Render, run: Run, need: Callable[[str], str], tmp_path: Path
) -> None:
    repo = render(**NEW)
    path = Path(path_without(tmp_path / "bin", "kingfisher", "mise", "prek"))
    (path / "prek").symlink_to(need("prek"))
    theirs = run(repo, "prek", "run", "-a", PATH=str(path), CI="true")
    assert theirs.returncode == 0, theirs.stdout
    ours = run(repo, ".process/validate", PATH=str(path), CI="true")
    assert ours.returncode == 1
    assert "run .process/setup" in ours.stdout
    laptop = run(repo, ".process/validate", PATH=str(path))
    assert laptop.returncode == 0
    assert "Not checked" in laptop.stdout
