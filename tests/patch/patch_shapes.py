"""Files as real repositories have them, and what a template with two parts wants in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    """A file of a user's, and a template for it that is written once for all its renderings.

    Each line of the template has a margin: `a` is in part A, `1` and `2` only in its two versions,
    `b` is in part B, and a blank is in both. No path of B is one of A.
    """

    name: str
    kind: str
    ours: str
    template: str
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    at: str = ""

    def __str__(self) -> str:
        return self.name

    def rendered(self, parts: str) -> str:
        """The template with some parts, as in `a1b`."""
        lines = self.template.splitlines(keepends=True)
        return "".join(line[2:] for line in lines if line[0] in f"{parts} ")

    @property
    def called(self) -> str:
        """The format, and where lines go, as `run` takes them."""
        return f"{self.kind}@{self.at}" if self.at else self.kind

    @property
    def base(self) -> str:
        """Part A at its first version."""
        return self.rendered("a1")

    @property
    def want(self) -> str:
        """Part A at its second version."""
        return self.rendered("a2")

    @property
    def other(self) -> str:
        """Part B."""
        return self.rendered("b")

    @property
    def both(self) -> str:
        """Part A at its first version, and part B."""
        return self.rendered("a1b")


PRE_COMMIT = Shape(
    "pre-commit",
    "yaml",
    """\
# See https://pre-commit.com for more information
default_language_version:
  python: python3.12
repos:
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.8.4  # frozen
    hooks:
      - id: ruff
        args: [--fix, --exit-non-zero-on-fix]
      - id: ruff-format

  - repo: local
    hooks:
      - id: mypy
        name: mypy
        entry: uv run mypy
        language: system
        types_or: [python, pyi]
        exclude: |
          (?x)^(
            docs/.*|
            tests/.*
          )$
""",
    """\
b|minimum_pre_commit_version: "3.2"
 |repos:
a|  # One entry point.
a|  - repo: local
a|    hooks:
a|      - id: validate  # every commit
1|        entry: .process/validate
2|        entry: .process/validate --staged
a|        language: system
1|      - id: old
1|        entry: x
2|      - id: new
2|        entry: |
2|          y
b|  - repo: https://github.com/gitleaks/gitleaks
b|    rev: v8.21.2
b|    hooks:
b|      - id: gitleaks
""",
    {"repos": ("repo", "hooks.id"), "repos.hooks": ("id",)},
)

WORKFLOW = Shape(
    "workflow",
    "yaml",
    """\
name: CI
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, macos-latest]
        python: ["3.11", "3.12"]
    steps:
    - uses: actions/checkout@v4
      with:
        persist-credentials: false
    # - uses: actions/cache@v4
    - name: Test
      run: |
        make install

        make test
      env: {CI: true}
""",
    """\
2|concurrency: ci-${{ github.ref }}
b|env:
b|  UV_FROZEN: "1"
 |on:
a|  merge_group:
2|    types: [checks_requested]
b|  workflow_dispatch:
 |jobs:
a|  process:  # ours
1|    runs-on: ubuntu-latest
2|    runs-on: ubuntu-24.04
a|    steps:
a|      - run: .process/validate
b|  scan:
b|    runs-on: ubuntu-latest
b|    steps:
b|      - uses: actions/checkout@v4
b|      - run: >-
b|          make
b|          scan
""",
)

COMPOSE = Shape(
    "compose",
    "yaml",
    """\
x-app: &app
  restart: unless-stopped
  environment:
    LOG_LEVEL: info
services:
    web:
        <<: *app
        build: .
        ports:
            - "8080:80"
        depends_on: [db]
    db:
        image: postgres:16
        command: >
            postgres -c fsync=off
            -c shared_buffers=256MB
        volumes:
            - data:/var/lib/postgresql/data
volumes:
    data:
""",
    """\
 |services:
a|  preview:
a|    image: caddy:2
1|    ports: ["80:80"]
2|    ports: ["80:80", "443:443"]
2|    labels:
2|      - traefik.enable=true
b|  mail:
b|    image: axllent/mailpit
b|    # Look here for what was sent.
b|    ports:
b|      - 8025:8025
 |volumes:
a|  certificates:
b|  mail: {}
""",
)

DEPENDABOT = Shape(
    "dependabot",
    "yaml",
    """\
---
version: 2
updates:

-   package-ecosystem: npm
    directory: /
    schedule:
        interval: weekly
    groups:
        all:
            patterns:
            - "*"

-   package-ecosystem: pip
    directory: /
    schedule: {interval: daily}
    ignore:
    -   dependency-name: numpy  # pinned by hand
""",
    """\
 |version: 2
 |updates:
a|  - package-ecosystem: github-actions
a|    directory: /
a|    schedule:
1|      interval: weekly
2|      interval: monthly
2|    cooldown: {default-days: 7}
b|  - package-ecosystem: docker
b|    directory: /
b|    schedule:
b|      interval: weekly
b|    labels: [dependencies]
""",
    {"updates": ("package-ecosystem", "directory")},
)

MKDOCS = Shape(
    "mkdocs",
    "yaml",
    """\
site_name: Shop ☕
repo_url: !ENV [REPO_URL, "https://example.org/shop"]
theme:
  name: material
  features: [navigation.tabs, content.code.copy]
nav:
  - Home: index.md
  - Guide:
    - guide/index.md
    - "Set up": guide/setup.md
markdown_extensions:
  - admonition
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji ''
  - toc: {permalink: true}
plugins:
  - search
  # - blog
""",
    """\
b|extra:
b|  generator: false
1|strict: yes
2|strict: no
 |nav:
a|  - Decisions: decisions.md
b|  - Catalogue: catalogue.md
 |plugins:
a|  - tags
2|  - redirects:
2|      redirect_maps:
2|        old.md: new.md
b|  - macros
""",
)

PACKAGE = Shape(
    "package.json",
    "json",
    """\
{
  "name": "shop",
  "version": "1.0.0",
  "private": true,
  "scripts": {
    "build": "tsc -p .",
    "test": "vitest run"
  },
  "files": ["dist", "README.md"],
  "dependencies": {},
  "devDependencies": {
    "typescript": "^5.7.2",
    "vitest": "^2.1.8"
  },
  "browserslist": ["> 0.5%, last 2 versions", "not dead"]
}
""",
    """\
 |{
 |  "scripts": {
1|    "validate": ".process/validate",
2|    "validate": ".process/validate --staged",
2|    "setup": ".process/setup",
b|    "preview": ".process/preview up",
 |  },
a|  "engines": {"node": ">=22"},
b|  "devDependencies": {
b|    "lefthook": "^1.9.0",
b|  },
1|  "files": [".process"],
 |}
""",
    {"files": ()},
)

DEVCONTAINER = Shape(
    "devcontainer",
    "json",
    """\
// For format details, see https://aka.ms/devcontainer.json
{
\t"name": "Python 3", // theirs
\t"image": "mcr.microsoft.com/devcontainers/python:1-3.12-bullseye",
\t"features": {
\t\t"ghcr.io/devcontainers/features/node:1": {"version": "lts"},
\t},

\t// Use 'forwardPorts' to make a list of ports available locally.
\t// "forwardPorts": [],
\t"customizations": {
\t\t"vscode": {
\t\t\t"extensions": [
\t\t\t\t"ms-python.python"
\t\t\t]
\t\t}
\t}
\t/* "remoteUser": "root" */
}
""",
    """\
 |{
a|  // Everything is installed there.
1|  "postCreateCommand": ".process/setup",
2|  "postCreateCommand": ".process/setup --all", // once
 |  "features": {
a|    "ghcr.io/devcontainers/features/docker-in-docker:2": {},
2|    "ghcr.io/devcontainers/features/sshd:1": {"version": "latest"},
b|    "ghcr.io/devcontainers/features/github-cli:1": {},
 |  },
b|  "forwardPorts": [8080],
b|  "customizations": {"vscode": {"extensions": ["charliermarsh.ruff"]}},
 |}
""",
    {"customizations.vscode.extensions": ()},
)

TSCONFIG = Shape(
    "tsconfig",
    "json",
    """\
{
    /* Visit https://aka.ms/tsconfig to read more about this file */
    "extends": "@tsconfig/node22/tsconfig.json",
    "compilerOptions": {
        // "incremental": true,
        "target": "es2022",                /* modern */
        "lib": ["es2022", "dom"],
        "strict": true,
        "paths": { "@/*": [ "./src/*" ] }
    },
    "include": ["src"]
}
""",
    """\
 |{
 |  "compilerOptions": {
1|    "noUncheckedIndexedAccess": true,
2|    "noUncheckedIndexedAccess": false,
2|    "exactOptionalPropertyTypes": true,
b|    "skipLibCheck": true,
 |  },
b|  "references": [{"path": "./pkg"}],
a|  "exclude": [
a|    ".process",
a|  ],
 |}
""",
    {"exclude": (), "include": ()},
)

SETTINGS = Shape(
    "settings.json",
    "json",
    """\
{
  "model": "opus",
  "permissions": {
    "allow": [
      "Bash(ls)",
      "Bash(git status:*)"
    ],
    "deny": []
  },
  "hooks": {
    "PostToolUse": [
      {
        "matcher": "Edit|Write",
        "hooks": [{ "type": "command", "command": "make fmt" }]
      }
    ]
  }
}
""",
    """\
 |{
 |  "permissions": {
 |    "allow": [
a|      "Bash(.process/validate:*)",
2|      "Bash(.process/setup)",
b|      "Bash(.process/preview:*)",
 |    ],
1|    "deny": ["Read(.env)"],
2|    "deny": ["Read(.env)", "Read(secrets/**)"],
 |  },
 |  "hooks": {
1|    "Stop": [{"hooks": [{"type": "command", "command": ".process/validate"}]}],
2|    "Stop": [{"hooks": [{"type": "command", "command": ".process/validate --turn"}]}],
b|    "SessionStart": [{"hooks": [{"type": "command", "command": ".process/context"}]}],
 |  },
 |}
""",
    {"permissions.allow": (), "permissions.deny": ()},
)

MCP = Shape(
    "mcp.json",
    "json",
    """\
{"mcpServers": {"github": {"type": "http", "url": "https://api.example.org/mcp/"}}}
""",
    """\
 |{
 |  "mcpServers": {
a|    "data": {
a|      "command": ".process/data",
1|      "args": ["mcp"]
2|      "args": ["mcp", "--read-only"],
2|      "env": {}
a|    },
b|    "preview": {"command": ".process/preview", "args": ["mcp"]},
 |  },
 |}
""",
)

PYPROJECT = Shape(
    "pyproject",
    "toml",
    """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop"  # the name
version = "0.1.0"
dependencies = [
  "httpx>=0.28", # why
  "pydantic",
]
urls = { Source = "https://example.org/shop" }

[tool.ruff]
line-length = 100

[tool.ruff.lint]
select = ["E", "F"]

[tool.pytest.ini_options]
addopts = \"\"\"
  -ra
  --strict-markers
\"\"\"

[[tool.mypy.overrides]]
module = "boto3.*"
ignore_missing_imports = true
""",
    """\
1|[project]
1|license = "MIT"
2|[project]
2|license = "MIT-0"
a|
 |[tool.ruff.lint]
1|select = ["I"]
2|select = ["I", "UP"]
b|ignore = ["E501"]
 |
a|# Read by .process/pod.
a|[tool.pod]
a|size = 3
1|people = { expert = 1 }
b|[tool.coverage.run]
b|branch = true
b|
b|[[tool.uv.index]]
b|url = "https://example.org/simple"
""",
    {"tool.ruff.lint.select": (), "tool.ruff.lint.ignore": ()},
)

CARGO = Shape(
    "Cargo",
    "toml",
    """\
# The workspace.
[workspace]
members = ["crates/*"]
resolver = "2"

[workspace.package]
edition = '2021'
[workspace.dependencies]
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = [
    "macros",
    "rt",
] }

[profile.release]
lto = true
""",
    """\
a|[workspace.lints.clippy]
1|all = "warn"
2|all = "deny"
2|pedantic = "warn"
 |
1|[workspace.metadata.process]
1|factors = [2, 8]
2|[workspace.metadata.process]
2|factors = [2]
b|[workspace.package]
b|rust-version = "1.83"
b|
b|[profile.dev]
b|debug = 1  # faster
""",
)

MISE = Shape(
    "mise",
    "toml",
    """\
[tools]
node = "22"
"npm:prettier" = "3"

[env]
_.path = ["./bin"]

[tasks.test]
run = '''
npm test
'''
""",
    """\
 |[tools]
a|# Pinned.
1|uv = "0.9.1"
2|uv = "0.9.2"  # the newest
2|"pipx:zizmor" = "1.32"
b|"aqua:gitleaks" = { version = "8" }
 |
a|[settings]
1|lockfile = true
2|lockfile = false
b|[tasks.preview]
b|run = ".process/preview up"
""",
)

GITIGNORE = Shape(
    "gitignore",
    "lines",
    """\
# Logs
*.log
!keep.log

/dist/
node_modules

# Editors
.idea/
.vscode/*
!.vscode/settings.json
""",
    """\
a|# The process.
a|.process/cache/
1|.process/old/
2|.process/new/
b|
b|# Previews.
b|.process/previews/
""",
)

CODEOWNERS = Shape(
    "CODEOWNERS",
    "lines",
    """\
# Later lines win.
*                @shop/everyone

/docs/           @shop/writers  @alice
/src/pay/**      alice@example.org
""",
    """\
1|/.process/       @shop/platform
2|/.process/       @shop/platform @bob
a|/.github/        @shop/platform
b|
b|# Data.
b|/.process/catalog.yml  @shop/data
""",
)

POD = Shape(
    "CODEOWNERS of a pod",
    "lines",
    """\
# Who is asked to review.
# See MAINTAINERS.

# Everybody reads the guides.
/docs/           @shop/writers  @alice
*.sql            @shop/data # theirs

/src/pay/**      alice@example.org
""",
    """\
1|# The pod.
1|*                @ada @bob
2|# The pod.
2|*                @ada @cem
2|/src/            @cem
a|/.process/       @ada
b|
b|# Data.
b|/.process/catalog.yml  @shop/data
""",
    at="start",
)

GITATTRIBUTES = Shape(
    "gitattributes",
    "lines",
    """\
* text=auto

*.png binary
package-lock.json linguist-generated=true -diff
""",
    """\
a|# Scripts run in containers.
a|.process/* text eol=lf
1|.process/old -text
2|.process/new -text
b|
b|*.lock linguist-generated
""",
)

AGENTS = Shape(
    "AGENTS.md",
    "markdown",
    """\
# Agents

Be kind.

- Run `make test`.

```sh
make test   # all of it
```

| a | b |
| - | - |
| 1 | 2 |
""",
    """\
 |<!-- twelvefold:begin -->
 |## Process
 |
a|### Validate
a|
1|Run `.process/validate`.
2|Run `.process/validate --staged`, always.
2|
2|It is fast.
a|
b|### Preview
b|
b|Run `.process/preview up`.
b|
 |The end.
 |<!-- twelvefold:end -->
""",
)

CLAUDE = Shape(
    "CLAUDE.md",
    "markdown",
    """\
# Claude

@README.md
See the guide.\x20\x20
""",
    """\
a|@AGENTS.md
1|@docs/old.md
2|@docs/new.md
b|@docs/standards/README.md
""",
)

HOOK = Shape(
    "husky",
    "script",
    """\
#!/usr/bin/env sh
# theirs
set -e

if [ -n "$SKIP" ]; then
  exit 0
fi
npm test && \\
  npm run lint
exit 0
""",
    """\
 |#!/bin/sh
a|# All checks.
1|.process/validate
2|.process/validate --staged
a|.process/context
b|# No secrets.
b|gitleaks git --staged
""",
)

SHAPES = (
    *(PRE_COMMIT, WORKFLOW, COMPOSE, DEPENDABOT, MKDOCS),
    *(PACKAGE, DEVCONTAINER, TSCONFIG, SETTINGS, MCP),
    *(PYPROJECT, CARGO, MISE),
    *(GITIGNORE, CODEOWNERS, POD, GITATTRIBUTES),
    *(AGENTS, CLAUDE, HOOK),
)
