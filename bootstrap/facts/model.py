"""Facts: values with the place where each was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
Step = tuple[str, str]
"""A simple command and the folder in which it runs."""

SLOTS = ("install", "lint", "format", "typecheck", "test", "build", "start")
"""What a command is for; the order is the order of display."""


@dataclass(frozen=True)
class Evidence:
    """Where a fact was read: path, line (from 1; 0 = the file as a whole), the text there."""

    path: str
    line: int = 0
    text: str = ""


@dataclass(frozen=True)
class Fact(Generic[T]):
    """A value, its evidence, and whether it was found in the repository or is only proposed."""

    value: T
    evidence: tuple[Evidence, ...] = ()
    found: bool = True


@dataclass(frozen=True)
class Command:
    """A command line and the folder (relative, '.' = root) in which it runs."""

    run: str
    dir: str = "."
    writes: bool = field(default=False, compare=False)
    """Whether it repairs files instead of checking them."""
    slot: str = field(default="", compare=False)
    """What it is for, as far as that is known."""
    steps: tuple[Step, ...] = field(default=(), compare=False)
    """The simple commands that it ends in."""
    env: str = field(default="", compare=False)
    """The variables with which CI makes the check stricter, for a shell: `RUSTFLAGS=-Dwarnings`."""
    runs_hooks: bool = field(default=False, compare=False)
    """Whether all that it does is to run the repository's hooks."""
    elsewhere: bool = field(default=False, compare=False)
    """Whether only CI can run it: an action, another system or toolchain, a step of a release."""
    unseen: bool = field(default=False, compare=False)
    """Whether it needs a task runner that CI does without, so perhaps nobody has it."""


@dataclass(frozen=True)
class Facts:
    """Everything that is known of a repository before anything is asked."""

    name: Fact[str]
    description: Fact[str] | None = None
    languages: tuple[Fact[str], ...] = ()
    """By importance; the first is the primary one."""
    package_managers: tuple[Fact[str], ...] = ()
    monorepo: tuple[Fact[str], ...] = ()
    components: tuple[str, ...] = (".",)
    commands: Mapping[str, tuple[Fact[Command], ...]] = field(default_factory=dict)
    """Slot → commands, best first; an empty tuple means that the repository has none."""
    ci_checks: tuple[Fact[Command], ...] = ()
    """What the repository's CI checks on pull requests or pushes: lint, format, types, tests."""
    ci_runs: tuple[Fact[Command], ...] = ()
    """All that CI runs on changes and may be a check: commands, actions, workflows of others."""
    ports: tuple[Fact[int], ...] = ()
    default_branch: Fact[str] | None = None
    ci: tuple[Fact[str], ...] = ()
    """Providers: github-actions, gitlab-ci, circleci, travis, azure-pipelines, …"""
    hooks: tuple[Fact[str], ...] = ()
    """Managers of git hooks: pre-commit, husky, lefthook, custom-hooks-dir; none = empty."""
    hooks_path: str | None = None
    """The file or folder that the hook manager reads: .husky, lefthook.yml, .githooks, …"""
    devcontainers: tuple[str, ...] = ()
    agent_files: tuple[str, ...] = ()
    codeowners: tuple[str, ...] = ()
    pr_templates: tuple[str, ...] = ()
    issue_forms: tuple[str, ...] = ()
    dockerfiles: tuple[str, ...] = ()
    compose_files: tuple[str, ...] = ()
    deployments: tuple[Fact[str], ...] = ()
    """Hosts that are configured or deployed to: vercel, fly, helm, …; `preview`: one per PR."""
    task_runners: tuple[Fact[str], ...] = ()
    docs_site: Fact[str] | None = None
    """The generator that publishes docs/: mkdocs, docusaurus, sphinx, jekyll, …"""
    license_headers: Fact[str] | None = None
    """The tool or file that demands licence headers: reuse, addlicense, hawkeye, …"""
    commit_convention: Fact[str] | None = None
    """conventional-commits, gitmoji, gitlint, own-rule."""
    title_convention: Fact[str] | None = None
    """The same for titles of pull requests."""
    action_pins: Fact[str] | None = None
    """How workflows name actions: sha, tag or mixed."""
    labels_synced: Fact[str] | None = None
    """The file or workflow that labels are made from."""
    notes: tuple[str, ...] = ()
    """What could not be read, and what follows from it."""
    copier_answers: tuple[str, ...] = ()
    """Answers files of Copier templates, ours or others'."""
