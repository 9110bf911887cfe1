"""Nothing outside of the repository is written, and nothing that it names runs."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bootstrap.cli import main
from tests.conftest import Command, Template, commit, git, snapshot, write
from tests.test_bounds import run

Repository = Callable[..., Path]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the repository; whatever a test does, it has to stay as it is."""
    folder = tmp_path / "outside"
    write(folder, {"passwd": "root:x:0:0\n", "folder/passwd": "x"})
    return folder


def _one_line(text: str) -> str:
    lines = text.splitlines()
    assert len(lines) == 1 and lines[0].startswith("✘ ") and ": " in lines[0], text
    return lines[0]


def ended(repo: Path, bootstrap: Command, *arguments: str) -> int:
    """Run the command; it has to end as documented, and to have written nothing if it refuses."""
    before = snapshot(repo)
    named = ["--template", str(bootstrap.template)]
    result = CliRunner().invoke(main, [*arguments, "-C", str(repo), *named])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in {0, 2, 3}, result.output
    if result.exit_code == 2:
        _one_line(result.output)
        assert snapshot(repo) == before
    return result.exit_code


# --- links


def _to_a_file(link: Path, outside: Path) -> None:
    link.symlink_to(outside / "passwd")


def _to_a_folder(link: Path, outside: Path) -> None:
    link.symlink_to(os.path.relpath(outside / "folder", link.parent))


def _to_nothing(link: Path, outside: Path) -> None:
    link.symlink_to(outside / "missing")


def _to_itself(link: Path, outside: Path) -> None:
    again = link.with_name(f"{link.name}.again")
    link.symlink_to(again.name)
    again.symlink_to(link.name)


def _to_a_device(link: Path, outside: Path) -> None:
    link.symlink_to("/dev/zero")


LINKS = [_to_a_file, _to_a_folder, _to_nothing, _to_itself, _to_a_device]
PLACES = (
    *(".github", ".claude", ".devcontainer", ".agents", ".pre-commit-config.yaml", "mise.toml"),
    *("AGENTS.md", "CLAUDE.md", ".gitignore", ".gitattributes"),
)


@pytest.mark.parametrize("make", LINKS)
def test_links_at_the_paths_of_the_template_are_not_followed_out(
    make: Callable[[Path, Path], None],
    repository: Repository,
    bootstrap: Command,
    outside: Path,
) -> None:
    repo, before_outside = repository(), snapshot(outside)
    for place in PLACES:
        make(repo / place, outside)
    commit(repo)
    before = snapshot(repo)
    result = bootstrap(repo, "apply", "--yes", status=3)
    for place in PLACES:
        assert re.search(rf"☐ {re.escape(place)}\S*: .*leads out of the repository", result.output)
    assert (repo / ".process/validate").exists()
    bootstrap(repo, "facts", source=False)
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before
    assert snapshot(outside) == before_outside


@pytest.mark.parametrize("make", LINKS)
def test_a_record_behind_a_link_is_refused(
    make: Callable[[Path, Path], None],
    repository: Repository,
    bootstrap: Command,
    outside: Path,
) -> None:
    before_outside = snapshot(outside)
    for number, path in enumerate((".process", ".process/record")):
        repo = repository(name=f"repo{number}")
        (repo / path).parent.mkdir(exist_ok=True)
        make(repo / path, outside)
        assert ended(repo, bootstrap, "apply", "--yes") == 2
    assert snapshot(outside) == before_outside


# --- paths that somebody wrote down

BAD_PATHS = [
    *("../outside/passwd", "a/../../outside/passwd", ".git/config", ".GIT/hooks/pre-commit"),
    *("./x", "a//b", "x/", "", "..", ".", "a\0b", "n" * 300, "a/" * 5000 + "b", "/etc/x"),
    *(".copier-answers.yml", ".process/record/02.yml"),
]


@pytest.mark.parametrize("name", ["docs_dir", "agents_file"])
def test_answers_of_a_stranger_lead_nowhere_else_and_leave_the_way_back(
    name: str, repository: Repository, bootstrap: Command, outside: Path
) -> None:
    scratch = repository(name="scratch")
    bootstrap(scratch, "apply", "--yes")
    answers = yaml.safe_load((scratch / ".copier-answers.yml").read_text())
    before_outside = snapshot(outside)
    for number, path in enumerate(BAD_PATHS):
        text = yaml.safe_dump({**answers, name: path})
        repo = repository({"README.md": "x\n", ".copier-answers.yml": text}, f"repo{number}")
        if ended(repo, bootstrap, "apply", "--yes") != 2:
            assert ended(repo, bootstrap, "apply", "--yes") in {0, 3}, path
            assert ended(repo, bootstrap, "remove", "--yes") == 0, path
            assert list(snapshot(repo)) == ["README.md"]
        assert all(file.suffix == ".sample" for file in (repo / ".git/hooks").iterdir())
    assert snapshot(outside) == before_outside


def test_a_record_of_a_stranger_leads_nowhere_else(
    repository: Repository, bootstrap: Command, outside: Path
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    record = repo / ".process/record/02.yml"
    known = yaml.safe_load(record.read_text())["files"]["v1.0.0"]
    sha = hashlib.sha256((outside / "passwd").read_bytes()).hexdigest()
    before_outside, config = snapshot(outside), (repo / ".git/config").read_bytes()
    for path in [*BAD_PATHS, str(outside / "passwd")]:
        for name in (".process/validate", path):
            rows = {**known, name: {"kind": "owned", "sha256": sha, "at": path}}
            record.write_text(yaml.safe_dump({"format": 1, "files": {"v1.0.0": rows}}))
            for command in ("apply", "remove"):
                ended(repo, bootstrap, command, "--yes")
            assert (repo / "README.md").read_text() == "# A project\n"
            git(repo, "checkout", "-q", ".")
            git(repo, "clean", "-q", "-f", "-d")
    assert snapshot(outside) == before_outside
    assert (repo / ".git/config").read_bytes() == config


# --- git's own files


@pytest.mark.parametrize(
    "text",
    [
        *("", "garbage\n", "gitdir: \n", "gitdir: /nowhere\n", "gitdir: /dev/zero\n"),
        *("gitdir: ../outside\n", "gitdir: " + "x" * 100_000, "gitdir: \x1b[2J\0\n"),
    ],
    ids=range(8),
)
def test_a_git_file_that_leads_nowhere_is_one_line(
    text: str, tmp_path: Path, outside: Path, bootstrap: Command
) -> None:
    folder = tmp_path / "repo"
    write(folder, {".git": text, "README.md": "x\n"})
    before = snapshot(tmp_path)
    assert ended(folder, bootstrap, "apply", "--yes") == 2
    assert snapshot(tmp_path) == before


def test_a_git_file_that_is_a_pipe_is_not_waited_for(tmp_path: Path, bootstrap: Command) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    os.mkfifo(folder / ".git")
    run(folder, bootstrap.template, "apply", "--yes", status=2)


@pytest.mark.parametrize("elsewhere", ["../../outside", "../..", "/"])
def test_a_work_tree_elsewhere_is_not_written_to(
    elsewhere: str, repository: Repository, bootstrap: Command, outside: Path
) -> None:
    repo = repository()
    git(repo, "config", "core.worktree", elsewhere)
    before = snapshot(outside.parent)
    config = (repo / ".git/config").read_bytes()
    for command in ("apply", "remove"):
        assert ended(repo, bootstrap, command, "--yes") in {0, 2}
    assert snapshot(outside.parent) == before
    assert (repo / ".git/config").read_bytes() == config


PROGRAMS = (
    *("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass"),
    *("core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.x.textconv"),
    *("diff.x.command", "merge.x.driver", "filter.x.clean", "filter.x.smudge", "filter.x.process"),
    *("credential.helper", "gpg.program", "uploadpack.packObjectsHook", "pager.status"),
    *("pager.ls-files", "interactive.diffFilter", "sequence.editor"),
)
HOOKS = (
    *("post-checkout", "post-index-change", "pre-commit", "reference-transaction"),
    *("fsmonitor-watchman", "post-merge", "pre-auto-gc", "post-rewrite"),
)


def _set_traps(repo: Path, script: Path) -> None:
    for name in PROGRAMS:
        git(repo, "config", name, str(script))
    git(repo, "config", "alias.ls-files", f"!{script}")
    git(repo, "config", "core.hooksPath", str(script.parent / "hooks"))
    for folder in (repo / ".git/hooks", script.parent / "hooks"):
        write(folder, dict.fromkeys(HOOKS, script.read_bytes()))
        for name in HOOKS:
            (folder / name).chmod(0o755)


def test_nothing_that_gits_configuration_names_runs(
    template: Template, repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    script, ran = tmp_path / "script", tmp_path / "ran"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >>"{ran}"\nexec cat\n')
    script.chmod(0o755)
    validate = ".process/validate"
    repo = repository({"README.md": "# Shop\n", "src/x.py": "x = 1\n"})
    bootstrap(repo, "apply", "--yes")
    write(repo, {".gitattributes": "* filter=x diff=x merge=x\n"})
    commit(repo)
    newer = {f"template/{validate}": template.text(f"template/{validate}") + "# more\n"}
    template.release("v1.1.0", newer)
    _set_traps(repo, script)
    # Of the same size at another time: to know whether they changed git would filter them.
    for path in ("README.md", "src/x.py"):
        write(repo, {path: (repo / path).read_bytes()[::-1]})
    write(repo, {validate: (repo / validate).read_text().replace("import re\n", "import  re\n", 1)})

    for command in ("facts", "check"):
        bootstrap(repo, command, source=False)
    bootstrap(repo, "plan")
    bootstrap(repo, "apply", "--yes")
    assert "uncommitted edits" in bootstrap(repo, "update", "--yes", status=2).output
    ended(repo, bootstrap, "update", "--yes", "--force")
    bootstrap(repo, "eject", ".process/setup", "--yes")
    bootstrap(repo, "remove", "--yes")
    assert not ran.exists(), ran.read_text()

    subprocess.run(["git", "status"], cwd=repo, capture_output=True)
    assert ran.exists(), "these are traps: plain git falls into them"
