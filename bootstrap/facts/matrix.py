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
# A flag that only hands on which version this row of the matrix is about.
_VERSION_FLAG = re.compile(
    r"\s--?[\w-]+[ =][\"']?\$\{\{\s*matrix\.[\w.-]*(?:version|python|node|ruby|php)\s*\}\}[\"']?"
    r"(?=\s|$)"
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
# A value, perhaps with the text that stands for it where it is empty: `${{ matrix.x || 'y' }}`.
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*(?:\|\|\s*'([^']*)'\s*)?\}\}")


def fill(text: str, values: dict[str, str]) -> str:
    """Put known values and defaults into `${{ matrix.x }}`, `${{ env.X }}`; others stay."""

    def value(match: re.Match[str]) -> str:
        default = values.get(_REST, match[0]) if match[1].startswith("matrix.") else match[0]
        found = values.get(match[1], default)
        return match[2] if match[2] is not None and found in ("", match[0]) else found

    text = _VERSION_FLAG.sub("", text)
    text = _EXPRESSION.sub(value, text)
    return re.sub(r"\$\{?(\w+)\}?", lambda m: values.get(f"env.{m[1]}", m[0]), text)


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
