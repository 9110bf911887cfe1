"""One run: the settings of a repository, the plan for its forge, and doing it change by change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from bootstrap import facts as detect
from bootstrap.errors import UserError
from bootstrap.forge import Change, Forge, Label, RefusedError, Settings, State
from bootstrap.forge import plan as planning
from bootstrap.forge import settings as reader
from bootstrap.repo import Repo, git


@dataclass(frozen=True)
class Outcome:
    """The changes as they were planned or done, and what stopped a run half-way."""

    state: State
    changes: tuple[Change, ...]
    done: bool = False
    stopped: UserError | None = None

    @property
    def writes(self) -> int:
        """How many changes write something."""
        return sum(change.writes for change in self.changes)

    @property
    def skipped(self) -> bool:
        """Whether something could not be done that the user asked for."""
        return bool(self.stopped) or any(one.action == "skipped" for one in self.changes)


def wanted(repo: Repo, *, removing: bool = False) -> Settings:
    """What the repository wants of its forge. `bootstrap remove` may have deleted the file just
    now, so a removal reads the committed one then.
    """
    text = repo.text(reader.PATH)
    if text is None and removing:
        known = git(repo.root, "show", f"HEAD:{reader.PATH}", ok=(0, 128))
        text = known.decode(errors="replace") or None
    if text is None:
        raise UserError(
            f"there is no {reader.PATH} here", "factors 2, 9 and 12 bring it: `bootstrap apply`"
        )
    return reader.parse(text)


def plan(repo: Repo, settings: Settings, forge: Forge, *, removing: bool = False) -> Outcome:
    """What would be changed on the forge, or taken away from it."""
    state = forge.read(settings)
    if removing:
        return Outcome(state, planning.removal(settings, state))
    made = planning.plan(settings, state, lambda path: path in repo.files)
    return Outcome(state, tuple(_synced(repo, made)))


def apply(made: Outcome, forge: Forge) -> Outcome:
    """Do a plan. What the forge refuses is skipped; what stops the run is in the outcome."""
    changes: list[Change] = []
    stopped: UserError | None = None
    for change in made.changes:
        try:
            if change.writes and stopped is None:
                forge.write(change, made.state)
        except RefusedError as why:
            changes.append(replace(change, action="todo" if why.plan else "skipped", why=str(why)))
            continue
        except UserError as error:
            stopped = error
        if stopped is None or not change.writes:
            changes.append(change)
    return Outcome(made.state, tuple(changes), done=True, stopped=stopped)


# --- labels that a tool makes from a file: it would delete ours ---


def _synced(repo: Repo, made: Iterable[Change]) -> Iterator[Change]:
    """The plan with new labels as lines for the file that labels come from, if there is one."""
    made = tuple(made)
    new = [one.value for one in made if one.action == "create" and isinstance(one.value, Label)]
    source = detect.read(repo).labels_synced if new else None
    if source is None:
        yield from made
        return
    yield from (one for one in made if one.value not in new)
    text = repo.text(source.value) or ""
    missing = [one for one in new if not _named(one.name, text)]
    if missing:
        why = f"labels are made from {source.value}, and others deleted: add these there"
        written = _json if source.value.endswith(".json") else _yaml
        yield Change("label", "", "todo", why, snippet=_rows(missing, written))
    for one in new:
        if one not in missing:
            yield Change("label", one.name, "todo", f"it comes when {source.value} is next used")


def _named(label: str, text: str) -> bool:
    """Whether a file in YAML or JSON has a label of that name."""
    return bool(re.search(rf"""name["']?\s*:\s*["']?{re.escape(label)}["']?\s*[,}}#\n]""", text))


def _rows(labels: Iterable[Label], written: Callable[[dict[str, str]], str]) -> str:
    return "".join(
        written({"name": one.name, "color": one.color, "description": one.description})
        for one in labels
    )


def _yaml(row: dict[str, str]) -> str:
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in row.items()]
    return "- " + "\n  ".join(lines) + "\n"


def _json(row: dict[str, str]) -> str:
    return json.dumps(row, ensure_ascii=False) + ",\n"
