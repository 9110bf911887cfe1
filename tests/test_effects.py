"""No path of the user's changes its owners, its attributes or whether git ignores it."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import copier
import pytest

from bootstrap import effects
from bootstrap.plan import Change
from bootstrap.repo import Repo
from tests.conftest import Command, Template, commit, git, snapshot, write

Repository = Callable[..., Path]


def tracked(repo: Path, files: Mapping[str, str]) -> Path:
    """A repository that tracks these files, whatever is ignored; nothing is committed."""
    repo.mkdir()
    git(repo, "init", "-q")
    write(repo, files)
    git(repo, "add", "-A", "-f")
    return repo


def effect(repo: Path, path: str, after: str | bytes | None, ours: Iterable[str] = ()) -> str:
    """What a change of `path` does to a file of theirs."""
    opened = Repo.open(repo)
    content = after.encode() if isinstance(after, str) else after
    change = Change(path, "patch", "shared", opened.read(path), content)
    return effects.of(opened, [change], {*ours}).get(path, "")


# --- ignore files and attributes


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "b\n", ""),
        ("", "*.py\n", "make git ignore src/a.py"),
        ("", "src/\n", "make git ignore src/a.py"),
        ("", "SRC/\n", "make git ignore src/a.py"),  # where upper and lower case are the same
        ("*.py\n", "*.py\n!src/a.py\n", "stop git from ignoring src/a.py"),
        ("*.py\n", "*.py\n/src\n", ""),
        ("src/*\n", "src/\n", ""),
        ("*\n!*.py\n!src\n", "!*.py\n*\n!src\n", "make git ignore src/a.py"),
        ("x\r\n", "x\r\n*.py\r\n", "make git ignore src/a.py"),
        ("x", "x\n*.py ", "make git ignore src/a.py"),
        ("x", "x\n*.py\\ ", ""),
        ("\ufeff*.py\n", "*.py\n", ""),
        ("", "sub/\n", "make git ignore sub"),  # a submodule
        ("", "link/\n", ""),  # a link to a folder is none
        ("", "new*line\n", "make git ignore new\nline"),
        ("", ":x\n", "make git ignore :x"),
        ("", "!!x\n!#x\n", ""),
        ("*\n", "*\n!!x\n", "stop git from ignoring !x"),
        ("*\n", "*\n!#x\n", "stop git from ignoring #x"),
    ],
)
def test_an_ignored_path_stays_so_and_no_other_one_becomes_so(
    before: str, after: str, said: str, tmp_path: Path
) -> None:
    names = ("src/a.py", "new\nline", ":x", "!x", "#x")
    repo = tracked(tmp_path / "repo", {**dict.fromkeys(names, ""), ".gitignore": before})
    (repo / "link").symlink_to("src")
    (repo / "sub").mkdir()
    git(repo, "add", "-f", "link")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    assert effect(repo, ".gitignore", after) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "b x\n", ""),
        ("", "src/ x\n", ""),  # says nothing of what lies in it
        ("", "src/** x=1\n", "change the attribute x of src/a.py from unspecified to 1"),
        ("*.py x\n", "*.py x\n# more\na.py -x\n", "change the attribute x of src/a.py from set to unset"),
        ("*.py x\n", "*.py x\n*.py !x\n", "change the attribute x of src/a.py from set to unspecified"),
        ("*.py x\n", "*.py x\nsrc/* x\n", ""),
        ("*.py x y\n", "*.py x\n*.py y\n", ""),
        ("*.py m\n[attr]m x\n", "*.py m\n[attr]m -x\n", "change the attribute x of src/a.py from set to unset"),
        ('"a b" x\n', '"a b" x\n"a\\040b" -x\n', "change the attribute x of a b from set to unset"),
        ("", "  *.py\tx\r\n", "change the attribute x of src/a.py from unspecified to set"),
        ("", "!*.py x\n", ""),  # there is no such thing
    ],
)  # fmt: skip
def test_attributes_stay(before: str, after: str, said: str, tmp_path: Path) -> None:
    repo = tracked(tmp_path / "repo", {"src/a.py": "", "a b": "", ".gitattributes": before})
    assert effect(repo, ".gitattributes", after) == said


def test_what_is_ours_may_change_and_what_is_not_tracked_does_not_count(
    repository: Repository,
) -> None:
    repo = repository({"a.py": ""})
    write(repo, {"b.txt": ""})
    assert effect(repo, ".gitignore", "*.py\n", ours=["a.py"]) == ""
    assert effect(repo, ".gitignore", "*.txt\n") == ""


def test_other_files_of_rules_are_heard(repository: Repository) -> None:
    repo = repository({"d/a": "", "d/.gitignore": "!a\n", "e/a": "", "e/.gitignore": ""})
    assert effect(repo, ".gitignore", "/d/a\n") == ""
    assert effect(repo, ".gitignore", "a\n") == "make git ignore e/a"
    assert effect(repo, "e/.gitignore", "/a\n") == "make git ignore e/a"
    assert effect(repo, "e/.gitignore", "/e/a\n") == ""
    assert effect(repo, ".gitignore", "d/\n") == "make git ignore d/.gitignore"


def test_settings_of_one_machine_are_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = tracked(tmp_path / "repo", {"a": "", ".git/info/exclude": "a\n"})
    write(tmp_path, {"rules": "a\n", "more": "a x\n"})
    settings = f"[core]\nexcludesFile = {tmp_path}/rules\nattributesFile = {tmp_path}/more\n"
    write(tmp_path, {"settings": settings})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "settings"))
    assert effect(repo, ".gitignore", "a\n") == "make git ignore a"
    said = "change the attribute x of a from unspecified to set"
    assert effect(repo, ".gitattributes", "a x\n") == said


def test_one_change_is_judged_on_top_of_the_other(repository: Repository) -> None:
    repo = repository({"d/a": "", "d/.gitignore": "!a\n"})
    changes = [
        Change(".gitignore", "create", "shared", None, b"a\n"),
        Change("d/.gitignore", "update", "owned", b"!a\n", b"\n"),
    ]
    assert effects.of(Repo.open(repo), changes, set()) == {
        "d/.gitignore": "make git ignore d/a",
    }
    assert effects.of(Repo.open(repo), changes[::-1], set()) == {
        ".gitignore": "make git ignore d/a"
    }


def test_rules_that_are_not_checked_out_leave_it_open(repository: Repository) -> None:
    repo = repository({"d/a": "", "d/.gitignore": "!a\n", "e": ""})
    git(repo, "sparse-checkout", "set", "--no-cone", "/*", "!/d/")
    assert "d/.gitignore can't be read" in effect(repo, ".gitignore", "/d/a\n")
    assert effect(repo, ".gitignore", "/f\n") == ""


def test_a_linked_work_tree_is_read_and_nothing_is_written(
    repository: Repository, tmp_path: Path
) -> None:
    repo = repository({"a": ""})
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    before = snapshot(tmp_path / "linked"), snapshot(repo / ".git")
    assert effect(tmp_path / "linked", ".gitignore", "a\n") == "make git ignore a"
    assert (snapshot(tmp_path / "linked"), snapshot(repo / ".git")) == before


# --- CODEOWNERS

PATTERNS = {
    "*.js": ["a.js", "apps/x/a.js"],
    "/build/logs/": ["build/logs/a", "build/logs/b/a"],
    "docs/*": ["docs/a.md"],
    "apps/": ["apps/x/a.js", "src/apps/a"],
    "/docs/": ["docs/a.md", "docs/b/a.md"],
    "**/logs": ["build/logs/a", "build/logs/b/a", "logs"],
    "apps": ["apps/x/a.js", "src/apps/a"],
    "/apps": ["apps/x/a.js"],
    "docs/**/a.md": ["docs/a.md", "docs/b/a.md"],
    "Docs/": [],
    "[ab].js": [],
    "[slug].ts": ["[slug].ts"],
    "!d": [],
    "d": ["!d/d"],
    "a\\ b/": ["a b/c"],
    '"q"': ['"q"'],
}
"""As the documentation of GitHub has them, and some more."""


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_of_owners_matches_as_documented(pattern: str, tmp_path: Path) -> None:
    files = {path for paths in PATTERNS.values() for path in paths}
    repo = tracked(tmp_path / "repo", {**dict.fromkeys(files, ""), "CODEOWNERS": "* @z\n"})
    for path in files:
        said = f"change the owners of {path} from @z to @x" if path in PATTERNS[pattern] else ""
        ours = {*files, "CODEOWNERS"} - {path}
        assert effect(repo, "CODEOWNERS", f"* @z\n{pattern} @x\n", ours) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("*.py @x\n", "*.py @x\n.process/ @y\n", ""),
        ("*.py @x\n", "*.py @x\n/src/ @y\n", "from @x to @y"),
        ("*.py @x @y\n", "*.py @y  @x # why\n", ""),
        ("*.py @x\n", "*.py @x\n/src/\n", "from @x to nobody"),
        ("*.py\n", "*.py\nsrc/a.py @o/team a@b.c\n", "from nobody to @o/team a@b.c"),
        ("*.py a@b.c\n", "*.py a@b.c\nsrc/a.py @o/team\n", "from a@b.c to @o/team"),
        ("* @x\n", "* @y\n*.py @x\n", ""),
        # what no rule of theirs matches may get owners, and other ones when the pod changes
        ("*.md @x\n", "* @y\n*.md @x\n", ""),
        ("", "* @y\n", ""),
        ("# src/ @x\n", "src/ @x\n", ""),
        ("* @y\n*.md @x\n", "* @z\n*.md @x\n", ""),
        ("* @y\n*.md @x\n", "*.md @x\n", ""),
        ("*.py @x\n* @y\n", "*.py @x\n", "from @y to @x"),  # theirs above ours
        ("*.py\n", "* @y\n*.py\n", ""),
        ("*.md @x\n", "* @y\n*.md @x\n*.py\n", ""),
        ("[One]\n*.md @x\n", "* @y\n[One]\n*.md @x\n", ""),
        ("[One]\n*.py @x\n", "* @y\n[One]\n*.py @x\n", "from @x to @x @y"),
        ("*.py @x\r\n", "*.py @x\r\n*.md @y\r\n", ""),
        ("[One] @x\n*.py\n[Two]\n*.md @z\n", "[One] @x\n*.py\n[Two]\n*.md @z\n*.py @y\n", "from @x to @x @y"),
        ("[One] @x\n*.py\n", "[One] @y\n*.py\n", "from @x to @y"),
        ("*.py @x\n", "*.py @x\n" + "#" * 3 * 1024 * 1024, "from @x to nobody"),
    ],
    ids=lambda value: value[:40],
)  # fmt: skip
def test_owners_stay(before: str, after: str, said: str, tmp_path: Path) -> None:
    repo = tracked(tmp_path / "repo", {"src/a.py": "", ".github/CODEOWNERS": before})
    found = effect(repo, ".github/CODEOWNERS", after, ours=[".github/CODEOWNERS"])
    assert found == (f"change the owners of src/a.py {said}" if said else "")


def test_a_file_that_would_hide_another_one_is_seen(tmp_path: Path) -> None:
    repo = tracked(tmp_path / "repo", {"a": "", "docs/CODEOWNERS": "a @x\n"})
    lost = "change the owners of a from @x to nobody"
    for place in (".github/CODEOWNERS", "CODEOWNERS"):
        assert effect(repo, place, "/.process/ @y\n") == lost
        assert effect(repo, place, "a @x\n/.process/ @y\n") == ""
    assert effect(repo, ".gitlab/CODEOWNERS", "* @y\n") == ""
    assert effect(repo, "docs/CODEOWNERS", None) == lost
    assert effect(repo, "src/CODEOWNERS", "* @y\n") == ""


# --- EditorConfig


@pytest.mark.parametrize(
    ("after", "path"),
    [
        ("[.process/**]\na = b\n", ""),
        ("[*.py]\na = b\n", "src/a.py"),
        ("[*.PY]\na = b\n", "src/a.py"),
        ("[{*.go,a.py}]\na = b\n", ".editorconfig"),
        ("[src/**.py]\na = b\n", "src/a.py"),
        ("[s**y]\na = b\n", "src/a.py"),
        ("[*.{py,pyi}]\na = b\n", ".editorconfig"),  # too wide, so as to be simple
        ("[a.p[xy]]\na = b\n", ".editorconfig"),
        ("[*.py]\n# a = b\n", ""),
        ("a = b\n", ".editorconfig"),
    ],
)
def test_a_new_section_holds_for_no_file_of_theirs(after: str, path: str, tmp_path: Path) -> None:
    repo = tracked(tmp_path / "repo", {"src/a.py": "", ".editorconfig": "root = true\n"})
    said = f"tell editors how to treat {path}" if path else ""
    assert effect(repo, ".editorconfig", "root = true\n" + after) == said
    assert effect(repo, "src/.editorconfig", "[x]\na = b\n") == "tell editors how to treat src/a.py"


# --- through the command

OWNERS = (
    "{path: .github/CODEOWNERS, kind: shared, factors: [11], when: {pod_owns: true}, at: start}"
)


def extended(template: Template, name: str, line: str) -> dict[str, str | None]:
    """A file of the template with one more line near its top, as edits for a release."""
    [found] = (template.folder / "template").glob(f"{name}*")
    licence = "# SPDX-License-Identifier: MIT-0\n"
    assert licence in found.read_text()
    return {f"template/{found.name}": found.read_text().replace(licence, f"{licence}{line}\n")}


def test_what_would_change_a_file_of_theirs_is_said_and_the_rest_is_done(
    repository: Repository, bootstrap: Command, template: Template
) -> None:
    pieces = template.text("extensions/pieces.yml")
    assert OWNERS in pieces
    row = "{path: .github/CODEOWNERS, kind: shared, factors: [1, 2, 5]}"
    template.release(
        "v1.1.0",
        {
            **extended(template, ".gitignore", "*.log"),
            "template/.github/CODEOWNERS.jinja": "*.py @pod\n/.github/ @pod\n",
            "extensions/pieces.yml": pieces.replace(OWNERS, row),
        },
    )
    theirs = {
        ".gitignore": "x\n!*.log\n", "a.log": "", "src/a.py": "", "docs/CODEOWNERS": "* @x\n",
        ".github/workflows/process-orders.yml": "on: push\n",
    }  # fmt: skip
    repo = repository(theirs)
    before = snapshot(repo)
    result = bootstrap(repo, "apply", "--yes", status=3)
    assert "☐ .gitignore: would make git ignore a.log\n" in result.output
    assert "    │ *.log\n" in result.output
    workflow = ".github/workflows/process-orders.yml"
    assert "☐ docs/CODEOWNERS: would change the owners of " in result.output
    assert " from @x to @pod" in result.output
    assert f"☐ .gitattributes: would change the attribute eol of {workflow} from" in result.output
    after = snapshot(repo)
    assert {path: after[path] for path in before} == before
    assert (repo / ".process/validate").exists()
    assert not (repo / ".gitattributes").exists()
    assert "  .gitignore:" not in (repo / ".process/record/01.yml").read_text()

    commit(repo)
    bootstrap(repo, "apply", "--yes", status=3)
    assert snapshot(repo) == after
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before


def test_an_update_that_would_change_a_file_of_theirs_waits(
    repository: Repository, bootstrap: Command, template: Template
) -> None:
    repo = repository({".gitignore": "x\n", "a.log": ""})
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    ours = (repo / ".gitignore").read_bytes()
    commit(repo)
    template.release("v1.1.0", extended(template, ".gitignore", "*.log"))
    template.release("v1.2.0", extended(template, ".gitattributes", "/docs/standards/** x"))
    result = bootstrap(repo, "update", "--yes", status=3)
    assert "☐ .gitignore: would make git ignore a.log\n" in result.output
    assert (repo / ".gitignore").read_bytes() == ours
    assert "standards" in (repo / ".gitattributes").read_text()
    git(repo, "mv", "a.log", "a.txt")
    commit(repo)
    bootstrap(repo, "apply", "--yes")
    assert (repo / ".gitignore").read_bytes().startswith(ours)
    assert (repo / ".gitignore").read_bytes().endswith(b"*.log\n")
    git(repo, "mv", "a.txt", "a.log")
    commit(repo)
    result = bootstrap(repo, "remove", "--yes")
    assert "this will stop git from ignoring a.log" in result.output
    assert snapshot(repo) == before


def test_the_files_of_a_generated_service_are_the_templates(
    bootstrap: Command, template: Template, tmp_path: Path
) -> None:
    repo = tmp_path / "service"
    copier.run_copy(
        str(template.folder), repo, data={"project_name": "A"}, defaults=True, quiet=True
    )
    git(repo, "init", "-q")
    commit(repo)
    template.release("v1.1.0", extended(template, ".gitattributes", "*.py x"))
    bootstrap(repo, "update", "--yes")
    assert "\n*.py x" in (repo / ".gitattributes").read_text()
    write(repo, {"own.rb": ""})
    commit(repo)
    template.release("v1.2.0", extended(template, ".gitattributes", "*.rb x"))
    result = bootstrap(repo, "update", "--yes", status=3)
    assert "would change the attribute x of own.rb from unspecified to set" in result.output


def test_blocks_come_with_the_rest_and_go_again(
    repository: Repository, bootstrap: Command, template: Template
) -> None:
    rows = "".join(
        f"  - {{path: {path}, kind: shared, factors: [2]}}\n" for path in ("Makefile", "justfile")
    )
    style = "{path: .editorconfig, kind: starter, factors: [5], when: {starter: true}}"
    pieces = template.text("extensions/pieces.yml")
    assert style in pieces
    shared = pieces.replace(style, "{path: .editorconfig, kind: shared, factors: [5]}")
    template.release(
        "v1.1.0",
        {
            "template/Makefile": ".PHONY: validate\nvalidate:\n\t.process/validate\n",
            "template/justfile": "validate:\n    .process/validate\n",
            "template/.editorconfig": "[.process/**]\nindent_size = 2\n",
            "extensions/pieces.yml": shared + rows,
        },
    )
    repo = repository(
        {"Makefile": "all:\n\techo\n", "justfile": "x:\n  y\n", ".editorconfig": "[*]\na = b\n"}
    )
    before = snapshot(repo)
    bootstrap(repo, "apply", "--yes")
    assert (
        (repo / "Makefile")
        .read_text()
        .endswith("\techo\n\n.PHONY: validate\nvalidate:\n\t.process/validate\n")
    )
    assert (repo / "justfile").read_text() == "x:\n  y\n\nvalidate:\n    .process/validate\n"
    assert (repo / ".editorconfig").read_text() == "[*]\na = b\n\n[.process/**]\nindent_size = 2\n"
    assert "nothing to change" in bootstrap(repo, "apply", "--yes").output
    commit(repo)
    bootstrap(repo, "remove", "--yes")
    assert snapshot(repo) == before
    commit(repo)

    template.release("v1.2.0", {"template/.editorconfig": "[*]\nindent_size = 2\n\n[M*]\nx = y\n"})
    result = bootstrap(repo, "apply", "--yes", status=3)
    assert "☐ .editorconfig: would tell editors how to treat Makefile\n" in result.output
    assert (repo / ".editorconfig").read_bytes() == before[".editorconfig"][1]


# --- any rules on any tree, against git in a real checkout

NAMES = ("a", "b", "A", "c.x", "x y", "#h", "!b", ":m", "n\nl", 'q"t', "\udcff")
PARTS = (
    "a",
    "b",
    "A",
    "*",
    "?",
    "[!a]",
    "[ab]",
    "c.x",
    "*.x",
    "\\#h",
    "#h",
    "!b",
    "**",
    "x y",
    "a*",
)


def any_tree(draw: random.Random) -> list[str]:
    paths: list[str] = []
    for _ in range(draw.randint(2, 8)):
        path = "/".join(draw.choices(NAMES[: draw.choice([3, 3, 11])], k=draw.randint(1, 3)))
        if not any(f"{path}/".startswith(f"{one}/") or one.startswith(f"{path}/") for one in paths):
            paths.append(path)
    return paths


def any_pattern(draw: random.Random) -> str:
    pattern = "/".join(draw.choices(PARTS[: draw.choice([5, 15])], k=draw.choice([1, 1, 1, 2, 3])))
    return draw.choice(["", "", "", "/"]) + pattern + draw.choice(["", "", "", "/", "/**"])


def any_line(draw: random.Random, name: str) -> str:
    pattern = any_pattern(draw)
    if draw.random() < 0.1:
        return draw.choice(["", "# note"])
    if name == ".gitignore":
        return draw.choice(["", "", "!"]) + pattern + draw.choice(["", "", " ", "\\ "])
    given = " ".join(draw.choices(["x", "-x", "!x", "x=1", "y", "m", "-m"], k=draw.randint(1, 2)))
    if draw.random() < 0.1:
        return f"[attr]m {given}"
    if " " in pattern or draw.random() < 0.2:
        pattern = '"' + pattern.replace("\\", "\\\\") + '"'
    return draw.choice(["", "", " "]) + f"{pattern} {given}"


def any_text(draw: random.Random, name: str) -> str:
    lines = [any_line(draw, name) for _ in range(draw.randint(1, 5))]
    end = draw.choice(["\n", "\n", "\r\n"])
    return end.join(lines) + draw.choice(["", end])


def any_change(draw: random.Random, text: str, name: str) -> str | None:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    return draw.choice(
        [
            f"{text}\n{any_line(draw, name)}\n",
            "\n".join([*lines[:at], any_line(draw, name), *lines[at:]]),
            "\n".join([*lines[:at], *lines[at + 1 :]]),
            "\n".join(draw.sample(lines, len(lines))),
            None,
        ]
    )


def said_by_git(repo: Path, name: str, paths: Iterable[str], ours: set[str]) -> list[set[bytes]]:
    """What git says of the paths in a real checkout, whether letter case counts or not."""
    command = {
        ".gitignore": ("check-ignore", "--no-index"),
        ".gitattributes": ("check-attr", "-a"),
    }[name]
    asked = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths if path not in ours)
    answers = []
    for fold in ("false", "true"):
        done = subprocess.run(
            ["git", "-c", f"core.ignoreCase={fold}", *command, "-z", "--stdin"],
            cwd=repo, input=asked, capture_output=True,
        )  # fmt: skip
        fields = done.stdout.split(b"\0")[:-1]
        step = 1 if name == ".gitignore" else 3
        answers.append({b"\0".join(fields[i : i + step]) for i in range(0, len(fields), step)})
    return answers


@pytest.mark.parametrize("seed", range(60))
def test_the_verdict_is_that_of_a_real_checkout(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    name = draw.choice([".gitignore", ".gitattributes"])
    paths = any_tree(draw)
    folders = {path.rpartition("/")[0] for path in paths if "/" in path}
    places = [name, *(f"{folder}/{name}" for folder in sorted(folders) if draw.random() < 0.5)]
    rules = {place: any_text(draw, name) for place in places}
    repo = tracked(tmp_path / "repo", {**dict.fromkeys(paths, ""), **rules})
    place = draw.choice(places)
    after = any_change(draw, rules[place], name)
    ours = {path for path in paths if draw.random() < 0.2}

    found = effect(repo, place, after, ours)
    before = said_by_git(repo, name, [*paths, *places], ours)
    if after is None:
        git(repo, "rm", "-q", "-f", "--", place)
    else:
        (repo / place).write_text(after)
    differs = said_by_git(repo, name, [*paths, *places], ours) != before
    assert bool(found) == differs, (rules, place, after, paths, ours, found)
