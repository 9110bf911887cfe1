"""Readers that several checks share. A file that can't be read or parsed counts as absent."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from bootstrap import drift, record
from bootstrap.errors import UserError
from bootstrap.facts.load import line_of, load_json, load_yaml, mapping, strings
from bootstrap.repo import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bootstrap.facts.model import Command, Fact, Facts
    from bootstrap.repo import Repo

MAX_CHARACTERS = 400_000
"""A longer text is not read: no file that people write for a process is that long."""

MIN_CHARACTERS = 100
"""A shorter page is a heading and nothing else."""

AGENT_ACTION = re.compile(
    r"anthropics/claude-code(-base)?-action|openai/codex-action|run-gemini-cli"
    r"|OpenHands/|(sst|anomalyco)/opencode|augmentcode/",
    re.IGNORECASE,
)
AGENT_COMMAND = re.compile(
    r"\b(claude (-p|--print)|codex exec|gemini (-p|--prompt)|copilot (-p|--prompt)|cursor-agent"
    r"|opencode run|gh agent-task create)\b|\.process/agent\b"
)
MANIFESTS = (
    *("package.json", "pyproject.toml", "requirements*.txt", "setup.py", "setup.cfg", "pipfile"),
    *("go.mod", "cargo.toml", "gemfile", "composer.json", "pom.xml", "build.gradle*", "mix.exs"),
    *("*.csproj", "directory.packages.props", "pubspec.yaml"),
)


@dataclass(frozen=True)
class Step:
    """A step of a workflow or of a local action: its commands, or the action that it uses."""

    path: str
    line: int
    run: str
    uses: str
    inputs: Mapping[str, str]

    @property
    def place(self) -> str:
        """`path:line` of the step's command or action."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Workflow:
    """A workflow of GitHub Actions: when it runs, and what its jobs do."""

    path: str
    text: str
    events: Mapping[str, Any]
    jobs: Mapping[str, Any]
    steps: tuple[Step, ...]

    @property
    def agents(self) -> tuple[Step, ...]:
        """The steps that start a coding agent."""
        return tuple(
            step
            for step in self.steps
            if AGENT_ACTION.search(step.uses) or AGENT_COMMAND.search(step.run)
        )

    def types(self, event: str) -> list[str]:
        """The activity types that an event is limited to; [] if it is not."""
        return strings(mapping(self.events.get(event)).get("types"))


_FLAT = re.compile(r"[^/]+/[^/]+/[^/]+$")  # GitHub reads no workflows from deeper folders


def workflows(repo: Repo) -> tuple[Workflow, ...]:
    """The workflows of GitHub Actions; one that can't be parsed has no jobs."""
    paths = matching(repo, ".github/workflows/*.yml", ".github/workflows/*.yaml")
    return tuple(_workflow(repo, path) for path in paths if _FLAT.match(path))


def _workflow(repo: Repo, path: str) -> Workflow:
    data = yaml(repo, path)
    jobs = mapping(data.get("jobs"))
    on = data.get("on")
    events = mapping(on) or dict.fromkeys(strings(on))
    steps = tuple(step for job in jobs.values() for step in _steps(path, mapping(job)))
    return Workflow(path, text(repo, path), events, jobs, steps)


def actions(repo: Repo) -> tuple[Step, ...]:
    """The steps of the repository's own composite actions."""
    paths = matching(repo, ".github/actions/*/action.yml", ".github/actions/*/action.yaml")
    runs = ((path, mapping(yaml(repo, path).get("runs"))) for path in paths)
    return tuple(step for path, run in runs for step in _steps(path, run))


def _steps(path: str, job: dict[str, Any]) -> Iterator[Step]:
    """The steps of a job; a job that calls a reusable workflow is one step itself."""
    items = job.get("steps")
    for item in [job, *(items if isinstance(items, list) else [])]:
        step = mapping(item)
        run, uses = step.get("run"), step.get("uses")
        if isinstance(run, str) or isinstance(uses, str):
            given = {k: v for k, v in mapping(step.get("with")).items() if isinstance(v, str)}
            run, uses = (one if isinstance(one, str) else "" for one in (run, uses))
            yield Step(path, line_of(step.get("run", step.get("uses"))), run, uses, given)


def text(repo: Repo, path: str) -> str:
    """The text of a file, '' if there is none."""
    found = repo.text(path) or ""
    return found if len(found) <= MAX_CHARACTERS else ""


def yaml(repo: Repo, path: str) -> dict[str, Any]:
    """The mapping of a YAML file, every scalar as text."""
    return mapping(load_yaml(text(repo, path)))


def json(repo: Repo, path: str) -> dict[str, Any]:
    """The object of a JSON file, comments allowed."""
    return mapping(load_json(text(repo, path)))


def matching(repo: Repo, *patterns: str) -> list[str]:
    """The files that match a pattern (lower case), the nearest to the root first; `*` crosses
    folders. Examples and files of templates are somebody else's.
    """
    match = _any_of(patterns).match
    found = [path for path in repo.files if match(path.lower()) and not _ASIDE.search(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))


_ASIDE = re.compile(r"\{\{|(^|/)(_?examples?|benchmarks?|fixtures?|testdata)/")


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns) or r"(?!)")


def pages(repo: Repo, *patterns: str) -> list[str]:
    """The texts that match a pattern and say something."""
    return [path for path in matching(repo, *patterns) if len(text(repo, path)) >= MIN_CHARACTERS]


def untouched(repo: Repo) -> frozenset[str]:
    """The files that the template brought and that nobody has changed since."""
    paths = [path for path in repo.files if path.startswith(f"{record.FOLDER}/")]
    try:
        entries = record.parse((path, text(repo, path)) for path in paths).entries.values()
    except UserError:
        return frozenset()
    created = [entry for entry in entries if entry.created]
    now = ((entry, repo.read(entry.at)) for entry in created)
    return frozenset(entry.at for entry, raw in now if raw and record.sha_of(raw) == entry.sha)


def manifests(repo: Repo) -> list[str]:
    """The files that declare dependencies."""
    return matching(repo, *MANIFESTS, *(f"*/{name}" for name in MANIFESTS))


def seen(repo: Repo, paths: Iterable[str], pattern: str | re.Pattern[str]) -> str | None:
    """`path:line` where a pattern first occurs in one of the files, or None."""
    for path in paths:
        content = text(repo, path)
        found = re.search(pattern, content)
        if found:
            return f"{path}:{line_at(content, found.start())}"
    return None


def line_at(content: str, offset: int) -> int:
    """The line (counted from 1) of an offset in a text."""
    return content.count("\n", 0, offset) + 1


def where(fact: Fact[Any]) -> str:
    """`path:line` of a fact's first evidence, or the value itself."""
    if not fact.evidence:
        return str(fact.value)
    first = fact.evidence[0]
    return f"{first.path}:{first.line}" if first.line else first.path


def running(fact: Fact[Command]) -> str:
    """`path:line runs …`, on one short line."""
    return f"{where(fact)} runs {shorten(fact.value.run, 60, placeholder=' …')}"


def some(places: Sequence[str], what: str = "", most: int = 3) -> tuple[str, ...]:
    """The first few places with what is wrong there, and how many more there are."""
    shown = tuple(f"{place} {what}".rstrip() for place in places[:most])
    more = len(places) - most
    return (*shown, f"and {more} more") if more > 0 else shown


def serves(repo: Repo, facts: Facts) -> str | None:
    """What shows that this runs as a service or is published as a site, or None."""
    for found in (facts.ports, facts.commands.get("start"), (facts.docs_site,)):
        if found and found[0]:
            return where(found[0])
    files = matching(repo, "dockerfile", "procfile", "*compose.y*ml", "fly.toml", "app.yaml")
    return files[0] if files else None


def takes_head(workflow: Workflow) -> Step | None:
    """The step by which a workflow with secrets takes a stranger's code, or None."""
    if not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow.events):
        return None
    head = re.compile(r"pull_request\.head|github\.head_ref|refs/pull/|workflow_run\.head_")
    for step in workflow.steps:
        named = step.inputs.get("ref", "") + step.inputs.get("repository", "")
        if step.uses.startswith("actions/checkout@") and head.search(named):
            return step
        if "gh pr checkout" in step.run:
            return step
    return None


def scripts(repo: Repo) -> dict[str, str]:
    """Script name → command line, of every package.json."""
    found: dict[str, str] = {}
    for path in matching(repo, "package.json", "*/package.json"):
        given = mapping(json(repo, path).get("scripts"))
        found |= {name: run for name, run in given.items() if isinstance(run, str)}
    return found


_TASK_FILES = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "tox": ("tox.ini", "pyproject.toml"),
    "nox": ("noxfile.py",),
}
_TASK_FILES |= dict.fromkeys(("npm", "pnpm", "yarn", "bun"), ("package.json",))
_TASK_FILES |= dict.fromkeys(("hatch", "poe", "pdm"), ("pyproject.toml",))


def called_files(repo: Repo, commands: str) -> list[str]:
    """The files of the repository that commands name, and the task files that they go through."""
    words = {word.removeprefix("./") for word in re.split(r"[\s'\"=;&|()]+", commands)}
    found = words & set(repo.files)
    for program in words & set(_TASK_FILES):
        found |= set(_TASK_FILES[program]) & set(repo.files)
    return sorted(found)


class _Files:
    """A repository as the context hook sees it: both follow the rules of `drift`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self.names = set(repo.files)
        parts = (path.split("/") for path in self.names)
        self._folders = {"/".join(part[:depth]) for part in parts for depth in range(len(part))}

    def text(self, path: str) -> str:
        return text(self._repo, path)

    def has(self, path: str) -> bool:
        place = posixpath.normpath(path)
        return place == "." or place in self.names or place in self._folders

    def ignored(self, paths: Iterable[str]) -> set[str]:
        inside = [path for path in paths if not path.startswith("..")]
        asked = "\0".join(inside).encode()
        options = ("check-ignore", "-z", "--no-index", "--stdin")
        answer = git(self._repo.root, *options, stdin=asked, ok=(0, 1, 128))
        return set(answer.decode().split("\0"))


def seen_by_hook(repo: Repo) -> drift.Files:
    """The repository as the context hook sees it."""
    return _Files(repo)


def told(found: Iterable[drift.Problem]) -> list[str]:
    """`path:line: message` for each problem."""
    return [f"{one.path}:{one.line}: {one.message}" for one in found]
