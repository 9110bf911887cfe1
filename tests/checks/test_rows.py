from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bootstrap import checks

SERVER = {"Dockerfile": "FROM scratch\nEXPOSE 8000\n"}


def test_there_are_twelve_factors_in_their_order():
    factors = checks.factors()
    assert [factor.number for factor in factors] == list(range(1, 13))
    assert len({factor.slug for factor in factors}) == 12
    assert all(factor.title and factor.promise.endswith(".") for factor in factors)


def test_every_check_has_a_claim_and_every_failure_a_remedy(judge):
    for row in judge(SERVER):
        for finding in row.findings:
            assert finding.claim.endswith("."), finding.check
            assert finding.evidence, finding.check
            assert finding.remedy.endswith(".") or finding.passed is not False, finding.check


def test_a_row_is_yes_partly_no_or_not_applicable_by_its_checks(judge):
    rows = {row.slug: row for row in judge({"CODEOWNERS": "* @ann\n", "lib.py": "", "a.md": ""})}
    assert rows["pods"].state == checks.PARTLY
    assert rows["complexity"].state == checks.NO
    assert rows["preview"].state == checks.NOT_APPLICABLE
    assert rows["pods"].evidence[:2] == ("CODEOWNERS:1", "CODEOWNERS")
    assert rows["pods"].remedies == (rows["pods"].findings[2].remedy,)


def test_a_factor_with_all_its_pieces_is_yes(judge):
    files = {"CODEOWNERS": "* @ann\n", ".process/pod.toml": 'expert = "@ann"\n'}
    assert {row.slug: row.state for row in judge(files)}["pods"] == checks.YES


def test_rows_are_plain_data(judge):
    rows = [asdict(row) for row in judge(SERVER)]
    assert json.loads(json.dumps(rows))[0]["slug"] == "preview"


@pytest.mark.parametrize(
    "text",
    [
        "on: [push\njobs: {",
        "- a\n- b\n",
        "on: 1\njobs: [1, {steps: 2}]\n",
        "on: {pull_request: x}\njobs: {a: {steps: [1, {run: [x], uses: {}}, {with: 3}]}}\n",
        "a: &a [*a, *a]\njobs: *a\n",
        "[" * 5000,
        "{'a': " * 5000,
        "\udcff\udcfe",
        "jobs: !!python/object/apply:os.system [false]\n",
        "? {a: 1}\n: 2\n",
        "name: 2020-99-99\non: 0x_\n",
        "\0",
        "",
    ],
)
def test_a_file_that_makes_no_sense_counts_as_absent(judge, text):
    paths = (
        *(".github/workflows/a.yml", ".github/workflows/copilot-setup-steps.yml", ".mcp.json"),
        *(".github/actions/a/action.yml", ".github/ISSUE_TEMPLATE/a.yml", "package.json"),
        *(".devcontainer/devcontainer.json", ".cursor/environment.json", "CODEOWNERS"),
        *(".pre-commit-config.yaml", "lefthook.yml", "AGENTS.md", "CLAUDE.md", "Makefile"),
        *("renovate.json", ".process/pod.toml", "mise.toml", "pyproject.toml"),
    )
    rows = judge(dict.fromkeys(paths, text))
    assert len(rows) == 12
    assert {row.slug: row.state for row in rows}["async-agents"] != checks.YES


def test_nothing_is_read_through_a_link_that_leaves_the_repository(judge, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret"
    outside.write_text("* @ann\n")
    rows = {row.slug: row for row in judge({"CODEOWNERS": f"-> {outside}"})}
    assert rows["pods"].findings[0].evidence == ("CODEOWNERS names nobody",)


def test_a_factor_is_found_by_listing_the_folder():
    files = {path.stem for path in Path(checks.__file__).parent.glob("[!_]*.py")}
    assert len(files) == len(checks.factors()) == 12
