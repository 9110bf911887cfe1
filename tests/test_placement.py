"""Where files go in a repository that has some already: a test for each case, named after it.

Cases that are tested where the code is: letter case of hooks and dev containers in
`facts/test_facts_concerns.py`, line endings and final newlines in `patch/`, links and uncommitted
edits in `test_refusals.py`, effects on ignore state, attributes and owners in `effects/`.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Command, commit, git, snapshot, write

Repository = Callable[..., Path]
WORKFLOWS = sorted((ROOT / "template/.github/workflows").glob("*.yml"))


def applied(repo: Path, bootstrap: Command, *arguments: str) -> str:
    """Apply, see that a second run finds nothing to do, and commit; the summary."""
    output = bootstrap(repo, "apply", "--yes", *arguments).output
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    commit(repo, "applied")
    return output


def planned(repo: Path, bootstrap: Command) -> tuple[str, set[str]]:
    """The summary of a plan, and what it would create."""
    output = bootstrap(repo, "plan").output
    rows = output.partition("would create:")[2].partition("✔")[0]
    return output, set(re.findall(r"(?m)^    (\S+)  ", rows))


def new_files(repo: Path) -> set[str]:
    """What the last commit added."""
    return set(git(repo, "show", "--format=", "--name-only", "--diff-filter=A").split())


def undone(repo: Path, bootstrap: Command) -> None:
    """See that remove gives back what was there before the last commit."""
    bootstrap(repo, "remove", "--yes")
    commit(repo, "removed")
    assert git(repo, "diff", "--name-only", "HEAD~2") == ""


# --- names, and no second of a kind ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "never"),
    [
        ("agents.md", "AGENTS.md"),
        ("claude.md", "CLAUDE.md"),
        (".claude/CLAUDE.md", "CLAUDE.md"),
        (".mise.toml", "mise.toml"),
        (".config/mise.toml", "mise.toml"),
    ],
)
def test_a_file_under_another_accepted_name_or_in_another_letter_case_is_the_one_that_is_patched(
    repository: Repository, bootstrap: Command, theirs: str, never: str
) -> None:
    repo = repository({theirs: "" if theirs.endswith("toml") else "# Ours\n"})
    applied(repo, bootstrap)
    assert never not in new_files(repo)
    assert (repo / theirs).stat().st_size > 10
    undone(repo, bootstrap)


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes"])
def test_a_link_that_git_does_not_follow_gets_no_lines(
    repository: Repository, bootstrap: Command, name: str
) -> None:
    repo = repository({"conf/lines": "x\n"})
    (repo / name).symlink_to("conf/lines")
    commit(repo)
    result = bootstrap(repo, "apply", "--yes", status=3)
    assert f"{name} is a link, which git does not follow" in result.output
    assert (repo / "conf/lines").read_text() == "x\n"


def test_an_import_in_dot_claude_leads_out_of_that_folder(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".claude/CLAUDE.md": "# Ours\n"})
    applied(repo, bootstrap)
    assert (repo / ".claude/CLAUDE.md").read_text() == "# Ours\n\n@../AGENTS.md\n"


@pytest.mark.parametrize(
    "theirs",
    [
        "PULL_REQUEST_TEMPLATE.md",
        ".github/pull_request_template.md",
        ".github/PULL_REQUEST_TEMPLATE.MD",
        ".github/PULL_REQUEST_TEMPLATE",
        ".github/PULL_REQUEST_TEMPLATE/feature.md",
        "docs/pull_request_template.md",
    ],
)
def test_there_is_no_second_template_for_pull_requests(
    repository: Repository, bootstrap: Command, theirs: str
) -> None:
    repo = repository({theirs: "What?\n"})
    _, created = planned(repo, bootstrap)
    assert len(created) > 20
    assert not [path for path in created if "pull_request_template" in path.lower()]


@pytest.mark.parametrize(
    "theirs",
    [
        ".devcontainer.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/web/devcontainer.json",
    ],
)
def test_there_is_no_second_dev_container(
    repository: Repository, bootstrap: Command, theirs: str
) -> None:
    repo = repository({theirs: '{\n  "image": "debian:13"\n}\n'})
    applied(repo, bootstrap)
    assert not [path for path in new_files(repo) if path.startswith(".devcontainer")]
    assert ".process/setup" in (repo / theirs).read_text()


@pytest.mark.parametrize(
    ("theirs", "text"),
    [
        (".husky/pre-commit", "npm test\n"),
        ("lefthook.yml", "pre-commit:\n  commands:\n    a:\n      run: make\n"),
        (".lefthook.yaml", "pre-commit:\n  commands:\n    a:\n      run: make\n"),
        (".githooks/pre-commit", "#!/bin/sh\nmake\n"),
        (".pre-commit-config.yaml", "repos: []\n"),
    ],
)
def test_there_is_no_second_manager_of_hooks(
    repository: Repository, bootstrap: Command, theirs: str, text: str
) -> None:
    repo = repository({theirs: text})
    applied(repo, bootstrap)
    managers = re.compile(r"\.husky/|\.?lefthook\.|\.githooks/|\.pre-commit-config|prek\.toml")
    folder, slash, _ = theirs.rpartition("/")
    same = [f"{folder}/pre-push"] if slash else []
    assert list(filter(managers.match, new_files(repo))) == same
    undone(repo, bootstrap)


@pytest.mark.parametrize("theirs", ["CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS"])
def test_there_is_no_second_file_of_owners(
    repository: Repository, bootstrap: Command, theirs: str
) -> None:
    repo = repository({theirs: "* @us\n"})
    _, created = planned(repo, bootstrap)
    assert len(created) > 20
    assert not [path for path in created if path.endswith("CODEOWNERS")]


def test_the_answers_have_their_own_file_beside_those_of_another_template(
    repository: Repository, bootstrap: Command
) -> None:
    theirs = "_commit: v1\n_src_path: gh:a/b\n"
    repo = repository({".copier-answers.yml": theirs})
    output = applied(repo, bootstrap)
    assert ".copier-answers.twelvefold.yml" in new_files(repo)
    assert (repo / ".copier-answers.yml").read_text() == theirs
    assert "another template has .copier-answers.yml" in output


# --- workflows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_names_no_branch_and_filters_no_path(path: Path) -> None:
    triggers = yaml.safe_load(path.read_text())[True]
    limits = {name for limit in triggers.values() if isinstance(limit, dict) for name in limit}
    assert not [name for name in limits if name.startswith(("branches", "paths", "tags"))]


def test_the_required_check_runs_for_pull_requests_merge_groups_and_any_default_branch() -> None:
    flow = yaml.safe_load((ROOT / "template/.github/workflows/process-validate.yml").read_text())
    assert set(flow[True]) == {"pull_request", "merge_group", "push"}
    assert "github.event.repository.default_branch" in flow["jobs"]["validate"]["if"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    used = [step["uses"] for job in jobs for step in [job, *job["steps"]] if "uses" in step]
    assert len(used) == path.read_text().count(" uses:")
    assert all(re.search(r"@[0-9a-f]{40}$", one) for one in used)


def test_names_of_workflows_are_unlike_any_other(
    repository: Repository, bootstrap: Command
) -> None:
    names = [yaml.safe_load(path.read_text())["name"] for path in WORKFLOWS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("Process: ") for name in names)


def test_a_workflow_that_has_our_name_already_stays_as_it_is(
    repository: Repository, bootstrap: Command
) -> None:
    path = ".github/workflows/process-validate.yml"
    repo = repository({path: "name: ours\non: workflow_dispatch\njobs: {}\n"})
    before = snapshot(repo)[path]
    # Line ends of our workflows are fixed by name, which would change those of this one: left out.
    output = bootstrap(repo, "apply", "--yes", "--data", "validate_in_ci=true", status=3).output
    assert f"{path}: your own file stands there" in output
    assert snapshot(repo)[path] == before
    assert path in yaml.safe_load((repo / ".copier-answers.yml").read_text())["adopted_paths"]


CI = "name: CI\non: [push, pull_request]\njobs:\n  check:\n"
STEPS = "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"


@pytest.mark.parametrize(
    "job",
    [
        "    uses: other/.github/.github/workflows/testing.yml@main\n",
        STEPS + "      - uses: ./.github/actions/analyze\n",
        STEPS + "      - uses: other/check-everything@v1\n",
        STEPS + "      - run: ./everything.sh\n",
    ],
    ids=["a workflow of others", "an action of its own", "an unknown action", "an unknown script"],
)
def test_beside_a_ci_that_can_not_be_read_there_is_no_second_one(
    repository: Repository, bootstrap: Command, job: str
) -> None:
    composer = '{"scripts": {"test": "phpunit"}}\n'
    repo = repository({".github/workflows/testing.yml": CI + job, "composer.json": composer})
    output, created = planned(repo, bootstrap)
    workflows = [path for path in created if path.startswith(".github/workflows/")]
    assert ".github/workflows/copilot-setup-steps.yml" in workflows  # which checks nothing
    texts = {path: (ROOT / "template" / path).read_text() for path in workflows}
    assert not [path for path, text in texts.items() if ".process/validate" in text]
    assert "your CI runs its own checks" in output


@pytest.mark.parametrize(
    "workflow",
    [
        CI + STEPS + "      - uses: actions/labeler@v5\n",
        CI.replace("[push, pull_request]", "[schedule]") + STEPS + "      - run: ./clean.sh\n",
        "on:\n  push:\n    tags: [v*]\njobs:\n  x:\n" + STEPS + "      - run: ./release.sh\n",
    ],
    ids=["labels", "a schedule", "a release"],
)
def test_a_workflow_that_checks_no_change_is_no_ci(
    repository: Repository, bootstrap: Command, workflow: str
) -> None:
    files = {".github/workflows/x.yml": workflow, "package.json": '{"scripts": {"test": "jest"}}'}
    repo = repository({**files, "package-lock.json": "{}", "a.test.js": ""})
    _, created = planned(repo, bootstrap)
    assert ".github/workflows/process-validate.yml" in created


# --- what git ignores -----------------------------------------------------------------------------


def printed_lines(output: str) -> str:
    """The lines to paste that a summary shows."""
    return "".join(f"{line}\n" for line in re.findall(r"(?m)^    │ (.*)$", output))


@pytest.mark.parametrize(
    ("rules", "file", "let_in"),
    [
        (".claude/\n", ".gitignore", ["docs/own.txt"]),
        ("**/.claude/**\n", ".gitignore", ["docs/own.txt"]),
        (".claude\n.agents/\nCLAUDE.md\n", ".gitignore", ["docs/own.txt"]),
        ("/docs\n.claude", ".gitignore", []),
        ("*\n!.gitignore\n", ".claude/.gitignore", ["docs/own.txt"]),
    ],
)
def test_the_negation_that_is_printed_for_ignored_files_works_and_lets_nothing_else_in(
    repository: Repository, bootstrap: Command, rules: str, file: str, let_in: list[str]
) -> None:
    repo = repository({"README.md": "# A\n", file: rules})
    output = bootstrap(repo, "apply", "--yes").output
    assert "☐ .claude/settings.json: ignored by" in output
    with (repo / file).open("a") as ignore:
        ignore.write("\n" + printed_lines(output))
    for other in (".claude/own.json", ".claude/skills/own/SKILL.md", "docs/own.txt"):
        write(repo, {other: "private\n"})
    git(repo, "add", "-A")
    assert [
        path for path in git(repo, "ls-files").split() if "/own" in path and ".process" not in path
    ] == let_in
    assert "ignored by" not in bootstrap(repo, "apply", "--yes").output
    assert (repo / ".claude/skills/validate/SKILL.md").exists()


def test_one_line_is_enough_where_no_folder_is_ignored(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".gitignore": "CLAUDE.md\n"})
    output = bootstrap(repo, "apply", "--yes").output
    assert "add `!/CLAUDE.md` at the end of .gitignore, then apply again" in output


def test_what_is_ignored_by_private_rules_is_let_in_by_those_of_the_repository(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository()
    write(repo, {".git/info/exclude": ".claude/\n"})
    output = bootstrap(repo, "apply", "--yes").output
    write(repo, {".gitignore": printed_lines(output)})
    assert "ignored by" not in bootstrap(repo, "apply", "--yes").output


def test_a_folder_whose_content_is_ignored_too_needs_both_lines(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".gitignore": "*\n!*.md\n!/.copier-answers.yml\n"})
    output = bootstrap(repo, "apply", "--yes", status=2).output
    assert "add the lines `!/.process/` and `!/.process/**` to .gitignore" in output
    with (repo / ".gitignore").open("a") as ignore:
        ignore.write("!/.process/\n!/.process/**\n")
    bootstrap(repo, "apply", "--yes")
    assert (repo / ".process/validate").exists()


# --- packages, images and sites -------------------------------------------------------------------

DEVELOPMENT = {".agents", ".claude", ".process", ".devcontainer", "AGENTS.md", "CLAUDE.md"}


def test_archives_leave_our_files_out_where_they_leave_others_out(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".gitattributes": "/tests export-ignore\n", "src/a.php": "", "tests/a": ""})
    applied(repo, bootstrap)
    git(repo, "archive", "--format=tar", "--output=../archive.tar", "HEAD")
    with tarfile.open(repo.parent / "archive.tar") as archive:
        files = {one.name for one in archive if one.isfile()}
    assert files == {".gitattributes", "src/a.php"}
    undone(repo, bootstrap)


def test_attributes_say_nothing_of_archives_where_they_said_nothing(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".gitattributes": "* text=auto\n"})
    applied(repo, bootstrap)
    assert "export-ignore" not in (repo / ".gitattributes").read_text()


def test_an_image_that_copies_the_whole_folder_leaves_our_files_out(
    repository: Repository, bootstrap: Command
) -> None:
    theirs = {"Dockerfile": "FROM scratch\nCOPY . /app\n", ".dockerignore": "node_modules"}
    repo = repository({**theirs, "CLAUDE.md": "Ours\n"})
    applied(repo, bootstrap)
    lines = set((repo / ".dockerignore").read_text().splitlines())
    assert DEVELOPMENT - {"CLAUDE.md"} < lines
    assert "CLAUDE.md" not in lines  # it was in the image before
    undone(repo, bootstrap)


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "FROM scratch\nCOPY src /app\n", ".dockerignore": "a\n"},
        {"Dockerfile": "FROM scratch\nCOPY . /app\n", ".dockerignore": "*\n!src\n"},
        {"Dockerfile": "FROM x\nCOPY --from=build . /app\n", ".dockerignore": "a\n"},
    ],
)
def test_an_image_that_takes_only_what_it_names_needs_nothing(
    repository: Repository, bootstrap: Command, files: dict[str, str]
) -> None:
    repo = repository(files)
    assert "copies the whole folder" not in applied(repo, bootstrap)
    assert (repo / ".dockerignore").read_text() == files[".dockerignore"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"Dockerfile": "FROM x\nADD ./ /app\n"}, "Dockerfile:2 copies the whole folder"),
        ({"a.gemspec": "s.files = `git ls-files -z`.split\n"}, "a.gemspec:1 packs all"),
        ({"package.json": '{"name": "a", "version": "1"}'}, "package.json has no `files`"),
        ({"Cargo.toml": '[package]\nexclude = ["/ci"]\n'}, "Cargo.toml:2 says what the crate"),
        ({".nextcloudignore": "tests\n"}, ".nextcloudignore:1 says what is left out"),
        ({"_config.yml": "title: x\n"}, "_config.yml publishes the whole folder: add `AGENTS.md`"),
    ],
)
def test_what_would_take_our_files_along_is_said_with_its_line(
    repository: Repository, bootstrap: Command, files: dict[str, str], said: str
) -> None:
    repo = repository(files)
    output, created = planned(repo, bootstrap)
    assert f"☐ {said}" in output
    assert created.isdisjoint({".dockerignore", ".npmignore"})


@pytest.mark.parametrize(
    "manifest",
    ['{"name": "a", "version": "1", "private": true}', '{"name": "a", "files": []}', "[]"],
)
def test_a_package_that_is_private_or_names_its_files_needs_nothing(
    repository: Repository, bootstrap: Command, manifest: str
) -> None:
    assert "has no `files`" not in planned(repository({"package.json": manifest}), bootstrap)[0]


def test_an_npmignore_gets_our_paths(repository: Repository, bootstrap: Command) -> None:
    repo = repository({".npmignore": "tests\n", "package.json": '{"name": "a", "version": "1"}'})
    assert "has no `files`" not in applied(repo, bootstrap)
    assert "/.process\n" in (repo / ".npmignore").read_text()
    undone(repo, bootstrap)


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ({"_config.yml": "title: x\n"}, "_config.yml"),
        ({"mkdocs_base.yml": "site_name: x\n", "docs/a.md": ""}, "mkdocs_base.yml"),
        ({".jazzy.yaml": "", "docs/index.html": ""}, ".jazzy.yaml"),
        ({"docs/a.html": "", "docs/b.html": "", "docs/c.md": ""}, "docs/a.html"),
        ({"conf.py": "extensions = []\n"}, "conf.py"),
        ({"a.gemspec": 'Dir["lib/**/*", "docs/**/*"]\n', "docs/a.md": ""}, "a.gemspec"),
        ({"a.gemspec": "`git ls-files -- bin docs lib`\n", "docs/a.md": ""}, "a.gemspec"),
        ({"mkdocs.yml": "site_name: x\n", "docs/a.md": ""}, "mkdocs.yml"),
    ],
)
def test_documents_go_elsewhere_where_docs_is_published_generated_or_packed(
    repository: Repository, bootstrap: Command, files: dict[str, str], shown: str
) -> None:
    repo = repository(files)
    output, created = planned(repo, bootstrap)
    assert not [path for path in created if path.startswith("docs/")]
    assert re.search(
        rf"\.process/docs/standards/code\.md .*docs/ belongs to {re.escape(shown)}\n", output
    )


# --- rules of the house ---------------------------------------------------------------------------

REUSE = 'version = 1\n\n[[annotations]]\npath = "**"\nSPDX-FileCopyrightText = "Us"\n'


def test_reuse_gets_one_entry_and_the_text_of_the_licence(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(
        {"REUSE.toml": REUSE + 'SPDX-License-Identifier = "MIT"\n', "AGENTS.md": "Us\n"}
    )
    applied(repo, bootstrap)
    text = (repo / "REUSE.toml").read_text()
    assert text.startswith(REUSE)
    assert '".process/**"' in text and '"AGENTS.md"' not in text
    assert (repo / "LICENSES/MIT-0.txt").read_text().startswith("MIT No Attribution")
    undone(repo, bootstrap)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"pom.xml": "<artifactId>license-maven-plugin</artifactId>\n"},
            "pom.xml demands licence headers (license-maven-plugin), ours are MIT-0",
        ),
        ({".reuse/dep5": "Files: *\n"}, "append to .reuse/dep5 a paragraph `Files: .agents/*"),
    ],
)
def test_a_check_of_licence_headers_is_said_with_what_to_write(
    repository: Repository, bootstrap: Command, files: dict[str, str], said: str
) -> None:
    assert f"☐ {said}" in planned(repository(files), bootstrap)[0]


HOOK = "repos:\n- repo: x\n  rev: v1\n  hooks:\n  - id: shfmt\n    args: [%s]\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({".pre-commit-config.yaml": HOOK % "--indent=4"}, "shfmt with these options"),
        ({"Makefile": "lint:\n\tshfmt -sr -i 2 -d .\n"}, "shfmt with these options"),
        ({"cspell.yaml": "words: []\n"}, "cspell.yaml: names the words"),
        ({"Makefile": "lint:\n\tyamllint --strict .\n"}, "Makefile:2: yamllint --strict demands"),
    ],
)
def test_a_check_that_our_files_can_not_please_is_said(
    repository: Repository, bootstrap: Command, files: dict[str, str], said: str
) -> None:
    assert said in planned(repository(files), bootstrap)[0]


@pytest.mark.parametrize(
    "files",
    [
        {".pre-commit-config.yaml": HOOK % "-i, 2"},
        {"Makefile": "lint:\n\tshfmt -i 2 -ci -d .\n"},
        {".prettierrc": "semi: false\ntabWidth: 2\n"},
        {".editorconfig": "[*]\nindent_style = tab\n"},
    ],
)
def test_a_check_that_our_files_please_is_not_mentioned(
    repository: Repository, bootstrap: Command, files: dict[str, str]
) -> None:
    output, created = planned(repository(files), bootstrap)
    assert "shfmt" not in output and ".prettierignore" not in created


@pytest.mark.parametrize(
    "files",
    [
        {".prettierrc": "useTabs: true\n", ".prettierignore": "dist"},
        {".prettierrc": "tabWidth: 4\n"},
        {".prettierrc": "{}\n", ".editorconfig": "[*]\nindent_style = tab\n"},
    ],
)
def test_the_ignore_file_of_a_formatter_with_another_style_gets_our_paths(
    repository: Repository, bootstrap: Command, files: dict[str, str]
) -> None:
    repo = repository(files)
    applied(repo, bootstrap)
    assert "/.process\n" in (repo / ".prettierignore").read_text()
    undone(repo, bootstrap)


BIOME = '{\n  "$schema": "https://biomejs.dev/schemas/2.5.0/schema.json"%s\n}\n'


@pytest.mark.parametrize(
    ("path", "text", "got"),
    [
        ("licenserc.toml", 'headerPath = "a.txt"\nexcludes = ["*.txt"]\n', '".process/**"'),
        (".licenserc.yaml", "header:\n  paths-ignore:\n    - dist\n", '- ".process/**"'),
        ("cspell.json", '{\n  "ignorePaths": ["a"]\n}\n', '".process/**"'),
        (".cspell.json", '{\n  "words": ["a"]\n}\n', '".process/**"'),
        (".ecrc", '{\n  "Exclude": ["a"]\n}\n', r'"^\\.process(/|$)"'),
        ("biome.json", BIOME % "", '["**", "!.claude", "!.devcontainer"]'),
        (
            "biome.json",
            BIOME % ',\n  "formatter": { "indentStyle": "space", "indentWidth": 4 }',
            '["**", "!.claude", "!.devcontainer"]',
        ),
        ("biome.jsonc", BIOME % ',\n  "files": { "includes": ["src"] }', '["src", "!.claude", '),
        (".markdownlintignore", "dist\n", "\n/.process\n"),
        (".markdownlint-cli2.yaml", "ignores:\n  - dist\n", '\n  - ".process/**"\n'),
    ],
)
def test_a_check_of_all_files_leaves_ours_out(
    repository: Repository, bootstrap: Command, path: str, text: str, got: str
) -> None:
    repo = repository({path: text})
    output = applied(repo, bootstrap)
    assert got in (repo / path).read_text()
    assert f"☐ {path}" not in output
    undone(repo, bootstrap)
    assert (repo / path).read_text() == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("biome.json", BIOME % ',\n  "files": { "includes": ["**/*.ts", "a.js"] }'),
        ("biome.json", BIOME % ',\n  "formatter": { "indentStyle": "space" }'),
        (".markdownlint-cli2.yaml", "globs: [docs/*.md]\n"),
    ],
)
def test_a_check_that_does_not_see_ours_stays_as_it_is(
    repository: Repository, bootstrap: Command, path: str, text: str
) -> None:
    repo = repository({path: text})
    applied(repo, bootstrap)
    assert (repo / path).read_text() == text


def test_the_standards_name_the_language_and_what_checks_it(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository(
        {
            "pyproject.toml": "[project]\nname = 'a'\n[tool.ruff]\n",
            "a.py": "x = 1\n",
            "tox.ini": "[flake8]\n",
            ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
            "    steps:\n      - run: python -m unittest\n",
        }
    )
    applied(repo, bootstrap)
    code = (repo / "docs/standards/code.md").read_text()
    assert "\n## Python\n" in code
    assert "- Ruff: `pyproject.toml`\n- Flake8: `tox.ini`\n" in code
    testing = (repo / "docs/standards/testing.md").read_text()
    assert "`python -m unittest`" in testing
    assert "pytest" not in testing


def test_a_program_that_ci_has_built_is_no_command_of_ours(
    repository: Repository, bootstrap: Command
) -> None:
    steps = "".join(f"      - run: {run}\n" for run in ("./app test", "./run test"))
    flow = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    repo = repository({"run": "#!/bin/sh\n", ".github/workflows/ci.yml": flow})
    applied(repo, bootstrap)
    assert "./app" not in (repo / "AGENTS.md").read_text()


@pytest.mark.parametrize("other", [".github/copilot-instructions.md", ".cursorrules", "GEMINI.md"])
def test_a_text_for_one_agent_beside_a_new_one_for_all_is_said(
    repository: Repository, bootstrap: Command, other: str
) -> None:
    output = planned(repository({other: "Be nice.\n"}), bootstrap)[0]
    assert f"☐ {other} beside the new AGENTS.md" in output
    with_both = repository({other: "Be nice.\n", "AGENTS.md": "Us\n"}, name="both")
    assert "beside the new AGENTS.md" not in planned(with_both, bootstrap)[0]


# --- why ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [{}, {".husky/pre-commit": "x\n"}, {"CLAUDE.md": "x\n"}])
def test_a_plan_says_of_each_file_why_it_goes_where_it_goes(
    repository: Repository, bootstrap: Command, files: dict[str, str]
) -> None:
    repo = repository({"README.md": "# A\n", **files})
    lines = bootstrap(repo, "plan").output.splitlines()
    rows = [line for line in lines if re.match(r"    \S+  \+", line)]
    assert len(rows) > 20
    assert [row for row in rows if not re.match(r"    \S+  \+\d+( -\d+)?  \S", row)] == []
