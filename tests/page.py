"""Puts results into a page of the documentation, between their marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def put(file: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- begin NAME -->` and `<!-- end NAME -->` in `file`."""
    between = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    page, count = between.subn(lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}", file.read_text())
    if count != 1:
        raise ValueError(f"{file} has no marks for {name}")
    file.write_text(page)
