"""02: people, agents and CI run the same checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap import drift
from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import (
    actions,
    called_files,
    json,
    matching,
    running,
    scripts,
    seen,
    seen_by_hook,
    some,
    takes_head,
    text,
    told,
    where,
)
from bootstrap.facts.scan import Scan
from bootstrap.facts.targets import targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.checks._read import Step, Workflow
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 2, "validation", "Shared Validation"
PROMISE = "One pipeline of checks runs at a commit, at an agent's turn and in CI."

# A call of the program that also runs the git hooks.
_RUNNER = re.compile(
    r"pre-commit/action|action-pre-commit|prek-action|/pre-commit@|\.process/validate"
    r"|\b(pre-commit|prek|lefthook)[\"',\s]+run\b"
)
_TOOL = re.compile(
    r"\b(eslint|prettier|biome|oxlint|tsc|stylelint|vitest|jest|ruff|black|isort|flake8|pylint|mypy"
    r"|pyright|pytest|golangci-lint|gofmt|go (?:vet|test)|cargo (?:fmt|clippy|test)|rubocop|rspec"
    r"|phpstan|phpunit|pint|php-cs-fixer|dotnet (?:format|test)|mix (?:format|test|credo))\b"
)
_PINNED = re.compile(r"@([0-9a-f]{40}|sha256:[0-9a-f]{64})$")
_HOSTILE = re.compile(
    r"\$\{\{[^}]*github\.(head_ref|event\.(issue|pull_request|comment|review|discussion)"
    r"(\.[\w.]*)?\.(title|body|head\.ref|head\.label))[^}]*\}\}"
)


class ChecksBeforePush:
    """Git hooks check a change before it leaves the machine."""

    def check(self, facts: Facts) -> Result:
        """Let a hook manager run the checks at each commit: `bootstrap apply --factors 2` brings
        a pipeline for prek or pre-commit, made of the commands that are here already.
        """
        found = [where(fact) for fact in facts.hooks]
        return yes(*found) if found else no("no hook manager is configured")


class ChecksInCI:
    """CI checks each change."""

    def check(self, repo: Repo, facts: Facts, workflows: Sequence[Workflow]) -> Result:
        """Run lint and tests on each pull request."""
        places = [running(fact) for fact in facts.ci_checks]
        entry = _runner_in_ci(repo, facts, workflows) if facts.ci else None
        if places or entry:
            return yes(*some(places or [str(entry)]))
        return no("CI runs no checks" if facts.ci else "no CI is configured")


class OnePipeline:
    """CI runs what the hooks run."""

    def check(self, repo: Repo, facts: Facts, workflows: Sequence[Workflow]) -> Result:
        """Let CI call the same entry as the hooks (`.process/validate`, `pre-commit run`,
        `lefthook run`) instead of a list of its own.
        """
        if not facts.hooks or not facts.ci:
            return not_applicable("that takes hooks and CI")
        place = _runner_in_ci(repo, facts, workflows)
        if place:
            return yes(place)
        hooks = _hook_files(repo, facts)
        if "pre-commit" in {fact.value for fact in facts.hooks}:
            return no(f"{hooks[0]} is run by no CI workflow")
        called = [step.uses for one in workflows for step in one.steps if _foreign(step.uses)]
        if any("/.github/workflows/" in uses for uses in called):
            return not_applicable("CI calls workflows of another repository")
        missing = sorted(_tools(repo, hooks) - _tools(repo, _ci_files(facts)))
        if missing:
            return no(f"{hooks[0]} runs {', '.join(missing[:3])}, CI does not")
        return yes(hooks[0]) if _tools(repo, hooks) else no(f"{hooks[0]} and CI share no command")


class EveryDoorIsTheEntry:
    """Git hooks, agents and CI call `.process/validate`, and what they call exists."""

    def check(self, repo: Repo) -> Result:
        """Call `.process/validate` in the place that is named, or take out the call of a script
        that is gone: `bootstrap apply` brings back what is missing.
        """
        if drift.ENTRY not in repo.files:
            return not_applicable(f"no {drift.ENTRY}")
        found = told(drift.entries(seen_by_hook(repo)))
        return no(*some(found)) if found else yes(drift.ENTRY)


class ActionsArePinned:
    """Every action is pinned by its full commit hash."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Pin each action by its 40-digit commit with the version in a comment; a bot
        (Dependabot, Renovate) keeps such pins fresh.
        """
        used = [step for step in _all_steps(repo, workflows) if _foreign(step.uses)]
        loose = [f"{step.place} {step.uses}" for step in used if not _PINNED.search(step.uses)]
        if not used:
            return not_applicable("no actions are used")
        return no(*some(loose, "is not pinned")) if loose else yes(f"{len(used)} uses, all pinned")


class WorkflowsDistrustStrangers:
    """No workflow with secrets runs a stranger's code or pastes a stranger's text into a shell."""

    def check(self, repo: Repo, workflows: Sequence[Workflow]) -> Result:
        """Build the head of a fork only under `pull_request`, and hand titles, bodies and branch
        names to a script by `env:`.
        """
        if not workflows:
            return not_applicable("no workflows")
        heads = [step.place for one in workflows if (step := takes_head(one))]
        pasted = [step.place for step in _all_steps(repo, workflows) if _HOSTILE.search(step.run)]
        found = (
            *some(heads, "checks out a stranger's code beside secrets"),
            *some(pasted, "pastes a stranger's text into a shell"),
        )
        return no(*found) if found else yes(f"{len(workflows)} workflows")


def _all_steps(repo: Repo, workflows: Sequence[Workflow]) -> list[Step]:
    return [step for one in workflows for step in one.steps] + list(actions(repo))


def _foreign(uses: str) -> bool:
    return bool(uses) and not uses.startswith("./")


def _ci_files(facts: Facts) -> list[str]:
    checks = [item.path for fact in facts.ci_checks for item in fact.evidence]
    return list(dict.fromkeys(checks + [item.path for fact in facts.ci for item in fact.evidence]))


def _runner_in_ci(repo: Repo, facts: Facts, workflows: Sequence[Workflow]) -> str | None:
    """Where CI calls the hooks' own runner, directly or through a script or a task file."""
    for step in _all_steps(repo, workflows):
        if _RUNNER.search(step.run + step.uses):
            return step.place
    files = [path for path in _ci_files(facts) if not path.startswith(".github/")]
    commands = "\n".join(step.run for step in _all_steps(repo, workflows))
    commands += "".join(text(repo, path) for path in files)
    # The programs there name the entry to say what to do; none of them calls it.
    called = [path for path in called_files(repo, commands) if not path.startswith(".process/")]
    hosted = matching(repo, ".pre-commit-config.yaml")
    return seen(repo, files + called, _RUNNER) or seen(repo, hosted, r"(?m)^ci:")


def _tools(repo: Repo, paths: Sequence[str]) -> set[str]:
    """The checkers that files run, by themselves or through the names that they call."""
    bodies = {target.run: "\n".join(target.body) for target in targets(Scan(repo))}
    for name, body in scripts(repo).items():
        bodies |= {f"{manager} {name}": body for manager in ("run", "npm", "pnpm", "yarn", "bun")}
    staged = matching(repo, ".lintstagedrc*", "lint-staged.config.*")
    bodies["lint-staged"] = "\n".join(text(repo, path) for path in staged)
    bodies["lint-staged"] += str(json(repo, "package.json").get("lint-staged"))
    content = "\n".join(text(repo, path) for path in paths)
    while called := [name for name in bodies if re.search(rf"\b{re.escape(name)}(?!\S)", content)]:
        content += "".join(f"\n{bodies.pop(name)}" for name in called)
    return set(_TOOL.findall(content))


def _hook_files(repo: Repo, facts: Facts) -> list[str]:
    """The file that the ruling hook manager reads, or its hooks."""
    path = facts.hooks_path or ""
    below = [name for name in repo.files if name.startswith(f"{path}/")]
    return sorted(below, key=lambda name: not name.endswith("/pre-commit")) or [path]
