"""What the names of targets promise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bootstrap.facts.parts import Target

CHECKS = ("lint", "format", "typecheck", "test")
"""The slots that say whether a change is good."""

# Names of targets by slot, the best first; `:`, `_` and `.` count as `-`.
NAMES: Mapping[str, tuple[str, ...]] = {
    "install": (
        *("install", "setup", "bootstrap", "deps", "install-deps", "install-dev", "dev-install"),
        *("develop", "sync", "install-all", "env", "venv", "init", "dependencies"),
    ),
    "lint": (
        *(
            "lint",
            "lint-all",
            "lint-check",
            "check-lint",
            "linting",
            "lint-code",
            "linters",
            "lint-ci",
        ),
        *(
            "style-check",
            "check-style",
            "checkstyle",
            "style",
            "cs",
            "cs-check",
            "eslint",
            "rubocop",
        ),
        *(
            "clippy",
            "flake8",
            "ruff",
            "analyse",
            "static-analysis",
            "pre-commit",
            "precommit",
            "prek",
        ),
        *("check", "code-quality", "quality", "verify", "qa"),
    ),
    "format": (
        *("format", "fmt", "format-check", "check-format", "fmt-check", "check-fmt", "formatting"),
        *("format-all", "format-fix", "prettier", "prettier-check", "prettier-fix", "pretty"),
        *("style-fix", "cs-fix", "fix-cs", "black", "gofmt", "style", "fix"),
    ),
    "typecheck": (
        *("typecheck", "type-check", "types", "check-types", "type-checking", "typechecking"),
        *("typing", "tsc", "check-typing", "ts-check", "types-check", "typecheck-all", "mypy"),
        *("pyright", "phpstan", "stan", "psalm", "dialyzer", "static", "analyse", "lint-types"),
    ),
    "test": (
        *("test", "tests", "test-all", "all-tests", "unit", "test-unit", "unit-test", "unit-tests"),
        *("unittest", "unittests", "spec", "specs", "pytest", "phpunit", "rspec", "vitest", "jest"),
        *("check", "ci", "test-ci", "testcov", "coverage", "cover"),
    ),
    "build": (
        *("build", "build-all", "compile", "dist", "package", "bundle", "build-prod", "assemble"),
        *("all", "build-dev", "binary"),
    ),
    "start": (
        *("dev", "start-dev", "dev-start", "develop", "serve", "start", "run", "server"),
        *("runserver", "run-dev", "dev-server", "run-server", "start-server", "up", "watch"),
        *("preview", "local"),
    ),
}

# Names that promise too little on their own: a tool of the slot has to be behind them.
VAGUE = frozenset(
    (
        "install", "setup", "bootstrap", "deps", "develop", "sync", "env", "venv", "init",
        "dependencies", "check", "ci", "all", "static", "style", "fix", "analyse", "up",
        "package", "coverage", "cover", "unit", "types", "dist", "quality", "qa", "verify",
        "watch", "run", "bundle", "preview", "local", "install-all",
    )
)  # fmt: skip

FUZZY = 100
"""Places from here on are of names that only contain a word of the slot."""

# The last word tells what kind of check it is: `test:eslint`, `lint:types`.
_LAST = {
    "lint": ("eslint", "oxlint", "clippy", "rubocop", "ruff"),
    "format": ("format", "fmt", "prettier"),
    "typecheck": ("types", "tsc", "typecheck", "mypy", "pyright"),
}

# What such a name may not contain: other purposes, and variants of something that exists.
_OTHERWISE = re.compile(
    r"(^|-)(watch|debug|update|docs?|release|deploy|docker|clean|ui|publish|prepare|postinstall"
    r"|preinstall|bench|image|fix|stop|down|logs|shell|db|migrate|seed|open|report|e2e|headed|push)(-|$)"
)


def normal(name: str) -> str:
    """A name in lower case with one separator."""
    return re.sub(r"[:_./ ]", "-", name.lower()).strip("-")


def place(slot: str, name: str) -> int | None:
    """How good a name is for a slot: 0 = best, FUZZY and more = it only contains a word of it."""
    name = normal(name)
    names = NAMES[slot]
    if name in names:
        return names.index(name)
    if _OTHERWISE.search(name):
        return None
    parts = name.split("-")
    if parts[0] in ("test", "check", "lint", "ci") and parts[-1] in _LAST.get(slot, ()):
        return FUZZY // 2
    for position, word in enumerate(names[:2]):
        if word in parts:
            return FUZZY + 10 * position + len(parts)
    return None


def vague(target: Target) -> bool:
    """Whether the target's name needs a proof."""
    return normal(target.name) in VAGUE
