"""The environments of tox: what each of them runs, told once for all versions of Python."""

from __future__ import annotations

import itertools
import re
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping, strings
from bootstrap.facts.parts import Target
from bootstrap.facts.rewrite import words
from bootstrap.facts.scan import Scan, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_ENVIRONMENTS = 200
ANY = "py"
"""The environment of whatever Python runs tox."""

_VERSION = re.compile(r"(py|pypy|cpython|graalpy)\d*(\.\d+)*t?|\d+\.\d+t?")


@dataclass(frozen=True)
class Environment:
    """An environment, the file and the line (as a pattern) that name it, and its commands."""

    name: str
    path: str
    shown: str
    commands: tuple[str, ...]


def targets(scan: Scan, directory: str, prefix: str) -> Iterator[Target]:
    """A target for each environment; those that differ only in the version of Python are one."""
    seen: set[str] = set()
    for one in itertools.islice(_environments(scan, directory), MAX_ENVIRONMENTS):
        name = general(one.name)
        body = tuple(_of(one.commands, set(one.name.split("-"))))
        if name not in seen:
            seen.add(name)
            where = scan.at(one.path, one.shown)
            run = f"{prefix}tox -e {name}"
            yield Target(name, run, directory, body, where, "tox", "python")


def general(name: str) -> str:
    """The name of an environment for any version: `py311-tests` → `py-tests`."""
    factors = name.split("-")
    plain = [factor for factor in factors if not _VERSION.fullmatch(factor)]
    return name if len(plain) == len(factors) else "-".join([ANY, *plain])


def called(run: str, known: Iterable[str]) -> list[str]:
    """The names, of those that are known, of the environments that a command asks for.

    `-e` names them, `-f` names factors that they have. An unknown one is like the one for any
    version: it has no commands of its own.
    """
    said, known = words(run), list(known)
    found: list[str] = []
    for flag, value in itertools.pairwise(said):
        if flag == "-e":
            names = [general(name) for name in value.strip("\"'").split(",")]
            found += [name if name in known else ANY for name in names]
        elif flag == "-f":
            factors = {one for one in value.strip("\"'").split("-") if not _VERSION.fullmatch(one)}
            found += [name for name in known if factors <= set(name.split("-"))]
    return list(dict.fromkeys(name for name in found if name in known))


def _environments(scan: Scan, directory: str) -> Iterator[Environment]:
    for name in ("tox.ini", "setup.cfg"):
        path = join(directory, name)
        yield from _of_ini(path, scan.text(path))
    for name, keys in (("tox.toml", ()), ("pyproject.toml", ("tool", "tox"))):
        path = join(directory, name)
        table = mapping(dig(scan.toml(path), *keys))
        yield from _of_ini(path, str(table.get("legacy_tox_ini") or ""))
        yield from _of_toml(path, table)


def _of_ini(path: str, text: str) -> Iterator[Environment]:
    if "[testenv" not in text:
        return
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except ConfigError:
        return
    own = [name for name in parser.sections() if name.startswith("testenv:")]
    plain = _lines(parser, "testenv")
    for section in own:
        commands = _lines(parser, section) if parser.has_option(section, "commands") else plain
        for name in _expanded(section.removeprefix("testenv:")):
            yield Environment(name, path, rf"^\[{re.escape(section)}\]", commands)
    listed = " ".join(
        parser.get("tox", key, fallback="") for key in ("env_list", "envlist", "envlist[]")
    )
    for name in (*_expanded(",".join(listed.split())), ANY):
        yield Environment(name, path, r"^\[testenv\]", plain)


def _lines(parser: ConfigParser, section: str) -> tuple[str, ...]:
    text = parser.get(section, "commands", fallback="").replace("\\\n", " ")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _of_toml(path: str, table: dict[str, object]) -> Iterator[Environment]:
    if not table:
        return
    plain = _commands(table.get("env_run_base"))
    for name, own in mapping(table.get("env")).items():
        commands = _commands(own) if "commands" in mapping(own) else plain
        yield Environment(name, path, rf"env[.\"]+{re.escape(name)}\b", commands)
    if plain:
        for name in (*strings(table.get("env_list")), ANY):
            yield Environment(name, path, r"env_run_base", plain)


def _commands(table: object) -> tuple[str, ...]:
    found = mapping(table).get("commands")
    rows = found if isinstance(found, list) else []
    return tuple(" ".join(strings(row)) for row in rows if isinstance(row, list | str))


_BRACES = re.compile(r"\{([^{}]*)\}")


def _expanded(text: str) -> Iterator[str]:
    """The names in a list of tox: `3.1{0-2}-{tests,mypy}, lint`."""
    for part in _parts(text):
        choices = [
            [choice for one in piece.split(",") for choice in _range(one)] if odd else [piece]
            for piece, odd in zip(_BRACES.split(part), itertools.cycle((False, True)))
        ]
        for combination in itertools.islice(itertools.product(*choices), MAX_ENVIRONMENTS):
            name = "".join(combination).strip()
            if re.fullmatch(r"[\w.-]+", name):
                yield name


def _parts(text: str) -> list[str]:
    """A list split at the commas that stand outside braces."""
    return [part for part in re.split(r",(?![^{}]*\})|\s+(?![^{}]*\})", text) if part]


def _range(text: str) -> list[str]:
    match = re.fullmatch(r"\s*(\d{1,3})-(\d{1,3})\s*", text)
    if not match or int(match[2]) - int(match[1]) > MAX_ENVIRONMENTS:
        return [text.strip()]
    return [str(number) for number in range(int(match[1]), int(match[2]) + 1)]


_FOR = re.compile(r"^((?:[!\w.,-]|\{[^{}\s]*\})+):\s+(.*)$")
# What the command line of tox hands on.
_HANDED_ON = re.compile(r"\{posargs(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}|\{\[[^{}]*\}")


def _of(commands: Iterable[str], factors: set[str]) -> Iterator[str]:
    """The commands for an environment with these factors; a dash before one ignores its failure."""
    for line in commands:
        match = _FOR.match(line)
        if match and not any(_fits(name, factors) for name in _expanded_factors(match[1])):
            continue
        yield _HANDED_ON.sub("", match[2] if match else line).removeprefix("- ").strip()


def _expanded_factors(text: str) -> Iterator[str]:
    for part in _parts(text):
        yield from ([part] if part.startswith("!") else [*_expanded(part)] or [part])


def _fits(name: str, factors: set[str]) -> bool:
    return all(
        (one[1:] not in factors) if one.startswith("!") else one in factors
        for one in name.split("-")
    )
