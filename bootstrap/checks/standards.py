"""05: what the team expects is written down, and machines check their half of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, yes
from bootstrap.checks._read import pages, running, untouched

if TYPE_CHECKING:
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 5, "standards", "Codified Standards"
PROMISE = "Standards and decisions are in the repository, where people and agents read them."

_STANDARDS = (
    *("docs/standards/*", ".process/docs/standards/*", "standards*.md", "architecture.md"),
    *("docs/architecture*", "*style?guide*.md", "*styleguide*.md", "*coding?standards*.md"),
    *("*conventions*.md", "docs/*design?system*", ".github/instructions/*.instructions.md"),
)
_DECISIONS = ("*decisions/*.md", "*/adr/*.md", "adr/*.md", "*/adrs/*.md", "adrs/*.md", "rfcs/*.md")


class StandardsAreWritten:
    """Standards for code or architecture are written down."""

    def check(self, repo: Repo) -> Result:
        """Write a page in `docs/standards` for each thing that reviews keep saying:
        `bootstrap apply --factors 5` brings some to start from. Then make them yours.
        """
        found = [path for path in pages(repo, *_STANDARDS) if "docs/content/" not in path]
        fresh = untouched(repo)
        own = [path for path in found if path not in fresh]
        if found and not own:
            return no(f"{found[0]} is as the template brought it")
        return yes(*own[:3]) if own else no("no page of standards")


class DecisionsAreRecorded:
    """Decisions are recorded with their reasons."""

    def check(self, repo: Repo) -> Result:
        """Record each decision that was hard in `docs/decisions`: context, choice, consequences.
        `bootstrap apply --factors 5` brings the folder and the first record.
        """
        found = pages(repo, *_DECISIONS)
        return yes(*found[:3]) if found else no("no decision records")


class MachinesCheckStyle:
    """A linter or formatter checks what a machine can check."""

    def check(self, facts: Facts) -> Result:
        """Add a linter and a formatter with their settings in the repository."""
        found = [*facts.commands.get("lint", ()), *facts.commands.get("format", ())]
        places = [running(fact) for fact in found if fact.found]
        return yes(*places[:2]) if places else no("no linter or formatter is set up")
