"""The gate's files as text: what its workflows may, how its programs are written."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from bootstrap import checks
from bootstrap.facts.read import read
from bootstrap.repo import Repo
from tests.template.gate_scene import STUB, workflow

Run = Callable[..., subprocess.CompletedProcess[str]]
Need = Callable[[str], str]


def test_the_workflow_gives_nothing_to_what_a_pull_request_brings() -> None:
    asked = workflow()
    assert set(asked[True]) == {"pull_request_target", "workflow_run", "workflow_dispatch"}
    assert asked["permissions"] == {}
    assert asked["concurrency"]["cancel-in-progress"] is False
    (job,) = asked["jobs"].values()
    assert job["environment"] == {"name": "process-gate", "deployment": False}
    assert job["permissions"] == {
        "actions": "read",
        "contents": "read",
        "issues": "write",
        "pull-requests": "write",
    }
    checkout, app, decide = job["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert checkout["with"]["persist-credentials"] is False
    assert app["with"]["private-key"] == "${{ secrets.PROCESS_APP_PRIVATE_KEY }}"
    assert decide["run"] == ".process/gate"
    assert not [one for one in decide["env"].values() if "github.event" in one]


def test_the_stub_has_no_permission_and_no_secret() -> None:
    asked = workflow(STUB)
    assert set(asked[True]) == {"pull_request_review", "merge_group"}
    assert asked["name"] == workflow()[True]["workflow_run"]["workflows"][0]
    assert asked["permissions"] == {}
    (job,) = asked["jobs"].values()
    assert job["permissions"] == {}
    assert "environment" not in job
    assert [set(step) for step in job["steps"]] == [{"name", "run"}]
    assert "${{" not in str(job)


def test_a_repository_with_the_gate_passes_its_check(gated: Path) -> None:
    repo = Repo.open(gated)
    (row,) = [one for one in checks.run(repo, read(repo)) if one.slug == "complexity"]
    assert row.state == checks.YES, row


def test_its_programs_pass_common_rules(gated: Path, run: Run, need: Need, tmp_path: Path) -> None:
    parts = sorted((gated / ".process/gate.d").iterdir())
    assert not any(part.stat().st_mode & stat.S_IXUSR for part in parts)
    assert (gated / ".process/gate").stat().st_mode & stat.S_IXUSR
    for path in (gated / ".process/gate", gated / ".process/github", *parts):
        # Linters have to be told that these are modules.
        name = "gate.py" if path.name == "gate" else f"process_{path.name}.py"
        shutil.copy(path, tmp_path / name)
    rules = "--select=A,B,C4,D,E,F,I,N,PTH,RET,SIM,UP,W"
    ignored = "--ignore=D105,D107,D203,D213,D413"
    options = ("--isolated", "--target-version=py39", "--line-length=80")
    done = run(tmp_path, need("ruff"), "check", *options, rules, ignored, ".")
    assert done.returncode == 0, done.stdout
    # The client is somebody else's; only what it says of itself counts here.
    options = ("--strict", "--follow-imports=silent")
    ours = sorted(path.name for path in tmp_path.glob("*.py") if path.name != "process_github.py")
    done = run(tmp_path, need("mypy"), *options, *ours)
    assert done.returncode == 0, done.stdout
