"""What a repository remembers of the template: its answers and its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bootstrap import conflict, plain_yaml, record
from bootstrap.errors import UserError
from bootstrap.record import Record
from bootstrap.render import ANSWERS_FILE, Answers
from bootstrap.repo import Repo

BESIDE = ".copier-answers.twelvefold.yml"
"""The answers file where another template's stands at the usual place."""

_LISTS = {"factors": int, "agents": str, "adopted_paths": str}

_PATHS = ("docs_dir", "guide_dir", "agents_file")

MARK = "twelvefold"
"""The answer that only this template, under whatever address, records."""


@dataclass(frozen=True)
class State:
    """The memory of a repository; `answers` is None before the first run."""

    answers_file: str
    answers: Answers | None
    record: Record
    sides: tuple[Answers, ...] = ()
    """The answers that the record was written with: two where branches met in a conflict."""
    merged: tuple[str, ...] = ()
    """Files whose conflict was resolved by union; they have to be written."""

    def answers_with(self, factor: int) -> Answers:
        """The answers of the branch that applied `factor`, which may have been taken away since."""
        chosen = [side for side in self.sides if factor in side.get("factors", ())]
        answers = (chosen or [*self.sides, self.answers or {}])[0]
        factors = answers.get("factors", [factor])
        if not factor or factor in factors:
            return answers
        return {**answers, "factors": sorted([*factors, factor])}

    @property
    def retrofitted(self) -> bool:
        """Whether the repository was there before the template."""
        return bool(self.answers and self.answers.get("retrofit"))


def read(repo: Repo, answers_file: str | None = None) -> State:
    """The state of `repo`; `answers_file` names the file to use, where the user did so."""
    hidden = [
        path for path in repo.absent if path.startswith((f"{record.FOLDER}/", ".copier-answers"))
    ]
    if hidden:
        raise UserError(
            f"{min(hidden)} is outside of the sparse checkout", "add it with git sparse-checkout"
        )
    path, sides = _answers(repo, answers_file)
    merged: tuple[str, ...] = (path,) if len(sides) > 1 else ()
    texts: list[tuple[str, str]] = []
    for name in repo.shallow:
        if name.startswith(f"{record.FOLDER}/") and name.endswith(".yml"):
            text = _text(repo, name)
            if text is None:
                continue
            one, two = conflict.sides(text)
            texts += [(name, one), (name, two)]
            if one != two:
                merged += (name,)
    answers = _union(sides, path) if sides else None
    return State(path, answers, record.parse(texts), sides, merged)


def _text(repo: Repo, path: str) -> str | None:
    """The text of a record file; None if it was deleted."""
    text = repo.text(path)
    if text is None and (repo.root / path).exists():
        raise UserError(f"{path} is too large or can't be read", "restore it with git")
    return text


def _answers(repo: Repo, named: str | None) -> tuple[str, tuple[Answers, ...]]:
    if named is not None:
        found = _load(repo, named)
        if not found:
            raise UserError(
                f"{named} is no answers file of this template", "leave out --answers-file"
            )
        return named, found
    for path in (BESIDE, ANSWERS_FILE):
        if found := _load(repo, path):
            return path, found
    return (BESIDE if ANSWERS_FILE in repo.files else ANSWERS_FILE), ()


def _load(repo: Repo, path: str) -> tuple[Answers, ...]:
    """The answers in a file of ours: one version, or both of a conflict; none if not ours."""
    text = repo.text(path)
    if text is None or MARK not in text:
        return ()
    one, two = (_parse(side, path) for side in conflict.sides(text))
    if MARK not in one or MARK not in two:
        return ()
    return (one,) if one == two else (one, two)


def _parse(text: str, path: str) -> dict[str, Any]:
    try:
        data = plain_yaml.load(text)
    except ValueError as error:
        raise UserError(f"{path} can't be read ({error})", "restore the file with git") from None
    if not isinstance(data, dict):
        raise UserError(f"{path} holds no answers", "restore the file with git")
    for name, kind in _LISTS.items():
        value = data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise UserError(
                f"{path}: {name} is not a list of {kind.__name__}", "restore it with git"
            )
    for name in _PATHS:
        if not _is_place(data.get(name, "x"), path):
            raise UserError(f"{path}: {name} is no path to write to", "restore it with git")
    if not isinstance(data.get("retrofit", False), bool):
        raise UserError(f"{path}: retrofit is neither true nor false", "restore it with git")
    return data


def _is_place(value: object, answers_file: str) -> bool:
    """Whether a recorded path can be where something of ours is, our own memory excepted."""
    text = str(value)
    memory = text == answers_file or f"{text}/".startswith(f"{record.FOLDER}/")
    return text.isprintable() and record.is_path(value) and not memory


def _union(sides: tuple[Answers, ...], path: str) -> Answers:
    """Within one version: what either side of a conflict chose."""
    one, two = sides[0], sides[-1]
    if any(one.get(name) != two.get(name) for name in ("_commit", "_src_path")):
        raise UserError(
            f"{path} holds two versions of the template in conflict",
            "keep the newer `_commit`, then run `bootstrap update`",
        )
    merged = {**two, **one}
    for name in _LISTS:
        if name in merged:
            merged[name] = sorted({*one.get(name, ()), *two.get(name, ())})
    return merged
