"""Tools that look at every file of a repository, and the lists of what they leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootstrap.repo import Repo


@dataclass(frozen=True)
class Tool:
    """One way to leave our files out: an answer of `packaging`, and the file that has the list.

    `path` is the template's; `names` are what the tool accepts for it. The row holds where the text
    of that file fits `where` and does not fit `unless`.
    """

    answer: str
    path: str
    names: tuple[str, ...] = ()
    where: str = ""
    unless: str = r"(?!)"


_BIOME = ("biome.json", "biome.jsonc", ".biome.json", ".biome.jsonc")
_CSPELL = ("cspell.json", ".cspell.json", "cspell.jsonc", ".cspell.jsonc", "cspell.config.json")
# A list of the files that are looked at, if it names no JSON: biome sees nothing else of ours.
_SOURCES = r"\"includes?\"\s*:\s*\[\s*(\"[^\"]*\.[cm]?[jt]sx?\"\s*,?\s*)*\]"
# A style that is ours too: two spaces, lines that are long enough, nothing said otherwise below.
_OUR_STYLE = (
    r"\A(?=[\s\S]*\"indentStyle\"\s*:\s*\"space\")(?![\s\S]*\"indentStyle\"\s*:\s*\"tab\")"
    r"(?![\s\S]*\"indent(?:Width|Size)\"\s*:\s*(?!2\b)\d)(?![\s\S]*\"lineWidth\"\s*:\s*[1-7]?\d\b)"
    r"(?![\s\S]*(?:\"expand\"\s*:\s*\"always\"|\"bracketSpacing\"\s*:\s*false))"
)

TOOLS = (
    Tool(
        "biome", "biome.json", _BIOME, where=r"\"includes\"\s*:", unless=f"{_SOURCES}|{_OUR_STYLE}"
    ),
    Tool(
        "biome-all",
        "biome.json",
        _BIOME,
        where=r"biomejs\.dev/schemas/2|configuration_schema\.json",
        unless=rf"\"includes?\"\s*:|\"ignore\"\s*:|{_OUR_STYLE}",
    ),
    Tool("cspell", "cspell.json", _CSPELL),
    Tool(
        "editorconfig-checker",
        ".editorconfig-checker.json",
        (".editorconfig-checker.json", ".ecrc"),
    ),
    Tool("hawkeye", "licenserc.toml", ("licenserc.toml", ".licenserc.toml")),
    Tool(
        "license-eye",
        ".licenserc.yaml",
        (".licenserc.yaml", ".licenserc.yml"),
        where=r"(?m)^header:(?!\s*$\s*- )",
    ),
    Tool("markdownlint", ".markdownlintignore"),
    Tool(
        "markdownlint-cli2",
        ".markdownlint-cli2.yaml",
        (".markdownlint-cli2.yaml",),
        where=r"(?m)^ignores:",
    ),
)


def accepted() -> dict[str, tuple[str, ...]]:
    """Template path → the names under which a repository may keep that file."""
    return {tool.path: tool.names or (tool.path,) for tool in TOOLS}


def wanted(repo: Repo) -> dict[str, str]:
    """Answer → the file of the repository that takes our paths into its list."""
    found: dict[str, str] = {}
    for tool in TOOLS:
        names = tool.names or (tool.path,)
        path = next((name for name in names if name in repo.files), "")
        text = repo.text(path) or "" if path else ""
        if path and re.search(tool.where, text) and not re.search(tool.unless, text):
            found[tool.answer] = path
    return found
