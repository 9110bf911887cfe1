"""The rows of a CI matrix, the inputs of workflows, and the expressions that both fill in."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from bootstrap.facts.load import dig, mapping

if TYPE_CHECKING:
    from bootstrap.facts.scan import Scan

MAX_ROWS = 12

_VERSIONS = re.compile(r"version|os$|^os|python|node|ruby|php|go$|toolchain|^rust$")
# A flag that only hands on which version this row of the matrix is about; with `-e` and `-f` tox
# is told an environment.
_VERSION_FLAG = re.compile(
    r"\s(?!-[ef] )--?[\w-]+[ =][\"']?"
    r"\$\{\{\s*matrix\.[\w.-]*(?:version|python|node|ruby|php)\s*\}\}[\"']?(?=\s|$)"
)


def matrix_rows(matrix: Any) -> list[dict[str, str]]:
    """The combinations of a matrix as substitutions; versions and systems don't multiply it."""
    table = mapping(matrix)
    axes = {
        key: [value for value in values if isinstance(value, str | dict)]
        for key, values in table.items()
        if isinstance(values, list) and key not in ("include", "exclude")
    }
    short = {
        key: values if not _VERSIONS.search(key) else values[:1]
        for key, values in axes.items()
        if values
    }
    rows: list[dict[str, Any]] = [
        dict(zip(short, combination, strict=True))
        for combination in itertools.islice(itertools.product(*short.values()), MAX_ROWS)
    ]
    extra = [mapping(row) for row in table.get("include") or [] if isinstance(row, dict)]
    rows = ([] if rows == [{}] and extra else rows) + extra[:MAX_ROWS]
    for key, values in axes.items():
        for row in rows:
            row.setdefault(key, values[0] if values else "")
    nested = [value for values in table.values() if isinstance(values, list) for value in values]
    if not axes and not extra and nested:
        rows = [{}]
    flat = [_flat("matrix", row) for row in rows]
    if table and not any("${{" in str(value) for value in table.values()):
        # What a row doesn't name is empty in it.
        flat = [{**row, _REST: ""} for row in flat]
    return flat


def _flat(prefix: str, row: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in row.items():
        if isinstance(value, str):
            flat[f"{prefix}.{key}"] = value
        elif isinstance(value, dict):
            flat.update({f"{prefix}.{key}.{k}": v for k, v in value.items() if isinstance(v, str)})
    return flat


_REST = "matrix.*"
_EXPRESSION = re.compile(r"\$\{\{(.{0,400}?)\}\}")


def fill(text: str, values: dict[str, str]) -> str:
    """Put known values into `${{ matrix.x }}`, `${{ env.X || 'y' }}`; what is unknown stays."""

    def value(match: re.Match[str]) -> str:
        found = _either(match[1], values)
        return match[0] if found is None else found

    text = _VERSION_FLAG.sub("", text)
    text = _EXPRESSION.sub(value, text)
    return re.sub(r"\$\{?(\w+)\}?", lambda m: values.get(f"env.{m[1]}", m[0]), text)


def _either(text: str, values: dict[str, str]) -> str | None:
    """The first operand of `||` that is something; beside a known one an unknown one is nothing."""
    found = [_both(part, values) for part in _split(text, "||")]
    said = [one for one in found if one is not None]
    return next((one for one in said if one), said[-1] if said else None)


def _both(text: str, values: dict[str, str]) -> str | None:
    found = [_operand(part.strip(), values) for part in _split(text, "&&")]
    return None if None in found else next((one for one in found if not one), found[-1])


_FORMAT = re.compile(r"format\(\s*'([^']*)'\s*,(.*)\)")


def _operand(text: str, values: dict[str, str]) -> str | None:
    """A string, a value by its name, or a `format` of them; of all else nothing is known."""
    if re.fullmatch(r"'[^']*'", text):
        return text[1:-1]
    if match := _FORMAT.fullmatch(text):
        parts = [_operand(part.strip(), values) for part in match[2].split(",")]
        known = {str(place): part for place, part in enumerate(parts) if part is not None}
        filled = re.sub(r"\{(\d+)\}", lambda m: known.get(m[1], m[0]), match[1])
        return None if len(known) < len(parts) else filled
    if not re.fullmatch(r"[\w.-]+", text):
        return None
    return values.get(text, values.get(_REST) if text.startswith("matrix.") else None)


def _split(text: str, sign: str) -> list[str]:
    """The operands of an operator that stands outside quotes and parentheses."""
    hidden = re.sub(r"'[^']*'|\([^()]*\)", lambda match: "_" * len(match[0]), text)
    lengths = [len(part) for part in hidden.split(sign)]
    starts = [sum(lengths[:i]) + i * len(sign) for i in range(len(lengths))]
    return [text[start : start + length] for start, length in zip(starts, lengths, strict=True)]


def inputs_of(action: Any, step: dict[str, Any]) -> dict[str, str]:
    """The inputs of a local action: their defaults, and what a step hands over."""
    defaults = {key: dig(given, "default") for key, given in mapping(dig(action, "inputs")).items()}
    given = {**defaults, **mapping(step.get("with"))}
    return {f"inputs.{k}": str(v) for k, v in given.items() if isinstance(v, str)}


def handed_over(scan: Scan, paths: list[str]) -> dict[str, list[dict[str, str]]]:
    """Path of a workflow of the repository → the inputs of each job that calls it."""
    found: dict[str, list[dict[str, str]]] = {}
    for path in paths:
        for job in mapping(dig(scan.yaml(path), "jobs")).values():
            called = re.fullmatch(r"(?:\./|[\w.-]+/[\w.-]+/)(\S+?)(?:@\S+)?", str(dig(job, "uses")))
            if called and called[1] in paths:
                inputs = dig(scan.yaml(called[1]), "on", "workflow_call")
                found.setdefault(called[1], []).append(
                    inputs_of({"inputs": dig(inputs, "inputs")}, job)
                )
    return found
