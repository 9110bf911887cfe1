"""Code owners, pull request templates and issue forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bootstrap.facts.scan import Scan

# GitHub reads the first of these that exists; the order matters.
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")

TEMPLATE = re.compile(
    r"^(\.github/|docs/)?pull_request_template(\.(md|txt|markdown))?$"
    r"|^(\.github/|docs/)?pull_request_template/[^/]+\.(md|txt)$"
    r"|^\.gitlab/merge_request_templates/[^/]+\.md$",
    re.IGNORECASE,
)


def codeowners(scan: Scan) -> tuple[str, ...]:
    """CODEOWNERS files, the one that rules first."""
    return tuple(path for path in OWNERS if scan.has(path))


def pr_templates(scan: Scan) -> tuple[str, ...]:
    """Pull request templates in any place and letter case that GitHub accepts."""
    return tuple(path for path in scan.top if TEMPLATE.match(path))


FORM = re.compile(
    r"^(\.github/|docs/)?issue_template(\.(md|txt|markdown|ya?ml))?$"
    r"|^(\.github/|docs/)?issue_template/[^/]+\.(md|ya?ml)$"
    r"|^\.(gitlab/issue_templates|gitea/issue_template|forgejo/issue_template)/[^/]+\.(md|ya?ml)$",
    re.IGNORECASE,
)


def issue_forms(scan: Scan) -> tuple[str, ...]:
    """Issue forms, templates and their config.yml, in any place and letter case of GitHub's."""
    return tuple(path for path in scan.top if FORM.match(path))
