"""Rules that new files and commits have to keep, and where the program already runs."""

from __future__ import annotations

import pytest

SHA = "a" * 40
WORKFLOW = ".github/workflows/a.yml"


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("commitlint.config.js", "", "conventional-commits"),
        (
            ".github/workflows/r.yml",
            "- uses: googleapis/release-please-action@v4\n",
            "conventional-commits",
        ),
        ("CONTRIBUTING.md", "Please follow Conventional Commits.\n", "conventional-commits"),
        (".pre-commit-config.yaml", "  - id: commitizen\n", "conventional-commits"),
        (".gitlint", "[general]\n", "gitlint"),
        (".gitlint", "contrib=contrib-title-conventional-commits\n", "conventional-commits"),
        ("README.md", "Commits use [gitmoji](https://gitmoji.dev).\n", "gitmoji"),
    ],
)
def test_the_rule_for_commits_is_found(look, path: str, text: str, rule: str) -> None:
    found = look({path: text}).commit_convention

    assert found is not None
    assert found.value == rule


def test_a_repository_without_a_rule_for_commits_has_none(look) -> None:
    facts = look({"README.md": "By convention, commits are small.\n"})

    assert facts.commit_convention is None
    assert facts.title_convention is None


def test_the_rule_for_titles_of_pull_requests_is_found(look) -> None:
    found = look({WORKFLOW: "- uses: amannn/action-semantic-pull-request@v5\n"}).title_convention

    assert found is not None
    assert found.value == "conventional-commits"
    assert found.evidence[0].line == 1


@pytest.mark.parametrize(
    ("uses", "pins"),
    [
        ([f"a/b@{SHA}", "./local", "docker://x"], "sha"),
        ([f"a/b@{SHA}", "c/d@v1"], "mixed"),
        (["c/d@v1"], "tag"),
    ],
)
def test_the_pins_of_actions_are_counted(look, uses: list[str], pins: str) -> None:
    found = look({WORKFLOW: "".join(f"  - uses: {one} # x\n" for one in uses)}).action_pins

    assert found is not None
    assert found.value == pins


def test_labels_are_synced_from_the_file_that_the_workflow_names(look) -> None:
    run = "- run: npx github-label-sync --labels .github/config/labels.yml\n"
    found = look({WORKFLOW: run, ".github/config/labels.yml": "[]\n"}).labels_synced

    assert found is not None
    assert found.value == ".github/config/labels.yml"


def test_a_labeler_that_only_sets_labels_syncs_none(look) -> None:
    assert look({WORKFLOW: "- uses: actions/labeler@v5\n"}).labels_synced is None


@pytest.mark.parametrize(
    ("path", "text", "host"),
    [
        ("web/vercel.json", "{}", "vercel"),
        ("app.json", '{"formation": {}}', "heroku"),
        (WORKFLOW, "- run: flyctl deploy\n", "fly"),
        (".github/workflows/preview.yml", "on: pull_request\n", "preview"),
    ],
)
def test_hosts_and_previews_are_found(look, path: str, text: str, host: str) -> None:
    assert [fact.value for fact in look({path: text}).deployments] == [host]


def test_an_app_json_of_another_tool_and_a_comment_deploy_nothing(look) -> None:
    facts = look({"app.json": '{"expo": {}}', WORKFLOW: "# flyctl deploy\n"})

    assert facts.deployments == ()


def test_images_and_compose_files_are_found_below_the_root(look) -> None:
    facts = look(
        {
            "docker/Dockerfile": "",
            "docker/Dockerfile.dockerignore": "",
            "api/app.Dockerfile": "",
            "docker/docker-compose.dev.yml": "services: {}\n",
            "docker/composer.yml": "",
            "tests/fixtures/Dockerfile": "",
        }
    )

    assert facts.dockerfiles == ("api/app.Dockerfile", "docker/Dockerfile")
    assert facts.compose_files == ("docker/docker-compose.dev.yml",)


def test_issue_forms_are_found_in_any_letter_case(look) -> None:
    paths = (".github/ISSUE_TEMPLATE/bug.yml", "docs/issue_template.md")

    assert look(dict.fromkeys(paths, "x\n")).issue_forms == paths
