"""How much a command of CI is about everything, and not about one part or one kind of run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.rewrite import bare, words

if TYPE_CHECKING:
    from bootstrap.facts.parts import Call

# Flags that pick a part of the project or of its tests.
_PART = re.compile(
    r"\s(?:--(?:package|bin|example|doc|tests|workspace|filter|projects?|testsuite|grep|group|run|only)"
    r"|-pl|-run|-k|-Dtest|-Dgroups|-Dit\.test)(?:[ =](?!-)\S+)"
    r"|\s--(?:doc|minimal)(?=\s|$)|^cargo\b.*\s-p \S+"
    # Not what somebody else's lock file says.
    r"|^composer\b.*\supdate\b"
)
_TESTS = re.compile(r"\s(?:--tests|-Dtest|-Dgroups|-Dit\.test)[ =]")
_MODULE = re.compile(r"\s:?(?!app:)[\w-]+(?::[\w-]+)+(?=\s|$)")

# Jobs beside the main one: another runtime, another project, a part of a release.
_SIDE = re.compile(
    r"rootless|compat|downstream|upstream|3rd|third|shim|smoke|minimal|notari|packag|msrv|regression"
    r"|wasm|windows|macos|musl|arm64|docker|coverage|benchmark|fuzz|e2e|integration|example|dist\b",
    re.IGNORECASE,
)
_MAIN = {
    "install": r"\b(ci|tests?|unit|main)\b",
    "lint": r"lint|check|style|quality|\bci\b",
    "format": r"format|fmt|lint|check|style|\bci\b",
    "typecheck": r"typ(e|ing)|lint|check|mypy|\bci\b",
    "test": r"tests?\b|unit|\bci\b",
    "build": r"build|compile|\bci\b",
}
_COVERAGE = re.compile(r"\bcoverage\b|\bcov(er)?\b|llvm-cov|tarpaulin")


def narrow(run: str) -> int:
    """How many words of a command pick a part: flags that select, modules, paths below the root."""
    plain = bare(run)
    paths = [w for w in words(plain)[1:] if re.match(r"^(?!\./\.\.\.|-|[\"'@:])[\w.-]+/\w", w)]
    modules = _MODULE.findall(plain) if plain.startswith("gradle ") else []
    return len(_PART.findall(plain)) + len(paths) + len(modules)


def partial(run: str) -> bool:
    """Whether Maven or Gradle is told one module or some tests, where the project has more."""
    plain = bare(run)
    if not re.match(r"(gradle|mvn) ", plain):
        return False
    goals = [word for word in words(plain)[1:] if not word.startswith("-")]
    modules = {goal.strip(":").rpartition(":")[0] for goal in goals}
    one = plain.startswith("gradle ") and len(modules) == 1 and not modules & {"", "app"}
    return one or bool(_TESTS.search(plain))


def elsewhere(run: str) -> bool:
    """Whether a command compiles for another machine than the one it runs on."""
    return re.match(r"cargo\b.*\s--target[ =]|.*[-_:]wasm", bare(run)) is not None


def place_of(call: Call, slot: str) -> tuple[int, int, int]:
    """How telling the place of a call is for a slot: side jobs, other names, coverage come last."""
    where = f"{call.evidence.path.rpartition('/')[2].partition('.')[0]} {call.label}"
    side = bool(_SIDE.search(where))
    return (
        side,
        not re.search(_MAIN.get(slot, r"$^"), where, re.IGNORECASE),
        bool(_COVERAGE.search(call.run)),
    )
