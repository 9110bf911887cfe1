"""Which command is believed, and why."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap.facts.tools import writes

CI = ".github/workflows/ci.yml"
SCRIPTS = '{"lint": "eslint .", "test": "vitest", "dev": "vite"}'
PACKAGE = f'{{"scripts": {SCRIPTS}, "devDependencies": {{"vite": "5"}}}}'
PYTHON = '[project]\nname = "a"\n[tool.ruff]\nline-length = 99\n'


def test_what_ci_runs_outranks_what_the_manifest_makes_likely(look, said, workflow) -> None:
    facts = look({"pyproject.toml": PYTHON, CI: workflow("flake8 .")})

    assert said(facts, "lint") == ["flake8 ."]
    assert facts.commands["lint"][0].found
    assert facts.commands["lint"][0].evidence[0].path == CI
    assert facts.commands["lint"][0].evidence[0].line == 6


def test_a_configured_tool_that_nothing_runs_is_only_proposed(look, said) -> None:
    facts = look({"pyproject.toml": PYTHON})

    assert said(facts, "lint") == ["ruff check"]
    assert not facts.commands["lint"][0].found
    assert facts.commands["lint"][0].evidence[0].line == 3


def test_a_target_that_holds_what_ci_runs_is_the_name_to_call(look, said, workflow) -> None:
    facts = look(
        {
            "pyproject.toml": PYTHON,
            "Makefile": "RUFF := uv run ruff\nlint:\n\t$(RUFF) check .\n",
            CI: workflow("ruff check ."),
        }
    )

    assert said(facts, "lint") == ["make lint"]


def test_a_target_of_that_name_with_another_tool_does_not_replace_ci(look, said, workflow) -> None:
    files = {"pyproject.toml": PYTHON, "Makefile": "lint:\n\tpylint a\n"}

    assert said(look({**files, CI: workflow("ruff check .")}), "lint") == ["ruff check ."]


def test_nothing_is_invented_for_a_repository_without_commands(look, said) -> None:
    facts = look({"README.md": "# Notes\n", "notes.md": "text\n"})

    assert all(commands == () for commands in facts.commands.values())
    assert set(facts.commands) == {
        "install", "lint", "format", "typecheck", "test", "build", "start"
    }  # fmt: skip


def test_the_test_script_that_npm_init_writes_is_no_test(look, said) -> None:
    script = 'echo \\"Error: no test specified\\" && exit 1'
    facts = look({"package.json": f'{{"scripts": {{"test": "{script}"}}}}'})

    assert said(facts, "test") == []


def test_two_languages_get_one_command_each_in_their_folders(look, said, workflow) -> None:
    facts = look(
        {
            "go.mod": "module a\n",
            "a_test.go": "package a\n",
            "web/package.json": PACKAGE,
            "web/pnpm-lock.yaml": "lockfileVersion: 9\n",
            CI: workflow("go test ./...", "cd web && pnpm test"),
        }
    )

    assert said(facts, "test") == ["go test ./...", "[web] pnpm test"]
    assert [fact.value for fact in facts.package_managers] == ["go-modules", "pnpm"]
    assert facts.components == (".", "web")


def test_one_target_for_both_languages_is_enough(look, said) -> None:
    facts = look(
        {
            "go.mod": "module a\n",
            "web/package.json": PACKAGE,
            "web/yarn.lock": "",
            "Makefile": "lint:\n\tgolangci-lint run\n\tyarn --cwd web lint\n",
        }
    )

    assert said(facts, "lint") == ["make lint"]


def test_the_working_directory_comes_from_job_step_and_flag(look, workflow) -> None:
    job = "    defaults: {run: {working-directory: web}}\n"
    text = workflow("npm test", "cd ../api && npm run lint", "npm --prefix ../ui test", job=job)
    text += "      - run: npm run lint\n        working-directory: ui\n"
    projects = {f"{name}/package.json": PACKAGE for name in ("web", "api", "ui")}
    locks = {f"{name}/package-lock.json": "{}" for name in ("web", "api", "ui")}
    facts = look({**projects, **locks, CI: text})

    assert [(fact.value.dir, fact.value.run) for fact in facts.ci_checks] == [
        ("web", "npm test"),
        ("api", "npm run lint"),
        ("ui", "npm test"),
        ("ui", "npm run lint"),
    ]


def test_values_of_the_matrix_are_filled_in(look, said, workflow) -> None:
    job = "    strategy: {matrix: {task: [lint, test]}}\n"
    facts = look({"package.json": PACKAGE, CI: workflow("npm run ${{ matrix.task }}", job=job)})

    found = [fact.value.run for fact in facts.ci_checks]
    assert found == ["npm run lint", "npm run test"]


def test_a_local_composite_action_is_read(look, said) -> None:
    facts = look(
        {
            "go.mod": "module a\n",
            CI: "on: push\njobs:\n  a:\n    steps:\n      - uses: ./.github/actions/check\n",
            ".github/actions/check/action.yml": "runs:\n  steps:\n    - run: staticcheck ./...\n",
        }
    )

    assert said(facts, "lint") == ["staticcheck ./..."]
    assert facts.commands["lint"][0].evidence[0].path == ".github/actions/check/action.yml"


def test_known_actions_stand_for_their_command(look, said) -> None:
    step = "      - uses: golangci/golangci-lint-action@v9\n"
    facts = look({"go.mod": "module a\n", CI: "on: push\njobs:\n  a:\n    steps:\n" + step})

    assert said(facts, "lint") == ["golangci-lint run"]
    assert [fact.value.run for fact in facts.ci_checks] == ["golangci-lint run"]


def test_a_release_workflow_says_nothing_about_checks(look, said, workflow) -> None:
    facts = look(
        {
            "pyproject.toml": PYTHON,
            ".github/workflows/release.yml": workflow("pylint a", on="push"),
        }
    )

    assert said(facts, "lint") == ["ruff check"]
    assert facts.ci_checks == ()


def test_parts_of_one_tool_become_the_whole(look, said, workflow) -> None:
    facts = look({"go.mod": "module a\n", CI: workflow("go test -v ./a/...", "go test ./b/...")})

    assert said(facts, "test") == ["go test ./..."]


def test_reports_for_ci_are_left_out(look, said, workflow) -> None:
    run = "pytest -q --cov=a --cov-report=xml --junitxml=x.xml tests | tee log"
    facts = look({"pyproject.toml": PYTHON, CI: workflow(run)})

    assert said(facts, "test") == ["pytest tests"]


def test_a_pipeline_of_hooks_lints_what_its_hooks_are_for(look, said, workflow) -> None:
    config = "repos:\n  - repo: x\n    hooks: [{id: ruff-check}, {id: ruff-format}]\n"
    facts = look(
        {
            "pyproject.toml": '[project]\nname = "a"\n',
            ".pre-commit-config.yaml": config,
            CI: "on: push\njobs:\n  a:\n    steps: [{uses: pre-commit/action@v3}]\n",
        }
    )

    assert said(facts, "lint") == said(facts, "format") == ["pre-commit run --all-files"]
    assert said(facts, "test") == []


def test_scripts_are_followed_into_their_text(look, said, workflow) -> None:
    facts = look(
        {
            "pyproject.toml": '[project]\nname = "a"\n',
            "scripts/checks.sh": "#!/bin/sh\nset -e\nmypy .\n",
            CI: workflow("./scripts/checks.sh"),
        }
    )

    assert said(facts, "typecheck") == ["./scripts/checks.sh"]


def test_a_watching_build_starts_nothing(look, said) -> None:
    facts = look({"package.json": '{"scripts": {"dev": "vite build --watch"}}'})

    assert said(facts, "start") == []


def test_a_library_does_not_start_what_its_readme_shows(look, said) -> None:
    readme = "# A\n```\ngo run main.go\nuvicorn main:app\n```\n"

    assert said(look({"go.mod": "module a\n", "README.md": readme}), "start") == []


def test_a_cd_into_the_clone_is_the_root(look, said) -> None:
    readme = "```sh\ngit clone x/site\ncd site\npython manage.py runserver\n```\n"
    files = {"manage.py": "import django\n", "requirements.txt": "django\n", "README.md": readme}
    facts = look(files)

    assert said(facts, "start") == ["python manage.py runserver"]
    assert facts.commands["start"][0].evidence[0].line == 4


def test_maven_and_gradle_are_both_managers(look, said) -> None:
    facts = look({"pom.xml": "<project/>", "build.gradle": "", "mvnw": "#!/bin/sh\n"})

    assert [fact.value for fact in facts.package_managers] == ["maven", "gradle"]
    assert said(facts, "build")[0] == "./mvnw package"


def test_an_npm_wrapper_that_drives_maven_is_the_name_to_call(look, said, workflow) -> None:
    package = '{"scripts": {"test": "./mvnw verify"}, "devDependencies": {"a": "1"}}'
    files = {"package.json": package, "pom.xml": "<project/>", CI: workflow("npm test")}

    assert said(look(files), "test") == ["npm test"]


def test_other_providers_are_read_too(look, said) -> None:
    files: dict[str, Any] = {
        "go.mod": "module a\n",
        ".gitlab-ci.yml": "check:\n  script:\n    - go vet ./...\n",
    }
    facts = look(files)

    assert said(facts, "lint") == ["go vet ./..."]
    assert [fact.value for fact in facts.ci] == ["gitlab-ci"]


def test_recipes_in_included_files_and_modules_count(look, said) -> None:
    facts = look(
        {
            "pyproject.toml": PYTHON,
            ".justfile": "import 'ci/lint.just'\nmod web\n",
            "ci/lint.just": "lint *ARGS='':\n    ruff check {{ARGS}}\n",
            "web.just": "typecheck: build\n    mypy .\nbuild:\n",
            "Makefile": "include mk/*.mk mk/test.mk\n",
            "mk/test.mk": "test:\n\tpytest\n",
        }
    )

    assert said(facts, "lint") == ["just lint"]
    assert said(facts, "typecheck") == ["just web::typecheck"]
    assert said(facts, "test") == ["make test"]
    assert facts.commands["test"][0].evidence[0].path == "mk/test.mk"


def test_a_recipe_that_needs_an_argument_is_not_proposed(look, said) -> None:
    facts = look({"pyproject.toml": "", "justfile": "test NAME:\n    pytest {{NAME}}\n"})

    assert said(facts, "test") == []


def test_tasks_as_files_and_ci_beside_github_are_read(look, said) -> None:
    facts = look(
        {
            "go.mod": "module a\n",
            ".mise/tasks/test": "#!/usr/bin/env bash\ngo test ./...\n",
            ".depot/workflows/ci.yml": "on: push\njobs:\n  a:\n    steps:\n      - run: mise run test\n",
        }
    )

    assert said(facts, "test") == ["mise run test"]
    assert [fact.value for fact in facts.ci] == ["depot-ci"]
    assert [fact.value for fact in facts.task_runners] == ["mise"]


def test_a_script_that_only_prints_a_warning_starts_nothing(look, said) -> None:
    facts = look(
        {
            "package.json": '{"scripts": {"dev": "echo use composer dev"}, "dependencies": {"a": "1"}}',
            "composer.json": '{"scripts": {"dev": ["npx concurrently \\"php artisan serve\\""]}}',
        }
    )

    assert said(facts, "start") == ["composer dev"]


def test_the_test_of_an_installer_does_not_install(look, said, workflow) -> None:
    files = {
        "package.json": PACKAGE,
        "package-lock.json": "{}",
        "scripts/install.test.sh": "#!/bin/sh\n./install.sh /tmp/a\n",
        CI: workflow("npm ci", "sh scripts/install.test.sh"),
    }

    assert said(look(files), "install") == ["npm ci"]


def test_beside_a_lock_file_the_package_manager_installs(look, said, workflow) -> None:
    files = {
        "package.json": PACKAGE,
        "yarn.lock": "",
        "a.ts": "let a = 1\n",
        "tools/install-things.sh": "#!/bin/sh\ncurl x\n",
        CI: workflow("tools/install-things.sh"),
    }

    assert said(look(files), "install") == ["yarn install"]


def test_the_form_that_only_checks_outranks_the_one_that_writes(look, said, workflow) -> None:
    scripts = (
        '{"fix": "npm run fix:a && npm run fix:b", "fix:a": "eslint . --fix",'
        ' "fix:b": "prettier . --write", "test:format": "prettier . --list-different"}'
    )
    files = {
        "package.json": f'{{"scripts": {scripts}, "devDependencies": {{"a": "1"}}}}',
        CI: workflow("npm run test:format"),
    }
    facts = look(files)

    assert said(facts, "format") == ["npm run test:format"]
    assert not facts.commands["format"][0].value.writes


def test_a_form_that_writes_is_marked_where_nothing_else_exists(look, said) -> None:
    makefile = "format:\n\t./scripts/tidy.sh\nlint:\n\truff check .\n"
    script = "#!/bin/sh\nruff format src\n"
    facts = look(
        {
            "pyproject.toml": '[project]\nname = "a"\n',
            "Makefile": makefile,
            "scripts/tidy.sh": script,
        }
    )

    assert said(facts, "format") == ["make format"]
    assert facts.commands["format"][0].value.writes
    assert not facts.commands["lint"][0].value.writes


@pytest.mark.parametrize(
    "run",
    [
        *("ruff format", "black .", "gofmt -w .", "cargo fmt --all", "npx prettier --write ."),
        *("eslint . --fix", "ultracite fix", "mix format", "rubocop -A", "poetry run isort src"),
    ],
)
def test_a_repair_is_known_by_its_words(run) -> None:
    assert writes(run)


@pytest.mark.parametrize(
    "run",
    [
        *("ruff format --check", "black --check .", "gofmt -l .", "cargo fmt -- --check"),
        *("prettier --check .", "prettier .", "eslint .", "php-cs-fixer fix --dry-run"),
        *("mix format --check-formatted", "terraform fmt -check", "dprint check", "pint --test"),
    ],
)
def test_a_check_is_no_repair(run) -> None:
    assert not writes(run)


def test_hooks_that_repair_still_check(look) -> None:
    config = "repos:\n  - repo: x\n    hooks: [{id: ruff-check}, {id: ruff-format}]\n"
    facts = look({"pyproject.toml": "", ".pre-commit-config.yaml": config})

    assert [fact.value.writes for fact in facts.commands["format"]] == [False]


def test_flags_that_only_ci_needs_are_left_out(look, said, workflow) -> None:
    job = "    strategy: {matrix: {features: [--all-features]}}\n"
    files = {
        "Cargo.toml": '[package]\nname = "a"\n',
        CI: workflow('cargo test "${{ matrix.features }}"', job=job),
    }
    assert said(look(files), "test") == ["cargo test --all-features"]

    files = {
        "composer.json": '{"require": {"a/b": "1"}}',
        CI: workflow("composer update --prefer-lowest", "composer install --no-progress"),
    }
    assert "composer install" in said(look(files), "install")


def test_a_folder_on_the_runner_is_the_root(look, workflow) -> None:
    job = "    defaults: {run: {working-directory: '${{ env.GOPATH }}/src/a'}}\n"
    files = {
        "go.mod": "module a\n",
        "Makefile": "test:\n\tgo test ./...\n",
        CI: workflow("make test", job=job),
    }

    assert [(fact.value.dir, fact.value.run) for fact in look(files).ci_checks] == [
        (".", "make test")
    ]


@pytest.mark.parametrize("action", ["a/b/pre-commit@v1", "a/prek-action@v2"])
def test_an_action_named_after_the_hooks_runs_them(look, action) -> None:
    text = f"on: push\njobs:\n  a:\n    steps: [{{uses: {action}}}]\n"
    facts = look({".pre-commit-config.yaml": "repos: []\n", CI: text})

    assert [fact.value.run for fact in facts.ci_checks] == ["pre-commit run --all-files"]


def test_an_action_that_sets_the_hooks_up_checks_nothing(look) -> None:
    text = "on: push\njobs:\n  a:\n    steps: [{uses: a/setup-pre-commit@v1}]\n"

    assert look({".pre-commit-config.yaml": "repos: []\n", CI: text}).ci_checks == ()


def test_the_build_of_a_release_stands_behind_the_script_named_build(look, said, workflow) -> None:
    package = '{"scripts": {"build": "turbo build"}, "devDependencies": {"tsup": "1"}}'
    release = workflow("npx tsup", on="push", name="release")
    files = {"package.json": package, ".github/workflows/release.yml": release}

    assert said(look(files), "build") == ["npm run build"]


def test_the_templates_own_hooks_are_no_linter(look) -> None:
    hooks = "[{id: process-merge-markers, language: pygrep, entry: x}, {id: process-context}]"
    facts = look({".pre-commit-config.yaml": f"repos:\n  - repo: local\n    hooks: {hooks}\n"})

    assert facts.commands["lint"] == facts.commands["format"] == ()


def test_the_rules_of_one_make_target_add_up(look, said, workflow) -> None:
    rules = "test: FLAGS += -v\ntest: style\ntest: unit\nstyle:\n\ttrue\nunit:\n\tgo test ./a\n"
    files = {"go.mod": "module a\n", "a.go": "package a\n", "Makefile": rules}

    assert said(look({**files, CI: workflow("go test ./...")}), "test") == ["make test"]


def test_scripts_side_by_side_are_found_by_their_pattern(look, said) -> None:
    watch = '"dev": "npm-run-all --parallel dev:*", "dev:css": "tailwindcss --watch"'
    package = f'{{"scripts": {{{watch}, "dev:js": "%s"}}}}'

    assert said(look({"package.json": package % "node bin/build.js"}), "start") == []
    assert said(look({"package.json": package % "vite"}), "start") == ["npm run dev"]


def test_a_script_of_a_member_keeps_to_what_its_name_says(look, said, workflow) -> None:
    root = '{"private": true, "packageManager": "pnpm@9"}'
    files = {
        "package.json": root,
        "pnpm-workspace.yaml": "packages: [a]\n",
        "a/package.json": '{"name": "a", "scripts": {"test:all": "tsc -p b"}}',
        CI: workflow("pnpm run --filter a test:all"),
    }

    assert said(look(files), "typecheck") == []


def test_one_run_of_nx_calls_all_of_its_targets(look, said) -> None:
    files = {
        "nx.json": "{}",
        "package.json": '{"workspaces": ["a"], "scripts": {"test:pr": "nx affected --targets=%s"}}',
        "a/package.json": '{"scripts": {"test:eslint": "eslint .", "test:lib": "vitest"}}',
    }
    both = {**files, "package.json": files["package.json"] % "test:eslint,test:lib"}
    lint = {**files, "package.json": files["package.json"] % "test:eslint"}

    assert said(look(both), "test") == ["npm run test:pr"]
    assert said(look(lint), "test") == []
