"""Name, description, default branch, Copier answers."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from bootstrap.errors import UserError
from bootstrap.facts import readme
from bootstrap.facts.load import dig
from bootstrap.facts.model import Evidence, Fact
from bootstrap.repo import git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

# Manifest → its ecosystem, and how it writes a name and a description as a line of text.
_MANIFESTS = (
    ("package.json", "javascript", "", ""),
    ("pyproject.toml", "python", "", ""),
    ("Cargo.toml", "rust", "", ""),
    ("composer.json", "php", "", ""),
    (
        "setup.py",
        "python",
        r"^\s*name\s*=\s*[\"']([^\"']+)",
        r"^\s*description\s*=\s*[\"']([^\"']+)",
    ),
    ("setup.cfg", "python", r"^name\s*=\s*(.+)", r"^description\s*=\s*(?!file:)(.+)"),
    (
        "mix.exs",
        "elixir",
        r"^\s*app: :(\w+)",
        r"^\s*@?description:?\s+(?:\"\"\"\n\s*|\")([^\"\n]+)",
    ),
    ("*.gemspec", "ruby", r"\.name\s*=\s*[\"']([^\"']+)", r"\.summary\s*=\s*[\"']([^\"']+)"),
    (
        "README.yaml",
        "terraform",
        r"^name:\s*[\"']?([\w-]+)",
        r"^description:\s*[\"']?(\w[^\"'\n]+)",
    ),
)
_PLACEHOLDER = re.compile(
    r"placeholder|namesquat|^todo\b|^fixme\b|^add (a|your) description|^description here",
    re.IGNORECASE,
)
_TABLES = (("project",), ("tool", "poetry"), ("package",), ("workspace", "package"))
_NO_NAME = re.compile(
    r"^(@.*/)?(root|monorepo|workspace|app|project|website)$|[-_]?(mono)?repo$|[-_]root$"
)


def name(scan: Scan, primary: str = "") -> Fact[str]:
    """The project's name: README title, else manifest, else the name of the folder."""
    path = readme.path_of(scan)
    title = readme.title(readme.parts(scan.text(path))) if path else None
    if title:
        return Fact(title.text, (_at(scan, path, title.line),))
    for fact in _manifests(scan, "name", primary):
        if not _NO_NAME.search(fact.value):
            return fact
    return Fact(scan.repo.root.name, ())


def description(scan: Scan, primary: str = "") -> Fact[str] | None:
    """The description of a manifest, `primary`'s ecosystem first, else the README's."""
    for fact in _manifests(scan, "description", primary):
        return fact
    path = readme.path_of(scan)
    said = readme.summary(readme.parts(scan.text(path))) if path else None
    return Fact(said.text, (_at(scan, path, said.line),)) if said else None


def _at(scan: Scan, path: str, line: int) -> Evidence:
    return Evidence(path, line, scan.text(path).splitlines()[line - 1].strip()[:200])


def _manifests(scan: Scan, key: str, primary: str) -> Iterator[Fact[str]]:
    for pattern, _, *lines in sorted(_MANIFESTS, key=lambda row: row[1] != primary):
        line = lines[key == "description"]
        for path in fnmatch.filter(scan.inside("."), pattern):
            value = _matched(scan, path, line) if line else _valued(scan, path, key)
            where = scan.at(path, line or rf'^\s*"?{key}"?\s*[:=]')
            if value and not _PLACEHOLDER.search(value) and (text := readme.plain(value)):
                yield Fact(text, (where,))


def _matched(scan: Scan, path: str, pattern: str) -> str:
    match = re.search(pattern, scan.text(path), re.MULTILINE)
    return match[1].strip() if match else ""


def _valued(scan: Scan, path: str, key: str) -> str:
    """The value of a manifest that is a table."""
    if path.endswith(".json"):
        return _text(scan.json(path).get(key))
    found = (_text(dig(scan.toml(path), *table, key)) for table in _TABLES)
    return next((value for value in found if value), "")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def default_branch(scan: Scan) -> Fact[str] | None:
    """origin's HEAD, else main or master where only one of them exists, else the current branch."""
    head = _git(scan, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").strip()
    if head:
        return Fact(head.partition("/")[2], (Evidence(".git/refs/remotes/origin/HEAD", 0, head),))
    branches = {branch: mark for mark, branch in _branches(scan)}
    current = next((branch for branch, mark in branches.items() if mark == "*"), "")
    current = current or _git(scan, "symbolic-ref", "--short", "HEAD").strip()  # before a commit
    usual = [branch for branch in ("main", "master", "trunk") if branch in branches]
    if usual and current not in usual:
        return Fact(usual[0], (Evidence(f".git/refs/heads/{usual[0]}"),))
    return Fact(current, (Evidence(".git/HEAD", 0, current),)) if current else None


def _branches(scan: Scan) -> list[tuple[str, str]]:
    """The local branches, each with `*` before it if it is the current one."""
    rows = _git(scan, "for-each-ref", "--format=%(HEAD)%(refname:lstrip=2)", "refs/heads")
    return [(row[0], row[1:]) for row in rows.splitlines()]


def _git(scan: Scan, *arguments: str) -> str:
    try:
        return git(scan.repo.root, *arguments, ok=(0, 1)).decode(errors="replace")
    except UserError:
        return ""


def copier_answers(scan: Scan) -> tuple[str, ...]:
    """Answers files of Copier in the root."""
    pattern = re.compile(r"^\.copier-answers[\w.-]*\.ya?ml$")
    return tuple(path for path in scan.top if pattern.match(path))
