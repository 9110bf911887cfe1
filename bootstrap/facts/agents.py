"""Files for coding agents, wherever they stand and whatever they link to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bootstrap.facts.scan import Scan

FILES = re.compile(
    r"^(AGENTS|AGENT|CLAUDE|GEMINI|CONVENTIONS)(\.local|\.override)?\.md$"
    r"|^\.(cursorrules|windsurfrules|clinerules|goosehints|mcp\.json|rules|aider\.conf\.yml)$"
    r"|^\.github/copilot-instructions\.md$",
    re.IGNORECASE,
)
FOLDERS = (
    ".agents", ".claude", ".cursor", ".gemini", ".codex", ".windsurf", ".clinerules", ".junie",
    ".roo", ".kiro", ".opencode", ".continue", ".amazonq", ".augment", ".qwen",
    ".github/agents", ".github/hooks", ".github/instructions", ".github/prompts", ".github/skills",
)  # fmt: skip
NESTED = "nested-AGENTS"
"""Stands for every AGENTS.md below the root."""


def agent_files(scan: Scan) -> tuple[str, ...]:
    """Agent files in the root (real letter case, links included), folders with a final slash."""
    found = [path for path in scan.top if FILES.match(path)]
    for name in FOLDERS:
        if scan.has(name):
            found.append(name)
        elif next(scan.under(name), None):
            found.append(name + "/")
    if any(path != "AGENTS.md" for path in scan.called("AGENTS.md")):
        found.append(NESTED)
    return tuple(sorted(found))
