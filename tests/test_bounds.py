"""However deep, large or many the files are: an end in time, in bounded memory, with a way back."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Command, git, snapshot

Repository = Callable[..., Path]

MEMORY = 2 << 30
"""Bytes of address space that a run may use."""
HANG = 300
"""Seconds after which a run counts as hanging: a guard, no measure."""

SHARED = (
    *(".pre-commit-config.yaml", ".claude/settings.json", ".devcontainer/devcontainer.json"),
    *("mise.toml", "AGENTS.md", "CLAUDE.md", ".gitignore", ".gitattributes"),
)
READ = (
    *(".github/workflows/ci.yml", "compose.yaml", "package.json", "pyproject.toml", "Cargo.toml"),
    *("README.md", "CONTRIBUTING.md", "Makefile", "justfile", "Taskfile.yml", ".gitlab-ci.yml"),
    *("Dockerfile", "tox.ini", "go.mod", "Gemfile", "pom.xml", "mkdocs.yml", "tsconfig.json"),
    *(".github/CODEOWNERS", ".github/dependabot.yml", "pnpm-workspace.yaml", "composer.json"),
)


def run(
    repo: Path, template: Path | None, *arguments: str, status: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command with bounded memory; it has to end as documented, with one line if it refuses."""
    named = ["--template", str(template)] if template else []
    done = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", *arguments, "-C", str(repo), *named],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANG,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode in ({0, 2, 3} if status is None else {status}), done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode != 2 or len(done.stderr.splitlines()) == 1, done.stderr
    return done


def there_and_back(repo: Path, bootstrap: Command) -> None:
    """Facts, check, apply, remove: each ends well, and in the end all is as it was."""
    before = snapshot(repo)
    run(repo, None, "facts", status=0)
    run(repo, None, "check", status=0)
    run(repo, bootstrap.template, "apply", "--yes")
    run(repo, bootstrap.template, "remove", "--yes")
    assert snapshot(repo) == before


_LISTS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
_MAPS = "m0: &m0 {k: v, l: w}\n" + "".join(
    f"m{n}: &m{n} {{a: *m{n - 1}, b: *m{n - 1}, c: *m{n - 1}}}\n" for n in range(1, 60)
)


def test_aliases_of_aliases_are_not_expanded(repository: Repository, bootstrap: Command) -> None:
    job = "on: push\njobs:\n  a:\n    runs-on: x\n    steps: *a29\n    env: *a29\n"
    files = {
        ".pre-commit-config.yaml": f"{_LISTS}default_stages: *a29\nrepos: []\n",
        ".github/workflows/ci.yml": _LISTS + job,
        ".github/workflows/maps.yml": f"{_MAPS}on: *m59\njobs: *m59\n",
        "compose.yaml": f"{_MAPS}services: {{web: *m59, db: {{ports: *m59, command: *m59}}}}\n",
        "Taskfile.yml": f"{_MAPS}tasks: *m59\n",
        ".gitlab-ci.yml": f"{_LISTS}test: {{script: *a29}}\n",
        "mkdocs.yml": f"{_LISTS}nav: *a29\n",
        "pnpm-workspace.yaml": f"{_LISTS}packages: *a29\n",
        ".github/dependabot.yml": f"{_LISTS}updates: *a29\n",
    }
    there_and_back(repository(files), bootstrap)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".copier-answers.yml", f"twelvefold: 1\n{_LISTS}factors: *a29\n"),
        (".copier-answers.yml", f"twelvefold: 1\n{_MAPS}commands: *m59\n"),
        (".copier-answers.yml", "twelvefold: " + "[" * 10_000),
        (".copier-answers.yml", "twelvefold: 1\na: " + "{b: " * 10_000 + "}" * 10_000),
        (".process/record/02.yml", f"{_LISTS}format: 1\nfiles: *a29\n"),
        (".process/record/02.yml", f"{_MAPS}format: 1\nfiles: *m59\n"),
        (".process/record/02.yml", "- " * 10_000 + "x\n"),
        (".process/record/02.yml", "format: 1\nfiles: " + "[" * 10_000 + "]" * 10_000),
    ],
    ids=range(8),
)
def test_a_memory_that_is_a_bomb_is_one_line(
    path: str, text: str, repository: Repository, bootstrap: Command
) -> None:
    repo = repository({path: text})
    before = snapshot(repo)
    for command in ("apply", "remove"):
        run(repo, bootstrap.template, command, "--yes", status=2)
    assert snapshot(repo) == before


N = 10_000
DEEP = {
    r".*\.ya?ml": [
        *("a: " + "[" * N + "]" * N, "- " * N + "x\n", "? " * N + "\n", "a: " + "\t" * N + "x"),
        "".join("  " * n + "- k:\n" for n in range(1200)),
    ],
    r".*\.json": ['{"a": ' + "[" * N + "]" * N + "}", '{"a":' * N + "1" + "}" * N, "[" * N],
    r".*\.toml": [
        *("a = " + "[" * N + "]" * N, "[" + ".".join("a" * N) + "]\n", "a = " + "{b=" * N),
        *(".".join("a" * N) + " = 1\n", "[[" + ".".join("a" * N) + "]]\n"),
    ],
    r"(AGENTS|README)\.md": [
        *("> " * N + "x\n", "- " * N + "x\n", "[" * N + "](x)" * N, "<div>" * N, "`" * N + "\n"),
    ],
    r".*\.md": [
        "*" * N + "a" + "*" * N,
        "<!--" * N,
        "<!-- twelvefold:begin " * N,
        "#" * N,
        "|" * N,
    ],
    r"(.*/)?(\.git\w+|CODEOWNERS)": ["a/" * N + "\n", "[" * N + "\n", "!" * N + "\n", "\\" * N],
    r".*": ["(" * N, "<a>" * N, "a: " * N, "$(" * N + "\\\n" * N, "{" * N + " " * N + "x"],
}


@pytest.mark.parametrize("number", range(5))
def test_deep_nesting_has_an_end(number: int, repository: Repository, bootstrap: Command) -> None:
    files = {}
    for path in (*SHARED, *READ):
        texts = next(texts for pattern, texts in DEEP.items() if re.fullmatch(pattern, path))
        files[path] = texts[number % len(texts)]
    there_and_back(repository(files), bootstrap)


def test_null_bytes_are_survived(repository: Repository, bootstrap: Command) -> None:
    there_and_back(repository(dict.fromkeys((*SHARED, *READ), b"\0\0a: 1\n\0")), bootstrap)


@pytest.mark.parametrize("tracked", [True, False])
def test_pipes_where_files_are_read_are_not_waited_for(
    tracked: bool, repository: Repository, bootstrap: Command
) -> None:
    # git itself waits for a pipe that is called .gitignore
    paths = [path for path in (*SHARED, *READ) if path != ".gitignore"]
    repo = repository(dict.fromkeys([*paths, "x"] if tracked else ["x"], "x\n"))
    for path in paths:
        (repo / path).unlink(missing_ok=True)
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(repo / path)
    run(repo, None, "facts", status=0)
    run(repo, None, "check", status=0)
    run(repo, bootstrap.template, "apply", "--yes", status=3)
    assert (repo / ".process/validate").exists()
    assert all((repo / path).is_fifo() for path in paths)


@pytest.mark.parametrize("path", [".copier-answers.yml", ".process/record/02.yml"])
def test_a_memory_that_is_a_pipe_is_refused(
    path: str, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(repo / path)
    run(repo, bootstrap.template, "apply", "--yes", status=2)
    assert not (repo / "AGENTS.md").exists()


def test_a_hundred_megabytes_at_each_path_of_the_template_stay_as_they_are(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    for path in (*SHARED, "package.json", ".github/workflows/ci.yml"):
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        with (repo / path).open("wb") as file:
            file.write(b"repos:\n  - repo: x\n")
            file.truncate(100 << 20)
            file.seek(0, os.SEEK_END)
            file.write(b"\nend: 1\n")
    run(repo, None, "facts", status=0)
    said = run(repo, bootstrap.template, "apply", "--yes", status=3)
    for path in SHARED:
        assert f"☐ {path}: " in said.stdout
        assert (repo / path).stat().st_size == (100 << 20) + len(b"\nend: 1\n")
    assert (repo / ".process/validate").exists()


def test_twenty_thousand_files_are_survived(repository: Repository, bootstrap: Command) -> None:
    repo = repository()
    folders = [repo / f"d{number:03}" for number in range(200)]
    for folder in folders:
        folder.mkdir()
        for number in range(100):
            (folder / f"{number}.py").write_bytes(b"x = 1\n")
    run(repo, None, "facts", status=0)
    run(repo, bootstrap.template, "apply", "--yes", status=0)
    run(repo, bootstrap.template, "remove", "--yes", status=0)
    left = git(repo, "status", "--porcelain").splitlines()
    assert left == [f"?? {folder.name}/" for folder in folders]
