"""What a repository remembers of the template: its answers and its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bootstrap import conflict, record
from bootstrap.errors import UserError
from bootstrap.record import Record
from bootstrap.render import ANSWERS_FILE, Answers
from bootstrap.repo import Repo

BESIDE = ".copier-answers.twelvefold.yml"
"""The answers file where another template's stands at the usual place."""

MARK = "twelvefold"
"""The answer that only this template, under whatever address, records."""


@dataclass(frozen=True)
class State:
    """The memory of a repository; `answers` is None before the first run."""

    answers_file: str
    answers: Answers | None
    record: Record
    merged: tuple[str, ...] = ()
    """Files whose conflict was resolved by union; they have to be written."""

    @property
    def retrofitted(self) -> bool:
        """Whether the repository was there before the template."""
        return bool(self.answers and self.answers.get("retrofit"))


def read(repo: Repo, answers_file: str | None = None) -> State:
    """The state of `repo`; `answers_file` names the file to use, where the user did so."""
    path, answers, merged = _answers(repo, answers_file)
    texts: list[str] = []
    for name in sorted(repo.files):
        if name.startswith(f"{record.FOLDER}/") and (text := repo.text(name)) is not None:
            two = conflict.sides(text)
            texts += two
            if two[0] != two[1]:
                merged += (name,)
    return State(path, answers, record.parse(texts), merged)


def _answers(repo: Repo, named: str | None) -> tuple[str, Answers | None, tuple[str, ...]]:
    if named is not None:
        found = _load(repo, named)
        if found is None:
            raise UserError(
                f"{named} is no answers file of this template", "leave out --answers-file"
            )
        return named, *found
    for path in (BESIDE, ANSWERS_FILE):
        if (found := _load(repo, path)) is not None:
            return path, *found
    return (BESIDE if ANSWERS_FILE in repo.files else ANSWERS_FILE), None, ()


def _load(repo: Repo, path: str) -> tuple[Answers, tuple[str, ...]] | None:
    text = repo.text(path)
    if text is None or MARK not in text:
        return None
    one, two = (_parse(side, path) for side in conflict.sides(text))
    if one == two:
        return (one, ()) if MARK in one else None
    return _union(one, two, path), (path,)


def _parse(text: str, path: str) -> dict[str, Any]:
    try:
        data = yaml.load(text, Loader=yaml.CSafeLoader)  # noqa: S506 - a safe loader, the fast one
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise UserError(f"{path}:{line} is broken YAML", "restore the file with git") from None
    if not isinstance(data, dict):
        raise UserError(f"{path} holds no answers", "restore the file with git")
    return data


def _union(one: Mapping[str, Any], two: Mapping[str, Any], path: str) -> Answers:
    """Both sides of a conflict within one version: what either of them chose."""
    if any(one.get(name) != two.get(name) for name in ("_commit", "_src_path")):
        raise UserError(
            f"{path} holds two versions of the template in conflict",
            "keep the newer `_commit`, then run `bootstrap update`",
        )
    merged = {**two, **one}
    for name in ("factors", "agents", "adopted_paths"):
        if name in merged:
            merged[name] = sorted({*one.get(name, ()), *two.get(name, ())})
    return merged
