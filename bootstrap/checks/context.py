"""06: one text tells every agent how to work here, and it is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap import drift
from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import pages, seen_by_hook, some, text, told
from bootstrap.repo import LINK

if TYPE_CHECKING:
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 6, "context", "Shared Agent Context"
PROMISE = "Every agent reads the same short text, and the commands in it work."

_TEXT = "AGENTS.md"
# What single agents read instead of it, or besides.
_OTHERS = (
    *("CLAUDE.md", ".claude/CLAUDE.md", "GEMINI.md", ".github/copilot-instructions.md"),
    *(".cursorrules", ".windsurfrules", ".clinerules", ".rules"),
)
_IMPORT = re.compile(r"(?m)^\s*@(\.\./)?(\./)?AGENTS\.md\s*$|@AGENTS\.md")


class OneText:
    """AGENTS.md tells agents how to work here."""

    def check(self, repo: Repo) -> Result:
        """Write AGENTS.md: what this is, the commands, the map, what never to do; below 150
        lines. `bootstrap apply --factors 6` brings a start.
        """
        if repo.files.get(_TEXT) == LINK or pages(repo, "agents.md"):
            return yes(_TEXT)
        others = [path for path in _OTHERS if path in repo.files]
        if others:
            return no(f"only {others[0]}, which other agents do not read")
        return no(f"{_TEXT} says nothing" if repo.find(_TEXT) else "no context for agents")


class NoSecondText:
    """Files for single agents point to AGENTS.md instead of saying it again."""

    def check(self, repo: Repo) -> Result:
        """Make CLAUDE.md the one line `@AGENTS.md` (beside each nested AGENTS.md too), move what
        the other files say into AGENTS.md, and let them point there.
        """
        if not repo.find(_TEXT):
            return not_applicable(f"no {_TEXT}")
        found = [path for path in _OTHERS if path in repo.files and not _points(repo, path)]
        bad = [f"{path}:1 does not bring in {_TEXT}" for path in found]
        bad += [f"{path} reaches no Claude: no CLAUDE.md beside it" for path in _unread(repo)]
        return no(*some(bad)) if bad else yes(_TEXT)


class NamedThingsExist:
    """Every command and path that the texts for agents name exists."""

    def check(self, repo: Repo) -> Result:
        """Correct or drop the names in the text that lead nowhere; the context hook of factor 6
        finds them at each commit.
        """
        files = seen_by_hook(repo)
        pages = [path for path in drift.pages(files) if text(repo, path)]
        if not pages:
            return not_applicable("no context for agents")
        missing = told(drift.named(files))
        return no(*some(missing)) if missing else yes(*pages[:3])


class StubsMatch:
    """Each skill reaches Claude Code through a stub with the same head."""

    def check(self, repo: Repo) -> Result:
        """Give each skill in `.agents/skills` a stub in `.claude/skills` with its name and
        description, and the one line that says which file to follow.
        """
        files = seen_by_hook(repo)
        if not any(path.startswith(".claude/skills/") for path in files.names):
            return not_applicable("no skills for Claude Code")
        found = told(drift.stubs(files))
        return no(*some(found)) if found else yes(".claude/skills")


def _points(repo: Repo, path: str) -> bool:
    if repo.files[path] == LINK:
        return True
    said = text(repo, path)
    if path.endswith("CLAUDE.md"):
        return bool(_IMPORT.search(re.sub(r"`[^`\n]*`", "", said)))
    return _TEXT in said


def _unread(repo: Repo) -> list[str]:
    """Nested texts that Claude Code leaves out, as it does where the root has a CLAUDE.md."""
    if "CLAUDE.md" not in repo.files:
        return []
    nested = [path for path in repo.files if path.endswith(f"/{_TEXT}") and path[0] != "."]
    return [path for path in nested if path.removesuffix(_TEXT) + "CLAUDE.md" not in repo.files]
