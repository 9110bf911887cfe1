"""The files of repositories that programs and people configure, by kind, and their contents."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from tests.survey.__main__ import ENVIRONMENT

PER_KIND = 12
"""How many files of a kind a repository may give, so that none rules the result."""


@dataclass(frozen=True)
class Kind:
    """A kind of file, how it is patched, and the paths it is known by."""

    name: str
    format: str
    path: re.Pattern[str]


def _kind(name: str, form: str, path: str) -> Kind:
    return Kind(name, form, re.compile(rf"(?:.*/)?{path}", re.IGNORECASE))


KINDS = (  # the first that matches
    _kind("pre-commit", "yaml", r"\.pre-commit-config\.ya?ml"),
    _kind("GitHub workflow", "yaml", r"\.github/workflows/[^/]+\.ya?ml"),
    _kind("Dependabot", "yaml", r"\.github/dependabot\.ya?ml"),
    _kind("Compose", "yaml", r"(docker-)?compose[^/]*\.ya?ml"),
    _kind("MkDocs", "yaml", r"mkdocs\.ya?ml"),
    _kind("other YAML", "yaml", r"[^/]+\.ya?ml"),
    _kind("dev container", "json", r"\.?devcontainer\.json"),
    _kind("package.json", "json", r"package\.json"),
    _kind("tsconfig", "json", r"[jt]sconfig[^/]*\.json"),
    _kind("MCP servers", "json", r"(\.mcp|\.cursor/mcp|\.vscode/mcp)\.json"),
    _kind("Claude settings", "json", r"\.claude/settings[^/]*\.json"),
    _kind("VS Code", "json", r"\.vscode/[^/]+\.json"),
    _kind("other JSON", "json", r"[^/]+\.jsonc?"),
    _kind("pyproject", "toml", r"pyproject\.toml"),
    _kind("Cargo", "toml", r"Cargo\.toml"),
    _kind("other TOML", "toml", r"[^/]+\.toml"),
    _kind("ignore file", "lines", r"\.(git|docker)ignore"),
    _kind("attributes", "lines", r"\.gitattributes"),
    _kind("CODEOWNERS", "lines", r"CODEOWNERS"),
    _kind("README", "markdown", r"README\.md"),
    _kind("agents, contributing", "markdown", r"(AGENTS|CLAUDE|CONTRIBUTING)\.md"),
)

_VENDORED = re.compile(r"(?:.*/)?(?:node_modules|vendor|vendored|third[_-]party)/")
_LOCK = re.compile(r"(?:.*/)?(?:[^/]*[-.])?lock\.(?:json|ya?ml)|(?:.*/)?npm-shrinkwrap\.json")


@dataclass(frozen=True)
class File:
    """A file at the newest commit."""

    path: str
    kind: Kind
    blob: str


def kind_of(path: str) -> Kind | None:
    """The kind of a file by its path; None: it is none of ours."""
    return next((kind for kind in KINDS if kind.path.fullmatch(path)), None)


def files(git: Path, cap: int = PER_KIND) -> tuple[list[File], Counter[str]]:
    """The files to look at, at most `cap` of a kind, and how many are left out for which reason."""
    found: list[File] = []
    out: Counter[str] = Counter()
    for mode, blob, path in _tree(git):
        kind = kind_of(path)
        if kind is None:
            continue
        why = _left_out(mode, path)
        out[why] += 1
        found += [] if why else [File(path, kind, blob)]
    del out[""]
    chosen = [one for kind in KINDS for one in _sample(found, kind, cap)]
    out[f"more than {cap} of a kind in a repository"] += len(found) - len(chosen)
    return chosen, out


def _left_out(mode: str, path: str) -> str:
    if not mode.startswith("100"):
        return "a link"
    if _VENDORED.match(path):
        return "a copy of another project's"
    return "a lock file" if _LOCK.fullmatch(path) else ""


def _sample(found: Iterable[File], kind: Kind, cap: int) -> list[File]:
    """As many as may be, spread over all folders; always the same ones."""
    those = [one for one in found if one.kind is kind]
    return sorted(those, key=lambda one: blake2b(one.path.encode()).digest())[:cap]


# --- git ------------------------------------------------------------------------------------------


def run(git: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git says in a repository."""
    done = subprocess.run(
        ["git", "-C", str(git), *arguments], input=stdin, env=ENVIRONMENT, stdout=-1, check=True
    )
    return done.stdout


def _tree(git: Path) -> list[tuple[str, str, str]]:
    """Mode, blob and path of all files; those with strange names are left to others."""
    rows = run(git, "ls-tree", "-r", "-z", "HEAD").decode(errors="replace").split("\0")
    split = (re.fullmatch(r"(\d+) \w+ (\w+)\t(.*)", row) for row in rows)
    return [(row[1], row[2], row[3]) for row in split if row]


def contents(git: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """The content of each blob that the repository holds."""
    asked = list(dict.fromkeys(blobs))
    said = run(git, "cat-file", "--batch", stdin="".join(f"{one}\n" for one in asked).encode())
    found: dict[str, bytes] = {}
    at = 0
    for blob in asked:
        head = said[at : said.index(b"\n", at)]
        at += len(head) + 1
        if not head.endswith(b" missing"):
            size = int(head.split()[2])
            found[blob], at = said[at : at + size], at + size + 1
    return found


def history(git: Path, files: Iterable[File]) -> dict[str, list[str]]:
    """Path → the blobs that it had, the newest first, as many as commits changed it."""
    paths = [f":(literal){file.path}" for file in files]
    shown = ["log", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=", "HEAD", "--", *paths]
    said = run(git, *shown).decode(errors="replace") if paths else ""
    blobs: dict[str, list[str]] = {}
    for row in re.finditer(r":\d+ 100\d+ \w+ (\w+) [AM]\0([^\0]+)\0", said):
        blobs.setdefault(row[2], []).append(row[1])
    return blobs
