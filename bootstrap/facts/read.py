"""Repo → Facts."""

from __future__ import annotations

import gc
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bootstrap.facts import (
    agents,
    ci,
    containers,
    delivery,
    docs,
    hooks,
    identity,
    owners,
    policies,
    ports,
)
from bootstrap.facts.ci_runs import runs_of
from bootstrap.facts.commands import choose
from bootstrap.facts.ecosystems import ecosystems
from bootstrap.facts.from_ci import checks_of
from bootstrap.facts.languages import ecosystem_of, languages
from bootstrap.facts.model import Command, Fact, Facts
from bootstrap.facts.parts import Target, Unit
from bootstrap.facts.proposals import fewer
from bootstrap.facts.resolve import Sources
from bootstrap.facts.scan import Scan, join
from bootstrap.facts.targets import RUNNERS, targets, task_runners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bootstrap.repo import Repo


MAX_TARGETS = 4_000
MAX_BODY = 20_000
"""Characters of a target's body; of a longer one the first lines and their beginnings count."""
MAX_LINES, MAX_LINE = 200, 400


def read(repo: Repo) -> Facts:
    """Everything that the repository's files say; nothing of it is executed.

    Of more than `repo.FEW` files those that git does not track count only if they are known by now.
    """
    collects = gc.isenabled()
    gc.disable()  # next to nothing of what is read here goes in circles
    try:
        return _read(repo.settled)
    finally:
        if collects:
            gc.enable()


def _read(repo: Repo) -> Facts:
    scan = Scan(repo)
    units = tuple(unit for ecosystem in ecosystems() for unit in ecosystem.units(scan))
    spoken = languages(scan, units)
    primary = ecosystem_of(spoken[0].value) if spoken else ""
    units = tuple(sorted(units, key=lambda unit: unit.ecosystem != primary))
    if primary == "text":
        # Prose or data is the product here, so its linters count like those of a language.
        units = (*units, Unit("text", ".", spoken[0].evidence[0]))
    sources = Sources(
        scan,
        units,
        _all_targets(scan, units),
        tuple(ci.calls(scan)),
        tuple(docs.calls(scan)),
        tuple(containers.offers(scan)),
        primary=primary,
    )
    commands = fewer(sources, choose(sources))
    managers, path = hooks.hooks(scan)
    return Facts(
        name=identity.name(scan, primary),
        description=identity.description(scan, primary),
        languages=spoken,
        package_managers=(
            *_facts((u, name) for u in units for name in u.managers),
            *_more(sources),
        ),
        monorepo=_facts((unit, name) for unit in units for name in unit.workspaces),
        components=_components(units),
        commands=commands,
        ci_checks=checks_of(sources),
        ci_runs=runs_of(sources),
        ports=ports.ports(scan, commands["start"], _behind(sources, commands["start"])),
        default_branch=identity.default_branch(scan),
        ci=ci.providers(scan),
        hooks=managers,
        hooks_path=path,
        devcontainers=containers.devcontainers(scan),
        agent_files=agents.agent_files(scan),
        codeowners=owners.codeowners(scan),
        pr_templates=owners.pr_templates(scan),
        issue_forms=owners.issue_forms(scan),
        dockerfiles=delivery.dockerfiles(scan),
        compose_files=delivery.compose_files(scan),
        deployments=delivery.deployments(scan),
        task_runners=task_runners(scan),
        docs_site=docs.docs_site(scan),
        license_headers=policies.license_headers(scan, sources.ci, sources.targets),
        commit_convention=policies.commit_convention(scan),
        title_convention=policies.title_convention(scan),
        action_pins=policies.action_pins(scan),
        labels_synced=policies.labels_synced(scan),
        notes=scan.notes,
        copier_answers=identity.copier_answers(scan),
    )


def _components(units: tuple[Unit, ...]) -> tuple[str, ...]:
    found = {place for unit in units for place in (unit.dir, *unit.members)}
    return tuple(sorted(found, key=lambda d: (d != ".", d))) or (".",)


def _all_targets(scan: Scan, units: tuple[Unit, ...]) -> tuple[Target, ...]:
    found = (*targets(scan), *(target for unit in units for target in unit.targets))
    return tuple(_bounded(target) for target in found[:MAX_TARGETS])


def _bounded(target: Target) -> Target:
    """A target with as much of its body as says what it is for."""
    if sum(map(len, target.body)) <= MAX_BODY:
        return target
    return replace(target, body=tuple(line[:MAX_LINE] for line in target.body[:MAX_LINES]))


def _behind(sources: Sources, start: tuple[Fact[Command], ...]) -> str:
    """The names of the tools that the start commands end in."""
    found = (sources.expand(fact.value.run, fact.value.dir) for fact in start)
    return " ".join(use.key for tools in found for use, _ in tools)


def _more(sources: Sources) -> Iterator[Fact[str]]:
    """Package managers that no lock shows: pip beside another one, mise for its tools."""
    managers = {name for unit in sources.units for name in unit.managers}
    python = any(unit.ecosystem == "python" for unit in sources.units)
    for call in sources.ci:
        file = re.search(r"\bpip3? install .*?(?:-r|--requirement)[ =]([\w./-]+)", call.run)
        if file and python and "pip" not in managers and sources.scan.has(join(call.dir, file[1])):
            yield Fact("pip", (call.evidence,))
            break
    for path in RUNNERS["mise"]:
        if sources.scan.toml(path).get("tools"):
            yield Fact("mise", (sources.scan.at(path, r"^\[tools"),))
            break


def _facts(found: Iterable[tuple[Unit, str]]) -> tuple[Fact[str], ...]:
    """Each name once, with the units that show it as evidence."""
    facts: dict[str, Fact[str]] = {}
    for unit, name in found:
        known = facts[name].evidence if name in facts else ()
        facts[name] = Fact(name, (*known, unit.evidence)[:5])
    return tuple(facts.values())
