"""What counts as the repository's own, and what hostile files can't do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bootstrap.facts import document, read
from bootstrap.facts.load import load_json, load_yaml
from bootstrap.facts.model import SLOTS
from bootstrap.repo import Repo


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/a/package.json",
        "vendor/a/package.json",
        "{{cookiecutter.project_slug}}/package.json",
        "tests/fixtures/app/package.json",
        "examples/app/package.json",
        "template/package.json.jinja",
    ],
)
def test_vendored_templated_and_example_manifests_are_no_projects(look, path: str) -> None:
    text = '{"scripts": {"lint": "eslint ."}, "dependencies": {"a": "1"}}'
    facts = look({path: text, str(Path(path).with_name("yarn.lock")): ""})

    assert facts.package_managers == ()
    assert facts.commands["lint"] == ()


def test_a_workspace_file_without_members_is_no_workspace(look) -> None:
    facts = look(
        {
            "package.json": "{}",
            "pnpm-lock.yaml": "",
            "pnpm-workspace.yaml": "packages: ['**']\n",
        }
    )

    assert facts.monorepo == ()


def test_a_sample_workflow_is_no_ci(look) -> None:
    assert look({".github/workflows/pages.yml.sample": "on: push\n"}).ci == ()


def test_a_pipeline_of_azure_is_known_by_its_keys(look) -> None:
    facts = look({"ci.yml": "trigger: [main]\npool: {vmImage: x}\nsteps: []\n"})

    assert [fact.value for fact in facts.ci] == ["azure-pipelines"]


def test_prose_leads_only_where_there_is_hardly_any_code(look) -> None:
    pages = {f"pages/{number}.md": "# page\n" for number in range(400)}
    few = look({**pages, "scripts/a.py": "", "requirements.txt": ""})

    assert few.languages[0].value == "markdown"


def test_documents_do_not_lead_where_there_is_code(look) -> None:
    pages = {f"docs/{number}.md": "# page\n" for number in range(40)}
    facts = look({**pages, "pyproject.toml": "", "a.py": "", "b.py": ""})

    assert [fact.value for fact in facts.languages] == ["python", "markdown"]


def test_the_server_leads_a_larger_user_interface(look) -> None:
    views = {f"web/src/{number}.ts": "" for number in range(12)}
    facts = look(
        {**views, "go.mod": "module a\n", "a.go": "", "b.go": "", "web/package.json": "{}"}
    )

    assert [fact.value for fact in facts.languages[:2]] == ["go", "typescript"]


def test_aliases_of_yaml_stay_shared_and_are_capped() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
    )
    shared = load_yaml(bomb)

    assert shared is None or shared["c"][0] is shared["c"][1]
    assert load_yaml("a: &a x\nb: [" + "*a," * 1000 + "]") is None
    assert load_yaml("[" * 100_000) is None


def test_yaml_keeps_on_and_versions_as_text_with_lines() -> None:
    data = load_yaml("on: push\nrun: |\n  a\nversion: 3.10\n")

    assert data == {"on": "push", "run": "a\n", "version": "3.10"}
    assert (data["on"].line, data["run"].line, data["version"].line) == (1, 3, 4)


def test_json_may_have_comments_and_trailing_commas() -> None:
    assert load_json('{"a": "// no", /* c */ "b": [1,],} // end') == {"a": "// no", "b": [1]}
    assert load_json("[" * 100_000) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/ci.yml", "jobs: [1, {a: b}]\non: {push: }\n"),
        (".github/workflows/ci.yml", "jobs: {a: {steps: x, strategy: {matrix: 3}, env: [1]}}\n"),
        (".github/workflows/ci.yml", "jobs: {a: {steps: [1, {run: [x], uses: {}}]}}\n"),
        ("package.json", '{"scripts": [], "workspaces": 3, "dependencies": "x", "name": {}}'),
        ("pyproject.toml", "project = 1\ntool = []\n"),
        ("pyproject.toml", "[tool]\nuv = 1\ntox = 2\npoe = 'x'\n[tool.hatch]\nenvs = [1]\n"),
        ("composer.json", '{"scripts": 3, "require": []}'),
        ("Taskfile.yml", "tasks: {a: [1, {cmds: {}}], b: {cmds: 3, deps: x}}\n"),
        ("mise.toml", "tasks = 3\ntools = 1\n"),
        (".pre-commit-config.yaml", "repos: [1, {hooks: 3}, {hooks: [x]}]\n"),
        ("docker-compose.yml", "services: [1]\n"),
        ("tox.ini", "[testenv:a\ncommands\n"),
        ("deno.json", '{"tasks": [1], "workspace": {}}'),
        ("Makefile", "A = $(A)$(A)\nlint: lint\n\t$(A) $(B $(C)\n"),
        ("justfile", "lint: lint\n  just lint\n"),
    ],
)
def test_files_of_an_unexpected_shape_do_not_stop_the_reading(look, path: str, text: str) -> None:
    facts = look({path: text})

    assert list(document(facts)["commands"]) == list(SLOTS)


def test_nothing_outside_the_repository_is_read(folder: Path, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "package.json"
    outside.write_text('{"scripts": {"lint": "eslint ."}}')
    (folder / "package.json").symlink_to(outside)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)

    assert read(Repo.open(folder)).commands["lint"] == ()


def test_reading_changes_nothing(look, folder: Path) -> None:
    facts = look({"Makefile": "test:\n\ttouch ran\n", "package.json": '{"scripts": {"test": "x"}}'})
    status = ["git", "status", "--porcelain", "--ignored"]
    before = subprocess.run(status, cwd=folder, check=True, capture_output=True).stdout

    read(Repo.open(folder))

    assert facts.commands["test"]
    assert subprocess.run(status, cwd=folder, check=True, capture_output=True).stdout == before
