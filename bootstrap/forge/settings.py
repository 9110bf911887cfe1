"""Reads `.process/settings.yml`: what a repository wants of its forge.

The file is strict: what is not known is an error, since a misspelt key would silently want nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bootstrap import plain_yaml
from bootstrap.errors import UserError
from bootstrap.forge import (
    Check,
    Environment,
    Holder,
    Label,
    Ruleset,
    Settings,
    Switch,
    Variable,
)

PATH = ".process/settings.yml"
FORMAT = 1

_T = TypeVar("_T")

_LINE = r"[^\x00-\x1f\x7f]*"
_LABEL = r"(?=.{1,50}$)" + _LINE
_VARIABLE = r"(?!GITHUB_)[A-Z_][A-Z0-9_]*"
_NAME = r"(?=.{1,255}$)(?=\S)" + _LINE
_FILE = r"(?!/|.*\.\.)[\w./-]+"


def parse(text: str) -> Settings:
    """The settings in a file; a UserError names the first thing that is wrong."""
    try:
        data = plain_yaml.load(text)
    except ValueError as error:
        raise UserError(f"{PATH} can't be read: {error}", "repair it by hand") from None
    known = {"format", "auto_merge", "labels", "ruleset", "environments", "variables"}
    top = _mapping(data, "the file", known)
    if top.get("format") != FORMAT:
        raise _wrong("format", f"is not {FORMAT}", "use the version of bootstrap that wrote it")
    found = Settings(
        auto_merge=_auto_merge(top["auto_merge"]) if "auto_merge" in top else None,
        labels=_list(top, "labels", _label),
        ruleset=_ruleset(top["ruleset"]) if "ruleset" in top else None,
        environments=_list(top, "environments", _environment),
        variables=_list(top, "variables", _variable),
    )
    _held_in_listed(found)
    return found


def _auto_merge(data: Any) -> Switch:
    return Switch(_needs(_mapping(data, "auto_merge", {"needs"}), "auto_merge"))


def _label(data: Any, where: str) -> Label:
    row = _mapping(data, where, {"name", "color", "description", "needs"})
    return Label(
        _text(row, where, "name", _LABEL, "1 to 50 characters"),
        _text(row, where, "color", r"[0-9A-Fa-f]{6}", "six hexadecimal digits in quotes").lower(),
        _text(row, where, "description", r"(?=.{0,100}$)" + _LINE, "at most 100 characters", ""),
        _needs(row, where),
    )


def _ruleset(data: Any) -> Ruleset:
    row = _mapping(data, "ruleset", {"name", "checks"})
    name = _text(row, "ruleset", "name", _NAME, "a name")
    return Ruleset(name, _list(row, "checks", _check, "ruleset."))


def _check(data: Any, where: str) -> Check:
    row = _mapping(data, where, {"name", "app", "once", "needs"})
    name = _text(row, where, "name", _NAME, "the name of a check")
    return Check(name, _app(row, where), _once(row, where), _needs(row, where))


def _app(row: Mapping[str, Any], where: str) -> str | Holder | None:
    if isinstance(row.get("app"), Mapping):
        place = f"{where}.app"
        held = _mapping(row["app"], place, {"environment", "variable"})
        return Holder(
            _text(held, place, "environment", _NAME, "a name"),
            _text(held, place, "variable", _VARIABLE, "capitals, digits and _"),
        )
    slug = _text(row, where, "app", r"[a-z0-9-]+", "the slug of an App", "")
    return slug or None


def _once(row: Mapping[str, Any], where: str) -> Variable | None:
    return _variable(row["once"], f"{where}.once") if "once" in row else None


def _environment(data: Any, where: str) -> Environment:
    row = _mapping(data, where, {"name", "needs"})
    return Environment(_text(row, where, "name", _NAME, "a name"), _needs(row, where))


def _variable(data: Any, where: str) -> Variable:
    row = _mapping(data, where, {"name", "value", "needs"})
    return Variable(
        _text(row, where, "name", _VARIABLE, "capitals, digits and _"),
        _text(row, where, "value", r".+", "text in quotes"),
        _needs(row, where),
    )


def _held_in_listed(found: Settings) -> None:
    """The id of an App is safe only in an environment that is limited to the default branch."""
    listed = {one.name for one in found.environments}
    for check in found.ruleset.checks if found.ruleset else ():
        if isinstance(check.app, Holder) and check.app.environment not in listed:
            raise _wrong(
                f"the App of {check.name}",
                f"is in {check.app.environment}, which is no environment of this file",
                "add it to `environments`",
            )


# --- shapes ---


def _mapping(data: Any, where: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise _wrong(where, "is no mapping", f"give it some of {', '.join(sorted(known))}")
    for key in data:
        if key not in known:
            raise _wrong(
                where, f"has the unknown key {key!r}", f"known: {', '.join(sorted(known))}"
            )
    return data


def _list(
    row: Mapping[str, Any], key: str, item: Callable[[Any, str], _T], above: str = ""
) -> tuple[_T, ...]:
    """The items of a list, of which no two have the same name."""
    data = row.get(key, [])
    if not isinstance(data, list):
        raise _wrong(f"{above}{key}", "is no list", "begin each item with `- `")
    found = tuple(item(one, f"{above}{key}[{index}]") for index, one in enumerate(data))
    names = [one["name"].lower() for one in data]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise _wrong(f"{above}{key}[{index}]", f"repeats {name!r}", "keep one of the two")
    return found


def _needs(row: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """One path, or a list of paths of which one is enough."""
    data = row.get("needs", [])
    paths = data if isinstance(data, list) else [data]
    meant = "the path of a file of this repository"
    return tuple(_text({"needs": path}, where, "needs", _FILE, meant) for path in paths)


def _text(
    row: Mapping[str, Any], where: str, key: str, shape: str, meant: str, default: str | None = None
) -> str:
    if key not in row and default is not None:
        return default
    value = row.get(key)
    if not isinstance(value, str) or not re.fullmatch(shape, value, re.DOTALL):
        found = f"is {value!r:.60}" if key in row else "is missing"
        raise _wrong(f"{where}.{key}", found, f"write {meant}")
    return value


def _wrong(where: str, cause: str, remedy: str) -> UserError:
    return UserError(f"{PATH}: {where} {cause}", remedy)
