"""The pod: its file, its line in CODEOWNERS, and what that line must not change."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from codeowners import CodeOwners

from bootstrap import checks
from bootstrap.checks._owners import covers
from bootstrap.effects.codeowners import as_attributes
from bootstrap.facts import read
from bootstrap.repo import Repo
from tests.conftest import Command, commit, git, snapshot, write

Repository = Callable[..., Path]

POD = "--data=pod=@ada, @acme/shop"
OURS = "* @ada @acme/shop"
PATHS = ("README.md", "docs/a.md", "docs/b/c.md", "src/a.py", "src/pay/b.py", "src/free/d.py")
RULES = "# Who reviews.\n\n# Guides\n/docs/ @writers\n*.py @ann # theirs\n/src/free/\n"


def owners(text: str, path: str) -> tuple[list[str], bool]:
    """Who owns a path by a reader that is none of ours, and whether any rule matches it."""
    found, line, *_ = CodeOwners(text).matching_line(path)
    return [name for _, name in found], line is not None


def applied(repo: Path, bootstrap: Command, *more: str, status: int = 0) -> str:
    return bootstrap(repo, "apply", "--yes", "--factors=11", POD, *more, status=status).output


def pods(repo: Path) -> checks.Row:
    opened = Repo.open(repo)
    return next(row for row in checks.run(opened, read(opened)) if row.slug == "pods")


# --- CODEOWNERS


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (".github/CODEOWNERS", lambda text: text.replace("\n", "\r\n")),
        ("CODEOWNERS", str.rstrip),
        ("docs/CODEOWNERS", lambda text: "\ufeff" + text),
    ],
)
def test_our_line_goes_first_and_no_path_loses_its_owners(
    repository: Repository, bootstrap: Command, place: str, change: Callable[[str], str]
) -> None:
    repo = repository({**dict.fromkeys(PATHS, ""), place: change(RULES).encode()})
    before = snapshot(repo)
    assert f"{place}  +" in applied(repo, bootstrap)
    assert [path.name for path in repo.rglob("*") if "codeowners" in path.name.lower()] == [
        "CODEOWNERS"
    ]
    old, new = change(RULES), (repo / place).read_bytes().decode()
    rules = [line for line in new.splitlines() if line and line.strip("\ufeff")[0] != "#"]
    assert rules[0] == OURS
    for path in PATHS:
        was, matched = owners(old, path)
        expected = was if matched else ["@ada", "@acme/shop"]
        assert owners(new, path)[0] == expected, path
    commit(repo)
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    assert pods(repo).state == checks.YES
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_a_new_pod_replaces_our_line_and_leaves_the_rest(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({**dict.fromkeys(PATHS, ""), "CODEOWNERS": RULES})
    before = snapshot(repo)
    applied(repo, bootstrap)
    commit(repo)
    write(repo, {"CODEOWNERS": (repo / "CODEOWNERS").read_text() + "/src/pay/ @pay\n"})
    commit(repo)
    bootstrap(repo, "apply", "--yes", "--data=pod=@ada, @cem")
    text = (repo / "CODEOWNERS").read_text()
    assert "* @ada @cem\n\n# Guides" in text and "@acme" not in text
    assert tomllib.loads((repo / ".process/pod.toml").read_text()) == {
        "expert": "@ada",
        "engineers": ["@cem"],
    }
    commit(repo)
    bootstrap(repo, "remove", "--yes")
    assert (repo / "CODEOWNERS").read_text() == RULES + "/src/pay/ @pay\n"
    write(repo, {"CODEOWNERS": RULES})
    assert snapshot(repo) == before


@pytest.mark.parametrize(
    ("rules", "line"),
    [("/a/ @x\n* @all\n", 2), ("/a/ @x\n**\n", 2), ("[Docs] @x\n/docs/\n", 1)],
)
def test_a_line_that_could_never_count_or_would_add_owners_is_not_put(
    repository: Repository, bootstrap: Command, rules: str, line: int
) -> None:
    repo = repository({"a/b": "", ".github/CODEOWNERS": rules})
    output = applied(repo, bootstrap)
    assert (repo / ".github/CODEOWNERS").read_text() == rules
    assert f"☐ .github/CODEOWNERS:{line} leaves no path to a line for the pod" in output


def test_another_spelling_is_not_patched_and_gets_no_second_file(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({".github/codeowners": "/a/ @x\n"})
    output = applied(repo, bootstrap, status=3)
    assert "GitHub reads no other spelling than .github/CODEOWNERS: rename it" in output
    assert sorted(path.name for path in (repo / ".github").iterdir()) == ["codeowners"]


def test_owners_that_would_change_are_said_and_nothing_is_written(
    repository: Repository, bootstrap: Command
) -> None:
    """The user has moved our line below theirs: a new pod there would take a path from them."""
    repo = repository({"docs/a.md": "", "CODEOWNERS": "/docs/ @writers\n"})
    applied(repo, bootstrap)
    commit(repo)
    moved = f"/docs/ @writers\n\n{OURS}\n"
    write(repo, {"CODEOWNERS": moved})
    commit(repo)
    output = bootstrap(repo, "apply", "--yes", "--data=pod=@eve", status=3).output
    assert "☐ CODEOWNERS: would change the owners of docs/a.md from @acme/shop @ada to @" in output
    assert (repo / "CODEOWNERS").read_text() == moved


# --- the pod's file


def test_without_names_only_the_file_comes_and_names_come_later(
    repository: Repository, bootstrap: Command
) -> None:
    repo = repository({"a": ""})
    before = snapshot(repo)
    output = bootstrap(repo, "apply", "--yes", "--factors=11").output
    assert "☐ name the domain expert, then one or two engineers: `bootstrap apply --data" in output
    empty = tomllib.loads((repo / ".process/pod.toml").read_text())
    assert empty == {"expert": "", "engineers": []}
    assert not (repo / ".github/CODEOWNERS").exists()
    assert ".process/pod.toml names no expert" in pods(repo).evidence
    commit(repo)
    bootstrap(repo, "apply", "--yes", POD)
    assert tomllib.loads((repo / ".process/pod.toml").read_text()) == {
        "expert": "@ada",
        "engineers": ["@acme/shop"],
    }
    assert pods(repo).state == checks.YES
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_parts_that_the_user_adds_stay(repository: Repository, bootstrap: Command) -> None:
    repo = repository({"a": ""})
    applied(repo, bootstrap)
    part = '\n[[parts]]\npaths = ["/a"]\nexpert = "@eve"\n'
    pod = repo / ".process/pod.toml"
    pod.write_text(pod.read_text() + part)
    commit(repo)
    assert ("@eve for /a of .process/pod.toml is in no rule of .github/CODEOWNERS") in pods(
        repo
    ).evidence
    bootstrap(repo, "apply", "--yes", "--data=pod=@ada, @cem")
    assert pod.read_text().endswith('expert = "@ada"\nengineers = ["@cem"]\n' + part)
    commit(repo)
    bootstrap(repo, "remove", "--yes")
    assert tomllib.loads(pod.read_text()) == tomllib.loads(part)


@pytest.mark.parametrize("factors", ["12", "11,12"])
def test_the_file_of_the_pod_is_the_same_with_each_factor_that_needs_it(
    repository: Repository, bootstrap: Command, factors: str
) -> None:
    repo = repository()
    bootstrap(repo, "apply", "--yes", f"--factors={factors}", POD)
    data = tomllib.loads((repo / ".process/pod.toml").read_text())
    assert data == {"expert": "@ada", "engineers": ["@acme/shop"]}
    assert (repo / ".github/CODEOWNERS").exists() == ("11" in factors)


# --- what covers what

PATTERNS = (
    *("*", "**", "/**", "*.js", "/*.js", "src/*.js", "src/", "/src/", "/src", "src", "/src/pay/"),
    *(
        "/src/pay",
        "src/pay/",
        "pay",
        "pay/",
        "/src/*",
        "/src/**",
        "src/**/a.js",
        "**/pay",
        "docs/*",
    ),
    *("docs/", "/docs/a.md", "a.md", "*.md", "/src/pay/a.js", "a.js/", "**/src/", "p*", "/s*/pay"),
)
TREE = (
    *("a.js", "b.md", "src/a.js", "src/pay/a.js", "src/pay/b.md", "docs/a.md", "docs/x/a.md"),
    *("lib/src/a.js", "lib/src/pay/c", "pay", "x/pay/d", "y/a.js/z", "y/a.md/z", "docs/src"),
)


def test_what_is_said_to_cover_another_pattern_matches_all_of_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    lines = []
    for number, pattern in enumerate(PATTERNS):
        lines.append(as_attributes(pattern.encode(), None).replace(b"owners0", b"p%d" % number))
    (tmp_path / ".gitattributes").write_bytes(b"\n".join(lines) + b"\n")
    said = git(tmp_path, "check-attr", "-a", *TREE)
    matched: dict[str, set[str]] = {pattern: set() for pattern in PATTERNS}
    for row in said.splitlines():
        path, name, _ = row.split(": ")
        matched[PATTERNS[int(name[1:])]].add(path)
    pairs = [pair for pair in itertools.product(PATTERNS, repeat=2) if covers(*pair)]
    assert len(pairs) > 3 * len(PATTERNS)
    for later, earlier in pairs:
        assert matched[earlier] <= matched[later], (later, earlier)
    for later, earlier in [
        ("*", "/a"),
        ("/src/", "/src/pay/"),
        ("*.js", "src/*.js"),
        ("src", "src/"),
    ]:
        assert covers(later, earlier) and not covers(earlier, later)
