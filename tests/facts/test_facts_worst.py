"""The worst inputs end with a note: what is read and kept has bounds."""

from __future__ import annotations

import subprocess

import pytest

from bootstrap import repo as repo_module
from bootstrap.facts import document, read
from bootstrap.facts import scan as scan_module
from bootstrap.facts.ci import MAX_CALLS, calls
from bootstrap.facts.read import MAX_BODY, _bounded
from bootstrap.facts.scan import MAX_MANIFESTS, Scan
from bootstrap.facts.targets import targets
from bootstrap.repo import MAX_BYTES, Repo

CI = ".github/workflows/ci.yml"


def test_a_workflow_over_the_limit_is_named_and_left_out(look) -> None:
    facts = look({CI: "on: push\n" + "# " * (MAX_BYTES // 2)})

    assert facts.notes == (f"{CI} was not read: it is missing or over 4 MiB",)


def test_binary_junk_is_named_and_left_out(look, folder) -> None:
    (folder / "pyproject.toml").write_bytes(bytes(range(256)) * 20)

    assert look({}).notes == ("pyproject.toml was not read: it is no UTF-8 text",)


def test_broken_files_are_named(look) -> None:
    facts = look({"pyproject.toml": "[a\n", CI: "on: [\n", "package.json": "{"})

    assert {note.partition(" ")[0] for note in facts.notes} == {
        "pyproject.toml",
        CI,
        "package.json",
    }
    assert document(facts)["notes"] == list(facts.notes)


def test_only_the_nearest_of_many_manifests_are_read(folder) -> None:
    files = {f"a/p{number}/package.json": "100644" for number in range(10_000)}
    scan = Scan(Repo(folder, {**files, "package.json": "100644"}))

    assert len(scan.named("package.json")) == MAX_MANIFESTS
    assert scan.named("package.json")[0] == "package.json"
    assert scan.notes[0].startswith("10001 files are named package.json: only the 200")


def test_the_first_of_many_jobs_are_read(folder) -> None:
    job = "  j{}:\n    steps:\n      - run: make a\n      - run: make b\n"
    (folder / CI).parent.mkdir(parents=True)
    (folder / CI).write_text("on: push\njobs:\n" + "".join(job.format(n) for n in range(5_000)))
    scan = Scan(Repo(folder, {CI: "100644"}))

    assert len(calls(scan)) == MAX_CALLS
    assert scan.notes == (
        f"CI runs more than {MAX_CALLS} commands: only the first of them were read",
    )


def test_the_body_of_a_target_has_bounds(folder) -> None:
    (folder / "Makefile").write_text("test:\n\t" + "a && " * 30_000 + "b\n")
    target = targets(Scan(Repo(folder, {"Makefile": "100644"})))[0]

    assert sum(map(len, target.body)) > MAX_BODY
    assert sum(map(len, _bounded(target).body)) < MAX_BODY


@pytest.mark.parametrize(
    "text", ["\n" * 500_000 + "x", "[" * 20_000, "<h1>" * 5_000, "a\n=\n" * 9_000]
)
def test_pages_that_are_made_to_be_slow_are_read(look, text: str) -> None:
    assert look({"README.md": text, "CONTRIBUTING.md": text, "Dockerfile": text}).name.value


def test_many_files_are_judged_once_for_each_folder(folder, monkeypatch) -> None:
    judged = []
    judge = scan_module._judge
    monkeypatch.setattr(scan_module, "_judge", lambda place: judged.append(place) or judge(place))
    files = {f"p{number % 10}/f{number}.py": "100644" for number in range(1_000)}
    scan = Scan(Repo(folder, {**files, "tests/t.py": "100644", "vendor/v.py": "100644"}))

    assert (len(scan.own), len(scan.real)) == (1_001, 1_000)
    assert scan.ending("999.py") == ["p9/f999.py"]
    assert len(judged) == 12


def test_of_many_files_those_that_git_does_not_track_count_if_they_are_known(
    folder, monkeypatch
) -> None:
    monkeypatch.setattr(repo_module, "FEW", 0)
    (folder / "Makefile").write_text("test:\n\ttrue\n")
    subprocess.run(["git", "add", "Makefile"], cwd=folder, check=True)
    (folder / "package.json").write_text('{"scripts": {"build": "vite build"}}')

    repo = Repo.open(folder)
    assert read(repo).package_managers == ()
    assert repo.files == {"Makefile": "100644", "package.json": ""}
    assert {fact.value for fact in read(repo).package_managers} == {"npm"}
