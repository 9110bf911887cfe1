"""Edits such as a template makes: a rendered file for each, fitted to the file that it goes into.

The word VERSION in a body is 1 in what is applied first and 2 in the update that follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import indent

from bootstrap.patch import Shape
from tests.survey.corpus import Kind
from tests.survey.oracle import NOTHING, Tree

Path = tuple[str, ...]
Place = Callable[[Tree], Path | None]
"""Where an edit goes in a file; None: nowhere."""


@dataclass(frozen=True)
class Edit:
    """What is to be in a file."""

    name: str
    template: str
    shape: Shape

    def want(self, version: int = 1) -> bytes:
        """The rendered file."""
        return self.template.replace("VERSION", str(version)).encode()


@dataclass(frozen=True)
class Rule:
    """Makes one edit for any file that has a place for it."""

    name: str
    place: Place
    body: str
    into: str = "map"
    """What the body goes into: a map or a seq."""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def edits(kind: Kind, data: Tree) -> list[Edit]:
    """All edits that a file has a place for."""
    if kind.format in {"lines", "markdown"}:
        return [Edit(name, text, Shape(kind.format, {})) for name, text in TEXTS[kind.name].items()]
    found: list[Edit] = []
    for rule in RULES[kind.name]:
        path = rule.place(data)
        if path is not None and (value := at(data, path)) and value[0] in {rule.into, "null"}:
            text = WRITERS[kind.format](path, rule.body, rule.into)
            found.append(Edit(rule.name, text, Shape(kind.format, rule.lists)))
    return found


# --- places ---------------------------------------------------------------------------------------


def at(data: Tree, path: Path) -> Tree | None:
    """The value at a path, nothing where it could be; None if something else is in its way."""
    for key in path:
        if data[0] not in {"map", "null"}:
            return None
        data = dict(data[1]).get(key, NOTHING) if data[0] == "map" else NOTHING
    return data


def fixed(*keys: str) -> Place:
    """Always the same place, whether something is there or not."""
    return lambda _: keys


def there(*places: Path) -> Place:
    """The first of these places at which there is something."""

    def place(data: Tree) -> Path | None:
        return next((path for path in places if (at(data, path) or NOTHING) != NOTHING), None)

    return place


def walk(data: Tree, path: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Every value that keys alone lead to, with its place."""
    yield path, data
    for key, value in data[1] if data[0] == "map" else ():
        yield from walk(value, (*path, key))


def deepest(data: Tree) -> Path | None:
    """The deepest map that says something, the first of several."""
    places = [path for path, value in walk(data) if path and value[0] == "map" and value[1]]
    return max(places, key=len, default=None)


def first_map(data: Tree) -> Path | None:
    """The first map that says something, below the root."""
    return next((p for p, value in walk(data) if p and value[0] == "map" and value[1]), None)


def last_words(data: Tree) -> Path | None:
    """The last list of single values."""
    return _last_list(data, lambda item: item[0] not in {"map", "seq"})


def last_maps(data: Tree) -> Path | None:
    """The last list of maps."""
    return _last_list(data, lambda item: item[0] == "map")


def _last_list(data: Tree, fits: Callable[[Tree], bool]) -> Path | None:
    found = [
        p for p, value in walk(data) if value[0] == "seq" and value[1] and all(map(fits, value[1]))
    ]
    return found[-1] if found else None


def steps(number: int) -> Place:
    """The steps of the first (0) or last (-1) job of a workflow that has steps."""

    def place(data: Tree) -> Path | None:
        jobs = at(data, ("jobs",)) or NOTHING
        paths = [("jobs", key, "steps") for key, _ in jobs[1]] if jobs[0] == "map" else []
        with_steps = [path for path in paths if (at(data, path) or NOTHING)[0] == "seq"]
        return with_steps[number] if with_steps else None

    return place


# --- texts ----------------------------------------------------------------------------------------


def yaml_text(path: Path, body: str, into: str) -> str:
    """A YAML file that says `body` at a path."""
    lines = [f"{'  ' * depth}{_word(key)}:\n" for depth, key in enumerate(path)]
    return "".join([*lines, indent(body, "  " * len(path))])


def json_text(path: Path, body: str, into: str) -> str:
    """A JSON file that says `body` at a path."""
    left, right = "[]" if into == "seq" else "{}"
    if not path:
        return f"{left}\n{indent(body, '  ')}{right}\n"
    inner = json_text(path[1:], body, into)
    return f"{{\n  {json.dumps(path[0], ensure_ascii=False)}: {indent(inner, '  ').lstrip()}}}\n"


def toml_text(path: Path, body: str, into: str) -> str:
    """A TOML file that says `body` at a path."""
    table = path[:-1] if into == "seq" else path
    header = f"[{'.'.join(map(_word, table))}]\n" if table else ""
    return header + (f"{_word(path[-1])} = [\n{indent(body, '  ')}]\n" if into == "seq" else body)


def _word(key: str) -> str:
    return (
        key
        if re.fullmatch(r"[A-Za-z_][\w-]*", key, re.ASCII)
        else json.dumps(key, ensure_ascii=False)
    )


WRITERS = {"yaml": yaml_text, "json": json_text, "toml": toml_text}

# --- the edits of each kind -----------------------------------------------------------------------

HOOK = """\
# One call for commits, agents and CI
- repo: https://github.com/twelvefold/survey
  rev: v1.VERSION.0
  hooks:
    - id: survey
      args: [--fast, --level=VERSION]
    - id: survey-all
      stages: [pre-push]
"""
JOB = """\
survey:
  # The same call as on a laptop
  runs-on: ubuntu-latest
  permissions:
    contents: read
  steps:
    - uses: actions/checkout@v5 # the newest
      with:
        persist-credentials: false
    - name: Survey
      env: {LEVEL: "VERSION"}
      run: |
        make survey LEVEL=VERSION

        echo done
"""
STEP = """\
- name: Survey
  run: |
    make survey
    echo "done: VERSION"
"""
SERVICE = """\
survey:
  image: postgres:1VERSION
  environment:
    POSTGRES_DB: survey
  ports: ["5432"]
  healthcheck:
    test: [CMD, pg_isready]
"""
UPDATE = """\
- package-ecosystem: gitsubmodule
  directory: /survey
  schedule:
    interval: weekly
  cooldown:
    default-days: VERSION
"""
Y_KEY = """\
# What the survey needs
survey:
  level: VERSION
  words: [one, two]
"""
Y_LOCAL = Rule("nested key", deepest, "survey: level-VERSION\n")
Y_WORD = Rule("item", last_words, "- survey-VERSION\n", "seq")
Y_MAP = Rule("map in a list", last_maps, "- name: survey\n  level: VERSION\n", "seq")
IN_YAML = (Rule("key", fixed(), Y_KEY), Y_LOCAL, Y_WORD, Y_MAP)

J_KEY = """\
// What the survey needs
"survey": {
  "level": VERSION,
  "words": ["one", "two"]
}
"""
J_LOCAL = Rule("nested key", deepest, '"survey": "level-VERSION"\n')
J_WORD = Rule("item", last_words, '"survey-VERSION"\n', "seq")
J_MAP = Rule("map in a list", last_maps, '{ "name": "survey", "level": VERSION }\n', "seq")
IN_JSON = (Rule("key", fixed(), J_KEY), J_LOCAL, J_WORD, J_MAP)

FEATURE = '"ghcr.io/twelvefold/survey:1": { "level": "VERSION" }\n'
EXTENSIONS = fixed("customizations", "vscode", "extensions")
SERVER = """\
"survey": {
  "command": ".process/data",
  "args": ["mcp", "--level=VERSION"]
}
"""
STOP = '{ "hooks": [{ "type": "command", "command": ".process/validate VERSION" }] }\n'

T_TABLE = """\
# What the survey needs
[tool.survey]
level = VERSION # of ten
words = ["one", "two"]

[tool.survey.more]
path = 'survey'
"""
T_LOCAL = Rule("nested key", deepest, 'survey = "level-VERSION"\n')
T_WORD = Rule("item", last_words, '"survey-VERSION",\n', "seq")
T_TABLES = '[[tool.survey.rules]]\nname = "one"\n\n[[tool.survey.rules]]\nname = "VERSION"\n'
IN_TOML = (Rule("table", fixed(), T_TABLE), Rule("tables", fixed(), T_TABLES), T_LOCAL, T_WORD)
CRATE = 'survey = { version = "VERSION", default-features = false }\n'

RULES: dict[str, tuple[Rule, ...]] = {
    "pre-commit": (
        Rule(
            "hook",
            fixed("repos"),
            HOOK,
            "seq",
            {"repos": ("repo", "hooks.id"), "repos.hooks": ("id",)},
        ),
        Rule("key", fixed(), Y_KEY),
    ),
    "GitHub workflow": (
        Rule("job", there(("jobs",)), JOB),
        Rule("step in the first job", steps(0), STEP, "seq"),
        Rule("step in the last job", steps(-1), STEP, "seq"),
        Rule("trigger", there(("on",)), "merge_group:\n"),
        Rule("trigger", there(("on",)), "- merge_group\n", "seq"),
        Y_LOCAL,
    ),
    "Dependabot": (
        Rule(
            "update",
            fixed("updates"),
            UPDATE,
            "seq",
            {"updates": ("package-ecosystem", "directory")},
        ),
    ),
    "Compose": (Rule("service", fixed("services"), SERVICE), *IN_YAML),
    "MkDocs": IN_YAML,
    "other YAML": IN_YAML,
    "dev container": (
        Rule("feature", fixed("features"), FEATURE),
        Rule("extension", EXTENSIONS, '"twelvefold.survey-VERSION"\n', "seq"),
        *IN_JSON,
    ),
    "package.json": (
        Rule("script", fixed("scripts"), '"survey": "make survey LEVEL=VERSION"\n'),
        Rule("dependency", fixed("devDependencies"), '"@twelvefold/survey": "^VERSION.0.0"\n'),
        J_WORD,
    ),
    "tsconfig": (Rule("option", fixed("compilerOptions"), '"surveyLevel": VERSION\n'), *IN_JSON),
    "MCP servers": (
        Rule("server", there(("mcpServers",), ("servers",)), SERVER),
        J_LOCAL,
    ),
    "Claude settings": (
        Rule(
            "permission",
            fixed("permissions", "allow"),
            '"Bash(.process/validate VERSION)"\n',
            "seq",
        ),
        Rule("hook", fixed("hooks", "Stop"), STOP, "seq"),
    ),
    "VS Code": IN_JSON,
    "other JSON": IN_JSON,
    "pyproject": (
        *IN_TOML,
        Rule("dependency", there(("project", "dependencies")), '"survey>=VERSION",\n', "seq"),
        Rule("project key", there(("project",), ("tool", "poetry")), "survey = 'VERSION'\n"),
    ),
    "Cargo": (
        *IN_TOML,
        Rule("dependency", there(("dependencies",), ("workspace", "dependencies")), CRATE),
    ),
    "other TOML": (*IN_TOML, Rule("key", first_map, "survey = [ 0, VERSION ] # of ten\n")),
}

SECTION = """\
<!-- twelvefold:begin (from the template; your own text goes outside) -->

## What the survey needs

- A survey by `make survey LEVEL=VERSION`
- Another one by `make survey-twice`

<!-- twelvefold:end -->
"""
LINE = "# What the survey leaves behind\n*.survey\n/survey-VERSION/\n"
TEXTS: dict[str, dict[str, str]] = {
    "ignore file": {"lines": LINE},
    "attributes": {"line": "# Of the survey\nsurvey/** text eol=lf linguist-generated=VERSION\n"},
    "CODEOWNERS": {"line": "/survey/VERSION @twelvefold/survey\n"},
    "README": {"section": SECTION},
    "agents, contributing": {"section": SECTION, "line": "@survey-VERSION.md\n"},
}
