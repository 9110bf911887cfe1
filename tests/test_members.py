"""The texts for agents in the folders of a monorepo: made once, and the user's from then on."""

from __future__ import annotations

from pathlib import Path

import copier
import pytest

from tests.conftest import Command, Template, commit, git

ADDED = """\
language: Zig
tools: {}
commands: {install: zig fetch, test: zig build test}
hooks: {}
ignore: ""
code: ""
testing: ""
"""


@pytest.fixture
def monorepo(template: Template, tmp_path: Path) -> Path:
    """A new service of two stacks."""
    row = "- {name: zig, title: Zig}\n"
    rows = template.text("extensions/stacks.yml") + row
    template.release(
        "v1.1.0", {"extensions/stacks.yml": rows, "template/{{ folder.zig }}/.stack.yml": ADDED}
    )
    folder = tmp_path / "monorepo"
    data = {"project_name": "Shop", "stacks": ["python", "zig"]}
    copier.run_copy(str(template.folder), folder, data=data, defaults=True, quiet=True)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def test_each_folder_of_a_monorepo_says_its_own_commands(monorepo: Path) -> None:
    texts = {path.parent.name: path.read_text() for path in monorepo.glob("*/AGENTS.md")}

    assert texts.keys() == {"python", "zig"}
    assert "`zig build test`" in texts["zig"]
    assert "uv" not in texts["zig"]
    # Claude Code reads no nested AGENTS.md where the root has a CLAUDE.md.
    assert (monorepo / "zig" / "CLAUDE.md").read_text() == "# Claude Code\n\n@AGENTS.md\n"


@pytest.mark.parametrize(
    "answers",
    [{"stacks": ["python"]}, {"stacks": []}, {"stacks": ["python", "zig"], "factors": [2]}],
)
def test_nothing_else_gets_such_texts(
    monorepo: Path, template: Template, tmp_path: Path, answers: dict[str, object]
) -> None:
    made = tmp_path / "other"
    data = {"project_name": "Shop", **answers}
    copier.run_copy(str(template.folder), made, data=data, defaults=True, quiet=True)

    assert not list(made.glob("*/AGENTS.md")) + list(made.glob("*/CLAUDE.md"))


def test_an_update_and_the_command_leave_them_to_the_user(
    monorepo: Path, template: Template, bootstrap: Command
) -> None:
    (monorepo / "zig" / "AGENTS.md").write_text("Ours\n")
    (monorepo / "python" / "AGENTS.md").unlink()
    commit(monorepo)
    template.release("v1.2.0", {"template/CLAUDE.md.jinja": "@{{ agents_file }}\n"})

    copier.run_update(monorepo, defaults=True, overwrite=True, quiet=True)
    commit(monorepo)
    bootstrap(monorepo, "apply", "--yes")
    assert (monorepo / "zig" / "AGENTS.md").read_text() == "Ours\n"
    assert not (monorepo / "python" / "AGENTS.md").exists()

    commit(monorepo)
    bootstrap(monorepo, "remove", "--factors", "6", "--yes")
    assert (monorepo / "zig" / "AGENTS.md").read_text() == "Ours\n"
    assert not (monorepo / "AGENTS.md").exists()
