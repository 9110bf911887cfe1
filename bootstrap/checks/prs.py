"""03: whoever knows what is wrong can propose the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import matching, pages, seen, text, yaml
from bootstrap.facts.load import mapping
from bootstrap.their_forms import SHOWN

if TYPE_CHECKING:
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 3, "prs", "Democratize PRs"
PROMISE = "Anyone in the company can propose a change, without a terminal."

_BROWSER = (
    r"codespaces\.new|github\.com/codespaces|gitpod\.io/#|github\.dev/|vscode\.dev/|stackblitz\.com/"
    r"|app\.devin\.ai|/edit/(main|master)/|edit (this|the) (page|file)"
)

_OURS = ("docs/propose-a-change.md", ".process/docs/propose-a-change.md")


class FormsInPlainLanguage:
    """Issues are forms that ask in plain language."""

    def check(self, repo: Repo) -> Result:
        """Add an issue form (`.github/ISSUE_TEMPLATE/*.yml`) that asks what should be different,
        in words that need no code: `bootstrap apply --factors 3` brings those that are missing.
        """
        forms = matching(repo, ".github/issue_template/*.yml", ".github/issue_template/*.yaml")
        found = [path for path in forms if _asks(yaml(repo, path))]
        if found:
            return yes(*found[:3])
        unread = [path for path in forms if "body" in yaml(repo, path)]
        if unread:
            return no(f"{unread[0]} lacks a name, a description or something to fill in")
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


class TemplateAsksToShow:
    """It asks how the change can be seen."""

    def check(self, repo: Repo, facts: Facts) -> Result:
        """Ask in the pull request template where to look and what to try: who knows the domain
        can judge that, and no diff. `bootstrap apply --factors 3` adds the question.
        """
        found = [place for path in facts.pr_templates if (place := seen(repo, [path], SHOWN))]
        if found:
            return yes(found[0])
        templates = [path for path in facts.pr_templates if text(repo, path).strip()]
        if not templates:
            return not_applicable("no pull request template")
        return no(f"{templates[0]} does not ask how to see it")


class GuideToPropose:
    """A page says how to propose a change."""

    def check(self, repo: Repo) -> Result:
        """Write CONTRIBUTING.md: how a change is proposed, who answers, and when. Or
        `bootstrap apply --factors 3` brings a page about ways that need no terminal.
        """
        found = pages(repo, "contributing*", ".github/contributing*", "docs/contributing*", *_OURS)
        return yes(found[0]) if found else no("no CONTRIBUTING page")


class NoTerminalNeeded:
    """A change can be made in the browser."""

    def check(self, repo: Repo) -> Result:
        """Link a way without a terminal from README or CONTRIBUTING: a codespace, the web editor,
        or a comment that an agent answers.
        """
        names = ("readme*", "contributing*", ".github/*.md", "docs/contributing*")
        read = matching(repo, *names, *_OURS)
        place = seen(repo, read, _BROWSER)
        return yes(place) if place else no("README and CONTRIBUTING link no way without a terminal")


def _asks(form: Mapping[str, Any]) -> bool:
    """Whether GitHub shows it: it needs a name, a description, and something to fill in."""
    body = form.get("body")
    kinds = [mapping(part).get("type") for part in body] if isinstance(body, list) else []
    named = all(isinstance(form.get(key), str) for key in ("name", "description"))
    return named and any(kind and kind != "markdown" for kind in kinds)
