"""03: whoever knows what is wrong can propose the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, yes
from bootstrap.checks._read import matching, pages, seen, text, yaml

if TYPE_CHECKING:
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 3, "prs", "Democratize PRs"
PROMISE = "Anyone in the company can propose a change, without a terminal."

_BROWSER = (
    r"codespaces\.new|github\.com/codespaces|gitpod\.io/#|github\.dev/|vscode\.dev/|stackblitz\.com/"
    r"|app\.devin\.ai|/edit/(main|master)/|edit (this|the) (page|file)"
)


class FormsInPlainLanguage:
    """Issues are forms that ask in plain language."""

    def check(self, repo: Repo) -> Result:
        """Add an issue form (`.github/ISSUE_TEMPLATE/*.yml`) that asks what should be different,
        in words that need no code.
        """
        forms = matching(repo, ".github/issue_template/*.yml", ".github/issue_template/*.yaml")
        found = [path for path in forms if isinstance(yaml(repo, path).get("body"), list)]
        if found:
            return yes(*found[:3])
        plain = matching(repo, ".github/issue_template/*.md", "*issue_template.md")
        return no(f"{plain[0]} is a text to edit, not a form" if plain else "no issue form")


class PullRequestTemplate:
    """A pull request starts from a template."""

    def check(self, repo: Repo, facts: Facts) -> Result:
        """Add `.github/pull_request_template.md` that asks what changes for whom and how it was
        tried.
        """
        found = [path for path in facts.pr_templates if text(repo, path).strip()]
        return yes(*found[:1]) if found else no("no pull request template")


class GuideToPropose:
    """A page says how to propose a change."""

    def check(self, repo: Repo) -> Result:
        """Write CONTRIBUTING.md: how a change is proposed, who answers, and when."""
        found = pages(repo, "contributing*", ".github/contributing*", "docs/contributing*")
        return yes(found[0]) if found else no("no CONTRIBUTING page")


class NoTerminalNeeded:
    """A change can be made in the browser."""

    def check(self, repo: Repo) -> Result:
        """Link a way without a terminal from README or CONTRIBUTING: a codespace, the web editor,
        or a comment that an agent answers.
        """
        read = matching(repo, "readme*", "contributing*", ".github/*.md", "docs/contributing*")
        place = seen(repo, read, _BROWSER)
        return yes(place) if place else no("README and CONTRIBUTING link no way without a terminal")
