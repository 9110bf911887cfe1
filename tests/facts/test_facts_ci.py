"""How the commands of CI are read, and which of several is the everyday one."""

from __future__ import annotations

import pytest

from bootstrap.facts.rewrite import tidy, trunk
from bootstrap.facts.tools import goal_run, uses, writes

CI = ".github/workflows/ci.yml"
RUST = {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": ""}
PYTHON = {"pyproject.toml": '[project]\nname = "a"\n', "a.py": "x = 1\n"}


@pytest.mark.parametrize(
    "run",
    [
        *("cargo clippy --version", "cargo fmt --help", "tflint --init", "mix dialyzer --plt"),
        *("mix test --failed", "mix credo --mute-exit-status", "cargo test --no-run"),
    ],
)
def test_a_flag_turns_a_tool_into_something_else(run) -> None:
    assert uses(run) == ()


@pytest.mark.parametrize("run", ["gofumpt -w -l .", "prettier -w -c .", "shfmt -d -w ."])
def test_a_write_flag_wins_over_one_that_lists(run) -> None:
    assert writes(run)


def test_a_check_flag_behind_the_dashes_belongs_to_the_target(look, said, workflow) -> None:
    tox = "[testenv:black]\ncommands = black {posargs} .\n"
    facts = look({**PYTHON, "tox.ini": tox, CI: workflow("tox -e black -- --check")})

    assert said(facts, "format") == ["tox -e black -- --check"]
    assert not facts.commands["format"][0].value.writes


def test_a_fixer_of_an_unknown_tool_writes(look) -> None:
    facts = look({**PYTHON, "Makefile": "format:\n\tmago format\n"})

    assert [fact.value.writes for fact in facts.commands["format"]] == [True]


@pytest.mark.parametrize(
    ("run", "typed"),
    [
        ("pytest --cov=a --cov-report xml --cov-append tests", "pytest tests"),
        ("hatch test --cover-quiet --randomize", "hatch test --cover-quiet --randomize"),
        ("mvn -o test", "mvn -o test"),
        ("python -m build -o dist/", "python -m build"),
        ("black --check $CI_PROJECT_DIR", "black --check ."),
        ("ruff check ${{ github.workspace }}/src", "ruff check ./src"),
        ("make test ${{ matrix.test-args }}", "make test"),
        ("mvn $MAVEN_CLI_OPTS test", "mvn test"),
        ("go test $(go list ./... | grep -v gen)", "go test ./..."),
        ("docker build --build-arg A=$(git rev-parse HEAD) .", "docker build ."),
        ('bash test.sh "Coverage for ${{ github.sha }}"', "bash test.sh"),
        ("mvn verify ${{ inputs.extra-args || '-q' }} -Pa", "mvn verify -Pa"),
        ("dotnet test A.sln -- --coverage --report-name a.xml", "dotnet test A.sln"),
        ("mix test --cover --export-coverage default", "mix test"),
    ],
)
def test_only_what_tunes_is_left_out(run, typed) -> None:
    assert tidy(run) == typed


@pytest.mark.parametrize(
    "run",
    [
        "python -m build $PACKAGE",
        "cargo test -p ${{ matrix.crate }}",
        "docker build $DIR",
        "mypy `ls`",
    ],
)
def test_a_command_on_something_unknown_is_none(run) -> None:
    assert tidy(run) == ""


def test_tools_that_need_files_keep_them() -> None:
    assert trunk("pylint a b c d", "pylint") == "pylint a b c d"
    assert trunk("go test ./a", "go test") == "go test ./..."


def test_the_goal_of_one_module_does_not_stand_for_several() -> None:
    assert goal_run("./gradlew :app:lintRelease :lint:lint", "lint") == ""
    assert goal_run("./gradlew clean test -Pa", "test") == "./gradlew test"


@pytest.mark.parametrize("goal", ["android-test-app:lint", "a:test --tests '*X'"])
def test_one_module_or_some_tests_are_not_the_projects_check(look, said, workflow, goal) -> None:
    facts = look({"build.gradle": "", CI: workflow(f"./gradlew {goal}")})

    assert not any(fact.found for slot in ("lint", "test") for fact in facts.commands[slot])


def test_the_plain_form_comes_before_parts_and_side_jobs(look, said, workflow) -> None:
    compat = workflow("cargo test --features a", name="compat")
    doc = workflow("cargo test --doc", "cargo test --workspace", name="test")

    files = {**RUST, ".github/workflows/a.yml": compat, ".github/workflows/b.yml": doc}
    assert said(look(files), "test") == ["cargo test --workspace"]


def test_of_the_rows_of_a_matrix_the_plainest_is_said(look, said, workflow) -> None:
    job = "    strategy: {matrix: {include: [{extra: --features=b}, {os: x}]}}\n"
    facts = look({**RUST, CI: workflow("cargo test ${{ matrix.extra }}", job=job)})

    assert said(facts, "test") == ["cargo test"]


def test_a_version_of_the_matrix_is_not_typed(look, said, workflow) -> None:
    job = "    strategy: {matrix: {python-version: ['3.11', '3.12']}}\n"
    run = "hatch test --python ${{ matrix.python-version }} --all"
    facts = look({**PYTHON, CI: workflow(run, job=job)})

    assert said(facts, "test") == ["hatch test --all"]


def test_an_axis_of_objects_runs_for_each(look, workflow) -> None:
    job = "    strategy: {matrix: {part: [{path: a}, {path: b}]}}\n"
    text = workflow("pytest", job=job) + "        working-directory: ${{ matrix.part.path }}\n"
    facts = look({"a/pyproject.toml": "", "b/pyproject.toml": "", CI: text})

    assert [fact.value.dir for fact in facts.ci_checks] == ["a", "b"]


def test_what_ci_unpacked_is_not_the_repository(look, workflow) -> None:
    assert look({**PYTHON, CI: workflow("cd sa && pytest")}).ci_checks == ()


def test_a_checkout_below_a_path_is_the_root(look, said) -> None:
    steps = (
        "      - {uses: actions/checkout@v4, with: {path: apps/mine}}\n"
        "      - {run: composer install, working-directory: apps/mine}\n"
    )
    text = f"on: push\njobs:\n  a:\n    steps:\n{steps}"

    facts = look({"composer.json": '{"require": {"a/b": "1"}}', CI: text})

    assert said(facts, "install") == ["composer install"] and facts.commands["install"][0].found


def test_the_lines_of_a_list_are_one_script(look) -> None:
    script = "check:\n  script:\n    - cd tests\n    - pytest\n    - cd $ELSEWHERE\n    - mypy .\n"
    facts = look({**PYTHON, "tests/a.py": "", ".gitlab-ci.yml": script})

    assert [(fact.value.dir, fact.value.run) for fact in facts.ci_checks] == [("tests", "pytest")]


def test_other_providers_name_the_folder_too(look) -> None:
    step = "steps:\n  - directory: web/\n    commands: [pnpm exec eslint .]\n"
    facts = look({"web/package.json": "{}", "web/pnpm-lock.yaml": "", ".woodpecker.yml": step})

    assert [fact.value.dir for fact in facts.ci_checks] == ["web"]


def test_a_reusable_workflow_runs_with_what_its_callers_hand_over(look) -> None:
    called = (
        "on: {workflow_call: {inputs: {part: {default: a}}}}\n"
        "jobs:\n  t:\n    steps:\n      - {run: pytest, working-directory: '${{ inputs.part }}'}\n"
    )
    use = "{uses: ./.github/workflows/part.yml"
    main = f"on: push\njobs:\n  x: {use}}}\n  y: {use}, with: {{part: b}}}}\n"
    parts = {"a/pyproject.toml": "", "b/pyproject.toml": ""}
    facts = look({**parts, CI: main, ".github/workflows/part.yml": called})

    assert [fact.value.dir for fact in facts.ci_checks] == ["a", "b"]


def test_the_cache_of_setup_ruby_installs_the_bundle(look, said) -> None:
    step = "{uses: ruby/setup-ruby@v1, with: {bundler-cache: true}}"
    text = f"on: push\njobs:\n  a:\n    steps:\n      - {step}\n"
    facts = look({"Gemfile": "gem 'a'\n", CI: text})

    assert said(facts, "install") == ["bundle install"] and facts.commands["install"][0].found


def test_an_action_that_only_shows_its_help_checks_nothing(look) -> None:
    step = "{uses: golangci/golangci-lint-action@v9, with: {args: --help}}"
    text = f"on: push\njobs:\n  a:\n    steps:\n      - {step}\n"

    assert look({"go.mod": "module a\n", CI: text}).ci_checks == ()


@pytest.mark.parametrize("flag", ["--no-dev", "--omit=dev"])
def test_a_developer_installs_everything(look, said, workflow, flag) -> None:
    files = {"package.json": '{"devDependencies": {"a": "1"}}', "package-lock.json": "{}"}

    assert said(look({**files, CI: workflow(f"npm ci {flag}")}), "install") == ["npm ci"]


@pytest.mark.parametrize(
    "script", ["print-flaky-test-report.js", "prepare-test.sh", "sql_format_check.sh"]
)
def test_a_script_with_another_purpose_fills_no_slot(look, workflow, script) -> None:
    files = {"scripts/" + script: "#!/bin/sh\n", **RUST}

    assert look({**files, CI: workflow(f"./scripts/{script}")}).ci_checks == ()


def test_a_known_tool_comes_before_a_script_with_the_name(look, said, workflow) -> None:
    files = {**RUST, "integration/test.sh": "#!/bin/sh\napk add a\n"}
    runs = ("./integration/test.sh", "cargo test")

    assert said(look({**files, CI: workflow(*runs)}), "test") == ["cargo test"]


def test_a_script_of_another_language_serves_nobody(look, said, workflow) -> None:
    java = {"pom.xml": "<project/>", "src/test/java/ATest.java": "class ATest {}\n"}
    files = {**java, "api/check_test.py": "#!/usr/bin/python\n"}
    facts = look({**files, CI: workflow("python3 api/check_test.py")})

    assert said(facts, "test")[:1] == ["mvn test"]


def test_a_script_of_a_member_keeps_the_word_that_names_it(look, said, workflow) -> None:
    files = {
        "package.json": '{"workspaces": ["packages/*"], "devDependencies": {"a": "1"}}',
        "package-lock.json": "{}",
        "packages/a/package.json": '{"name": "a", "scripts": {"test": "vitest"}}',
    }
    facts = look({**files, CI: workflow("npm test --workspace=a")})

    assert said(facts, "test") == ["npm test --workspace=a"]


@pytest.mark.parametrize("name", ["Block explorer", "async tests", "Build and publish"])
def test_a_word_inside_another_one_makes_no_job_unusual(look, workflow, name) -> None:
    text = f"name: {name}\n" + workflow("pytest -x")

    assert [fact.value.run for fact in look({**PYTHON, CI: text}).ci_checks] == ["pytest -x"]


@pytest.mark.parametrize("name", ["lock threads", "Publish", "label-sync"])
def test_other_work_does_not_say_how_to_test(look, workflow, name) -> None:
    facts = look({**PYTHON, CI: f"name: {name}\n" + workflow("pytest -x")})

    assert facts.ci_checks == ()


def test_the_default_of_an_expression_stands_for_an_empty_value(look, workflow) -> None:
    job = "    strategy: {matrix: {include: [{a: x}, {a: y, extra: -Pb}]}}\n"
    run = "mvn verify ${{ matrix.extra || '-Pa' }}"
    facts = look({"pom.xml": "<project/>", CI: workflow(run, job=job)})

    assert [fact.value.run for fact in facts.ci_checks] == ["mvn verify -Pa", "mvn verify -Pb"]


def test_a_check_for_another_machine_is_not_the_projects(look, said, workflow) -> None:
    run = "cargo check --target armv5te-unknown-linux-musleabi"

    assert said(look({**RUST, CI: workflow(run)}), "typecheck") == ["cargo check"]


AZURE = "trigger: [main]\nsteps:\n  - task: {}\n    inputs: {{{}}}\n"


@pytest.mark.parametrize(
    ("task", "inputs", "run"),
    [
        ("Maven@4", "goals: 'clean verify', options: '-B'", "mvn clean verify -B"),
        ("Gradle@3", "tasks: 'check', gradleWrapperFile: gradlew", "./gradlew check"),
        ("Npm@1", "command: custom, customCommand: 'run lint'", "npm run lint"),
        ("DotNetCoreCLI@2", "command: test, projects: a/A.csproj", "dotnet test a/A.csproj"),
    ],
)
def test_a_task_of_azure_is_the_command_that_it_runs(look, task, inputs, run) -> None:
    files = {"azure-pipelines.yml": AZURE.format(task, inputs), "pom.xml": "<project/>"}
    package = '{"scripts": {"lint": "eslint ."}}'
    facts = look({**files, "build.gradle": "", "package.json": package, "A.sln": ""})

    assert [fact.value.run for fact in facts.ci_checks] == [run]
    assert facts.ci_checks[0].evidence[0].line == 3


def test_a_pattern_of_projects_is_the_solution_that_holds_them(look, said) -> None:
    inputs = "command: test, projects: '**/*Tests.csproj'"
    pipeline = AZURE.format("DotNetCoreCLI@2", inputs)
    facts = look({"azure-pipelines.yml": pipeline, "src/A.sln": "", "src/a.cs": ""})

    assert said(facts, "test") == ["[src] dotnet test"]
    assert facts.commands["test"][0].found


def test_a_task_that_only_prepares_runs_nothing(look) -> None:
    pipeline = AZURE.format("UseDotNet@2", "version: '8'")

    assert look({"azure-pipelines.yml": pipeline, "A.sln": ""}).ci_checks == ()


def test_what_is_named_after_ci_wraps_what_people_call(look, said, workflow) -> None:
    scripts = '{"scripts": {"test": "mocha a", "test-ci": "nyc --reporter lcov npm test"}}'

    assert said(look({"package.json": scripts, CI: workflow("npm run test-ci")}), "test") == [
        "npm test"
    ]


def test_a_script_is_the_name_of_what_ci_runs_by_its_manager(look, said, workflow) -> None:
    scripts = '{"packageManager": "pnpm@9", "scripts": {"test": "vitest run"}}'
    facts = look({"package.json": scripts, CI: workflow("pnpm vitest run")})

    assert said(facts, "test") == ["pnpm test"]


def test_a_tool_on_a_part_comes_behind_the_check_of_the_whole(look, said, workflow) -> None:
    step = "cd src/A && vendor/bin/phpstan analyse"
    files = {"composer.json": '{"name": "a/a"}', "a.php": "<?php\n", "src/A/b.php": "<?php\n"}
    package = {"package.json": '{"scripts": {"lint": "eslint ."}}'}

    assert said(look({**files, **package, CI: workflow(step, "npm run lint")}), "lint") == [
        "npm run lint",
        "[src/A] vendor/bin/phpstan analyse",
    ]
