"""What CODEOWNERS and `.process/pod.toml` say, by GitHub's rules.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bootstrap.checks._read import text
from bootstrap.facts.load import load_toml, mapping, strings
from bootstrap.facts.owners import EVERYTHING, ON_GITHUB, Rule, rules

if TYPE_CHECKING:
    from bootstrap.repo import Repo

POD = ".process/pod.toml"

NAME = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:/[A-Za-z0-9][A-Za-z0-9_.-]*)?")
"""A login (managed ones have a `_`), or a team of an organisation."""
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Pod:
    """Who decides about some paths; no paths: about all that no part has."""

    expert: str
    engineers: tuple[str, ...]
    paths: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """All of them, the domain expert first."""
        return (*filter(None, [self.expert]), *self.engineers)


def pods(repo: Repo) -> list[Pod] | None:
    """The pod for everything and those of parts; None if there is no file that can be read."""
    data = load_toml(text(repo, POD)) if POD in repo.files else None
    if data is None:
        return None
    parts = data.get("parts")
    found = [_pod(data), *map(_pod, parts if isinstance(parts, list) else [])]
    return [pod for pod in found if pod.people]


def _pod(data: Any) -> Pod:
    given = mapping(data)
    expert = given.get("expert", given.get("domain_expert"))
    paths, engineers = (tuple(strings(given.get(key))) for key in ("paths", "engineers"))
    return Pod(expert.strip() if isinstance(expert, str) else "", engineers, paths)


def on_github(repo: Repo, path: str) -> bool:
    """Whether GitHub reads this CODEOWNERS; GitLab has other rules for the same file."""
    gitlab = ".gitlab-ci.yml" in repo.files and not any(
        one.startswith(".github/") for one in repo.files
    )
    return path in ON_GITHUB and not gitlab


def faults(content: str) -> Iterator[tuple[int, str]]:
    """The lines that GitHub skips, or that never count, each with the reason."""
    found = rules(content)
    for index, rule in enumerate(found):
        if why := _skipped(rule.pattern):
            yield rule.line, why
            continue
        later = (one for one in found[index + 1 :] if not _skipped(one.pattern))
        if over := next((one for one in later if covers(one.pattern, rule.pattern)), None):
            yield rule.line, f"never counts: line {over.line} matches all of it and comes later"


def _skipped(pattern: str) -> str:
    if pattern.startswith("!"):
        return "is skipped: no `!` takes paths out"
    if re.search(r"[\[\]]", pattern):
        return "is skipped: `[ ]` is no range here"
    if pattern.startswith("\\#"):
        return "is skipped: a `#` can't be escaped"
    return "matches nothing: `*` is everything" if pattern == "/" else ""


def covers(later: str, earlier: str) -> bool:
    """Whether a pattern surely matches all that another one matches."""
    if later in EVERYTHING:
        return True
    one, two = _anchored(later), _anchored(earlier)
    folder_only = later.endswith("/") and not earlier.endswith("/")
    if one == two:
        return not folder_only
    name = later.strip("/")
    if "/" not in name and not later.startswith("/"):  # at any depth
        last = two.rpartition("/")[2]
        suffix = re.fullmatch(r"\*(\.[\w.-]+)", name)
        if suffix:
            return not earlier.endswith("/") and last.endswith(suffix[1])
        return "*" not in name and name in two.split("/")[:-1]
    return not re.search(r"[*?]", one) and two.startswith(f"{one}/")


def _anchored(pattern: str) -> str:
    """The pattern from the root on, without a slash at its end."""
    bare = pattern.rstrip("/")
    return bare if bare.startswith("/") else f"/{bare}" if "/" in bare else f"/**/{bare}"


def unasked(found: Sequence[Pod], named: Sequence[Rule]) -> Iterator[str]:
    """What a pod says and CODEOWNERS does not."""
    for pod in found:
        for path in pod.paths or ("",):
            owners = {
                owner.lower()
                for rule in named
                if not path or _anchored(rule.pattern) == _anchored(path)
                for owner in rule.owners
            }
            for person in pod.people:
                if person.lower() not in owners:
                    yield f"{person} for {path}" if path else person
