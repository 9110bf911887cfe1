"""The gate's workflows, executed: what GitHub would start is run by `act` against its double."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.github import merging
from tests.github.actions import Actions
from tests.github.routes.queue import add_to_queue
from tests.template.gate_scene import CONTEXT, STUB, Scene, code, job, ruleset

# What actions/create-github-app-token does: a token of the App's installation, with no more
# permissions than are asked for.
TOKEN = """\
import json, os, time, urllib.request
import jwt
asked = json.loads(os.environ["INPUTS"])
now = int(time.time())
claims = {"iat": now - 30, "exp": now + 300, "iss": asked["client-id"]}
signed = jwt.encode(claims, asked["private-key"], "RS256")
def call(path, data=None):
    request = urllib.request.Request(os.environ["GITHUB_API_URL"] + path, data)
    request.add_header("Authorization", "Bearer " + signed)
    request.add_header("Content-Type", "application/json")
    return json.load(urllib.request.urlopen(request))
number = call("/repos/" + os.environ["GITHUB_REPOSITORY"] + "/installation")["id"]
wanted = {k[11:].replace("-", "_"): v for k, v in asked.items() if k[:11] == "permission-" and v}
path = f"/app/installations/{number}/access_tokens"
token = call(path, json.dumps({"permissions": wanted}).encode())["token"]
with open(os.environ["GITHUB_OUTPUT"], "a") as output:
    print("::add-mask::" + token)
    print("token=" + token, file=output)
"""


@pytest.fixture
def actions(scene: Scene, need: Callable[[str], str], tmp_path: Path) -> Actions:
    (step,) = [one for one in job()["steps"] if "create-github-app-token" in one.get("uses", "")]
    run = {"id": "token", "shell": "python", "run": TOKEN}
    action = {
        "name": "token",
        "inputs": {name: {"required": False} for name in step["with"]},
        "outputs": {"token": {"value": "${{ steps.token.outputs.token }}"}},
        "runs": {
            "using": "composite",
            "steps": [{**run, "env": {"INPUTS": "${{ toJSON(inputs) }}"}}],
        },
    }
    stub = tmp_path / "token"
    stub.mkdir()
    (stub / "action.yml").write_text(yaml.safe_dump(action))
    scene.repo.variables = {"PROCESS_GATE": "enforce", "PROCESS_APP_ID": str(scene.app.id)}
    return Actions(
        scene.github,
        scene.repo,
        need("act"),
        tmp_path,
        secrets={"PROCESS_APP_PRIVATE_KEY": scene.app.private},
        stubs={step["uses"]: stub},
    )


def test_the_workflows_rate_wait_and_merge(scene: Scene, actions: Actions) -> None:
    low = scene.propose({"src/new.py": code(2)})
    ran = actions.pull_request(low, "opened")
    assert ran.names == ["process-complexity.yml"]
    assert ran.every[0].passed, ran.log
    assert scene.state(low) == "success"
    scene.green(low)
    assert low.merged_by == scene.bot

    medium = scene.propose({"lib/new.py": code(20)}, branch="medium")
    scene.green(medium)
    actions.pull_request(medium, "opened")
    assert scene.state(medium) == "pending"
    scene.github.review(scene.repo, medium, "bob")
    ran = actions.review(medium)
    assert ran.names == ["process-complexity-event.yml", "process-complexity.yml"], ran.log
    assert scene.state(medium) == "success", ran.log
    medium.reviews[-1].state = "DISMISSED"
    actions.review(medium, "dismissed")
    assert scene.state(medium) == "pending"


def test_a_fork_of_a_stranger_gets_its_answer_too(scene: Scene, actions: Actions) -> None:
    pull = scene.propose({"src/new.py": code(3)}, "eve", fork=scene.github.fork(scene.repo, "eve"))
    scene.green(pull)
    ran = actions.pull_request(pull, "opened")
    assert ran["process-complexity.yml"].passed, ran.log
    assert scene.state(pull) == "pending"
    scene.github.review(scene.repo, pull, "bob")
    actions.review(pull)
    assert scene.state(pull) == "success"
    assert not pull.merged_sha


EVIL = f"""\
name: "Process: complexity event"
on:
  pull_request_review:
jobs:
  evil:
    runs-on: ubuntu-latest
    environment: process-gate
    permissions:
      contents: write
      statuses: write
    steps:
      - run: |
          curl -sf -X POST -H "Authorization: Bearer ${{{{ github.token }}}}" \\
            -H "Content-Type: application/json" \\
            -d '{{"state": "success", "context": "{CONTEXT}"}}' \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/${{{{ github.event.pull_request.head.sha }}}}"
"""


def test_a_pull_requests_own_copy_decides_nothing_at_a_review(
    scene: Scene, actions: Actions
) -> None:
    pull = scene.propose({STUB: EVIL, ".process/gate": "#!/bin/sh\nexit 0\n"})
    scene.green(pull)
    actions.pull_request(pull, "opened")
    scene.github.review(scene.repo, pull, "ada", "COMMENTED")
    ran = actions.review(pull)
    assert ran.every[0].passed, ran.log
    (forged,) = [one for one in scene.repo.statuses if one.app != scene.app.id]
    assert (forged.sha, forged.state) == (pull.head_sha, "success")
    assert scene.state(pull) == "pending"
    assert merging.state_of(scene.repo, pull) == "blocked"


def test_without_the_app_it_labels_and_comments_only(scene: Scene, actions: Actions) -> None:
    scene.repo.variables = {"PROCESS_GATE": "enforce"}
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    ran = actions.pull_request(pull, "opened")
    assert ran.every[0].passed, ran.log
    assert pull.issue.labels == ["complexity: low"]
    assert "there is no App" in scene.comment(pull)
    assert scene.repo.statuses == []
    assert not pull.merged_sha


def test_the_merge_queue_waits_for_the_gate(scene: Scene, actions: Actions) -> None:
    queue = {**ruleset(scene.app.id), "name": "queue", "rules": [{"type": "merge_queue"}]}
    scene.repo.rulesets[2] = queue
    for label, lines in (("low", 2), ("medium", 20)):
        pull = scene.propose({f"{label}/new.py": code(lines)}, branch=label)
        entry = add_to_queue(scene.github, scene.repo, pull)
        ran = actions.merge_group(entry)
        assert ran.names == ["process-complexity-event.yml", "process-complexity.yml"], ran.log
        assert scene.status(entry.commit)[0] == ("success" if label == "low" else "pending")
