"""Continuous integration: providers, and the commands that it runs."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from bootstrap.facts import azure
from bootstrap.facts.load import dig, line_of, mapping, strings
from bootstrap.facts.matrix import fill, handed_over, inputs_of, matrix_rows
from bootstrap.facts.model import Evidence, Fact
from bootstrap.facts.parts import OTHER, PULL_REQUEST, PUSH, Call
from bootstrap.facts.rewrite import any_version, relocate
from bootstrap.facts.scan import Scan, join
from bootstrap.facts.shell import commands, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WORKFLOWS = 60
MAX_CALLERS = 12
MAX_CALLS = 6_000
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
    r"release|publish|deploy|stale|nightly|canary|schedul|docs?\b|codeql|scorecard"
    r"|dependabot|renovate|backport|changelog|mirror|translat|crowdin|benchmark|preview|cleanup|auto-?fix"
    # These are parts of other words too: block, async, micronaut, packages.
    r"|(?<![a-z])(?:lock|sync|cron|pages|label|issue)"
    r"|triage|assign|bump|update|upgrade|(?<![a-z])perf(ormance)?(?![a-z])",
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
    "davidanson/markdownlint-cli2-action": "markdownlint-cli2 {globs}",
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
    "nick-fields/retry": "{command}",
    "nick-invision/retry": "{command}",
    "wandalen/wretry.action": "{command}",
    "reviewdog/action-rubocop": "rubocop",
    "reviewdog/action-golangci-lint": "golangci-lint run",
    "reviewdog/action-eslint": "eslint",
    "reviewdog/action-shellcheck": "shellcheck",
    "reviewdog/action-hadolint": "hadolint Dockerfile",
    "wearerequired/lint-action": "",
    "team-alembic/staple-actions/actions/mix-task": "mix {task}",
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
    paths = workflows(scan)
    handed = handed_over(scan, paths)
    for path in paths:
        for inputs in handed.get(path, [{}])[:MAX_CALLERS]:
            found += islice(_workflow(scan, path, scan.yaml(path), inputs), MAX_CALLS - len(found))
    for path in scan.top:
        if any(p.match(path) for name, p in PROVIDERS if name in _PLAIN):
            rows = (replace(call, event=call.trigger) for call in _plain(scan, path))
            found += islice(rows, MAX_CALLS - len(found))
    if len(found) == MAX_CALLS:
        scan.note(f"CI runs more than {MAX_CALLS} commands: only the first of them were read")
    return sorted((call for call in found if _is_here(scan, call)), key=lambda call: call.trigger)


def workflows(scan: Scan) -> list[str]:
    """The files of workflows, the most telling names first; generated ones are left out."""
    paths = [path for path in scan.top if WORKFLOWS.match(path)]
    paths = [path for path in paths if not path.endswith((".lock.yml", ".lock.yaml"))]
    return sorted(paths, key=lambda path: (_unusual(path), path))[:MAX_WORKFLOWS]


def _is_here(scan: Scan, call: Call) -> bool:
    """Whether a call runs in a folder of the repository, not in something that CI fetched."""
    return call.dir == "." or call.dir in scan.folders or scan.has(call.dir)


def _trigger(path: str, workflow: Any) -> int:
    if _unusual(path.rpartition("/")[2]) or _unusual(str(dig(workflow, "name") or "")):
        return OTHER
    return event_of(workflow)


def event_of(workflow: Any) -> int:
    """What starts a workflow, the most telling event of it."""
    on = dig(workflow, "on")
    events = set(mapping(on)) or set(strings(on))
    if events & {"pull_request", "merge_group", "pull_request_target"}:
        return PULL_REQUEST
    if "push" in events:
        push = mapping(mapping(on).get("push"))
        return OTHER if "tags" in push and "branches" not in push else PUSH
    # A workflow that others call is as telling as they are; the usual caller is the main one.
    return PULL_REQUEST if "workflow_call" in events else OTHER


def _workflow(scan: Scan, path: str, workflow: Any, inputs: dict[str, str]) -> Iterator[Call]:
    trigger, event = _trigger(path, workflow), event_of(workflow)
    around = ({**_env(workflow), **inputs}, _directory(workflow, "."))
    for key, job in mapping(dig(workflow, "jobs")).items():
        label = f"{dig(job, 'name') or ''} {key}"
        unusual = _unusual(label) or _tag_only(str(dig(job, "if") or ""))
        rank = OTHER if unusual else trigger
        for call in _job(scan, path, job, rank, label, around):
            yield replace(call, event=event)


# `Build and publish` checks, whatever it does next.
_ALSO = re.compile(r"\b(build|test|check|lint|verify)[-_ ](and|&|\+)[-_ ]", re.IGNORECASE)


def _unusual(name: str) -> bool:
    return bool(_UNUSUAL.search(name)) and not _ALSO.search(name)


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
    steps = dig(job, "steps") or []
    clone = _clone(steps)
    for values in matrix_rows(dig(job, "strategy", "matrix")):
        for step in steps:
            strict = _strictness({**env, **values, **_env(step)})
            special = any(_SPECIAL.search(str(dig(one, "if") or "")) for one in (job, step))
            for call in _step(scan, path, step, trigger, label, {**env, **values}, directory):
                here = _in_clone(call.dir, clone) if clone else call.dir
                yield replace(call, dir=here, env=strict, special=special or call.special)


# A condition for one row of the matrix: another system, one version, a toolchain that few have.
_SPECIAL = re.compile(
    r"==\s*['\"]?(nightly|beta|windows|macos|darwin|arm)|version\s*==", re.IGNORECASE
)
# Variables by which a tool fails at what it else only warns of.
_STRICT = ("RUSTFLAGS", "RUSTDOCFLAGS", "PYTHONWARNINGS", "GOFLAGS")


def _strictness(values: dict[str, str]) -> str:
    found = ((name, values.get(f"env.{name}", "")) for name in _STRICT)
    return " ".join(
        shlex.quote(f"{name}={value}") for name, value in found if value and "$" not in value
    )


def _clone(steps: list[Any]) -> str:
    """The folder on the runner into which a job checks the repository out, '' for the usual one."""
    for step in steps:
        given = mapping(dig(step, "with"))
        own = str(given.get("repository") or "${{ github.repository }}")
        if "actions/checkout" in str(dig(step, "uses")) and "github.repository" in own:
            return join(str(given.get("path") or ".")).strip(".")
    return ""


def _in_clone(directory: str, clone: str) -> str:
    """The folder in the repository; one beside it stays what it is, and isn't found there."""
    inside = directory == clone or directory.startswith(clone + "/")
    return join(directory.removeprefix(clone).strip("/") or ".") if inside else directory


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
    here = _folder(fill(str(step.get("working-directory") or directory), values))
    name = f"{step.get('name') or ''} {label}"
    values = {**values, **_env(step)}
    if isinstance(run, str) and here and "$" not in here:
        yield from _script(path, run, here, trigger, name, values)
    elif action.startswith("./"):
        trigger = OTHER if _unusual(action) else trigger
        for file in ("action.yml", "action.yaml"):
            inner = join(action, file)
            inside = {**values, **inputs_of(scan.yaml(inner), step)} if inner else {}
            for part in dig(scan.yaml(inner), "runs", "steps") or [] if inner else []:
                if not str(mapping(part).get("uses") or "").startswith("./"):
                    yield from _step(scan, inner, part, trigger, name, inside, directory)
    elif action:
        yield from _action(path, step, action, trigger, name, here or ".")


# A place on the runner, so mostly the checkout itself; a value of the matrix is a folder below.
_ON_RUNNER = re.compile(r"\$\{\{\s*(env|github|runner|vars)\.|\$\{?[A-Z_]+\b|^[~/]")


def _folder(directory: str) -> str:
    """The folder in the repository; '' where nothing can be said about it."""
    return "." if _ON_RUNNER.search(directory) else join(directory)


def _script(
    path: str, run: str, directory: str, trigger: int, label: str, values: dict[str, str]
) -> Iterator[Call]:
    first = line_of(run)
    for line, here, offset in commands(any_version(fill(run, values)), directory):
        text = _with_tox_env(line, values)
        evidence = Evidence(path, first + offset, text[:200])
        yield Call(*relocate(text, here), evidence, trigger, label)


_BARE_TOX = re.compile(r"(^|.*\s)tox( run)?(?!.* -[efm] )(?=\s|$)")


def _with_tox_env(run: str, values: dict[str, str]) -> str:
    """A command of tox with the environment that a variable names."""
    named = values.get("env.TOXENV") or values.get("env.TOX_ENV")
    return any_version(f"{run} -e {fill(named, values)}") if named and _BARE_TOX.match(run) else run


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
    if name == "ruby/setup-ruby" and inputs.get("bundler-cache") == "true":
        known = "bundle install"
    if not known or re.search(r"--(help|version)\b", inputs.get("args", "")):
        return
    if "ruff" in name and not inputs.get("args"):
        inputs["args"] = "check"
    run = re.sub(r"\{(\w+)\}", lambda match: inputs.get(match[1], ""), known).strip()
    here = (
        _folder(inputs.get("working-directory") or inputs.get("workdir") or directory) or directory
    )
    line = line_of(step.get("uses"))
    found = Call(" ".join(run.split()), here, Evidence(path, line, action), trigger, label)
    yield replace(found, special=True)  # the action brings the tool


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
_FOLDER_KEYS = ("directory", "working_directory", "workingDirectory", "working-directory")


def _plain(scan: Scan, path: str) -> Iterator[Call]:
    """Other providers: whatever stands under a key that holds shell text."""
    if not path.endswith((".yml", ".yaml")):
        return
    budget = 2000
    queue: list[tuple[Any, str, str]] = [(scan.yaml(path), "", ".")]
    while queue and budget:
        budget -= 1
        data, label, around = queue.pop(0)
        said = next((data[k] for k in _FOLDER_KEYS if isinstance(dig(data, k), str)), around)
        here = _folder(said) or around
        yield from _task(scan, path, data, here, label)
        for key, value in mapping(data).items():
            if _SCRIPT_KEYS.match(key) and (isinstance(value, str) or strings(value)):
                yield from _lines(path, value, here, label)
            else:
                queue.append((value, f"{label} {key}", here))
        queue += [(item, label, here) for item in data] if isinstance(data, list) else []


def _task(scan: Scan, path: str, step: Any, directory: str, label: str) -> Iterator[Call]:
    """A task of Azure Pipelines, as the command that it runs."""
    run, place = azure.command(scan, step)
    if run:
        where = Evidence(path, line_of(step["task"]), step["task"])
        name = f"{dig(step, 'displayName') or ''} {label}"
        yield Call(run, _folder(place or directory) or directory, where, PUSH, name)


def _lines(path: str, value: Any, directory: str, label: str) -> Iterator[Call]:
    """The lines of a list are one script: a `cd` holds for those behind it."""
    here: str | None = directory
    for line in strings(value):
        if here is not None:
            yield from _script(path, line, here, PUSH, label, {})
            here = leaves(line, here)
