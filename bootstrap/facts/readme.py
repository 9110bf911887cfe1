"""A README's title and its first sentence, in Markdown, reStructuredText or AsciiDoc."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bootstrap.facts.scan import folder, join
from bootstrap.repo import LINK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

MAX_TEXT = 20_000
"""Characters that are read: what a project is stands at the top."""
MAX_PARAGRAPH = 4_000
MAX_LINE = 60
"""A title or a description stands above this line."""
LONGEST_NAME = 60
LONG_NAME = 4
"""Words of a heading; one with more of them is a sentence, and a logo says the name better."""
MAX_LOGO = 16
"""The logo stands above this line."""
LONGEST_LOGO = 3
"""Words of a name in a picture; more of them describe the picture."""
SHORTEST_SENTENCE = 20

_ENDINGS = ("md", "markdown", "mdx", "rst", "adoc", "asciidoc", "rdoc", "txt", "")


@dataclass(frozen=True)
class Part:
    """A heading (level 1, 2, …) or a paragraph (level 0)."""

    level: int
    line: int
    text: str


def path_of(scan: Scan) -> str:
    """The README that a forge shows for the repository, '' if there is none."""
    for place in (".", ".github", "docs"):
        names = {name.lower(): name for name in scan.inside(place)}
        for ending in _ENDINGS:
            name = names.get(f"readme.{ending}".rstrip("."))
            if name:
                return _target(scan, name if place == "." else f"{place}/{name}")
    return ""


def _target(scan: Scan, path: str) -> str:
    """The file behind a link inside the repository."""
    if scan.repo.files[path] != LINK or not scan.repo.inside(path):
        return path
    try:
        return join(folder(path), str((scan.repo.root / path).readlink())) or path
    except OSError:
        return path


# What is no prose: front matter, comments, code, and what belongs to a directive.
_NO_PROSE = (
    re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*$", re.DOTALL | re.MULTILINE),
    re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL),
    re.compile(r"^[ \t>]*(```|~~~).*?(?:^[ \t>]*\1|\Z)", re.DOTALL | re.MULTILINE),
    re.compile(r"^(----+|\.\.\.\.+)\n(?:[^\n]*\n){1,40}?\1$", re.MULTILINE),
    re.compile(r"^\.\. [^\n]*(?:\n[ \t]+[^\n]*|\n(?=\n[ \t]+\S))*", re.MULTILINE),
    re.compile(r"<(script|style|pre|details)\b.*?(?:</\1>|\Z)", re.DOTALL),
)


def parts(text: str) -> list[Part]:
    """The headings and paragraphs at the top of a README, in their order."""
    text = text[:MAX_TEXT].replace("\r\n", "\n")
    for pattern in _NO_PROSE:
        text = pattern.sub(lambda match: "\n" * match[0].count("\n"), text)
    return [part for block in _blocks(text) for part in _parts(*block)]


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that stand together, with the number of their first one."""
    held: list[str] = []
    for number, line in enumerate([*text.splitlines()[:MAX_LINE], ""], 1):
        if line.strip():
            held.append(line)
        elif held:
            yield number - len(held), held
            held = []


_HEADING = re.compile(r"^(#{1,6}|={1,6})[ \t]+(.+?)[ \t]*#*$")
_UNDERLINE = re.compile(r"^([=\-~^*\"'`+#])\1{2,}[ \t]*$")
_HTML = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1>", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"^(?: {4}|\t)(?!\s*<)")
_NO_TEXT = re.compile(r"^\s*(\[[^\]]+\]:\s|:[\w-]+:|[-*+] |\d+[.)] |\||\[!\w+\]|image::|//)")


def _parts(first: int, lines: list[str]) -> Iterator[Part]:
    held: list[str] = []
    listed = False
    for number, raw in enumerate([*lines, ""], first):
        line = re.sub(r"^\s*>\s?", "", raw)
        heading, under = _HEADING.match(line), _UNDERLINE.match(line)
        listed = not heading and (listed or bool(_NO_TEXT.match(line)))
        if held and (heading or listed or not line.strip()):
            yield from _paragraph(number - len(held), held)
            held = []
        if heading:
            yield Part(len(heading[1]), number, heading[2])
        elif under and held:
            yield Part(1 if under[1] == "=" else 2, number - len(held), " ".join(held))
            held = []
        elif line.strip() and not (under or listed or _CODE.match(line)):
            held.append(line)


def _paragraph(line: int, held: list[str]) -> Iterator[Part]:
    """A paragraph, or the headings that are written as HTML in it."""
    text, end = "\n".join(held)[:MAX_PARAGRAPH], 0
    for match in _HTML.finditer(text):
        yield Part(0, line + text.count("\n", 0, end), text[end : match.start()])
        yield Part(int(match[1]), line + text.count("\n", 0, match.start()), match[2])
        end = match.end()
    yield Part(0, line + text.count("\n", 0, end), text[end:])


_NO_NAME = re.compile(
    r"^(what|why|how|about|table of|an?)\b|\bis (now |in |no longer |deprecated|archived)|^\W*$|\?$|://|^(overview|introduction|readme|installation|features"
    r"|usage|getting started|quick ?start|contributing|description|documentation|contents|news"
    r"|sponsors?|status|download|license|disclaimer|important|notice|note|warning|deprecat\w+)$",
    re.IGNORECASE,
)
_TAGLINE = re.compile(r"\s+(?:--+|—|\u2013|-|=|\|)\s+|:(?:\s|(?=v?\d))|\s+v?\d+\.\d[\w.]*$")


# A section above the project's own title.
_WARNING = re.compile(
    r"^\W*(disclaimer|important|notice|note|warning|attention|deprecat\w*|archived)\b.{0,20}$",
    re.IGNORECASE,
)


def _from_title(found: list[Part]) -> list[Part]:
    """The parts without the warnings above the title, where a title follows."""
    named = [part for part in found if part.level == 1 and not _WARNING.match(plain(part.text))]
    first = next((part for part in found if part.level), None)
    warned = first is not None and _WARNING.match(plain(first.text)) and named
    return found[found.index(named[0]) :] if warned else found


def title(found: list[Part]) -> Part | None:
    """The first heading, else the words of the logo above everything."""
    found = _from_title(found)
    first = next((part for part in found if part.level), None)
    text = _name(plain(first.text)) if first and first.level == 1 else ""
    if first and text and len(text.split()) <= LONG_NAME:
        return Part(1, first.line, text)
    above = found[: found.index(first) + 1] if first else found
    logos = (Part(1, part.line, _logo(part.text)) for part in above if part.line <= MAX_LOGO)
    logo = next((logo for logo in logos if logo.text), None)
    return logo or (Part(1, first.line, text) if first and text else None)


def _name(text: str) -> str:
    """A heading as a name, without greeting, tagline and version; '' if it names a section."""
    text = re.sub(r"^welcome to (the )?|\.$", "", text, flags=re.IGNORECASE)
    text = _TAGLINE.split(text)[0].strip()
    return "" if len(text) > LONGEST_NAME or _NO_NAME.search(text) else text


_IMAGE = re.compile(
    r"!\[([^\]]*)\]\(([^)]*)\)|<img\b(?=[^>]*?\b(?:alt|title)=[\"']([^\"']*))(?=[^>]*?\bsrc=[\"']([^\"']*))"
)
_THANKS = re.compile(r"sponsor|thanks to|supported by|\balt=.(alt|project banner)\b", re.IGNORECASE)
_BADGE_URL = re.compile(
    r"badge|shields\.io|poser|img\.\w+\.io|/workflows/|/actions/|codecov|travis|coveralls|status"
)


def _logo(text: str) -> str:
    """The name in the alternative text of the first image, if that is a logo."""
    match = _IMAGE.search(text)
    if not match or _BADGE_URL.search(match[2] or match[4] or "") or _THANKS.search(text):
        return ""
    said = html.unescape(match[1] or match[3] or "")
    name = re.sub(
        r"\b(logo|banner|icon|image|header|wordmark|dark|light|the)\b|[\"'()]",
        "",
        said,
        flags=re.IGNORECASE,
    )
    name = _name(" ".join(name.split()).strip("-|:, "))
    return name if len(name.split()) <= LONGEST_LOGO else ""


_ABOUT = re.compile(
    r"^(table of contents|contents|about|overview|introduction|intro|description|what('s| is)"
    r"|summary|synopsis)\b",
    re.IGNORECASE,
)
# Sentences that greet, point elsewhere or warn instead of saying what the project is.
_NO_SUMMARY = re.compile(
    r"^(these\b|those\b|to get\b|(the|this) project is made possible\b"
    r"|welcome|hello|hi\b|help\b|thank|please|copyright|©|\(c\)|see\b|check|read\b|visit|note|warning"
    r"|important|deprecat|documentation|\w+ documentation:|english|translations?|click|download"
    r"|this (repo|project|package|module|library)\w* (is|has been) (now |no longer |being )?"
    r"(archiv|deprecat|maintain|unmaintain|support|unsupport|retir)"
    r"|(our|my|we|if|this functionality)\b"
    r"|.*\b(sponsors|no longer (supported|maintained|developed))\b"
    r"|table of|sponsor|https?:|learn more|for more|join|follow|looking for)",
    re.IGNORECASE,
)


def summary(found: list[Part]) -> Part | None:
    """The first sentence below the title that says what the project is."""
    found = _from_title(found)
    headings = [part for part in found if part.level]
    others = (p.line for p in headings[1:] if not _ABOUT.match(_heading(p)))
    stop = next(others, MAX_LINE + 1)
    start = headings[0].line if headings else 0
    inside = [part for part in found if not part.level and part.line < stop]
    # A picture of the name may stand below its sentence.
    for part in sorted(inside, key=lambda part: (part.line < start, part.line)):
        text = _sentence(part.text)
        if text:
            return Part(0, part.line, text)
    return _phrase(headings[0]) if headings else None


def _phrase(heading: Part) -> Part | None:
    """A title that is no name but says what the project is."""
    text = _heading(heading)
    said = (
        len(text.split()) > LONG_NAME and not _NO_SUMMARY.match(text) and not _NO_NAME.search(text)
    )
    return Part(0, heading.line, text) if heading.level == 1 and said else None


def _heading(part: Part) -> str:
    return plain(part.text)


# What follows is about others.
_THANKED = re.compile(
    r"(special |many )?thanks to\b|(sponsored|supported|backed) by\b", re.IGNORECASE
)


def _sentence(text: str) -> str:
    beside = plain(_LINK.sub("", _ANCHOR.sub("", _BADGE.sub("", text))))
    said = plain(text)
    if not re.search(r"\w{2}.*\s", beside) or not re.match(r"[\w\"'(]", said):
        return ""
    if _THANKED.match(said):
        return ""
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z\"'(])", said):
        if sentence.endswith("?"):
            return ""
        leads = _NO_SUMMARY.match(sentence) or sentence.endswith(":")
        if len(sentence) > SHORTEST_SENTENCE and not leads:
            return sentence
    return ""


_TO = r"(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])"
_BADGE = re.compile(rf"\[!\[[^\]]*\]{_TO}?\]{_TO}?|!\[[^\]]*\]{_TO}?|image:\S*\[[^\]]*\]")
_LINK = re.compile(
    rf"\[([^\]]*)\]{_TO}|`([^`<]*?)\s*<[^>`]*>`__?|(?:link:|https?:)\S*?\[([^\]]*)\]"
)
_ANCHOR = re.compile(r"<a\b.*?</a>", re.DOTALL)
_ROLE = re.compile(r":[\w-]+:`~?([^`<]*?)(?:\s*<[^>`]*>)?`|\|[\w -]+\|")


def plain(text: str) -> str:
    """Prose without markup: images, links, emphasis, entities, backslashes, emoji."""
    text = re.sub(r"\\([^\w\s])", lambda match: f"&#{ord(match[1])};", text)
    text = _BADGE.sub("", text)
    text = _LINK.sub(lambda match: match[1] or match[2] or match[3] or "", text)
    text = re.sub(r"\[([^\[\]]*)\]", r"\1", text)
    text = _ROLE.sub(lambda match: match[1] or "", text)
    text = re.sub(r"<br\b[^>]*>", " ", text)
    text = re.sub(r"<[^>]+>|:[a-z0-9_+-]+:(?!\w)", "", text)
    text = re.sub(r"(?<!\w)_+(?=\w)|(?<=[\w.!?])_+(?!\w)", "", text)
    text = html.unescape(re.sub(r"[*`]|[\U0001F000-\U0001FFFF\u2600-\u27BF\uFE0F]", "", text))
    return " ".join(text.split()).strip("[]() ")
