"""When a proposal is found after all, and whom a folder speaks for."""

from __future__ import annotations

CI = ".github/workflows/ci.yml"
RUFF = '[project]\nname = "a"\n[tool.ruff]\nline-length = 99\n[tool.mypy]\nstrict = true\n'
PYTHON = {"pyproject.toml": RUFF, "a.py": "x = 1\n"}


def test_a_proposal_that_a_page_says_word_for_word_is_found(look) -> None:
    facts = look({**PYTHON, "CONTRIBUTING.md": "Then `ruff check` and `mypy .` must pass.\n"})

    for slot in ("lint", "typecheck"):
        fact = facts.commands[slot][0]
        assert (fact.found, fact.evidence[0].path) == (True, "CONTRIBUTING.md")


def test_a_warning_is_no_evidence(look) -> None:
    facts = look({**PYTHON, "README.md": "You should not run `ruff check` by hand.\n"})

    assert not facts.commands["lint"][0].found


def test_what_a_guide_shows_comes_before_what_a_manifest_makes_likely(look, said) -> None:
    guide = "```sh\nruff check --preview\n```\n"

    assert said(look({**PYTHON, "AGENTS.md": guide}), "lint") == ["ruff check --preview"]
    part = "```sh\nruff check a/b/c.py\n```\n"
    assert said(look({**PYTHON, "AGENTS.md": part}), "lint") == ["ruff check"]


def test_the_target_that_runs_a_check_on_the_way_is_found(look, said) -> None:
    facts = look({**PYTHON, "Makefile": "lint:\n\truff check .\n\tmypy a\n"})

    assert said(facts, "typecheck") == ["make lint"]
    assert facts.commands["typecheck"][0].found


def test_the_hook_that_runs_the_type_checker_is_found(look, said) -> None:
    hooks = "repos:\n  - repo: x\n    hooks: [{id: mypy}]\n"
    facts = look({**PYTHON, ".pre-commit-config.yaml": hooks})

    assert said(facts, "typecheck") == ["pre-commit run --all-files"]


def test_a_folder_speaks_for_itself_and_not_for_its_neighbours(look, said, workflow) -> None:
    files = {f"{part}/pyproject.toml": '[project]\nname = "a"\n' for part in ("a", "b", "e2e")}
    tests = {f"{part}/test_a.py": "def test_a(): pass\n" for part in ("a", "b", "e2e")}
    ci = {CI: workflow("cd e2e && pytest", "cd a && pytest -x")}
    facts = look({**files, **tests, **PYTHON, **ci})

    assert "[a] pytest -x" in said(facts, "test")


def test_the_folder_of_the_documents_does_not_build_the_project(look, said, workflow) -> None:
    root = '{"workspaces": ["docs"], "scripts": {"build": "just-build"}}'
    docs = {"docs/package.json": '{"scripts": {"build": "tsc"}}'}
    root = {
        "package.json": root,
        "yarn.lock": "",
        "a.ts": "",
        CI: workflow("cd docs && yarn build"),
    }

    assert said(look({**root, **docs}), "build") == ["yarn build"]


def test_the_main_language_comes_first(look, said, workflow) -> None:
    package = '{"scripts": {"test": "vitest"}, "devDependencies": {"a": "1"}}'
    files = {"package.json": package, **PYTHON, **{f"p{i}.py": "" for i in range(9)}}
    facts = look({**files, CI: workflow("npm test", "pytest")})

    assert said(facts, "test") == ["pytest", "npm test"]


def test_one_tool_is_not_two_checks(look, said, workflow) -> None:
    files = {"composer.json": '{"require": {"a/b": "1"}}', "src/a.php": "<?php\n"}
    facts = look({**files, CI: workflow("vendor/bin/phpstan analyse")})

    assert said(facts, "typecheck") == ["vendor/bin/phpstan analyse"]
    assert said(facts, "lint") == []


def test_coverage_is_not_confirmed_as_the_test_by_its_tool(look, said, workflow) -> None:
    tox = "[testenv:cover]\ncommands = pytest --cov=a\n"
    facts = look({**PYTHON, "tox.ini": tox, CI: workflow("pytest -x")})

    assert said(facts, "test") == ["pytest -x"]
