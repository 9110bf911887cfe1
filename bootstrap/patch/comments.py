"""Comments that came with an entry of ours follow the template, as its value does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bootstrap.patch.edits import Edit, eol, first_on_line, leading, line_end, line_start
from bootstrap.patch.tree import Entry, Source

_GAP = re.compile(r",?([ \t]*)")


@dataclass(frozen=True)
class Notes:
    """The comments of one entry."""

    above: tuple[str, ...]
    """Whole lines, without their indentation."""
    behind: str
    """On the line of a value, with the space before it."""


@dataclass(frozen=True)
class Reader:
    """Where a format has the comments of an entry."""

    comment: re.Pattern[str]
    top: Callable[[str, int], int]
    """Text, and an entry's start → where the comment lines above it begin."""
    behind: bool = True
    """Whether a comment may stand behind a value; else it goes above."""

    def edits(
        self, ours: Source, triple: tuple[Entry, Entry, Entry], others: tuple[str, str]
    ) -> list[Edit]:
        """The edits that give an entry of ours the wanted comments, if it has those of `base`.

        `triple` is the entry in `ours`, `base` and `want`, `others` are the last two texts.
        """
        mine, before, wanted = triple
        old, base, new = (
            self._notes(text, entry)
            for text, entry in zip((ours.text, *others), (mine, before, wanted), strict=True)
        )
        edits: list[Edit] = []
        if first_on_line(ours.text, mine.start) and old.above == base.above != new.above:
            edits.append(_above(ours.text, mine, old, new))
        if old.behind.strip() == base.behind.strip() != new.behind.strip():
            start = mine.value.end + ours.text.startswith(",", mine.value.end)
            edits.append(Edit(start, start + len(old.behind), new.behind))
        return edits

    def _notes(self, text: str, entry: Entry) -> Notes:
        above = text[self.top(text, entry.start) : line_start(text, entry.start)]
        lines = tuple(line.strip() for line in above.splitlines())
        end = entry.value.end
        if "\n" in text[entry.start : end]:
            return Notes(lines, "")
        gap = _GAP.match(text, end)
        found = self.comment.match(text, gap.end(), line_end(text, end)) if gap else None
        behind = gap.group(1) + found.group() if gap and found else ""
        return (
            Notes(lines, behind)
            if self.behind or not behind
            else Notes((behind.strip(), *lines), "")
        )


def _above(text: str, mine: Entry, old: Notes, new: Notes) -> Edit:
    start = line_start(text, mine.start)
    top = start
    for _ in old.above:
        top = line_start(text, top - 1)
    lines = [leading(text, mine.start) + line.strip() + eol(text) for line in new.above]
    return Edit(top, start, "".join(lines))
