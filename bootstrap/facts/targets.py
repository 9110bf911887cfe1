"""Names that task runners give to commands: make, just, Task, mise, pre-commit, scripts in bin/."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bootstrap.facts.load import dig, mapping, strings
from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.parts import Target
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNERS = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile", ".justfile", "JUSTFILE"),
    "task": ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml"),
    "mise": ("mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml"),
    "procfile": ("Procfile", "Procfile.dev"),
    "nix": ("flake.nix", "shell.nix", "default.nix"),
    "invoke": ("tasks.py",),
    "cake": ("build.cake", "cake.config"),
    "nuke": (".nuke/parameters.json",),
    "mage": ("magefile.go",),
    "earthly": ("Earthfile",),
}
_MENTION = {"invoke": r"^(from|import) invo(ke|cations)\b"}

MAX_TARGETS = 400
MAX_VALUE = 200
"""Characters of a makefile variable that is filled in."""


def task_runners(scan: Scan) -> tuple[Fact[str], ...]:
    """The task runners whose file stands in the root."""
    found = []
    for runner, names in RUNNERS.items():
        name = next((name for name in names if scan.has(name)), "")
        if name and (runner not in _MENTION or scan.at(name, _MENTION[runner]).line):
            found.append(Fact(runner, (Evidence(name),)))
    if not any(fact.value == "mise" for fact in found):
        tasks = next(scan.under(".mise/tasks"), next(scan.under("mise-tasks"), ""))
        found += [Fact("mise", (Evidence(tasks),))] if tasks else []
    return tuple(found)


def targets(scan: Scan) -> list[Target]:
    """The targets of every runner that stands in a folder of its own, the root's first."""
    found: list[Target] = []
    for path in scan.named(*RUNNERS["make"])[:20]:
        parts: list[Target] = []
        for part in (path, *_included(scan, path, _MAKE_INCLUDE)):
            parts += _make(scan, part, folder(path))
        found += (*parts, *_prefixed(scan, parts))
    for path in scan.named(*RUNNERS["just"])[:10]:
        for part in (path, *_included(scan, path, _JUST_IMPORT)):
            found += _just(scan, part, folder(path))
        for module, part in _modules(scan, path):
            found += _just(scan, part, folder(path), f"{module}::")
    for path in scan.named(*RUNNERS["task"])[:10]:
        found += _task(scan, path)
    found += _mise(scan)
    found += _pre_commit(scan)
    found += _lefthook(scan)
    found += _scripts(scan)
    return found[:MAX_TARGETS]


_MAKE_INCLUDE = re.compile(r"^-?include[ \t]+([^\n$]+)$", re.MULTILINE)
_JUST_IMPORT = re.compile(r"^import\??[ \t]+['\"]([^'\"\n]+)['\"]", re.MULTILINE)
_JUST_MODULE = re.compile(r"^mod\??[ \t]+([\w-]+)(?:[ \t]+['\"]([^'\"\n]+)['\"])?", re.MULTILINE)
MAX_PARTS = 20


def _included(scan: Scan, path: str, pattern: re.Pattern[str]) -> list[str]:
    """The files that a file includes by name; what they include themselves is left out."""
    names = [name for names in pattern.findall(scan.text(path)) for name in names.split()]
    found = (join(folder(path), name) for name in names[:MAX_PARTS])
    return [file for file in found if file and scan.has(file)]


def _modules(scan: Scan, path: str) -> Iterator[tuple[str, str]]:
    """The modules of a justfile: name and file."""
    for name, place in _JUST_MODULE.findall(scan.text(path))[:MAX_PARTS]:
        usual = (f"{name}.just", f"{name}/mod.just", f"{name}/justfile", f"{name}/.justfile")
        for option in (place, f"{place}/mod.just", f"{place}/justfile") if place else usual:
            file = join(folder(path), option)
            if file and scan.has(file):
                yield name, file
                break


_RULE = re.compile(r"^([A-Za-z0-9][\w./ -]*?)\s*::?(?![=:])\s*([^#;]*)")


def _make(scan: Scan, path: str, directory: str) -> Iterator[Target]:
    text = _without_variables(scan.text(path))
    lines = text.splitlines()
    found: dict[str, Target] = {}
    for number, line in enumerate(lines, 1):
        match = _RULE.match(line)
        if not match or "%" in line.split(":")[0] or line.startswith("\t"):
            continue
        body = tuple(_recipe(lines[number:]))
        # A variable of one target needs nothing.
        words = () if "=" in match[2] else match[2].split()
        needed = tuple(f"make {word}" for word in words if re.match(r"^[\w-]+$", word))
        for name in match[1].split():
            evidence = Evidence(path, number, line.strip()[:200])
            target = Target(name, f"make {name}", directory, needed + body, evidence, "make")
            found[name] = _with_more(found[name], target.body) if name in found else target
    yield from found.values()


def _with_more(target: Target, body: tuple[str, ...]) -> Target:
    """A target of several rules needs what all of them name."""
    return replace(target, body=(*target.body, *body))


_ANY = re.compile(r"^%:\s*([\w-]+)%", re.MULTILINE)


def _prefixed(scan: Scan, parts: list[Target]) -> Iterator[Target]:
    """`%: common-%` gives every target common-x the name x too."""
    paths = dict.fromkeys(target.evidence.path for target in parts)
    match = next((found for path in paths if (found := _ANY.search(scan.text(path)))), None)
    names = {target.name for target in parts}
    for target in parts if match else ():
        name = target.name.removeprefix(match[1]) if match else ""
        if name not in names:
            run = f"make {name}"
            yield replace(target, name=name, run=run, body=(target.run, *target.body))


_VARIABLE = re.compile(r"^(?:export\s+)?(\w+)[ \t]*[:?]?=[ \t]*([^\n]*)$", re.MULTILINE)


def _without_variables(text: str) -> str:
    """A makefile with its plain variables filled in and its function calls left out."""
    values = {name: value.split("#")[0].strip() for name, value in _VARIABLE.findall(text)}

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1] or match[2], "")
        return found if len(found) < MAX_VALUE else ""

    for _ in range(4):
        filled = re.sub(
            r"\$\((\w*)\)|\$\{(\w*)\}|\$\([^()\n]*\)",
            lambda m: value(m) if m.lastindex else "",
            text,
        )
        if filled == text or len(filled) > 4 * len(text) + 10_000:
            break
        text = filled
    return text


def _recipe(lines: list[str]) -> Iterator[str]:
    """The indented lines after a rule, joined at continuations."""
    held = ""
    for line in lines:
        if (
            line.strip()
            and not line[0].isspace()
            and not line.startswith(("#", "else", "endif", "if"))
        ):
            return
        text = line.strip().lstrip("@-+").strip()
        if text.endswith("\\"):
            held += text[:-1] + " "
        elif text and not text.startswith("#"):
            yield held + text
            held = ""


_RECIPE = re.compile(
    r"^@?([A-Za-z_][\w-]*)((?:\s+[*+$]?\w+(?:=(?:'[^']*'|\"[^\"]*\"|[^\s:]+))?)*)\s*:(?!=)\s*(.*)$"
)


def _just(scan: Scan, path: str, directory: str, module: str = "") -> Iterator[Target]:
    lines = scan.text(path).splitlines()
    for number, line in enumerate(lines, 1):
        match = _RECIPE.match(line)
        if not match or match[1] in ("set", "alias", "import", "mod", "export"):
            continue
        wanted = re.findall(r"[\w-]+", match[3].split("#")[0])
        needed = tuple(f"just {module}{word}" for word in wanted)
        body = tuple(_recipe(lines[number:]))
        evidence = Evidence(path, number, line.strip()[:200])
        required = re.findall(
            r"(?<![\w*$=\"'-])\+?\w+(?=\s|$)", re.sub(r"=('[^']*'|\"[^\"]*\")", "=", match[2])
        )
        if not required:
            name = f"{module}{match[1]}"
            run, takes = f"just {name}", bool(re.search(r"[*+]\$?\w+", match[2]))
            yield Target(name, run, directory, needed + body, evidence, "just", takes=takes)


def _task(scan: Scan, path: str) -> Iterator[Target]:
    for name, task in mapping(dig(scan.yaml(path), "tasks")).items():
        body: list[str] = []
        commands = mapping(task)
        steps = task if isinstance(task, list | str) else commands.get("cmds", commands.get("cmd"))
        for step in [*_list(commands.get("deps")), *_list(steps)]:
            called = mapping(step).get("task")
            body += [f"task {called}"] if called else strings(mapping(step).get("cmd", step))
        evidence = scan.at(path, rf"^\s+[\"']?{re.escape(name)}[\"']?:")
        yield Target(name, f"task {name}", folder(path), tuple(body), evidence, "task")


def _list(data: object) -> list[object]:
    return data if isinstance(data, list) else [] if data is None else [data]


def _mise(scan: Scan) -> Iterator[Target]:
    for path in RUNNERS["mise"]:
        for name, task in mapping(scan.toml(path).get("tasks")).items():
            lines = strings(task if isinstance(task, str | list) else mapping(task).get("run"))
            needed = [f"mise run {other}" for other in strings(mapping(task).get("depends"))]
            directory = join(str(mapping(task).get("dir") or ".")) or "."
            evidence = scan.at(path, rf"^\[?\"?(tasks\.)?\"?{re.escape(name)}\"?\s*[=\]]")
            steps = (*needed, *(f"cd {directory} && {b}" if directory != "." else b for b in lines))
            yield Target(name, f"mise run {name}", ".", steps, evidence, "mise")
    for place in (".mise/tasks", "mise-tasks", ".mise-tasks"):
        for path in scan.under(place):
            name = path.removeprefix(place + "/").rpartition(".sh")[0] or path.removeprefix(
                place + "/"
            )
            called = name.replace("/", ":")
            body = tuple(scan.text(path).splitlines()[:200])
            yield Target(called, f"mise run {called}", ".", body, Evidence(path), "mise")


PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")

# Hook ids that are not the name of the tool that they run.
HOOKS = {
    "ruff": "ruff check",
    "ruff-check": "ruff check",
    "ruff-format": "ruff format",
    "biome-check": "biome check",
    "biome-ci": "biome check",
    "golangci-lint": "golangci-lint run",
    "golangci-lint-full": "golangci-lint run",
    "golangci-lint-fmt": "golangci-lint fmt",
    "go-fmt": "gofmt -w",
    "go-vet": "go vet",
    "cargo-check": "cargo check",
    "terraform_tofu_fmt": "tofu fmt",
    "tofu_fmt": "tofu fmt",
    "clippy": "cargo clippy",
    "cargo-clippy": "cargo clippy",
    "fmt": "cargo fmt",
    "cargo-fmt": "cargo fmt",
    "terraform_fmt": "terraform fmt",
    "terraform_tflint": "tflint",
    "terraform_validate": "terraform validate",
    "mirrors-mypy": "mypy",
    "black-jupyter": "black",
    "pyright-python": "pyright",
    "sqlfluff-lint": "sqlfluff lint",
    "csharpier": "csharpier",
    "pyupgrade": "ruff check",
}


_OURS = ("process-merge-markers", "process-secrets", "process-context")
"""Hooks of this template that say nothing about a project's own style."""


def _pre_commit(scan: Scan) -> Iterator[Target]:
    """The whole pipeline as one target, whose body is the tools that its hooks run."""
    for path in PRE_COMMIT:
        if not scan.has(path):
            continue
        data = scan.toml(path) if path.endswith(".toml") else scan.yaml(path)
        # prek reads line breaks inside inline tables, which tomllib doesn't yet.
        idents = re.findall(r"\bid\s*=\s*\"([\w-]+)\"", scan.text(path)) if not data else []
        body = [HOOKS.get(ident, ident) for ident in idents if ident not in _OURS]
        for source in _list(dig(data, "repos")):
            for hook in _list(dig(source, "hooks")):
                ident, entry = str(dig(hook, "id") or ""), str(dig(hook, "entry") or "")
                arguments = " ".join(strings(dig(hook, "args")))
                own = dig(source, "repo") == "local"
                if ident in _OURS:
                    continue
                body.append(f"{entry} {arguments}" if own else HOOKS.get(ident, ident))
        runner = "prek" if path == "prek.toml" else "pre-commit"
        yield Target(
            "pre-commit",
            f"{runner} run --all-files",
            ".",
            tuple(body),
            Evidence(path),
            "pre-commit",
        )
        return


LEFTHOOK = ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook.toml")


def _lefthook(scan: Scan) -> Iterator[Target]:
    """The jobs before a commit as one target, where no pipeline of pre-commit is."""
    path = next((path for path in LEFTHOOK if scan.has(path)), "")
    if not path or any(scan.has(other) for other in PRE_COMMIT):
        return
    data = scan.toml(path) if path.endswith(".toml") else scan.yaml(path)
    hook = mapping(dig(data, "pre-commit"))
    jobs = [*mapping(hook.get("commands")).values(), *_list(hook.get("jobs"))]
    jobs += [job for group in jobs for job in _list(dig(group, "group", "jobs"))]
    body = tuple(str(run) for job in jobs if (run := dig(job, "run")))
    if body:
        where = scan.at(path, r"^\[?pre-commit\b")
        run = "lefthook run pre-commit --all-files"
        yield Target("pre-commit", run, ".", body, where, "pre-commit")


SCRIPT_FOLDERS = ("bin", "script", "scripts", "dev", "hack", "tools", ".")


def _scripts(scan: Scan) -> Iterator[Target]:
    """Executable scripts with a telling name; people call them by their path."""
    for place in SCRIPT_FOLDERS:
        prefix = "" if place == "." else place + "/"
        for name in scan.inside(place):
            path = prefix + name
            stem, dot, extension = name.partition(".")
            if stem in SCRIPTS and extension in ("", "sh", "py") and not (place == "." and not dot):
                text = scan.text(path)
                if text.startswith("#!") and not _template(text):
                    executable = scan.repo.files[path] != "100644"
                    shell = "python" if extension == "py" else "bash"
                    run = ("./" if place == "." else "") + path if executable else f"{shell} {path}"
                    body = tuple(text.splitlines()[:200])
                    yield Target(
                        stem, run, ".", body, Evidence(path, 1, text.splitlines()[0]), "script"
                    )


def _template(text: str) -> bool:
    return "{{" in text.splitlines()[0]


SCRIPTS = (
    "setup",
    "bootstrap",
    "install",
    "lint",
    "format",
    "fmt",
    "test",
    "tests",
    "build",
    "dev",
    "server",
    "serve",
    "start",
    "typecheck",
)
