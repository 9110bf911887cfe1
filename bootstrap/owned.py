"""Files that the template owns: a user's edits survive an update by a three-way merge of text."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from packaging.version import InvalidVersion, Version

_USES = re.compile(
    rb"^(?P<head>[ \t-]*uses:[ \t]*[\"']?(?P<name>[\w./-]+)@)"
    rb"(?P<pin>[0-9A-Za-z._-]+[\"']?(?:[ \t]*#[ \t]*(?P<version>\S+))?[^\r\n]*)",
    re.MULTILINE,
)


def merge(ours: bytes, base: bytes, want: bytes) -> tuple[bytes, bool]:
    """The user's file with what changed from `base` to `want`; and whether no conflict was left.

    A pin of an action that the user's bot moved beyond the template's stays.
    """
    if ours in (base, want):
        return want, True
    if b"\r\n" in ours and ours.count(b"\n") == ours.count(b"\r\n") and b"\r" not in base + want:
        merged, clean = merge(ours.replace(b"\r\n", b"\n"), base, want)
        return merged.replace(b"\n", b"\r\n"), clean
    base, want = _keep_newer_pins(ours, base, want)
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as scratch:
        names = [Path(scratch, name) for name in ("yours", "before", "template")]
        for name, content in zip(names, (ours, base, want), strict=True):
            name.write_bytes(content)
        done = subprocess.run(
            [
                "git",
                "merge-file",
                "-p",
                "-q",
                "-L",
                "yours",
                "-L",
                "before",
                "-L",
                "template",
                *names,
            ],
            capture_output=True,
        )
    return done.stdout, done.returncode == 0


def _keep_newer_pins(ours: bytes, base: bytes, want: bytes) -> tuple[bytes, bytes]:
    """`base` and `want` as if the template pinned what the user's bot pinned, where that is newer.

    Where the template's pin is the newer one, `base` takes the user's, so that the template's wins.
    """
    theirs = {found["name"]: found for found in _USES.finditer(ours)}
    wanted = {found["name"]: found for found in _USES.finditer(want)}

    def pin(found: re.Match[bytes], *, of_base: bool) -> bytes:
        own, new = theirs.get(found["name"]), wanted.get(found["name"])
        if own is None or new is None:
            return found[0]
        if of_base or _version(own) > _version(new):
            return found["head"] + own["pin"]
        return found[0]

    return (
        _USES.sub(lambda found: pin(found, of_base=True), base),
        _USES.sub(lambda found: pin(found, of_base=False), want),
    )


def _version(found: re.Match[bytes]) -> Version:
    try:
        return Version((found["version"] or b"0").decode())
    except (InvalidVersion, UnicodeDecodeError):
        return Version("0")
