"""What a repository's own hooks and CI check already, so that ours does not check it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bootstrap.facts.load import load_yaml
from bootstrap.facts.targets import HOOKS, PRE_COMMIT
from bootstrap.facts.tools import uses
from bootstrap.repo import Repo

_SCANNER = re.compile(
    r"(?<!\.)(gitleaks|betterleaks|detect-secrets|trufflehog|ggshield|gitguardian|secretlint"
    r"|kingfisher|talisman|noseyparker|nosey-parker|git-secrets|ripsecrets|secret[-_]detection)",
    re.IGNORECASE,
)
"""A scanner; `.gitleaks.toml` is only its settings, which other tools may leave out."""
_COMMENT = re.compile(r"(^|\s)#.*")
_LABEL = re.compile(r"\s*(- +)?[\"']?(name|description|title)[\"']?\s*:")
_RUN = re.compile(
    r"\.pre-commit-config\.ya?ml|prek\.toml|\.?lefthook\.(ya?ml|toml|json)|\.husky/[^/]+"
    r"|\.?githooks/[^/]+|\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml"
    r"|azure-pipelines\.yml|bitbucket-pipelines\.yml|\.travis\.yml|package\.json|GNUmakefile"
    r"|[Mm]akefile|\.?justfile|Taskfile\.ya?ml"
)
"""Where hooks, CI and tasks are written."""
_NESTED = re.compile(r"(?:[^./][^/]*/)+(?:\.pre-commit-config\.ya?ml|prek\.toml)")
_LEFTHOOK = re.compile(r"\.?lefthook\.(ya?ml|toml|json)")
_PUSH = re.compile(r"^\W*pre-push\b", re.MULTILINE)
_BADGE = "results.pre-commit.ci"


def scans_secrets(repo: Repo) -> str:
    """Where hooks or CI of the repository look for secrets already, as `file:line`; else empty."""
    for path in filter(_RUN.fullmatch, repo.shallow):
        text = repo.text(path) or ""
        if _SCANNER.search(text) and (line := _line(text)):
            return f"{path}:{line}"
    return ""


def _line(text: str) -> int:
    """The first line that calls a scanner: a comment or a name of something does not."""
    for number, line in enumerate(text.splitlines(), 1):
        if not _LABEL.match(line) and _SCANNER.search(_COMMENT.sub("", line)):
            return number
    return 0


def on_pre_commit_ci(repo: Repo) -> bool:
    """Whether pre-commit.ci runs the hooks: it can run none that needs our tools."""
    data = _pipeline(repo)
    readme = repo.find("README.md")
    return isinstance(data.get("ci"), dict) or bool(
        data and readme and _BADGE in (repo.text(readme) or "")
    )


def at_push(repo: Repo, folder: str) -> str:
    """The file by which husky, lefthook or the folder of hooks does something at a push."""
    lefthook = (path for path in repo.shallow if _LEFTHOOK.fullmatch(path))
    found = [path for path in lefthook if _PUSH.search(repo.text(path) or "")]
    hooks = (".husky/pre-push", f"{folder}/pre-push")
    return next((path for path in (*found, *hooks) if path in repo.files), "")


def nested(repo: Repo) -> tuple[str, ...]:
    """The pipelines below the root: prek runs them at a commit, pre-commit does not."""
    return tuple(filter(_NESTED.fullmatch, repo.files))


def hooked(repo: Repo) -> frozenset[str]:
    """The tools that the repository's own hooks run on all files: `ruff check`, `mypy`."""
    found = (use.key for run in _runs(_pipeline(repo)) for use in uses(run))
    return frozenset(found)


def finds_merge_markers(repo: Repo) -> bool:
    """Whether a hook of the repository's own looks for merge markers in all files."""
    return "check-merge-conflict" in _runs(_pipeline(repo))


def _pipeline(repo: Repo) -> dict[str, Any]:
    path = next((path for path in PRE_COMMIT if path in repo.files), "")
    data = load_yaml(repo.text(path) or "") if path and not path.endswith(".toml") else None
    return data if isinstance(data, dict) else {}


def _runs(pipeline: dict[str, Any]) -> Iterator[str]:
    """What the hooks run that see all files: CI may check more than those of a part."""
    for own, hook in _hooks(pipeline):
        ident, entry = str(hook.get("id")), str(hook.get("entry") or "")
        if not (hook.get("files") or hook.get("exclude")):
            yield entry if own and entry else HOOKS.get(ident, ident)


def _hooks(pipeline: dict[str, Any]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """The hooks at a commit or a push, and whether each is local; ours are no part of them."""
    for source in _dicts(pipeline.get("repos")):
        for hook in _dicts(source.get("hooks")):
            if not (str(hook.get("id")).startswith("process-") or hook.get("stages") == ["manual"]):
                yield source.get("repo") == "local", hook


def _dicts(rows: Any) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
