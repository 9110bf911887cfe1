"""08: one environment for laptops, CI and every agent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import actions, json, manifests, matching, seen, text
from bootstrap.facts.load import load_toml, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bootstrap.checks._read import Workflow
    from bootstrap.facts.model import Facts
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 8, "environment", "Unified Dev Environment"
PROMISE = "A laptop, CI and an agent's cloud get the same tools from the same setup."

_PINS = (
    *(
        "mise.toml",
        ".mise.toml",
        ".config/mise.toml",
        ".tool-versions",
        "flake.lock",
        "devbox.lock",
    ),
    *("devbox.json", "pixi.lock", "rust-toolchain*", "global.json", ".sdkmanrc"),
    *(".python-version", ".nvmrc", ".node-version", ".ruby-version", ".go-version", "*/.nvmrc"),
    *("*/.python-version", "*/.node-version", "*/.ruby-version", "*/.tool-versions"),
)
_LOCKS = (
    *("uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock", "pylock*.toml", "package-lock.json"),
    *("npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "go.sum"),
    *("cargo.lock", "gemfile.lock", "composer.lock", "mix.lock", "deno.lock", "pubspec.lock"),
    *("gradle.lockfile", "packages.lock.json", "paket.lock", "flake.lock", "pixi.lock"),
)
_LIFECYCLE = ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand")


class ToolsArePinned:
    """The versions of the tools are in the repository."""

    def check(self, repo: Repo) -> Result:
        """Pin the tools in mise.toml or .tool-versions, each with a number and not `latest`:
        `bootstrap apply --factors 8` brings a mise.toml to add to.
        """
        found = [path for path in matching(repo, *_PINS) if _pins_tools(repo, path)] + [
            place for place in [seen(repo, ["go.mod"], r"(?m)^(toolchain|go) \d")] if place
        ]
        floating = seen(repo, [path for path in found if "mise" in path], r"[\"' ]latest\b")
        if floating:
            return no(f"{floating} asks for the latest version")
        return yes(*found[:3]) if found else no("no file pins the tools")


_HOOK_RUNNERS = {"prek", "pre-commit", "lefthook", "hk", "husky"}


def _pins_tools(repo: Repo, path: str) -> bool:
    """Whether a file pins more than the runner of the hooks."""
    if path.endswith("mise.toml"):
        tools = mapping((load_toml(text(repo, path)) or {}).get("tools"))
        return bool({name.rpartition(":")[2] for name in tools} - _HOOK_RUNNERS)
    if path.endswith(".tool-versions"):
        lines = (line.split() for line in text(repo, path).splitlines())
        return any(line and line[0][0] != "#" and line[0] not in _HOOK_RUNNERS for line in lines)
    return True


class DependenciesAreLocked:
    """The versions of the dependencies are in the repository."""

    def check(self, repo: Repo, facts: Facts) -> Result:
        """Commit the package manager's lock file and install from it."""
        declared = manifests(repo)
        if not declared:
            return not_applicable("no manifest declares dependencies")
        found = matching(repo, *_LOCKS, *(f"*/{name}" for name in _LOCKS))
        if found:
            return yes(*found[:3])
        pinned = seen(repo, declared, r"(?m)^[\w.\[\]-]+==[\w.]+")
        library = None if facts.ports or facts.commands.get("start") else _published(repo)
        if library and not pinned:
            return not_applicable(f"{library} is a library: its users choose the versions")
        return yes(pinned) if pinned else no(f"{declared[0]} has no lock file")


def _published(repo: Repo) -> str | None:
    """The manifest of a package that others depend on, or None."""
    package = json(repo, "package.json")
    if package.get("version") and package.get("private") is not True:
        return "package.json"
    gem = next((path for path in matching(repo, "*.gemspec") if "/" not in path), None)
    return gem or (
        seen(repo, ["pyproject.toml"], r"(?m)^\[build-system\]")
        or seen(repo, ["Cargo.toml"], r"(?m)^\[lib\]")
        or seen(repo, ["composer.json"], r'"type":\s*"library"')
    )


class DevContainer:
    """The whole environment can be made from the repository."""

    def check(self, repo: Repo, facts: Facts) -> Result:
        """Add a dev container (`.devcontainer/devcontainer.json`) that calls the repository's own
        setup: `bootstrap apply --factors 8` brings one.
        """
        found = [*facts.devcontainers, *matching(repo, "flake.nix", "devbox.json", ".gitpod.yml")]
        return yes(*found[:2]) if found else no("no dev container")


class OneSetup:
    """The dev container runs the setup that CI runs."""

    def check(self, repo: Repo, facts: Facts, workflows: Sequence[Workflow]) -> Result:
        """Put what installs everything into one script, and call it from the dev container, from
        CI and from each agent's cloud: `bootstrap apply --factors 8` brings `.process/setup`.
        """
        containers = [path for path in facts.devcontainers if text(repo, path)]
        if not containers or not workflows:
            return not_applicable("that takes a dev container and CI")
        steps = [step for one in workflows for step in one.steps] + list(actions(repo))
        for step in steps:
            if "devcontainers/ci@" in step.uses:
                return yes(step.place)
        wanted = {one for path in containers for one in _setup_of(json(repo, path))}
        for step in steps:
            if wanted & _commands(step.run):
                return yes(containers[0], step.place)
        does = sorted(wanted)[0] if wanted else "no setup"
        return no(
            f"{containers[0]} runs {does}, CI does not"
            if wanted
            else f"{containers[0]} runs {does}"
        )


def _setup_of(container: dict[str, Any]) -> Iterator[str]:
    """The commands that a dev container runs when it is made."""
    for key in _LIFECYCLE:
        value = container.get(key)
        for one in value.values() if isinstance(value, dict) else [value]:
            words = one if isinstance(one, list) else [one]
            yield from _commands(" ".join(word for word in words if isinstance(word, str)))


def _commands(script: str) -> set[str]:
    """The single commands of a script, without the shell that runs them and a leading `./`."""
    parts = (part.strip() for part in re.split(r"\n|&&|;", script))
    bare = (re.sub(r"^((ba)?sh |\./|sudo |[\"'])*|[\"']+$", "", part) for part in parts)
    return {" ".join(part.split()) for part in bare if part and not part.startswith(("#", "cd "))}
