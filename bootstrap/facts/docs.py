"""What documents say: command lines in code blocks, and the generator that publishes docs/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.parts import OTHER, PUSH, Call
from bootstrap.facts.rewrite import relocate
from bootstrap.facts.scan import Scan, join
from bootstrap.facts.shell import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

# In order of trust: what agents and contributors are told, then the README.
_PAGES = re.compile(
    r"^((\.github/|\.claude/|docs/)?(AGENTS|CLAUDE|CONTRIBUTING|DEVELOPMENT|DEVELOPING|HACKING)"
    r"|README|docs/(development|contributing|setup|getting[-_]started|installation)"
    r"|docs/([\w-]+/){1,2}contributing|\.github/copilot-instructions)"
    r"(\.(md|rst|txt|adoc|markdown))?$",
    re.IGNORECASE,
)
MAX_PAGES = 12

SITES = (
    ("mkdocs", re.compile(r"^(docs/)?(mkdocs|properdocs)\.ya?ml$")),
    ("zensical", re.compile(r"^(docs/)?zensical\.toml$")),
    ("docusaurus", re.compile(r"^(docs/|website/|documentation/)?docusaurus\.config\.[cm]?[jt]s$")),
    ("sphinx", re.compile(r"^docs?/(source/|src/)?conf\.py$")),
    ("vitepress", re.compile(r"^(docs/)?\.vitepress/config(\.[cm]?[jt]s|/)")),
    ("vuepress", re.compile(r"^(docs/)?\.vuepress/")),
    ("jekyll", re.compile(r"^docs/_config\.ya?ml$")),
    ("hugo", re.compile(r"^docs/((hugo|config)\.(toml|ya?ml)|config/_default/)")),
    ("mdbook", re.compile(r"^(docs/)?book\.toml$")),
    ("antora", re.compile(r"^(docs/)?antora(-playbook)?\.ya?ml$")),
    ("astro", re.compile(r"^docs/astro\.config\.[cm]?[jt]s$")),
    ("mintlify", re.compile(r"^(docs/)?(mint|docs)\.json$")),
    ("docsify", re.compile(r"^docs/(_sidebar\.md|\.nojekyll)$")),
    ("gitbook", re.compile(r"^(docs/)?(\.gitbook\.yaml|SUMMARY\.md)$")),
    ("rspress", re.compile(r"^(docs/)?rspress\.config\.[cm]?[jt]s$")),
    ("nextra", re.compile(r"^docs/theme\.config\.[cm]?[jt]sx?$")),
    ("fumadocs", re.compile(r"^docs/source\.config\.[cm]?[jt]sx?$")),
    ("next", re.compile(r"^docs/next\.config\.[cm]?[jt]s$")),
    ("site", re.compile(r"^docs/package\.json$")),
)

_ANY_SITE = re.compile("|".join(pattern.pattern for _, pattern in SITES))
"""One search for all of them: a site has many pages."""


def docs_site(scan: Scan) -> Fact[str] | None:
    """The generator that reads docs/, found by its configuration; None where docs/ is only read.

    Jekyll in the root publishes every folder.
    """
    has_docs = next(scan.under("docs"), None)
    paths = list(filter(_ANY_SITE.match, scan.pages)) if has_docs else []
    for name, pattern in SITES:
        for path in filter(pattern.match, paths):
            return Fact(name, (Evidence(path),))
    if scan.has("_config.yml") and any(next(scan.under(f"_{part}"), None) for part in _JEKYLL):
        return Fact("jekyll", (Evidence("_config.yml"),))
    for path in _INDEX:
        text = scan.text(path) if scan.has(path) else ""
        matter = _FRONT_MATTER.match(text)
        if matter and re.search(r"^(pageType|hero|layout):", matter[1], re.MULTILINE):
            return Fact("site", (Evidence(path, 1),))
    return None


_JEKYLL = ("layouts", "posts", "includes")
_INDEX = tuple(f"docs/{name}.{ending}" for name in ("index", "README") for ending in ("md", "mdx"))
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n---", re.DOTALL)


def calls(scan: Scan) -> list[Call]:
    """Command lines in the code blocks of the documents for people and agents."""
    pages = sorted((path for path in scan.pages if _PAGES.match(path)), key=_trust)
    found: list[Call] = []
    for path in pages[:MAX_PAGES]:
        found += _page(scan, path)
    return found


def _trust(path: str) -> tuple[int, str]:
    name = path.rpartition("/")[2].lower()
    order = ("agents", "claude", "contributing", "develop", "hacking", "readme")
    return next((i for i, word in enumerate(order) if name.startswith(word)), len(order)), path


def _page(scan: Scan, path: str) -> Iterator[Call]:
    entered = "."
    for first, block, heading, inline in _blocks(scan.text(path)):
        only = re.fullmatch(r"cd (\S+)", block.strip())
        if only:
            # A block that only enters a folder says where the next one runs.
            entered = _existing(scan, join(only[1]) or ".")
            continue
        start, entered = (entered, ".") if not inline else (".", entered)
        for text, here, offset in commands(block, start):
            evidence = Evidence(path, first + offset, text[:200])
            run, place = relocate(text, _existing(scan, here))
            yield Call(run, place, evidence, OTHER if inline else PUSH, heading)


def _existing(scan: Scan, here: str) -> str:
    """A reader enters the clone first: a folder that isn't in the repository is its root."""
    while here != "." and here not in scan.folders:
        here = here.partition("/")[2] or "."
    return here


def _blocks(text: str) -> Iterator[tuple[int, str, str, bool]]:
    """Code: first line, text, the heading above, whether it stands inside a sentence."""
    lines = text.splitlines()
    heading, start, fence = "", 0, ""
    block: list[str] = []
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if fence:
            if stripped.startswith(fence):
                yield start, "\n".join(block), heading, False
                fence = ""
            else:
                block.append(_prompt(stripped))
        elif stripped.startswith(("```", "~~~")):
            fence, block, start = stripped[:3], [], number + 1
        elif line.startswith("#"):
            heading = stripped.lstrip("# ")
        elif line.startswith(("    ", "\t")) or re.match(r"^\s*\$ ", line):
            yield number, _prompt(stripped), heading, False
        else:
            for code in re.findall(r"`([^`\s]+ [^`]+)`", line):
                yield number, code, heading, True


def _prompt(line: str) -> str:
    return re.sub(r"^(\$|>|%|\([\w.-]+\) \$)\s+", "", line)
