"""Facts → the document that `bootstrap facts --json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bootstrap.facts.model import SLOTS, Command, Fact, Facts

if TYPE_CHECKING:
    from collections.abc import Iterable


def document(facts: Facts) -> dict[str, Any]:
    """Plain data for JSON: values per key, and under `evidence` where each was read (path:line).

    Every field with its type and meaning: docs/commands/facts.md.
    """
    return {
        "name": facts.name.value,
        "description": _value(facts.description),
        "languages": _values(facts.languages),
        "package_managers": _values(facts.package_managers),
        "monorepo": _values(facts.monorepo),
        "components": list(facts.components),
        "default_branch": _value(facts.default_branch),
        "ci": _values(facts.ci),
        "hooks": _values(facts.hooks),
        "hooks_path": facts.hooks_path,
        "devcontainer": list(facts.devcontainers),
        "agent_files": list(facts.agent_files),
        "codeowners": list(facts.codeowners),
        "pr_template": list(facts.pr_templates),
        "issue_forms": list(facts.issue_forms),
        "dockerfiles": list(facts.dockerfiles),
        "compose_files": list(facts.compose_files),
        "deployments": _values(facts.deployments),
        "task_runners": _values(facts.task_runners),
        "ports": _values(facts.ports),
        "docs_site": _value(facts.docs_site),
        "license_headers": _value(facts.license_headers),
        "commit_convention": _value(facts.commit_convention),
        "title_convention": _value(facts.title_convention),
        "action_pins": _value(facts.action_pins),
        "labels_synced": _value(facts.labels_synced),
        "copier_answers": list(facts.copier_answers),
        "commands": {
            slot: [_command(fact) for fact in facts.commands.get(slot, ())] for slot in SLOTS
        },
        "ci_checks": [_command(fact) for fact in facts.ci_checks],
        "ci_runs": [_run(fact) for fact in facts.ci_runs],
        "notes": list(facts.notes),
        "evidence": _evidence(facts),
    }


def _value(fact: Fact[Any] | None) -> Any:
    return fact.value if fact else None


def _values(facts: Iterable[Fact[Any]]) -> list[Any]:
    return [fact.value for fact in facts]


def _command(fact: Fact[Command]) -> dict[str, Any]:
    command = fact.value
    return {
        "cmd": command.run,
        "dir": command.dir,
        "found": fact.found,
        "writes": command.writes,
    }


def _run(fact: Fact[Command]) -> dict[str, Any]:
    command, where = fact.value, fact.evidence[0]
    return {
        "cmd": command.run,
        "dir": command.dir,
        "slot": command.slot or None,
        "env": command.env,
        "only_in_ci": command.elsewhere,
        "place": _place(where.path, where.line),
    }


def _evidence(facts: Facts) -> dict[str, list[str]]:
    """Fact (as `key: value`) → places."""
    lists: list[tuple[str, Iterable[Fact[Any]]]] = [
        ("languages", facts.languages),
        ("package_managers", facts.package_managers),
        ("monorepo", facts.monorepo),
        ("ci", facts.ci),
        ("hooks", facts.hooks),
        ("task_runners", facts.task_runners),
        ("deployments", facts.deployments),
        ("ports", facts.ports),
        ("ci_checks", facts.ci_checks),
        *((f"commands.{slot}", facts.commands.get(slot, ())) for slot in SLOTS),
    ]
    single = [
        ("name", facts.name),
        ("description", facts.description),
        ("default_branch", facts.default_branch),
        ("docs_site", facts.docs_site),
        ("license_headers", facts.license_headers),
        ("commit_convention", facts.commit_convention),
        ("title_convention", facts.title_convention),
        ("action_pins", facts.action_pins),
        ("labels_synced", facts.labels_synced),
    ]
    lists += [(key, (fact,)) for key, fact in single if fact]
    return {
        f"{key}: {_label(fact.value)}": [_place(e.path, e.line) for e in fact.evidence]
        for key, found in lists
        for fact in found
    }


def _label(value: Any) -> str:
    if isinstance(value, Command):
        return value.run if value.dir == "." else f"[{value.dir}] {value.run}"
    return str(value)


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path
