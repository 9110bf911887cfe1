"""What a command line is for, by its tool and the tool's verb."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bootstrap.facts.ecosystems import ecosystems
from bootstrap.facts.rewrite import bare, words
from bootstrap.facts.shell import unassigned


@dataclass(frozen=True)
class Use:
    """A known tool in a command: its ecosystem, its key (`ruff check`), the slots it serves."""

    ecosystem: str
    key: str
    slots: tuple[str, ...]


@cache
def _table() -> dict[str, Use]:
    return {
        key: Use(ecosystem.name, key, tuple(slots.split()))
        for ecosystem in ecosystems()
        for key, slots in ecosystem.tools.items()
    }


@cache
def _flagged() -> tuple[str, ...]:
    """The keys with a flag in them, which may stand anywhere behind the program."""
    return tuple(key for key in _table() if " -" in key)


@cache
def _goals() -> frozenset[str]:
    return frozenset(goal for ecosystem in ecosystems() for goal in ecosystem.goals)


# Flags by which a tool does something else: says its version, prepares itself, runs what failed
# before, or can't fail.
_OTHERWISE = frozenset(
    (
        *("--version", "--help", "--init", "--plt", "--failed", "--last-failed", "--lf"),
        *("--collect-only", "--list-tests", "--no-run", "--mute-exit-status"),
    )
)


@cache
def uses(command: str) -> tuple[Use, ...]:
    """The known tools in one simple command; usually one, several goals for Maven and Gradle."""
    said = words(bare(command))
    if not said or _OTHERWISE & set(said):
        return ()
    if said[0] in _goals():
        return _goal_uses(said)
    use = _longest(said)
    return () if use is None or _brings_tools(use, said) else (use,)


def _goal_uses(said: list[str]) -> tuple[Use, ...]:
    goals = [goal for word in said[1:] for goal in _goals_in(said[0], word)]
    found = (_table().get(f"{said[0]} {goal}") for goal in goals)
    return tuple(use for use in found if use)


def _goals_in(program: str, word: str) -> list[str]:
    """The goals in one word: `:app:test` for Gradle, `"clean; +test; all a b"` for sbt.

    What has operands of its own is about a part: `"testOnly x"`.
    """
    if program == "gradle":
        return [word.rpartition(":")[2]]
    if program != "sbt":
        return [word]
    found = []
    for step in word.strip("\"'").split(";"):
        goals = [part.lstrip("+") for part in step.split() if not part.startswith("-")]
        goals = [goal for goal in goals if goal]
        found += goals[1:] if goals[:1] == ["all"] else goals if len(goals) == 1 else []
    return found


def _longest(said: list[str]) -> Use | None:
    """The entry that matches most words, as they stand or without flags."""
    said = [word for word in said if not word.startswith("+")]
    plain = [word for word in said if not word.startswith("-")]
    for key in _flagged():
        if plain[:1] == key.split()[:1] and set(key.split()) <= set(said):
            return _table()[key]
    for length in (4, 3, 2, 1):
        for variant in (said, plain):
            use = _table().get(" ".join(variant[:length]))
            if use and len(variant) >= length:
                return use
    return None


def goal_run(command: str, slot: str) -> str:
    """A Maven or Gradle command with the goal for one slot alone; '' for other programs.

    Also '' where the goal for one module would stand for several.
    """
    said, program = words(unassigned(command)), words(bare(command))[:1]
    if not said or not program or program[0] not in _goals():
        return ""
    goals = [word for word in said[1:] if any(slot in u.slots for u in uses(f"{said[0]} {word}"))]
    others = [word for word in said[1:] if not word.startswith("-") and word not in goals]
    whole = [goal for goal in goals if ":" not in goal.strip(":") or program[0] == "mvn"]
    picked = whole or (goals if len(goals) == 1 and not others else [])
    return f"{said[0]} {picked[-1]}" if picked else ""


# Formatters that write unless a flag says otherwise; all others print, or only report.
_WRITERS = frozenset(
    (
        *("ruff format", "black", "isort", "cargo fmt", "rustfmt", "go fmt", "golangci-lint fmt"),
        *("gofumpt -w", "mix format", "dotnet format", "csharpier", "terraform fmt", "tofu fmt"),
        *("pint", "php-cs-fixer", "phpcbf", "hatch fmt", "deno fmt", "oxfmt", "ultracite fix"),
        *("sqlfluff fix", "sqlfluff format", "mvn spotless:apply", "mvn spring-javaformat:apply"),
        *("gradle spotlessApply", "gradle spotlessJavaApply", "dprint", "sbt scalafmtAll"),
        *("swiftformat", "dart format"),
        "sbt scalafixAll",
    )
)
_WRITE_FLAG = re.compile(
    r"\s(?:--(?:write|fix|fix-\w+|apply|apply-unsafe|auto-?correct(?:-all)?|in-place|replace)"
    r"(?=[\s=]|$)(?!=false))"
)
# Of these a write flag wins over the flags that list or compare.
_WRITES_ANYWAY = re.compile(
    r"^(?:gofmt|gofumpt|goimports|shfmt|prettier|buf format)\b.*\s(?:-[a-z]*w[a-z]*|--write)"
    r"(?=\s|$)"
)
_SHORT_WRITE_FLAG = re.compile(
    r"^(?:clang-format|yapf|autopep8)\b.*\s-[a-z]*i[a-z]*(?=\s|$)"
    r"|^(?:rubocop|standardrb)\b.*\s-[aAx](?=\s|$)|^ktlint\b.*\s-F(?=\s|$)|^ecs\b.*--fix\b"
)
_CHECK_FLAG = re.compile(
    r"\s(?:--?(?:check\S*|diff|dry-run|test|lint|list-different|verify-no-changes|exit-code|set-exit-if-changed"
    r"|fix-dry-run|fail-if-fixed|bail|exit-non-zero-on-\w+)|-c|-l|-d|check)(?=[\s=\"']|$)"
)


_HANDED = re.compile(r" -- .*|(?:\s--(?:check|dry-run|list-different|diff)(?=[\s=]|$)\S*)+")


def handed_check(command: str) -> str:
    """The check flag that a command hands to what it calls: `tox -e black -- --check`."""
    match = _HANDED.search(command)
    found = match[0] if match else ""
    return found if _CHECK_FLAG.search(found.removeprefix(" --")) or "--check" in found else ""


def writes(command: str) -> bool:
    """Whether a simple command changes files: a formatter without its check flag, a `--fix`."""
    plain = bare(command)
    if _WRITES_ANYWAY.search(plain):
        return True
    if _CHECK_FLAG.search(plain):
        return False
    if _WRITE_FLAG.search(plain) or _SHORT_WRITE_FLAG.search(plain):
        return True
    return any(use.key in _WRITERS for use in uses(command))


_JS_INSTALL = ("npm install", "npm i", "pnpm install", "pnpm i", "bun install")
_JS_VALUES = re.compile(
    r" (?:--(?:prefix|dir|cwd|filter|workspace|omit|include)|-C|-w) \S+(?=\s|$)| -\S+"
)
_PIP_LOCAL = re.compile(
    r"(^|\s)(-r|--requirement|-e|--editable|--group)[ =]?|\s[\"']?\.(\[|\"|'|$|\s)"
)


# Requirements of the pipeline itself, or of its documents.
_PIP_OF_CI = re.compile(r"(?:-r|--requirement)[ =](?:\./)?(?:\.github|\.ci|ci|docs?|\.circleci)/")


def _brings_tools(use: Use, said: list[str]) -> bool:
    """Whether an install command brings in named tools, not the project's own dependencies."""
    if use.slots != ("install",):
        return False
    if {"-g", "--global", "--upgrade", "-U", "add"} & set(said):
        return True
    rest = " ".join(["", *said[len(use.key.split()) :]])
    if use.key in _JS_INSTALL or use.key == "yarn":
        return bool(_JS_VALUES.sub("", rest).strip())
    if use.key in ("pip install", "uv pip install"):
        if _PIP_OF_CI.search(rest) and not re.search(r"\s-e\b|--editable", rest):
            return True
        return not _PIP_LOCAL.search(rest)
    return False
