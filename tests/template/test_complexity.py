"""The classifier of changes: what it counts, and what must not lower a label."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

HOME = Path(__file__).parents[2] / "template" / ".process"
Content = bytes | tuple[str, bytes] | None
"""A file: its bytes, or a mode and its bytes; None deletes it."""


def _load() -> Any:
    loader = SourceFileLoader("process_complexity", str(HOME / "complexity"))
    spec = spec_from_loader(loader.name, loader)
    assert spec
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


cx = _load()
# Without folders of its own, as a new service has it.
OWN = re.sub(r"\n\{%.*?%\}\n.*?\n\{%.*?%\}", "", (HOME / "complexity.toml.jinja").read_text())
RULES = cx.Rules.read(OWN)
CODE = b"".join(b"value_%d = compute(%d)\n" % (n, n) for n in range(200))
RANK = {"low": 0, "medium": 1, "high": 2}


class Repo:
    """A bare repository that is written by `git fast-import`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened = cx.Repository(str(folder))
        git(folder, "init", "-q", "--bare", str(folder))

    def commit(
        self,
        files: Mapping[str | bytes, Content],
        parent: str = "",
        who: str = "Ada <ada@example.org>",
        date: str = "1700000000 +0000",
        message: str = "change",
    ) -> str:
        lines = [b"commit refs/heads/one", f"committer {who} {date}".encode()]
        lines += [b"data %d" % len(message.encode()), message.encode()]
        lines += [f"from {parent}".encode()] if parent else []
        for name, content in files.items():
            lines += self._file(os.fsencode(name), content)
        text = b"reset refs/heads/one\n" + b"\n".join(lines) + b"\n"
        git(self.folder, "fast-import", "--quiet", "--force", given=text)
        return git(self.folder, "rev-parse", "refs/heads/one").strip()

    @staticmethod
    def _file(name: bytes, content: Content) -> list[bytes]:
        path = b'"' + re.sub(rb'["\\\n]', lambda m: b"\\%03o" % m[0][0], name) + b'"'
        if content is None:
            return [b"D " + path]
        mode, data = content if isinstance(content, tuple) else ("100644", content)
        if mode == "160000":
            return [b"M 160000 " + data + b" " + path]
        return [f"M {mode} inline ".encode() + path, b"data %d" % len(data), data]

    def rate(self, base: str, head: str, **more: Any) -> Any:
        return cx.rate(self.opened, base, head, RULES, **more)

    def change(
        self, before: Mapping[str | bytes, Content], after: Mapping[str | bytes, Content]
    ) -> Any:
        """The rating of a change on top of a commit with these files."""
        base = self.commit(before)
        return self.rate(base, self.commit(after, base))


def git(folder: Path, *command: str, given: bytes | None = None) -> str:
    done = subprocess.run(
        ["git", *command], cwd=folder.parent if "init" in command else folder,
        input=given, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode()


@pytest.fixture
def repo(tmp_path: Path) -> Iterator[Repo]:
    made = Repo(tmp_path / "repo.git")
    yield made
    made.opened.close()


def points(rating: Any) -> float:
    """The sum of what the reasons say, read off their text."""
    texts = [str(one) for one in rating.reasons]
    return sum(float(text.split()[0]) for text in texts)


# --- the table ------------------------------------------------------------------------------------


def test_the_reasons_are_the_table_by_hand_and_sum_to_the_score(repo: Repo) -> None:
    before = b"def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    after = b"def f(x):\n    if x:\n        return h(x)\n    return 1\n\n\ndef g():\n    return 2\n"
    rating = repo.change({"a.py": before}, {"a.py": after})
    assert [str(one) for one in rating.reasons] == [
        "+2 3 lines of product code added",
        "+0.25 1 line of product code removed",
        "+0.25 branches added: 1",
        "+0.5 calls added: 2",
        "+0.25 places changed: 1",
    ]
    assert rating.score == 3.25 == points(rating)
    assert (rating.label, rating.guards) == ("medium", ())


def test_text_tests_and_versions_of_dependencies_are_low(repo: Repo) -> None:
    before = {"a.py": CODE, "README.md": b"# A\n", "package.json": b'{\n"x": "1.2.3"\n}\n'}
    after = {
        "README.md": b"# A\n\nMore text\n",
        "tests/test_a.py": b"def test_a():\n    assert True\n",
        "package.json": b'{\n"x": "1.3.0"\n}\n',
    }
    rating = repo.change(before, after)
    assert (rating.label, rating.score) == ("low", 0.5)


@pytest.mark.parametrize(
    ("lines", "score", "label"), [(1, 2.0, "low"), (20, 7.0, "medium"), (200, 11.0, "high")]
)
def test_lines_decide_the_label(repo: Repo, lines: int, score: float, label: str) -> None:
    rating = repo.change({"a.py": b"\n"}, {"b.py": b"\n".join(CODE.split(b"\n")[:lines])})
    assert rating.label == label
    assert abs(rating.score - score) <= 1


# --- what must not lower a label ------------------------------------------------------------------


def test_attributes_of_the_change_hide_nothing(repo: Repo) -> None:
    before = {"src/a.py": b"a = 1\n"}
    plain = repo.change(before, {"src/b.py": CODE})
    marks = b"src/* linguist-generated linguist-vendored -diff -text binary diff=x\n"
    marked = repo.change(before, {"src/b.py": CODE, ".gitattributes": marks})
    assert marked.score >= plain.score
    assert marked.label == "high"


def test_attributes_of_the_base_say_what_is_generated_but_not_what_is_binary(repo: Repo) -> None:
    before = {".gitattributes": b"out/** linguist-generated\n*.py binary\n", "a.py": b"a = 1\n"}
    base = repo.commit(before)
    assert repo.rate(base, repo.commit({"out/b.js": CODE}, base)).score == 0
    assert repo.rate(base, repo.commit({"a.py": CODE}, base)).label == "high"


def test_a_rule_that_the_change_writes_is_not_used_and_makes_it_high(repo: Repo) -> None:
    own = OWN.encode()
    base = repo.commit({".process/complexity.toml": own, "a.py": b"a = 1\n"})
    loose = own.replace(b"low = 3.25", b"low = 99.0").replace(b"high = 9.0", b"high = 100.0")
    head = repo.commit({".process/complexity.toml": loose, "b.py": CODE}, base)
    used = cx.rules_of(repo.opened, base, None)
    assert used.low == 3.25
    assert cx.rate(repo.opened, base, head, used).label == "high"
    for path in (
        ".process/complexity",
        ".process/gate",
        ".github/workflows/process-complexity.yml",
    ):
        assert repo.rate(base, repo.commit({path: b"x\n"}, base)).label == "high", path


@pytest.mark.parametrize(
    ("importer", "line", "path"),
    [
        ("app.py", b"from tests.helpers import grant\n", "tests/helpers.py"),
        ("app.py", b"import tests\n", "tests/helpers.py"),
        ("pkg/app.py", b"from .testing import grant\n", "pkg/testing/__init__.py"),
        ("src/app.js", b'const { grant } = require("../test/helpers");\n', "test/helpers.js"),
        (
            "src/app.ts",
            b'export { grant } from "../docs/example/grant";\n',
            "docs/example/grant.ts",
        ),
        ("main.go", b'\t"example.org/app/internal/testutil/grant"\n', "internal/testutil/grant.go"),
        ("src/app.c", b'#include "../tests/grant.h"\n', "tests/grant.h"),
        ("src/lib.rs", b'#[path = "../tests/grant.rs"]\nmod grant;\n', "tests/grant.rs"),
        ("src/lib.rs", b"use crate::testing::grant;\n", "src/testing/grant.rs"),
        ("app.php", b"require __DIR__ . '/tests/grant.php';\n", "tests/grant.php"),
        ("run.sh", b". docs/grant.sh\n", "docs/grant.sh"),
        ("run.sh", b"source docs/notes.txt\n", "docs/notes.txt"),
        ("src/lib.rs", b'include!("../docs/notes.md");\n', "docs/notes.md"),
    ],
)
def test_what_product_code_imports_is_product_code_wherever_it_is(
    repo: Repo, importer: str, line: bytes, path: str
) -> None:
    if importer.endswith(".go"):
        line = b"import (\n" + line + b")\n"
    base = repo.commit({importer: b"\n", path: b"\n"})
    without = repo.rate(base, repo.commit({path: CODE}, base))
    assert without.label == "low", without
    both = repo.rate(base, repo.commit({path: CODE, importer: line}, base))
    assert both.label == "high", "the import comes with the change"
    imported = repo.commit({importer: line}, base)
    after = repo.rate(imported, repo.commit({path: CODE}, imported))
    assert after.label == "high", "the import was there before"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("docs/run.md", b"#!/usr/bin/env python3\n" + CODE),
        ("docs/run.txt", ("100755", CODE)),
        ("docs/page.mdx", b"import { x } from './x';\n" + CODE),
        ("guide.mdx", CODE),
    ],
)
def test_a_program_with_the_ending_of_a_document_counts(
    repo: Repo, path: str, content: Content
) -> None:
    assert repo.change({"a.py": b"a = 1\n"}, {path: content}).label == "high"


@pytest.mark.parametrize(
    "path",
    [
        ".vscode/tasks.json",
        ".devcontainer/devcontainer.json",
        "web/.npmrc",
        ".cargo/config.toml",
        ".gitmodules",
        ".github/settings.yml",
        ".github/renovate.json5",
        ".github/copilot-instructions.md",
    ],
)
def test_settings_that_run_fetch_or_merge_are_not_low(repo: Repo, path: str) -> None:
    assert repo.change({path: b"a\n"}, {path: b"b\n"}).label == "medium"


@pytest.mark.parametrize("package", ["example", "testing", "docs"])
def test_packages_of_maven_are_shipped_whatever_their_name_is(repo: Repo, package: str) -> None:
    path = f"shop/src/main/java/com/{package}/A.java"
    assert repo.change({path: b"\n"}, {path: CODE}).label == "high"
    aside = f"shop/src/test/java/com/{package}/A.java"
    assert repo.change({aside: b"\n"}, {aside: CODE}).label == "low"


@pytest.mark.parametrize("path", ["src/README.py", "src/NEWS.ts", "CHANGES.sh"])
def test_code_with_the_name_of_a_document_counts(repo: Repo, path: str) -> None:
    assert repo.change({"a.py": b"a = 1\n"}, {path: CODE}).label == "high"


@pytest.mark.parametrize(
    "path", ["src/pay_generated.py", "vendor/pay/pay.go", "dist/index.js", "a.min.js"]
)
def test_code_that_counts_as_generated_is_never_low(repo: Repo, path: str) -> None:
    assert repo.change({"a.py": b"a = 1\n"}, {path: CODE}).label == "medium"
    assert repo.change({path: CODE}, {path: CODE + b"evil()\n"}).label == "medium"
    assert repo.change({path: CODE}, {path: None}).label == "medium"


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        (b"flask==2.0", b"flask==2.0.1rc1", "low"),
        (b"flask>=2.0,<3", b"flask>=2.1,<4", "low"),
        (b"h11==0.14", b"h11==0.15", "low"),
        (b"h11==0.14", b"h1l1==0.14", "medium"),
        (b"es5-shim==1.0", b"es6-shim==1.0", "medium"),
        (b"lib-2==1.0", b"lib-3==1.0", "medium"),
        (b"a @ https://10.0.0.1/a", b"a @ https://6.6.6.6/a", "medium"),
    ],
)
def test_only_versions_are_versions(repo: Repo, before: bytes, after: bytes, label: str) -> None:
    rating = repo.change({"requirements.txt": before}, {"requirements.txt": after})
    assert rating.label == label


def test_a_minified_line_counts_as_what_it_holds(repo: Repo) -> None:
    line = b";".join(CODE.split(b"\n")).replace(b" ", b"") + b"\n"
    assert line.count(b"\n") == 1
    one = repo.change({"a.js": b"\n"}, {"a.js": line})
    many = repo.change({"a.js": b"\n"}, {"a.js": CODE})
    assert one.label == many.label == "high"


TRICKS = {
    "py": [
        b'"""; evil(1)',
        b"# {evil()}",
        b'""" + evil() + """',
        b"# type: ignore",
        b"#!/bin/sh",
        b"# a\revil()",
        b"x = '# no comment'",
    ],
    "js": [
        b"/* a */ evil()",
        b"*/ evil()",
        b" * evil()",
        b"*gen() {}",
        b"// ${evil()}",
        b"// ` + evil() + `",
        b"// a\xe2\x80\xa8evil()",
        b"const r = /\\/*/; evil()",
        b"// @ts-ignore",
    ],
    "c": [b"*p = 1;", b"* p = 1;", b"/**/ evil();", b"#define A evil()", b"#include <a.h>"],
    "java": [b"// \\u000a evil();", b"/* \\u002a\\u002f evil(); /* */", b'// """ + evil()'],
    "go": [b"//go:linkname evil os.exit", b"//go:build linux", b"// ` + evil()"],
    "php": [b"// a ?><?php evil();", b"#[Attribute]", b"# {$x} ${evil()}"],
    "rb": [b"# #{evil}"],
    "sh": [b"# $(evil)", b"# `evil`"],
    "sql": [b"/*! drop */", b"drop table a; -- b"],
    "html": [b"<!-- a --><script>evil()</script>", b"<!--[if IE]><script>", b"<!-- {{ evil }} -->"],
    "unknown": [b"# could be anything", b"// could be anything"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "line"), [(ending, line) for ending, lines in TRICKS.items() for line in lines]
)
def test_a_line_that_only_looks_like_a_comment_counts(ending: str, line: bytes) -> None:
    family = cx.BY_SUFFIX.get(ending, cx.Family())
    assert cx.code_lines([line], family) == [line]


def test_a_comment_that_ends_in_the_middle_hides_nothing_behind_it() -> None:
    js, py = cx.BY_SUFFIX["js"], cx.BY_SUFFIX["py"]
    assert cx.code_lines([b"/*", b"`; evil();", b"evil()"], js) == [b"`; evil();", b"evil()"]
    assert cx.code_lines([b"/*", b" text", b"*/", b"evil()"], js) == [b"evil()"]
    assert cx.code_lines([b"/* a", b"b */ evil()"], js) == [b"b */ evil()"]
    assert cx.code_lines([b"# a", b"", b"evil()"], py) == [b"evil()"]


def test_comments_and_blank_lines_do_not_count(repo: Repo) -> None:
    text = {
        "a.py": b"# a\n\n    # b\n",
        "a.js": b"// a\n/**\n * A {@link f()} of `g`.\n */\n/* b */\n",
        "a.sql": b"-- a\n",
        "a.lua": b"-- a\n",
        "a.html": b"<!-- a\nb -->\n",
    }
    rating = repo.change(dict.fromkeys(text, b"\n"), text)
    assert (rating.score, [g for g in rating.guards if "stored" not in g[1]]) == (0, [])
    inside = repo.change({"a.js": b"/**\n * a\n */\n"}, {"a.js": b"/**\n * a\n * b c\n */\n"})
    assert inside.score == 0


def test_forty_commits_are_one_change(repo: Repo) -> None:
    base = head = repo.commit({"a.py": b"\n"})
    lines = CODE.splitlines(keepends=True)
    for count in range(5, 205, 5):
        head = repo.commit({"a.py": b"".join(lines[:count])}, head)
    at_once = repo.commit({"a.py": CODE}, base)
    assert repo.rate(base, head).data() == {**repo.rate(base, at_once).data(), "sha": head}


def test_five_hundred_files_of_padding_lower_nothing(repo: Repo) -> None:
    base = repo.commit({"a.py": b"\n"})
    padding: dict[str | bytes, Content] = {f"docs/{n}.md": b"text\n" for n in range(500)}
    plain = repo.rate(base, repo.commit({"z.py": CODE}, base))
    padded = repo.rate(base, repo.commit({**padding, "z.py": CODE}, base))
    assert padded.reasons == plain.reasons
    assert padded.label == "high"


def test_line_ends_do_not_matter(repo: Repo) -> None:
    crlf = CODE.replace(b"\n", b"\r\n")
    one, other = (repo.change({"a.py": b"\n"}, {"b.py": text}) for text in (CODE, crlf))
    assert one.reasons == other.reasons
    assert cx.code_lines([b"# a\r", b"\r"], cx.BY_SUFFIX["py"]) == []


def test_names_that_are_no_utf_8_are_counted_and_printed(repo: Repo) -> None:
    name, auth = b'src/\xff\xfe quo"te.py', b"src/auth-\xe9.py"
    rating = repo.change({"a.py": b"\n"}, {name: CODE, auth: b"a = 1\n"})
    assert rating.label == "high"
    assert any("auth-\\xe9.py" in why for _, why in rating.guards)
    json.dumps(rating.data()).encode("ascii")


def test_a_name_with_a_line_break_is_refused(repo: Repo) -> None:
    name = b"a\n@@ -0,0 +1,300 @@\n.py"
    rating = repo.change({"a.md": b"\n"}, {name: b"a = 1\n"})
    assert (rating.label, rating.score) == ("high", 9)
    assert "control character" in str(rating.reasons[0])


def test_a_file_that_is_moved_to_tests_or_documents_and_edited_counts(repo: Repo) -> None:
    for place in ("tests/a.py", "docs/a.py", "docs/a.md", "vendor/a.py", "package-lock.json"):
        edited = CODE + b"\n".join(b"evil(%d)" % n for n in range(20))
        moved = repo.change({"a.py": CODE}, {"a.py": None, place: edited})
        assert moved.label in ("medium", "high"), place
        assert points(moved) > 4, place
    alone = repo.change({"a.py": CODE}, {"a.py": None, "tests/a.py": CODE})
    assert (alone.label, alone.score) == ("medium", 0)
    back = repo.change({"tests/a.py": CODE}, {"tests/a.py": None, "a.py": CODE})
    assert back.label == "medium", "what was a test begins to be product code"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\n", ("100755", b"a\n")),
        (None, ("120000", b"/etc/passwd")),
        (b"a\n", ("120000", b"/etc/passwd")),
        (None, ("160000", b"1" * 40)),
        (("160000", b"1" * 40), ("160000", b"2" * 40)),
    ],
)
def test_modes_links_and_submodules_are_never_low(
    repo: Repo, before: Content, after: Content
) -> None:
    for path in ("tests/a", "docs/a.md", "src/a"):
        base = repo.commit({"b.py": b"\n", **({path: before} if before else {})})
        assert repo.rate(base, repo.commit({path: after}, base)).label != "low", path


def test_neither_author_nor_date_nor_message_matters(repo: Repo) -> None:
    base = repo.commit({"a.py": b"a = 1\n"})
    change: dict[str | bytes, Content] = {"a.py": CODE, "README.md": b"text\n"}
    ratings = [
        repo.rate(base, repo.commit(change, base, who, date, message)).data()
        for who, date, message in [
            ("Ada <ada@example.org>", "1700000000 +0000", "feat: new\n\nparent " + "0" * 40),
            ("dependabot[bot] <bot@github.com>", "1 +0000", "Bump a from 1 to 2"),
            ("x <>", "4102444800 +0000", "docs: typo [skip ci]"),
            ("x <>", "0 +0000", ""),
        ]
    ]
    assert len({json.dumps({**one, "sha": ""}) for one in ratings}) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/test_a.py", b"@pytest.mark.skip\n"),
        ("a.test.js", b"it.skip('a', () => {})\n"),
        ("a.test.js", b"describe.only('a', () => {})\n"),
        ("a_test.go", b'\tt.Skip("later")\n'),
        ("tests/a.rs", b"#[ignore]\n"),
        ("src/test/java/ATest.java", b"@Disabled\n"),
        ("tests/ATest.php", b"$this->markTestSkipped();\n"),
    ],
)
def test_tests_that_are_skipped_or_deleted_are_not_low(repo: Repo, path: str, line: bytes) -> None:
    before: dict[str | bytes, Content] = {"a.py": b"\n", path: b"one\n"}
    assert repo.change(before, {path: b"one\ntwo\n"}).label == "low"
    assert repo.change(before, {path: b"one\n" + line}).label == "medium"
    assert repo.change(before, {path: None}).label == "medium"


@pytest.mark.parametrize(
    ("path", "declared"),
    [
        ("tests/test_a.py", b"def test_b():\n"),
        ("a.test.ts", b"  it('b', () => {\n"),
        ("a_test.go", b"func TestB(t *testing.T) {\n"),
        ("tests/a.rs", b"    #[tokio::test]\n    async fn b() {\n"),
        ("src/test/java/ATest.java", b"    @Test\n    void b() {\n"),
    ],
)
def test_a_declared_test_that_goes_is_not_made_up_for_by_others(
    repo: Repo, path: str, declared: bytes
) -> None:
    after = (
        b"one\n"
        + declared.replace(b"b(", b"c(")
        .replace(b"_b", b"_c")
        .replace(b"'b", b"'c")
        .replace(b"B", b"C")
        * 3
    )
    assert repo.change({path: b"one\n" + declared}, {path: after}).label != "low"


def test_characters_that_turn_or_hide_text_are_high(repo: Repo) -> None:
    assert repo.change({"a.md": b"a\n"}, {"a.md": "a \u202e b\n".encode()}).label == "high"


def test_a_lock_file_that_loads_from_elsewhere_is_not_low(repo: Repo) -> None:
    line = b'  resolved "https://registry.example.org/a/-/a-%s.tgz"\n'
    before = {"yarn.lock": line % b"1.0.0"}
    assert repo.change(before, {"yarn.lock": line % b"1.0.1"}).label == "low"
    other = (line % b"1.0.1").replace(b"registry", b"evil")
    assert repo.change(before, {"yarn.lock": other}).label == "medium"


# --- what a change takes back, and what came before it --------------------------------------------


def test_an_exact_inverse_is_low_and_anything_more_is_not(repo: Repo) -> None:
    old: dict[str | bytes, Content] = {"a.py": b"a = 1\n" + CODE, "b.py": b"b = 1\n"}
    first = repo.commit(old)
    bad = repo.commit({"a.py": b"a = 2\n" + CODE, "b.py": None, "c.py": CODE}, first)
    later = repo.commit({"a.py": b"a = 2\n" + CODE + b"z = 9\n"}, bad)
    back: dict[str | bytes, Content] = {"b.py": b"b = 1\n", "c.py": None}
    for base, mine in ((bad, b"a = 1\n" + CODE), (later, b"a = 1\n" + CODE + b"z = 9\n")):
        exact = repo.rate(base, repo.commit({**back, "a.py": mine}, base))
        assert exact.label == "low"
        assert str(exact.reasons[-1]) == f"+0 exact inverse of {bad}"
        assert points(exact) == exact.score
        more = repo.rate(base, repo.commit({**back, "a.py": mine + b"evil()\n"}, base))
        assert more.label != "low"


def test_an_exact_inverse_keeps_its_guards(repo: Repo) -> None:
    first = repo.commit({"auth.py": b"a = 1\n"})
    second = repo.commit({"auth.py": b"a = 2\n"}, first)
    back = repo.rate(second, repo.commit({"auth.py": b"a = 1\n"}, second))
    assert (back.score < 3.25, back.label) == (True, "medium")


def test_what_takes_back_an_inverse_is_a_new_change(repo: Repo) -> None:
    first = repo.commit({"a.py": b"a = 1\n"})
    bad = repo.commit({"a.py": CODE}, first)
    back = repo.commit({"a.py": b"a = 1\n"}, bad)
    again = repo.commit({"a.py": CODE}, back)
    assert repo.rate(bad, back).label == "low"
    assert repo.rate(back, again).label == "high"


def test_what_was_merged_as_low_before_is_added_in_the_same_folders(repo: Repo) -> None:
    base = repo.commit({"src/a.py": b"\n", "lib/a.py": b"\n"})
    lines = CODE.splitlines(keepends=True)
    merged = []
    for count in range(1, 40):
        head = repo.commit({"src/a.py": b"".join(lines[:count])}, base)
        alone = repo.rate(base, head)
        assert alone.label == "low", "a line at a time"
        summed = repo.rate(base, head, summed=merged)
        merged.append((base, head))
        base = head
    assert summed.label != "low"
    assert points(summed) == summed.score > alone.score
    other = repo.commit({"lib/a.py": b"a = 1\n"}, base)
    assert repo.rate(base, other, summed=merged).label == "low"


# --- what can't be read ---------------------------------------------------------------------------


def test_a_missing_object_is_high_and_the_next_change_is_rated(repo: Repo) -> None:
    base = repo.commit({"a.py": b"a = 1\n"})
    head = repo.commit({"a.py": CODE}, base)
    after = repo.commit({"b.md": b"text\n"}, base)
    blob = git(repo.folder, "rev-parse", f"{head}:a.py").strip()
    loose(repo.folder)
    (repo.folder / "objects" / blob[:2] / blob[2:]).unlink()
    lost = repo.rate(base, head)
    assert (lost.label, lost.score, points(lost)) == ("high", 9, 9)
    assert repo.rate(base, after).label == "low"
    assert repo.rate(base, "1" * 40).label == "high"


def loose(folder: Path) -> None:
    """Unpack all objects, so that one of them can be taken away."""
    for pack in (folder / "objects" / "pack").glob("*.pack"):
        moved = pack.rename(folder / pack.name)
        git(folder, "unpack-objects", "-q", given=moved.read_bytes())


def test_what_is_too_large_is_high(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    base = repo.commit({"a.md": b"\n"})
    head = repo.commit({f"{n}.md": b"text\n" for n in range(4)}, base)
    assert repo.rate(base, head).label == "low"
    monkeypatch.setattr(cx, "FILES", 3)
    assert repo.rate(base, head).label == "high"
    monkeypatch.setattr(cx, "FILES", 4)
    monkeypatch.setattr(cx, "BYTES", 100)
    assert repo.rate(base, head).label == "high"


# --- more never lowers ----------------------------------------------------------------------------

LINES = st.sampled_from(
    [b"a = f(x)", b"", b"# a", b"// a", b"/* a */", b" * a", b"if a && b {", b'"""', b"`", b"import a",
     b"                    deep()", b"def test_a():", b"it.skip('a')", b"x" * 400, b"text"]
)  # fmt: skip
PATHS = st.sampled_from(
    ["a.py", "src/b.js", "tests/test_a.py", "docs/a.md", "a.lock", "package.json", "a.yml", "auth.go",
     ".github/workflows/a.yml", "vendor/a.c", "x.unknown", "README.md", "a.rs"]
)  # fmt: skip
HUNKS = st.lists(st.tuples(st.lists(LINES, max_size=4), st.lists(LINES, max_size=8)), max_size=4)
FILES = st.dictionaries(PATHS, HUNKS, max_size=5)


class Given(cx.Repository):  # type: ignore[misc]
    """A repository of which only one diff is known."""

    def __init__(self, files: Mapping[str, list[tuple[list[bytes], list[bytes]]]]) -> None:
        super().__init__("/nowhere")
        self.edits = [
            cx.Edit("M", "100644", "100644", "0", "1", path, path, list(hunks))
            for path, hunks in files.items()
        ]

    def diff(self, base: str, head: str) -> Any:
        return self.edits

    def names(self, base: str, head: str) -> Any:
        return []

    def grep(self, line: str, commit: str) -> list[bytes]:
        return []

    def read(self, name: str) -> None:
        return None


def judged(files: Mapping[str, list[tuple[list[bytes], list[bytes]]]]) -> Any:
    rating = cx.rate(Given(files), "0" * 40, "1" * 40, RULES)
    assert math.isclose(points(rating), rating.score)
    assert not rating.score or rating.reasons
    return rating


@settings(max_examples=300, deadline=None)
@given(FILES, FILES, st.lists(LINES, max_size=6))
def test_more_files_and_more_lines_never_lower_a_label_or_the_score(
    files: dict[str, list[Any]], more: dict[str, list[Any]], lines: list[bytes]
) -> None:
    longer = {path: [(old, [*new, *lines]) for old, new in hunks] for path, hunks in files.items()}
    both = {path: [*files.get(path, ()), *more.get(path, ())] for path in {**files, **more}}
    before = judged(files)
    for after in (judged(longer), judged(both)):
        assert RANK[after.label] >= RANK[before.label]
        assert after.score >= before.score


# --- the command ----------------------------------------------------------------------------------

Command = Callable[..., str]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The program beside its rules, as a repository has them."""
    folder = tmp_path / ".process"
    folder.mkdir()
    (folder / "complexity").write_bytes((HOME / "complexity").read_bytes())
    (folder / "complexity.toml").write_text(OWN)
    return lambda *arguments, **extra: called(folder / "complexity", *arguments, **extra)


def called(program: Path, *arguments: str, given: str = "", **extra: str) -> str:
    done = subprocess.run(
        [sys.executable, str(program), *arguments],
        input=given, capture_output=True, text=True, env={**os.environ, **extra}, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_a_batch_says_what_the_single_calls_say_twice_the_same(repo: Repo, command: Command) -> None:
    heads = [repo.commit({"a.py": b"a = 1\n", "tests/help.py": b"a = 1\n"})]
    changes: list[dict[str | bytes, Content]] = [
        {"a.py": b"from tests.help import a\n" + CODE},
        {"tests/help.py": CODE},
        {"a.py": b"a = 1\n"},
        {"tests/help.py": b"a = 1\n"},
        {"docs/a.md": b"text\n"},
        {"tests/help.py": None, "auth/session.sql": CODE, "auth/token.sql": b"a\n"},
        {"auth/session.sql": None, "auth/login-schema.sql": CODE},
    ]
    for files in changes:
        heads.append(repo.commit(files, heads[-1]))
    pairs = list(pairwise(heads))
    ranges = "".join(f"{base}..{head}\n" for base, head in reversed(pairs))
    batch = command(str(repo.folder), given=ranges, PYTHONHASHSEED="1")
    for seed in ("2", "3"):
        assert batch == command(str(repo.folder), given=ranges, PYTHONHASHSEED=seed)
    rows = [json.loads(line) for line in batch.splitlines()]
    singles = [
        command("--git-dir", str(repo.folder), "--base", base, "--head", head, "--json")
        for base, head in reversed(pairs)
    ]
    assert rows == [json.loads(one) for one in singles]
    # the third takes the first back exactly; without it nothing imports the helper
    assert [row["label"] for row in reversed(rows)] == [
        "high", "high", "low", "low", "low", "high", "medium",
    ]  # fmt: skip
    for row in rows:
        assert sum(float(one.split()[0]) for one in row["reasons"]) == row["score"]


def test_no_setting_of_a_user_or_a_repository_matters(repo: Repo, command: Command, tmp_path: Path) -> None:
    base = repo.commit({"a.py": b"a = 1\n", "b.py": CODE})
    head = repo.commit({"a.py": CODE, "b.py": None, "c.py": CODE + b"x\n"}, base)
    asked = ("--git-dir", str(repo.folder), "--base", base, "--head", head, "--json")
    plain = command(*asked)
    home = tmp_path / "home"
    home.mkdir()
    hostile = {
        "diff.external": "false", "diff.noprefix": "true", "diff.renames": "copies",
        "diff.context": "9", "diff.algorithm": "patience", "diff.orderFile": "/dev/null",
        "diff.py.textconv": "false", "diff.py.command": "false", "core.quotePath": "true",
        "diff.interHunkContext": "50", "color.ui": "always", "diff.submodule": "log",
    }  # fmt: skip
    for name, value in hostile.items():
        git(repo.folder, "config", name, value)
        git(repo.folder, "config", "--file", str(home / ".gitconfig"), name, value)
    (repo.folder / "info" / "attributes").write_text("* diff=py -diff binary\n")
    extra = {"HOME": str(home), "GIT_EXTERNAL_DIFF": "false", "GIT_DIFF_OPTS": "-u9"}
    assert command(*asked, **extra) == plain


def test_names_of_branches_and_text_for_people(repo: Repo, command: Command) -> None:
    base = repo.commit({"a.py": b"a = 1\n"})
    git(repo.folder, "branch", "base", base)
    repo.commit({"auth.py": b"a = 1\n"}, base)
    said = command("--git-dir", str(repo.folder), "--base", "base", "--head", "one")
    assert said.splitlines()[0] == "medium: 1.75 points"
    assert "  at least medium: who may do what, or a secret: auth.py" in said.splitlines()


def test_settings_of_its_own_change_the_cut(repo: Repo, command: Command, tmp_path: Path) -> None:
    base = repo.commit({"a.py": b"a = 1\n"})
    head = repo.commit({"b.md": b"text\n", "c.py": b"a = 1\n"}, base)
    strict = tmp_path / "strict.toml"
    strict.write_text("[cut]\nlow = 0.1\n")
    asked = ("--git-dir", str(repo.folder), "--base", base, "--head", head)
    assert command(*asked).startswith("low")
    assert command(*asked, "--rules", str(strict)).startswith("medium")
