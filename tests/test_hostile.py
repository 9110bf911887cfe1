"""Repositories that mean harm: nothing is written outside, nothing hangs, nothing is lost."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.conftest import Command, commit, git, snapshot, write

Repository = Callable[..., Path]

MEMORY = 2 * 1024**3
"""What the command may take, in bytes."""
HANGS = 300
"""Nobody waits that long for the command; no more than a guard against waiting for ever."""

SHARED = (
    ".pre-commit-config.yaml",
    ".claude/settings.json",
    "mise.toml",
    "AGENTS.md",
    ".gitignore",
    ".devcontainer/devcontainer.json",
)


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(
    repo: Path, template: Path | None, *arguments: str, status: int | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, with little memory; it may not show a traceback."""
    named = ["--template", str(template)] if template else []
    said = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", *arguments, "-C", str(repo), *named],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANGS,
        preexec_fn=_limited,
        check=False,
    )
    assert "Traceback" not in said.stderr, said.stderr
    assert said.returncode in ({status} if status is not None else {0, 2, 3}), said.stderr
    if said.returncode == 2:
        assert len(said.stderr.strip().splitlines()) == 1, said.stderr
    return said


# --- what is where a file is expected


def _link_out(place: Path) -> None:
    outside = place.parents[len(place.parts) - 1 - place.parts.index("repo") - 1] / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "file").write_text("not yours\n")
    place.symlink_to(outside / "file")


def _dangling(place: Path) -> None:
    place.symlink_to("../../nowhere/at/all")


def _loop(place: Path) -> None:
    place.symlink_to(place.name)


def _fifo(place: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path) -> None:
    here = Path.cwd()
    os.chdir(place.parent)  # the path of a socket may not be long
    try:
        socket.socket(socket.AF_UNIX).bind(place.name)
    finally:
        os.chdir(here)


def _folder(place: Path) -> None:
    place.mkdir()
    (place / "x").write_text("x\n")


@pytest.mark.parametrize("make", [_link_out, _dangling, _loop, _fifo, _socket, _folder])
def test_what_is_no_file_is_left_alone_and_nothing_outside_is_touched(
    make: Callable[[Path], None], repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    repo = repository()
    # git itself waits for ever at a FIFO that is called .gitignore
    for path in (path for path in SHARED if path != ".gitignore"):
        (repo / path).parent.mkdir(exist_ok=True)
        make(repo / path)
    said = run(repo, bootstrap.template, "apply", "--yes", status=3)
    for path in (path for path in SHARED if path != ".gitignore"):
        assert path.partition("/")[0] in said.stdout
    outside = tmp_path / "outside/file"
    assert not outside.exists() or outside.read_text() == "not yours\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        {"repo", "template", *(["outside"] if outside.exists() else [])}
    )


@pytest.mark.parametrize("folder", [".process", ".github", ".claude", ".devcontainer", "docs"])
def test_a_folder_that_leads_out_is_not_entered(
    folder: str, repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    repo, outside = repository(), tmp_path / "outside"
    write(outside, {"x": "x\n"})
    (repo / folder).symlink_to(outside)
    commit(repo)
    before = snapshot(outside)
    run(repo, bootstrap.template, "apply", "--yes")
    run(repo, bootstrap.template, "remove", "--yes")
    assert snapshot(outside) == before


# --- what is in the files

BOMB = "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [{f'*a{i - 1},' * 9}]\n" for i in range(1, 40))
DEEP = 10_000
HOSTILE: dict[str, Mapping[str, str | bytes]] = {
    "alias bomb": {".pre-commit-config.yaml": BOMB, ".github/workflows/ci.yml": BOMB},
    "deep": {
        ".pre-commit-config.yaml": "[" * DEEP,
        ".claude/settings.json": "[" * DEEP + "]" * DEEP,
        "mise.toml": "a = " + "[" * DEEP + "]" * DEEP,
        "package.json": '{"a":' * DEEP,
        "AGENTS.md": "> " * DEEP,
    },
    "large": {
        ".pre-commit-config.yaml": b"repos: []\n" + b"# x\n" * 25_000_000,
        "AGENTS.md": b"x\n" * 3_000_000,
    },
    "binary": dict.fromkeys(SHARED, b"\x00\xff\xfe\x00" * 99),
    "no utf-8": dict.fromkeys(SHARED, b"# \xe9\n"),
    "lone carriage returns": dict.fromkeys(SHARED, b"# a\rb\n"),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_files_that_mean_harm_are_skipped_and_stay_as_they_are(
    name: str, repository: Repository, bootstrap: Command
) -> None:
    repo = repository(HOSTILE[name])
    said = run(repo, bootstrap.template, "apply", "--yes", status=3)
    assert "☐" in said.stdout
    for path, content in HOSTILE[name].items():
        text = content.encode() if isinstance(content, str) else content
        assert (repo / path).read_bytes() == text
    assert (repo / ".process/validate").exists()
    run(repo, bootstrap.template, "remove", "--yes", status=0)


def test_names_that_mean_harm_reach_no_terminal(repository: Repository, bootstrap: Command) -> None:
    ugly = "\x1b]0;owned\x07\x1b[2J"
    repo = repository(
        {
            f"a\n{ugly}b.py": "x = 1\n",
            'quote"s.py': "x = 1\n",
            ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    steps:\n"
            f"      - run: {yaml.dump(f'pytest {ugly}')}",
            "package.json": '{"name": "x\\u009b2J\\u007f", "description": "\\u001b[2Jd\\ud800"}\n',
        }
    )
    (repo / os.fsdecode(b"caf\xe9")).mkdir()
    (repo / os.fsdecode(b"caf\xe9/package.json")).write_text('{"scripts": {"test": "x"}}')
    commit(repo)
    for arguments in (["facts", "--evidence"], ["facts", "--json"], ["plan"], ["apply", "--yes"]):
        named = None if arguments[0] == "facts" else bootstrap.template
        said = run(repo, named, *arguments, status=0)
        for output in (said.stdout, said.stderr):
            assert not {c for c in output if not c.isprintable()} - {"\n"}
    assert "\x1b" not in (repo / ".copier-answers.yml").read_text()
    run(repo, bootstrap.template, "remove", "--yes", status=0)


def test_a_description_without_end_leaves_the_way_back(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"package.json": '{"name": "x", "description": "%s"}\n' % ("y" * 10**6)})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


# --- what remembers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("docs_dir", "../outside"),
        ("docs_dir", ".git/hooks"),
        ("docs_dir", "a\0b"),
        ("docs_dir", "x" * 300),
        ("docs_dir", ".process/record"),
        ("agents_file", "/tmp/AGENTS.md"),
        ("agents_file", ".copier-answers.yml"),
        ("agents_file", ".git/config"),
    ],
)
def test_a_place_in_the_answers_is_not_believed(
    name: str, value: str, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    write(repo, {".copier-answers.yml": yaml.safe_dump({**answers, name: value})})
    commit(repo)
    before = snapshot(repo)
    said = bootstrap(repo, "apply", "--yes", status=2)
    assert f"{name} is no path to write to" in said.output
    assert snapshot(repo) == before


def test_a_record_without_end_is_said(repository: Repository, bootstrap: Command) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    path = repo / ".process/record/06.yml"
    path.write_text(path.read_text() + "# x\n" * 2_000_000)
    commit(repo)
    said = bootstrap(repo, "apply", "--yes", status=2)
    assert ".process/record/06.yml is too large" in said.output


def test_patterns_without_end_do_not_keep_git_for_ever(
    repository: Repository, bootstrap: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bootstrap.repo.GIT_SECONDS", 2)
    repo = repository({".gitignore": "**/" * 10_000 + "x\n"})
    before = snapshot(repo)
    said = bootstrap(repo, "apply", "--yes", status=2)
    assert "took longer than" in said.output
    assert snapshot(repo) == before


def test_two_names_that_differ_in_case_only_are_two_files(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"agents.md": "a\n", "AGENTS.md": "b\n", "Agents.md": "c\n"})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    assert git(repo, "diff", "--name-only").split() == ["AGENTS.md"]
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before
