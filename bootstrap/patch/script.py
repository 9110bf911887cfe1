"""Shell scripts such as git hooks: missing commands go to the top, where no `exit` skips them."""

from __future__ import annotations

import re

from bootstrap.patch import lines
from bootstrap.patch.edits import State, next_line
from bootstrap.patch.lines import Leaf
from bootstrap.patch.model import UnpatchableError

SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "mksh", "zsh"})
_SET = re.compile(r"\s*set\s+[-+][^\\]*")
_HUSKY_8 = re.compile(r"\s*(?:\.|source)\s+.*_/husky\.sh\S*\s*")
_GOES_ON = re.compile(r"(?:\\|&&|\|\|?|\bthen|\bdo|\{|\()\s*$")


def transition(state: State, base: str | None, want: str | None) -> State:
    """Lead the state from `base` to `want`; UnpatchableError if it is no POSIX shell script."""
    interpreter = _interpreter(state.text)
    if interpreter not in SHELLS:
        raise UnpatchableError(f"the script is for {interpreter}, not for a shell", 0)
    return lines.transition(state, base, want, _RULES)


def _interpreter(text: str) -> str:
    """The program that runs the script; without a shebang it is the shell."""
    if not text.startswith("#!"):
        return "sh"
    for word in text[2 : text.find("\n") if "\n" in text else None].split():
        name = word.rpartition("/")[2]
        if name != "env" and not word.startswith("-") and "=" not in word:
            return name
    return "nothing"


def _place(text: str) -> int:
    """Below the shebang, `set -…` and husky 8's preamble."""
    at = below = 0
    while at < len(text):
        end = next_line(text, at)
        line = text[at:end].rstrip("\r\n")
        if line.startswith("#!") or _SET.fullmatch(line) or _HUSKY_8.fullmatch(line):
            below = end
        elif line.strip() and not line.lstrip().startswith("#"):
            break
        at = end
    return below


def _commands(text: str) -> list[Leaf]:
    """The commands with their comments; what is spread over several lines is one."""
    leaves: list[Leaf] = []
    above: list[str] = []
    run: list[str] = []
    for line in [*lines.split(text), ""]:
        plain = line.strip()
        if plain and not plain.startswith("#") and not _SET.fullmatch(line):
            run.append(line)
            continue
        leaves += _leaves(run, above)
        run, above = [], [] if run or not plain else above
        if plain.startswith("#") and not plain.startswith("#!"):
            above.append(line)
    return leaves


def _leaves(run: list[str], above: list[str]) -> list[Leaf]:
    notes = tuple(line for line in above if "SPDX-" not in line)
    if any(line[:1].isspace() or _GOES_ON.search(line) for line in run):
        return [Leaf(tuple(run), notes)]
    return [Leaf((line,), notes) for line in run]


_RULES = lines.Rules(_commands, _place, apart=False)
