"""What a repository remembers after a run, as changes of its answers file and its record."""

from __future__ import annotations

from collections.abc import Mapping

from bootstrap import record
from bootstrap.pieces import Piece
from bootstrap.plan import Change
from bootstrap.record import Entry
from bootstrap.render import Answers, answers_text
from bootstrap.repo import Repo
from bootstrap.state import State

Remembered = Mapping[str, tuple[Piece, Entry]]
"""Template path → its row in the registry, and what to remember."""


def changes(repo: Repo, state: State, answers: Answers | None, entries: Remembered) -> list[Change]:
    """What makes `repo` remember `answers` (None: nothing) and, in a retrofit, `entries`."""
    files = _record_files(answers, entries) if answers and answers.get("retrofit") else {}
    old = {path for path in repo.files if path.startswith(f"{record.FOLDER}/")}
    found = [_change(repo, path, files.get(path)) for path in sorted(old | set(files))]
    if answers != state.answers or state.answers_file in state.merged:
        text = None if answers is None else answers_text(answers)
        found.append(_change(repo, state.answers_file, text))
    return [change for change in found if change.before != change.after]


def _record_files(answers: Answers, entries: Remembered) -> Mapping[str, bytes]:
    groups: dict[str, list[Entry]] = {}
    for piece, entry in entries.values():
        name = record.file_of(piece.factors, answers.get("factors", ()))
        groups.setdefault(name, []).append(entry)
    return {name: record.dump(group) for name, group in groups.items()}


def _change(repo: Repo, path: str, after: bytes | None) -> Change:
    before = repo.read(path)
    action = "delete" if after is None else "create" if before is None else "update"
    return Change(path, action, "memory", before, after)
