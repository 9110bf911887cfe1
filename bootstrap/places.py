"""Template path → the path in this repository, so that nothing ends up there twice.

A file that the repository keeps under another accepted name, in another letter case or behind a
link is the one to patch.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from bootstrap import exclusions
from bootstrap.facts import containers, owners
from bootstrap.render import Answers
from bootstrap.repo import Repo


@dataclass(frozen=True)
class Place:
    """Where a template path belongs; `problem` says why it can't go there."""

    path: str
    why: str = ""
    problem: str = ""


def of(repo: Repo, path: str, answers: Answers, recorded: str | None = None) -> Place:
    """The place of the template path `path`."""
    if recorded is not None:
        return _behind_links(repo, recorded)
    for pattern, names in _ACCEPTED:
        if re.fullmatch(pattern, path):
            found = next((name for name in names(repo) if repo.find(name)), None)
            if found is not None:
                return _spelled(found, _behind_links(repo, repo.find(found) or found))
    moved = _in_their_folder(repo, _moved(path, answers))
    exact = path in {".gitignore", ".gitattributes"}  # git reads no other spelling
    place = _behind_links(repo, moved if exact else repo.find(moved) or moved)
    if exact and place.path != path:
        return Place(path, problem=f"{path} is a link, which git does not follow")
    return place


def _spelled(name: str, place: Place) -> Place:
    """The place, if its file counts for its reader: GitHub knows owners by one spelling only."""
    if posixpath.basename(name) != "CODEOWNERS" or place.path == name or place.why:
        return place
    return Place(place.path, problem=f"GitHub reads no other spelling than {name}: rename it")


def _moved(path: str, answers: Answers) -> str:
    if path == "docs/propose-a-change.md":
        return f"{answers.get('guide_dir', 'docs')}/propose-a-change.md"
    if path.startswith("docs/"):
        return f"{answers.get('docs_dir', 'docs')}/{path.removeprefix('docs/')}"
    if path.startswith(".githooks/"):
        return f"{answers.get('hooks_dir', '.githooks')}/{path.removeprefix('.githooks/')}"
    if path == "AGENTS.md":
        return str(answers.get("agents_file", path))
    if path == "CLAUDE.md":
        return str(answers.get("claude_file") or path)
    return path


_FORMS = ".github/ISSUE_TEMPLATE/"


def _in_their_folder(repo: Repo, path: str) -> str:
    """A form beside theirs, in the spelling of their folder: some file systems know but one."""
    if not path.startswith(_FORMS) or repo.find(path):
        return path
    named = (one for one in repo.shallow if one.lower().startswith(_FORMS.lower()))
    return next(named, path)[: len(_FORMS)] + path.removeprefix(_FORMS)


def _pull_request_templates(repo: Repo) -> list[str]:
    return [path for path in repo.shallow if owners.IS_TEMPLATE.match(path)]


def _code_owners(repo: Repo) -> list[str]:
    return [path for path in owners.ON_GITHUB if path in repo.files] or [*owners.ON_GITHUB]


def _dev_containers(repo: Repo) -> list[str]:
    own = [path for path in repo.files if containers.DEVCONTAINER.match(path)]
    return sorted(own, key=containers.order)


def _names(names: tuple[str, ...]) -> Callable[[Repo], list[str]]:
    return lambda _: list(names)


_ACCEPTED: tuple[tuple[str, Callable[[Repo], list[str]]], ...] = (
    (r"\.devcontainer/devcontainer\.json", _dev_containers),
    (r"\.github/pull_request_template\.md", _pull_request_templates),
    (r"\.github/CODEOWNERS", _code_owners),
    (
        r"mise\.toml",
        lambda _: ["mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml"],
    ),
    (
        r"lefthook\.yml",
        lambda _: ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"],
    ),
    *((re.escape(path), _names(names)) for path, names in exclusions.accepted().items()),
)


_MOST_LINKS = 20


def _behind_links(repo: Repo, path: str) -> Place:
    """The file at the end of the links, if all of them stay inside the repository."""
    seen = [path]
    while True:
        step = _through_folders(repo, seen[-1])
        if step is None:
            target = repo.root / seen[-1]
            if not target.is_symlink():
                why = f"{path} is a link to {seen[-1]}" if len(seen) > 1 else ""
                return Place(seen[-1], why)
            step = posixpath.normpath(
                posixpath.join(posixpath.dirname(seen[-1]), str(target.readlink()))
            )
        if step.startswith(("../", "/")) or step in {"..", ".", *seen} or len(seen) > _MOST_LINKS:
            return Place(path, problem=f"{path} is a link that leads out of the repository")
        seen.append(step)


def _through_folders(repo: Repo, path: str) -> str | None:
    """`path` with its first linked folder replaced by what the link says; None if there is none."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        folder = "/".join(parts[:depth])
        if (repo.root / folder).is_symlink():
            target = str((repo.root / folder).readlink())
            here = posixpath.dirname(folder)
            return posixpath.normpath(posixpath.join(here, target, *parts[depth:]))
    return None
