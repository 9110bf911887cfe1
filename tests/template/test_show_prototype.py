"""`.process/prototype`: a branch and a draft, with gh and without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import commit, git, write

# Writes down how it was called; `pr view` finds a pull request once one was created.
GH = """\
#!{python}
import json, pathlib, sys
log = pathlib.Path({log!r})
calls = json.loads(log.read_text()) if log.exists() else []
log.write_text(json.dumps([*calls, sys.argv[1:]]))
if sys.argv[2] == "view":
    if not any(call[1] == "create" for call in calls):
        sys.exit(1)
    print(json.dumps({{"url": "https://github.com/octo/app/pull/7", "state": "OPEN"}}))
"""


# git, whose remote is said to be on GitHub.
GIT = """\
#!/bin/sh
case "$*" in
  "remote get-url origin") echo git@github.com:octo/app.git ;;
  *) exec {git} "$@" ;;
esac
"""


@dataclass(frozen=True)
class Laptop:
    """A clone of a repository that is on GitHub, as far as git can tell."""

    clone: Path
    remote: Path
    bin: Path

    def begin(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ".process/prototype", name],
            cwd=self.clone,
            env={**os.environ, "PATH": str(self.bin)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def with_gh(self) -> Path:
        log = self.bin / "calls.json"
        write(self.bin, {"gh": GH.format(python=sys.executable, log=str(log))})
        (self.bin / "gh").chmod(0o755)
        return log

    @property
    def branch(self) -> str:
        return git(self.clone, "symbolic-ref", "--short", "HEAD").strip()


@pytest.fixture
def laptop(render: Callable[..., Path], tmp_path: Path) -> Laptop:
    clone, remote, tools = render(factors=[9]), tmp_path / "remote.git", tmp_path / "bin"
    git(clone, "branch", "-M", "trunk")
    git(tmp_path, "clone", "-q", "--bare", str(clone), str(remote))
    git(clone, "remote", "add", "origin", f"file://{remote}")
    git(clone, "config", "user.name", "Ada")
    git(clone, "config", "user.email", "ada@example.org")
    write(tools, {"git": GIT.format(git=shutil.which("git"))})
    (tools / "git").chmod(0o755)
    return Laptop(clone, remote, tools)


def test_without_gh_the_branch_is_pushed_and_the_page_to_click_is_printed(laptop: Laptop) -> None:
    write(laptop.clone, {"staged.txt": "mine\n", "open.txt": "mine\n"})
    git(laptop.clone, "add", "staged.txt")

    done = laptop.begin("One-click: Checkout & more")

    assert done.returncode == 0, done.stdout
    branch = "prototype/one-click-checkout-more"
    assert laptop.branch == branch
    pushed = git(laptop.remote, "log", "--format=%s", f"trunk..{branch}")
    assert pushed == "Prototype: One-click: Checkout & more\n"
    assert git(laptop.remote, "diff", "--stat", "trunk", branch) == ""
    assert git(laptop.clone, "status", "--porcelain") == "A  staged.txt\n?? open.txt\n"
    page = urlsplit(done.stdout.splitlines()[-1])
    assert page.path == f"/octo/app/compare/trunk...{branch}"
    asked = parse_qs(page.query)
    assert (asked["labels"], asked["expand"]) == (["prototype"], ["1"])
    assert asked["title"] == ["One-click: Checkout & more"]


def test_with_gh_a_draft_with_the_label_is_opened_once(laptop: Laptop) -> None:
    log = laptop.with_gh()

    first, second = laptop.begin("tea"), laptop.begin("tea")

    assert (first.returncode, second.returncode) == (0, 0), second.stdout
    _, made, *others = json.loads(log.read_text())
    assert made[:5] == ["pr", "create", "--draft", "--label", "prototype"]
    assert made[made.index("--head") + 1] == "prototype/tea"
    assert made[made.index("--base") + 1] == "trunk"
    assert [call[1] for call in others] == ["view"]
    assert "https://github.com/octo/app/pull/7" in second.stdout
    count = git(laptop.remote, "rev-list", "--count", "trunk..prototype/tea")
    assert count == "1\n"


def test_it_begins_at_what_the_default_branch_is_now(laptop: Laptop) -> None:
    other = laptop.clone.parent / "other"
    git(laptop.clone.parent, "clone", "-q", str(laptop.remote), str(other))
    write(other, {"new.txt": "new\n"})
    commit(other, "new")
    git(other, "push", "-q")
    git(laptop.clone, "switch", "-q", "-c", "something-else")

    done = laptop.begin("tea")

    assert done.returncode == 0, done.stdout
    assert (laptop.clone / "new.txt").exists()


@pytest.mark.parametrize("name", ["", "  ", "…", "&&&"])
def test_a_name_without_a_letter_is_refused(laptop: Laptop, name: str) -> None:
    done = laptop.begin(name)

    assert done.returncode == 1
    assert "needs letters or digits" in done.stdout
    assert laptop.branch == "trunk"


def test_a_name_is_never_a_command_or_an_option_of_git(laptop: Laptop) -> None:
    done = laptop.begin("$(touch pwned); `touch pwned` ../../x")

    assert done.returncode == 0, done.stdout
    assert laptop.branch == "prototype/touch-pwned-touch-pwned-x"
    assert not list(laptop.clone.parent.rglob("pwned"))
