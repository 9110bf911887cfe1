"""Checks of a repository that see our files, and what its people have to tell them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bootstrap import exclusions
from bootstrap.facts import Facts
from bootstrap.repo import Repo

_CALLS = (
    r"\.pre-commit-config\.ya?ml|\.github/workflows/[^/]+\.ya?ml|Makefile|justfile|package\.json"
)
_PRETTIER = r"\.prettierrc(\.\w+)?|prettier\.config\.[cm]?[jt]s|package\.json"

# Files that show the check, the text there, what to do. Ours pass with each tool's own defaults.
_RULES = (
    (
        _CALLS,
        r"^[^#\n]*\bshfmt\b[^#]{0,120}?[\s\[\"',](-i[= ]?[013-9]|--indent[= ][013-9]|-sr\b|-kp\b)",
        "shfmt with these options would rewrite `.process/`: leave that folder out",
    ),
    (
        _CALLS,
        r"^[^#\n]*\byamllint\b[^#\n]* (-s|--strict)\b",
        "yamllint --strict demands `---` on top: leave out `.process/` and our other new YAML",
    ),
    (
        r"\.vscode/cspell\.json|\.?cspell(\.config)?\.(ya?ml|[cm]?js)",
        "",
        "names the words that are known: add `prek` and `pycache`",
    ),
)


def advice(repo: Repo, facts: Facts, names: Sequence[str]) -> Iterator[str]:
    """One line for each check that would fail; `names` are our paths that are new."""
    for paths, text, how in _RULES:
        if where := _found(repo, paths, text):
            yield f"{where}: {how}"
    if facts.license_headers:
        yield from _licences(repo, facts, names)


def listed(names: Sequence[str]) -> str:
    """Paths in a sentence."""
    return ", ".join(f"`{name}`" for name in names)


def prettier(repo: Repo) -> str:
    """Where Prettier is told to indent or to wrap in another way than it does by itself."""
    style = r"[\"']?(tabWidth|useTabs|proseWrap)[\"']?\s*[:=](?!\s*[\"']?(2|false|preserve)\b)"
    if where := _found(repo, _PRETTIER, style):
        return where
    if not _found(repo, _PRETTIER.removesuffix(r"|package\.json"), ""):
        return ""
    return _found(
        repo,
        r"\.editorconfig",
        r"\A(?s:.*?)^\[\*\][^\[]*^indent_(style\s*=\s*tab|size\s*=\s*[^2\s])",
    )


# What tells each tool that our files have another licence; `{}` are the paths.
_EXCLUDES = {
    "license-eye": "add {} to `paths-ignore`",
    "addlicense": "call it with `-ignore .copier-answers.yml`",  # the others say SPDX
    "license-maven-plugin": "add an `<exclude>` for each of {}",
    "apache-rat": "add an `<exclude>` for each of {}",
}
_DEP5 = (
    "append to .reuse/dep5 a paragraph `Files: {}`, `Copyright: The Twelvefold authors`, "
    "`License: MIT-0`, and run `reuse download MIT-0`"
)


def _licences(repo: Repo, facts: Facts, names: Sequence[str]) -> Iterator[str]:
    fact = facts.license_headers
    if fact is None or "REUSE.toml" in repo.files or fact.value in exclusions.wanted(repo):
        return  # that one is patched
    where = fact.evidence[0].path if fact.evidence else fact.value
    if fact.value == "reuse":
        yield _DEP5.format(" ".join(name if "." in name[1:] else f"{name}/*" for name in names))
        return
    how = _EXCLUDES.get(fact.value, "leave {} out")
    yield f"{where} demands licence headers ({fact.value}), ours are MIT-0: " + how.format(
        listed(names)
    )


def _found(repo: Repo, paths: str, text: str) -> str:
    """The first place that fits, as `path:line`; without a text the file is enough."""
    for path in filter(re.compile(paths).fullmatch, repo.shallow):
        content = repo.text(path) or ""
        if match := re.search(text, content, re.MULTILINE):
            line = content.count("\n", 0, match.end()) + 1
            return f"{path}:{line}" if text else path
    return ""
