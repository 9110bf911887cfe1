"""Rules of a repository that new files and commits have to keep: headers, titles, pins, labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.ci import WORKFLOWS
from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.scan import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bootstrap.facts.parts import Call, Target
    from bootstrap.facts.scan import Scan

Row = tuple[str, str, str]
"""What it shows, the paths that may show it, and the text there ('' = the file is enough)."""

_WORKFLOW = r"\.(github|forgejo|gitea)/workflows/.*\.ya?ml"
_HOOKS = r"\.pre-commit-config\.ya?ml|prek\.toml"
_LEFTHOOK = r"\.?lefthook\.(ya?ml|toml|json)|\.husky/[^/]+"
_GUIDES = r"((\.github|docs)/)?(CONTRIBUTING|DEVELOPMENT|AGENTS|CLAUDE)(\.\w+)?|README(\.\w+)?"
_CONVENTIONAL = r"(?i)\bconventional[- ]?commits?\b|conventionalcommits\.org"

# What demands a header in every file.
HEADERS: tuple[Row, ...] = (
    ("reuse", r"REUSE\.toml|\.reuse/dep5", ""),
    ("hawkeye", r"\.?licenserc\.toml", ""),
    ("license-eye", r"\.licenserc\.ya?ml", ""),
    ("license-maven-plugin", r"pom\.xml", r"<artifactId>license-maven-plugin</artifactId>"),
    ("apache-rat", r"pom\.xml|build\.gradle(\.kts)?", r"apache-rat-plugin|nosphere\.apache\.rat"),
    ("addlicense", rf"Makefile|Taskfile\.ya?ml|justfile|{_HOOKS}|{_WORKFLOW}", (
        r"\baddlicense\b.*(-check|--check)|uses:.*addlicense|^\s*- id: addlicense"
    )),
    ("golicenser", _WORKFLOW, r"\bgolicenser\b"),
    ("license-header", _HOOKS, r"^\s*- id: (insert-license|(check-)?license-header)"),
    ("spotless", r"build\.gradle(\.kts)?|pom\.xml", r"^\s*licenseHeader(File)?\b|<licenseHeader>"),
    ("checkstyle", r"(config/checkstyle/|etc/)?checkstyle\.xml", r"\"(Regexp)?Header\""),
    ("golangci-lint", r"\.golangci\.(ya?ml|toml)", r"^\s*-?\s*goheader\b"),
    ("sbt-header", r"project/plugins\.sbt", r"\"sbt-header\""),
)  # fmt: skip

COMMITS: tuple[Row, ...] = (
    ("conventional-commits", r"\.?commitlint(rc|\.config)(\.\w+)?", ""),
    ("conventional-commits", r"package\.json", r"\"(commitlint|commitizen)\"\s*:\s*\{"),
    ("conventional-commits", r"\.(cz|czrc|cz\.\w+)|cz\.(toml|json|ya?ml)", ""),
    ("conventional-commits", r"pyproject\.toml", r"^\[tool\.(commitizen|semantic_release)"),
    ("conventional-commits", r"\.gitlint", r"contrib-title-conventional-commits"),
    ("conventional-commits", _HOOKS, (
        r"^\s*-?\s*(- )?id\s*[:=]\s*\"?(conventional-pre-commit|commitizen|commitlint)"
    )),
    ("conventional-commits", r"cog\.toml|\.versionrc(\.\w+)?|\.conform\.ya?ml", ""),
    ("conventional-commits", r"\.releaserc(\.\w+)?|release\.config\.[cm]?[jt]s", ""),
    ("conventional-commits", r"(\.github/)?\.?release-please-(config|manifest)\.json", ""),
    ("conventional-commits", _WORKFLOW, (
        r"uses:\s*\S*(release-please-action|commitlint\S*action|action-semantic-pull-request"
        r"|semantic-release-action|cocogitto-action|webiny/action-conventional-commits)"
    )),
    ("gitlint", r"\.gitlint", ""),
    ("gitmoji", r"\.gitmojirc(\.json)?", ""),
    ("own-rule", rf"{_LEFTHOOK}|\.(githooks|git-hooks)/commit-msg", r"commit-?lint|conventional"),
    ("conventional-commits", _GUIDES, _CONVENTIONAL),
    ("gitmoji", _GUIDES, r"(?i)gitmoji\.dev|\bgitmoji\b"),
)  # fmt: skip

TITLES: tuple[Row, ...] = (
    ("conventional-commits", _WORKFLOW, (
        r"uses:\s*\S*(action-semantic-pull-request|conventional-pr-title|semantic-pr-title"
        r"|pr-title-conventional|action-conventional-pr)"
    )),
    ("conventional-commits", r"\.github/semantic\.ya?ml", ""),
    ("own-rule", r"\.github/pr-title-checker-config\.json", ""),
    ("own-rule", _WORKFLOW, (
        r"uses:\s*\S*(action-pr-title|check-pr-title|pr-title-checker|pr-lint-action|pr-title-validator"
        r"|pull-request-title)"
    )),
    ("conventional-commits", _GUIDES, (
        r"(?i)\b(PR|pull request)s?('s)? titles?\b.{0,120}(conventional|semantic|feat[:(]|fix[:(])"
    )),
)  # fmt: skip

# Where labels come from: what stands in no such file is deleted on the next run.
LABELS: tuple[Row, ...] = (
    ("", r"\.github/settings\.ya?ml", r"^labels:"),
    ("", _WORKFLOW, (
        r"uses:\s*\S*(label-sync(er)?|action-label-syncer|ghaction-github-labeler|issue-label-manager"
        r"|labels?-manager|sync-labels|label-sync-action)\S*|github-label-sync\b"
    )),
)  # fmt: skip
_LABEL_FILE = re.compile(r"^\.github/(\w[\w-]*/)*labels?(-\w+)?\.(ya?ml|json)$")


def first(scan: Scan, rows: Iterable[Row]) -> Fact[str] | None:
    """The first row that a file of the root or of a dot-folder fits."""
    for value, paths, text in rows:
        pattern = re.compile(rf"^(?:{paths})$", re.IGNORECASE)
        for path in scan.top:
            if pattern.match(path):
                evidence = scan.at(path, text)
                if evidence.line or not text:
                    return Fact(value or path, (evidence,))
    return None


_HEADER_CALL = re.compile(
    r"\baddlicense\b.*-check|apache-rat:check|headerCheck(All)?\b|\breuse lint\b|\bhawkeye check\b"
    r"|\blicense-eye\b|check[_-]boilerplate|check[_-](licen[cs]e|copyright)[_-]?headers?"
    r"|licen[cs]e[_-]?headers?[_-]?check|\blicense:(check|format)\b|checkLicense\b"
)
_HEADER_TARGET = re.compile(r"(^|[-_:])licen[cs]es?([-_:](check|lint|headers?))?$|copyright|header")
_HEADER_BODY = re.compile(r"(?i)copyright|header|addlicense|spdx|boilerplate")


def license_headers(
    scan: Scan, calls: Iterable[Call] = (), targets: Iterable[Target] = ()
) -> Fact[str] | None:
    """The tool that demands licence headers: its configuration, its call in CI, a target for it."""
    found = first(scan, HEADERS)
    for call in () if found else calls:
        if match := _HEADER_CALL.search(call.run):
            return Fact(match[0].split()[0], (call.evidence,))
    for target in () if found else targets:
        body = " ".join(target.body)
        if _HEADER_TARGET.search(target.name.lower()) and _HEADER_BODY.search(body):
            return Fact(target.run, (target.evidence,))
    return found


def commit_convention(scan: Scan) -> Fact[str] | None:
    """The rule that commit messages keep."""
    return first(scan, COMMITS)


def title_convention(scan: Scan) -> Fact[str] | None:
    """The rule that titles of pull requests keep."""
    return first(scan, TITLES)


def labels_synced(scan: Scan) -> Fact[str] | None:
    """The file that labels are made from, else the workflow that makes them."""
    rule = first(scan, LABELS)
    if not rule or not WORKFLOWS.match(rule.value):
        return rule
    named = re.findall(r"[\w./-]*labels?[\w-]*\.(?:ya?ml|json)", scan.text(rule.value))
    paths = [*map(join, named), *(path for path in scan.top if _LABEL_FILE.match(path))]
    path = next((path for path in paths if scan.has(path) and not WORKFLOWS.match(path)), "")
    return Fact(path, (Evidence(path), *rule.evidence)) if path else rule


_USES = re.compile(
    r"^[ \t-]*uses:[ \t]*[\"']?(?!\./|docker:)([\w.-]+/[^@\s\"']+@[^\s\"'#]+)", re.MULTILINE
)
_SHA = re.compile(r"@[0-9a-f]{40}$")


def action_pins(scan: Scan) -> Fact[str] | None:
    """How workflows name actions: `sha` if all are pinned by commit, `tag` if none is, `mixed`."""
    pinned: list[Evidence] = []
    loose: list[Evidence] = []
    for evidence in _actions(scan):
        (pinned if _SHA.search(evidence.text) else loose).append(evidence)
    if not pinned and not loose:
        return None
    value = "mixed" if pinned and loose else "sha" if pinned else "tag"
    return Fact(value, tuple((loose[:1] if value == "mixed" else []) + (pinned or loose)[:1]))


def _actions(scan: Scan) -> Iterator[Evidence]:
    for path in scan.top:
        if WORKFLOWS.match(path):
            text = scan.text(path)
            for match in _USES.finditer(text):
                yield Evidence(path, text.count("\n", 0, match.start(1)) + 1, match[1])
