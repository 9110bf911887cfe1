"""The clients of coding agents, as released, and what points them at a model of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from tests.e2e.double import Answer, Model

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".venv" / "clients" / "node_modules" / ".bin"
"""Where `make clients` puts them."""


@dataclass(frozen=True)
class Client:
    """One client; $url, $home and $repo in its values stand for what a test gives."""

    name: str
    command: str
    """Runs one conversation without a person, in a folder that is trusted."""
    variables: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    """Files of the user, below the home folder."""


CODEX = """\
model = "gpt-5.5"
model_provider = "double"

[model_providers.double]
name = "double"
base_url = "$url"
wire_api = "responses"

[projects."$repo"]
trust_level = "trusted"
"""

CLIENTS = (
    Client(
        "claude",
        "claude --print --permission-mode acceptEdits hi",
        {
            "ANTHROPIC_BASE_URL": "$url",
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        },
    ),
    Client(
        "codex",
        "codex exec --dangerously-bypass-approvals-and-sandbox --dangerously-bypass-hook-trust hi",
        {"CODEX_HOME": "$home/.codex"},
        {".codex/config.toml": CODEX},
    ),
    Client(
        "copilot",
        "copilot --allow-all-tools --trust-folder --prompt hi",
        {
            "COPILOT_PROVIDER_BASE_URL": "$url",
            "COPILOT_PROVIDER_TYPE": "anthropic",
            "COPILOT_MODEL": "claude-sonnet-4.6",
            "COPILOT_OFFLINE": "true",
        },
    ),
    Client(
        "gemini",
        "gemini --yolo --model gemini-2.5-pro --prompt hi",
        {
            "GOOGLE_GEMINI_BASE_URL": "$url",
            "GEMINI_API_KEY": "none",
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
        },
        {".gemini/settings.json": '{"security": {"auth": {"selectedType": "gemini-api-key"}}}'},
    ),
)

# What starts or steers a client from outside; and CI, where checks are stricter.
_DROPPED = (
    *("CI", "GITHUB_ACTIONS"),
    *("ANTHROPIC", "CLAUDE", "CODEX", "COPILOT", "CURSOR", "GEMINI", "OPENAI"),
)
_DROPPED += ("GIT_DIR", "GIT_INDEX", "GIT_WORK", "GIT_PREFIX", "MISE_", "PROCESS_", "VIRTUAL_ENV")


def laptop(home: Path) -> dict[str, str]:
    """A developer's environment: an own home, the clients and the tools of this Python first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    path = f"{BIN}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "HOME": str(home), "PREK_HOME": str(home / "prek")}


@dataclass(frozen=True)
class Conversation:
    """What happened between a client and the model."""

    requests: Sequence[str]
    """What the client sent to the model, in its order."""
    said: str
    """What the client printed."""


def talk(
    client: Client, folder: Path, home: Path, answers: Sequence[Answer], **more: str
) -> Conversation:
    """Let the client have one conversation in `folder`, with a model that gives these answers."""
    top = subprocess.check_output(["git", "rev-parse", "--show-toplevel"], cwd=folder, text=True)
    with Model(answers) as model:
        values = {"url": model.url, "home": str(home), "repo": top.strip()}
        for path, text in client.settings.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(Template(text).substitute(values))
        variables = {n: Template(v).substitute(values) for n, v in client.variables.items()}
        done = subprocess.run(
            client.command.split(),
            cwd=folder,
            env={**laptop(home), **variables, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return Conversation(tuple(model.requests), done.stdout)
