"""Forms, templates and ways without a terminal: new ones, and beside those that are there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bootstrap import checks, their_forms
from bootstrap.facts import read
from bootstrap.repo import Repo
from tests.conftest import Command, commit, git, snapshot, write
from tests.github import Double
from tests.github.routes import _views
from tests.github.server import Call
from tests.github.state import Pull
from tests.github.state import Repository as OnGitHub

Repository = Callable[..., Path]

FORMS = ".github/ISSUE_TEMPLATE"
FORM = "name: {}\ndescription: x\nbody:\n  - type: input\n    attributes:\n      label: x\n"
ALL = ["change", "bug", "idea", "question"]


def tool(name: str, *arguments: object, status: int = 0) -> str:
    """What a tool of this environment says."""
    command = [Path(sys.executable).with_name(name), *map(str, arguments)]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == status, done.stdout
    return done.stdout


def facts(repo: Path) -> tuple[Repo, Any]:
    opened = Repo.open(repo)
    return opened, read(opened)


def prs(repo: Path) -> checks.Row:
    return next(row for row in checks.run(*facts(repo)) if row.slug == "prs")


def names(repo: Path, pattern: str) -> list[str]:
    found = (path.relative_to(repo).as_posix() for path in repo.rglob("*") if path.is_file())
    return sorted(path for path in found if re.search(pattern, path, re.IGNORECASE))


# --- what theirs are about


def markdown(name: str, labels: str = "''") -> str:
    return f"---\nname: {name}\nabout: Create a report to help us improve\nlabels: {labels}\n---\n"


@pytest.mark.parametrize(
    ("files", "lacking"),
    [
        ({}, ALL),
        ({f"{FORMS}/config.yml": "blank_issues_enabled: false\n"}, ALL),
        ({f"{FORMS}/bug_report.md": markdown("Bug report")}, ["change", "idea", "question"]),
        ({f"{FORMS}/1.yaml": FORM.format("Crash")}, ["change", "idea", "question"]),
        ({f"{FORMS}/1.md": markdown("x", "[bug, triage]")}, ["change", "idea", "question"]),
        ({f"{FORMS}/feature_request.md": ""}, ["change", "bug", "question"]),
        (
            {
                f"{FORMS}/bug.yml": FORM.format("Bug"),
                f"{FORMS}/config.yml": "contact_links:\n  - name: Ask us\n    url: https://x/discussions\n",
            },
            ["change", "idea"],
        ),
        (
            {f"{FORMS}/bug.md": "", f"{FORMS}/custom.md": markdown("Custom issue template")},
            ["change"],
        ),
        ({f"{FORMS}/fehler.yml": FORM.format("バグ報告")}, []),
        ({f"{FORMS}/task.yml": FORM.format("Task")}, ["bug", "idea", "question"]),
        ({f"{FORMS.lower()}/bug.md": ""}, ["change", "idea", "question"]),
        ({f"{FORMS}/bug.md": "", "ISSUE_TEMPLATE.md": "x"}, ["change"]),
        ({".github/ISSUE_TEMPLATE.md": "What happened?\n"}, []),
        ({"docs/issue_template.md": "What happened?\n"}, []),
        ({"ISSUE_TEMPLATE/bug.md": "What happened?\n"}, []),
        ({".gitlab/issue_templates/bug.md": "x\n"}, []),
    ],
    ids=lambda value: " ".join(value)[:70],
)
def test_a_form_comes_only_if_there_is_none_like_it(
    repository: Repository, files: Mapping[str, str], lacking: list[str]
) -> None:
    repo = repository({"README.md": "", **files})
    assert their_forms.lacking(*facts(repo)) == lacking


@pytest.mark.parametrize(
    ("files", "ours"),
    [
        ({}, "whole"),
        ({".github/PULL_REQUEST_TEMPLATE.md": "## What\n\n- [ ] I added tests\n"}, "block"),
        ({"pull_request_template": "What?\n"}, "block"),
        ({"docs/Pull_Request_Template.TXT": "What?\n"}, "block"),
        ({".github/pull_request_template.md": "### How Has This Been Tested?\n"}, "theirs"),
        ({".github/pull_request_template.md": "## Screenshots (if any)\n"}, "theirs"),
        ({".github/pull_request_template.md": "How can a reviewer verify it?\n"}, "theirs"),
        ({".github/pull_request_template.md": "**Test plan**\n"}, "theirs"),
        ({".github/PULL_REQUEST_TEMPLATE/a.md": "What?\n"}, "theirs"),
        ({"pull_request_template.md": "a\n", "docs/pull_request_template.md": "b\n"}, "theirs"),
        ({".gitlab/merge_request_templates/Default.md": "What?\n"}, "theirs"),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_a_template_of_theirs_gets_what_it_lacks(
    repository: Repository, files: Mapping[str, str], ours: str
) -> None:
    repo = repository({"README.md": "", **files})
    assert their_forms.pr_template(*facts(repo)) == ours


@pytest.mark.parametrize(
    ("remotes", "found"),
    [
        ({}, ""),
        ({"origin": "https://me:secret@github.com/acme/shop.git"}, "acme/shop"),
        ({"origin": "git@github.com:me/shop.git", "upstream": "https://github.com/a/shop/"}, "a/shop"),
        ({"origin": "ssh://git@ssh.github.com:443/acme/shop.js.git"}, "acme/shop.js"),
        ({"origin": "https://gitlab.com/acme/shop"}, ""),
        ({"origin": "https://evil.example/github.com/a/b"}, ""),
        ({"origin": "git@github.com:a/b\"; x"}, ""),
    ],
)  # fmt: skip
def test_the_address_is_that_of_a_remote_on_github(
    repository: Repository, remotes: Mapping[str, str], found: str
) -> None:
    repo = repository({"README.md": ""})
    for name, url in remotes.items():
        git(repo, "remote", "add", name, url)
    assert their_forms.repository(Repo.open(repo)) == found


# --- through the command

THEIRS = {
    "README.md": "# Shop\n",
    "CONTRIBUTING.md": "# How to help\n",
    ".github/issue_template/bug_report.md": markdown("Bug report", "bug"),
    ".github/issue_template/Config.yml": "blank_issues_enabled: false\r\n",
    ".npmignore": "docs\n",
    "docs/PULL_REQUEST_TEMPLATE.MD": "## Summary\r\n\r\n- [ ] I added tests",
}


def test_theirs_stay_and_get_what_they_lack(repository: Repository, bootstrap: Command) -> None:
    repo = repository(THEIRS)
    git(repo, "remote", "add", "origin", "https://github.com/acme/shop")
    before = snapshot(repo)
    output = bootstrap(repo, "apply", "--yes", "--factors=3").output
    folder = ".github/issue_template"
    ours = [f"{folder}/{name}.yml" for name in ("change", "idea", "question")]
    theirs = [path for path in THEIRS if path.startswith(folder)]
    assert names(repo, "issue_template") == sorted([*theirs, *ours])
    assert names(repo, "pull_request_template") == ["docs/PULL_REQUEST_TEMPLATE.MD"]
    template = (repo / "docs/PULL_REQUEST_TEMPLATE.MD").read_bytes().decode()
    assert template.startswith(THEIRS["docs/PULL_REQUEST_TEMPLATE.MD"] + "\r\n\r\n<!-- twelvefold:")
    assert "\r\n## How to see it\r\n" in template and "\n" not in template.replace("\r\n", "")
    packed = (repo / ".npmignore").read_text().splitlines()
    assert {"/.github/workflows/process-*.yml", "/.process"} <= {*packed}
    page = (repo / ".process/docs/propose-a-change.md").read_text()
    assert "https://codespaces.new/acme/shop?quickstart=1" in page
    assert "https://github.com/acme/shop/issues/new/choose" in page
    assert "☐ link .process/docs/propose-a-change.md from CONTRIBUTING.md" in output
    assert "note: .github/issue_template/bug_report.md: kept, so our form for bug" in output
    commit(repo)
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    assert prs(repo).state == checks.YES
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({".github/ISSUE_TEMPLATE.md": "x\n"}, "☐ move .github/ISSUE_TEMPLATE.md into"),
        ({".github/PULL_REQUEST_TEMPLATE/a.md": "x\n"}, "☐ ask in .github/PULL_REQUEST_TEMPLATE/a.md"),
    ],
)  # fmt: skip
def test_what_would_take_the_place_of_theirs_does_not_come(
    repository: Repository, bootstrap: Command, files: Mapping[str, str], said: str
) -> None:
    repo = repository({"README.md": "# A\n", **files})
    output = bootstrap(repo, "apply", "--yes", "--factors=3").output
    assert said in output
    [name] = files
    kind = "pull_request_template" if "PULL" in name else "issue_template"
    assert names(repo, kind) == [name]


def test_a_new_repository_has_the_whole_factor_and_all_of_it_is_valid(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(
        {"README.md": "# A\n", "mkdocs.yml": "site_name: A\n", "docs/index.md": "# A\n"}
    )
    git(repo, "remote", "add", "origin", "git@github.com:acme/shop.git")
    output = bootstrap(repo, "apply", "--yes", "--factors=3").output
    assert (
        "hides the issue forms and the template for pull requests that your organisation" in output
    )
    assert prs(repo).state == checks.YES
    forms = [repo / FORMS / f"{name}.yml" for name in ALL]
    tool("check-jsonschema", "--builtin-schema", "vendor.github-issue-forms", *forms)
    config = repo / FORMS / "config.yml"
    tool("check-jsonschema", "--builtin-schema", "vendor.github-issue-config", config)
    assert "acme/shop/blob/HEAD/.process/docs/propose-a-change.md" in config.read_text()
    flow = repo / ".github/workflows/process-welcome.yml"
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", flow)
    broken = repo / "broken.yml"
    write(repo, {"broken.yml": forms[0].read_text().replace("type: textarea", "type: text")})
    tool("check-jsonschema", "--builtin-schema", "vendor.github-issue-forms", broken, status=1)
    for path in (".github/pull_request_template.md", ".process/docs/propose-a-change.md"):
        assert "twelvefold:" not in (repo / path).read_text()  # nothing to read past in a new file


# --- the welcome


def event(github: Double, repo: OnGitHub, pull: Pull) -> dict[str, Any]:
    call = Call(github, None, {}, {}, {})
    return {
        "action": "opened",
        "number": pull.number,
        "pull_request": _views.full_pull(call, repo, pull),
        "repository": _views.full_repository(repo),
        "sender": _views.account(pull.issue.by),
    }


def welcome(github: Double, repo: OnGitHub, pull: Pull, folder: Path) -> str:
    """The workflow, run by `act` on the event of a new pull request; what it printed."""
    write(folder, {"event.json": json.dumps(event(github, repo, pull))})
    token = github.actions_token(pull_requests="write")
    values = github.environment(repo, token)
    given = [f"--env={name}={value}" for name, value in values.items() if name != "GITHUB_TOKEN"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI"))}
    done = subprocess.run(
        [
            Path(sys.executable).with_name("act"),
            "pull_request_target",
            "--workflows=.github/workflows/process-welcome.yml",
            "--platform=ubuntu-latest=-self-hosted",
            f"--eventpath={folder}/event.json",
            "--detect-event=false",
            f"--actor={pull.issue.by.login}",
            f"--secret=GITHUB_TOKEN={token}",
            *given,
        ],
        cwd=folder / "clone",
        env={**kept, "XDG_CACHE_HOME": str(folder / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_newcomer_is_told_once_what_happens_next(
    repository: Repository, bootstrap: Command, github: Double, tmp_path: Path
) -> None:
    folder = repository({"README.md": "# A\n"})
    bootstrap(folder, "apply", "--yes", "--factors=3")
    commit(folder)
    (tmp_path / "run").mkdir()
    git(tmp_path, "clone", "-q", str(folder), "run/clone")
    repo = github.repository("acme/shop", folder, {"ada": "write"})
    fork = github.fork(repo, "mallory")
    write(folder, {"README.md": "# B\n"})
    commit(folder)
    github.push(fork, "mallory", "change", folder)
    github.push(repo, "ada", "change", folder)
    evil = "<!-- process: welcome -->$(touch ran) `touch ran` ${{ secrets.GITHUB_TOKEN }}"
    new = github.open_pull(repo, "mallory", "change", fork, title=evil, body=evil)
    known = github.open_pull(repo, "ada", "change")

    for _ in range(2):  # again, as by the button that runs a job again
        welcome(github, repo, new, tmp_path / "run")
    [said] = github.comments_of(repo, new.number)
    assert said.by.login == "github-actions[bot]"
    assert said.body.startswith("<!-- process: welcome -->\n\nThank you for your first change")
    assert "touch" not in said.body
    welcome(github, repo, known, tmp_path / "run")
    assert github.comments_of(repo, known.number) == []
    assert not list(tmp_path.rglob("ran"))

    # When GitHub does not answer, a newcomer's first check is green all the same.
    github.break_down(f"GET /repos/acme/shop/pulls/{new.number}", times=1)
    assert "The welcome could not be said" in welcome(github, repo, new, tmp_path / "run")
    assert len(github.made("POST", "comments")) == 1
