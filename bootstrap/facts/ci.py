"""Continuous integration: providers, and the commands that it runs."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from bootstrap.facts.load import dig, line_of, mapping, strings
from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.parts import OTHER, PULL_REQUEST, PUSH, Call
from bootstrap.facts.rewrite import relocate
from bootstrap.facts.scan import Scan, join
from bootstrap.facts.shell import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WORKFLOWS = 60
MAX_MATRIX = 12
MAX_PIPELINE = 50_000
"""Characters of a YAML file in the root that may be a pipeline of another name."""

WORKFLOWS = re.compile(r"^\.(github|depot|gitea|forgejo)/workflows/[^/]+\.ya?ml$")

# Provider → the path that switches it on.
PROVIDERS = (
    ("github-actions", re.compile(r"^\.github/workflows/[^/]+\.ya?ml$")),
    ("depot-ci", re.compile(r"^\.depot/workflows/[^/]+\.ya?ml$")),
    ("gitea-actions", re.compile(r"^\.gitea/workflows/[^/]+\.ya?ml$")),
    ("forgejo-actions", re.compile(r"^\.forgejo/workflows/[^/]+\.ya?ml$")),
    ("gitlab-ci", re.compile(r"^\.gitlab-ci\.ya?ml$")),
    ("circleci", re.compile(r"^\.circleci/config\.ya?ml$")),
    ("travis", re.compile(r"^\.travis\.ya?ml$")),
    (
        "azure-pipelines",
        re.compile(r"^(\.?azure[-/]?pipelines?.*|\.azuredevops/.*)\.ya?ml$", re.IGNORECASE),
    ),
    ("buildkite", re.compile(r"^\.buildkite/")),
    ("woodpecker", re.compile(r"^\.woodpecker(/.*)?\.ya?ml$")),
    ("drone", re.compile(r"^\.drone\.(ya?ml|star|jsonnet)$")),
    ("cloud-build", re.compile(r"^cloudbuild\.(ya?ml|json)$")),
    ("jenkins", re.compile(r"^Jenkinsfile")),
    ("bitbucket-pipelines", re.compile(r"^bitbucket-pipelines\.ya?ml$")),
    ("appveyor", re.compile(r"^\.?appveyor\.ya?ml$")),
    ("cirrus", re.compile(r"^\.cirrus\.(ya?ml|star)$")),
    ("semaphore", re.compile(r"^\.semaphore/")),
    ("teamcity", re.compile(r"^\.teamcity/")),
    ("codebuild", re.compile(r"^buildspec\.ya?ml$")),
)

# What says nothing about everyday checks.
_UNUSUAL = re.compile(
    r"release|publish|deploy|stale|nightly|canary|cron|schedul|docs?\b|pages|codeql|scorecard|label"
    r"|dependabot|renovate|backport|changelog|mirror|sync|translat|crowdin|benchmark|preview|cleanup|auto-?fix"
    r"|lock|issue|triage|assign|bump|update|upgrade",
    re.IGNORECASE,
)

# Actions that run a tool: the action's name → the command, `{args}` from its input of that name.
ACTIONS = {
    "golangci/golangci-lint-action": "golangci-lint run",
    "pre-commit/action": "pre-commit run --all-files",
    "j178/prek-action": "prek run --all-files",
    "tox-dev/action-pre-commit-uv": "pre-commit run --all-files",
    "astral-sh/ruff-action": "ruff {args}",
    "chartboost/ruff-action": "ruff {args}",
    "psf/black": "black --check .",
    "py-actions/flake8": "flake8",
    "jakebailey/pyright-action": "pyright",
    "biomejs/setup-biome": "",
    "ansible/ansible-lint": "ansible-lint",
    "ansible/ansible-lint-action": "ansible-lint",
    "ibiqlik/action-yamllint": "yamllint .",
    "karancode/yamllint-github-action": "yamllint .",
    "crate-ci/typos": "typos",
    "codespell-project/actions-codespell": "codespell",
    "davidanson/markdownlint-cli2-action": "markdownlint-cli2",
    "ludeeus/action-shellcheck": "shellcheck",
    "hadolint/hadolint-action": "hadolint Dockerfile",
    "dominikh/staticcheck-action": "staticcheck ./...",
    "giraffate/clippy-action": "cargo clippy",
    "actions-rs/cargo": "cargo {command} {args}",
    "actions-rust-lang/rustfmt": "cargo fmt --all -- --check",
    "clechasseur/rs-cargo": "cargo {command} {args}",
    "ramsey/composer-install": "composer install",
    "php-actions/composer": "composer install",
    "bahmutov/npm-install": "",
    "symfonycorp/security-checker-action": "",
    "terraform-linters/setup-tflint": "",
    "gradle/gradle-build-action": "./gradlew {arguments}",
    "gradle/actions/setup-gradle": "./gradlew {arguments}",
    "ruby/setup-ruby": "",
}


def providers(scan: Scan) -> tuple[Fact[str], ...]:
    """The providers with an active configuration, in the order of PROVIDERS."""
    found = []
    for name, pattern in PROVIDERS:
        path = next((path for path in scan.top if pattern.match(path)), "")
        if path:
            found.append(Fact(name, (Evidence(path),)))
    if not any(fact.value == "azure-pipelines" for fact in found):
        found += [Fact("azure-pipelines", (at,)) for at in _azure(scan)]
    return tuple(found)


def _azure(scan: Scan) -> Iterator[Evidence]:
    """An Azure pipeline may have any name: its keys give it away."""
    for path in scan.top:
        if "/" not in path and path.endswith((".yml", ".yaml")):
            data = mapping(scan.yaml(path)) if len(scan.text(path)) < MAX_PIPELINE else {}
            if ("pool" in data or "trigger" in data) and {
                "steps",
                "jobs",
                "stages",
                "extends",
            } & set(data):
                yield scan.at(path, r"^(trigger|pool):")
                return


def calls(scan: Scan) -> list[Call]:
    """Every command that CI runs, the most telling workflows first."""
    found: list[Call] = []
    paths = [path for path in scan.top if WORKFLOWS.match(path)]
    paths = [path for path in paths if not path.endswith((".lock.yml", ".lock.yaml"))]
    for path in sorted(paths, key=lambda path: (bool(_UNUSUAL.search(path)), path))[:MAX_WORKFLOWS]:
        found += _workflow(scan, path, scan.yaml(path))
    for path in scan.top:
        if any(p.match(path) for name, p in PROVIDERS if name in _PLAIN):
            found += _plain(scan, path)
    return sorted(found, key=lambda call: call.trigger)


def _trigger(path: str, workflow: Any) -> int:
    on = dig(workflow, "on")
    events = set(mapping(on)) or set(strings(on))
    if _UNUSUAL.search(path.rpartition("/")[2]) or _UNUSUAL.search(
        str(dig(workflow, "name") or "")
    ):
        return OTHER
    if events & {"pull_request", "merge_group", "pull_request_target"}:
        return PULL_REQUEST
    if "push" in events:
        push = mapping(mapping(on).get("push"))
        return OTHER if "tags" in push and "branches" not in push else PUSH
    # A workflow that others call is as telling as they are; the usual caller is the main one.
    return PULL_REQUEST if "workflow_call" in events else OTHER


def _workflow(scan: Scan, path: str, workflow: Any) -> Iterator[Call]:
    trigger = _trigger(path, workflow)
    around = (_env(workflow), _directory(workflow, "."))
    for key, job in mapping(dig(workflow, "jobs")).items():
        label = f"{dig(job, 'name') or ''} {key}"
        unusual = _UNUSUAL.search(label) or _tag_only(str(dig(job, "if") or ""))
        rank = OTHER if unusual else trigger
        yield from _job(scan, path, job, rank, label, around)


def _tag_only(condition: str) -> bool:
    return "refs/tags" in condition and "!" not in condition


def _env(data: Any) -> dict[str, str]:
    return {f"env.{k}": str(v) for k, v in mapping(dig(data, "env")).items() if isinstance(v, str)}


def _directory(data: Any, default: str) -> str:
    found = dig(data, "defaults", "run", "working-directory")
    return str(found) if found else default


def _job(
    scan: Scan,
    path: str,
    job: Any,
    trigger: int,
    label: str,
    around: tuple[dict[str, str], str],
) -> Iterator[Call]:
    env, directory = {**around[0], **_env(job)}, _directory(job, around[1])
    for values in _matrix(dig(job, "strategy", "matrix")):
        for step in dig(job, "steps") or []:
            yield from _step(scan, path, step, trigger, label, {**env, **values}, directory)


def _matrix(matrix: Any) -> list[dict[str, str]]:
    """The combinations of a matrix as substitutions; versions and systems don't multiply it."""
    table = mapping(matrix)
    axes = {
        key: list(strings(values))
        for key, values in table.items()
        if isinstance(values, list) and key not in ("include", "exclude")
    }
    short = {
        key: values
        if not re.search(r"version|os$|^os|python|node|ruby|php|go$", key)
        else values[:1]
        for key, values in axes.items()
        if values
    }
    rows: list[dict[str, Any]] = [
        dict(zip(short, combination, strict=True))
        for combination in itertools.islice(itertools.product(*short.values()), MAX_MATRIX)
    ]
    extra = [mapping(row) for row in table.get("include") or [] if isinstance(row, dict)]
    rows = ([] if rows == [{}] and extra else rows) + extra[:MAX_MATRIX]
    for key, values in axes.items():
        for row in rows:
            row.setdefault(key, values[0] if values else "")
    nested = [value for values in table.values() if isinstance(values, list) for value in values]
    if not axes and not extra and nested:
        rows = [{}]
    return [_flat("matrix", row) for row in rows]


def _flat(prefix: str, row: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in row.items():
        if isinstance(value, str):
            flat[f"{prefix}.{key}"] = value
        elif isinstance(value, dict):
            flat.update({f"{prefix}.{key}.{k}": v for k, v in value.items() if isinstance(v, str)})
    return flat


def _fill(text: str, values: dict[str, str]) -> str:
    """Put known values into `${{ matrix.x }}` and `${{ env.X }}`; others stay as they are."""

    def value(match: re.Match[str]) -> str:
        return values.get(match[1], match[0])

    text = re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", value, text)
    return re.sub(r"\$\{?(\w+)\}?", lambda m: values.get(f"env.{m[1]}", m[0]), text)


def _step(
    scan: Scan,
    path: str,
    step: Any,
    trigger: int,
    label: str,
    values: dict[str, str],
    directory: str,
) -> Iterator[Call]:
    step = mapping(step)
    run, action = step.get("run"), str(step.get("uses") or "")
    here = _folder(_fill(str(step.get("working-directory") or directory), values))
    name = f"{step.get('name') or ''} {label}"
    values = {**values, **_env(step)}
    if isinstance(run, str) and here and "$" not in here:
        yield from _script(path, run, here, trigger, name, values)
    elif action.startswith("./"):
        for file in ("action.yml", "action.yaml"):
            inner = join(action, file)
            for part in dig(scan.yaml(inner), "runs", "steps") or [] if inner else []:
                if not str(mapping(part).get("uses") or "").startswith("./"):
                    yield from _step(scan, inner, part, trigger, name, values, directory)
    elif action:
        yield from _action(path, step, action, trigger, name, here or ".")


# A place on the runner, so mostly the checkout itself; a value of the matrix is a folder below.
_ON_RUNNER = re.compile(r"\$\{\{\s*(env|github|runner|vars)\.|\$\{?[A-Z_]+\b")


def _folder(directory: str) -> str:
    """The folder in the repository; '' where nothing can be said about it."""
    return "." if _ON_RUNNER.search(directory) else join(directory)


def _script(
    path: str, run: str, directory: str, trigger: int, label: str, values: dict[str, str]
) -> Iterator[Call]:
    first = line_of(run)
    for text, here, offset in commands(_fill(run, values), directory):
        evidence = Evidence(path, first + offset, text[:200])
        yield Call(*relocate(text, here), evidence, trigger, label)


# Actions of any owner that run the hooks, and those that only prepare or report that.
_HOOKS = re.compile(r"[/-](pre-?commit|prek)(?=$|[/-])")
_NO_RUN = re.compile(r"setup|install|cache|update|upgrade|comment|lite|pre-commit-ci/")


def _action(
    path: str, step: dict[str, Any], action: str, trigger: int, label: str, directory: str
) -> Iterator[Call]:
    name = action.partition("@")[0].lower()
    known = ACTIONS.get(name) or next(
        (v for k, v in ACTIONS.items() if v and name.startswith(k + "/")), ""
    )
    if not known and _HOOKS.search(name) and not _NO_RUN.search(name):
        known = "pre-commit run --all-files"
    inputs = {
        key: value for key, value in mapping(step.get("with")).items() if isinstance(value, str)
    }
    if not known:
        return
    if "ruff" in name and not inputs.get("args"):
        inputs["args"] = "check"
    run = re.sub(r"\{(\w+)\}", lambda match: inputs.get(match[1], ""), known).strip()
    here = join(inputs.get("working-directory") or inputs.get("workdir") or directory) or directory
    line = line_of(step.get("uses"))
    yield Call(" ".join(run.split()), here, Evidence(path, line, action), trigger, label)


_PLAIN = (
    "gitlab-ci",
    "circleci",
    "travis",
    "azure-pipelines",
    "woodpecker",
    "drone",
    "buildkite",
    "cirrus",
)
_SCRIPT_KEYS = re.compile(r"^(.*_?scripts?|run|command|commands|bash|install)$")


def _plain(scan: Scan, path: str) -> Iterator[Call]:
    """Other providers: whatever stands under a key that holds shell text."""
    if not path.endswith((".yml", ".yaml")):
        return
    budget = 2000
    queue: list[tuple[Any, str]] = [(scan.yaml(path), "")]
    while queue and budget:
        budget -= 1
        data, label = queue.pop(0)
        for key, value in mapping(data).items():
            if _SCRIPT_KEYS.match(key) and (isinstance(value, str) or strings(value)):
                for line in strings(value):
                    yield from _script(path, line, ".", PUSH, label, {})
            else:
                queue.append((value, f"{label} {key}"))
        queue += [(item, label) for item in data] if isinstance(data, list) else []
