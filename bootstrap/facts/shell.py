"""Shell text, read without running it: scripts → simple commands with the folder each runs in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.scan import join

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEREDOC = re.compile(r"<<[-~]?\s*(['\"]?)(\w+)\1")
_SPLIT = re.compile(r"\s*(?:&&|\|\||;;?|(?<![|>&])\|(?!\|)|(?<![>&|])&(?![>&]))\s*")
_NOISE = re.compile(
    r"^(if|then|else|elif|fi|for|while|until|do|done|case|esac|\{|\}|\(|\)|!|function|echo|printf|set"
    r"|exit|return|true|false|\[|\[\[|test|export|unset|local|source|\.|cat|mkdir|rm|cp|mv|ls|touch|chmod"
    r"|grep|sed|awk|git|curl|wget|sleep|kill|trap|read|shift|tee|sort|uniq|head|tail|xargs|find|tar|unzip"
    r"|apt|apt-get|brew|apk|yum|dnf|choco|gh|jq|which|command|type|pwd|date|eval|wait|ln|id|whoami)$"
)
_KEYWORD = re.compile(r"^(?:then|else|do|\(|\{|!|time|if|elif|while|until|[\w*|\"'.-]+\)(?=\s))\s+")
_REDIRECT = re.compile(r"\s*(?:\d?>>?&?\s*\S+|&>>?\s*\S+|<\s*\S+)")
_ASSIGNMENT = re.compile(
    r"^(?:[A-Za-z_]\w*=(?:\"[^\"]*\"|'[^']*'|\$\([^)]*\)|(?!\$\()\S*)\s+)+(?=\S)"
)

MAX_LINES = 400


def commands(script: str, directory: str = ".") -> Iterator[tuple[str, str, int]]:
    """The simple commands of a script: text, folder, offset of the line (from 0).

    `cd` and `pushd` hold for what follows; what runs in an unknown folder is left out.
    """
    here: str | None = directory
    stack: list[str | None] = []
    for offset, line in _logical_lines(script):
        line_start = here
        for part in _split(line):
            word, _, rest = part.partition(" ")
            if word in ("cd", "pushd"):
                stack.append(here)
                here = _enter(here, rest)
            elif word == "popd" and stack:
                here = stack.pop()
            elif here and not _NOISE.match(word):
                yield part, here, offset
        if line.lstrip().startswith("("):
            here = line_start


def leaves(script: str, directory: str) -> str | None:
    """The folder in which a script ends, None for an unknown one."""
    here: str | None = directory
    for _, line in _logical_lines(script):
        for part in () if line.startswith("(") else _split(line):
            word, _, rest = part.partition(" ")
            here = _enter(here, rest) if word in ("cd", "pushd") else here
    return here


def _enter(here: str | None, target: str) -> str | None:
    target = target.strip().strip("\"'")
    if here is None or not target or re.search(r"[$~`]|^-", target):
        return None
    return join(here, target) or None


def _logical_lines(script: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined and here-documents and comments left out."""
    held, start, until = "", 0, ""
    for offset, line in enumerate(script.splitlines()[:MAX_LINES]):
        if until:
            until = "" if line.strip() == until else until
            continue
        if not held:
            start = offset
        if line.rstrip().endswith(("\\", "`")) and line.rstrip()[:-1].strip():
            held += line.rstrip()[:-1] + " "
            continue
        whole, held = held + line, ""
        match = _HEREDOC.search(whole)
        if match:
            until, whole = match[2], whole[: match.start()]
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield start, whole.strip()
    if held.strip():
        yield start, held.strip()


def _split(line: str) -> Iterator[str]:
    """The commands of one line, without redirections, comments, prompts and shell keywords."""
    masked = _mask(line)
    masked = re.split(r"\s#", masked)[0]
    begin = 0
    for match in [*_SPLIT.finditer(masked), None]:
        end = match.start() if match else len(masked)
        part = _clean(line[begin:end])
        if part:
            yield part
        begin = match.end() if match else end


def _mask(line: str) -> str:
    """The line with quoted text and ${{ expressions }} blanked, of the same length."""
    quoted = r"\$\{\{.*?\}\}|\"(?:[^\"\\]|\\.)*\"|'[^']*'|\$\([^()]*\)|`[^`]*`"
    return re.sub(quoted, lambda match: "_" * len(match[0]), line)


def _clean(part: str) -> str:
    part = part.strip().removeprefix("$ ").lstrip("@-").strip()
    while match := _KEYWORD.match(part):
        part = part[match.end() :].strip()
    masked = _mask(part)
    for match in reversed(list(_REDIRECT.finditer(masked))):
        part = part[: match.start()] + part[match.end() :]
    return " ".join(part.rstrip(")").split()) if "(" not in part else " ".join(part.split())


def unassigned(command: str) -> str:
    """The command without leading environment assignments."""
    return _ASSIGNMENT.sub("", command)
