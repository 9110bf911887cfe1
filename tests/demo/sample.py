"""A small repository with a history of its own: two languages, hooks, agents, and untidy files.

It is kept as text, so that no setting of git, no editor and no agent that works on this project takes
its files for the project's own.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PRE_COMMIT = """\
# Hooks of the parcels team.
# Ask in #parcels before you add a slow one!
default_language_version: {python: python3}

repos:
-   repo: https://github.com/pre-commit/pre-commit-hooks
    rev: v5.0.0     # pinned by hand
    hooks:
    -   id: trailing-whitespace
        exclude: ^web/fixtures/
    -   {id: check-merge-conflict}
    # - id: no-commit-to-branch   (too strict, see the wiki)

-   repo: local
    hooks:
    -   id: eslint
        name: 'eslint'
        entry: npm run lint --
        language: system
        types_or: [ts, tsx]
"""

AGENTS = """\
Parcels
=======

* The state machine in `api/parcels/state.py` is the heart; read it first.
* Never log an address.

    an indented block, with trailing blanks\x20\x20

Money is in cents
"""

CLAUDE = "# Claude\n\nAnswer in short sentences. The rest is in the wiki."  # no last line break

SETTINGS = """\
{
\t// agreed on in spring
\t"permissions": {
\t\t"allow": ["Bash(npm run lint:*)", "Bash(npm test:*)"],
\t\t"deny": ["Read(.env)"],
\t},
}
"""

DEV_CONTAINER = """\
{
  "name": "parcels",   // one for everybody
  "image": "mcr.microsoft.com/devcontainers/typescript-node:22",
  "forwardPorts": [5173, 8000],
  "remoteUser": "node"
}
"""

CI = """\
name: CI
on:
  pull_request:
  push: {branches: [trunk]}

jobs:
    web:
        runs-on: ubuntu-latest
        steps:
            - uses: actions/checkout@v4
            - uses: actions/setup-node@v4
              with: {node-version: 22, cache: npm}
            - run: npm ci
            - run: npm run lint
            - run: npm test -- --run
    api:
        runs-on: ubuntu-latest
        defaults: {run: {working-directory: api}}
        steps:
            - uses: actions/checkout@v4
            - uses: astral-sh/setup-uv@v6
            - run: uv sync
            - run: uv run ruff check .
            - run: uv run pytest -q
"""

GITIGNORE = "node_modules/\r\ndist/\r\n\r\n# local\r\n.env\r\n*.log"  # Windows, no last line break

PACKAGE = """\
{
    "name": "parcels-web",
    "private": true,
    "type": "module",
    "scripts": {
        "dev": "vite",
        "lint": "eslint web",
        "typecheck": "tsc --noEmit",
        "test": "vitest"
    },
    "devDependencies": {"eslint": "^9.0.0", "typescript": "^5.6.0", "vite": "^6.0.0", "vitest": "^3.0.0"}
}
"""

PYPROJECT = """\
[project]
name = "parcels"
version = "0.4.1"
requires-python = ">=3.11"
dependencies = ["fastapi>=0.115"]

[dependency-groups]
dev = ["pytest>=8", "ruff>=0.6"]

[tool.ruff]
line-length = 88
"""

STATE = """\
NEXT = {"announced": {"accepted"}, "accepted": {"moving"}, "moving": {"delivered", "lost"}}


def may_become(state: str, other: str) -> bool:
    return other in NEXT.get(state, set())
"""

TEST_STATE = """\
from parcels.state import may_become


def test_a_lost_parcel_stays_lost():
    assert not may_become("lost", "delivered")
"""

STATUS = """\
export const label = (state: string): string => state[0].toUpperCase() + state.slice(1)
"""

FILES = {
    ".claude/settings.json": SETTINGS,
    ".devcontainer/devcontainer.json": DEV_CONTAINER,
    ".github/CODEOWNERS": "*            @parcels/all\n/api/**/state.py   @parcels/core  # the heart\n",
    ".github/workflows/ci.yml": CI,
    ".gitignore": GITIGNORE,
    ".pre-commit-config.yaml": PRE_COMMIT,
    "AGENTS.md": AGENTS,
    "CLAUDE.md": CLAUDE,
    "README.md": "\ufeff# Parcels\n\nWhere is it? Run `npm run dev` and look.\n",
    "api/parcels/__init__.py": "",
    "api/parcels/state.py": STATE,
    "api/pyproject.toml": PYPROJECT,
    "api/tests/test_state.py": TEST_STATE,
    "api/uv.lock": "version = 1\n",
    "package-lock.json": '{"name": "parcels-web", "lockfileVersion": 3, "packages": {}}\n',
    "package.json": PACKAGE,
    "web/status.ts": STATUS,
}


def make(folder: Path) -> None:
    """Write the repository into the new folder `folder`, in one commit."""
    for path, text in FILES.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    for command in ("init -q -b trunk", "add -A", "commit -q -m parcels"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
