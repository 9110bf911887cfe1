"""Repo → Facts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts import agents, ci, containers, docs, hooks, identity, owners
from bootstrap.facts.commands import choose
from bootstrap.facts.ecosystems import ecosystems
from bootstrap.facts.from_ci import checks_of
from bootstrap.facts.languages import ecosystem_of, languages
from bootstrap.facts.model import Command, Fact, Facts
from bootstrap.facts.parts import Target, Unit
from bootstrap.facts.resolve import Sources
from bootstrap.facts.scan import Scan, join
from bootstrap.facts.targets import RUNNERS, targets, task_runners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bootstrap.repo import Repo


def read(repo: Repo) -> Facts:
    """Everything that the repository's files say; nothing of it is executed."""
    scan = Scan(repo)
    units = tuple(unit for ecosystem in ecosystems() for unit in ecosystem.units(scan))
    spoken = languages(scan, units)
    if spoken and ecosystem_of(spoken[0].value) == "text":
        # Prose or data is the product here, so its linters count like those of a language.
        units = (*units, Unit("text", ".", spoken[0].evidence[0]))
    sources = Sources(
        scan,
        units,
        _all_targets(scan, units),
        tuple(ci.calls(scan)),
        tuple(docs.calls(scan)),
        tuple(containers.offers(scan)),
    )
    commands = choose(sources)
    managers, path = hooks.hooks(scan)
    return Facts(
        name=identity.name(scan),
        description=identity.description(scan),
        languages=spoken,
        package_managers=(
            *_facts((u, name) for u in units for name in u.managers),
            *_more(sources),
        ),
        monorepo=_facts((unit, name) for unit in units for name in unit.workspaces),
        components=tuple(sorted({unit.dir for unit in units}, key=lambda d: (d != ".", d)))
        or (".",),
        commands=commands,
        ci_checks=checks_of(sources),
        ports=containers.ports(scan, commands["start"], _behind(sources, commands["start"])),
        default_branch=identity.default_branch(scan),
        ci=ci.providers(scan),
        hooks=managers,
        hooks_path=path,
        devcontainers=containers.devcontainers(scan),
        agent_files=agents.agent_files(scan),
        codeowners=owners.codeowners(scan),
        pr_templates=owners.pr_templates(scan),
        task_runners=task_runners(scan),
        docs_site=docs.docs_site(scan),
        license_headers=identity.license_headers(scan),
        copier_answers=identity.copier_answers(scan),
    )


def _all_targets(scan: Scan, units: tuple[Unit, ...]) -> tuple[Target, ...]:
    return (*targets(scan), *(target for unit in units for target in unit.targets))


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
