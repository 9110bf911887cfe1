"""Repositories at the edge: what was there before stays, and what can't be done is said."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bootstrap import record
from bootstrap.patch import Inserted
from tests.conftest import ROOT, Command, Template, commit, git, snapshot, write
from tests.test_doors import FILES

Repository = Callable[..., Path]


def _contents(folder: Path) -> dict[str, bytes]:
    return {path: content for path, (_, content) in snapshot(folder).items()}


def test_a_file_that_equalled_the_templates_before_survives_remove(
    repository: Repository, bootstrap: Command
) -> None:
    same = {
        ".process/validate": (ROOT / "template/.process/validate").read_bytes(),
        "docs/standards/testing.md": b"",
        "CLAUDE.md": b"@AGENTS.md\n",
    }
    first = repository(name="first")
    bootstrap(first, "apply", "--yes")
    same["docs/standards/testing.md"] = (first / "docs/standards/testing.md").read_bytes()
    repo = repository({**FILES, **same})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_that_holds_for_factors_that_come_later_too(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"CLAUDE.md": "@AGENTS.md\n", ".process/context": ""})
    scratch = repository(name="scratch")
    bootstrap(scratch, "apply", "--yes", "--factors", "6")
    write(repo, {".process/context": (scratch / ".process/context").read_bytes()})
    (repo / ".process/context").chmod(0o755)
    commit(repo)
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes", "--factors", "5")
    bootstrap(repo, "apply", "--yes", "--factors", "6")
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_all_that_one_file_ignores_of_the_record_is_said_at_once(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".gitignore": ".*\n"})
    result = bootstrap(repo, "apply", "--yes", status=2)
    assert ".gitignore makes git ignore .copier-answers.yml and .process/" in result.output
    assert "add the lines `!/.copier-answers.yml` and `!/.process/` to .gitignore" in result.output
    added = ".*\n!/.copier-answers.yml\n!/.process/\n"
    write(repo, {".gitignore": added})
    bootstrap(repo, "apply", "--yes")


def test_an_ignored_record_is_refused(repository: Repository, bootstrap: Command) -> None:
    repo = repository({".gitignore": ".process/\n"})
    before = snapshot(repo)
    result = bootstrap(repo, "apply", "--yes", status=2)
    assert "add the line `!/.process/` to .gitignore" in result.output
    assert snapshot(repo) == before


def test_what_a_sparse_checkout_leaves_out_is_not_made_again(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**FILES, "docs/standards/code.md": "ours\n"})
    git(repo, "sparse-checkout", "set", "--no-cone", "/*", "!/docs/")
    bootstrap(repo, "apply", "--yes", status=3)
    assert not (repo / "docs/standards/code.md").exists()
    git(repo, "add", "--sparse", "-A")
    git(repo, "commit", "-q", "-m", "applied")
    git(repo, "sparse-checkout", "set", "--no-cone", "/*", "!/.process/record/")
    before = snapshot(repo)
    result = bootstrap(repo, "remove", "--yes", status=2)
    assert "is outside of the sparse checkout" in result.output
    assert snapshot(repo) == before


def test_what_remove_can_not_undo_is_remembered(repository: Repository, bootstrap: Command) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes")
    text = (repo / "AGENTS.md").read_bytes()
    write(repo, {"AGENTS.md": text.replace(b"## Rules", b"## Our rules")})
    commit(repo)
    bootstrap(repo, "remove", "--yes", status=3)
    assert (repo / ".copier-answers.yml").exists()
    write(repo, {"AGENTS.md": text})
    bootstrap(repo, "remove", "--yes")
    assert not (repo / ".copier-answers.yml").exists()
    assert _contents(repo) == {path: content.encode() for path, content in FILES.items()}


def test_a_submodule_is_not_written_into(
    repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    other, repo = repository(name="other"), repository(FILES)
    git(repo, "submodule", "--quiet", "add", str(other), "docs")
    git(repo, "submodule", "--quiet", "add", str(other), ".agents")
    commit(repo)
    bootstrap(repo, "apply", "--yes", status=3)
    for inner in ("docs", ".agents"):
        assert git(repo / inner, "status", "--porcelain") == ""


def test_factors_that_come_and_go_leave_no_empty_file(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"README.md": "x\n"})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    bootstrap(repo, "remove", "--yes", "--factors", "2,8")
    bootstrap(repo, "apply", "--yes", "--factors", "2,8")
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_after_an_update_with_a_deleted_starter_nothing_is_left_to_do(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    (repo / "docs/standards/README.md").unlink()
    commit(repo)
    template.release("v1.1.0", {"template/.process/validate": "#!/bin/sh\n"})
    bootstrap(repo, "update", "--yes")
    bootstrap(repo, "plan", "--check")


def test_a_branch_is_recorded_as_its_commit(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes", "--ref", "main")
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    assert answers["_commit"] == git(template.folder, "rev-parse", "main").strip()


def test_a_link_at_an_owned_path_is_adopted_by_the_templates_path(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"s.sh": "echo mine\n", ".process/x": "x"})
    (repo / ".process/validate").symlink_to("../s.sh")
    commit(repo)
    bootstrap(repo, "apply", "--yes")
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    assert answers["adopted_paths"] == [".process/validate"]
    assert (repo / "s.sh").read_text() == "echo mine\n"
    result = bootstrap(repo, "adopt", "nope", "--yes", status=2)
    assert "nope is no file that the template owns" in result.output


def test_a_part_that_was_taken_out_comes_back_by_restore(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes")
    patched = (repo / ".gitignore").read_text()
    write(repo, {".gitignore": FILES[".gitignore"]})
    bootstrap(repo, "apply", "--yes")
    assert (repo / ".gitignore").read_text() == FILES[".gitignore"]
    bootstrap(repo, "apply", "--yes", "--restore", ".gitignore")
    assert (repo / ".gitignore").read_text() == patched


def test_an_owned_file_with_other_line_ends_still_merges(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    path = ".github/workflows/process-validate.yml"
    text = "name: one\n\non: push\n\njobs: {}\n\n# end\n"
    template.release("v1.0.1", {f"template/{path}": text})
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    write(repo, {path: text.replace("# end", "# my end").replace("\n", "\r\n").encode()})
    commit(repo)
    template.release("v1.1.0", {f"template/{path}": text.replace("one", "two")})
    bootstrap(repo, "update", "--yes")
    expected = text.replace("one", "two").replace("# end", "# my end").replace("\n", "\r\n")
    assert (repo / path).read_bytes() == expected.encode()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".copier-answers.yml", "twelvefold: 1\nx: " + "[" * 100_000),
        (".process/record/06.yml", "{" * 100_000),
        (".copier-answers.yml", "twelvefold: 1\na: &a [1]\nb: [*a, *a]\n"),
        (".copier-answers.yml", "twelvefold: 1\nz: 2020-13-45\n"),
        (".process/record/06.yml", "format: 1\nfiles: {v1: {README.md: {kind: foo}}}\n"),
        (".process/record/06.yml", "format: 1\nfiles: {v1: {a: {kind: owned, at: ../x}}}\n"),
        (".process/record/06.yml", "format: 1\nfiles: {v1: {'a\\0': {kind: owned}}}\n"),
        (
            ".process/record/06.yml",
            "format: 1\nfiles: {v1: {a: {kind: shared, inserted: [{at: .inf, text: x}]}}}\n",
        ),
    ],
)
def test_a_hostile_memory_is_one_line_and_nothing_happens(
    path: str, text: str, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    write(repo, {path: text})
    commit(repo)
    before = snapshot(repo)
    result = bootstrap(repo, "apply", "--yes", status=2)
    assert len(result.output.strip().splitlines()) == 1
    assert snapshot(repo) == before


@pytest.mark.parametrize(
    "text", ["x\n", "  first\n\n\n", '\x85|"\n', "a\u2028b\nc", "#a\tb \n", "\u200b\n", "\ufeffz\n"]
)
def test_a_record_gives_back_every_character_that_was_put(text: str) -> None:
    entry = record.Entry(
        *("a", "shared", "v1", "", "b"),
        inserted=(Inserted(3, text, ("x.y[z]",)), Inserted(99, "n")),
    )
    dumped = record.dump([entry]).decode()
    assert (
        record.parse([(".process/record/02.yml", dumped)]).entries["a"].inserted == entry.inserted
    )


def test_a_record_can_not_name_a_users_file_for_deletion(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"src/x.py": "x = 1\n"})
    bootstrap(repo, "apply", "--yes")
    path = repo / ".process/record/05.yml"
    sha = hashlib.sha256(b"x = 1\n").hexdigest()
    row = f"    src/x.py:\n      kind: owned\n      sha256: {sha}\n"
    path.write_text(path.read_text().replace("  v1.0.0:\n", "  v1.0.0:\n" + row))
    commit(repo)
    bootstrap(repo, "remove", "--yes")
    assert (repo / "src/x.py").read_text() == "x = 1\n"


def test_a_lost_answers_file_is_said(repository: Repository, bootstrap: Command) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    (repo / ".copier-answers.yml").unlink()
    result = bootstrap(repo, "plan", status=2)
    assert "is gone, but the record" in result.output


def test_git_reads_no_other_spelling_of_its_own_files(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".GITIGNORE": "x\n"})
    bootstrap(repo, "apply", "--yes")
    assert (repo / ".GITIGNORE").read_text() == "x\n"
    assert "CLAUDE.local.md" in (repo / ".gitignore").read_text()


def test_a_flat_layout_project_still_builds(repository: Repository, bootstrap: Command) -> None:
    project = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    project += '[project]\nname = "shop"\nversion = "1"\n'
    repo = repository({"pyproject.toml": project, "shop/__init__.py": "x = 1\n"})
    bootstrap(repo, "apply", "--yes")
    command = [sys.executable, "-m", "uv", "build", "--wheel", "-q", "-o", str(repo.parent / "out")]
    subprocess.run([*command, "."], cwd=repo, check=True)
    wheel = next((repo.parent / "out").glob("*.whl"))
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == {"shop/__init__.py"}


def test_a_tool_that_only_ci_can_give_its_files_becomes_no_hook(
    repository: Repository, bootstrap: Command
) -> None:
    steps = "[{uses: ludeeus/action-shellcheck@2.0.0}, {run: ctest, working-directory: build}]"
    ci = f"on: pull_request\njobs: {{a: {{runs-on: x, steps: {steps}}}}}\n"
    repo = repository({".github/workflows/ci.yml": ci, "a.sh": "x\n"})
    facts = bootstrap(repo, "facts", source=False).output
    assert "shellcheck" in facts
    bootstrap(repo, "apply", "--yes")
    hooks = (repo / ".pre-commit-config.yaml").read_text()
    assert "shellcheck" not in hooks and "ctest" not in hooks


def test_line_endings_that_git_changed_on_checkout_are_no_edit(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    before = set(_contents(repo))
    bootstrap(repo, "apply", "--yes")
    ours = set(_contents(repo)) - before
    for path in ours - {one for one in ours if "/record/" in one}:
        content = (repo / path).read_bytes()
        (repo / path).write_bytes(content.replace(b"\n", b"\r\n"))
    crlf = _contents(repo)
    output = bootstrap(repo, "apply", "--yes").output
    assert "edited" not in output
    assert _contents(repo) == crlf
    bootstrap(repo, "remove", "--yes")
    assert set(_contents(repo)) == before


@pytest.mark.parametrize("lost", ["", "01.yml", "02.yml", "06.yml"])
def test_an_apply_adopts_what_is_there_where_the_record_got_lost(
    repository: Repository, bootstrap: Command, lost: str
) -> None:
    theirs = {
        ".gitignore": "*.log\n",
        ".pre-commit-config.yaml": "repos:\n  - repo: local\n    hooks: []\n",
        "AGENTS.md": "# Read me\n",
    }
    repo = repository({**FILES, **theirs})
    before = _contents(repo)
    bootstrap(repo, "apply", "--yes")
    applied = {path: text for path, text in _contents(repo).items() if "/record/" not in path}
    if lost:
        (repo / ".process/record" / lost).unlink()
    else:
        shutil.rmtree(repo / ".process/record")
        assert "no record" in bootstrap(repo, "remove", "--yes", status=2).output
    bootstrap(repo, "apply", "--yes")
    again = {path: text for path, text in _contents(repo).items() if "/record/" not in path}
    assert again == applied
    bootstrap(repo, "remove", "--yes")
    left = {path: text.split() for path, text in _contents(repo).items()}
    assert left == {path: text.split() for path, text in before.items()}
