"""Ways in which one file differs from another one that says about the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import yaml
from hypothesis import strategies as st
from patch_shapes import Shape

Mutation = Callable[[st.DrawFn, str, Shape], str]


@st.composite
def mutated(draw: st.DrawFn, shape: Shape) -> tuple[str, bool]:
    """The user's file after some mutations, and whether all were harmless: it has to be patched."""
    text = shape.ours
    hard = draw(st.one_of(st.none(), st.sampled_from(HARD[shape.kind])))
    text = hard(draw, text, shape) if hard else text
    for mutate in draw(st.lists(st.sampled_from(LAYOUT[shape.kind]), max_size=2)):
        text = mutate(draw, text, shape)
    for mutate in draw(st.lists(st.sampled_from(ENDS), max_size=3, unique=True)):
        text = mutate(draw, text, shape)
    return text, hard is None


# --- what any text can have


def crlf(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def mixed(draw: st.DrawFn, text: str, shape: Shape) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    ends = draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(lines), max_size=len(lines)))
    return "".join(line + end for line, end in zip(lines[:-1], ends, strict=False)) + lines[-1]


def bom(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return "\ufeff" + text.removeprefix("\ufeff")


def no_end(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return text.rstrip("\r\n")


def blank_tail(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return text + draw(st.sampled_from(["\n", "\n\n", "  \n"]))


def trailing(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """White space behind some lines; not behind a backslash, which it would make another sign."""
    tail = draw(st.sampled_from([" ", "   "]))
    return _on_some_lines(draw, text, lambda line: line if line[-1:] in ("", "\\") else line + tail)


def trailing_tabs(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """Tabs behind some lines; YAML's readers do not agree on all of them."""
    return _on_some_lines(draw, text, lambda line: line + "\t")


def unicode(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return text.replace("theirs", "ü\U0001f600\u2028")


def blank_lines(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return text.replace("\n", "\n\n")


def tail_comment(draw: st.DrawFn, text: str, shape: Shape) -> str:
    ends = {
        "yaml": ["# tail\n", "  # deep\n# flat\n", "    # - old\n", "# tail"],
        "toml": ["# tail\n", "\n# tail"],
        "json": ["// tail\n", "/* tail */"],
        "markdown": ["tail\n", "<!-- tail -->\n"],
        "lines": ["# tail", "#\n"],
        "script": ["# tail\n"],
    }[shape.kind]
    return text + ("" if text.endswith("\n") else "\n") + draw(st.sampled_from(ends))


def doubled(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """Twice the indentation, that behind the dashes of YAML included."""
    text = re.sub(r"(?m)^([ \t]+)", r"\1\1", text)

    def wide(found: re.Match[str]) -> str:
        return found[1] + re.sub(r"- +", lambda dash: f"{dash[0]}{dash[0][1:]} ", found[2])

    return re.sub(r"(?m)^( *)((?:- +)+)", wide, text) if shape.kind == "yaml" else text


def repeated(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return _on_some_lines(draw, text, lambda line: f"{line}\n{line}")


def _on_some_lines(draw: st.DrawFn, text: str, change: Callable[[str], str]) -> str:
    lines = text.split("\n")
    chosen = draw(st.sets(st.integers(0, len(lines) - 1), max_size=4))
    return "\n".join(change(line) if at in chosen else line for at, line in enumerate(lines))


# --- YAML

_VALUE = re.compile(r"^( *(?:- +)*[\w.-]+: +)([\w.\"'/]+.*)$", re.MULTILINE)
_HOLDER = re.compile(r"^( *(?:- +)*[\w.-]+:)( *\n)", re.MULTILINE)


def unindented(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """The sequences of the first level below a key start at that key's column."""
    parts = re.split(r"(?m)^(?=\S)", text)
    return "".join(_less(part) if re.match(r"[\w-]+:\n  *- ", part) else part for part in parts)


def _less(part: str) -> str:
    depth = min(len(line) - len(line.lstrip()) for line in part.split("\n")[1:] if line.strip())
    return re.sub(rf"(?m)^ {{{depth}}}", "", part)


def anchor_on_a_value(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return _at_one(draw, _VALUE, text, lambda found: f"{found[1]}&v{len(text)} {found[2]}")


def anchor_on_a_target(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return _at_one(draw, _HOLDER, text, lambda found: f"{found[1]} &target{found[2]}")


def shared_target(draw: st.DrawFn, text: str, shape: Shape) -> str:
    text = anchor_on_a_target(draw, text, shape)
    return text + "x-again: *target\n" if "&target" in text else text


def merge_key(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """One mapping takes keys of another one in."""
    return "x-keys: &keys {x-one: 1, x-two: 2}\n" + _at_one(
        draw,
        re.compile(r"^( *)([\w.-]+:.*)$", re.MULTILINE),
        text.removeprefix("---\n"),
        lambda found: f"{found[1]}<<: *keys\n{found[0]}",
    )


def duplicate_off_the_path(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return text + "x-twice: 1\nx-twice: [2]\n"


def duplicate_on_the_path(draw: st.DrawFn, text: str, shape: Shape) -> str:
    keys = re.findall(r"^[\w-]+(?=:)", shape.both, re.MULTILINE)
    return f"{text}{draw(st.sampled_from(keys))}:\n" if keys else text


def flow(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """One block becomes a list or a mapping in brackets."""
    tree = yaml.compose(text, yaml.SafeLoader)
    blocks = [block for block in _blocks(tree) if "&" not in _source(block)]
    if not blocks:
        return text
    node = draw(st.sampled_from(blocks))
    start, end = node.start_mark.index, _end(node)
    above = text[:start].rstrip()
    if above.endswith((":", "-")) and "#" not in text[len(above) : start]:
        return above + " " + _in_brackets(node) + text[end:]
    return text[:start] + " " + _in_brackets(node) + text[end:] if start else text


def _source(node: yaml.Node) -> str:
    return str(node.start_mark.buffer)[node.start_mark.pointer : _end(node)]


def _blocks(node: yaml.Node) -> Iterator[yaml.CollectionNode]:
    if isinstance(node, yaml.CollectionNode):
        if not node.flow_style and node.value:
            yield node
        for child in node.value:
            for each in child if isinstance(child, tuple) else (child,):
                yield from _blocks(each)


def _end(node: yaml.Node) -> int:
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return end - 1 if block else end


def _in_brackets(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        pairs = [f"{_in_brackets(key)}: {_in_brackets(value)}" for key, value in node.value]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ", ".join(map(_in_brackets, node.value)) + "]"
    plain = node.style is None and re.fullmatch(r"[\w./-]+", node.value)
    return str(node.value) if plain else json.dumps(node.value)


def _at_one(
    draw: st.DrawFn, pattern: re.Pattern[str], text: str, new: Callable[[re.Match[str]], str]
) -> str:
    places = list(pattern.finditer(text))
    if not places:
        return text
    found = draw(st.sampled_from(places))
    return text[: found.start()] + new(found) + text[found.end() :]


# --- JSON


def tabs(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return re.sub(r"(?m)^( +)", lambda found: "\t" * (len(found[1]) // 2), text)


def commas(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return re.sub(r'(["\]}\w])(?=\s*\n\s*[\]}])', r"\1,", text)


def notes(draw: st.DrawFn, text: str, shape: Shape) -> str:
    return _on_some_lines(draw, text, lambda line: f"{line} // note" if '"' in line else line)


def minified(draw: st.DrawFn, text: str, shape: Shape) -> str:
    try:
        return json.dumps(json.loads(text), separators=draw(st.sampled_from([(",", ":"), None])))
    except ValueError:
        return " ".join(re.sub(r"//[^\n]*\n", "\n", text).split()) if "://" not in text else text


def twice(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """One member is there twice."""
    return _on_some_lines(draw, text, lambda line: f"{line}\n{line}" if line[-1:] == "," else line)


# --- TOML


def inline(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """One table of plain values becomes an inline table above all others."""
    found = _table(draw, text)
    if not found:
        return text
    pairs = ", ".join(found[2].split("\n")[:-1])
    return f"{found[1]} = {{ {pairs} }}\n{text[: found.start()]}{text[found.end() :]}"


def dotted(draw: st.DrawFn, text: str, shape: Shape) -> str:
    """The same, written with dotted keys."""
    found = _table(draw, text)
    if not found:
        return text
    lines = "".join(f"{found[1]}.{line}\n" for line in found[2].split("\n")[:-1])
    return f"{lines}{text[: found.start()]}{text[found.end() :]}"


def _table(draw: st.DrawFn, text: str) -> re.Match[str] | None:
    plain = re.compile(
        r"^\[([\w.]+)\]\n((?:[\w-]+ = [^\n\[{#]*[^\n\[{#\"]\"?\n)+)(?=\n|\[|\Z)", re.M
    )
    tables = list(plain.finditer(text))
    return draw(st.sampled_from(tables)) if tables else None


ENDS: list[Mutation] = [crlf, mixed, bom, no_end, blank_tail]

LAYOUT: dict[str, list[Mutation]] = {
    "yaml": [trailing, unicode, tail_comment, doubled, unindented, anchor_on_a_value],
    "json": [trailing, unicode, tail_comment, doubled, tabs, commas, notes, blank_lines],
    "toml": [trailing, unicode, tail_comment, doubled, blank_lines],
    "lines": [trailing, unicode, tail_comment, blank_lines, repeated],
    "markdown": [trailing, unicode, tail_comment, blank_lines, repeated],
    "script": [unicode, tail_comment, doubled, blank_lines],
}
"""What changes neither the data nor the way to patch it: the file has to be patched."""

HARD: dict[str, list[Mutation]] = {
    "yaml": [
        *(anchor_on_a_target, shared_target, merge_key, flow),
        *(duplicate_off_the_path, duplicate_on_the_path, blank_lines, trailing_tabs),
    ],
    "json": [minified, twice, trailing_tabs],
    "toml": [inline, dotted, repeated, trailing_tabs],
    "lines": [trailing_tabs],
    "markdown": [trailing_tabs],
    "script": [trailing, repeated, trailing_tabs],
}
"""What may be refused."""
