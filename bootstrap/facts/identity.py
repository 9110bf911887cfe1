"""Name, description, default branch, licence headers, Copier answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.errors import UserError
from bootstrap.facts.load import dig, mapping
from bootstrap.facts.model import Evidence, Fact
from bootstrap.repo import git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

LONGEST_NAME = 60
SHORTEST_SENTENCE = 20
_TITLE = re.compile(r"^#\s+(.+?)\s*#*$|<h1[^>]*>\s*([^<]+?)\s*</h1>")


_SECTIONS = {
    "overview",
    "introduction",
    "about",
    "readme",
    "installation",
    "getting started",
    "usage",
}


def name(scan: Scan) -> Fact[str]:
    """The project's name: README title, else manifest, else the name of the folder."""
    title = _title(scan)
    for fact in (title, *_manifests(scan, "name")):
        if fact and fact.value:
            return fact
    return Fact(scan.repo.root.name, ())


def description(scan: Scan) -> Fact[str] | None:
    """The description of a manifest, else the first paragraph below the README's title."""
    for fact in _manifests(scan, "description"):
        if fact.value:
            return fact
    return _first_paragraph(scan)


def _manifests(scan: Scan, key: str) -> Iterator[Fact[str]]:
    package = scan.json("package.json").get(key)
    project = dig(scan.toml("pyproject.toml"), "project", key)
    poetry = dig(scan.toml("pyproject.toml"), "tool", "poetry", key)
    crate = dig(scan.toml("Cargo.toml"), "package", key)
    composer = scan.json("composer.json").get(key)
    for path, value, pattern in (
        ("package.json", package, rf'^\s*"{key}"'),
        ("pyproject.toml", project or poetry, rf"^{key}\s*="),
        ("Cargo.toml", crate, rf"^{key}\s*="),
        ("composer.json", composer, rf'^\s*"{key}"'),
    ):
        if isinstance(value, str) and value.strip():
            yield Fact(" ".join(value.split()), (scan.at(path, pattern),))


def _readme(scan: Scan) -> str:
    return next((p for p in ("README.md", "readme.md", "Readme.md") if scan.has(p)), "")


def _title(scan: Scan) -> Fact[str] | None:
    path = _readme(scan)
    for number, line in enumerate(scan.text(path).splitlines()[:40] if path else (), 1):
        match = _TITLE.search(line)
        text = _prose(match[1] or match[2]) if match else ""
        if text and len(text) <= LONGEST_NAME and text.lower() not in _SECTIONS:
            return Fact(text, (Evidence(path, number, line.strip()[:200]),))
    return None


def _first_paragraph(scan: Scan) -> Fact[str] | None:
    path = _readme(scan)
    seen = False
    for number, line in enumerate(scan.text(path).splitlines()[:60] if path else (), 1):
        if _TITLE.search(line):
            seen = True
        elif seen and re.match(r"^[A-Za-z*_\[`][^<>]*$", line.strip()) and '="' not in line:
            text = _prose(line)
            beside = _prose(_LINK.sub("", _BADGE.sub("", line)))
            if len(text) > SHORTEST_SENTENCE and re.search(r"\w{2}", beside):
                return Fact(
                    re.split(r"(?<=[.!?])\s", text)[0], (Evidence(path, number, text[:200]),)
                )
    return None


_TO = r"(?:\([^)]*\)|\[[^\]]*\])"
_BADGE = re.compile(rf"\[!\[[^\]]*\]{_TO}?\]{_TO}?|!\[[^\]]*\]{_TO}?")
_LINK = re.compile(rf"\[([^\]]*)\]{_TO}")


def _prose(line: str) -> str:
    """A line of Markdown without images, links, badges, emphasis and emoji."""
    line = re.sub(r"<[^>]+>|:[a-z_]+:", "", _BADGE.sub("", line))
    line = _LINK.sub(r"\1", line)
    line = re.sub(r"(?<!\w)_+(?=\w)|(?<=[\w.!?])_+(?!\w)", "", line)
    line = re.sub(r"[*`]|[\U0001F000-\U0001FFFF\u2600-\u27BF\uFE0F]", "", line)
    return " ".join(line.split()).strip("[]() ")


def default_branch(scan: Scan) -> Fact[str] | None:
    """origin's HEAD, else main or master where only one of them exists, else the current branch."""
    root = scan.repo.root
    head = _git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if head:
        return Fact(head.partition("/")[2], (Evidence(".git/refs/remotes/origin/HEAD", 0, head),))
    current = _git(root, "symbolic-ref", "--short", "HEAD")
    branches = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    usual = [branch for branch in ("main", "master", "trunk") if branch in branches]
    if usual and current not in usual:
        return Fact(usual[0], (Evidence(f".git/refs/heads/{usual[0]}"),))
    return Fact(current, (Evidence(".git/HEAD", 0, current),)) if current else None


def _git(root: object, *arguments: str) -> str:
    try:
        return git(root, *arguments, ok=(0, 1)).decode(errors="replace").strip()  # type: ignore[arg-type]
    except UserError:
        return ""


# What demands a header in every file: tool → its configuration.
HEADERS = (
    ("reuse", re.compile(r"^(REUSE\.toml|\.reuse/dep5)$")),
    ("hawkeye", re.compile(r"^\.?licenserc\.toml$")),
    ("license-eye", re.compile(r"^\.licenserc\.ya?ml$")),
    ("license-maven-plugin", re.compile(r"^pom\.xml$")),
    (
        "addlicense",
        re.compile(
            r"^(Makefile|Taskfile\.ya?ml|\.pre-commit-config\.yaml|\.github/workflows/.*\.ya?ml)$"
        ),
    ),
    ("golicenser", re.compile(r"^\.github/workflows/.*\.ya?ml$")),
    ("license-header", re.compile(r"^\.pre-commit-config\.yaml$")),
)
_MENTION = {
    "license-maven-plugin": r"<artifactId>license-maven-plugin</artifactId>",
    "addlicense": r"\baddlicense\b.*(-check|--check)|uses:.*addlicense|^\s*- id: addlicense",
    "golicenser": r"\bgolicenser\b",
    "license-header": r"^\s*- id: (insert-license|check-license-header)",
}


def license_headers(scan: Scan) -> Fact[str] | None:
    """The tool that demands licence headers, found by its configuration or its call."""
    for tool, pattern in HEADERS:
        for path in scan.top:
            if pattern.match(path):
                evidence = scan.at(path, _MENTION.get(tool, ""))
                if tool not in _MENTION or evidence.line:
                    return Fact(tool, (evidence,))
    return None


def copier_answers(scan: Scan) -> tuple[str, ...]:
    """Answers files of Copier in the root."""
    pattern = re.compile(r"^\.copier-answers[\w.-]*\.ya?ml$")
    return tuple(path for path in scan.top if pattern.match(path))


__all__ = [
    "copier_answers",
    "default_branch",
    "description",
    "license_headers",
    "mapping",
    "name",
]
