"""Where a template comes from: the copy inside this program, a clone, or an address and a ref.

An address in a repository's answers is untrusted input: https or ssh only, no option in disguise.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.version import InvalidVersion, Version

from bootstrap.errors import UserError

HERE = Path(__file__).resolve().parent
ENVIRONMENT = "TWELVEFOLD_TEMPLATE"
"""Environment variable that names the template, with the same meaning as --template."""

_PARTS = ("copier.yml", "template", "extensions")
_SHORT = {"gh": "https://github.com/{}.git", "gl": "https://gitlab.com/{}.git"}
_REMOTE = re.compile(r"(https|ssh)://\w[\w.@:/~+%-]*|\w[\w.-]*@\w[\w.-]*:[\w./~+-]+", re.ASCII)
_REF = re.compile(r"[\w][\w./+-]*", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A template at one version: what a repository records of it, and the folder to render from."""

    address: str
    """Recorded as `_src_path`."""
    ref: str
    """Recorded as `_commit`: a tag or a commit."""
    folder: Path
    """A plain folder (no git) that holds copier.yml, template/ and extensions/."""
    note: str = ""
    """What the user must know about this source, or nothing."""


def built_in() -> Source:
    """The template inside this program: packed into the wheel, or the clone that it runs from."""
    packed = HERE / "_template"
    if packed.is_dir():
        origin = _origin_of_wheel()
        return Source(origin["address"], origin["ref"], packed, origin.get("note", ""))
    origin = describe(HERE.parent, _canonical(), f"v{_version()}")
    return Source(origin["address"], origin["ref"], HERE.parent, origin.get("note", ""))


def at(address: str, ref: str | None, scratch: Path, *, named: bool) -> Source:
    """The template at `address` and `ref` (None: its newest release), fetched into `scratch`.

    `named` says that the user named the address just now, which allows a local folder too.
    """
    url = expand(address)
    local = Path(url).expanduser()
    if named and local.is_dir():
        return _from_folder(local.resolve(), ref, scratch)
    if not _REMOTE.fullmatch(url):
        raise UserError(
            f"the template source {address!r} is not allowed", "use an https or ssh address"
        )
    return _clone(url, url, ref, scratch)


def of_clone(clone: Path, address: str, ref: str, scratch: Path) -> Source:
    """Another version of the template at `address`, taken from a clone of it on this machine."""
    return _clone(str(clone), address, ref, scratch)


def allowed(address: str) -> bool:
    """Whether an address that nobody named just now may be fetched from."""
    return bool(_REMOTE.fullmatch(expand(address)))


def older(ref: str, than: str) -> bool:
    """Whether `ref` is a release before `than`; False if one of them is no release."""
    one, two = _parsed(ref), _parsed(than)
    return one is not None and two is not None and one < two


def expand(address: str) -> str:
    """An address with Copier's short forms (`gh:owner/name`, `git+https://…`) written out."""
    short, _, rest = address.partition(":")
    if short in _SHORT and rest:
        return _SHORT[short].format(rest.removesuffix(".git"))
    return address.removeprefix("git+").removeprefix("file://")


def same(one: str, other: str) -> bool:
    """Whether two addresses name the same template."""
    return _bare(one) == _bare(other)


def canonical() -> str:
    """The address of the project itself, from its metadata."""
    return _canonical()


def describe(clone: Path, address: str, ref: str) -> dict[str, str]:
    """The address and ref of a clone: its origin, and the tag or commit that is checked out.

    `address` and `ref` stand in where the clone has no remote origin or no commit.
    """
    exact = _git(clone, "describe", "--tags", "--exact-match", "--match", "v[0-9]*")
    head = exact or _git(clone, "rev-parse", "HEAD")
    origin = _git(clone, "remote", "get-url", "origin")
    found = {"address": origin if _REMOTE.fullmatch(origin) else address, "ref": head or ref}
    changed = _git(clone, "status", "--porcelain", "--", *_PARTS)
    note = "the template has uncommitted changes: no update will find this version again"
    return {**found, **({"note": note} if changed or not head else {})}


def newest(versions: list[str]) -> str | None:
    """The newest release among tag names: PEP 440, no pre-releases."""
    found = [(version, tag) for tag in versions if (version := _parsed(tag)) is not None]
    return max(found, default=(None, None))[1]


def _parsed(tag: str) -> Version | None:
    try:
        version = Version(tag)
    except InvalidVersion:
        return None
    return None if version.is_prerelease else version


def _from_folder(folder: Path, ref: str | None, scratch: Path) -> Source:
    if not (folder / "copier.yml").is_file() and not _git(folder, "rev-parse", "HEAD"):
        raise UserError(f"{folder} holds no template", "name a folder with a copier.yml")
    if _git(folder, "rev-parse", "--is-inside-work-tree") or (folder / "HEAD").is_file():
        return _clone(str(folder), str(folder), ref, scratch)
    if ref:
        raise UserError(f"{folder} is not a git repository", "leave out --ref")
    return Source(
        str(folder), f"v{_version()}", folder, "the template is not under version control"
    )


def _clone(url: str, address: str, ref: str | None, scratch: Path) -> Source:
    target = scratch / f"template-{len(list(scratch.iterdir()))}"
    allowed = "file" if Path(url).is_dir() else "https:ssh"
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": allowed}
    cloned = subprocess.run(
        ["git", "clone", "--quiet", "--no-checkout", "--", url, str(target)],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if cloned.returncode:
        reason = (cloned.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"the template {address} can't be had ({reason})", "check the address")
    if ref is None:
        ref = newest(_git(target, "tag", "--list").split()) or _git(target, "rev-parse", "HEAD")
    if not _REF.fullmatch(ref) or not _git(
        target, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"
    ):
        raise UserError(f"the template {address} has no version {ref}", "name a tag with --ref")
    if _git(target, "rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{ref}"):
        ref = _git(target, "rev-parse", f"{ref}^{{commit}}")  # a branch moves, a version does not
    _git(target, "-c", "core.symlinks=false", "checkout", "--quiet", "--detach", ref)
    shutil.rmtree(target / ".git")
    return Source(address, ref, target)


def _origin_of_wheel() -> Mapping[str, str]:
    try:
        found: dict[str, str] = json.loads((HERE / "_source.json").read_text())
    except (OSError, ValueError):
        return {"address": _canonical(), "ref": f"v{_version()}"}
    return found


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "core.fsmonitor=false", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode else done.stdout.strip()


def _bare(address: str) -> str:
    url = expand(address).removesuffix("/").removesuffix(".git").lower()
    return re.sub(r"^(https://|ssh://)?([\w.-]+@)?([\w.-]+)[:/]", r"\3/", url)


@cache
def _canonical() -> str:
    try:
        urls = metadata("twelvefold").get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    found = [url.split(",", 1)[1].strip() for url in urls if url.startswith("Source,")]
    return found[0] if found else ""


def _version() -> str:
    return metadata("twelvefold")["Version"]
