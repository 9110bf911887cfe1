"""Tools for prose, data and shell files, and whatever else belongs to no single language."""

from __future__ import annotations

from bootstrap.facts.parts import Ecosystem

ECOSYSTEM = Ecosystem(
    name="text",
    languages={
        ".md": "markdown",
        ".mdx": "markdown",
        ".rst": "restructuredtext",
        ".sh": "shell",
        ".dockerfile": "dockerfile",
        ".bash": "shell",
        ".yml": "yaml",
        ".yaml": "yaml",
        ".html": "html",
        ".njk": "nunjucks",
        ".css": "css",
        ".scss": "css",
        ".lua": "lua",
        ".hs": "haskell",
        ".clj": "clojure",
        ".jl": "julia",
        ".zig": "zig",
        ".nix": "nix",
        ".ps1": "powershell",
    },
    tools={
        "yamllint": "lint",
        "markdownlint": "lint",
        "markdownlint-cli": "lint",
        "markdownlint-cli2": "lint",
        "shellcheck": "lint",
        "shfmt": "format",
        "codespell": "- lint",
        "typos": "- lint",
        "hadolint": "- lint",
        "actionlint": "- lint",
        "zizmor": "",
        "buf lint": "lint",
        "buf format": "format",
        "docker compose build": "build",
        "docker compose up": "start",
        "docker compose watch": "start",
        "docker build": "build",
        "docker buildx build": "build",
    },
)
