"""Git hooks: what manages them, and where."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from bootstrap.errors import UserError
from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.scan import folder, join
from bootstrap.repo import git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

# Manager → its files; the first that exists is the path that it reads.
MANAGERS = (
    ("pre-commit", re.compile(r"^(\.pre-commit-config\.ya?ml|prek\.toml)$")),
    ("husky", re.compile(r"^(\.husky/[^._/][^/]*|\.huskyrc(\.\w+)?|husky\.config\.js)$")),
    ("lefthook", re.compile(r"^\.?lefthook\.(ya?ml|toml|json)$")),
    ("overcommit", re.compile(r"^\.overcommit\.yml$")),
    ("simple-git-hooks", re.compile(r"^\.?simple-git-hooks\.([cm]?js|json)$")),
    ("captainhook", re.compile(r"^captainhook\.json$")),
    ("grumphp", re.compile(r"^grumphp\.ya?ml(\.dist)?$")),
    ("rusty-hook", re.compile(r"^\.rusty-hook\.toml$")),
    ("cargo-husky", re.compile(r"^\.cargo-husky/hooks/[^/]+$")),
    ("custom-hooks-dir", re.compile(r"^\.?(git-?hooks|vite-hooks)/[^/]+$")),
)

_NAMES = (
    r"(?:applypatch-msg|commit-msg|post-\w[\w-]*|pre-\w[\w-]*|prepare-commit-msg|push-to-checkout)"
)


def hooks(scan: Scan) -> tuple[tuple[Fact[str], ...], str | None]:
    """The managers of git hooks, and the file or folder that the ruling one reads."""
    found: list[tuple[Fact[str], str]] = []
    for name, pattern in MANAGERS:
        path = next((path for path in scan.top if pattern.match(path)), "")
        if path:
            where = path.partition("/")[0] if "/" in path else path
            found.append((Fact(name, (Evidence(path),)), where))
    found += _in_package(scan, {fact.value for fact, _ in found})
    found += _own_folder(scan) if not found else []
    configured = _hooks_path(scan)
    if configured and not any(where == configured.split("/")[0] for _, where in found):
        fact = Fact(
            "custom-hooks-dir", (Evidence(".git/config", 0, f"core.hooksPath={configured}"),)
        )
        found.insert(0, (fact, configured))
    elif configured:
        found.sort(key=lambda item: item[1] != configured.split("/")[0])
    facts = tuple({fact.value: fact for fact, _ in reversed(found)}.values())[::-1]
    return facts, found[0][1] if found else None


_HOOKS_PATH = re.compile(r"core\.hooksPath[ \t=]+[\"']?(?:\./)?([\w./-]+)")
_SETUP = re.compile(
    r"^(GNU)?makefile$|^\.?justfile$|^Taskfile\.ya?ml$|^package\.json$|^(setup|bootstrap|install)(\.\w+)?$"
    r"|^(contributing|development|readme)(\.\w+)?$",
    re.IGNORECASE,
)
_PLACES = (".", ".github", "bin", "docs", "script", "scripts", "tools")
_OWN_FOLDER = re.compile(rf"^(?:[\w.-]+/){{0,3}}[\w.-]*hooks/{_NAMES}(?:\.(?:sh|py|rb))?$")


def _own_folder(scan: Scan) -> list[tuple[Fact[str], str]]:
    """A folder of hooks that a setup step names, or that holds hooks by git's names for them."""
    for path in (join(place, name) for place in _PLACES for name in scan.inside(place)):
        if _SETUP.match(path.rpartition("/")[2]):
            evidence = scan.at(path, _HOOKS_PATH.pattern)
            match = _HOOKS_PATH.search(evidence.text)
            place = match[1].rstrip("/.") if match else ""
            if place and next(hook_files(scan, place), None):
                return [(Fact("custom-hooks-dir", (evidence,)), place)]
    places = (p.path for p in scan.judged if p.real and p.path.endswith("hooks"))
    names = (f"{place}/{name}" for place in places for name in scan.inside(place))
    path = next((path for path in names if _OWN_FOLDER.match(path)), "")
    return [(Fact("custom-hooks-dir", (Evidence(path),)), folder(path))] if path else []


def _in_package(scan: Scan, known: set[str]) -> list[tuple[Fact[str], str]]:
    """Managers that are configured inside package.json."""
    package = scan.json("package.json")
    found = []
    for key, name in (
        ("husky", "husky"),
        ("simple-git-hooks", "simple-git-hooks"),
        ("lefthook", "lefthook"),
        ("pre-commit", "pre-commit-npm"),
        ("gitHooks", "yorkie"),
    ):
        if isinstance(package.get(key), dict | list) and name not in known:
            found.append((Fact(name, (scan.at("package.json", rf'^\s*"{key}"'),)), "package.json"))
    return found


def _hooks_path(scan: Scan) -> str:
    """`core.hooksPath` of the repository's own configuration, read as data, '' if outside of it."""
    try:
        raw = git(scan.repo.root, "config", "--local", "--get", "core.hooksPath", ok=(0, 1))
    except UserError:
        return ""
    path = raw.decode(errors="replace").strip().removeprefix("./").rstrip("/")
    for prefix in (f"{scan.repo.root}/",):
        path = path.removeprefix(prefix)
    # Husky points git at a generated folder inside its own.
    path = re.sub(r"^\.husky/_$", ".husky", posixpath.normpath(path) if path else "")
    return "" if path.startswith(("/", "..", "~")) or ".git/" in path + "/" else path


def hook_files(scan: Scan, directory: str) -> Iterator[str]:
    """The hooks in a folder, by git's names for them."""
    pattern = re.compile(rf"^{re.escape(directory)}/{_NAMES}$")
    return (path for path in scan.under(directory) if pattern.match(path))
