"""The workflows of previews, run by `act` against a double of GitHub; the provider is a stub."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import checks
from bootstrap.facts.read import read
from bootstrap.repo import Repo
from tests.conftest import commit, git, write
from tests.github import Double
from tests.github.server import Answer
from tests.template.preview_world import (
    BUILD,
    DEPLOY,
    MARKER,
    REAP,
    SECRET,
    STUB,
    TEMPLATE,
    WORKFLOWS,
    World,
    as_run,
    at_github,
    built,
    find,
    run,
    tar,
    zipped,
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the workflows and a stub of a provider."""
    folder = tmp_path_factory.mktemp("previews") / "source"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".process").mkdir()
    for path in (*WORKFLOWS, TEMPLATE / ".process" / "github", TEMPLATE / ".process/preview-deploy"):
        shutil.copy(path, folder / path.relative_to(TEMPLATE))
    write(folder, {".process/preview": STUB, "content.txt": "main"})
    (folder / ".process/preview").chmod(0o755)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "first")
    return folder


@pytest.fixture
def world(
    github: Double, source: Path, tmp_path: Path, need: Callable[[str], str]
) -> World:
    """It, at GitHub."""
    return at_github(github, source, tmp_path, need("act"))


# --- the life of a preview ------------------------------------------------------------------------


def test_a_change_is_shown_followed_and_taken_away(world: World) -> None:
    pull = world.opened("one")
    ran = world.actions.pull_request(pull, "opened")
    assert ran.names == [BUILD, DEPLOY], ran.log
    first = pull.head_sha
    assert world.up == {"pr-1": {"commit": first, "content": "one"}}, ran.log
    assert world.deployments(pull) == [["in_progress", "success"]]
    said = world.said(pull)
    run = ran[DEPLOY].run.id
    assert said.startswith(MARKER)
    assert "https://pr-1.preview.example.com" in said
    assert first in said
    assert f"https://github.com/octo/app/actions/runs/{run}" in said
    assert re.search(r"Until \| \d{4}-\d\d-\d\d \d\d:\d\d UTC", said)
    made = world.repo.deployments[max(world.repo.deployments)]
    assert (made.transient, made.production, made.sha) == (True, False, first)
    assert made.states[-1].environment_url == "https://pr-1.preview.example.com"

    assert "say what you think" not in said
    world.repo.labels["prototype"] = {"color": "ededed", "description": ""}
    pull.issue.labels.append("prototype")
    world.push("two")
    ran = world.actions.pull_request(pull, "synchronize")
    assert world.up == {"pr-1": {"commit": pull.head_sha, "content": "two"}}, ran.log
    assert "say what you think" in world.said(pull)
    assert world.deployments(pull) == [["in_progress", "success", "inactive"], ["in_progress", "success"]]
    assert pull.head_sha in world.said(pull)
    assert first not in world.said(pull)

    # A draft stays, as does a change of the title.
    pull.draft = True
    assert world.actions.pull_request(pull, "converted_to_draft").names == []
    world.github.close_pull(world.repo, pull)
    ran = world.actions.pull_request(pull, "closed")
    assert ran.names == [DEPLOY]
    assert world.up == {}, ran.log
    assert [states[-1] for states in world.deployments(pull)] == ["inactive", "inactive"]
    assert "The preview is gone: it was closed" in world.said(pull)
    assert "https://pr-1" not in world.said(pull)
    assert world.github.refused() == []


def test_a_change_that_does_not_answer_gets_no_address(world: World) -> None:
    pull = world.opened("it never answers")
    ran = world.actions.pull_request(pull, "opened")
    assert not ran[DEPLOY].passed
    assert world.deployments(pull) == [["in_progress", "failure"]]
    state = world.repo.deployments[max(world.repo.deployments)].states[-1]
    assert (state.environment_url, state.description) == ("", "`preview up` failed: see its log above")
    assert "could not be shown" in world.said(pull)
    assert "https://pr-1" not in world.said(pull)


def test_without_a_domain_nothing_is_done_and_a_notice_says_what_to_set(world: World) -> None:
    del world.repo.variables["PREVIEW_DOMAIN"]
    pull = world.opened()
    ran = world.actions.pull_request(pull, "opened")
    assert all(one.passed for one in ran.every), ran.log
    assert "Set the repository variable PREVIEW_DOMAIN" in ran[BUILD].log
    assert world.repo.artifacts == {}
    ran = world.actions.comment(1, "ada", f"/preview {pull.head_sha}")
    assert ran[DEPLOY].passed
    assert world.actions.schedule(REAP)[REAP].passed
    assert world.github.calls == []


def test_the_reaper_takes_away_what_no_event_did(world: World) -> None:
    closed, kept = world.opened("one"), world.opened("two", branch="other")
    for pull in (closed, kept):
        built(world, pull)
        run(world, "pull-request", str(pull.number))
    assert set(world.up) == {"pr-1", "pr-2"}
    world.github.close_pull(world.repo, closed)
    world.repo.variables["PREVIEW_TTL"] = "3d"
    ran = world.actions.schedule(REAP)
    assert ran[REAP].passed, ran.log
    assert ["reap", "--open", "pr-2", "--ttl", "3d", SECRET, ""] in world.calls
    assert set(world.up) == {"pr-2"}
    assert world.deployments(closed) == [["in_progress", "success", "inactive"]]
    assert world.deployments(kept) == [["in_progress", "success"]]
    assert "gone: it was closed" in world.said(closed)

    # What nobody renewed is gone for the provider only, until the next run.
    world.state.write_text(json.dumps({"up": {}, "calls": []}))
    run(world, "reap")
    assert world.deployments(kept) == [["in_progress", "success", "inactive"]]
    assert "gone: nobody renewed it in time" in world.said(kept)


def test_the_reaper_keeps_what_is_open_but_on_no_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = world.opened("one")
    built(world, kept)
    run(world, "pull-request", str(kept.number))
    nothing = Answer([], 200, {})
    monkeypatch.setattr("tests.github.routes.pulls.page", lambda *_: nothing)
    run(world, "reap")
    assert set(world.up) == {"pr-1"}
    assert world.deployments(kept) == [["in_progress", "success"]]


def test_the_reaper_asks_nothing_of_what_is_long_gone(world: World) -> None:
    pull = world.opened()
    built(world, pull)
    run(world, "pull-request", "1")
    (made,) = world.repo.deployments.values()
    world.state.write_text(json.dumps({"up": {}, "calls": []}))
    made.at -= timedelta(days=60)
    world.github.calls.clear()
    run(world, "reap")
    asked = {one.path.partition("?")[0].rpartition("/")[2] for one in world.github.calls}
    assert asked == {"pulls", "deployments"}


def test_the_reaper_takes_the_closed_away_where_the_vendor_keeps_no_list(world: World) -> None:
    closed, kept = world.opened("one"), world.opened("two", branch="other")
    for pull in (closed, kept):
        built(world, pull)
        run(world, "pull-request", str(pull.number))
    world.github.close_pull(world.repo, closed)
    known = json.loads(world.state.read_text())
    world.state.write_text(json.dumps({**known, "unlisted": True}))
    run(world, "reap")
    assert ["down", "pr-1"] in [call[:2] for call in world.calls]
    assert set(world.up) == {"pr-2"}
    assert world.deployments(closed) == [["in_progress", "success", "inactive"]]
    assert world.deployments(kept) == [["in_progress", "success"]]


def test_the_reaper_does_nothing_if_it_does_not_know_what_is_open(world: World) -> None:
    pull = world.opened()
    built(world, pull)
    run(world, "pull-request", "1")
    world.github.break_down("GET .*/pulls", 401)
    assert "401" in run(world, "reap", status=1)
    assert set(world.up) == {"pr-1"}


# --- forks ----------------------------------------------------------------------------------------


def test_a_forks_change_is_shown_after_a_writer_vouched_for_that_commit(world: World) -> None:
    world.repo.variables["PREVIEW_RUNNER"] = '["ubuntu-latest"]'
    pull = world.opened("hers", "eve")
    ran = world.actions.pull_request(pull, "opened")
    assert ran.names == [BUILD, DEPLOY], ran.log
    assert all(one.passed for one in ran.every), ran.log
    first = pull.head_sha
    assert world.up == {} and world.deployments(pull) == []
    assert f"/preview {first}" in world.said(pull)

    # Somebody who may not write, the author, or half of the commit: nothing.
    for by, text in (("tim", f"/preview {first}"), ("eve", f"/preview {first}")):
        ran = world.actions.comment(1, by, text)
        assert ran[DEPLOY].passed
        assert "has no write access: nothing is done" in ran.log
    world.github.comment(world.repo, 1, "ada", f"I like /preview {first}")
    world.github.comment(world.repo, 1, "ada", f"/preview {first[:12]}")
    run(world, "pull-request", "1")
    assert world.up == {} and world.deployments(pull) == []

    ran = world.actions.comment(1, "bob", f"/preview {first}\r\n")
    assert world.up == {"pr-1": {"commit": first, "content": "hers"}}, ran.log
    assert world.deployments(pull) == [["in_progress", "success"]]
    assert "https://pr-1.preview.example.com" in world.said(pull)

    # What is pushed after that is not shown; who vouched and lost the right does not count.
    world.push("evil", by="eve")
    ran = world.actions.pull_request(pull, "synchronize")
    assert ran[BUILD].passed, ran.log
    assert world.up["pr-1"]["commit"] == first
    assert f"/preview {pull.head_sha}" in world.said(pull)
    world.github.comment(world.repo, 1, "bob", f"/preview {pull.head_sha}")
    world.repo.roles["bob"] = "read"
    run(world, "pull-request", "1")
    assert world.up["pr-1"]["commit"] == first

    world.github.close_pull(world.repo, pull)
    assert world.actions.pull_request(pull, "closed")[DEPLOY].passed
    assert world.up == {}
    assert world.github.refused() == []


def test_a_push_between_approval_and_deployment_is_not_shown(world: World) -> None:
    pull = world.opened("looked at", "eve")
    earlier = built(world, pull)
    world.github.comment(world.repo, 1, "ada", f"/preview {pull.head_sha}")
    world.push("evil", by="eve")
    run(world, "pull-request", "1")  # the approval's run comes late: nothing is built yet
    built(world, pull)
    run(world, "pull-request", "1")
    assert world.up == {}
    # And the run of the build that was looked at is nobody's any more.
    event = {"workflow_run": as_run(world, earlier)}
    assert "number=" not in find(world, event)


# --- attacks --------------------------------------------------------------------------------------


def test_a_change_of_the_workflows_and_programs_reaches_nothing(world: World) -> None:
    """The pull request's own copies run without secrets, with a token that reads."""
    workflow = (TEMPLATE / ".github" / "workflows" / BUILD).read_text()
    attack = """        run: |
          env | sort
          echo "stolen: ${{ secrets.PREVIEW_SECRETS }}."
          curl -s -X POST -H "Authorization: Bearer ${{ github.token }}" -H "User-Agent: x" \\
            "$GITHUB_API_URL/repos/octo/app/issues/1/comments" -d '{"body": "owned"}'
          .process/preview build --output "$RUNNER_TEMP/preview.tar"
"""
    before = '        run: .process/preview build --output "$RUNNER_TEMP/preview.tar"\n'
    assert before in workflow
    deploy = "on: [workflow_run, pull_request]\nname: owned\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: exit 1}]}}\n"
    evil = {
        f".github/workflows/{BUILD}": workflow.replace(before, attack),
        f".github/workflows/{REAP}": deploy,
        ".process/preview": STUB.replace('elif call == "up":', 'elif call == "up":\n    sys.exit("owned")\nelif 0:'),
        ".process/preview-deploy": "#!/bin/sh\nexit 1\n",
        ".process/github": "raise SystemExit('owned')\n",
    }
    world.push("hers", by="eve", **evil)
    pull = world.github.open_pull(world.repo, "eve", "topic", world.fork)
    world.github.comment(world.repo, 1, "ada", f"/preview {pull.head_sha}")
    ran = world.actions.pull_request(pull, "opened")
    assert "stolen: ." in ran.log
    assert SECRET not in ran.log
    assert [(one.path, one.who) for one in world.github.refused()] == [
        ("/repos/octo/app/issues/1/comments", "github-actions[bot]")
    ]
    assert "owned" not in [one.body for one in world.repo.comments.values()]
    # And what is deployed is deployed by the default branch.
    assert world.up == {"pr-1": {"commit": pull.head_sha, "content": "hers"}}, ran.log
    assert world.calls == [["up", "pr-1", "--artifact", world.calls[0][3], "--commit", pull.head_sha, SECRET, ""]]


def test_names_and_titles_are_text_only(world: World, tmp_path: Path) -> None:
    branch = f"a$(touch${{IFS}}{tmp_path}/pwned);`id`&x=y#%2e%2e'\"|{{}}"
    title = f"$(touch {tmp_path}/pwned) ${{{{ secrets.X }}}} ::set-output name=number::7\nnumber=7"
    pull = world.opened("one", branch=branch, title=title, body=f"number=7\n/preview {'0' * 40}")
    world.opened("another", branch="x=y")
    ran = world.actions.pull_request(pull, "opened")
    assert set(world.up) == {"pr-1"}, ran.log
    assert world.up["pr-1"]["commit"] == pull.head_sha
    assert not (tmp_path / "pwned").exists()
    assert SECRET not in ran.log


@pytest.mark.parametrize("name", ["../preview.tar", "/tmp/preview.tar", "pr-2/preview.tar", "preview.tar\n"])
def test_an_artifact_has_one_file_with_one_name(world: World, name: str) -> None:
    pull = world.opened()
    world.actions.upload(built(world, pull, files={}), "process-preview", zipped({name: b"x"}))
    assert "the artifact is not preview.tar alone" in run(world, "pull-request", "1", status=1)
    assert world.up == {}
    assert world.deployments(pull) == [["in_progress", "failure"]]


def test_an_artifact_that_names_another_pull_request_changes_only_its_own(world: World) -> None:
    victim, attacker = world.opened("good"), world.opened("evil", branch="other")
    built(world, victim)
    run(world, "pull-request", "1")
    made = built(world, attacker, files={"preview.tar": tar(b"evil"), "pr-number": b"1", "pr": b"1"})
    run(world, "pull-request", "2", status=1)
    world.repo.artifacts.clear()
    for name in ("pr-1", "process-preview-1", "process-preview"):
        world.actions.upload(made, name, zipped({"preview.tar": tar(b"evil")}))
    assert "number=2\n" in find(world, {"workflow_run": {**as_run(world, made), "name": "pr-1"}})
    run(world, "pull-request", "2")
    assert {name: one["content"] for name, one in world.up.items()} == {"pr-1": "good", "pr-2": "evil"}


@pytest.mark.parametrize(
    "content", [b"\0" * (3 << 20), random.Random(7).randbytes(2 << 20)], ids=["bomb", "large"]
)
def test_a_huge_artifact_is_refused(world: World, content: bytes) -> None:
    pull = world.opened()
    world.actions.upload(built(world, pull, files={}), "process-preview", zipped({"preview.tar": content}))
    world.repo.variables["PREVIEW_MAX_MB"] = "1"
    said = run(world, "pull-request", "1", status=1)
    assert "what was built is over 1 MB: make it smaller" in said
    assert world.up == {}
    assert "what happened" in world.said(pull)


def test_a_build_of_another_repository_or_event_is_not_taken(world: World) -> None:
    """A run with the same commit, as anybody can make one: of a fork, or of a push."""
    pull = world.opened()
    for change in ({"head": "eve/app"}, {"event": "push"}, {"path": ".github/workflows/x.yml"}, {"conclusion": "failure"}):
        made = built(world, pull)
        for name, value in change.items():
            setattr(made, name, value)
    assert "is not built yet" in run(world, "pull-request", "1")
    assert world.up == {}


def test_what_up_prints_is_an_address_or_nothing(world: World) -> None:
    """Its last line goes into a comment: a service that it starts has no say in it."""
    pull = world.opened()
    built(world, pull)
    git(world.clone, "checkout", "-q", "main")
    program = world.clone / ".process/preview"
    for last in ("", "[x](javascript:alert(1))", "https://a.example/ | |\n<img>", "http://user@evil/"):
        program.write_text(f"#!/usr/bin/env python3\nprint({last!r})\n")
        assert "`preview up` printed no address at its end" in run(world, "pull-request", "1", status=1)
    assert {states[-1] for states in world.deployments(pull)} == {"failure"}


def test_a_runner_that_ends_with_its_job_shows_nothing(world: World) -> None:
    pull = world.opened()
    built(world, pull)
    git(world.clone, "checkout", "-q", "main")
    write(world.clone, {".process/preview.d/compose": "", ".process/preview.d/_images": ""})
    said = run(world, "pull-request", "1", status=1, RUNNER_ENVIRONMENT="github-hosted")
    assert "set the repository variable PREVIEW_RUNNER" in said
    assert (world.up, world.deployments(pull)) == ({}, [])
    run(world, "pull-request", "1", RUNNER_ENVIRONMENT="self-hosted")
    assert set(world.up) == {"pr-1"}


def test_without_a_fence_nothing_of_a_fork_is_shown(world: World) -> None:
    pull = world.opened("hers", "eve")
    built(world, pull)
    world.github.comment(world.repo, pull.number, "ada", f"/preview {pull.head_sha}")
    git(world.clone, "checkout", "-q", "main")
    write(world.clone, {".process/preview.d/process": ""})
    run(world, "pull-request", str(pull.number))
    assert world.up == {}
    assert "none of a fork is shown" in world.said(pull)
    (world.clone / ".process/preview.d/process").unlink()
    run(world, "pull-request", str(pull.number))
    assert set(world.up) == {"pr-1"}


# --- what act does not enforce --------------------------------------------------------------------

DEFAULT = "${{ github.event.repository.default_branch }}"


def load(name: str) -> Any:
    return yaml.load((TEMPLATE / ".github" / "workflows" / name).read_text(), yaml.BaseLoader)


def test_no_workflow_gives_more_than_its_jobs_need() -> None:
    for path in WORKFLOWS:
        assert load(path.name)["permissions"] == {}
    build = load(BUILD)
    assert {name: job["permissions"] for name, job in build["jobs"].items()} == {
        "build": {"contents": "read"},
        "inactive": {},
    }
    assert set(build["on"]) == {"pull_request"}
    deploy = {name: job["permissions"] for name, job in load(DEPLOY)["jobs"].items()}
    assert "write" not in deploy["find"].values()
    assert {name for name, level in deploy["deploy"].items() if level == "write"} == {
        *("deployments", "id-token", "pull-requests"),
    }
    assert "contents" not in {k for k, v in load(REAP)["jobs"]["reap"]["permissions"].items() if v == "write"}


def test_the_build_has_no_secret_and_a_job_with_secrets_no_code_of_the_change() -> None:
    text = (TEMPLATE / ".github" / "workflows" / BUILD).read_text()
    assert "secrets." not in text and "github.token" not in text and "id-token" not in text
    for name in (DEPLOY, REAP):
        for job in load(name)["jobs"].values():
            (checkout,) = [step for step in job["steps"] if "actions/checkout" in step.get("uses", "")]
            assert checkout["with"] == {"ref": DEFAULT, "persist-credentials": "false"}
            assert [s["run"].split()[0] for s in job["steps"] if "run" in s] == [".process/preview-deploy"]


def test_no_expression_is_pasted_into_a_script() -> None:
    for path in WORKFLOWS:
        for job in load(path.name)["jobs"].values():
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_taking_away_is_filtered_by_nothing_and_the_reaper_has_a_schedule() -> None:
    on = load(DEPLOY)["on"]
    assert on["pull_request_target"] == {"types": ["closed"]}
    assert on["workflow_run"] == {"workflows": [load(BUILD)["name"]], "types": ["completed"]}
    assert load(REAP)["on"]["schedule"][0]["cron"]


def test_a_preview_is_changed_by_one_run_at_a_time() -> None:
    group = " ".join(load(BUILD)["concurrency"]["group"].split())
    assert "head.repo.full_name" in group and "pull_request.number" in group
    deploy = load(DEPLOY)["jobs"]["deploy"]["concurrency"]
    assert "outputs.head" in deploy["group"] and "outputs.number" in deploy["group"]
    assert deploy["cancel-in-progress"] == "false"
    assert "concurrency" not in load(DEPLOY)  # a comment would replace a run that waits


def test_bootstrap_check_sees_all_of_it(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    shutil.copytree(source, folder)
    write(folder, {"Dockerfile": "FROM scratch\nEXPOSE 8000\n"})
    commit(folder)
    repo = Repo.open(folder)
    row = next(one for one in checks.run(repo, read(repo)) if one.number == 1)
    assert {one.check: one.passed for one in row.findings} == dict.fromkeys(
        (
            "PreviewOfEachChange",
            "PreviewIsRemoved",
            "MissedPreviewsAreReaped",
            "EnvironmentOfEachPreview",
            "PreviewsTakeNoStrangersCode",
        ),
        True,
    )
