"""Which repository on which host: from the git remote, which is untrusted, and the user's flags."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootstrap.errors import UserError
from bootstrap.repo import Repo, decode, git

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?!//)/?(?P<path>.+)", re.ASCII)
_URL = re.compile(
    r"(?:https?|ssh|git)://(?:[^/@]*@)?(?P<host>[\w.-]+)(?::\d+)?/(?P<path>.+)", re.ASCII
)
_NAME = re.compile(r"(?!\.)[\w.-]{1,100}/(?!\.{1,2}$)[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """A repository on a forge."""

    host: str
    name: str
    """OWNER/NAME."""


def place(repo: Repo, name: str | None, host: str) -> Place:
    """The repository `name` on `host`, or the one that the remote names.

    The remote alone never chooses the host: whatever it says would get the user's token.
    """
    if name is not None:
        return Place(host, _checked(name, name))
    found = _origin(repo)
    if found.host != host:
        raise UserError(
            f"the git remote is at {found.host}, not at {host}",
            "name the repository with --repo OWNER/NAME, and another server of GitHub with --host",
        )
    return found


def _origin(repo: Repo) -> Place:
    remotes = decode(git(repo.root, "remote")).split()
    chosen = "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else ""
    if not chosen:
        raise UserError(
            "no git remote says where the repository is", "name it with --repo OWNER/NAME"
        )
    address = decode(git(repo.root, "remote", "get-url", "--", chosen)).strip()
    match = _URL.fullmatch(address) or _SCP.fullmatch(address)
    if not match:
        raise UserError(
            f"the git remote {chosen} is at no host", "name the repository with --repo OWNER/NAME"
        )
    path = match["path"].rstrip("/").removesuffix(".git")
    host = match["host"].lower().removeprefix("www.")
    # ssh through the HTTPS port, for networks that let nothing else out
    return Place("github.com" if host == "ssh.github.com" else host, _checked(path, chosen))


def _checked(name: str, source: str) -> str:
    if not _NAME.fullmatch(name):
        raise UserError(f"{source} names no repository", "name it with --repo OWNER/NAME")
    return name
