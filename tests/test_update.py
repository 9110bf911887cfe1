"""Updates: what the template changed arrives, what the user changed stays, by both ways."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import copier
import pytest
import yaml

from tests.conftest import Command, Template, commit, git, snapshot, write
from tests.test_doors import FILES

Repository = Callable[..., Path]
Way = Callable[[Path], None]

VALIDATE = "template/.process/README.md.jinja"
WORKFLOW = "template/.github/workflows/process-validate.yml"


def _readme(template: Template) -> str:
    found = [
        path
        for path in ("template/.process/README.md", VALIDATE)
        if (template.folder / path).exists()
    ]
    return found[0]


def _next_version(template: Template, tag: str, word: str) -> None:
    """A release that changes an owned file, a shared one, and brings a new owned one."""
    readme, agents = _readme(template), "template/AGENTS.md.jinja"
    template.release(
        tag,
        {
            readme: template.text(readme) + f"\nNew in {word}.\n",
            agents: template.text(agents).replace(
                "## Rules\n\n", f"## Rules\n\n- Rule of {word}.\n"
            ),
            f"template/.process/{word}": f"{word}\n",
            "extensions/pieces.yml": template.text("extensions/pieces.yml").replace(
                "pieces:\n",
                f"pieces:\n  - {{path: .process/{word}, kind: owned, factors: [2, 6]}}\n",
            ),
        },
    )


def _copier(repo: Path, template: Template) -> None:
    copier.run_update(str(repo), defaults=True, overwrite=True, quiet=True)


@pytest.fixture(params=["copier", "bootstrap"])
def way(request: pytest.FixtureRequest, template: Template, bootstrap: Command) -> Way:
    """Both ways to update: plain Copier (then `bootstrap apply` for the shared files), or ours."""

    def by_copier(repo: Path) -> None:
        _copier(repo, template)
        if yaml.safe_load((repo / ".copier-answers.yml").read_text())["retrofit"]:
            bootstrap(repo, "apply", "--yes")

    def by_bootstrap(repo: Path) -> None:
        bootstrap(repo, "update", "--yes")

    return by_copier if request.param == "copier" else by_bootstrap


def _no_memory(tree: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
    return {path: found for path, found in tree.items() if not path.startswith(".process/record/")}


def test_a_new_service_follows_two_updates_and_keeps_its_edits(
    template: Template, way: Way, tmp_path: Path
) -> None:
    service, fresh = tmp_path / "service", tmp_path / "fresh"
    data = {"project_name": "Order Service", "stacks": ["python"]}
    copier.run_copy(str(template.folder), service, data=data, defaults=True, quiet=True)
    git(service, "init", "-q")
    commit(service)
    validate = (service / ".process/validate").read_text()
    write(service, {"src/order_service/app.py": "# mine\n"})
    write(service, {".process/validate": validate + "\n# my line\n"})
    write(service, {".gitignore": (service / ".gitignore").read_text() + "mine/\n"})
    (service / ".editorconfig").unlink()
    commit(service)

    for tag, word in (("v1.1.0", "bee"), ("v1.2.0", "cat")):
        _next_version(template, tag, word)
        way(service)
        commit(service)

    copier.run_copy(str(template.folder), fresh, data=data, defaults=True, quiet=True)
    expected, found = snapshot(fresh), snapshot(service)
    assert b"Rule of bee" in found["AGENTS.md"][1]
    assert found.pop("src/order_service/app.py")[1] == b"# mine\n"
    assert found.pop(".process/validate")[1] == validate.encode() + b"\n# my line\n"
    assert found.pop(".gitignore")[1] == expected.pop(".gitignore")[1] + b"mine/\n"
    for path in ("src/order_service/app.py", ".process/validate", ".editorconfig"):
        del expected[path]
    assert found == expected


def test_a_service_that_recorded_one_stack_keeps_it(
    template: Template, way: Way, tmp_path: Path
) -> None:
    service = tmp_path / "service"
    data = {"project_name": "Order Service", "stacks": ["python"]}
    copier.run_copy(str(template.folder), service, data=data, defaults=True, quiet=True)
    answers = service / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("stacks: [python]", "stack: python"))
    git(service, "init", "-q")
    commit(service)
    before = snapshot(service)

    _next_version(template, "v1.1.0", "bee")
    way(service)

    assert yaml.safe_load(answers.read_text())["stacks"] == ["python"]
    found = snapshot(service)
    for path in (".gitignore", "mise.toml", ".pre-commit-config.yaml", "pyproject.toml"):
        assert found[path] == before[path], path


def test_a_retrofitted_repository_follows_two_updates_and_keeps_its_edits(
    template: Template, way: Way, repository: Repository, bootstrap: Command
) -> None:
    repo, fresh = repository(FILES), repository(FILES, "fresh")
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    validate = (repo / ".process/validate").read_text()
    agents = (repo / "AGENTS.md").read_bytes()
    write(repo, {".process/validate": validate + "\n# my line\n"})
    write(repo, {"AGENTS.md": agents.replace(b"Be kind.", b"Be very kind.")})
    (repo / ".process/context").unlink()
    commit(repo)

    for tag, word in (("v1.1.0", "bee"), ("v1.2.0", "cat")):
        _next_version(template, tag, word)
        way(repo)
        commit(repo)

    bootstrap(fresh, "apply", "--yes")
    expected, found = _no_memory(snapshot(fresh)), _no_memory(snapshot(repo))
    assert b"- Rule of cat.\r\n- Rule of bee.\r\n" in found["AGENTS.md"][1]
    assert found.pop("AGENTS.md")[1] == expected.pop("AGENTS.md")[1].replace(
        b"Be kind.", b"Be very kind."
    )
    assert found.pop(".process/validate")[1] == validate.encode() + b"\n# my line\n"
    for path in (".process/validate", ".process/context"):
        del expected[path]
    assert found == expected
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    assert not (repo / ".process/context").exists()

    bootstrap(repo, "remove", "--yes")
    left = snapshot(repo)
    assert left.pop("AGENTS.md")[1] == FILES["AGENTS.md"].encode().replace(
        b"Be kind", b"Be very kind"
    )
    assert left.pop(".process/validate")[1].endswith(b"# my line\n")
    before = {path: text.encode() for path, text in FILES.items() if path != "AGENTS.md"}
    assert {path: content for path, (_, content) in left.items()} == before


def test_an_update_makes_no_commit_and_is_one_plan(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    head = git(repo, "rev-parse", "HEAD")
    _next_version(template, "v1.1.0", "bee")
    before = snapshot(repo)
    shown = bootstrap(repo, "update", "--dry-run")
    assert snapshot(repo) == before and ".process/bee" in shown.output
    bootstrap(repo, "update", "--yes")
    assert git(repo, "rev-parse", "HEAD") == head
    assert git(repo, "stash", "list") == ""


def test_apply_keeps_the_recorded_version(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes", "--factors", "5")
    commit(repo)
    _next_version(template, "v1.1.0", "bee")
    bootstrap(repo, "apply", "--yes", "--factors", "2")
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    assert answers["_commit"] == "v1.0.0" and answers["factors"] == [2, 5]
    assert not (repo / ".process/bee").exists()
    bootstrap(repo, "apply", "--ref", "v1.1.0", "--yes", status=2)


@pytest.mark.parametrize("dropped", ["CLAUDE.md", ".editorconfig"])
def test_a_path_that_the_template_drops_stays_the_users(
    dropped: str, template: Template, way: Way, repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    source = next((template.folder / "template").glob(f"{dropped}*")).relative_to(template.folder)
    template.release("v1.1.0", {str(source): None})
    way(repo)
    assert (repo / dropped).read_bytes() == FILES[dropped].encode()


def test_a_shared_path_that_the_template_adds_meets_the_users_own_file(
    template: Template, way: Way, repository: Repository, bootstrap: Command
) -> None:
    own = '{\n  "mcpServers": {"mine": {"command": "mine"}}\n}\n'
    repo = repository({**FILES, ".mcp.json": own})
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    row = "  - {path: .mcp.json, kind: shared, factors: [6]}\n"
    pieces = template.text("extensions/pieces.yml").replace("pieces:\n", "pieces:\n" + row)
    added = '{\n  "mcpServers": {\n    "data": {\n      "command": "data"\n    }\n  }\n}\n'
    template.release("v1.1.0", {"template/.mcp.json": added, "extensions/pieces.yml": pieces})

    way(repo)
    text = (repo / ".mcp.json").read_text()
    assert text.startswith('{\n  "mcpServers": {"mine": {"command": "mine"}')
    assert set(yaml.safe_load(text)["mcpServers"]) == {"mine", "data"}
    bootstrap(repo, "remove", "--yes")
    assert (repo / ".mcp.json").read_text() == own


def _workflow(pin: str, version: str) -> str:
    return f"jobs:\n  a:\n    steps:\n      - uses: actions/checkout@{pin} # {version}\n      - run: x\n"


@pytest.mark.parametrize(("theirs", "wins"), [("v9.0.0", "theirs"), ("v7.0.5", "ours")])
def test_the_newer_pin_of_an_action_wins(
    theirs: str, wins: str, template: Template, repository: Repository, bootstrap: Command
) -> None:
    template.release("v1.0.1", {WORKFLOW: _workflow("a" * 40, "v7.0.0")})
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    path = repo / ".github/workflows/process-validate.yml"
    write(repo, {str(path.relative_to(repo)): _workflow("b" * 40, theirs) + "# mine\n"})
    commit(repo)
    template.release("v1.1.0", {WORKFLOW: _workflow("c" * 40, "v8.0.0")})
    bootstrap(repo, "update", "--yes")
    pin, version = ("b", theirs) if wins == "theirs" else ("c", "v8.0.0")
    assert path.read_text() == _workflow(pin * 40, version) + "# mine\n"


def test_edits_that_meet_are_marked_listed_and_not_called_done(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    template.release("v1.0.1", {WORKFLOW: "name: one\n"})
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    write(repo, {".github/workflows/process-validate.yml": "name: mine\n"})
    template.release("v1.1.0", {WORKFLOW: "name: two\n"})

    result = bootstrap(repo, "update", "--yes", status=2)
    assert "uncommitted edits" in result.output
    commit(repo)
    result = bootstrap(repo, "update", "--yes", status=3)
    assert "process-validate.yml" in result.output and "conflict" in result.output
    assert "<<<<<<< yours" in (repo / ".github/workflows/process-validate.yml").read_text()
    result = bootstrap(repo, "apply", "--yes", status=2)
    assert "process-validate.yml has conflict markers" in result.output


def test_two_branches_with_different_factors_merge(
    repository: Repository, bootstrap: Command
) -> None:
    repo, once = repository(FILES), repository(FILES, "once")
    git(repo, "switch", "-q", "-c", "two")
    bootstrap(repo, "apply", "--yes", "--factors", "2")
    commit(repo)
    git(repo, "switch", "-q", "-c", "six", "main")
    bootstrap(repo, "apply", "--yes", "--factors", "6")
    commit(repo)

    merged = subprocess.run(["git", "merge", "-q", "two"], cwd=repo, capture_output=True, text=True)
    unmerged = set(git(repo, "diff", "--name-only", "--diff-filter=U").split())
    assert merged.returncode == 0 or unmerged <= {".copier-answers.yml", ".process/record/01.yml"}
    bootstrap(repo, "apply", "--yes")
    commit(repo, "merged")
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    assert git(repo, "status", "--porcelain") == ""
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    assert answers["factors"] == [2, 6]

    bootstrap(once, "apply", "--yes", "--factors", "2,6")
    one, two = (_no_memory(snapshot(folder)) for folder in (repo, once))
    for path in set(one) | set(two):  # what came one after the other may stand in another order
        assert sorted(one[path][1].splitlines()) == sorted(two[path][1].splitlines()), path
    bootstrap(repo, "remove", "--yes")
    assert {path: content for path, (_, content) in snapshot(repo).items()} == {
        path: text.encode() for path, text in FILES.items()
    }


def test_a_fork_with_its_own_tags_updates_after_merging_upstream(
    template: Template, repository: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "fork"
    git(tmp_path, "clone", "-q", str(template.folder), str(folder))
    fork = Template(folder)
    readme = _readme(fork)
    fork.release("v1.0.0.post1", {readme: "Ours, not theirs.\n"})
    bootstrap = Command(folder)
    repo = repository()
    bootstrap(repo, "apply", "--yes")
    answers = yaml.safe_load((repo / ".copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (str(folder), "v1.0.0.post1")
    commit(repo)

    _next_version(template, "v1.1.0", "bee")
    subprocess.run(
        ["git", "pull", "-q", "--no-rebase", "--no-edit", "-X", "ours", "origin", "main"],
        cwd=folder,
        check=True,
    )
    fork.release("v1.1.0.post1", {readme: "Ours, not theirs.\n"})
    bootstrap(repo, "update", "--yes")
    assert (repo / ".process/README.md").read_text() == "Ours, not theirs.\n"
    assert (repo / ".process/bee").read_text() == "bee\n"
    assert "- Rule of bee." in (repo / "AGENTS.md").read_text()


def test_a_plain_copier_update_leaves_every_shared_file_alone(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    repo = repository(FILES)
    bootstrap(repo, "apply", "--yes")
    commit(repo)
    shared = {path: found for path, found in snapshot(repo).items() if path in FILES}
    _next_version(template, "v1.1.0", "bee")
    _copier(repo, template)
    assert {path: found for path, found in snapshot(repo).items() if path in FILES} == shared
    assert (repo / ".process/bee").exists()


def test_beside_another_templates_answers_ours_have_their_own_file(
    template: Template, repository: Repository, bootstrap: Command
) -> None:
    theirs = "_commit: v3\n_src_path: gh:someone/else\nname: x\n"
    repo = repository({**FILES, ".copier-answers.yml": theirs})
    bootstrap(repo, "apply", "--yes")
    assert (repo / ".copier-answers.yml").read_text() == theirs
    commit(repo)
    _next_version(template, "v1.1.0", "bee")
    copier.run_update(
        str(repo),
        answers_file=".copier-answers.twelvefold.yml",
        defaults=True,
        overwrite=True,
        quiet=True,
    )
    bootstrap(repo, "apply", "--yes")
    assert "- Rule of bee." in (repo / "AGENTS.md").read_text()
    shutil.rmtree(repo / ".process/record")
    bootstrap(repo, "apply", "--yes")
    assert (repo / ".process/record").is_dir()
