"""`/revert` and its button: the pull request that takes a merged one back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import pytest

from tests.conftest import commit, git, write
from tests.github import Double
from tests.github.merging import merge
from tests.github.state import Pull, Repository

APP = "octo/app"
LINES = "".join(f"line {number}\n" for number in range(40))
METHODS = ("squash", "merge", "rebase")


@dataclass(frozen=True)
class Shop:
    """A repository on the double, with a clone in which people work."""

    github: Double
    repo: Repository
    clone: Path
    folder: Path

    def land(self, *steps: dict[str, str], method: str = "squash", title: str = "Sell tea") -> Pull:
        """Merge a pull request of one commit for each step: path → text ('' deletes it)."""
        pull = self.propose(*steps, title=title)
        self.take(pull, method)
        return pull

    def propose(self, *steps: dict[str, str], title: str = "Sell tea") -> Pull:
        branch = f"topic-{len(self.repo.pulls) + 1}"
        self.update()
        for number, files in enumerate(steps):
            write(self.clone, {path: text for path, text in files.items() if text})
            for path in (path for path, text in files.items() if not text):
                (self.clone / path).unlink()
            commit(self.clone, f"step {number} of {branch}")
        self.github.push(self.repo, "ada", branch, self.clone)
        return self.github.open_pull(self.repo, "ada", branch, title=title)

    def take(self, pull: Pull, method: str = "squash") -> None:
        merge(self.github, self.repo, pull, self.github.account("ada"), {"merge_method": method})

    def update(self) -> None:
        git(self.clone, "fetch", "-q", str(self.repo.git), self.repo.default_branch)
        git(self.clone, "checkout", "-q", "--detach", "FETCH_HEAD")

    def tree(self, revision: str) -> str:
        return git(self.repo.git, "rev-parse", f"{revision}^{{tree}}").strip()

    def paths(self, revision: str) -> list[str]:
        return git(self.repo.git, "ls-tree", "-r", "--name-only", revision).split()

    def text(self, revision: str, path: str) -> str:
        return git(self.repo.git, "show", f"{revision}:{path}")

    @property
    def tip(self) -> str:
        return git(self.repo.git, "rev-parse", self.repo.default_branch).strip()

    def ask(self, pull: Pull, by: str = "ada", body: str = "/revert", **more: str) -> Any:
        """Comment, and run the program as the workflow does."""
        self.github.comment(self.repo, pull.number, by, body)
        issue = {"number": pull.number, "pull_request": {}}
        return self.run({"comment": {"body": body, "user": {"login": by}}, "issue": issue}, **more)

    def run(self, event: dict[str, Any], **more: str) -> subprocess.CompletedProcess[str]:
        """Run the program on an event, in a checkout of the default branch alone."""
        work = self.folder / f"run-{len(self.github.calls)}"
        git(self.folder, "clone", "-q", "--depth=1", f"file://{self.repo.git}", str(work))
        (self.folder / "event.json").write_text(json.dumps(event))
        token = self.github.actions_token(contents="write", pull_requests="write")
        environment = {
            **clean(),
            **self.github.environment(self.repo, token),
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            **more,
        }
        return subprocess.run(
            [sys.executable, ".process/revert"],
            cwd=work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def answer(self, pull: Pull) -> str:
        """What the program has to say in the pull request."""
        [found] = [
            one
            for one in self.github.comments_of(self.repo, pull.number)
            if one.by.login.endswith("[bot]")
        ]
        return found.body.removeprefix("<!-- process: revert -->\n")


def clean() -> dict[str, str]:
    """The environment of this process without what only CI has."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What factor 9 gives, with some files beside it, in a git repository."""
    made = tmp_path_factory.mktemp("made") / "app"
    data = {"project_name": "Tea Shop", "factors": [9]}
    copier.run_copy(str(template), made, data=data, defaults=True, quiet=True)
    write(made, {"tea.txt": LINES, "old.txt": "old\n"})
    git(made, "init", "-q", "-b", "trunk")
    commit(made, "tea")
    return made


@pytest.fixture
def shop(github: Double, made: Path, tmp_path: Path) -> Shop:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(made), str(clone))
    repo = github.repository(APP, made, {"ada": "write", "eve": "read"})
    return Shop(github, repo, clone, tmp_path)


@pytest.mark.parametrize("method", METHODS)
def test_a_merged_pull_request_is_taken_back_as_it_was_merged(shop: Shop, method: str) -> None:
    before = shop.tip
    pull = shop.land(
        {"tea.txt": LINES.replace("line 3\n", "LINE 3\n"), "old.txt": ""},
        {"bin/sell": "#!/bin/sh\n", "tea.txt": LINES.replace("line 7\n", "LINE 7\n")},
        method=method,
    )
    shop.land({"later.txt": "later\n"})
    expected = {*shop.paths(before), "later.txt"}

    done = shop.ask(pull)

    assert done.returncode == 0, done.stdout
    back = shop.repo.pulls[3]
    assert (back.head_ref, back.base_ref) == ("revert-1", shop.repo.default_branch)
    assert (back.issue.title, back.issue.labels) == ('Revert "Sell tea"', ["revert"])
    landed = f"{before}..{pull.merged_sha}" if method == "rebase" else pull.merged_sha
    assert f"Exact inverse of {landed}." in back.issue.body
    assert back.issue.body.endswith(f"\nReverts: {landed}\n")
    assert git(shop.repo.git, "rev-parse", f"{back.head_sha}^").strip() == shop.tip
    assert set(shop.paths(back.head_sha)) == expected
    assert shop.text(back.head_sha, "tea.txt") == LINES
    assert shop.answer(pull).startswith("#3 takes this back. It was opened by GitHub Actions")


def test_asking_twice_gives_one_pull_request_and_one_answer(shop: Shop) -> None:
    pull = shop.land({"tea.txt": "none\n"})

    first, second = shop.ask(pull), shop.ask(pull)

    assert (first.returncode, second.returncode) == (0, 0), second.stdout
    assert sorted(shop.repo.pulls) == [1, 2]
    assert shop.answer(pull) == "#2 takes this back."


def test_what_was_taken_back_already_is_said_with_a_link(shop: Shop) -> None:
    pull = shop.land({"tea.txt": "none\n"})
    shop.ask(pull)
    shop.take(shop.repo.pulls[2], "merge")

    done = shop.ask(pull)

    assert done.returncode == 0, done.stdout
    base = shop.repo.default_branch
    assert shop.answer(pull) == f"Nothing is left of this in `{base}`: #2 took it back."
    assert sorted(shop.repo.pulls) == [1, 2]


def test_what_came_back_can_be_taken_back_again(shop: Shop) -> None:
    pull = shop.land({"tea.txt": "none\n"})
    shop.ask(pull)
    shop.take(shop.repo.pulls[2])
    shop.land({"tea.txt": "none\n"})

    done = shop.ask(pull)

    assert done.returncode == 0, done.stdout
    assert shop.repo.pulls[4].head_ref == "revert-1"


@pytest.mark.parametrize("method", METHODS)
def test_a_conflict_is_said_with_the_files_and_the_commands_that_show_it(
    shop: Shop, method: str
) -> None:
    changes = [LINES.replace("line 3", "LINE 3"), LINES.replace("line 3", "LINE 4")]
    pull = shop.land(*({"tea.txt": text} for text in changes), method=method)
    shop.land({"tea.txt": LINES.replace("line 3", "something else")})

    done = shop.ask(pull)

    assert done.returncode == 1
    assert "::error::This can't be taken back by itself" in done.stdout
    assert sorted(shop.repo.pulls) == [1, 2]
    answer = shop.answer(pull)
    assert "```text\ntea.txt\n```" in answer
    commands = answer.partition("```sh\n")[2].partition("git push")[0]
    git(shop.clone, "remote", "set-url", "origin", str(shop.repo.git))
    by_hand = subprocess.run(["bash", "-c", commands], cwd=shop.clone, capture_output=True)
    assert by_hand.returncode == 1
    status = git(shop.clone, "status", "--porcelain")
    assert status == "UU tea.txt\n"


def test_an_inverse_that_is_merged_with_later_changes_does_not_claim_to_be_exact(
    shop: Shop,
) -> None:
    pull = shop.land({"tea.txt": LINES.replace("line 3\n", "LINE 3\n")})
    shop.land({"tea.txt": LINES.replace("line 3\n", "LINE 3\n").replace("line 6\n", "6\n")})

    shop.ask(pull)

    back = shop.repo.pulls[3]
    assert shop.text(back.head_sha, "tea.txt") == LINES.replace("line 6\n", "6\n")
    assert "merged with what came after it" in back.issue.body
    assert "xact" not in back.issue.body


@pytest.mark.parametrize(
    ("by", "body"),
    [("eve", "/revert"), ("mallory", "/revert"), ("ada", "/reverted is what I say"), ("ada", "/revert 1")],
)
def test_nobody_else_and_no_other_words_take_anything_back(
    shop: Shop, by: str, body: str
) -> None:
    pull = shop.land({"tea.txt": "none\n"})

    done = shop.ask(pull, by, body)

    assert done.returncode == 0, done.stdout
    assert sorted(shop.repo.pulls) == [1]
    assert len(shop.repo.comments) == 1
    assert "reverts" not in done.stdout


def test_what_was_not_merged_can_not_be_taken_back(shop: Shop) -> None:
    pull = shop.propose({"tea.txt": "none\n"})

    done = shop.ask(pull)

    assert done.returncode == 1
    assert shop.answer(pull) == "It was not merged, so there is nothing to take back."


def test_a_branch_of_that_name_that_somebody_works_on_stays(shop: Shop) -> None:
    pull = shop.land({"tea.txt": "none\n"})
    write(shop.clone, {"work.txt": "days of it\n"})
    commit(shop.clone, "work")
    theirs = shop.github.push(shop.repo, "bob", "revert-1", shop.clone)

    done = shop.ask(pull)

    assert done.returncode == 1
    assert "delete or rename `revert-1`" in shop.answer(pull)
    assert git(shop.repo.git, "rev-parse", "revert-1").strip() == theirs


def test_where_actions_may_open_no_pull_request_the_answer_has_the_page_that_does(
    shop: Shop,
) -> None:
    pull = shop.land({"tea.txt": "none\n"})
    told = "GitHub Actions is not permitted to create or approve pull requests."
    shop.github.break_down("POST .*/pulls$", 403, message=told)

    refused = shop.ask(pull)
    page = shop.answer(pull).rpartition(" ")[2]
    again = shop.ask(pull)

    assert refused.returncode == 1
    base = shop.repo.default_branch
    assert page == f"https://github.com/{APP}/compare/{base}...revert-1?expand=1&labels=revert"
    assert again.returncode == 0, again.stdout
    assert shop.repo.pulls[2].head_ref == "revert-1"


def test_an_app_pushes_and_opens_so_that_the_checks_start(shop: Shop) -> None:
    pull = shop.land({"tea.txt": "none\n"})
    app = shop.github.app("process", contents="write", pull_requests="write")

    shop.ask(pull, PROCESS_APP_TOKEN=shop.github.installation_token(app))

    assert shop.repo.pulls[2].issue.by.login == "process[bot]"
    assert shop.answer(pull) == "#2 takes this back."


def test_a_title_with_tricks_stays_a_title(shop: Shop) -> None:
    title = '"; touch pwned; echo $(touch pwned) `touch pwned` ' + "é" * 300
    pull = shop.land({"-n": "x\n", "a b/$(touch pwned)": "x\n"}, title=title)

    done = shop.ask(pull)

    assert done.returncode == 0, done.stdout
    assert len(shop.repo.pulls[2].issue.title) == 256
    assert shop.paths("revert-1") == shop.paths(f"{shop.tip}^")
    assert not list(shop.folder.rglob("pwned"))


@pytest.mark.parametrize("number", ["", "0", "1; id", "../1", "99"])
def test_a_number_that_names_no_pull_request_is_refused(shop: Shop, number: str) -> None:
    done = shop.run({"inputs": {"pull_request": number}, "sender": {"login": "ada"}})

    assert done.returncode == 1
    assert "pull request" in done.stdout.splitlines()[-1]
    assert not shop.github.made("POST", "")
