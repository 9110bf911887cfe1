"""`bootstrap github` against a double of GitHub, each call checked by GitHub's own description."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from bootstrap.cli import main
from bootstrap.forge import github as forge
from tests.conftest import ROOT, commit, git, write

if TYPE_CHECKING:
    from tests.github import Double
    from tests.github.state import Repository

SETTINGS = (ROOT / "template/.process/settings.yml").read_text()
WORKFLOWS = tuple(
    f".github/workflows/process-{name}.yml"
    for name in ("complexity", "validate", "prototype", "revert")
)
RULESET = "Process: required checks (.process/settings.yml)"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
VARIABLES = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token and no host from outside, no waiting between writes, no `gh`."""
    for name in (*VARIABLES, "GH_HOST", "GITHUB_API_URL", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(forge, "PAUSE", None)
    monkeypatch.setattr(forge, "BACKOFF", 0)
    monkeypatch.setenv("GH_CONFIG_DIR", str(tmp_path / "no-gh"))


@pytest.fixture
def clone(repository: Callable[..., Path]) -> Path:
    """A repository with the settings and with every workflow that they need."""
    folder = repository({".process/settings.yml": SETTINGS, **dict.fromkeys(WORKFLOWS, "on: {}\n")})
    git(folder, "remote", "add", "origin", "git@github.com:acme/shop.git")
    return folder


@pytest.fixture
def shop(github: Double, clone: Path) -> Repository:
    """The same on GitHub."""
    return github.repository("acme/shop", clone, {"ada": "admin", "bob": "write"})


@pytest.fixture
def run(
    github: Double, shop: Repository, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """The command in the clone, as ada, who may do everything."""
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GH_TOKEN", github.user_token("ada"))

    def invoke(*arguments: str, status: int = 0) -> Result:
        found = CliRunner().invoke(main, ["github", "-C", str(clone), *arguments])
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == status, found.output
        return found

    yield invoke


def _writes(github: Double) -> list[str]:
    return [f"{one.method} {one.path}" for one in github.calls if one.method in WRITES]


def _enforce(github: Double, shop: Repository) -> int:
    """The gate in force, with an App; its id."""
    app = github.app("acme-gate", statuses="write")
    shop.variables["PROCESS_GATE"] = "enforce"
    shop.environments["process-gate"]["variables"] = {"PROCESS_APP_ID": str(app.id)}
    return app.id


# --- all of it ---


def test_it_sets_everything_and_a_second_run_has_nothing_to_do(
    run: Run, github: Double, shop: Repository
) -> None:
    plan = run("--check", status=1).output
    assert not _writes(github)
    assert "✔ would create: 10 settings" in plan
    done = run("--apply").output
    assert "✔ created: 10 settings" in done
    assert "☐ ruleset check process/complexity: not required until" in done
    again = run("--check").output
    assert "= nothing to change" in again
    assert "= already so: 10 settings" in again
    before = _writes(github)
    run("--apply")
    assert _writes(github) == before

    assert shop.settings["allow_auto_merge"] is True
    assert shop.labels["complexity: low"]["color"] == "0e8a16"
    assert shop.variables == {"PROCESS_GATE": "dry-run", "PROCESS_STOP": "false"}
    gate = shop.environments["process-gate"]
    assert gate["deployment_branch_policy"] == {
        "protected_branches": False,
        "custom_branch_policies": True,
    }
    assert [one["name"] for one in gate["policies"].values()] == ["main"]
    (rules,) = shop.rulesets.values()
    assert rules["conditions"]["ref_name"]["include"] == ["~DEFAULT_BRANCH"]
    assert _checks(rules) == {"validate": 15368, "process/prototype": 15368}


def _checks(rules: dict[str, Any]) -> dict[str, int | None]:
    (rule,) = (one for one in rules["rules"] if one["type"] == "required_status_checks")
    rows = rule["parameters"]["required_status_checks"]
    return {one["context"]: one.get("integration_id") for one in rows}


def test_the_gate_is_required_of_its_app_as_long_as_it_is_in_force(
    run: Run, github: Double, shop: Repository
) -> None:
    run("--apply")
    app = _enforce(github, shop)
    assert "✔ updated: 1 setting" in run("--apply").output
    (rules,) = shop.rulesets.values()
    assert _checks(rules)["process/complexity"] == app
    assert "nothing to change" in run("--apply", "--check").output
    shop.variables["PROCESS_GATE"] = "dry-run"
    run("--apply")
    (rules,) = shop.rulesets.values()
    assert "process/complexity" not in _checks(rules)


def test_a_variable_of_the_organisation_is_not_hidden_by_ours(
    run: Run, github: Double, shop: Repository
) -> None:
    run("--apply")
    app = _enforce(github, shop)
    shop.variables = {}
    shop.organization_variables = {"PROCESS_GATE": "enforce"}
    run("--apply")
    assert shop.variables == {"PROCESS_STOP": "false"}
    (rules,) = shop.rulesets.values()
    assert _checks(rules)["process/complexity"] == app


def test_nothing_of_theirs_changes(run: Run, github: Double, shop: Repository) -> None:
    shop.labels |= {
        "Prototype": {"id": 1, "color": "ff0000", "description": "mine"},
        **{f"area: {number}": {"id": number, "color": "ededed"} for number in range(2, 150)},
    }
    shop.variables |= {"PROCESS_STOP": "true", "THEIRS": "1"}
    shop.environments |= {
        "production": {"id": 7, "policies": {}},
        "process-gate": {"id": 8, "reviewers": [{"type": "User", "id": 1}]},
    }
    theirs = {"context": "build", "integration_id": 99}
    for number, name in ((501, "Protect main"), (502, RULESET.lower())):
        shop.rulesets[number] = {
            "name": name,
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
            "rules": [
                {"type": "deletion"},
                {
                    "type": "required_status_checks",
                    "parameters": {
                        "strict_required_status_checks_policy": True,
                        "required_status_checks": [theirs],
                    },
                },
            ],
        }
    before = deepcopy(vars(shop))
    screen = run("--apply").output
    assert "• kept yours:" in screen
    assert "label prototype: its colour is ff0000" in screen
    assert "☐ environment process-gate: it is open to every branch" in screen
    after = vars(shop)
    for name in ("labels", "variables", "environments", "rulesets"):
        kept = {key: after[name][key] for key in before[name]}
        assert kept == before[name], name
    assert after["settings"] == before["settings"] | {"allow_auto_merge": True}
    assert "prototype" not in shop.labels
    assert "nothing to change" in run("--apply", "--check").output


def test_an_environment_that_github_made_by_itself_is_limited(run: Run, shop: Repository) -> None:
    shop.environments["process-gate"] = {"id": 8}
    assert "process-gate  for jobs of main only" in run("--apply").output
    assert [one["name"] for one in shop.environments["process-gate"]["policies"].values()] == [
        "main"
    ]
    assert "nothing to change" in run("--apply", "--check").output


def test_what_they_put_into_our_ruleset_stays(run: Run, github: Double, shop: Repository) -> None:
    run("--apply")
    (number,) = shop.rulesets
    rules = shop.rulesets[number]
    rules["bypass_actors"] = [{"actor_id": 5, "actor_type": "RepositoryRole"}]
    rules["rules"].insert(0, {"type": "non_fast_forward"})
    (checks,) = (one for one in rules["rules"] if one["type"] == "required_status_checks")
    checks["parameters"]["strict_required_status_checks_policy"] = True
    checks["parameters"]["required_status_checks"].insert(0, {"context": "build"})
    before = deepcopy(rules)
    app = _enforce(github, shop)
    run("--apply")
    new = {"context": "process/complexity", "integration_id": app}
    before["rules"][1]["parameters"]["required_status_checks"].append(new)
    assert shop.rulesets[number] == before
    screen = run("--remove", "--apply").output
    assert "what is yours stays" in screen
    assert _checks(shop.rulesets[number]) == {"build": None}
    assert shop.rulesets[number]["bypass_actors"] == before["bypass_actors"]


def test_a_check_waits_for_its_workflow_on_the_default_branch(
    run: Run, github: Double, shop: Repository, clone: Path
) -> None:
    git(shop.git, "update-ref", "refs/heads/main", _without(clone, WORKFLOWS[1]))
    screen = run("--apply").output
    assert f"☐ ruleset check validate: not required yet: bring {WORKFLOWS[1]} to main" in screen
    (rules,) = shop.rulesets.values()
    assert _checks(rules) == {"process/prototype": 15368}
    github.push(shop, "ada", "main", clone, "main")
    run("--apply")
    (rules,) = shop.rulesets.values()
    assert set(_checks(rules)) == {"process/prototype", "validate"}
    (clone / WORKFLOWS[2]).unlink()
    commit(clone)
    assert "requires validate" in run("--apply").output
    (rules,) = shop.rulesets.values()
    assert set(_checks(rules)) == {"validate"}


def _without(clone: Path, path: str) -> str:
    """A commit of the clone without one file, which is on no branch of it but known to the bare."""
    git(clone, "checkout", "-q", "-b", "old")
    (clone / path).unlink()
    commit(clone)
    sha = git(clone, "rev-parse", "HEAD").strip()
    git(clone, "checkout", "-q", "main")
    bare = clone.parent / "github" / "acme+shop.git"
    git(clone, "push", "-q", str(bare), "old")
    return sha


def test_the_way_back_deletes_what_is_as_it_was_made(
    run: Run, github: Double, shop: Repository, clone: Path
) -> None:
    shop.labels["bug"] = {"id": 1, "color": "d73a4a", "description": "broken"}
    run("--apply")
    shop.labels["revert"]["color"] = "000000"
    assert not [one for one in _writes(github) if one.startswith("DELETE")]
    assert "would delete: 7 settings" in run("--remove").output
    (clone / ".process/settings.yml").unlink()  # as `bootstrap remove` leaves it
    run("--remove", "--apply")
    assert set(shop.labels) == {"bug", "revert"}
    assert not shop.rulesets
    assert not shop.variables
    assert "process-gate" in shop.environments
    assert "nothing to change" in run("--remove").output


def test_json_says_the_same(run: Run, shop: Repository) -> None:
    data = json.loads(run("--json").output)
    assert (data["repository"], data["host"], data["branch"]) == ("acme/shop", "github.com", "main")
    assert data["writes"] == 10
    assert {"part": "auto-merge", "name": "", "action": "create", "why": "", "snippet": ""} in data[
        "changes"
    ]
    assert run("--quiet", "--apply").output == ""


def test_a_renamed_repository_is_found_under_its_new_name(
    run: Run, shop: Repository, github: Double, clone: Path
) -> None:
    """GitHub answers for the old name by the new one, which every other call then uses."""
    github.repositories["acme/old"] = shop
    git(clone, "remote", "set-url", "origin", "https://github.com/acme/old")
    assert run("--apply").output.startswith("acme/shop on github.com")
    assert all(one.path.startswith(("/repos/acme/shop", "/apps/")) for one in github.calls[1:])


# --- labels that a tool makes from a file ---


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        (".github/labels.yml", "- name: bug\n  color: d73a4a\n", '- name: "complexity: low"'),
        (".github/labels.json", '[{"name": "bug"}]\n', '{"name": "complexity: low", "color"'),
        (".github/settings.yml", "labels:\n  - name: bug\n", '- name: "complexity: low"'),
    ],
)
def test_labels_go_into_the_file_that_they_are_made_from(
    run: Run, shop: Repository, clone: Path, path: str, content: str, line: str
) -> None:
    sync = "jobs: {a: {steps: [{uses: EndBug/label-sync@v2}]}}\n"
    write(clone, {path: content, ".github/workflows/labels.yml": f"on: push\n{sync}"})
    commit(clone)
    screen = run("--apply").output
    assert not shop.labels
    assert f"☐ label: labels are made from {path}" in screen
    assert f"    │ {line}" in screen
    for name in ("complexity: low", "complexity: medium", "complexity: high", "revert"):
        content += f'name: "{name}"\n'
    write(clone, {path: f"{content}description: a prototype\n"})
    screen = run().output
    assert line not in screen
    assert '"prototype"' in screen
    assert f"label revert: it comes when {path} is next used" in screen


# --- what goes wrong ---


def _fails(run: Run, says: str, *arguments: str, status: int = 2) -> str:
    output = run(*arguments, status=status).output
    line = output.splitlines()[-1]
    assert line.startswith("✘"), output
    assert says in line, output
    assert "double0" not in output  # no token
    return output


def test_without_a_token_it_says_how_to_get_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GH_TOKEN")
    _fails(run, "there is no token for github.com: run `gh auth login --hostname github.com`")


def test_a_wrong_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "gho_wrong")
    _fails(run, "github.com does not accept the token (GH_TOKEN): make a new one")


def test_the_token_of_gh_is_taken_for_its_host_alone(
    run: Run, github: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = github.user_token("ada")
    monkeypatch.delenv("GH_TOKEN")
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "gho_wrong")
    gh = tmp_path / "bin/gh"
    write(tmp_path, {"bin/gh": f'#!/bin/sh\n[ "$4" = github.com ] && echo {token}\n'})
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", str(gh.parent), prepend=":")
    run("--check", status=1)
    monkeypatch.delenv("GH_ENTERPRISE_TOKEN")
    monkeypatch.setenv("GH_TOKEN", token)
    _fails(
        run, "there is no token for ghe.acme.example", "--host", "ghe.acme.example", "--repo=a/b"
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/shop",
        "https://github.com/acme/shop.git/",
        "https://user:secret@www.github.com/acme/shop.git",
        "ssh://git@github.com:22/acme/shop.git",
        "ssh://git@ssh.github.com:443/acme/shop.git",
        "git@github.com:/acme/shop",
        "GitHub.com:acme/shop",
    ],
)
def test_the_remote_names_the_repository(run: Run, clone: Path, address: str) -> None:
    git(clone, "remote", "set-url", "origin", address)
    run()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://gitlab.com/acme/shop", "the git remote is at gitlab.com, not at github.com"),
        ("git@github-work:acme/shop", "the git remote is at github-work, not at github.com"),
        ("https://user:secret@evil.example/acme/shop", "the git remote is at evil.example"),
        ("https://github.com.evil.example/acme/shop", "at github.com.evil.example"),
        ("https://github.com/acme", "origin names no repository"),
        ("https://github.com/acme/../../user", "origin names no repository"),
        ("https://github.com/acme/..", "origin names no repository"),
        ("/srv/git/shop.git", "the git remote origin is at no host"),
        ("", "no git remote says where the repository is"),
    ],
)
def test_a_remote_that_is_none_of_github_gets_no_token(
    run: Run, clone: Path, github: Double, address: str, says: str
) -> None:
    if address:
        git(clone, "remote", "set-url", "origin", address)
    else:
        git(clone, "remote", "remove", "origin")
    assert "secret" not in _fails(run, says)
    assert not github.calls
    run("--repo", "acme/shop")


def test_a_repository_without_settings(run: Run, clone: Path) -> None:
    git(clone, "rm", "-q", ".process/settings.yml")
    _fails(run, "there is no .process/settings.yml here")


def test_a_repository_that_nobody_may_see(run: Run) -> None:
    _fails(run, "there is no acme/none on github.com, or the owner of", "--repo", "acme/none")


def test_without_the_right_to_change_it_says_which_is_missing(
    run: Run, github: Double, shop: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_TOKEN", github.user_token("bob"))
    screen = run("--apply", status=3).output
    assert "☐ auto-merge: GitHub does not let this token change it" in screen
    assert "☐ ruleset" in screen
    assert "it needs the permission administration: write" in screen
    assert set(shop.labels) >= {"prototype", "revert"}  # which bob may make
    assert not shop.rulesets


def test_a_token_that_may_read_little_says_so_for_each_part(
    run: Run, github: Double, shop: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.private = True
    app = github.app("helper", issues="write", contents="read")
    monkeypatch.setenv("GH_TOKEN", github.installation_token(app))
    screen = run("--apply", status=3).output
    assert "☐ variable: GitHub does not let this token read it" in screen
    assert "it needs the permission variables: read" in screen
    assert "it needs the permission actions: read and environments: read" in screen
    assert set(shop.labels) >= {"prototype", "revert"}


def test_the_permission_that_github_names_is_said(run: Run, github: Double) -> None:
    github.break_down(
        "GET .*/actions/variables",
        403,
        9,
        "Resource not accessible by personal access token",
        {"X-Accepted-GitHub-Permissions": "actions_variables=read"},
    )
    assert "it needs the permission variables: read" in run(status=3).output


def test_a_plan_that_github_calls_invalid_is_a_plan_too(
    run: Run, github: Double, shop: Repository
) -> None:
    message = "Failed to create the environment protection rule. Please ensure the billing plan ..."
    github.break_down("PUT .*/environments/", 422, 1, message)
    assert (
        f"☐ environment process-gate: GitHub's plan has none here: {message}"
        in run("--apply").output
    )


@pytest.mark.parametrize("part", ["ruleset", "environment"])
def test_a_plan_without_them_is_something_to_do_and_the_rest_goes_on(
    run: Run, github: Double, shop: Repository, part: str
) -> None:
    message = "Upgrade to GitHub Pro or make this repository public to enable this feature."
    github.break_down(f"GET .*/{part}s", 403, 9, message)
    screen = run("--apply").output
    assert f"☐ {part}: GitHub's plan has none here: {message}" in screen
    assert shop.settings["allow_auto_merge"] is True
    assert "prototype" in shop.labels
    assert ("process-gate" in shop.environments) == (part == "ruleset")


def test_auto_merge_that_stays_off_is_said(run: Run, github: Double, shop: Repository) -> None:
    class Fixed(dict[str, Any]):
        def __or__(self, other: dict[str, Any]) -> Fixed:
            return self

        __ior__ = __or__

    shop.settings = Fixed(shop.settings)
    assert "☐ auto-merge: GitHub left auto-merge off" in run("--apply").output
    del shop.settings["allow_auto_merge"]
    assert (
        "☐ auto-merge: the owner of the token (GH_TOKEN) is no administrator"
        in run(status=3).output
    )


@pytest.mark.parametrize(
    ("status", "headers", "message", "says"),
    [
        (
            403,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767225600"},
            "API rate limit exceeded",
            "run again after 00:00 UTC",
        ),
        (
            429,
            {"Retry-After": "40"},
            "You have exceeded a secondary rate limit.",
            "run again in 40 seconds",
        ),
        (403, {}, "You have exceeded a secondary rate limit.", "run again in a minute"),
        (
            403,
            {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso"},
            "Resource protected by organization SAML enforcement.",
            "allow it at https://github.com/orgs/acme/sso",
        ),
        (
            403,
            {},
            "`acme` forbids access via a personal access token (classic).",
            "`acme` forbids access",
        ),
        (502, {}, "Bad Gateway", "github.com answers with Bad Gateway: run again later"),
    ],
)
def test_what_stops_everything_is_one_line(
    run: Run, github: Double, status: int, headers: dict[str, str], message: str, says: str
) -> None:
    github.break_down("GET /repos/acme/shop$", status, 9, message, headers)
    _fails(run, says, "--apply")
    assert not _writes(github)


def test_a_limit_half_way_says_what_was_done_and_the_next_run_goes_on(
    run: Run, github: Double, shop: Repository
) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767225600"}
    github.break_down("POST .*/variables", 403, 1, "API rate limit exceeded", headers)
    screen = _fails(run, "the rate limit of github.com is reached", "--apply", status=3)
    assert "✔ created: 6 settings" in screen
    assert not shop.variables
    assert "✔ created: 4 settings" in run("--apply").output
    assert "nothing to change" in run("--check").output


def test_an_environment_that_was_half_made_is_closed_and_gets_finished(
    run: Run, github: Double, shop: Repository
) -> None:
    github.break_down("POST .*/deployment-branch-policies", 502)
    _fails(run, "answers with", "--apply", status=3)
    gate = shop.environments["process-gate"]
    assert gate["deployment_branch_policy"]["custom_branch_policies"] is True
    assert not gate["policies"]
    assert "✔ updated: 1 setting" in run("--apply").output
    assert [one["name"] for one in gate["policies"].values()] == ["main"]
    assert len(github.made("PUT", "/environments/")) == 1  # a second one would reset its reviewers


def test_a_read_is_tried_again_and_a_write_is_not(
    run: Run, github: Double, shop: Repository
) -> None:
    github.break_down("GET ", 502, 3)
    run("--apply")
    github.break_down("DELETE .*/labels", 503, 2)
    github.break_down("PATCH ", 500)
    shop.settings["allow_auto_merge"] = False
    _fails(run, "run again later", "--apply", status=3)
    assert len(github.made("PATCH", "")) == 2
    run("--remove", "--apply")
    assert not shop.labels


def test_what_github_finds_wrong_is_told_in_its_words(
    run: Run, github: Double, shop: Repository
) -> None:
    github.break_down("POST .*/rulesets", 422, 1, "Validation Failed")
    screen = run("--apply", status=3).output
    assert f"☐ ruleset {RULESET}: Validation Failed" in screen
    assert "process-gate" in shop.environments


def test_no_network(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    _fails(run, "github.com can't be reached")


def test_an_archived_repository(run: Run, shop: Repository) -> None:
    shop.settings["archived"] = True
    _fails(run, "acme/shop is archived: unarchive it first")


@pytest.mark.parametrize("page", [b"<html>Sign in</html>", b"{ no JSON"])
def test_something_else_answers_in_between(
    run: Run, monkeypatch: pytest.MonkeyPatch, page: bytes
) -> None:
    class Portal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
        _fails(run, "github.com does not answer as GitHub does: look at --host and the proxy")
        server.shutdown()


def test_text_of_theirs_does_not_act_on_the_terminal(
    run: Run, shop: Repository, clone: Path
) -> None:
    shop.labels["revert"] = {"id": 1, "color": "ededed", "description": "\x1b[2J\u202eevil"}
    screen = run().output
    assert "\x1b[2J" not in screen
    assert "\u202e" not in screen


# --- addresses ---


@pytest.mark.parametrize(
    ("host", "api"),
    [
        ("github.com", "https://api.github.com"),
        ("acme.ghe.com", "https://api.acme.ghe.com"),
        ("git.acme.example", "https://git.acme.example/api/v3"),
    ],
)
def test_each_host_has_its_api(host: str, api: str) -> None:
    assert forge._api(host) == api


def test_the_environment_of_a_job_names_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.acme.example")
    monkeypatch.setenv("GITHUB_API_URL", "https://git.acme.example/api/v3/")
    assert forge.default_host() == "git.acme.example"
    assert forge._api("git.acme.example") == "https://git.acme.example/api/v3"
    assert forge._api("github.com") == "https://api.github.com"
    monkeypatch.setenv("GH_HOST", "acme.ghe.com")
    assert forge.default_host() == "acme.ghe.com"


def test_an_enterprise_server_is_asked_below_its_path(
    run: Run, github: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", f"{github.url}/api/v3")
    assert "✔ created: 10 settings" in run("--apply").output
