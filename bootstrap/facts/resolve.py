"""From a command to the targets that it calls and the tools that it ends in."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bootstrap.facts import tox
from bootstrap.facts.names import CHECKS, NAMES, normal
from bootstrap.facts.rewrite import bare, relocate, words
from bootstrap.facts.scan import Scan, join, outwards
from bootstrap.facts.shell import commands
from bootstrap.facts.tools import Use, handed_check, uses, writes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bootstrap.facts.parts import Call, Offer, Target, Unit

MAX_DEPTH = 5

RUNNERS = ("make", "just", "task")

Tools = tuple[tuple[Use, str], ...]
"""Tools, each with the folder in which it runs."""


@dataclass(frozen=True, eq=False)
class Sources:
    """Everything that commands are chosen from."""

    scan: Scan
    units: tuple[Unit, ...]
    targets: tuple[Target, ...]
    ci: tuple[Call, ...]
    docs: tuple[Call, ...] = ()
    fallback: tuple[Offer, ...] = ()
    """For slots that nothing else fills."""
    primary: str = ""
    """The ecosystem of the main language."""
    _expanded: dict[tuple[str, str], Tools] = field(default_factory=dict, repr=False)
    _writes: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False)

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], Unit]:
        """(ecosystem, folder) → unit."""
        return {(unit.ecosystem, unit.dir): unit for unit in reversed(self.units)}

    def below(self, ecosystem: str, directory: str) -> frozenset[Unit]:
        """The units of an ecosystem in a folder and below it."""
        return frozenset(self._below.get((ecosystem, directory), ()))

    @cached_property
    def _below(self) -> Mapping[tuple[str, str], list[Unit]]:
        """(ecosystem, folder) → the units in it and below."""
        found: dict[tuple[str, str], list[Unit]] = {}
        for unit in self.units:
            for place in outwards(unit.dir):
                found.setdefault((unit.ecosystem, place), []).append(unit)
        return found

    @cached_property
    def by_call(self) -> Mapping[tuple[str, str], Target]:
        """(folder, how to call it) → target."""
        found: dict[tuple[str, str], Target] = {}
        for target in self.targets:
            found.setdefault((target.dir, spelling(target.run)), target)
        return found

    @cached_property
    def by_spelling(self) -> Mapping[str, Target]:
        """How to call it → the first target of that name in any workspace member."""
        found: dict[str, Target] = {}
        for target in self.targets:
            if target.member:
                found.setdefault(spelling(target.run), target)
        return found

    @cached_property
    def by_environment(self) -> Mapping[str, dict[str, Target]]:
        """Folder → the environments of tox there, by their names."""
        found: dict[str, dict[str, Target]] = {}
        for target in self.targets:
            if target.runner == "tox":
                found.setdefault(target.dir, {})[target.name] = target
        return found

    def called(self, run: str, directory: str) -> list[Target]:
        """The targets that a command calls: `make lint test` calls two."""
        run, directory = relocate(run, directory)
        said = words(bare(run))
        if said[:1] and said[0] in RUNNERS:
            names = _names(said)
            found = [self.by_call.get((directory, f"{said[0]} {name}")) for name in names]
            if found and found[0] and found[0].takes and len(said) > 2:
                found = [_filled(found[0], run.partition(f" {names[0]} ")[2])]
        elif match := _EVERY_MEMBER.match(bare(run)):
            every = set(match[1].split(","))
            return [t for t in self.targets if t.member and t.name in every][:_MANY]
        elif re.search(r"\s(--filter|-F|--workspaces?|-ws?|-r|--recursive)[ =]", run + " "):
            plain = re.sub(
                r"\s(--filter|-F|--workspace|-w)[ =]\S+|\s(--workspaces|-ws|-r|--recursive)\b",
                "",
                run,
            )
            found = [self.by_spelling.get(spelling(plain))]
        else:
            name = spelling(run)
            if re.match(r"tox ", name):
                return self._environments(run, directory)
            if re.match(r"nox ", name) and (directory, name) not in self.by_call:
                # `nox -s test-3.12` is one run of the session `test`.
                name = re.sub(r"[-_]?(py)?\d[\d.]*$", "", name)
            found = self._named(directory, name)
        return [target for target in found if target]

    def _environments(self, run: str, directory: str) -> list[Target]:
        """The environments of tox that a command asks for."""
        known = self.by_environment.get(directory, {})
        return [known[name] for name in tox.called(bare(run), known)]

    def _named(self, directory: str, name: str) -> list[Target | None]:
        """The target of that name; `npm dev:*` is every script that begins so."""
        runner, _, script = name.partition(" ")
        # What starts scripts side by side says `npm run`, whichever manager the project uses.
        runners = ("npm", "pnpm", "yarn", "bun") if runner == "npm" else (runner,)
        if match := re.fullmatch(r"/\^([\w:-]+)/", script):
            script = match[1] + "*"  # as pnpm takes a pattern of names
        calls = [f"{runner} {script}" if script else runner for runner in runners]
        if not script.endswith("*"):
            found = (self.by_call.get((directory, call)) for call in calls)
            return [next((target for target in found if target), None)]
        return [target for call in calls for target in self._beginning(directory, call[:-1])]

    def _beginning(self, directory: str, call: str) -> list[Target]:
        """The first targets of a folder that are called by something that begins so."""
        first = bisect.bisect_left(self._calls, (directory, call))
        near = self._calls[first : first + _MANY]
        return [
            self.by_call[key] for key in near if key[0] == directory and key[1].startswith(call)
        ]

    @cached_property
    def _calls(self) -> list[tuple[str, str]]:
        return sorted(self.by_call)

    def expand(self, run: str, directory: str, depth: int = 0) -> Tools:
        """The known tools that a command ends in."""
        key = (run, directory)
        if key not in self._expanded:
            # A target that calls itself ends here.
            self._expanded[key] = ()
            self._expanded[key] = tuple(dict.fromkeys(self._expand(run, directory, depth)))
        return self._expanded[key]

    def _expand(self, run: str, directory: str, depth: int) -> Iterator[tuple[Use, str]]:
        called = self.called(run, directory)
        plain, here = relocate(run, directory)
        for use in () if called else uses(plain):
            yield use, here
        if depth >= MAX_DEPTH:
            return
        for target in called:
            found = [use for line in target.body for use in self._script(line, target.dir, depth)]
            yield from found
            slots = tuple(slot for slot in CHECKS if normal(target.name) == NAMES[slot][0])
            if target.ecosystem and slots:
                # A script named `lint` is the project's linter, whatever it runs.
                yield Use(target.ecosystem, target.run, slots), target.dir
        for part in side_by_side(plain):
            yield from self._script(part, here, depth)
        if not called and not uses(plain):
            yield from self._script(self.script(plain, here)[1], here, depth)

    def _script(self, text: str, directory: str, depth: int) -> Iterator[tuple[Use, str]]:
        for part, here, _ in commands(text, directory):
            yield from self.expand(part, here, depth + 1)

    def writes(self, run: str, directory: str, depth: int = 0) -> bool:
        """Whether a command changes files, itself or in what it calls."""
        key = (run, directory)
        if key not in self._writes:
            self._writes[key] = False
            self._writes[key] = self._changes(run, directory, depth)
        return self._writes[key]

    def _changes(self, run: str, directory: str, depth: int) -> bool:
        plain, here = relocate(run, directory)
        # Hooks may repair a file, but then they fail.
        if spelling(plain) == "pre-commit" or depth >= MAX_DEPTH:
            return False
        if writes(plain):
            return True
        called = self.called(run, directory)
        if called and handed_check(plain):
            return False
        if called and not self.expand(run, directory) and _FIXES.search(normal(called[0].name)):
            return True
        texts = [(line, target.dir) for target in called for line in target.body]
        texts += [(part, here) for part in side_by_side(plain)]
        if not called and not uses(plain):
            texts.append((self.script(plain, here)[1], here))
        return any(
            self.writes(part, place, depth + 1)
            for text, folder in texts
            for part, place, _ in commands(text, folder)
        )

    def script(self, run: str, directory: str) -> tuple[str, str]:
        """Path and shell text of the repository's own script that a command runs; '' if none."""
        for candidate in dict.fromkeys((run, bare(run))):
            match = _SCRIPT.match(candidate)
            for place in (directory, ".") if match else ():
                path = join(place, match[1]) if match else ""
                if path and self.scan.has(path):
                    text = self.scan.text(path)
                    shell = path.endswith((".sh", ".bash")) or re.match(
                        r"#!.*\b(ba|z|da|)sh\b", text
                    )
                    return path, text if shell and len(text) < _LONG else ""
        return "", ""


def _filled(target: Target, arguments: str) -> Target:
    """A target with what it is told put in where it hands it on."""
    body = (re.sub(r"\{\{[^{}]*\}\}", lambda _: arguments, line) for line in target.body)
    return replace(target, body=tuple(body))


# What a target of this name does with unknown tools: it repairs.
_FIXES = re.compile(r"^(?!.*(^|-)(check|test|lint|verify|dry)(-|$)).*(^|-)(fix|fmt|format)(-|$)")
_LONG = 20_000
_MANY = 30
_EVERY_MEMBER = re.compile(
    r"^(?:turbo(?: run| watch)?|nx (?:run-many|affected) (?:-t|--targets?[ =])|lerna run"
    r"|pnpm (?:-r|--recursive)(?: run)?) ?([\w:-]+(?:,[\w:-]+)*)"
)
_PARALLEL = re.compile(r"^(concurrently|npm-run-all2?|run-[ps]|wireit|start-server-and-test)\b")
_SCRIPT = re.compile(
    r"^(?:[\w/]*\b(?:(?:ba|z|da)?sh|python[\d.]*|node|ruby|pwsh)\s+)?(?:-\w+\s+)*(\.?/?[\w.-]+(?:/[\w.-]+)*)(?=\s|$)"
)


def side_by_side(run: str) -> Iterator[str]:
    """The commands that `concurrently`, `npm-run-all` and the like start."""
    if not _PARALLEL.match(bare(run)):
        return
    for word in words(bare(run))[1:]:
        if word.startswith("-"):
            continue
        line = word.strip("\"'")
        yield line
        if " " not in line:
            yield f"npm run {line}"


def spelling(run: str) -> str:
    """One spelling for the ways to call a script: `npm run lint -- --fix` → `npm lint`."""
    said = words(bare(run))
    if said[:2] == ["tox", "run"]:
        del said[1]
    if said[:1] in (["pre-commit"], ["prek"]):
        return "pre-commit" if said[1:2] == ["run"] else ""
    if said[2:] and said[1] in ("run", "run-script", "task") and said[0] != "mise":
        del said[1]
    if said[:2] == ["npm", "t"]:
        said[1] = "test"
    named = [word for word in said if not word.startswith("-")]
    return " ".join(named[: 3 if said[:1] == ["mise"] else 2])


def _names(said: list[str]) -> list[str]:
    names = []
    rest = iter(said[1:])
    for word in rest:
        if word in ("-f", "-j", "-t", "--taskfile", "--justfile"):
            next(rest, None)
        elif word == "--":
            break
        elif not word.startswith("-") and "=" not in word and not word.isdigit():
            names.append(word)
    return names
