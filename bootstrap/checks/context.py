"""06: one text tells every agent how to work here, and it is true."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import line_at, pages, scripts, some, text
from bootstrap.facts.scan import Scan
from bootstrap.facts.targets import targets
from bootstrap.repo import LINK, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

_CODE = re.compile(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_TARGET = re.compile(r"^(?:\$ )?(make|just) ([A-Za-z][\w.-]*)(?=\s|$)")
_SCRIPT = re.compile(r"^(?:\$ )?(?:npm|pnpm|yarn|bun) run ([A-Za-z][\w.:-]*)(?=\s|$)")
_PATH = re.compile(r"^(?:\./)?([\w.-]+(?:/[\w.-]+)*/?)(?=\s|$)")


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
    """Every script, target and path that the text names exists."""

    def check(self, repo: Repo) -> Result:
        """Correct or drop the names in the text that lead nowhere; the context hook of factor 6
        finds them at each commit.
        """
        files = [path for path in (_TEXT, "CLAUDE.md", ".claude/CLAUDE.md") if text(repo, path)]
        if not files:
            return not_applicable("no context for agents")
        missing = [place for path in files for place in _missing(repo, path)]
        return no(*some(missing)) if missing else yes(*files)


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


def _missing(repo: Repo, path: str) -> list[str]:
    """`path:line names …` for each name that leads nowhere."""
    named = list(_names(text(repo, path)))
    absent = [(line, name) for line, kind, name in named if kind != "path"]
    known = {target.name for target in targets(Scan(repo))} | scripts(repo).keys()
    absent = [(line, name) for line, name in absent if name not in known]
    paths = [(line, name) for line, kind, name in named if kind == "path"]
    unknown = [(line, name) for line, name in paths if not _exists(repo, path, name)]
    made = _ignored(repo, [name for _, name in unknown])
    absent += [(line, name) for line, name in unknown if name not in made]
    return [f"{path}:{line} names {name}, which is not there" for line, name in sorted(absent)]


def _names(content: str) -> Iterator[tuple[int, str, str]]:
    """Line, kind and name of what code in a Markdown text refers to."""
    for code in _CODE.finditer(content):
        group = 1 if code[1] is not None else 2
        for line in re.finditer(r"[^\n]+", code[group]):
            number = line_at(content, code.start(group) + line.start())
            if _only_maybe(content, code, line[0]):
                continue
            for kind, name in _referred(line[0].strip(), inline=group == 2):
                yield number, kind, name


_MAYBE = re.compile(r"\bif (it is |they are )?(present|there|available|it exists)\b", re.IGNORECASE)
_SAMPLE = re.compile(r"\be\.g\.|\bfor (example|instance)\b|\bsuch as\b", re.IGNORECASE)


def _only_maybe(content: str, code: re.Match[str], line: str) -> bool:
    """Whether a sentence calls its code an example, or something that need not be there."""
    if code[1] is not None:
        return bool(_MAYBE.search(line))
    before = content[content.rfind("\n", 0, code.start()) + 1 : code.start()]
    after = content[code.end() :].partition("\n")[0]
    return bool(_SAMPLE.search(before) or _MAYBE.search(before + after))


def _referred(command: str, inline: bool) -> Iterator[tuple[str, str]]:
    if found := _TARGET.match(command):
        yield "target", found[2]
    elif found := _SCRIPT.match(command):
        yield "script", found[1]
    elif (found := _PATH.match(command)) and "/" in found[1].rstrip("/"):
        alone = found.end() == len(command)
        file = bool(re.search(r"\.\w{1,5}$", found[1])) or found[1].endswith("/")
        if command.startswith("./") or (inline and alone and file):
            yield "path", found[1]


def _exists(repo: Repo, page: str, name: str) -> bool:
    """Whether a path exists, seen from the root, from the page, or from a folder in between."""
    wanted = posixpath.normpath(name)
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(page), name))
    folders = (f"/{path}" for path in repo.files)
    return wanted == "." or any(
        f"/{wanted}/" in f"{path}/" or path.startswith(f"/{beside}/") for path in folders
    )


def _ignored(repo: Repo, names: Iterable[str]) -> set[str]:
    """Those that git ignores: made by a command, so not in the repository."""
    inside = [name for name in names if ".." not in name.split("/")]
    answer = git(
        repo.root, "check-ignore", "-z", "--stdin", stdin="\0".join(inside).encode(), ok=(0, 1, 128)
    )
    return set(answer.decode().split("\0"))
