"""GitHub Actions for the double: events start workflows as GitHub starts them, `act` runs them.

    actions = Actions(github, repo, act="…/act", folder=tmp_path, stubs={…})
    ran = actions.pull_request(pull, "opened")       # and what follows by workflow_run
    ran = actions.comment(number, "ada", "/preview …")
    ran = actions.closed(pull); ran = actions.schedule("process-preview-reap.yml")
    assert ran["process-preview.yml"].passed, ran.log

What `act` leaves out and GitHub does is done here: which copy of a workflow runs (the pull
request's own for `pull_request`, that of the default branch for everything else), filters of
`types` and of `workflow_run`'s names, the permissions that the workflow asks for, no secret, no
variable and a token that reads for a fork's pull request, and artifacts. Checkout and
upload-artifact are stubs; give those of other actions as `stubs`. Concurrency and time-outs are not enforced: assert them on the text.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.github.double import git
from tests.github.routes import _views
from tests.github.server import Call
from tests.github.state import Artifact, Comment, Pull, QueueEntry, Repository, Run

if TYPE_CHECKING:
    from tests.github.double import Double

# What GitHub runs as the head of a pull request has it.
OF_HEAD = ("pull_request", "pull_request_review")
# A key of GitHub's that `act` does not know yet.
UNKNOWN = re.compile(r"^ +deployment: false.*\n", re.MULTILINE)
# Actions that every workflow uses, in a few lines: name → action.yml.
STUBS = {
    "actions/checkout": """\
name: checkout
inputs:
  ref: {default: ""}
  repository: {default: ""}
  fetch-depth: {default: "1"}
  persist-credentials: {default: "true"}
runs:
  using: composite
  steps:
    - run: |
        git init -q . && git remote add origin "$DOUBLE_FOLDER/${REPOSITORY//\\//+}.git"
        git fetch -q origin "+refs/heads/*:refs/remotes/origin/*"
        git fetch -q origin "$REF" && git checkout -q --detach FETCH_HEAD
      shell: bash
      env:
        REF: ${{ inputs.ref || env.DOUBLE_SHA }}
        REPOSITORY: ${{ inputs.repository || github.repository }}
""",
    "actions/upload-artifact": """\
name: upload
inputs:
  name: {required: true}
  path: {required: true}
runs:
  using: composite
  steps:
    - run: mkdir -p "$DOUBLE_ARTIFACTS/$NAME" && cp -r "$KEPT" "$DOUBLE_ARTIFACTS/$NAME/"
      shell: bash
      env:
        NAME: ${{ inputs.name }}
        KEPT: ${{ inputs.path }}
""",
}


@dataclass
class Result:
    """A workflow that ran."""

    path: str
    event: str
    status: int
    log: str
    run: Run

    @property
    def passed(self) -> bool:
        """Whether all of its jobs passed or were skipped."""
        return self.status == 0


@dataclass
class Results:
    """What an event started, in its order."""

    every: list[Result] = field(default_factory=list)

    def __getitem__(self, name: str) -> Result:
        """The last run of the workflow with this file name."""
        return [one for one in self.every if one.path.endswith(f"/{name}")][-1]

    @property
    def names(self) -> list[str]:
        """The file names of the workflows that ran."""
        return [one.path.rpartition("/")[2] for one in self.every]

    @property
    def log(self) -> str:
        """All that was printed."""
        return "\n".join(f"--- {one.path} ({one.event})\n{one.log}" for one in self.every)


@dataclass
class Actions:
    """The workflows of one repository, run by `act`."""

    double: Double
    repository: Repository
    act: str
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    # `owner/name@ref` of an action → folder with another one
    stubs: dict[str, Path] = field(default_factory=dict)

    # --- events -----------------------------------------------------------------------------

    def pull_request(self, pull: Pull, action: str) -> Results:
        """`opened`, `synchronize`, `closed`, …: for both kinds of the event."""
        repo = self.repository
        payload = {
            "action": action,
            "number": pull.number,
            "pull_request": _views.full_pull(self.call(), repo, pull),
            **self._common(pull.issue.by.login),
        }
        done = Results()
        merged = f"refs/pull/{pull.number}/merge"
        if git(repo.git, "for-each-ref", merged) and not pull.merged_sha:
            self._start(done, "pull_request", payload, merged, pull)
        self._start(done, "pull_request_target", payload, repo.default_branch, pull)
        return done

    def review(self, pull: Pull, action: str = "submitted") -> Results:
        """The last review of a pull request was submitted or dismissed."""
        last = pull.reviews[-1]
        payload = {
            "action": action,
            "review": {"id": last.id, "state": last.state.lower(), "commit_id": last.commit},
            "pull_request": _views.full_pull(self.call(), self.repository, pull),
            **self._common(last.by.login),
        }
        done = Results()
        self._start(done, "pull_request_review", payload, f"refs/pull/{pull.number}/merge", pull)
        return done

    def merge_group(self, entry: QueueEntry) -> Results:
        """The merge queue made a commit and waits for its checks."""
        group = {
            "head_sha": entry.commit,
            "head_ref": f"refs/heads/{entry.branch}",
            "base_sha": entry.base,
            "base_ref": f"refs/heads/{entry.base_ref}",
        }
        payload = {"action": "checks_requested", "merge_group": group}
        return self.send("merge_group", payload, entry.commit, "github-merge-queue[bot]")

    def comment(self, number: int, by: str, body: str) -> Results:
        """Somebody comments in an issue or a pull request."""
        made = self.double.comment(self.repository, number, by, body)
        return self.commented(made)

    def commented(self, comment: Comment) -> Results:
        """A comment that is there already."""
        repo = self.repository
        payload = {
            "action": "created",
            "issue": _views.issue(repo, repo.issues[comment.number]),
            "comment": _views.comment(repo, comment),
            **self._common(comment.by.login),
        }
        done = Results()
        self._start(done, "issue_comment", payload, repo.default_branch)
        return done

    def schedule(self, name: str) -> Results:
        """The time has come for a workflow."""
        done = Results()
        payload = {"schedule": "* * * * *", **self._common("github-actions[bot]")}
        self._start(done, "schedule", payload, self.repository.default_branch, only=name)
        return done

    def send(self, event: str, payload: dict[str, Any], ref: str = "", by: str = "") -> Results:
        """Any other event; `ref`: which commit's workflows run, by default the default branch's."""
        done = Results()
        whole = {**payload, **self._common(by or self.repository.owner.login)}
        self._start(done, event, whole, ref or self.repository.default_branch)
        return done

    # --- runs -------------------------------------------------------------------------------

    def _start(
        self,
        done: Results,
        event: str,
        payload: dict[str, Any],
        ref: str,
        pull: Pull | None = None,
        only: str = "",
    ) -> None:
        clone = self._checkout(ref)
        started = []
        for path in sorted((clone / ".github" / "workflows").glob("*.yml")):
            workflow = yaml.load(path.read_text(), yaml.BaseLoader)
            if only in ("", path.name) and _starts(workflow, event, payload):
                started.append(self._run(clone, path, workflow, event, payload, pull))
        done.every += started
        for one in started:
            self._follow(done, one)

    def _follow(self, done: Results, result: Result) -> None:
        """What starts by workflow_run after a run; GitHub follows three times at most."""
        run = _views.run(self.call(), self.repository, result.run)
        payload = {
            "action": "completed",
            "workflow_run": run,
            "workflow": {"name": result.run.name, "path": result.path},
            **self._common(result.run.by.login),
        }
        self._start(done, "workflow_run", payload, self.repository.default_branch)

    def _run(
        self,
        clone: Path,
        path: Path,
        workflow: dict[str, Any],
        event: str,
        payload: dict[str, Any],
        pull: Pull | None,
    ) -> Result:
        double, repo = self.double, self.repository
        strange = event in OF_HEAD and pull is not None and pull.head != repo.full_name
        token = double.fork_token() if strange else double.actions_token(**_permissions(workflow))
        run = self._record(path, workflow, event, payload, pull)
        path.write_text(UNKNOWN.sub("", path.read_text()))
        kept = self.folder / f"run-{run.id}"
        (kept / "artifacts").mkdir(parents=True)
        (kept / "event.json").write_text(json.dumps(payload))
        secrets = {"GITHUB_TOKEN": token, **({} if strange else self.secrets)}
        values = {
            **double.environment(repo, token),
            "GITHUB_RUN_ID": str(run.id),
            "DOUBLE_ARTIFACTS": str(kept / "artifacts"),
            "DOUBLE_FOLDER": str(double.folder),
            "DOUBLE_SHA": git(clone, "rev-parse", "HEAD").strip(),
            **self.environment,
        }
        command = [self.act, event, f"--workflows=.github/workflows/{path.name}"]
        command += ["--platform=ubuntu-latest=-self-hosted", f"--eventpath={kept}/event.json"]
        command += ["--actor", payload["sender"]["login"], "--detect-event=false"]
        command += [f"--env={k}={v}" for k, v in values.items() if k != "GITHUB_TOKEN"]
        command += [f"--secret={name}={value}" for name, value in secrets.items()]
        variables = {} if strange else repo.variables
        command += [f"--var={name}={value}" for name, value in variables.items()]
        command += [f"--local-repository={k}={v}" for k, v in self._stubs(workflow).items()]
        finished = subprocess.run(
            command,
            cwd=clone,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        run.status = "completed"
        run.conclusion = "success" if finished.returncode == 0 else "failure"
        self._keep(run, kept / "artifacts")
        place = f".github/workflows/{path.name}"
        return Result(place, event, finished.returncode, finished.stdout, run)

    def _record(
        self,
        path: Path,
        workflow: dict[str, Any],
        event: str,
        payload: dict[str, Any],
        pull: Pull | None,
    ) -> Run:
        double, repo = self.double, self.repository
        head, ref = repo.full_name, repo.default_branch
        sha = git(repo.git, "rev-parse", ref).strip()
        numbers = []
        if event == "merge_group":
            group = payload["merge_group"]
            ref, sha = group["head_ref"].removeprefix("refs/heads/"), group["head_sha"]
        if pull is not None and event in OF_HEAD:
            head, ref, sha = pull.head, pull.head_ref, pull.head_sha
            numbers = [pull.number] if head == repo.full_name else []
        by = double.account(payload["sender"]["login"])
        place = f".github/workflows/{path.name}"
        name = workflow.get("name", place)
        made = Run(next(double.ids), name, place, event, head, ref, sha, by, double.now(), numbers)
        made.status, made.conclusion = "in_progress", None
        repo.runs[made.id] = made
        return made

    def _keep(self, run: Run, folder: Path) -> None:
        for place in sorted(folder.iterdir()):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in sorted(place.rglob("*")):
                    archive.write(path, path.relative_to(place))
            self.upload(run, place.name, packed.getvalue())

    def upload(self, run: Run, name: str, content: bytes) -> Artifact:
        """An artifact of a run, as it would be if the run had made it."""
        double = self.double
        made = Artifact(next(double.ids), run.id, name, content, double.now())
        self.repository.artifacts[made.id] = made
        return made

    def _checkout(self, ref: str) -> Path:
        clone = self.folder / f"work-{next(self.double.ids)}"
        git(self.folder, "clone", "-q", "--shared", str(self.repository.git), str(clone))
        git(clone, "fetch", "-q", "origin", ref)
        git(clone, "checkout", "-q", "--detach", "FETCH_HEAD")
        git(clone, "remote", "set-url", "origin", f"https://github.com/{self.repository.full_name}")
        return clone

    def _stubs(self, workflow: dict[str, Any]) -> dict[str, Path]:
        found = dict(self.stubs)
        for job in workflow["jobs"].values():
            for step in job.get("steps", []):
                name = step.get("uses", "").partition("@")[0]
                if name in STUBS and step["uses"] not in found:
                    place = self.folder / name.replace("/", "+")
                    place.mkdir(exist_ok=True)
                    (place / "action.yml").write_text(STUBS[name])
                    found[step["uses"]] = place
        return found

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI", "GIT_"))}
        kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        kept["XDG_CACHE_HOME"] = str(self.folder / "cache")
        return {**kept, "GIT_CONFIG_GLOBAL": os.devnull}

    def call(self) -> Call:
        """A call that the views of the API can be made with."""
        return Call(self.double, None, {}, {}, {})

    def _common(self, login: str) -> dict[str, Any]:
        sender = self.double.account(login)
        return {
            "repository": _views.full_repository(self.repository),
            "sender": _views.account(sender),
        }


def _starts(workflow: dict[str, Any], event: str, payload: dict[str, Any]) -> bool:
    """Whether a workflow waits for an event of this kind."""
    asked = workflow.get("on", {})
    if isinstance(asked, str):
        asked = {asked: None}
    if isinstance(asked, list):
        asked = dict.fromkeys(asked)
    if event not in asked:
        return False
    given = asked[event] if isinstance(asked[event], dict) else {}
    usual = {"pull_request": ["opened", "synchronize", "reopened"]}
    usual["pull_request_target"] = usual["pull_request"]
    types = given.get("types") or usual.get(event)
    if types and payload.get("action") not in types:
        return False
    if event == "workflow_run":
        return payload["workflow_run"]["name"] in given.get("workflows", [])
    return True


def _permissions(workflow: dict[str, Any]) -> dict[str, str]:
    """What the jobs of a workflow ask for, all together: `act` has one token for them."""
    asked: dict[str, str] = {}
    for job in workflow["jobs"].values():
        for name, level in (job.get("permissions", workflow.get("permissions")) or {}).items():
            key = name.replace("-", "_")
            asked[key] = "write" if "write" in (level, asked.get(key)) else level
    return asked


def clean(folder: Path) -> None:
    """Delete what runs have left; they may be large."""
    shutil.rmtree(folder, ignore_errors=True)
