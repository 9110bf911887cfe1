"""Code owners, pull request templates and issue forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bootstrap.facts.scan import Scan

# GitHub reads the first of these that exists; the order matters.
ON_GITHUB = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
OWNERS = (*ON_GITHUB, ".gitlab/CODEOWNERS")

_TEMPLATE = r"^(\.github/|docs/)?pull_request_template(\.(md|txt|markdown))?$"
IS_TEMPLATE = re.compile(_TEMPLATE, re.IGNORECASE)
"""The one template that GitHub fills in by itself; of those in a folder it fills in none."""
TEMPLATE = re.compile(
    _TEMPLATE + r"|^(\.github/|docs/)?pull_request_template/[^/]+\.(md|txt)$"
    r"|^\.gitlab/merge_request_templates/[^/]+\.md$",
    re.IGNORECASE,
)


def codeowners(scan: Scan) -> tuple[str, ...]:
    """CODEOWNERS files, the one that rules first."""
    return tuple(path for path in OWNERS if scan.has(path))


def pr_templates(scan: Scan) -> tuple[str, ...]:
    """Pull request templates in any place and letter case that GitHub accepts."""
    return _matching(scan, TEMPLATE)


IN_FOLDER = re.compile(r"\.github/issue_template/[^/]+\.(md|ya?ml)", re.IGNORECASE)
"""Where GitHub looks for several issue templates and forms."""
FORM = re.compile(
    r"^(\.github/|docs/)?issue_template(\.(md|txt|markdown|ya?ml))?$"
    r"|^(\.github/|docs/)?issue_template/[^/]+\.(md|ya?ml)$"
    r"|^\.(gitlab/issue_templates|gitea/issue_template|forgejo/issue_template)/[^/]+\.(md|ya?ml)$",
    re.IGNORECASE,
)


def issue_forms(scan: Scan) -> tuple[str, ...]:
    """Issue forms, templates and their config.yml, in any place and letter case of GitHub's."""
    return _matching(scan, FORM)


_HOME = re.compile(r"(\.\w+|docs)?(/?\w+_templates?)?", re.IGNORECASE)
"""The folders that may hold templates: in the root too, and in any letter case."""


def _matching(scan: Scan, pattern: re.Pattern[str]) -> tuple[str, ...]:
    homes = ((place, names) for place, names in scan.places.items() if _HOME.fullmatch(place))
    paths = (f"{place}/{name}".lstrip("/") for place, names in homes for name in names)
    return tuple(sorted(filter(pattern.match, paths)))


class Rule(NamedTuple):
    """A line of CODEOWNERS: its number, its pattern and the owners that it names."""

    line: int
    pattern: str
    owners: tuple[str, ...]


_SECTION = re.compile(r"\^?\[[^]]+\](\[\d+\])?(\s|$)")
_SPACE = re.compile(r"(?<!\\)\s+")


def rules(text: str) -> list[Rule]:
    """The rules of a CODEOWNERS file, in order; the sections of GitLab's are none."""
    found: list[Rule] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip()[:1] in ("", "#") or is_section(line):
            continue
        words = _SPACE.split(re.sub(r"(?<!\S)#.*", "", line).strip())
        found.append(Rule(number, words[0], tuple(words[1:])))
    return found


def is_section(line: str) -> bool:
    """Whether a line begins a section, which only GitLab knows."""
    return bool(_SECTION.match(line.strip()))


EVERYTHING = frozenset({"*", "**", "/**", "**/*", "/**/*"})
"""The patterns that match every path."""
