"""What the tests of the template share: render it, and run what it gives in a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import copier
import pytest

if TYPE_CHECKING:
    from tests.github import Double
    from tests.template.gate_scene import Scene

ROOT = Path(__file__).parents[2]
Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _no_repository_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that run in a git hook must not work on the repository of that hook."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template as it stands, committed or not."""
    source = tmp_path_factory.mktemp("template")
    shutil.copy(ROOT / "copier.yml", source)
    for part in ("template", "extensions"):
        shutil.copytree(ROOT / part, source / part)
    return source


@pytest.fixture
def render(template: Path, tmp_path: Path) -> Render:
    """A function: answers → a git repository with one commit of what they give."""

    def render(name: str = "service", **answers: object) -> Path:
        made = tmp_path / name
        data = {"project_name": "Order Service", **answers}
        copier.run_copy(str(template), made, data=data, defaults=True, quiet=True)
        for command in ("init -q", "add -A", "commit -q -m first"):
            identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
            subprocess.run(["git", *identity, *command.split()], cwd=made, check=True)
        return made

    return render


@pytest.fixture
def environment(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A laptop's environment: the tools of this Python first, nothing of git or CI from outside."""
    ci = ("CI", "GITHUB_ACTIONS")
    dropped = (*ci, "GIT_", "MISE_", "PRE_COMMIT", "PREK", "PROCESS_", "VIRTUAL_ENV", "UV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    identity = {
        f"GIT_{who}_{what}": "t@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    caches = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PREK_HOME": str(tmp_path / "prek")}
    # The scanner compiles its rules once for a machine.
    caches["KF_RULE_CACHE_DIR"] = str(tmp_path_factory.getbasetemp() / "rules")
    return {**kept, **identity, **caches, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """A function: command → what it did, both streams in `stdout`."""

    def run(folder: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=folder,
            env={**environment, **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def need() -> Callable[[str], str]:
    """A function: name of a tool → its path; without it the test is skipped, in CI it fails."""

    def need(name: str) -> str:
        beside = Path(sys.executable).parent / name
        found = str(beside) if beside.exists() else shutil.which(name)
        if not found and os.environ.get("CI"):
            pytest.fail(f"{name} is not installed in CI")
        if not found:
            pytest.skip(f"{name} is not installed")
        return found

    return need


@pytest.fixture(scope="session")
def gated(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the gate, rendered once."""
    from tests.template.gate_scene import render_into

    return render_into(tmp_path_factory.mktemp("gated") / "shop", template)


@pytest.fixture
def scene(github: Double, gated: Path, tmp_path: Path) -> Scene:
    """That repository on the double of GitHub: see gate_scene.py."""
    from tests.template.gate_scene import stage

    return stage(github, gated, tmp_path)
