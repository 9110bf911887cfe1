"""Facts, recorded answers and flags → the answers that the template is rendered with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from bootstrap import (
    app,
    checkers,
    exclusions,
    house_rules,
    packages,
    their_checks,
    their_ci,
    their_forms,
    their_hooks,
)
from bootstrap.errors import UserError
from bootstrap.facts import Facts
from bootstrap.facts.load import load_json, mapping
from bootstrap.pieces import Registry
from bootstrap.render import Answers
from bootstrap.repo import Repo
from bootstrap.their_tests import test_folders

FACTORS = tuple(range(1, 13))
LINE = 200
"""The longest description that is taken over, in characters."""
# What GitHub's image `ubuntu-latest` has (its list of installed software); uv comes by our setup.
_ON_RUNNERS = {"pip", "pipenv", "uv", "npm", "yarn", "cargo", "go-modules", "maven", "gradle"} | {
    "nuget",
    "bundler",
    "composer",
}


def factors_of(text: str) -> tuple[int, ...]:
    """The factors in a list such as `2,6,08`, or `all`."""
    if text.strip() == "all":
        return FACTORS
    parts = [part.strip() for part in text.split(",")]
    chosen = [int(part) for part in parts if part.isascii() and part.isdecimal()]
    if len(chosen) != len(parts) or not set(chosen) <= set(FACTORS):
        raise UserError(f"{text!r} is no list of factors", "use numbers from 1 to 12, as in 2,6,8")
    return tuple(sorted(set(chosen)))


def data_of(pairs: Iterable[str]) -> dict[str, Any]:
    """The answers in `key=value` pairs; a value is read as YAML."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, found, value = pair.partition("=")
        if not found:
            raise UserError(f"{pair!r} is no key=value pair", "write --data port=8080")
        try:
            given[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            given[name] = value
    return given


def of_facts(repo: Repo, facts: Facts, known: Iterable[str], registry: Registry) -> dict[str, Any]:
    """What a retrofit answers by itself, as far as the template (`known`) asks for it."""
    packaging = _packaging(repo, facts)
    guessed = {
        "project_name": _line(facts.name.value),
        "description": _line(facts.description.value) if facts.description else "",
        "stacks": [],
        "retrofit": True,
        "starter": False,
        # none in sight says nothing: then the template's default
        **({"agents": agents} if (agents := _agents(repo, facts)) else {}),
        "hooks": hooks_of(repo, facts),
        "commands": their_checks.commands(repo, facts),
        "more_commands": their_checks.more(repo, facts),
        "app": app.of_facts(repo, facts),
        "validate_in_ci": not (
            facts.ci_checks or _unknown_ci(repo, facts) or not_on_runners(facts)
        ),
        "own_pipeline": ".pre-commit-config.yaml" in repo.files,
        "secret_scan": not their_hooks.scans_secrets(repo),
        "merge_markers": not their_hooks.finds_merge_markers(repo),
        "marked_files": [path for path in repo.marked if _is_plain(path)],
        "old_secrets": bool(repo.files),
        "hooks_dir": hooks_dir(repo, facts),
        "own_push": bool(their_hooks.at_push(repo, hooks_dir(repo, facts))),
        "pre_commit_ci": their_hooks.on_pre_commit_ci(repo),
        "own_devcontainer": bool(facts.devcontainers),
        "setup_event": _setup_event(repo, facts),
        "agents_file": _agents_file(repo),
        "claude_file": repo.find("CLAUDE.md") or repo.find(".claude/CLAUDE.md") or "",
        "packaging": packaging,
        "new_paths": packages.new_paths(repo, registry) if packaging else [],
        "repository": their_forms.repository(repo),
        "forms": their_forms.lacking(repo, facts),
        "pr_template": their_forms.pr_template(repo, facts),
        "all_owned": bool(their_forms.all_owned(repo)),
        "docs_dir": _docs_dir(repo, facts),
        "guide_dir": ".process/docs" if repo.files else "docs",
        "languages": [fact.value for fact in facts.languages[:1]],
        "checkers": checkers.configured(repo),
        "test_folders": test_folders(repo),
    }
    return {name: value for name, value in guessed.items() if name in set(known)}


def merged(recorded: Answers, new: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The recorded answers that the template still asks for, with the new ones over them."""
    asked = set(known)
    kept = {name: value for name, value in recorded.items() if name in asked}
    # Services of the first days recorded one `stack`.
    if "stack" in recorded and "stacks" in asked - recorded.keys():
        kept["stacks"] = [one for one in [recorded["stack"]] if one != "none"]
    return {**kept, **new}


def hooks_of(repo: Repo, facts: Facts) -> str:
    """Who rules the git hooks, in the words of the answer `hooks`."""
    managers = {fact.value for fact in facts.hooks}
    if "pre-commit" in managers:
        return "pre-commit" if ".pre-commit-config.yaml" in repo.files else "other"
    if "husky" in managers:
        return "husky" if facts.hooks_path else "other"
    if "lefthook" in managers:
        return "lefthook" if str(facts.hooks_path).endswith((".yml", ".yaml")) else "other"
    if "custom-hooks-dir" in managers:
        return "custom" if facts.hooks_path else "other"
    return "other" if managers else "pre-commit"


def hooks_dir(repo: Repo, facts: Facts) -> str:
    """The folder of the hooks that nothing manages."""
    return facts.hooks_path or "" if hooks_of(repo, facts) == "custom" else ".githooks"


def not_on_runners(facts: Facts) -> tuple[str, ...]:
    """The package managers that neither GitHub's machines nor `.process/setup` bring along."""
    managers = {fact.value for fact in facts.package_managers}
    return tuple(sorted(managers - _ON_RUNNERS))


def _setup_event(repo: Repo, facts: Facts) -> str:
    """The first event of their dev container that is free: the later one comes after their own
    command, while a key beside it in an object would run at the same time.
    """
    text = repo.text(facts.devcontainers[0]) if facts.devcontainers else None
    container = mapping(load_json(text or ""))
    for event in ("postCreateCommand", "postStartCommand"):
        if container.get(event, ".process/setup") == ".process/setup":
            return event
    return "postCreateCommand"


def _unknown_ci(repo: Repo, facts: Facts) -> bool:
    """Whether there is a CI whose checks can't be read here."""
    return bool(their_ci.unknown(repo, facts) or (facts.ci and not facts.commands.get("test")))


# What shows that an agent is in use, in the words of the answer `agents`.
_AGENTS = {
    "claude": r"\.?claude\b.*",
    "codex": r"\.codex\b.*",
    "copilot": r"\.github/.*",
    "cursor": r"\.cursor(rules)?\b.*",
    "gemini": r"\.?gemini\b.*",
}


# What the cloud agents of two of them read before they start.
_CLOUDS = {
    "copilot": ".github/workflows/copilot-setup-steps.yml",
    "cursor": ".cursor/environment.json",
}


def _agents(repo: Repo, facts: Facts) -> list[str]:
    """The agents of which the repository has files."""
    files = [path.lower() for path in facts.agent_files]
    seen = {name for name, path in _CLOUDS.items() if path in repo.files}
    for name, shown in _AGENTS.items():
        if any(re.fullmatch(shown, path) for path in files):
            seen.add(name)
    return sorted(seen)


def _agents_file(repo: Repo) -> str:
    return repo.find("AGENTS.md") or "AGENTS.md"


def _packaging(repo: Repo, facts: Facts) -> list[str]:
    """What takes a list of paths to leave out, and would not be content with ours."""
    # Prettier reads .gitignore all the same where a .prettierignore is new.
    styled = ["prettier"] if house_rules.prettier(repo) else []
    return sorted([*packages.packaging(repo, facts), *styled, *exclusions.wanted(repo)])


def _docs_dir(repo: Repo, facts: Facts) -> str:
    taken = "docs" in repo.files  # a file, a link or a submodule
    if taken or facts.docs_site or packages.publisher_of_docs(repo):
        return ".process/docs"
    return next((top for top in sorted(repo.below) if top.lower() == "docs"), "docs")


def _line(text: str) -> str:
    """Text from a repository, safe to stand in a template: short, one line, no quotes."""
    plain = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return plain.replace('"', "'").replace("\\", "/")[:LINE].strip()


def _is_plain(path: str) -> bool:
    """Whether a path can be written into a file as it is."""
    return path.isprintable() and len(path) <= their_checks.COMMAND
