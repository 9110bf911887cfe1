"""What the tests of the workflows of previews share: a repository at the double of GitHub.

Its provider is a stub that writes down its calls.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, commit, git, write
from tests.github import Double
from tests.github.actions import Actions
from tests.github.routes import _views
from tests.github.state import Pull, Repository, Run

TEMPLATE = ROOT / "template"
WORKFLOWS = sorted((TEMPLATE / ".github" / "workflows").glob("process-preview*.yml"))
MARKER = "<!-- process: preview -->"
BUILD, DEPLOY, REAP = "process-preview.yml", "process-preview-deploy.yml", "process-preview-reap.yml"
SECRET = "fo1-a-token-that-deploys"

# What a provider does, written down: `up` fails for a change that says so.
STUB = """\
#!/usr/bin/env python3
import json, os, sys, tarfile
from pathlib import Path
state = Path(os.environ["STUB_STATE"])
call, rest = sys.argv[1], sys.argv[2:]
known = json.loads(state.read_text()) if state.exists() else {"up": {}, "calls": []}
seen = [os.environ.get(name, "") for name in ("FLY_API_TOKEN", "GITHUB_TOKEN")]
known["calls"].append([call, *rest, *seen])
if call == "build":
    with tarfile.open(rest[1], "w") as tar:
        tar.add("content.txt")
elif call == "up":
    with tarfile.open(rest[2]) as tar:
        content = tar.extractfile("content.txt").read().decode()
    if "never answers" in content:
        state.write_text(json.dumps(known))
        sys.exit("it did not answer in time")
    known["up"][rest[0]] = {"commit": rest[4], "content": content}
    print("starting\\nhttps://%s.%s" % (rest[0], os.environ["PREVIEW_DOMAIN"]))
elif call == "down":
    known["up"].pop(rest[0], None)
elif call == "reap":
    for one in set(known["up"]) - set(rest[1].split(",")):
        del known["up"][one]
elif call == "list":
    ids = [{"id": one} for one in known["up"]]
    print(json.dumps(None if known.get("unlisted") else ids))
if call != "build":
    state.write_text(json.dumps(known))
"""


@dataclass
class World:
    """A repository with previews, a stranger's fork, and what the provider did."""

    github: Double
    repo: Repository
    fork: Repository
    actions: Actions
    clone: Path
    state: Path

    def push(self, text: str, branch: str = "topic", by: str = "ada", **files: str) -> None:
        """Push a change of `content.txt` and of other files."""
        git(self.clone, "checkout", "-q", "-B", "work", "origin/main")
        write(self.clone, {"content.txt": text, **files})
        commit(self.clone, "change")
        self.github.push(self.fork if by == "eve" else self.repo, by, branch, self.clone)

    def opened(self, text: str = "one", by: str = "ada", branch: str = "topic", **more: Any) -> Pull:
        """Open a pull request with a change."""
        self.push(text, branch, by)
        head = self.fork if by == "eve" else self.repo
        return self.github.open_pull(self.repo, by, branch, head, **more)

    @property
    def up(self) -> dict[str, dict[str, str]]:
        """What is up: ID → commit and content."""
        return self._known()["up"]

    @property
    def calls(self) -> list[list[str]]:
        """The calls of the provider outside of a build."""
        return self._known()["calls"]

    def _known(self) -> Any:
        return json.loads(self.state.read_text()) if self.state.exists() else {"up": {}, "calls": []}

    def said(self, pull: Pull) -> str:
        """The comment about the preview; '' if there is none, and never two."""
        found = self.github.comments_of(self.repo, pull.number)
        ours = [one.body for one in found if one.by.login == "github-actions[bot]"]
        assert len(ours) <= 1
        return ours[0] if ours else ""

    def deployments(self, pull: Pull) -> list[list[str]]:
        """The states of each deployment of a pull request."""
        return [
            [state.state for state in one.states]
            for one in self.repo.deployments.values()
            if one.environment == f"pr-{pull.number}"
        ]


def at_github(github: Double, source: Path, folder: Path, act: str) -> World:
    """A repository at GitHub: ada and bob may write, eve has a fork."""
    repo = github.repository("octo/app", source, {"ada": "write", "bob": "write"})
    repo.variables["PREVIEW_DOMAIN"] = "preview.example.com"
    fork = github.fork(repo, "eve")
    clone, kept = folder / "clone", folder / "actions"
    git(folder, "clone", "-q", str(source), str(clone))
    kept.mkdir()
    actions = Actions(github, repo, act, kept)
    actions.secrets["PREVIEW_SECRETS"] = f"FLY_API_TOKEN={SECRET}\n"
    actions.environment["STUB_STATE"] = str(folder / "state.json")
    return World(github, repo, fork, actions, clone, folder / "state.json")


def tar(content: bytes) -> bytes:
    """What a build writes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("content.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    """An artifact with these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def built(world: World, pull: Pull, files: dict[str, bytes] | None = None) -> Run:
    """The head of a pull request as if the build had run; `files`: what is in its artifact."""
    github, repo = world.github, world.repo
    by, now = pull.issue.by, github.now()
    place = f".github/workflows/{BUILD}"
    names = (pull.head, pull.head_ref, pull.head_sha)
    made = Run(next(github.ids), "Process: preview", place, "pull_request", *names, by, now)
    repo.runs[made.id] = made
    if files is None:
        content = git(repo.git, "show", f"{pull.head_sha}:content.txt").encode()
        files = {"preview.tar": tar(content)}
    if files:
        world.actions.upload(made, "process-preview", zipped(files))
    return made


def as_run(world: World, run: Run) -> dict[str, Any]:
    """A run as an event has it."""
    return _views.run(world.actions.call(), world.repo, run)


def run(world: World, *arguments: str, status: int = 0, **extra: str) -> str:
    """Run the program from the default branch as the workflow does; what it printed."""
    asked = {"actions": "read", "contents": "read", "deployments": "write", "pull-requests": "write"}
    token = world.github.actions_token(**asked)
    git(world.clone, "checkout", "-q", "main")
    done = subprocess.run(
        [world.clone / ".process" / "preview-deploy", *arguments],
        env={
            **os.environ,
            **world.github.environment(world.repo, token),
            **world.repo.variables,
            **world.actions.secrets,
            **world.actions.environment,
            **extra,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def find(world: World, event: dict[str, Any]) -> str:
    """Which pull request an event is about: what the job gives to the next one."""
    place, output = world.state.with_name("event.json"), world.state.with_name("output")
    place.write_text(json.dumps(event))
    output.write_text("")
    run(world, "find", GITHUB_EVENT_PATH=str(place), GITHUB_OUTPUT=str(output))
    return output.read_text()
