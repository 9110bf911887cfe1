"""The workflows of factor 9, run by act: what a person does, and what GitHub then shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import copier
import pytest
import yaml

from tests.conftest import commit, git, write
from tests.github import Double
from tests.github.actions import Actions
from tests.github.merging import merge
from tests.github.state import Pull, Repository

APP, TRUNK = "octo/app", "trunk"
WORKFLOWS = ("process-prototype.yml", "process-revert.yml")
# Hands out a token that the test made, as the action does with the App's key.
APP_TOKEN = """\
name: be an App
inputs: {client-id: {}, private-key: {}, permission-contents: {}, permission-pull-requests: {}}
outputs: {token: {value: "${{ steps.it.outputs.token }}"}}
runs:
  using: composite
  steps:
    - id: it
      shell: bash
      run: echo "token=$KEY" >>"$GITHUB_OUTPUT"
      env: {KEY: "${{ inputs.private-key }}"}
"""


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with factor 9, as far as act knows the keys of its workflows."""
    made = tmp_path_factory.mktemp("made") / "app"
    data = {"project_name": "Tea Shop", "factors": [9]}
    copier.run_copy(str(template), made, data=data, defaults=True, quiet=True)
    workflow = made / ".github/workflows/process-revert.yml"
    known = workflow.read_text().replace("      deployment: false\n", "")
    write(made, {".github/workflows/process-revert.yml": known, "tea.txt": "tea\n"})
    git(made, "init", "-q", "-b", TRUNK)
    commit(made, "tea")
    return made


@pytest.fixture
def repo(github: Double, made: Path) -> Repository:
    return github.repository(APP, made, {"ada": "write", "eve": "read"})


@pytest.fixture
def actions(
    github: Double, repo: Repository, need: Callable[[str], str], tmp_path: Path, made: Path
) -> Actions:
    write(tmp_path / "token", {"action.yml": APP_TOKEN})
    text = (made / ".github/workflows/process-revert.yml").read_text()
    [uses] = re.findall(r"uses: (actions/create-github-app-token@\S+)", text)
    stubs = {uses: tmp_path / "token"}
    return Actions(github, repo, need("act"), tmp_path, stubs=stubs)


def propose(github: Double, repo: Repository, made: Path, files: dict[str, str]) -> Pull:
    """A pull request that somebody opened."""
    clone = github.folder / f"clone-{len(repo.pulls)}"
    git(github.folder, "clone", "-q", str(made), str(clone))
    write(clone, files)
    commit(clone, "change")
    branch = f"topic-{len(repo.pulls)}"
    github.push(repo, "ada", branch, clone)
    return github.open_pull(repo, "ada", branch, title="Sell coffee")


def test_a_prototype_can_be_merged_only_while_it_has_no_label(
    github: Double, repo: Repository, actions: Actions, made: Path
) -> None:
    pull = propose(github, repo, made, {"tea.txt": "coffee\n"})
    seen = {}
    for action, labels in {
        "opened": [],
        "labeled": ["Prototype", "bug"],
        "synchronize": ["prototype"],
        "unlabeled": ["bug"],
    }.items():
        pull.issue.labels = labels
        seen[action] = actions.pull_request(pull, action)["process-prototype.yml"]

    passed = {action: ran.passed for action, ran in seen.items()}
    assert passed == {"opened": True, "labeled": False, "synchronize": False, "unlabeled": True}
    group = {"head_ref": "refs/heads/gh-readonly-queue/main/pr-1", "head_sha": pull.head_sha}
    queued = actions.send("merge_group", {"action": "checks_requested", "merge_group": group})
    assert queued["process-prototype.yml"].passed, queued.log
    # It asks GitHub for nothing, so a change can't take anything through it.
    assert not github.calls


@pytest.mark.parametrize("way", ["comment", "button"])
def test_a_merged_pull_request_is_taken_back_by_a_comment_or_a_button(
    github: Double, repo: Repository, actions: Actions, made: Path, way: str
) -> None:
    pull = propose(github, repo, made, {"tea.txt": "coffee\n"})
    merge(github, repo, pull, github.account("ada"), {"merge_method": "squash"})

    if way == "comment":
        ran = actions.comment(pull.number, "ada", "/revert")
    else:
        ran = actions.send("workflow_dispatch", {"inputs": {"pull_request": "1"}}, by="ada")

    assert ran["process-revert.yml"].passed, ran.log
    back = repo.pulls[2]
    assert (back.head_ref, back.base_ref, back.issue.labels) == ("revert-1", TRUNK, ["revert"])
    assert git(repo.git, "show", "revert-1:tea.txt") == "tea\n"
    assert "as @ada asked" in back.issue.body
    [answer] = [one for one in github.comments_of(repo, 1) if one.by.login != "ada"]
    assert "#2 takes this back." in answer.body
    assert not github.refused()  # the workflow asks for all that it needs


def test_the_app_opens_it_where_there_is_one(
    github: Double, repo: Repository, actions: Actions, made: Path
) -> None:
    app = github.app("process", contents="write", pull_requests="write")
    repo.variables["PROCESS_APP_ID"] = str(app.id)
    actions.secrets["PROCESS_APP_PRIVATE_KEY"] = github.installation_token(app)
    pull = propose(github, repo, made, {"tea.txt": "coffee\n"})
    merge(github, repo, pull, github.account("ada"), {"merge_method": "merge"})

    ran = actions.comment(pull.number, "ada", "/revert")

    assert ran["process-revert.yml"].passed, ran.log
    assert repo.pulls[2].issue.by.login == "process[bot]"


@pytest.mark.parametrize(
    ("by", "body", "on"),
    [
        ("eve", "/revert", "pull"),
        ("ada", "no need to /revert", "pull"),
        ("ada", "/revert", "issue"),
    ],
)
def test_no_other_comment_takes_anything_back(
    github: Double, repo: Repository, actions: Actions, made: Path, by: str, body: str, on: str
) -> None:
    pull = propose(github, repo, made, {"tea.txt": "coffee\n"})
    merge(github, repo, pull, github.account("ada"), {})
    issue = github.open_issue(repo, "eve", "coffee is gone")

    ran = actions.comment(pull.number if on == "pull" else issue.number, by, body)

    assert ran["process-revert.yml"].passed, ran.log
    assert sorted(repo.pulls) == [1]
    assert not [call for call in github.calls if call.method != "GET"]


def test_no_workflow_names_a_branch_or_gives_more_than_it_needs(made: Path) -> None:
    texts = [(made / ".github/workflows" / name).read_text() for name in WORKFLOWS]
    for text in texts:
        assert yaml.safe_load(text)["permissions"] == {}
        assert "pull_request_target" not in text
        assert "github.event.pull_request.head" not in text
    assert "permissions: {}" in texts[0].partition("steps:")[0].partition("jobs:")[2]
