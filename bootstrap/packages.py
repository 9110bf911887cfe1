"""What would take our files along: archives, images, packages, and sites made of the repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from bootstrap.facts import Facts
from bootstrap.house_rules import listed
from bootstrap.pieces import Registry
from bootstrap.repo import Repo


def new_paths(repo: Repo, registry: Registry) -> list[str]:
    """The paths of ours, for packages to leave out, at which the repository has nothing.

    In any letter case; where it has a folder of ours, the paths of the pieces inside.
    """
    tops = tuple({path.lower().split("/")[0] for path in registry.left_out})
    taken = {
        "/".join(path.split("/")[:depth])
        for path in map(str.lower, repo.files)
        if path.startswith(tops)
        for depth in range(1, path.count("/") + 2)
    }
    found: list[str] = []
    for path in registry.left_out:
        found += [path] if path.lower() not in taken else registry.below(path)
    return [path for path in found if path.lower() not in taken]


def packaging(repo: Repo, facts: Facts) -> list[str]:
    """What takes a list of names to leave out, in the words of the answer `packaging`."""
    found = []
    if _line(repo, ".gitattributes", r"^[^#\n]*\sexport-ignore\b"):
        found.append("archive")
    if ".dockerignore" in repo.files and _copies_all(repo, facts) and not _allow_list(repo):
        found.append("docker")
    if ".npmignore" in repo.files:
        found.append("npm")
    if "REUSE.toml" in repo.files:
        found.append("reuse")
    return found


_COPY = r"(?i)^[ \t]*(?:COPY|ADD)[ \t]+(?!.*--from)(?:--\S+[ \t]+)*(?:\[[ \t]*\")?\./?\"?[ \t,]"


def _copies_all(repo: Repo, facts: Facts) -> str:
    """Where an image is built from the whole folder: `Dockerfile:12`; empty if none is."""
    for path in facts.dockerfiles:
        if line := _line(repo, path, _COPY):
            return f"{path}:{line}"
    return ""


def _allow_list(repo: Repo) -> bool:
    """Whether .dockerignore leaves everything out but what it names."""
    return _line(repo, ".dockerignore", r"^/?\*\*?/?[ \t]*$") > 0


def _line(repo: Repo, path: str, pattern: str) -> int:
    """The first line (from 1) of a file that fits; 0 if none does."""
    text = repo.text(path) or ""
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def advice(repo: Repo, facts: Facts, names: Sequence[str]) -> Iterator[str]:
    """What the user has to leave out of packages by hand; `names` are the paths that are new."""
    some = listed(names)
    where = "" if ".dockerignore" in repo.files else _copies_all(repo, facts)
    if names and where and "/" not in where:  # another folder is its own context, or not
        yield f"{where} copies the whole folder: write a .dockerignore with {some}"
    for path, pattern, how in _LISTS:
        for file in filter(re.compile(path).fullmatch, repo.shallow):
            if names and (line := _line(repo, file, pattern)):
                yield f"{file}:{line} {how} {some}"
    site = next((path for path in ("_config.yml", "_config.yaml") if path in repo.files), "")
    if pages := [name for name in names if site and not name.startswith(".")]:
        yield f"{site} publishes the whole folder: add {listed(pages)} to its `exclude`"
    if names and _published_to_npm(repo):
        yield f"package.json has no `files`, so npm would publish {some} too: add such a list"


# What packs the whole repository; the way to leave something out stands in code or in a list.
_LISTS = (
    (
        r"[^/]+\.gemspec",
        r"^[^#\n]*\bgit ls-files( -z)?[`\"')]",
        "packs all that git knows: leave out",
    ),
    (r"Cargo\.toml", r"^exclude\s*=", "says what the crate leaves out: add"),
    (r"\.(nextcloud|slug|gcloud|vercel|vscode|helm)ignore", r"\S", "says what is left out: add"),
)


def _published_to_npm(repo: Repo) -> bool:
    try:
        manifest = json.loads(repo.text("package.json") or "{}")
    except (ValueError, RecursionError):
        return False
    if not isinstance(manifest, dict) or ".npmignore" in repo.files:
        return False
    return {"name", "version"} <= manifest.keys() and not {"files", "private"} & manifest.keys()


# What publishes, writes or packs docs/, besides the generators that the facts know: file, text.
_SITES = (
    (r"_config\.ya?ml", ""),
    (r"([\w.-]+/)?mkdocs[\w.-]*\.ya?ml", ""),
    (r"\.jazzy\.ya?ml", ""),
    (r"conf\.py", r"^(extensions|html_theme)\s*="),
    (r"[^/]+\.gemspec", r"^[^#\n]*([\"'{,]docs?/|\bgit ls-files -- .*\bdocs?\b)"),
)


def publisher_of_docs(repo: Repo) -> str:
    """The file that shows that docs/ is published, generated or packed; empty if nothing does."""
    for name, text in _SITES:
        for path in filter(re.compile(name).fullmatch, repo.shallow):
            if _line(repo, path, text):
                return path
    return _generated(repo)


def _generated(repo: Repo) -> str:
    """The first page of docs/ if more pages there are HTML than Markdown."""
    docs = [p for top, paths in repo.below.items() if top.lower() == "docs" for p in paths]
    pages = [path for path in docs if path.endswith((".html", ".htm"))]
    return pages[0] if len(pages) > sum(path.endswith(".md") for path in docs) else ""
