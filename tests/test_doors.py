"""Both doors give the same, and the second run does nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests.conftest import ROOT, Command, Template, commit, git, snapshot, write

Repository = Callable[..., Path]

# What the retrofit door alone writes: its record; what only the other one does: the application.
ASIDE = (".process/record/",)

SETS: list[dict[str, Any]] = [
    {},
    {
        "agents": ["claude", "codex", "copilot", "cursor", "gemini"],
        "description": "Takes orders, counts them.",
    },
    {"agents": []},
    *({"factors": [number]} for number in range(1, 13)),
    {"factors": [2, 6]},
    {"factors": [5, 8], "agents": ["gemini"]},
]


def _plain(tree: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
    return {path: found for path, found in tree.items() if not path.startswith(ASIDE)}


def _without_door(answers: bytes) -> dict[str, Any]:
    """Answers without those that say which door it was."""
    found: dict[str, Any] = yaml.safe_load(answers)
    return {key: value for key, value in found.items() if key not in {"retrofit", "_commit"}}


@pytest.mark.parametrize("answers", SETS, ids=str)
def test_apply_into_an_empty_repository_equals_copier_copy(
    answers: dict[str, Any],
    template: Template,
    bootstrap: Command,
    tmp_path: Path,
) -> None:
    empty, copied = tmp_path / "empty", tmp_path / "copied"
    empty.mkdir()
    git(empty, "init", "-q")
    data = {"project_name": "Order Service", "description": "", "starter": False, **answers}
    flags = [
        f"--data={name}={yaml.safe_dump(value).removesuffix('...' + chr(10))}"
        for name, value in data.items()
    ]
    bootstrap(empty, "apply", "--yes", *flags)
    copier.run_copy(str(template.folder), copied, data=data, defaults=True, quiet=True)

    one, two = _plain(snapshot(empty)), _plain(snapshot(copied))
    mine, theirs = (tree.pop(".copier-answers.yml")[1] for tree in (one, two))
    assert one == two
    assert _without_door(mine) == _without_door(theirs)


FILES = {
    "README.md": "# Shop\n\nSells things.\n",
    "package.json": '{\n  "name": "shop",\n  "scripts": {"lint": "eslint .", "test": "vitest"}\n}\n',
    "package-lock.json": "{}\n",
    ".pre-commit-config.yaml": "# ours\nrepos:\n- repo: local\n  hooks:\n  - id: mine\n"
    "    name: mine   # a comment\n    language: system\n    entry: 'true'\n",
    "AGENTS.md": "# Rules\r\n\r\nBe kind.\r\n",
    "CLAUDE.md": "Our own words.",
    ".gitignore": "node_modules\n*.log",
    ".editorconfig": "root = true\n",
    ".claude/settings.json": '{\n\t// ours\n\t"permissions": {"allow": ["Bash(ls)"]},\n}\n',
    ".devcontainer/devcontainer.json": '{"image": "debian:12"}\n',
}


def _is_subsequence(old: list[bytes], new: list[bytes]) -> bool:
    rest = iter(new)
    return all(line in rest for line in old)


def test_apply_keeps_every_line_and_remove_gives_every_byte_back(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    before = snapshot(repo)

    bootstrap(repo, "apply", "--yes")

    after = snapshot(repo)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {
        ".pre-commit-config.yaml", "AGENTS.md", "CLAUDE.md", ".gitignore",
        ".claude/settings.json", ".devcontainer/devcontainer.json",
    }  # fmt: skip
    for path in changed - {".claude/settings.json", ".devcontainer/devcontainer.json"}:
        assert after[path][1].startswith(before[path][1]), path
    for path in changed:
        assert _is_subsequence([*before[path][1]], [*after[path][1]]), path  # type: ignore[list-item]

    commit(repo)
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before
    assert "nothing to change" in bootstrap(repo, "remove", "--yes").output


@pytest.mark.parametrize("answers", [{}, {"stacks": ["python"]}], ids=str)
def test_no_retrofit_brings_a_starter_application(
    answers: dict[str, Any], repository: Repository, bootstrap: Command
) -> None:
    folder = repository({"src/a.py": "a = 1\n"})
    flags = [f"--data={name}={value}" for name, value in answers.items()]
    bootstrap(folder, "apply", "--yes", *flags)

    registry = yaml.safe_load((ROOT / "extensions" / "pieces.yml").read_text())["pieces"]
    rows = tuple(piece["path"] for piece in registry if piece["factors"])
    own = (*rows, ".process/record/", ".process/docs/", ".copier-answers.yml", "src/a.py")
    assert [path for path in snapshot(folder) if not path.startswith(own)] == []


def test_a_second_apply_changes_nothing(repository: Repository, bootstrap: Command) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes")
    first = snapshot(repo)

    result = bootstrap(repo, "apply", "--yes")
    assert snapshot(repo) == first
    assert "nothing to change" in result.output
    bootstrap(repo, "plan", "--check")

    commit(repo)
    bootstrap(repo, "apply", "--yes")
    assert git(repo, "status", "--porcelain") == ""


def test_plan_check_exits_1_where_something_would_change(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    before = snapshot(repo)
    bootstrap(repo, "plan", "--check", status=1)
    bootstrap(repo, "apply", "--dry-run", "--yes")
    assert snapshot(repo) == before


def test_a_deleted_file_stays_deleted_until_it_is_restored(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    for path in (".process/validate", "docs/standards/code.md", "CLAUDE.md"):
        (repo / path).unlink()
    commit(repo)

    result = bootstrap(repo, "apply", "--yes")
    assert git(repo, "status", "--porcelain") == ""
    assert "you deleted it" in result.output

    bootstrap(repo, "apply", "--yes", "--restore", ".process/validate", "--restore", "CLAUDE.md")
    assert git(repo, "status", "--porcelain").split() == ["M", ".process/validate"] or (
        (repo / ".process/validate").exists() and (repo / "CLAUDE.md").exists()
    )
    assert not (repo / "docs/standards/code.md").exists()


def test_an_existing_file_at_an_owned_path_is_kept_and_remembered(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".process/validate": "mine\n", "README.md": "x\n"})
    result = bootstrap(repo, "apply", "--yes")
    assert (repo / ".process/validate").read_text() == "mine\n"
    assert ".process/validate: your own file stands there" in result.output
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    assert answers["adopted_paths"] == [".process/validate"]
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output

    bootstrap(repo, "adopt", ".process/validate", "--yes", status=2)
    commit(repo)
    bootstrap(repo, "adopt", ".process/validate", "--yes", "--force")
    assert (repo / ".process/validate").read_text() != "mine\n"
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output


def test_an_ejected_file_is_left_alone_by_everything(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    bootstrap(repo, "eject", ".process/setup", "--yes")
    assert (repo / ".process/setup").exists()
    write(repo, {".process/setup": "mine now\n"})
    bootstrap(repo, "apply", "--yes")
    bootstrap(repo, "remove", "--yes")
    assert (repo / ".process/setup").read_text() == "mine now\n"


def test_each_factor_alone_comes_and_goes_without_a_trace(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    before = snapshot(repo)
    for factor in range(1, 13):
        bootstrap(repo, "apply", "--yes", "--factors", str(factor))
        bootstrap(repo, "remove", "--yes", "--factors", str(factor))
        assert snapshot(repo) == before, factor


def test_removing_a_factor_leaves_what_the_others_alone_would_have_given(
    repository: Repository, bootstrap: Command
) -> None:
    both, one = repository(FILES, "both"), repository(FILES, "one")
    bootstrap(both, "apply", "--yes", "--factors", "2,5,6")
    bootstrap(both, "remove", "--yes", "--factors", "2")
    bootstrap(one, "apply", "--yes", "--factors", "5,6")
    assert snapshot(both) == snapshot(one)


def test_removing_a_factor_leaves_what_the_user_put_beside_it(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes", "--factors", "2,6")
    ours = {path: (repo / path).read_text() for path in BESIDE}
    write(repo, {path: edit(ours[path]) for path, (edit, _) in BESIDE.items()})
    commit(repo)
    bootstrap(repo, "remove", "--yes", "--factors", "2")
    for path, (_, mine) in BESIDE.items():
        assert mine in (repo / path).read_text(), path
    assert "process" not in (repo / ".pre-commit-config.yaml").read_text()
    bootstrap(repo, "remove", "--yes")
    for path, (_, mine) in BESIDE.items():
        assert mine in (repo / path).read_text(), path
        assert "process" not in (repo / path).read_text(), path


THEIR_HOOKS = """\
repos:
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.8.4
    hooks:
      - id: ruff
"""


def test_a_hook_of_theirs_within_ours_outlives_any_order_of_removals(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**FILES, ".pre-commit-config.yaml": THEIR_HOOKS})
    bootstrap(repo, "apply", "--yes", "--factors", "2,6")
    path = repo / ".pre-commit-config.yaml"
    mine = ["id: mine", "name: mine", "language: system", "entry: x"]
    before, first, after = path.read_text().partition("      - id: process-test\n")
    assert first, before
    path.write_text(before + "      - " + "\n        ".join(mine) + "\n" + first + after)
    commit(repo)
    bootstrap(repo, "remove", "--yes", "--factors", "6")
    commit(repo)
    bootstrap(repo, "remove", "--yes")
    left = yaml.safe_load(path.read_text())["repos"]
    assert left[:-1] == yaml.safe_load(THEIR_HOOKS)["repos"]
    assert left[-1]["repo"] == "local"
    assert [hook["id"] for hook in left[-1]["hooks"]] == ["mine"]


def test_a_block_that_they_edited_is_not_forgotten_with_its_factor(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**FILES, "AGENTS.md": "# Ours\n"})
    bootstrap(repo, "apply", "--yes", "--factors", "2,6")
    path = repo / "AGENTS.md"
    path.write_text(
        path.read_text().replace("\n<!-- twelvefold:end", "\n- mine\n<!-- twelvefold:end")
    )
    commit(repo)
    for arguments in (("--factors", "6"), (), ()):
        result = bootstrap(repo, "remove", "--yes", *arguments, status=3)
        assert "the marked block has been edited, so take out by hand" in result.output
        assert "- mine\n" in path.read_text()
    path.write_text("# Ours\n- mine\n")
    bootstrap(repo, "remove", "--yes")
    assert not (repo / ".process").exists()


HOOK = "  - id: another  # ours\n    name: another\n    language: system\n    entry: x\n"
BESIDE: dict[str, tuple[Callable[[str], str], str]] = {
    ".pre-commit-config.yaml": (lambda text: text.rstrip("\n") + "\n" + HOOK, HOOK),
    ".claude/settings.json": (
        lambda text: text.replace("{\n", '{\n  "model": "x",\n', 1),
        '  "model": "x"',
    ),
    ".gitignore": (lambda text: text.replace("\nCLAUDE.local", "\nmine/\nCLAUDE.local"), "\nmine/"),
    ".gitattributes": (lambda text: text + "*.mine binary\n", "*.mine binary\n"),
}


def test_factors_applied_one_after_the_other_equal_all_at_once(
    repository: Repository, bootstrap: Command
) -> None:
    readme = {"README.md": "# Shop\n\nSells things.\n"}
    steps, once = repository(readme, "steps"), repository(readme, "once")
    bootstrap(steps, "apply", "--yes", "--factors", "5")
    bootstrap(steps, "apply", "--yes", "--factors", "2,8")
    bootstrap(once, "apply", "--yes", "--factors", "2,5,8")
    assert snapshot(steps) == snapshot(once)


def test_where_ci_may_run_the_commit_hooks_ours_need_no_tool_there(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes")
    hooks = yaml.safe_load((repo / ".pre-commit-config.yaml").read_text())["repos"][-1]["hooks"]
    assert {hook["id"] for hook in hooks} >= {"process-lint", "process-test", "process-context"}
    at_commit = {hook["id"]: hook["entry"] for hook in hooks if "pre-commit" in hook["stages"]}
    # That one passes there without its tool: see template/test_secrets.py.
    assert at_commit.pop("process-secrets").startswith(".process/tool .process/secrets")
    assert [str(entry).split()[0] for entry in at_commit.values()] == ["bash"]


def _service(template: Template, tmp_path: Path, **answers: object) -> Path:
    service = tmp_path / "service"
    data = {"project_name": "Order Service", "stacks": ["python"], **answers}
    copier.run_copy(str(template.folder), service, data=data, defaults=True, quiet=True)
    git(service, "init", "-q")
    commit(service)
    return service


def test_in_a_generated_service_an_ejected_file_stays(
    template: Template, bootstrap: Command, tmp_path: Path
) -> None:
    service = _service(template, tmp_path)
    setup = (service / ".process/setup").read_bytes()
    bootstrap(service, "eject", ".process/setup", "--yes")
    assert (service / ".process/setup").read_bytes() == setup
    bootstrap(service, "apply", "--yes")
    bootstrap(service, "remove", "--yes")
    assert (service / ".process/setup").read_bytes() == setup


def test_removing_everything_leaves_the_application(
    template: Template, bootstrap: Command, tmp_path: Path
) -> None:
    service = _service(template, tmp_path)
    bootstrap(service, "remove", "--yes")
    left = set(snapshot(service))
    assert {"pyproject.toml", "Dockerfile", "src/order_service/app.py", "README.md"} <= left
    assert not [path for path in left if path.startswith((".process", ".github", ".copier"))]


def test_a_generated_service_takes_and_gives_up_factors(
    template: Template, bootstrap: Command, tmp_path: Path
) -> None:
    service = _service(template, tmp_path, factors=[2])
    before = snapshot(service)
    bootstrap(service, "apply", "--yes", "--factors", "6")
    assert (service / "AGENTS.md").exists() and (service / ".agents/skills").is_dir()
    bootstrap(service, "remove", "--yes", "--factors", "6")
    assert snapshot(service) == before


def test_what_is_untouched_goes_even_if_the_template_is_gone(
    template: Template, repository: Repository, bootstrap: Command, tmp_path: Path
) -> None:
    husky = {".husky/pre-commit": "npm test\n", "lefthook-is-not-here": ""}
    repo = repository({**FILES, **husky})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    Command(None)(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_factors_are_not_changed_by_data(repository: Repository, bootstrap: Command) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes", "--data", "factors=[2]", status=2)
    assert snapshot(repo) == before
