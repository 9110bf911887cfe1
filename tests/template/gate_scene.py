"""A repository with the gate on the double of GitHub: people act, and the gate runs as GitHub would
run it, from the default branch and with the tokens that its workflow asks for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import copier
import yaml

from tests.conftest import git, write
from tests.github import ACTIONS_APP, Double, merging
from tests.github.routes.queue import add_to_queue
from tests.github.state import Account, App, CheckRun, Pull, Repository

DEFAULT = "main"
WORKFLOW = ".github/workflows/process-complexity.yml"
STUB = ".github/workflows/process-complexity-event.yml"
CONTEXT = "process/complexity"
CODE = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(3))
POD = 'expert = "@cy"\nengineers = ["@ada", "@bob"]\n'
PEOPLE = {"ada": "write", "bob": "write", "cy": "maintain", "di": "admin", "tri": "triage"}


def code(lines: int, name: str = "g") -> str:
    """Product code with so many lines that count."""
    return "".join(f"{name}_{n} = {n}\n" for n in range(lines))


def ruleset(app: int | None, *others: str) -> dict[str, Any]:
    """The ruleset of the default branch: the gate's status from its App, and CI's checks."""
    gate = {"context": CONTEXT, **({"integration_id": app} if app else {})}
    checks = [gate, *({"context": one, "integration_id": ACTIONS_APP} for one in others)]
    parameters = {"strict_required_status_checks_policy": False, "required_status_checks": checks}
    return {
        "name": "process",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "required_status_checks", "parameters": parameters}],
    }


@dataclass
class Scene:
    """The repository acme/shop; `work` is where everybody writes commits."""

    github: Double
    repo: Repository
    work: Path
    app: App
    variables: dict[str, str] = field(default_factory=lambda: {"PROCESS_GATE": "enforce"})
    runs: int = 0

    day = timedelta(hours=25)

    # --- what people do ---------------------------------------------------------------------

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        by: str = "ada",
        on: str = "origin/main",
        message: str = "A change",
    ) -> str:
        """A commit on top of another one; None deletes a file."""
        git(self.work, "fetch", "-q", "origin")
        git(self.work, "checkout", "-q", "--detach", on)
        write(self.work, {path: text for path, text in files.items() if text is not None})
        for path in [path for path, text in files.items() if text is None]:
            (self.work / path).unlink()
        git(self.work, "add", "-A", "-f")
        options = ("--allow-empty", "--author", f"{by} <{by}@example.org>", "-m", message)
        git(self.work, "commit", "-q", *options)
        return git(self.work, "rev-parse", "HEAD").strip()

    def forge(self, sha: str, *lines: str, keep: Collection[str] = ("tree", "parent")) -> str:
        """The same commit, but with other lines in its head."""
        head, _, body = git(self.work, "cat-file", "commit", sha).partition("\n\n")
        kept = [line for line in head.split("\n") if line.split(" ")[0] in keep]
        raw = "\n".join([*kept, *lines]) + "\n\n" + body
        command = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
        done = subprocess.run(
            command, cwd=self.work, input=raw, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def propose(
        self,
        files: Mapping[str, str | bytes | None],
        by: str = "ada",
        branch: str = "topic",
        fork: Repository | None = None,
        **more: Any,
    ) -> Pull:
        """Push a branch and open a pull request; nobody has looked at it yet."""
        self.commit(files, by, more.pop("on", "origin/main"), more.pop("message", "A change"))
        self.github.push(fork or self.repo, by, branch, self.work)
        draft = more.pop("draft", False)
        pull = self.github.open_pull(self.repo, by, branch, fork, **more)
        pull.draft = draft
        return pull

    def push(
        self, pull: Pull, files: Mapping[str, str | bytes | None], by: str = "ada", **more: Any
    ) -> str:
        """Push one more commit to the branch of a pull request."""
        self.commit(files, more.pop("author", by), on=pull.head_sha, **more)
        return self.github.push(self.github.repositories[pull.head], by, pull.head_ref, self.work)

    def land(self, files: Mapping[str, str | bytes | None], by: str = "di") -> str:
        """Put a commit on the default branch, past everything."""
        self.commit(files, by)
        return self.github.push(self.repo, by, DEFAULT, self.work)

    def green(self, pull: Pull, name: str = "validate") -> None:
        """CI's check of a head passes."""
        made = CheckRun(
            next(self.github.ids),
            pull.head_sha,
            name,
            "completed",
            "success",
            ACTIONS_APP,
            self.github.now(),
        )
        self.repo.checks[made.id] = made
        merging.settle(self.github, self.repo)

    def call(self, method: str, path: str, token: str, status: int = 0, **body: Any) -> None:
        """Call the API as somebody; a status other than that of success is expected."""
        place = path if path.startswith("/") else f"/repos/{self.repo.full_name}/{path}"
        request = urllib.request.Request(
            self.github.url + place,
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request) as answer:
                assert "errors" not in json.loads(answer.read())
        except urllib.error.HTTPError as error:
            assert error.code == status, error.read()

    def meanwhile(self, request: str, act: Callable[[], object]) -> None:
        """Let something happen once, right after GitHub has answered a request."""
        plain, pattern = self.github.write_down, re.compile(request)

        def write_down(method: str, path: str, status: int, who: str, content: bytes) -> None:
            plain(method, path, status, who, content)
            if pattern.search(f"{method} {path} {content.decode()}"):
                self.github.write_down = plain  # type: ignore[method-assign]
                act()

        self.github.write_down = write_down  # type: ignore[method-assign]

    # --- what GitHub does -------------------------------------------------------------------

    def on_pull(self, pull: Pull, action: str = "opened", **more: Any) -> str:
        """The gate at an event of a pull request; what it says."""
        return self.gate(self.of_pull(pull, action), **more)

    def on_review(self, pull: Pull, **more: Any) -> str:
        """The gate after the stub ran at a review; of a fork GitHub tells no pull request."""
        run = {"event": "pull_request_review", "head_sha": pull.head_sha, "pull_requests": []}
        return self.gate({"action": "completed", "workflow_run": run}, **more)

    def enqueue(self, pull: Pull, **more: Any) -> str:
        """Put a pull request into the merge queue, and run the gate on it; the queue's commit."""
        entry = add_to_queue(self.github, self.repo, pull)
        self.on_queue(entry.commit, **more)
        return entry.commit

    def on_queue(self, commit: str, **more: Any) -> str:
        """The gate after the stub ran at a commit of the merge queue."""
        run = {"event": "merge_group", "head_sha": commit, "pull_requests": []}
        return self.gate({"action": "completed", "workflow_run": run}, **more)

    def of_pull(self, pull: Pull, action: str) -> dict[str, Any]:
        """The payload of an event of a pull request."""
        told = {
            "number": pull.number,
            "state": pull.issue.state,
            "merged": bool(pull.merged_sha),
            "head": {"sha": pull.head_sha, "ref": pull.head_ref},
            "base": {"ref": pull.base_ref},
        }
        return {"action": action, "number": pull.number, "pull_request": told}

    # --- the run ----------------------------------------------------------------------------

    def gate(self, event: dict[str, Any], status: int = 0, **variables: str) -> str:
        """Run the gate of the default branch; what it says."""
        self.runs += 1
        place = self.work.parent / f"run-{self.runs}"
        git(self.work.parent, "clone", "-q", str(self.repo.git), str(place))
        payload = place.parent / f"event-{self.runs}.json"
        payload.write_text(json.dumps({"repository": self.repository, **event}))
        done = subprocess.run(
            [sys.executable, ".process/gate"],
            cwd=place,
            env={
                "PATH": os.environ["PATH"],
                **self.environment(),
                "GITHUB_EVENT_PATH": str(payload),
                **self.variables,
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert not done.stderr, done.stderr
        return done.stdout

    @property
    def repository(self) -> dict[str, Any]:
        """The repository as every payload has it."""
        return {"full_name": self.repo.full_name, "default_branch": self.repo.default_branch}

    def environment(self) -> dict[str, str]:
        """What the job has: its tokens, with the permissions that the workflow asks for."""
        token = self.github.actions_token(**job()["permissions"])
        return {
            **self.github.environment(self.repo, token),
            "GITHUB_RUN_ID": "77",
            "PROCESS_APP_ID": str(self.app.id),
            "PROCESS_APP_TOKEN": self.github.installation_token(self.app, app_permissions()),
        }

    # --- what came of it --------------------------------------------------------------------

    def status(self, sha: str) -> tuple[str, str]:
        """The last status of a commit that its App posted: state and description."""
        found = [
            one
            for one in self.repo.statuses
            if (one.sha, one.context, one.app) == (sha, CONTEXT, self.app.id)
        ]
        return (found[-1].state, found[-1].description or "") if found else ("", "")

    def state(self, pull: Pull) -> str:
        """The state of the gate's status on a head."""
        return self.status(pull.head_sha)[0]

    def comment(self, pull: Pull) -> str:
        """The one comment of the gate."""
        found = [
            one.body
            for one in self.github.comments_of(self.repo, pull.number)
            if one.by.login == "github-actions[bot]"
        ]
        assert len(found) <= 1, found
        return found[0] if found else ""

    def lacking(self, pull: Pull) -> str:
        """Run the gate where something is missing; what it tells of it. Nothing is merged."""
        self.on_pull(pull, "edited")
        assert not pull.merged_sha
        assert pull.auto_merge is None
        assert "merges by itself once" not in self.comment(pull)
        return self.comment(pull).partition("Nothing merges by itself here")[2].replace("\\", "")

    @property
    def bot(self) -> Account:
        """The account of the App."""
        return self.github.account(f"{self.app.slug}[bot]", "Bot")

    def message(self) -> str:
        """The message of the newest commit of the default branch."""
        return git(self.repo.git, "show", "-s", "--format=%B", DEFAULT).strip()


def render_into(made: Path, template: Path) -> Path:
    """A repository with the twelfth factor and some code."""
    data = {"project_name": "Shop", "factors": [12]}
    copier.run_copy(str(template), made, data=data, defaults=True, quiet=True)
    write(made, {"src/app.py": CODE, ".process/pod.toml": POD, "docs/page.md": "# Page\n"})
    git(made, "init", "-q", "-b", DEFAULT)
    git(made, "add", "-A", "-f")
    git(made, "commit", "-q", "-m", "first")
    return made


def stage(github: Double, source: Path, folder: Path) -> Scene:
    """A repository on GitHub, with its App, its ruleset and its environment."""
    repo = github.repository("acme/shop", source, PEOPLE, allow_auto_merge=True)
    for login in (*PEOPLE, "eve"):
        github.account(login)
    app = github.app("acme-gate", contents="write", pull_requests="write", statuses="write")
    repo.rulesets[1] = ruleset(app.id, "validate")
    repo.environments["process-gate"] = {
        "id": 1,
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
        "policies": {1: {"id": 1, "name": DEFAULT, "type": "branch"}},
    }
    work = folder / "work"
    git(folder, "clone", "-q", str(repo.git), str(work))
    return Scene(github, repo, work, app)


def workflow(name: str = WORKFLOW) -> dict[Any, Any]:
    """A workflow of the gate; by default the one that decides."""
    path = Path(__file__).parents[2] / "template" / name
    found: dict[Any, Any] = yaml.safe_load(path.read_text())
    return found


def job() -> dict[str, Any]:
    """Its one job."""
    ((_, found),) = workflow()["jobs"].items()
    made: dict[str, Any] = found
    return made


def app_permissions() -> dict[str, str]:
    """The permissions that the workflow asks for the App's token."""
    (step,) = [one for one in job()["steps"] if "create-github-app-token" in one.get("uses", "")]
    asked = {k: v for k, v in step["with"].items() if k.startswith("permission-")}
    return {re.sub("^permission-", "", k).replace("-", "_"): v for k, v in asked.items()}
