"""Task runners and ecosystems: what stands in their files is known."""

from __future__ import annotations

import pytest

from bootstrap.facts import docs
from bootstrap.facts.ecosystems.python import _functions
from bootstrap.facts.model import Facts
from bootstrap.facts.scan import Scan
from bootstrap.facts.tools import uses, writes
from bootstrap.repo import Repo

CI = ".github/workflows/ci.yml"


def _managers(facts: Facts) -> list[str]:
    return [fact.value for fact in facts.package_managers]


def _slots(command: str) -> list[str]:
    return [use.slots[0] for use in uses(command) if use.slots]


def test_sbt_and_mill_build_scala(look, said, workflow) -> None:
    facts = look({"build.sbt": "", "a.scala": "", CI: workflow("sbt clean scalafmtCheckAll test")})

    assert _managers(facts) == ["sbt"]
    assert said(facts, "test") == ["sbt test"]
    assert _slots("./mill -i __.test") == ["test"]


def test_commands_of_build_scripts_say_by_their_argument_what_they_do() -> None:
    assert _slots("cargo xtask test") == ["test"]
    assert _slots("dotnet cake --target=Test") == ["test"]
    assert _slots("./build.sh Compile") == ["build"]
    assert _slots("./build.sh whatever") == []


def test_a_program_behind_yarn_is_that_program_where_no_script_has_its_name(look, said) -> None:
    assert _slots("yarn tsc") == ["typecheck"]
    assert _slots("pnpm eslint .") == ["lint"]
    assert _slots("npm clean-install") == ["install"]
    assert _slots("yarn build") == []


def test_an_alias_of_cargo_is_a_name_for_its_command(look, said, workflow) -> None:
    alias = '[alias]\nlint = "clippy --all-targets"\nxtask = "run -p xtask --"\n'
    manifest = '[package]\nname = "a"\n'
    files = {"Cargo.toml": manifest, ".cargo/config.toml": alias, CI: workflow("cargo lint")}
    facts = look(files)

    assert said(facts, "lint") == ["cargo lint"]
    assert said(facts, "start") == []


def test_the_tasks_of_rake_are_not_all_tests(look, said, workflow) -> None:
    rakefile = "RuboCop::RakeTask.new\nRSpec::Core::RakeTask.new(:spec)\ntask default: :spec\n"
    steps = workflow(
        "bundle exec rake db:setup", "bundle exec rake rubocop", "bundle exec rake spec"
    )
    facts = look({"Gemfile": "", "Rakefile": rakefile, CI: steps})

    assert said(facts, "test") == ["bundle exec rake spec"]
    assert said(facts, "lint") == ["bundle exec rake rubocop"]


def test_the_scripts_of_hatch_may_stand_in_a_file_of_its_own(look, said) -> None:
    hatch = '[envs.types.scripts]\ncheck = "mypy src"\ntypecheck = "mypy src"\n'
    facts = look({"pyproject.toml": "[project]\nname = 'a'\n", "hatch.toml": hatch})

    assert said(facts, "typecheck") == ["hatch run types:typecheck"]
    assert facts.commands["typecheck"][0].evidence[0].path == "hatch.toml"


def test_the_tasks_of_invoke_are_read() -> None:
    text = '@task(help={\n  "a": "b",\n})\ndef unit(c):\n    c.run("pytest -q")\n\n\ndef no(c):\n    pass\n'

    assert list(_functions(text.splitlines())) == [(4, "unit", ("pytest -q",))]


def test_a_rule_for_any_target_gives_the_included_ones_their_names(look, said) -> None:
    files = {
        "Makefile": "include Makefile.common\n",
        "Makefile.common": "%: common-% ;\n\ncommon-test:\n\tgo test ./...\n",
        "go.mod": "module a\n",
    }

    assert said(look(files), "test") == ["make test"]


def test_the_jobs_of_lefthook_are_a_pipeline(look, said) -> None:
    jobs = "pre-commit:\n  jobs:\n    - run: golangci-lint run\n"
    facts = look({"go.mod": "module a\n", "lefthook.yml": jobs})

    assert said(facts, "lint") == ["lefthook run pre-commit --all-files"]


def test_several_solutions_are_told_apart(look, said) -> None:
    facts = look({"A.slnx": "", "Build.csproj": "<Project/>"})

    assert said(facts, "build") == ["dotnet build A.slnx"]


def test_a_project_that_builds_the_others_is_not_started(look, said) -> None:
    exe = "<OutputType>Exe</OutputType>"
    facts = look({"A.sln": "", "build/_build.csproj": exe})

    assert said(facts, "start") == []


def test_requirements_of_a_tool_make_no_python_project(look) -> None:
    facts = look({"go.mod": "module a\n", "requirements.txt": "codespell\n", "a.go": ""})

    assert _managers(facts) == ["go-modules"]


def test_a_table_of_a_manager_outranks_a_pipfile_without_lock(look) -> None:
    facts = look({"Pipfile": "", "pyproject.toml": "[tool.poetry]\nname = 'a'\n", "a.py": ""})

    assert _managers(facts) == ["poetry"]


def test_an_environment_that_names_no_packages_is_not_condas(look) -> None:
    assert _managers(look({"environment.yaml": "tags: []\n"})) == []


def test_requirement_files_of_developers_have_many_names(look, said) -> None:
    facts = look({"dev-requirements.txt": "", "requirements.txt": "", "a.py": ""})

    assert said(facts, "install") == ["pip install -r dev-requirements.txt"]


def test_an_inner_module_without_go_files_is_no_project(look) -> None:
    facts = look({"go.mod": "module a\n", "a.go": "", "www/go.mod": "module b\n"})

    assert facts.components == (".",)


def test_workspaces_of_gradle_and_go_are_named(look) -> None:
    gradle = look({"build.gradle": "", "settings.gradle": "include 'a'\n"})
    assert [fact.value for fact in gradle.monorepo] == ["gradle-multiproject"]


def test_a_go_work_without_a_module_beside_it_is_a_workspace(look) -> None:
    facts = look({"go.work": "", "a/go.mod": "module a\n", "a/a.go": ""})

    assert [fact.value for fact in facts.monorepo] == ["go-workspace"]


def test_the_managers_of_the_primary_language_come_first(look) -> None:
    files = {
        "package.json": '{"name": "a"}',
        "pyproject.toml": "[project]\nname = 'a'\n",
        "uv.lock": "",
    }
    facts = look({**files, "a.py": "", "b.py": ""})

    assert _managers(facts) == ["uv", "npm"]


def test_a_manifest_that_repeats_itself_proposes_once(look, said) -> None:
    files = {f"m{number}/go.mod": "module a\n" for number in range(5)}
    facts = look({**files, **{f"m{number}/a.go": "" for number in range(5)}})

    assert said(facts, "install") == ["[m0] go mod download"]


def test_guides_of_any_folder_of_docs_are_read(look, folder) -> None:
    pages = (
        "docs/community/contributing.md",
        ".github/copilot-instructions.md",
        ".claude/CLAUDE.md",
    )
    look(dict.fromkeys(pages, "```\npip install -e . --group dev\n```\n"))
    found = docs.calls(Scan(Repo.open(folder)))

    assert {call.evidence.path for call in found} == set(pages)


@pytest.mark.parametrize(
    ("command", "slots"),
    [
        ('sbt "testOnly x" scalafmtCheckAll', ["format"]),
        ("sbt ++2.13.1 'clean; +test' scalafixAll", ["test", "lint"]),
        ("sbt 'all scalafmtCheckAll test'", ["format", "test"]),
        ("sbt 'project core' 'scalafixAll --check'", ["lint"]),
    ],
)
def test_goals_of_sbt_may_stand_in_quotes(command: str, slots: list[str]) -> None:
    assert _slots(command) == slots


def test_a_check_in_quotes_writes_nothing() -> None:
    assert writes("sbt scalafmtAll")
    assert not writes('sbt "scalafixAll --check"')


def test_sbt_gives_commands_names_of_their_own(look, said, workflow) -> None:
    build = 'addCommandAlias("lint", "; scalafmtCheckAll ; scalafixAll --check")\n'

    assert said(look({"build.sbt": build, CI: workflow("sbt lint")}), "lint") == ["sbt lint"]


def test_maven_alone_runs_its_default_goal(look, said, workflow) -> None:
    pom = "<project>\n<defaultGoal>clean verify checkstyle:check</defaultGoal>\n</project>"
    facts = look({"pom.xml": pom, CI: workflow("mvn --show-version -Da=b")})

    assert (said(facts, "test"), said(facts, "lint")) == (["mvn"], ["mvn"])
    assert all(fact.found for fact in facts.commands["test"])


def test_a_session_of_nox_without_commands_is_its_tool(look, said, workflow) -> None:
    nox = "@nox.session\ndef clippy(session: nox.Session) -> bool:\n    return _clippy(session)\n"
    files = {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": "", "noxfile.py": nox}
    facts = look({**files, "setup.py": "setup()\n", CI: workflow("uvx nox -s clippy")})

    assert said(facts, "lint") == ["nox -s clippy"]


GO = "module a\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.0.0\n{})\n"
COBRA = "\tgithub.com/spf13/cobra v1.0.0\n"


@pytest.mark.parametrize(
    ("required", "main", "start"),
    [
        ("", "", ["go run ."]),
        (COBRA, "func main() { cmd.Execute() }\n", []),
        (COBRA, "var root = &cobra.Command{\n\tRun: serve,\n}\n", ["go run ."]),
    ],
)
def test_a_program_with_commands_is_not_started_without_one(look, said, required, main, start):
    facts = look({"go.mod": GO.format(required), "main.go": f"package main\n{main}"})

    assert said(facts, "start") == start


def test_packages_that_are_split_off_are_components(look) -> None:
    php = {f"src/{name}/composer.json": f'{{"name": "a/{name}"}}' for name in ("x", "y")}
    gems = {f"{name}/{name}.gemspec": "" for name in ("core", "api")}

    assert look({"composer.json": '{"name": "a/a"}', **php}).components == (".", "src/x", "src/y")
    assert look({"Gemfile": "", **gems}).components == (".", "api", "core", "src/x", "src/y")


def test_packages_that_are_split_off_add_no_commands(look, said) -> None:
    php = {f"src/{name}/composer.json": f'{{"name": "a/{name}"}}' for name in ("x", "y")}

    assert said(look({"composer.json": '{"name": "a/a"}', **php}), "install") == [
        "composer install"
    ]


def test_swift_is_known_by_its_package(look, said, workflow) -> None:
    package = 'let package = Package(\n  targets: [\n    .testTarget(name: "T"),\n  ]\n)\n'
    files = {"Package.swift": package, ".swiftlint.yml": "", "docs/a.html": "", "docs/b.html": ""}
    facts = look({**files, "Sources/a.swift": "", CI: workflow("swift test -c debug")})

    assert (_managers(facts), facts.languages[0].value) == (["swiftpm"], "swift")
    assert said(facts, "test") == ["swift test -c debug"]
    assert said(facts, "lint") == ["swiftlint"]


def test_dart_is_known_by_its_package(look, said) -> None:
    files = {"pubspec.yaml": "name: a\n", "lib/a.dart": "", "test/a_test.dart": ""}
    facts = look({**files, "analysis_options.yaml": ""})

    assert (_managers(facts), facts.languages[0].value) == (["pub"], "dart")
    assert said(facts, "test") == ["dart test"]
    assert said(facts, "lint") == ["dart analyze"]
    assert writes("dart format .")
    assert not writes("dart format --output=none --set-exit-if-changed .")


def test_a_library_for_phoenix_serves_nothing(look, said) -> None:
    mix = {"mix.exs": 'defp deps do\n  [{:phoenix, "~> 1.7"}]\nend\n'}

    assert said(look(mix), "start") == []
    endpoint = {"config/config.exs": "config :a, AWeb.Endpoint, url: []\n"}
    assert said(look({**mix, **endpoint}), "start") == ["mix phx.server"]


def test_a_plugin_for_android_applications_runs_nothing(look, said) -> None:
    build = "plugins {\n    id({})\n}}\n".replace("{\n", "{{\n", 1)

    assert said(look({"build.gradle": build.format("'com.android.application'")}), "start") == []
    assert said(look({"build.gradle": build.format("'application'")}), "start") == ["gradle run"]


def test_a_task_of_rake_that_is_named_after_commits_is_no_linter(look, said) -> None:
    rake = "task :pre_commit do\n  system 'rake test'\nend\n"

    assert said(look({"Gemfile": "", "Rakefile": rake}), "lint") == []


def test_a_target_about_pages_builds_no_product(look, said) -> None:
    tox = "[testenv:readme]\ncommands = python -m build\n"

    assert said(look({"setup.py": "setup()\n", "tox.ini": tox}), "build") == []


def test_r_is_known_by_its_package(look, said) -> None:
    files = {"DESCRIPTION": "Package: a\n", "R/a.R": "", "tests/testthat.R": "", ".lintr": ""}
    facts = look({**files, "src/a.cpp": "", "src/b.cpp": ""})
    assert (_managers(facts), facts.languages[0].value) == ([], "r")
    assert said(facts, "test") == ["Rscript -e 'testthat::test_local()'"]
    assert said(facts, "lint") == ["Rscript -e 'lintr::lint_package()'"]
    locked = look({"renv.lock": "{}", "a.R": ""})
    assert said(locked, "install") == ["Rscript -e 'renv::restore()'"]
