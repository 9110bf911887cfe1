"""The survey of files sees it when the engine breaks something, and its readers see what is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.patch import Inserted, Patched, Refused, Shape, patch
from tests.conftest import ROOT, git, write
from tests.survey import corpus, files, oracle
from tests.survey.edits import RULES, TEXTS, edits

WORKFLOW = """\
on: [push] # often
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
  "3.11":
    uses: ./x.yml
"""
FILES = {
    ".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks: [] # none\n",
    ".github/workflows/ci.yml": WORKFLOW,
    "package.json": '{\n  "name": "a",\n  "files": ["b"]\n}\n',
    "web/tsconfig.json": '{\n  // strict\n  "compilerOptions": {"strict": true}\n}\n',
    "pyproject.toml": '[project] # all of it\nname = "a"\ndependencies = ["b"]\n',
    ".gitignore": "# built\n/dist/",
    "README.md": "# A\n\nB\n",
    "broken.yml": "a: [1\n",
    "empty.json": "[]\n",
    "node_modules/x/package.json": "{}\n",
    "package-lock.json": "{}\n",
}


@pytest.fixture
def subject(repository: Callable[..., Path]) -> Path:
    folder = repository(FILES)
    (folder / "CLAUDE.md").symlink_to("README.md")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a link")
    return folder


@pytest.fixture
def small(repository: Callable[..., Path]) -> Path:
    names = ("package.json", "pyproject.toml", ".gitignore", "broken.yml")
    return repository({name: FILES[name] for name in names})


def _survey(subject: Path) -> files.Survey:
    """Without Node's readers, which are not everywhere."""
    return files.survey("a/b", subject, subject / "none")


def test_the_real_engine_breaks_nothing_and_nothing_is_left_out_in_silence(subject: Path) -> None:
    found = _survey(subject)

    assert [case.faults for case in found.cases if case.faults] == []
    assert [case.refused for case in found.cases if case.refused] == []
    assert {path for _, path in found.files} == {f"a/b: {path}" for path in list(FILES)[:7]}
    assert {case.edit for case in found.cases if case.kind == "GitHub workflow"} == {
        *("job", "step in the first job", "step in the last job", "trigger", "nested key"),
    }
    assert found.left_out == {
        "a link": 1,
        "a lock file": 1,
        "a copy of another project's": 1,
        "not readable in its format": 1,
        "no edit fits": 1,
        "more than 12 of a kind in a repository": 0,
    }


Answer = Patched | Refused
Engine = Callable[..., Answer]
Files = tuple[bytes | None, bytes | None]
"""The wanted file before and now."""


def _engine(when: Callable[[Files], bool], answer: Callable[[Patched, bytes], Answer]) -> Engine:
    """The engine, but for transitions of one sort."""

    def engine(
        ours: bytes,
        base: bytes | None,
        want: bytes | None,
        shape: Shape,
        inserted: Sequence[Inserted] = (),
    ) -> Answer:
        done = patch(ours, base, want, shape, inserted)
        if isinstance(done, Refused) or not when((base, want)):
            return done
        return answer(done, ours)

    return engine


def _first(files: Files) -> bool:
    return files[0] is None


def _again(files: Files) -> bool:
    return files[0] == files[1]


def _update(files: Files) -> bool:
    return None not in files and not _again(files)


def _removal(files: Files) -> bool:
    return files[1] is None


def _instead(old: bytes, new: bytes) -> Callable[[Patched, bytes], Answer]:
    return lambda done, _: replace(done, after=done.after.replace(old, new))


def _longer(done: Patched, _: bytes) -> Answer:
    return replace(done, after=done.after + b"\n")


def _garbled(done: Patched, _: bytes) -> Answer:
    return replace(done, after=done.after + b"\n}{: [")


def _as_before(done: Patched, ours: bytes) -> Answer:
    return replace(done, after=ours)


def _refused(*_: object) -> Answer:
    return Refused("the file sleeps", 3, "")


def _crashed(*_: object) -> Answer:
    raise IndexError


SABOTAGE: dict[str, tuple[Engine, str]] = {  # what the engine does → and what is reported
    "drops a comment": (_engine(_first, _instead(b" # all of it", b"")), "other lines"),
    "drops a line": (_engine(_first, _instead(b'  "name": "a",\n', b"")), "other lines"),
    "quotes anew": (_engine(_first, _instead(b'name = "a"', b"name = 'a'")), "other lines"),
    "adds to a comment": (_engine(_first, _instead(b"of it", b"of it all")), "other lines"),
    "writes other data": (_engine(_first, _instead(b"urvey", b"urveys")), "wrong data"),
    "writes nothing": (_engine(_first, _as_before), "wrong data"),
    "writes garbage": (_engine(_first, _garbled), "wrong data"),
    "patches what can't be read": (lambda ours, *_: Patched(ours, (), ()), "wrong data"),
    "goes on": (_engine(_again, _longer), "second run"),
    "refuses what it made": (_engine(_again, _refused), "second run"),
    "does not update": (_engine(_update, _as_before), "update"),
    "refuses to update": (_engine(_update, _refused), "update"),
    "leaves a blank line": (_engine(_removal, _longer), "inverse"),
    "leaves everything": (_engine(_removal, _as_before), "inverse"),
    "does not go back": (_engine(_removal, _refused), "inverse"),
    "crashes": (_engine(_first, _crashed), "crash"),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_what_a_wrong_engine_breaks_is_named(
    what: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, fault = SABOTAGE[what]
    monkeypatch.setattr(files, "patch", engine)

    found = _survey(small)

    assert fault in {name for case in found.cases for name in case.faults}


def test_refusals_are_counted_and_listed_with_their_place(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "patch", _refused)

    found = _survey(small)
    text = files.report(found)

    assert not any(case.faults for case in found.cases)
    assert f"- the file sleeps: {len(found.cases)} in `a/b: " in text
    assert "`a/b: pyproject.toml` (line 3)" in text


def test_the_table_counts_edits_by_kind_and_all_together(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "patch", _engine(_first, _as_before))

    found = _survey(small)
    rows = [line.split(" | ") for line in files.report(found).splitlines() if line[:3] != "|--"]

    wrong = {row[0][2:]: row[1:7] for row in rows if len(row) > 6}
    assert wrong["package.json"] == ["1", "3", "0", "0", "0", "3"]
    assert wrong["all"] == ["3", str(len(found.cases)), "0", "0", "0", str(len(found.cases))]


def test_what_comes_by_a_merge_key_is_theirs(repository: Callable[..., Path]) -> None:
    found = _survey(repository({"x.yml": "d: &d\n  a: [b]\np:\n  <<: *d\n"}))

    assert [(case.edit, case.kept) for case in found.cases if case.kept] == [("item", "p.a")]
    assert "- theirs kept: 1 in `a/b: x.yml`" in files.report(found)


# --- edits ----------------------------------------------------------------------------------------

WORDS: oracle.Tree = ("seq", [("str", "a")])
MAPS: oracle.Tree = ("seq", [("map", [("a", ("str", "b"))])])
SOME: oracle.Tree = ("map", [("a b: c", ("map", [("w", WORDS), ("m", MAPS)]))])
EVERYTHING: oracle.Tree = (
    "map",
    [
        ("on", SOME),
        ("jobs", ("map", [("3.11", ("map", [("steps", MAPS)]))])),
        ("mcpServers", SOME),
        ("project", ("map", [("dependencies", WORDS)])),
        ("dependencies", SOME),
    ],
)


@pytest.mark.parametrize("kind", corpus.KINDS, ids=lambda kind: kind.name)
def test_each_edit_has_its_place_and_a_wanted_file_that_can_be_read(kind: corpus.Kind) -> None:
    data = EVERYTHING if kind.name in RULES else oracle.NOTHING
    made = edits(kind, data)

    names = RULES[kind.name] if kind.name in RULES else TEXTS[kind.name]
    assert {edit.name for edit in made} == {getattr(name, "name", name) for name in names}
    for edit in made:
        first, second = (oracle.read(kind.format, edit.want(version)) for version in (1, 2))
        assert oracle.grown(data, first[0]) != data
        assert (first == second) == ("VERSION" not in edit.template)


@pytest.mark.parametrize("name", ["aaa", "on"])
def test_an_edit_has_no_place_where_something_else_stands(name: str) -> None:
    kind = next(kind for kind in corpus.KINDS if kind.name == "GitHub workflow")
    data: oracle.Tree = ("map", [(name, ("str", "push")), ("jobs", WORDS)])

    assert edits(kind, data) == []


# --- readers --------------------------------------------------------------------------------------

PACKAGES = ROOT / ".venv/node"
"""Node's readers, where a survey has put them."""
READERS = oracle.readers(PACKAGES)


@pytest.mark.parametrize("read", READERS)
def test_readers_tell_data_apart_and_nothing_else(read: oracle.Read) -> None:
    same = [b"a: [1, 'x']\n", b"# c\na:\n- 1\n- x"]
    other = [b"a: [1, x, y]\n", b"a: ['1', x]\n", b"b: [1, x]\n", b"a: [x, 1]\n"]

    assert read("yaml", same[0]) == read("yaml", same[1])
    assert all(read("yaml", same[0]) != read("yaml", text) for text in other)
    assert read("json", b'\xef\xbb\xbf{"a": 1, /* c */}') == read("json", b'{"a":1} // "b": 2')
    assert read("json", b'{"a": 1}') != read("json", b'{"a": 1.0}')
    for form, text in [("yaml", b"a: ["), ("json", b'{"a" 1}'), ("toml", b"a"), ("lines", b"\xff")]:
        with pytest.raises(oracle.UnreadableError):
            read(form, text)


FAKE = """\
#!{python}
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["text"] == "end":
        break
    tree = ["map", [["a", ["seq", [["str", asked["text"]]]]]]]
    said = {{"data": [tree]}} if asked["format"] == "yaml" else {{"error": "no " + sys.argv[2]}}
    print(json.dumps(said), flush=True)
"""


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[oracle.Node]:
    """A program that speaks like reader.mjs."""
    write(tmp_path, {"node": FAKE.format(python=sys.executable)})
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    reader = oracle.Node(tmp_path / "packages")
    yield reader
    reader.close()


def test_one_process_answers_line_by_line(node: oracle.Node, tmp_path: Path) -> None:
    for text in ("x\ny", "é"):
        assert node("yaml", text.encode()) == [("map", [("a", ("seq", [("str", text)]))])]
    with pytest.raises(oracle.UnreadableError, match=f"no {tmp_path}/packages"):
        node("json", b"{}")
    assert node("toml", b"a = 1") == [("map", [("a", ("int", "1"))])]
    with pytest.raises(RuntimeError, match="the reader ended"):
        node("yaml", b"end")


# --- what an edit has to do -----------------------------------------------------------------------


def _json(data: object) -> oracle.Tree:
    return oracle.read("json", json.dumps(data).encode())[0]


@pytest.mark.parametrize(
    ("old", "want", "new"),
    [
        ({"b": 1, "a": 2}, {"c": 3, "b": 1}, {"b": 1, "a": 2, "c": 3}),
        ({"a": {"b": [1]}}, {"a": {"b": [2, 1], "c": {}}}, {"a": {"b": [1, 2], "c": {}}}),
        ({"a": None}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": 2}, {"a": 1}),
        (None, {"a": 1}, {"a": 1}),
        ([1], [2], [1, 2]),
    ],
)
def test_wanted_data_come_last_and_nothing_else_changes(
    old: object, want: object, new: object
) -> None:
    assert oracle.grown(_json(old), _json(want)) == _json(new)


def test_the_order_of_keys_counts_but_in_toml() -> None:
    one, other = [_json({"a": 1, "b": 2})], [_json({"b": 2, "a": 1})]

    assert oracle.difference("toml", one, other) == ""
    assert "['a', 'b'], not map ['b', 'a']" in oracle.difference("json", one, other)
    assert (
        oracle.difference("json", one, [_json({"a": 1, "b": 3})]) == "$.b is int '2', not int '3'"
    )
