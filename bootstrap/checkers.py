"""The files that configure linters, formatters and type checkers: what a machine checks."""

from __future__ import annotations

import re
from typing import NamedTuple

from bootstrap.repo import Repo


class Checker(NamedTuple):
    """A tool, the files near the root that configure it, and what stands there ('' = anything)."""

    tool: str
    file: str
    text: str = ""


_PYPROJECT = r"pyproject\.toml"

CHECKERS = (
    Checker("Ruff", r"\.?ruff\.toml"),
    Checker("Ruff", _PYPROJECT, r"^\[tool\.ruff\b"),
    Checker("Black", _PYPROJECT, r"^\[tool\.black\b"),
    Checker("isort", r"\.isort\.cfg"),
    Checker("isort", _PYPROJECT, r"^\[tool\.isort\b"),
    Checker("Flake8", r"\.flake8"),
    Checker("Flake8", r"setup\.cfg|tox\.ini", r"^\[flake8\]"),
    Checker("Pylint", r"\.?pylintrc(\.toml)?"),
    Checker("mypy", r"\.?mypy\.ini"),
    Checker("mypy", _PYPROJECT, r"^\[tool\.mypy\b"),
    Checker("mypy", r"setup\.cfg", r"^\[mypy\]"),
    Checker("Pyright", r"pyrightconfig\.json"),
    Checker("Pyright", _PYPROJECT, r"^\[tool\.(based)?pyright\b"),
    Checker("Biome", r"\.?biome\.jsonc?"),
    Checker("ESLint", r"eslint\.config\.[cm]?[jt]s|\.eslintrc(\.[cm]?js|\.json|\.ya?ml)?"),
    Checker("Oxlint", r"\.oxlintrc\.json"),
    Checker("Oxfmt", r"\.oxfmtrc\.jsonc?"),
    Checker("Prettier", r"\.prettierrc(\.\w+)?|prettier\.config\.[cm]?[jt]s"),
    Checker("Stylelint", r"\.stylelintrc(\.\w+)?|stylelint\.config\.[cm]?js"),
    Checker("TypeScript", r"tsconfig\.json"),
    Checker("Deno", r"deno\.jsonc?"),
    Checker("golangci-lint", r"\.golangci\.(ya?ml|toml|json)"),
    Checker("rustfmt", r"\.?rustfmt\.toml"),
    Checker("Clippy", r"\.?clippy\.toml"),
    Checker("Clippy", r"Cargo\.toml", r"^\[(workspace\.)?lints\.clippy\]"),
    Checker("RuboCop", r"\.rubocop\.yml"),
    Checker("Standard", r"\.standard\.yml"),
    Checker("PHPStan", r"phpstan(\.dist)?\.neon(\.dist)?"),
    Checker("PHP CS Fixer", r"\.php-cs-fixer(\.dist)?\.php"),
    Checker("Pint", r"pint\.json"),
    Checker("Credo", r"\.credo\.exs"),
    Checker("mix format", r"\.formatter\.exs"),
    Checker("Checkstyle", r"(config/checkstyle/)?checkstyle\.xml"),
    Checker("detekt", r"(config/detekt/)?detekt\.ya?ml"),
    Checker("SwiftLint", r"\.swiftlint\.yml"),
    Checker("Dart analyzer", r"analysis_options\.yaml"),
    Checker("clang-format", r"\.clang-format"),
    Checker("clang-tidy", r"\.clang-tidy"),
    Checker("TFLint", r"\.tflint\.hcl"),
    Checker("SQLFluff", r"\.sqlfluff"),
    Checker("markdownlint", r"\.markdownlint(-cli2)?\.(jsonc?|ya?ml)"),
    Checker("yamllint", r"\.yamllint(\.ya?ml)?"),
    Checker("EditorConfig", r"\.editorconfig"),
)


def configured(repo: Repo) -> list[dict[str, str]]:
    """The answer `checkers`: each tool that is configured here, and its file."""
    found: dict[str, str] = {}
    for tool, file, text in CHECKERS:
        for path in filter(re.compile(file).fullmatch, repo.shallow):
            if tool not in found and re.search(text, repo.text(path) or "", re.MULTILINE):
                found[tool] = path
    return [{"tool": tool, "file": file} for tool, file in found.items()]
