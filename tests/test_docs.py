"""What README, CONTRIBUTING and docs/ name has to exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bootstrap import checks
from bootstrap.cli import main

ROOT = Path(__file__).parents[1]
PAGES = (
    *(ROOT / "README.md", ROOT / "CONTRIBUTING.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CALL = re.compile(r"(?:^|\s)(?:bootstrap|bin/bootstrap|(?<=uvx )twelvefold) (?=[a-z-])(.*)")

OPTIONS = {
    name: {
        word
        for option in command.params
        for word in (*option.opts, *option.secondary_opts)
        if word.startswith("-")
    }
    for name, command in main.commands.items()
}
HELP = {"-h", "--help"}
ELSEWHERE = {"--trust", "--changed", "--ttl", "--allow-unauthenticated"}
"""Options of other programs that the pages name by themselves: of Copier, of .process, of gcloud."""

AT_RUN_TIME = (".process/record", ".process/docs", ".process/.tools")
"""Folders that come into being in a repository."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def _code(page: Path) -> Iterator[str]:
    """Code in sentences, and every line that is typed in a block."""
    yield from SPAN.findall(_prose(page))
    for language, block in FENCE.findall(page.read_text()):
        if language == "sh":
            yield from block.splitlines()
        elif language == "console":
            yield from (line[2:] for line in block.splitlines() if line.startswith("$ "))


def _calls(page: Path) -> Iterator[list[str]]:
    """The words behind `bootstrap` in each call of it."""
    for code in _code(page):
        if found := CALL.search(code):
            yield shlex.split(found[1].replace("…", ""), comments=True)


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(SPAN.sub("", _prose(page))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    for command, *words in _calls(page):
        if command.startswith("-"):
            continue
        assert command in OPTIONS, command
        given = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert given <= OPTIONS[command] | HELP, (command, given)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_option_that_is_named_alone_exists(page: Path) -> None:
    known = set().union(*OPTIONS.values(), HELP, ELSEWHERE)
    alone = {code.split()[0] for code in SPAN.findall(_prose(page)) if code.startswith("--")}
    assert alone <= known


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_path_that_is_named_exists_or_a_check_looks_for_it(page: Path) -> None:
    looked_for = "".join(path.read_text() for path in Path(checks.__file__).parent.glob("*.py"))
    for code in SPAN.findall(_prose(page)):
        path = code.split()[0]
        if not path.startswith((".process/", "template/", "bootstrap/")):
            continue
        places = [
            base / f"{path}{end}" for base in (ROOT, ROOT / "template") for end in ("", ".jinja")
        ]
        made = path.startswith(AT_RUN_TIME)
        assert made or path in looked_for or any(place.exists() for place in places), path


def test_every_command_has_a_page_that_names_all_its_options() -> None:
    shared = set(SPAN.findall(_prose(ROOT / "docs/README.md")))
    pages = {path.stem: path for path in (ROOT / "docs/commands").glob("*.md")}
    assert pages.keys() == OPTIONS.keys()
    for name, options in OPTIONS.items():
        said = set(SPAN.findall(_prose(pages[name]))) | shared
        assert options <= said, (name, options - said)


def test_every_factor_has_a_page_with_its_title_and_promise() -> None:
    pages = {path.stem: path.read_text() for path in (ROOT / "docs/factors").glob("*.md")}
    assert pages.keys() == {f"{one.number:02}-{one.slug}" for one in checks.factors()}
    for one in checks.factors():
        head = f"# {one.number:02} {one.title}\n\n{one.promise}\n"
        assert pages[f"{one.number:02}-{one.slug}"].startswith(head)


def test_every_question_is_explained() -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text())
    named = set(SPAN.findall(_prose(ROOT / "docs/answers.md")))
    assert {name for name in questions if not name.startswith("_")} <= named


def test_a_page_of_a_factor_says_check_only_exactly_where_no_piece_is() -> None:
    rows = yaml.safe_load((ROOT / "extensions/pieces.yml").read_text())["pieces"]
    given = {
        number
        for row in rows
        if len(row["factors"]) < len(checks.factors())
        for number in row["factors"]
    }
    for one in checks.factors():
        page = (ROOT / f"docs/factors/{one.number:02}-{one.slug}.md").read_text()
        assert ("No pieces in this release" in page) == (one.number not in given), one.slug
