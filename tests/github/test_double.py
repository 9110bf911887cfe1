"""The double of GitHub keeps GitHub's rules, and the client in `.process/github` its promises."""

from __future__ import annotations

import io
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest

from tests.conftest import ROOT, Callable, commit, git, write
from tests.github import Double
from tests.github.state import Artifact, Pull, Repository, Run

APP, LOW = "octo/app", {"context": "process/complexity"}


@pytest.fixture(scope="session")
def client() -> ModuleType:
    """The client as programs of a repository load it."""
    path = str(ROOT / "template" / ".process" / "github")
    loader = SourceFileLoader("process_github", path)
    module = module_from_spec(spec_from_loader("process_github", loader))
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


@pytest.fixture
def quick(client: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The client without pauses."""
    monkeypatch.setattr(client, "PAUSES", [0.0, 0.0])
    return client


@pytest.fixture
def app(github: Double, repository: Callable[..., Path]) -> Repository:
    """A repository with two people who may write and one who may read."""
    return github.repository(APP, repository(), {"ada": "write", "bob": "write", "eve": "read"})


Connect = Callable[[str], Any]


@pytest.fixture
def connect(
    github: Double, app: Repository, quick: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Connect:
    """A function: token → the client with it."""

    def connect(token: str) -> Any:
        for name, value in github.environment(app, token).items():
            monkeypatch.setenv(name, value)
        return quick.Api(token)

    return connect


def topic(github: Double, repo: Repository, by: str, name: str = "topic", text: str = "x") -> Pull:
    """A pull request of one commit."""
    folder = github.folder / f"work-{name}"
    git(github.folder, "clone", "-q", str(repo.git), str(folder))
    write(folder, {f"{name}.txt": text})
    commit(folder, name)
    github.push(repo, by, name, folder)
    return github.open_pull(repo, by, name)


def pushed(github: Double, repo: Repository, by: str, name: str = "topic") -> str:
    """One more commit on the branch of a pull request."""
    folder = github.folder / f"work-{name}"
    write(folder, {"more.txt": f"{time.monotonic_ns()}"})
    commit(folder, "more")
    return github.push(repo, by, name, folder)


def ruleset(github: Double, repo: Repository, *rules: dict[str, Any]) -> None:
    """Rules for the default branch."""
    repo.rulesets[next(github.ids)] = {
        "name": "main",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": list(rules),
    }


def required(*checks: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        "required_status_checks": list(checks),
        "strict_required_status_checks_policy": False,
    }
    return {"type": "required_status_checks", "parameters": parameters}


ENABLE = """mutation($id: ID!, $head: GitObjectID) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $head,
    mergeMethod: SQUASH, commitBody: "Complexity: low"}) { pullRequest { number merged } } }"""


# --- what GitHub forbids ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("statuses/{sha}", {"state": "good"}, "'good' is not one of"),
        ("statuses/{sha}", {"state": "success", "contxt": "x"}, "body contxt: unknown"),
        ("issues/1/comments", {"body": 5}, "5 is not of type 'string'"),
        ("deployments", {"environment": "pr-1"}, "'ref' is a required property"),
        ("nothing", {}, "no such route"),
    ],
)
def test_a_call_that_github_does_not_describe_is_a_fault(
    github: Double, app: Repository, connect: Connect, path: str, body: dict[str, Any], told: str
) -> None:
    api = connect(github.user_token("ada"))
    sha = git(app.git, "rev-parse", "HEAD").strip()
    with pytest.raises(Exception, match="A fault"):
        api.post(path.format(sha=sha), **body)
    assert told in github.faults.pop()


def test_a_query_that_the_graphql_schema_does_not_know_is_a_fault(
    github: Double, connect: Connect
) -> None:
    api = connect(github.user_token("ada"))
    with pytest.raises(Exception, match="A fault"):
        api.graphql("query { viewer { surname } }")
    assert "Cannot query field 'surname'" in github.faults.pop()


def test_a_fault_fails_the_test(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such thing"), Double(tmp_path) as double:
        double.faults.append("no such thing")


def test_a_token_may_do_what_its_job_asked_for(
    github: Double, app: Repository, connect: Connect
) -> None:
    pull = topic(github, app, "ada")
    path = f"statuses/{pull.head_sha}"
    for token in (github.fork_token(), github.actions_token(contents="write")):
        with pytest.raises(Exception, match="403: Resource not accessible by integration"):
            connect(token).post(path, state="success")
    connect(github.actions_token(statuses="write")).post(path, state="success")
    assert [one.app for one in app.statuses] == [15368]
    # A pull request is commented with either permission, an issue with its own only.
    number = github.open_issue(app, "eve", "An idea").number
    api = connect(github.actions_token(pull_requests="write"))
    api.post(f"issues/{pull.number}/comments", body="Hello")
    with pytest.raises(Exception, match="403"):
        api.post(f"issues/{number}/comments", body="Hello")


def test_a_person_may_do_what_the_role_allows(
    github: Double, app: Repository, connect: Connect
) -> None:
    pull = topic(github, app, "ada")
    eve = connect(github.user_token("eve"))
    eve.post(f"issues/{pull.number}/comments", body="Nice")
    eve.post(f"pulls/{pull.number}/reviews", event="APPROVE")
    for call in (
        lambda: eve.post(f"statuses/{pull.head_sha}", state="success"),
        lambda: eve.post("labels", name="x"),
        lambda: eve.put(f"pulls/{pull.number}/merge"),
        lambda: eve.patch("", allow_auto_merge=True),
    ):
        with pytest.raises(Exception, match="403"):
            call()
    assert app.default_branch == "main" and not pull.merged_sha


# --- merging --------------------------------------------------------------------------------------


def test_a_required_check_counts_only_from_the_app_that_the_ruleset_names(
    github: Double, app: Repository, connect: Connect
) -> None:
    gate = github.app("gate", statuses="write")
    ruleset(github, app, required({**LOW, "integration_id": gate.id}))
    pull = topic(github, app, "ada")
    ada = connect(github.user_token("ada"))
    for token in (
        github.user_token("ada"),
        github.actions_token(statuses="write"),
    ):
        connect(token).post(f"statuses/{pull.head_sha}", state="success", **LOW)
        with pytest.raises(Exception, match=r'405: .*"process/complexity" is expected'):
            ada.put(f"pulls/{pull.number}/merge")
    api = connect(github.installation_token(gate))
    api.post(f"statuses/{pull.head_sha}", state="success", **LOW)
    before = git(app.git, "rev-parse", "main").strip()
    ada.put(f"pulls/{pull.number}/merge", sha=pull.head_sha)
    assert git(app.git, "rev-parse", "main^1").strip() == before
    assert git(app.git, "show", "main:topic.txt") == "x"


def test_a_merge_names_the_head_that_was_looked_at(
    github: Double, app: Repository, connect: Connect
) -> None:
    pull = topic(github, app, "ada")
    seen = pull.head_sha
    pushed(github, app, "ada")
    ada = connect(github.user_token("ada"))
    with pytest.raises(Exception, match="409: Head branch was modified"):
        ada.put(f"pulls/{pull.number}/merge", sha=seen)


def test_auto_merge_waits_for_the_checks_and_writes_the_trailer(
    github: Double, app: Repository, connect: Connect
) -> None:
    app.settings["allow_auto_merge"] = True
    ruleset(github, app, required(LOW))
    pull = topic(github, app, "ada")
    api = connect(github.actions_token(contents="write", pull_requests="write", statuses="write"))
    node = api.get(f"pulls/{pull.number}")["node_id"]
    with pytest.raises(Exception, match="did not match expectedHeadOid"):
        api.graphql(ENABLE, id=node, head="0" * 40)
    api.graphql(ENABLE, id=node, head=pull.head_sha)
    assert not pull.merged_sha
    api.post(f"statuses/{pull.head_sha}", state="success", **LOW)
    assert git(app.git, "log", "-1", "--format=%B", "main").strip() == (
        "A change (#1)\n\nComplexity: low"
    )
    other = topic(github, app, "ada", "other")
    api.post(f"statuses/{other.head_sha}", state="success", **LOW)
    node = api.get(f"pulls/{other.number}")["node_id"]
    with pytest.raises(Exception, match="Pull request is in clean status"):
        api.graphql(ENABLE, id=node, head=other.head_sha)


def test_a_strangers_push_ends_auto_merge_and_an_approval_can_end_with_a_push(
    github: Double, app: Repository, connect: Connect
) -> None:
    app.settings["allow_auto_merge"] = True
    fork = github.fork(app, "eve")
    folder = github.folder / "eve"
    git(github.folder, "clone", "-q", str(fork.git), str(folder))
    commit(folder, "hers")
    github.push(fork, "eve", "topic", folder)
    pull = github.open_pull(app, "eve", "topic", fork)
    approve = {"required_approving_review_count": 1, "dismiss_stale_reviews_on_push": True}
    ruleset(github, app, {"type": "pull_request", "parameters": approve}, required(LOW))
    api = connect(github.user_token("ada"))
    api.graphql(ENABLE, id=api.get(f"pulls/{pull.number}")["node_id"], head=pull.head_sha)
    github.review(app, pull, "eve")
    github.review(app, pull, "ada")
    commit(folder, "hers again")
    github.push(fork, "eve", "topic", folder)
    assert pull.auto_merge is None
    assert [one.state for one in pull.reviews] == ["DISMISSED", "DISMISSED"]
    api.post(f"statuses/{pull.head_sha}", state="success", **LOW)
    with pytest.raises(Exception, match="At least 1 approving review"):
        api.put(f"pulls/{pull.number}/merge")
    github.review(app, pull, "eve")  # may not write: counts for nothing
    with pytest.raises(Exception, match="At least 1 approving review"):
        api.put(f"pulls/{pull.number}/merge")
    github.review(app, pull, "bob")
    api.put(f"pulls/{pull.number}/merge", merge_method="squash")
    assert pull.merged_sha == git(app.git, "rev-parse", "main").strip()


# --- the other areas ------------------------------------------------------------------------------


def test_an_app_gets_a_token_with_its_key(
    github: Double, app: Repository, connect: Connect
) -> None:
    gate = github.app("gate", statuses="write", pull_requests="write")
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 540, "iss": str(gate.id)}
    signed = connect(jwt.encode(claims, gate.private, algorithm="RS256"))
    assert signed.get("/app")["slug"] == "gate"
    where = signed.get("installation")["id"]
    path = f"/app/installations/{where}/access_tokens"
    made = signed.post(path, permissions={"statuses": "write"})
    pull = topic(github, app, "ada")
    api = connect(made["token"])
    api.post(f"statuses/{pull.head_sha}", state="pending", **LOW)
    assert (app.statuses[0].app, app.statuses[0].by.login) == (gate.id, "gate[bot]")
    with pytest.raises(Exception, match="403"):
        api.post(f"issues/{pull.number}/comments", body="no")
    stranger = github.app("other")
    forged = connect(jwt.encode(claims, stranger.private, algorithm="RS256"))
    with pytest.raises(Exception, match="401"):
        forged.get("/app")


def test_the_pull_requests_of_a_commit_are_none_of_a_fork(
    github: Double, app: Repository, connect: Connect
) -> None:
    own = topic(github, app, "ada")
    fork = github.fork(app, "eve")
    github.push(fork, "eve", "topic", github.folder / "work-topic")
    strange = github.open_pull(app, "eve", "topic", fork)
    assert strange.head_sha == own.head_sha
    api = connect(github.actions_token(pull_requests="read"))
    found = [one["number"] for one in api.pages(f"commits/{own.head_sha}/pulls")]
    assert found == [own.number]
    # By the branch both are found, each under its owner.
    for owner, pull in (("octo", own), ("eve", strange)):
        (one,) = api.pages("pulls", head=f"{owner}:topic")
        assert (one["number"], one["head"]["repo"]["full_name"]) == (pull.number, pull.head)


def test_deployments_have_states_and_the_newest_retires_the_ones_before(
    github: Double, app: Repository, connect: Connect
) -> None:
    pull = topic(github, app, "ada")
    api = connect(github.actions_token(deployments="write"))
    made = [
        api.post("deployments", ref=pull.head_sha, environment="pr-1", required_contexts=[])
        for _ in range(2)
    ]
    for one in made:
        api.post(f"deployments/{one['id']}/statuses", state="success", environment_url="http://x")
    states = [one.states[-1].state for one in app.deployments.values()]
    assert states == ["inactive", "success"]
    found = api.get("deployments", environment="pr-1")
    assert [one["id"] for one in found] == [made[1]["id"], made[0]["id"]]
    newest = api.get(f"deployments/{made[0]['id']}/statuses")[0]
    assert newest["state"] == "inactive"


def test_every_kind_of_setting_is_made_changed_listed_and_deleted(
    github: Double, app: Repository, connect: Connect
) -> None:
    root = connect(github.user_token("octo"))
    rule = required({**LOW, "integration_id": 5})
    made = root.post("rulesets", name="gate", enforcement="active", rules=[rule])
    root.put(f"rulesets/{made['id']}", enforcement="disabled")
    assert root.get("rulesets")[0]["enforcement"] == "disabled"
    assert root.get(f"rulesets/{made['id']}")["rules"][0]["type"] == "required_status_checks"
    root.delete(f"rulesets/{made['id']}")
    policy = {"protected_branches": False, "custom_branch_policies": True}
    root.put("environments/process-gate", deployment_branch_policy=policy)
    policies = "environments/process-gate/deployment-branch-policies"
    root.post(policies, name="main")
    assert [one["name"] for one in root.pages(policies)] == ["main"]
    assert root.get("environments/process-gate")["deployment_branch_policy"] == policy
    root.post("actions/variables", name="process_gate", value="enforce")
    assert app.variables == {"PROCESS_GATE": "enforce"}
    root.patch("", allow_auto_merge=True)
    assert root.get("")["allow_auto_merge"] is True
    root.post("labels", name="Prototype", color="fbca04")
    root.patch("labels/prototype", description="Not to be merged")
    assert [one["description"] for one in root.pages("labels")] == ["Not to be merged"]
    root.delete("labels/prototype")
    assert root.delete("labels/prototype") is None
    assert root.find("labels/prototype") is None
    with pytest.raises(Exception, match="403"):
        connect(github.actions_token(contents="write")).patch("", allow_auto_merge=False)


# --- the client -----------------------------------------------------------------------------------


def test_lists_are_read_to_their_last_page(
    github: Double, app: Repository, connect: Connect
) -> None:
    issue = github.open_issue(app, "eve", "Talk")
    for number in range(205):
        github.comment(app, issue.number, "eve", f"{number}")
    api = connect(github.fork_token())
    api_issues = connect(github.actions_token(issues="read"))
    with pytest.raises(Exception, match="403"):
        list(api.pages(f"issues/{issue.number}/comments"))
    found = [one["body"] for one in api_issues.pages(f"issues/{issue.number}/comments")]
    assert found == [str(number) for number in range(205)]


def test_a_comment_sticks_and_that_of_somebody_else_is_left_alone(
    github: Double, app: Repository, connect: Connect
) -> None:
    pull = topic(github, app, "ada")
    marker = "<!-- process: preview -->"
    github.comment(app, pull.number, "eve", f"{marker}\nhttps://evil.example")
    api = connect(github.actions_token(pull_requests="write"))
    for text in ("one", "two", "two"):
        api.sticky_comment(pull.number, marker, text)
    bodies = [one.body for one in github.comments_of(app, pull.number)]
    assert bodies == [f"{marker}\nhttps://evil.example", f"{marker}\ntwo"]
    assert len(github.made("PATCH", "/comments/")) == 1


def test_write_access_is_what_github_says_now(
    github: Double, app: Repository, connect: Connect
) -> None:
    app.roles |= {"max": "maintain", "tri": "triage"}
    for login in ("ada", "eve", "max", "tri", "stranger", "octo"):
        github.account(login)
    api = connect(github.actions_token(contents="read"))
    asked = ("ada", "octo", "max", "eve", "tri", "stranger", "nobody", "", "../../x", "ada?x=y")
    assert [login for login in asked if api.write_access(login)] == ["ada", "octo", "max"]


def test_what_is_out_of_order_is_asked_again_and_nothing_is_made_twice(
    github: Double, app: Repository, connect: Connect
) -> None:
    pull = topic(github, app, "ada")
    api = connect(github.user_token("ada"))
    github.break_down("GET .*/pulls", 502, times=2)
    assert len(list(api.pages("pulls"))) == 1
    github.break_down("POST .*/statuses/", 503)
    api.post(f"statuses/{pull.head_sha}", state="success")
    limit = "You have exceeded a secondary rate limit"
    github.break_down("POST .*/comments", 403, message=limit)
    api.post(f"issues/{pull.number}/comments", body="once")
    github.break_down("POST .*/comments", 502)
    with pytest.raises(Exception, match=r"POST /repos/octo/app/issues/1/comments: 502: Server Err"):
        api.post(f"issues/{pull.number}/comments", body="once")
    github.break_down("GET .*/pulls", 502, times=9)
    with pytest.raises(Exception, match="502"):
        list(api.pages("pulls"))
    assert len(app.comments) == len(app.statuses) == 1


def test_a_download_is_bounded_and_its_storage_never_sees_the_token(
    github: Double, app: Repository, connect: Connect
) -> None:
    now = github.now()
    bot = github.account("ada")
    run = Run(next(github.ids), "x", "x.yml", "push", APP, "main", "0" * 40, bot, now)
    app.runs[run.id] = run
    app.artifacts[7] = Artifact(7, run.id, "preview", b"z" * 3000, now)
    api = connect(github.actions_token(actions="read"))
    (found,) = api.pages(f"actions/runs/{run.id}/artifacts", name="preview")
    assert found["size_in_bytes"] == 3000
    kept = io.BytesIO()
    assert api.download("actions/artifacts/7/zip", kept, 3000) == 3000
    assert kept.getvalue() == b"z" * 3000
    with pytest.raises(Exception, match="over 2999 bytes"):
        api.download("actions/artifacts/7/zip", io.BytesIO(), 2999)


def test_a_text_cannot_give_orders_to_the_runner(
    quick: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    quick.say("notice", "50%\n::add-mask::x\r\n::set-output")
    assert capsys.readouterr().out.count("\n") == 1
    assert quick.part("../pulls?x=#") == "..%2Fpulls%3Fx%3D%23"
