"""Everything that CI runs on changes and that may be a check, known here or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bootstrap.facts.ci import ACTIONS, event_of, workflows
from bootstrap.facts.from_ci import slots_of
from bootstrap.facts.general import elsewhere
from bootstrap.facts.load import dig, line_of, mapping
from bootstrap.facts.model import Command, Evidence, Fact, Step
from bootstrap.facts.names import CHECKS
from bootstrap.facts.parts import OTHER, Call
from bootstrap.facts.resolve import Sources, spelling
from bootstrap.facts.rewrite import bare, tidy, words
from bootstrap.facts.steps import steps
from bootstrap.facts.tools import uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

MAX_RUNS = 400

# Jobs that bring something out, tell or tidy up: they say nothing of a change.
_NO_CHECK = re.compile(
    r"(?<![a-z])(releases?|publish|deploy\w*|stale|label\w*|lock|sync|mirror|backport"
    r"|triage|assign|bump|crowdin|renovate|dependabot|cleanup|pages|preview|welcome|greet\w*|cla"
    r"|semantic|titles?|comment|codeql|scorecard|upload|notify|automerge|auto-merge)(?![a-z])",
    re.IGNORECASE,
)
# Actions that only prepare, keep or report.
_HELPER = re.compile(
    r"^(actions|docker|aws-actions|azure|google-github-actions|hashicorp)/|codecov|coveralls|codeql"
    r"|cache|setup|install|toolchain|login|upload|download|metadata|artifact|paths-filter"
    r"|changed-files|alls-green|label|assign|comment|release|publish|deploy|pages|slack|notif"
    r"|disk-space|tmate|wait|cancel|skip-duplicate|retry|summary|sticky|dependabot|automerge"
    r"|readthedocs|configure|version|create-|get-|find-|add-|app-token|lite-action|report|badge|step-security",
    re.IGNORECASE,
)


def runs_of(sources: Sources) -> tuple[Fact[Command], ...]:
    """The commands, the actions and the workflows of other repositories, each once."""
    found: dict[Command, Fact[Command]] = {}
    calls = (call for call in sources.ci if call.event != OTHER and not _delivers(call))
    once = {(call.run, call.dir, call.env, call.special): call for call in reversed([*calls])}
    for call in [*reversed(once.values())][:MAX_RUNS]:
        command = _command(sources, call)
        if command:
            found.setdefault(command, Fact(command, (call.evidence,)))
    for command, where in _foreign(sources.scan):
        found.setdefault(command, Fact(command, (where,)))
    return tuple(found.values())


def _delivers(call: Call) -> bool:
    place = call.evidence.path.rpartition("/")[2]
    return bool(_NO_CHECK.search(f"{place} {call.label}")) and call.trigger == OTHER


def _command(sources: Sources, call: Call) -> Command | None:
    run = tidy(call.run)
    ends = steps(sources, run, call.dir) if run else ()
    known = _slot(sources, call, ends)
    # An unknown command that works on what only CI knows goes on with its own results.
    if not known and (not run or prepares(run)):
        return None
    if known in ("install", "start"):
        if not any(use.key in _TRIES for use in uses(run)):
            return None
        known = ""
    return Command(
        run or call.run,
        call.dir,
        writes=sources.writes(call.run, call.dir),
        slot=known,
        steps=tuple(step for step in ends if not prepares(step[0])),
        env=stricter(sources, call),
        runs_hooks=runs_hooks(sources, call.run, call.dir),
        elsewhere=call.special or not run or only_there(run),
    )


_ELSEWHERE = re.compile(
    r"\s--target[= ]\S+-\S+-|\s\+(nightly|beta|miri)\b|^cross\s|^cargo .*\s-Z ?\w"
)


def only_there(run: str) -> bool:
    """Whether a command is for another system, or for a toolchain that few have."""
    return elsewhere(run) or _ELSEWHERE.search(run) is not None


def _slot(sources: Sources, call: Call, ends: tuple[Step, ...]) -> str:
    """What a command is for; of several checks the slowest, since they come together."""
    if spelling(call.run) == "pre-commit":
        return "lint"
    slots = dict(slots_of(sources, call, sources.called(call.run, call.dir)))
    if slots.keys() & set(CHECKS):
        slots |= {use.slots[0]: 0 for step, _ in ends for use in uses(step) if use.slots}
    found = [slot for slot in (*reversed(CHECKS), "build", "install", "start") if slot in slots]
    return found[0] if found else ""


# What tries a program out.
_TRIES = ("cargo run", "go run", "dotnet run")

# Which commands a variable makes stricter.
_READ_BY = {
    "RUSTFLAGS": r"cargo (?!fmt)",
    "RUSTDOCFLAGS": r"cargo (doc|test)\b",
    "GOFLAGS": r"go |golangci-lint ",
    "PYTHONWARNINGS": r"pytest|unittest|python|tox|nox",
}


def stricter(sources: Sources, call: Call) -> str:
    """The variables of CI that make this command stricter, for a shell."""
    ends = [text for text, _ in steps(sources, call.run, call.dir)]
    said = re.findall(r"'[^']*'|\S+", call.env)
    return " ".join(
        one
        for one in said
        if any(re.match(_READ_BY[one.strip("'").partition("=")[0]], end) for end in ends)
    )


def runs_hooks(sources: Sources, run: str, directory: str) -> bool:
    """Whether a command does nothing but run the repository's hooks: `tox -e style`."""
    if spelling(run) == "pre-commit":
        return True
    lines = [line for one in sources.called(run, directory) for line in one.body]
    return bool(lines) and all(spelling(line) == "pre-commit" for line in lines)


# Verbs and programs that prepare a check or report it.
_VERB = re.compile(
    r"(un)?install\w*|i|ci|upgrade|update|add|get|require|global|setup|init|download|fetch|restore"
    r"|sync|log(in|out)|cache|config|use|default|pull|push|freeze|list|ls|metadata|target|show|env"
    r"|component|override|toolchain|venv|virtualenv|build-deps|up|down|logs|ps|bootstrap|deps|clean"
    r"|prepare|upload|enable|prune|report|combine|html|xml|lcov|tidy|create|set|link|dedupe|version"
    r"|tool|self|python|exec|rebuild|ensurepip|pip|apt\S*"
)
_PROGRAM = re.compile(
    r"rustup|nvm|fnm|pyenv|corepack|conda|mamba|micromamba|sccache|codecov|coveralls|systemctl|psql"
    r"|service|mysql|createdb|df|free|lscpu|uname|sysctl|locale-gen|ulimit|du|uv|uvx|pip|docker|git"
    r"|pipx|dirname|basename|cd|nproc|sw_vers|xcode-select|xcodebuild|node-gyp|gem|opam|ruby|java"
    r"|rustc|gcc|clang|lsb_release|ldd|hash|diff|cut|tr|wc|dpkg|snap|powershell|pwsh|cmd|reg|setx"
    r"|tparse|gotestfmt|go-junit-report|tap-\w+|openssl|ssh\S*|gpg|zip|7z|base64|sha256sum|md5sum|stat|file|gzip|xz|tput|stty|logger|vcpkg|cmake"
)


def prepares(run: str) -> bool:
    """Whether an unknown command only makes ready for a check, or tells what came of it."""
    said = words(bare(run))
    if not said or not re.fullmatch(r"[\w./@+-]+", said[0]):
        return True
    if re.match(r"\w+=", run) or "}}" in run:
        return True
    if any(use.slots and use.slots[0] in CHECKS for use in uses(run)):
        return False
    if {"--version", "-V", "-version", "--help", "version"} & set(said):
        return True
    verbs = [word for word in said[1:] if not word.startswith("-")]
    return bool(
        _PROGRAM.fullmatch(said[0])
        or (verbs and _VERB.fullmatch(verbs[0]))
        or (_MODULES.match(" ".join(said)) and "-diff" not in said)
    )


_MODULES = re.compile(r"go mod (tidy|download|vendor)\b")


def _foreign(scan: Scan) -> Iterator[tuple[Command, Evidence]]:
    """The actions that no table knows, and the workflows of other repositories."""
    for path in workflows(scan):
        workflow = scan.yaml(path)
        if event_of(workflow) == OTHER or _NO_CHECK.search(path.rpartition("/")[2]):
            continue
        for key, job in mapping(dig(workflow, "jobs")).items():
            if not _NO_CHECK.search(f"{dig(job, 'name') or ''} {key}"):
                yield from _named(path, job)


def _named(path: str, job: Any) -> Iterator[tuple[Command, Evidence]]:
    listed = dig(job, "steps")
    for one in (job, *(listed if isinstance(listed, list) else ())):
        uses = dig(one, "uses")
        name = str(uses or "").partition("@")[0]
        known = ACTIONS.get(name.lower()) is not None
        if name and not (name.startswith("./") or known or _HELPER.search(name)):
            where = Evidence(path, line_of(uses), name)
            yield Command(name, elsewhere=True), where
