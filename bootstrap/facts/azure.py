"""The tasks of Azure Pipelines that stand for a command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bootstrap.facts.ecosystems.dotnet import SOLUTION
from bootstrap.facts.load import mapping
from bootstrap.facts.scan import folder as folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bootstrap.facts.scan import Scan

# Task without its version, in lower case → the command, with its inputs in braces.
TASKS = {
    "dotnetcorecli": "dotnet {command} {projects} {arguments}",
    "gradle": "./gradlew {tasks} {options}",
    "maven": "mvn {goals} {options}",
    "npm": "npm {command}",
    "yarn": "yarn {arguments}",
}
_DEFAULTS = {
    "dotnetcorecli": {"command": "build"},
    "gradle": {"tasks": "build"},
    "maven": {"goals": "package"},
    "npm": {"command": "install"},
}
_FOLDERS = ("workingDirectory", "workingDir", "projectDirectory", "cwd")


def command(scan: Scan, step: Any) -> tuple[str, str]:
    """The command of a task and the folder that it is for; ('', '') for other steps."""
    said = mapping(step).get("task")
    name = said.partition("@")[0].lower() if isinstance(said, str) else ""
    if name not in TASKS:
        return "", ""
    given = mapping(mapping(step).get("inputs"))
    inputs = {**_DEFAULTS.get(name, {}), **{k: v for k, v in given.items() if isinstance(v, str)}}
    if inputs.get("command") == "custom":
        inputs["command"] = inputs.get("customCommand") or inputs.get("custom") or ""
    folder = next((inputs[key] for key in _FOLDERS if inputs.get(key)), "")
    if re.search(r"[*?$\n]", inputs.get("projects", "")):
        # A pattern of projects is for the task alone; a person names the solution.
        solutions = scan.ending(*SOLUTION)
        folder = folder_of(solutions[0]) if solutions else folder
        inputs["projects"] = ""
    return _filled(TASKS[name], inputs), folder


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    run = re.sub(r"\{(\w+)\}", lambda match: inputs.get(match[1], ""), text)
    return " ".join(run.split())
