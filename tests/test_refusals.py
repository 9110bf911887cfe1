"""Bad input: one line of cause and remedy, the right exit status, and nothing lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import Command, Template, commit, git, snapshot, write
from tests.test_doors import FILES

Repository = Callable[..., Path]
MARKED = "a\n<<<<<<< one\nb\n=======\nc\n>>>>>>> two\n"


def _one_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    assert len(lines) == 1, output
    assert lines[0].startswith("✘ ") and ": " in lines[0], output
    return lines[0]


def _refused(repo: Path, bootstrap: Command, *arguments: str, source: bool = True) -> str:
    before = snapshot(repo)
    result = bootstrap(repo, *arguments, status=2, source=source)
    assert snapshot(repo) == before
    return _one_line(result.output)


def test_what_is_no_work_tree_is_refused(tmp_path: Path, bootstrap: Command) -> None:
    plain, bare = tmp_path / "plain", tmp_path / "bare"
    plain.mkdir()
    git(tmp_path, "init", "-q", "--bare", str(bare))
    assert "is not a git repository: run `git init` first" in _refused(plain, bootstrap, "plan")
    assert "is a bare repository: run this in a clone" in _refused(bare, bootstrap, "plan")
    assert "is not a folder" in _one_line(bootstrap(tmp_path / "no", "plan", status=2).output)


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("apply", "--yes", "--factors", "13"), "'13' is no list of factors"),
        (("apply", "--yes", "--factors", "two"), "'two' is no list of factors"),
        (("apply", "--yes", "--data", "colour=red"), "the template has no question 'colour'"),
        (("apply", "--yes", "--data", "nothing"), "'nothing' is no key=value pair"),
        (("apply", "--yes", "--data", "hooks=42"), "refuses the answers"),
        (("apply", "--yes", "--data", "project_name="), "refuses the answers"),
        (("apply", "--yes", "--ref", "v9.9.9"), "has no version v9.9.9"),
        (("apply", "--yes", "--ref", "--upload-pack=x"), "has no version"),
        (("apply", "--yes", "--restore", "nothing.txt"), "nothing.txt is no path of the template"),
        (("apply", "--yes", "--answers-file", "README.md"), "README.md is no answers file"),
        (("apply",), "there is no terminal to ask on"),
        (("update", "--yes"), "nothing of the template is in this repository"),
        (("explain", "nothing"), "nothing is neither a factor nor a path"),
    ],
    ids=str,
)
def test_a_wrong_word_on_the_command_line_writes_nothing(
    arguments: tuple[str, ...], cause: str, repository: Repository, bootstrap: Command
) -> None:
    assert cause in _refused(repository(), bootstrap, *arguments)


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("/nowhere/at/all", "not allowed"),
        ("ext::sh -c true", "not allowed"),
        ("--upload-pack=touch x", "not allowed"),
        ("http://example.invalid/t.git", "not allowed"),
        ("git://example.invalid/t.git", "not allowed"),
        ("https://example.invalid/t.git", "can't be had"),
    ],
)
def test_a_template_that_is_not_there_or_not_allowed_is_refused(
    address: str, cause: str, repository: Repository
) -> None:
    line = _refused(repository(), Command(None), "apply", "--yes", f"--template={address}")
    assert cause in line


def _answers(repo: Path, **changes: object) -> None:
    path = repo / ".copier-answers.yml"
    data = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**data, **changes}))
    commit(repo)


def test_a_recorded_source_is_not_believed_unless_named_or_confirmed(
    repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    assert "is not an https or ssh address" in _refused(
        repo, bootstrap, "apply", "--yes", source=False
    )
    _answers(repo, _src_path="https://example.invalid/evil.git")
    assert "which nobody confirmed here: trust it with --template" in _refused(
        repo, bootstrap, "apply", "--yes", source=False
    )
    marker = tmp_path / "owned"
    for address in (f"ext::touch {marker}", f"--upload-pack=touch {marker}", "-oProxyCommand=x"):
        _answers(repo, _src_path=address)
        _refused(repo, bootstrap, "apply", "--yes", source=False)
    assert not marker.exists()


def test_a_recorded_version_that_is_gone_is_said(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    _answers(repo, _commit="v0.0.1")
    assert "the recorded version v0.0.1 can't be had" in _refused(repo, bootstrap, "apply", "--yes")


def test_a_downgrade_is_refused(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    template.release("v1.1.0")
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    assert "v1.0.0 is older than the recorded v1.1.0" in _refused(
        repo, bootstrap, "update", "--yes", "--ref", "v1.0.0"
    )


def test_conflict_markers_in_a_file_to_patch_are_listed(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    write(repo, {"AGENTS.md": MARKED, ".gitignore": MARKED})
    line = _refused(repo, bootstrap, "apply", "--yes")
    assert "AGENTS.md has conflict markers" in line and ".gitignore has" in line


def test_a_file_that_was_committed_with_conflict_markers_stays_as_it_is(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"AGENTS.md": MARKED})
    result = bootstrap(repo, "apply", "--yes", status=3)
    assert "AGENTS.md: it has conflict markers" in result.output
    assert (repo / "AGENTS.md").read_text() == MARKED
    assert (repo / ".process/validate").exists()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".pre-commit-config.yaml", "repos: [\n"),
        (".pre-commit-config.yaml", "a: 1\n---\nb: 2\n"),
        (".claude/settings.json", '{"permissions": \n'),
        ("mise.toml", "[tools\n"),
        ("AGENTS.md", b"\xff\xfe\x00"),
    ],
)
def test_a_broken_file_is_skipped_with_its_snippet_and_the_rest_is_done(
    path: str, content: str | bytes, repository: Repository, bootstrap: Command
) -> None:
    repo = repository({path: content})
    result = bootstrap(repo, "apply", "--yes", status=3)
    assert snapshot(repo)[path][1] == (content if isinstance(content, bytes) else content.encode())
    assert f"☐ {path}: " in result.output and "│" in result.output
    assert (repo / ".process/validate").exists()
    write(repo, {path: "" if path != ".claude/settings.json" else "{}\n"})
    bootstrap(repo, "apply", "--yes")
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output


def test_links_that_lead_out_and_read_only_files_are_skipped(
    repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, {"AGENTS.md": "not yours\n", "skills/x": "x"})
    repo = repository({".gitignore": "x\n", "CLAUDE.md": "y\n"})
    (repo / "AGENTS.md").symlink_to(outside / "AGENTS.md")
    (repo / ".agents").symlink_to(outside)
    (repo / "CLAUDE.md").chmod(0o444)
    commit(repo)
    before = snapshot(outside)

    result = bootstrap(repo, "apply", "--yes", status=3)
    assert snapshot(outside) == before
    assert "AGENTS.md is a link that leads out of the repository" in result.output
    assert "CLAUDE.md: it is read-only" in result.output
    assert (repo / "CLAUDE.md").read_text() == "y\n"
    assert (repo / ".process/validate").exists()


def test_a_link_inside_the_repository_is_followed_and_edited_once(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".github/copilot-instructions.md": "Our text.\n"})
    for name in ("AGENTS.md", "CLAUDE.md"):
        (repo / name).symlink_to(".github/copilot-instructions.md")
    commit(repo)
    bootstrap(repo, "apply", "--yes")
    text = (repo / ".github/copilot-instructions.md").read_text()
    assert text.startswith("Our text.\n") and text.count("twelvefold:begin") == 1
    assert (repo / "AGENTS.md").is_symlink() and (repo / "CLAUDE.md").is_symlink()
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    bootstrap(repo, "remove", "--yes")
    assert (repo / ".github/copilot-instructions.md").read_text() == "Our text.\n"


def test_what_git_would_ignore_is_not_written_but_said(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".gitignore": "CLAUDE.md\n.claude/\n"})
    result = bootstrap(repo, "apply", "--yes")
    assert not (repo / "CLAUDE.md").exists() and not (repo / ".claude").exists()
    assert "│ !/CLAUDE.md\n" in result.output
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output


def _detached(repo: Path) -> Path:
    git(repo, "switch", "-q", "--detach")
    return repo


def _unborn(repo: Path) -> Path:
    git(repo, "switch", "-q", "--orphan", "new")
    return repo


def _worktree(repo: Path) -> Path:
    git(repo, "worktree", "add", "-q", "../tree")
    return repo.parent / "tree"


def _subfolder(repo: Path) -> Path:
    (repo / "src").mkdir()
    return repo / "src"


def _submodule(repo: Path) -> Path:
    outer = repo.parent / "outer"
    git(repo.parent, "init", "-q", str(outer))
    git(outer, "submodule", "--quiet", "add", str(repo), "inner")
    return outer / "inner"


def _shallow(repo: Path) -> Path:
    commit(repo)
    git(repo.parent, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    return repo.parent / "shallow"


@pytest.mark.parametrize("kind", [_detached, _unborn, _worktree, _subfolder, _submodule, _shallow])
def test_unusual_work_trees_work(
    kind: Callable[[Path], Path], repository: Repository, bootstrap: Command
) -> None:
    place = kind(repository())
    top = Path(git(place, "rev-parse", "--show-toplevel").strip())
    before = snapshot(top)
    bootstrap(place, "apply", "--yes")
    assert (top / ".process/validate").exists() and (top / "AGENTS.md").exists()
    assert "nothing to change" in bootstrap(place, "apply", "--yes").output
    bootstrap(place, "remove", "--yes")
    assert snapshot(top) == before


def test_an_interrupted_run_is_completed_by_the_next_one(
    repository: Repository, bootstrap: Command
) -> None:
    whole, killed = repository(FILES, "whole"), repository(FILES, "killed")
    bootstrap(whole, "apply", "--yes")
    child = os.fork()
    if child == 0:
        from bootstrap import transaction

        calls = 0
        real = transaction._do

        def dying(call: object, *arguments: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            if calls == 60:
                os._exit(9)
            return real(call, *arguments, **more)  # type: ignore[arg-type]

        transaction._do = dying  # type: ignore[assignment]
        bootstrap(killed, "apply", "--yes")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert snapshot(killed) != snapshot(whole)
    result = bootstrap(killed, "apply", "--yes")
    assert "completed an interrupted run" in result.output
    assert snapshot(killed) == snapshot(whole)


def test_nothing_of_the_repository_runs(
    repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    hook = f"#!/bin/sh\ntouch {marker}\n"
    repo = repository(
        {**FILES, ".git-hooks/pre-commit": hook, "setup.py": f"open({str(marker)!r}, 'w')\n"}
    )
    for name in ("post-checkout", "pre-commit", "fsmonitor", "post-index-change"):
        write(repo, {f".git/hooks/{name}": hook})
        (repo / f".git/hooks/{name}").chmod(0o755)
    git(repo, "config", "core.fsmonitor", str(repo / ".git/hooks/fsmonitor"))
    git(repo, "config", "diff.external", str(repo / ".git/hooks/fsmonitor"))
    subprocess.run(["rm", "-f", str(marker)], check=True)
    for command in ("facts", "check"):
        bootstrap(repo, command, source=False)
    bootstrap(repo, "apply", "--yes")
    bootstrap(repo, "remove", "--yes")
    assert not marker.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"factors": "2"},
        {"factors": [2, "x"]},
        {"factors": [99]},
        {"adopted_paths": [1, {}]},
        {"agents": {"claude": 1}},
        {"commands": None},
        {"commands": {"lint": "make"}},
        {"commands": [1]},
        {"hooks": []},
        {"project_name": ["x"]},
        {"_commit": 7},
        {"_src_path": None},
        {"retrofit": "maybe"},
    ],
    ids=str,
)
def test_recorded_answers_of_the_wrong_kind_are_one_clear_line(
    changes: dict[str, object], repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    _answers(repo, **changes)
    _refused(repo, bootstrap, "apply", "--yes")
