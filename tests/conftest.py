"""What many tests share: repositories, versions of the template, and the command."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bootstrap.cli import main

if TYPE_CHECKING:
    from tests.github import Double

ROOT = Path(__file__).parents[1]
PARTS = ("copier.yml", "template", "extensions")


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> None:
    """Commits need a name, and nothing may depend on the settings of whoever runs the tests."""
    for who in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{who}_NAME"] = "Tester"
        os.environ[f"GIT_{who}_EMAIL"] = "tester@example.org"
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    os.environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow"}
    os.environ["GIT_CONFIG_VALUE_0"] = "always"
    os.environ.pop("TWELVEFOLD_TEMPLATE", None)


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`; its output."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `folder`: relative path → content."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(folder: Path, message: str = "change") -> None:
    """Commit everything in `folder`."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below `folder` outside .git: path → (mode, content or link target)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ".git" or (path.is_dir() and not path.is_symlink()):
            continue
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        found[name] = (path.lstat().st_mode, content)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Path]:
    """A function: files → a git repository with them in one commit."""

    def make(files: Mapping[str, str | bytes] | None = None, name: str = "repo") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        write(folder, files or {"README.md": "# A project\n"})
        commit(folder, "first")
        return folder

    return make


@dataclass(frozen=True)
class Template:
    """A git repository with the template, in which tests cut releases."""

    folder: Path

    def release(self, tag: str, edits: Mapping[str, str | None] | None = None) -> None:
        """Write (None: delete) files of the template and tag that."""
        for path, content in (edits or {}).items():
            if content is None:
                (self.folder / path).unlink()
            else:
                write(self.folder, {path: content})
        commit(self.folder, tag)
        git(self.folder, "tag", tag)

    def text(self, path: str) -> str:
        """The text of one of its files."""
        return (self.folder / path).read_text("utf-8")


@pytest.fixture(scope="session")
def template_at_1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it stands here, as release v1.0.0."""
    folder = tmp_path_factory.mktemp("releases") / "template"
    folder.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "v1.0.0")
    git(folder, "tag", "v1.0.0")
    return folder


@pytest.fixture
def template(template_at_1: Path, tmp_path: Path) -> Template:
    """A clone of the template with the release v1.0.0, for this test alone."""
    folder = tmp_path / "template"
    git(tmp_path, "clone", "-q", str(template_at_1), str(folder))
    return Template(folder)


@dataclass(frozen=True)
class Command:
    """The command, run in a repository with a template."""

    template: Path | None

    def __call__(
        self, folder: Path, *arguments: str, status: int = 0, source: bool = True
    ) -> Result:
        """Run `bootstrap ARGUMENTS -C folder`, and see that it exits with `status`."""
        named = ["--template", str(self.template)] if source and self.template else []
        result = CliRunner().invoke(main, [*arguments, "-C", str(folder), *named])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Double]:
    """A double of GitHub that serves: see tests/github."""
    from tests.github import contract, serving

    contract.rest()  # what is missing is said before anything is asked
    folder = tmp_path / "github"
    folder.mkdir()
    with serving(folder) as double:
        yield double


@pytest.fixture
def bootstrap(template: Template) -> Command:
    """The command with this test's template."""
    return Command(template.folder)
