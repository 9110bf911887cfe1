"""What CI runs on changes: the environments of tox, and every check with what it ends in."""

from __future__ import annotations

import pytest

from bootstrap.facts.matrix import fill
from bootstrap.facts.rewrite import any_version, tidy
from bootstrap.facts.steps import made_by

CI = ".github/workflows/ci.yml"
RUST = {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": ""}
PYTHON = {"pyproject.toml": '[project]\nname = "a"\n', "a.py": "x = 1\n"}
TOX = """[tox]
env_list = lint, 3.1{0-2}-{tests,mypy}, typing-{pyright,ty}
[testenv]
commands =
    tests: pytest {posargs}
    mypy: pytest -k types
    mypy: mypy src
[testenv:lint]
commands = prek run --all-files
[testenv:typing-{pyright,ty}]
commands =
    pyright: pyright src
    ty: ty check
[testenv:color-{force,no}]
commands = python -c "print('colorful')"
[testenv:docs]
commands = sphinx-build docs out
"""


def runs(facts) -> list[tuple[str, str]]:
    return [(fact.value.slot, fact.value.run) for fact in facts.ci_runs]


# --- tox ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "slot", "found"),
    [
        ("tox run -e py3.11-tests", "test", ["tox -e py-tests"]),
        ("tox -e 3.12-mypy", "typecheck", ["tox -e py-mypy"]),
        (
            "uvx --with tox-uv tox run -f typing",
            "typecheck",
            ["uvx --with tox-uv tox run -f typing"],
        ),
        ("tox run -f color", "test", ["tox -e py-tests"]),
        ("tox -e docs", "test", ["tox -e py-tests"]),
    ],
)
def test_an_environment_of_tox_is_for_what_runs_in_it(
    look, said, workflow, run, slot, found
) -> None:
    assert said(look({**PYTHON, "tox.ini": TOX, CI: workflow(run)}), slot) == found


def test_all_of_tox_is_not_what_a_ci_runs_that_names_environments(look, said, workflow) -> None:
    table = (
        '[tool.tox]\nenv_list = ["py3.13", "style", "docs"]\n'
        '[tool.tox.env_run_base]\ncommands = [["pytest", {replace = "posargs"}]]\n'
        '[tool.tox.env.style]\ncommands = [["pre-commit", "run", "--all-files"]]\n'
        '[tool.tox.env.typing]\ncommands = [["mypy"], ["pyright"]]\n'
    )
    project = {"pyproject.toml": PYTHON["pyproject.toml"] + table, "a.py": ""}
    ci = workflow("tox run -e py${{ matrix.python }}", "tox run -e typing")
    facts = look({**project, CI: ci})

    assert said(facts, "test") == ["tox -e py"]
    assert said(facts, "typecheck") == ["tox -e typing"]


def test_an_environment_that_only_runs_the_hooks_is_known_as_that(look, workflow) -> None:
    facts = look({**PYTHON, "tox.ini": TOX, CI: workflow("tox -e lint", "tox -e py-mypy")})

    assert {fact.value.run: fact.value.runs_hooks for fact in facts.ci_runs} == {
        "tox -e lint": True,
        "tox -e py-mypy": False,
    }


def test_a_variable_names_the_environment_of_tox(look, workflow) -> None:
    job = "    env:\n      TOX_ENV: ${{ matrix.tox || format('py{0}', matrix.python) }}\n"
    job += "    strategy:\n      matrix:\n        include:\n          - {python: '3.13'}\n"
    facts = look({**PYTHON, "tox.ini": TOX, CI: workflow("tox run", job=job)})

    assert [fact.value.run for fact in facts.ci_runs] == ["tox run -e py3.13"]


@pytest.mark.parametrize(
    ("run", "read"),
    [
        ("tox run -f ${PYTHON}-tests", "tox run -e py-tests"),
        ("tox -e py${{ matrix.python-version }}", "tox -e py"),
        ("tox -e $(echo $PYTHON | tr -d .)-tests", "tox -e py-tests"),
        ("pytest -e ${PYTHON}", "pytest -e ${PYTHON}"),
    ],
)
def test_a_version_that_only_ci_knows_is_any(run, read) -> None:
    assert any_version(run) == read


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${{ matrix.tox || format('py{0}', matrix.python) }}", "py3.13"),
        ("${{ matrix.fast && '-x' || '-v' }}", "-v"),
        ("${{ matrix.python && '-x' }}", "-x"),
        ("${{ inputs.flags || '-q' }}", "-q"),
        ("${{ format('{0}', inputs.unknown) }}", "${{ format('{0}', inputs.unknown) }}"),
    ],
)
def test_an_expression_is_computed_as_far_as_it_is_known(text, filled) -> None:
    values = {"matrix.python": "3.13", "matrix.*": ""}
    assert fill(text, values) == filled


# --- commands as they are typed ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "typed"),
    [
        ("cargo test --locked --all-features", "cargo test --locked --all-features"),
        ("uv run --locked pytest", "uv run pytest"),
        ("go test -race -count=1 -json -cover ./...", "go test -race -count=1 -cover ./..."),
        ("tox run --installpkg dist/*.whl -e py", "tox run -e py"),
    ],
)
def test_only_cargo_keeps_the_check_of_its_lock(run, typed) -> None:
    assert tidy(run) == typed


def test_what_a_recipe_of_just_is_told_is_no_recipe(look, said, workflow) -> None:
    just = "run *options:\n  uv run -- {{options}}\nblack:\n  black .\nlint:\n  just run black . --check\n"
    facts = look({**PYTHON, "Justfile": just, CI: workflow("just lint")})

    (command,) = (fact.value for fact in facts.commands["format"])
    assert (command.run, command.steps) == ("just lint", (("black --check", "."),))
    assert not command.writes


# --- everything that CI runs ------------------------------------------------------------------


def test_every_check_is_seen_and_no_preparation(look, workflow) -> None:
    ci = workflow(
        *("rustup component add clippy", "cargo install cargo-hack", "cargo --version"),
        *("cargo test", "cargo fuzz check", "cargo run", "./server --help", "docker ps"),
        *("echo done", "OUT=${{ steps.x.outputs.y }}", "bash $GITHUB_ACTION_PATH/x.sh"),
    )
    assert runs(look({**RUST, CI: ci})) == [
        ("test", "cargo test"),
        ("", "cargo fuzz check"),
        ("", "cargo run"),
    ]


def test_actions_and_workflows_of_others_are_seen_where_they_check(look) -> None:
    ci = (
        "on: [pull_request]\njobs:\n  far:\n    uses: acme/ci/.github/workflows/lint.yml@v1\n"
        "  near:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - uses: acme/setup-tool@v1\n      - uses: acme/spell@v1\n"
    )
    assert runs(look({**RUST, CI: ci})) == [
        ("", "acme/ci/.github/workflows/lint.yml"),
        ("", "acme/spell"),
    ]


def test_a_job_that_releases_says_nothing_of_a_change(look, workflow) -> None:
    assert runs(look({**RUST, CI: workflow("cargo build", "cargo deb", name="release")})) == []


def test_what_is_for_another_system_or_toolchain_is_for_ci_alone(look, workflow) -> None:
    ci = workflow("cargo test", "cargo +nightly test", "cargo test --target=i686-unknown-linux-gnu")
    facts = look({**RUST, CI: ci})
    assert [fact.value.elsewhere for fact in facts.ci_runs] == [False, True, True]


def test_variables_that_make_a_tool_stricter_are_part_of_its_check(look, workflow) -> None:
    job = '    env: {RUSTFLAGS: "-D warnings", OTHER: "1"}\n'
    facts = look({**RUST, CI: workflow("cargo test", "cargo fmt --check", job=job)})

    assert [f.value.env for f in facts.commands["test"]] == ["'RUSTFLAGS=-D warnings'"]
    assert [f.value.env for f in facts.commands["format"]] == [""]


def test_checks_that_come_together_count_as_the_slowest(look, workflow) -> None:
    scripts = '{"scripts": {"check": "eslint . && tsc --noEmit", "lint": "eslint ."}}'
    facts = look({"package.json": scripts, "a.ts": "", CI: workflow("npm run check")})
    assert runs(facts) == [("typecheck", "npm run check")]


def test_pnpm_runs_every_script_that_a_pattern_fits(look, workflow) -> None:
    scripts = '{"scripts": {"test:lint": "oxlint", "test:unit": "vitest run", "test": "pnpm run /^test:/"}}'
    facts = look(
        {"package.json": scripts, "pnpm-lock.yaml": "", "a.ts": "", CI: workflow("pnpm test")}
    )

    (test,) = facts.commands["test"]
    assert set(test.value.steps) == {("oxlint", "."), ("vitest run", ".")}


@pytest.mark.parametrize(
    ("check", "other", "made"),
    [
        ("mypy src", "mypy src", True),
        ("black --check", "just run black --check", True),
        ("go test ./...", "go test -race -count=1 ./...", True),
        ("cargo clippy --all-targets", "cargo clippy --all-targets -- -Dwarnings", True),
        ("go test -race ./...", "go test ./...", False),
        ("cargo test --release", "cargo test", False),
        ("cargo test", "cargo test --tests", False),
        ("vitest", "vitest run", True),
        ("go test ./...", "go test", False),
    ],
)
def test_a_check_is_made_by_one_that_is_as_strict(check, other, made) -> None:
    assert made_by((check, "."), [(other, ".")]) is made
    assert not made_by((check, "."), [(other, "web")])


# --- what stands for the whole --------------------------------------------------------------------


def test_what_measures_speed_is_no_everyday_check(look, said) -> None:
    action = (
        "runs: {using: composite, steps: [{run: tsc --build, working-directory: perf-measures}]}\n"
    )
    ci = "on: [pull_request]\njobs: {a: {steps: [{uses: ./.github/actions/perf-measures}]}}\n"
    files = {"package.json": "{}", "a.ts": "", "perf-measures/a.ts": "", CI: ci}
    facts = look({**files, ".github/actions/perf-measures/action.yml": action})
    assert said(facts, "typecheck") == []


def test_the_check_of_one_member_of_several_is_none_of_the_whole(look, said) -> None:
    member = '{"scripts": {"typecheck": "tsc --noEmit"}}'
    files = {"package.json": '{"workspaces": ["apps/*"]}', "package-lock.json": "{}"}
    one = {**files, "apps/api/package.json": member, "apps/api/a.ts": ""}
    assert said(look(one), "typecheck") == ["[apps/api] npm run typecheck"]
    assert said(look({**one, "apps/web/package.json": member}), "typecheck") == []
