"""Python: uv, Poetry, PDM, Pipenv, conda, pip; tox, nox, pre-commit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bootstrap.facts import tox
from bootstrap.facts.load import dig, mapping, strings
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join
from bootstrap.facts.targets import HOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFESTS = (
    "pyproject.toml",
    "setup.py",
    "requirements.txt",
    "Pipfile",
    "environment.yml",
    "environment.yaml",
    "pixi.toml",
)

LOCKS = {
    "uv.lock": "uv",
    "poetry.lock": "poetry",
    "pdm.lock": "pdm",
    "Pipfile.lock": "pipenv",
    "pixi.lock": "pixi",
}
# What shows a manager where there is no lock; behind the tables of pyproject.toml.
BARE = {"environment.yml": "conda", "environment.yaml": "conda", "Pipfile": "pipenv"}

INSTALL = {
    "uv": "uv sync",
    "poetry": "poetry install",
    "pdm": "pdm install",
    "pipenv": "pipenv install --dev",
    "pixi": "pixi install",
    "conda": "conda env update --file {}",
}

RUN = {"uv": "uv run ", "poetry": "poetry run ", "pdm": "pdm run ", "pipenv": "pipenv run "}

# A table of pyproject.toml or a file of its own shows that a tool is in use.
CONFIGURED = (
    ("lint", "ruff check", ("tool.ruff",), ("ruff.toml", ".ruff.toml")),
    ("lint", "flake8", (), (".flake8",)),
    ("lint", "pylint", ("tool.pylint",), (".pylintrc", "pylintrc")),
    ("format", "ruff format", ("tool.ruff.format",), ()),
    ("format", "black .", ("tool.black",), ()),
    ("typecheck", "mypy .", ("tool.mypy",), ("mypy.ini", ".mypy.ini")),
    ("typecheck", "pyright", ("tool.pyright", "tool.basedpyright"), ("pyrightconfig.json",)),
    ("typecheck", "ty check", ("tool.ty",), ("ty.toml",)),
    ("typecheck", "pyrefly check", ("tool.pyrefly",), ("pyrefly.toml",)),
)


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per folder with a manifest; members of a uv workspace belong to its root."""
    folders = dict.fromkeys(folder(path) for path in scan.named(*MANIFESTS) if _real(scan, path))
    if any(path.endswith(".txt") for path in scan.under("requirements")):
        folders.setdefault(".")
    if not folders and any(name.endswith(".py") for name in scan.inside(".")):
        folders["."] = None
    roots = [d for d in folders if dig(_project(scan, d), "tool", "uv", "workspace")]
    for directory in folders:
        if not any(directory != root and _below(directory, root) for root in roots):
            yield _unit(scan, directory)


def _real(scan: Scan, path: str) -> bool:
    """Not every setup.py is a manifest, and requirements alone make no project of a subfolder."""
    directory, _, name = path.rpartition("/")
    if name == "setup.py":
        return "setup(" in scan.text(path)
    if name.startswith("environment."):
        return bool(scan.at(path, r"^dependencies:").line)
    if name == "requirements.txt" and directory:
        files = sum(file.endswith(".py") for file in scan.inside(directory))
        return files > 1 and not _ASIDE.search(directory)
    return name != "requirements.txt" or not _foreign(scan)


_ASIDE = re.compile(r"(^|/)(docs?|tools?|hack|scripts?|ci|\.\w+)(/|$)")
_FOREIGN = re.compile(r"(go\.mod|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?|.*\.slnx?|mix\.exs)")


def _foreign(scan: Scan) -> bool:
    """Whether the project is in another language, and Python only brings tools along."""
    other = any(_FOREIGN.fullmatch(name) for name in scan.inside("."))
    return other and not any(p.endswith(".py") and not _ASIDE.search(p) for p in scan.real)


def _below(directory: str, root: str) -> bool:
    return root == "." or directory.startswith(root + "/")


def _project(scan: Scan, directory: str) -> dict[str, Any]:
    return scan.toml(join(directory, "pyproject.toml"))


def _unit(scan: Scan, directory: str) -> Unit:
    project = _project(scan, directory)
    manager = _manager(scan, directory, project)
    first = scan.first(directory, MANIFESTS)
    workspace = dig(project, "tool", "uv", "workspace")
    return Unit(
        "python",
        directory,
        Evidence(join(directory, first or "requirements")),
        (manager.removesuffix("-pip"),),
        tuple(_offers(scan, directory, project, manager)),
        (
            *_tox(scan, directory, manager),
            *_nox(scan, directory),
            *_scripts(scan, directory),
            *_invoke(scan, directory),
        ),
        ("uv-workspace",) if workspace else (),
    )


def _manager(scan: Scan, directory: str, project: dict[str, Any]) -> str:
    if lock := scan.first(directory, LOCKS):
        return LOCKS[lock]
    for manager in ("poetry", "pdm", "pixi"):
        if dig(project, "tool", manager):
            return manager
    if dig(project, "tool", "uv"):
        return "uv"
    if name := scan.first(directory, BARE):
        return BARE[name]
    # Without a lock, what the makefile and CI call decides.
    if project and scan.in_ci(r"\buv (sync|run)\b"):
        return "uv"
    return "uv-pip" if scan.in_ci(r"\buv pip install\b") else "pip"


def _offers(scan: Scan, directory: str, project: dict[str, Any], manager: str) -> Iterator[Offer]:
    prefix = RUN.get(manager, "")
    yield from _install(scan, directory, manager)
    for slot, run, tables, files in CONFIGURED:
        evidence = _configured(scan, directory, project, tables, files)
        if evidence:
            yield Offer(slot, prefix + run, evidence)
    yield from _tests(scan, directory, project, prefix)
    yield from _start(scan, directory, prefix)


def _install(scan: Scan, directory: str, manager: str) -> Iterator[Offer]:
    if manager in INSTALL:
        shown = [name for name, shows in {**LOCKS, **BARE}.items() if shows == manager]
        lock = scan.first(directory, shown) or "pyproject.toml"
        yield Offer("install", INSTALL[manager].format(lock), Evidence(join(directory, lock)))
        return
    pip = "uv pip install" if manager == "uv-pip" else "pip install"
    name = _requirements(scan, directory)
    if name:
        yield Offer("install", f"{pip} -r {name}", Evidence(join(directory, name)))
        return
    for name in ("pyproject.toml", "setup.py"):
        text = scan.text(join(directory, name))
        if "[project]" in text or "[build-system]" in text or "setup(" in text:
            yield Offer("install", f"{pip} -e .", Evidence(join(directory, name)))
            return
    readme = scan.at("README.md", r"^\s*(\$ )?pip install [\w-]+( [\w-]+)*\s*$")
    if readme.line:
        yield Offer("install", readme.text.removeprefix("$ "), readme)


_DEVELOPERS = re.compile(r"(dev|develop(ment)?|local|all)")
_FILES = re.compile(r"requirements(?:[-_.](\w+))?\.txt|(\w+)[-_.]requirements\.txt")


def _requirements(scan: Scan, directory: str) -> str:
    """The requirement file of developers, else the plain one, else that of tests; '' if none."""
    found: dict[str, str] = {}
    for place in ("", "requirements/"):
        for name in scan.inside(join(directory, place)):
            if not name.endswith(".txt"):
                continue
            if match := _FILES.fullmatch(f"requirements-{name}" if place else name):
                word = match[1] or match[2] or ""
                found.setdefault("dev" if _DEVELOPERS.fullmatch(word) else word, place + name)
    return next((found[word] for word in ("dev", "", "base", "test", "tests") if word in found), "")


def _configured(
    scan: Scan,
    directory: str,
    project: dict[str, Any],
    tables: tuple[str, ...],
    files: tuple[str, ...],
) -> Evidence | None:
    for table in tables:
        if dig(project, *table.split(".")) is not None:
            return scan.at(join(directory, "pyproject.toml"), rf"^\[{re.escape(table)}[\].]")
    name = scan.first(directory, files)
    return Evidence(join(directory, name)) if name else None


def _tests(scan: Scan, directory: str, project: dict[str, Any], prefix: str) -> Iterator[Offer]:
    manage = join(directory, "manage.py")
    pytest = _pytest(scan, directory, project)
    if pytest:
        yield Offer("test", prefix + "pytest", pytest)
    elif scan.has(manage) and "django" in scan.text(manage):
        for path in scan.under(directory):
            if re.search(r"(^|/)(tests?\.py|tests?/|test_\w+\.py)", path):
                yield Offer("test", prefix + "python manage.py test", Evidence(path))
                return


def _pytest(scan: Scan, directory: str, project: dict[str, Any]) -> Evidence | None:
    if dig(project, "tool", "pytest") is not None:
        return scan.at(join(directory, "pyproject.toml"), r"^\[tool\.pytest")
    for name, pattern in (
        ("pytest.ini", ""),
        ("tox.ini", r"^\[pytest\]"),
        ("setup.cfg", r"pytest\]"),
    ):
        if scan.first(directory, [name]):
            evidence = scan.at(join(directory, name), pattern)
            if not pattern or evidence.line:
                return evidence
    names = ("pyproject.toml", "requirements-dev.txt", "setup.py", "requirements.txt")
    found = (scan.at(join(directory, name), r"\bpytest\b") for name in names)
    named = next((evidence for evidence in found if evidence.line), None)
    # The files come last: there may be many.
    return named if named and any(map(_is_test, scan.under(directory))) else None


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2] if path.endswith(".py") else ""
    return name.startswith("test_") or name.endswith(("conftest.py", "_test.py"))


def _start(scan: Scan, directory: str, prefix: str) -> Iterator[Offer]:
    manage = join(directory, "manage.py")
    if "django" in scan.text(manage):
        yield Offer("start", prefix + "python manage.py runserver", Evidence(manage))


def _tox(scan: Scan, directory: str, manager: str) -> Iterator[Target]:
    """The environments of tox: `tox -e lint`."""
    named = scan.at(join(directory, "pyproject.toml"), r"\btox\b").line
    return tox.targets(scan, directory, RUN.get(manager, "") if named else "")


def _nox(scan: Scan, directory: str) -> Iterator[Target]:
    path = join(directory, "noxfile.py")
    lines = scan.text(path).splitlines()
    for number, line in enumerate(lines, 1):
        match = re.match(r"def (\w+)\(session", line)
        if not match:
            continue
        above = " ".join(lines[max(0, number - 4) : number - 1])
        name = re.search(r"name\s*=\s*[\"']([\w-]+)[\"']", above)
        label = name[1] if name else match[1]
        # One whose commands are made elsewhere is for the tool that it is named after.
        body = tuple(_nox_body(lines[number:])) or (f"{HOOKS.get(label, label)} --check",)
        yield Target(
            label, f"nox -s {label}", directory, body, Evidence(path, number, line), "nox", "python"
        )


def _nox_body(lines: list[str]) -> Iterator[str]:
    for line in lines[:60]:
        if line and not line[0].isspace():
            return
        match = re.search(r"session\.run\((.*)", line)
        if match:
            yield " ".join(re.findall(r"[\"']([^\"']*)[\"']", match[1]))


def _scripts(scan: Scan, directory: str) -> Iterator[Target]:
    """Tasks of poe, PDM, Hatch, pixi and taskipy."""
    path = join(directory, "pyproject.toml")
    tool = mapping(scan.toml(path).get("tool"))
    tables = (
        ("poe", dig(tool, "poe", "tasks"), "poe "),
        ("pdm", dig(tool, "pdm", "scripts"), "pdm run "),
        ("taskipy", dig(tool, "taskipy", "tasks"), "task "),
        ("pixi", dig(tool, "pixi", "tasks"), "pixi run "),
        *_hatch(tool),
        *_hatch({"hatch": scan.toml(join(directory, "hatch.toml"))}),
    )
    for runner, table, call in tables:
        for name, value in mapping(table).items():
            body = value if isinstance(value, str | list) else mapping(value).get("cmd")
            pattern = rf"^\s*\"?{re.escape(name)}\"?\s*="
            file = join(directory, "hatch.toml") if runner == "hatch" else path
            where = scan.at(file if scan.at(file, pattern).line else path, pattern)
            yield Target(
                name, call + name, directory, tuple(strings(body)), where, runner, "python"
            )


def _invoke(scan: Scan, directory: str) -> Iterator[Target]:
    """The tasks of Invoke, called as the repository's pages and CI do."""
    path = join(directory, "tasks.py")
    text = scan.text(path)
    if not re.search(r"^(from|import) invoke\b|^from invocations\b", text, re.MULTILINE):
        return
    places = (*scan.under(".github/workflows"), ".circleci/config.yml", "README.md", "README.rst")
    short = any(scan.at(place, r"\binv [a-z]").line for place in places)
    for number, name, body in _functions(text.splitlines()):
        run = f"{'inv' if short else 'invoke'} {name.replace('_', '-')}"
        where = Evidence(path, number, f"def {name}")
        yield Target(name, run, directory, body, where, "invoke", "python")


def _functions(lines: list[str]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, name and commands of each function below `@task`."""
    decorated, held = False, ("", 0)
    body: list[str] = []
    for number, line in enumerate([*lines, "end"], 1):
        if line[:1].strip() and held[0]:
            yield held[1], held[0], tuple(body)
            held = ("", 0)
        match = re.match(r"def (\w+)\(", line)
        if match and decorated:
            held, body = (match[1], number), []
        decorated = line.startswith("@task") or (decorated and not match)
        body += re.findall(r"\.run\(\s*f?[\"']([^\"']+)", line)


def _hatch(tool: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    for name, env in mapping(dig(tool, "hatch", "envs")).items():
        where = "" if name == "default" else f"{name}:"
        yield "hatch", mapping(env).get("scripts"), f"hatch run {where}"


ECOSYSTEM = Ecosystem(
    name="python",
    languages={".py": "python", ".pyx": "python", ".ipynb": "python"},
    units=units,
    tools={
        "ruff check": "lint",
        "ruff format": "format",
        "ruff": "lint",
        "flake8": "lint",
        "pylint": "lint",
        "pyflakes": "lint",
        "bandit": "",
        "vulture": "",
        "black": "format",
        "isort": "format",
        "autopep8": "format",
        "yapf": "format",
        "djlint": "lint",
        "mypy": "typecheck",
        "dmypy": "typecheck",
        "pyright": "typecheck",
        "basedpyright": "typecheck",
        "pyrefly": "typecheck",
        "ty check": "typecheck",
        "pytype": "typecheck",
        "pytest": "test",
        "py.test": "test",
        "unittest": "test",
        "manage.py test": "test",
        "manage test": "test",
        "django-admin test": "test",
        "manage.py runserver": "start",
        "manage runserver": "start",
        "manage.py check": "",
        "flask run": "start",
        "fastapi dev": "start",
        "fastapi run": "start",
        "uvicorn": "start",
        "gunicorn": "start",
        "hypercorn": "start",
        "granian": "start",
        "daphne": "start",
        "streamlit run": "start",
        "uv sync": "install",
        "uv pip install": "install",
        "uv build": "build",
        "pyproject-build": "build",
        "pip install": "install",
        "poetry install": "install",
        "poetry build": "build",
        "pdm install": "install",
        "pdm sync": "install",
        "pdm build": "build",
        "pipenv install": "install",
        "pipenv sync": "install",
        "pixi install": "install",
        "conda env": "install",
        "mamba env": "install",
        "hatch build": "build",
        "hatch fmt": "format lint",
        "hatch check": "lint",
        "hatch test": "test",
        "setup.py test": "test",
        "tox": "test",
        "nox": "test",
    },
)
