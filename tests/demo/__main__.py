"""Shows both doors, start to end, by the commands that a user types: `make demo`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.demo import sample
from tests.survey.judge import lines

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LONG = 12
"""More lines than this of one command are cut in the middle."""

OUTSIDE = ("CI", "GIT_", "VIRTUAL_ENV", "PROCESS_", "PREK", "PRE_COMMIT", "TWELVEFOLD_")


class StepError(Exception):
    """A step did not do what it should."""


def main() -> int:
    """Run all steps in a new temporary folder; exit status 1 if one of them fails."""
    began, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="twelvefold-demo-"))
    os.environ |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **_clean()}
    print(f"Everything happens in {folder}, which stays.", flush=True)
    try:
        new_service(folder)
        existing_repository(folder)
    except StepError as error:
        print(_style("1;31", f"\n✘ {error}"))
        return 1
    seconds = time.monotonic() - began
    print(_style("1;32", f"\n✔ The demo is through, in {seconds:.0f} s. Look around in {folder}"))
    return 0


def new_service(folder: Path) -> None:
    """The first door: plain Copier."""
    service = folder / "order-service"
    heading("1  A new service, by plain Copier: no --trust, nothing of ours installed")
    answers = "-d project_name='Order Service' -d 'stacks=[python]'"
    version = "--vcs-ref HEAD " if (ROOT / ".git").exists() else ""
    run(folder, f"copier copy --quiet --defaults {version}{answers} {ROOT} order-service")
    run(service, "git init -q && git add -A && git ls-files", long=8)

    heading("2  It sets itself up, and its checks pass")
    run(service, ".process/setup")
    run(service, "git add -A && git commit -q -m 'chore: start order-service'", long=8)
    run(service, ".process/validate")

    heading("3  A mistake is caught: before it is a commit, and by what CI runs")
    mistake = service / "src/order_service/price.py"
    mistake.write_text(
        'def price(cents: int) -> str:\n    return f"{cents / 100:.2f} {currency}"\n'
    )
    run(service, "cat src/order_service/price.py && git add -A")
    said = run(service, "git commit -m 'feat: prices'", status=1, long=30)
    expect("Undefined name `currency`" in said, "the git hook stops the commit and says why")
    said = run(
        service,
        ".process/validate | grep -E 'Failed|error:|Undefined'; exit ${PIPESTATUS[0]}",
        status=1,
        shown=".process/validate  # of which these lines matter",
    )
    expect("typecheck" in said, "the checks that CI runs find it too")


def existing_repository(folder: Path) -> None:
    """The second door: the same pieces into a repository that was there first."""
    parcels = folder / "parcels"
    parcels.mkdir()
    sample.make(parcels)
    heading("4  A repository that was there first: two languages, hooks, agents, untidy files")
    run(parcels, "git ls-files")
    run(parcels, "bootstrap facts")

    heading("5  What would change")
    run(parcels, "bootstrap plan", long=24)
    expect(not run(parcels, "git status --short"), "the plan wrote nothing")

    heading("6  Apply: every line of theirs stays")
    run(parcels, "bootstrap apply --yes --quiet && git add -A --intent-to-add")
    theirs = shlex.join(sample.FILES)
    run(parcels, f"git diff --stat -- {theirs}", shown="git diff --stat  # of their files", long=30)
    expect_nothing_lost(parcels)
    run(parcels, "git diff .pre-commit-config.yaml .gitignore", long=40)

    heading("7  Apply again: nothing to change")
    said = run(parcels, "bootstrap apply --yes")
    expect("nothing to change" in said, "the second run did nothing")

    heading("8  Which of the twelve factors it has now")
    run(parcels, "git add -A && git commit -q --no-verify -m 'chore: the 12-factor process'")
    run(parcels, "bootstrap check --no-evidence", long=20)

    heading("9  The way back: byte for byte")
    run(parcels, "bootstrap remove --yes --quiet && git add -A")
    expect(
        not run(parcels, "git diff --cached --stat HEAD~1"),
        "the tree is the one that it was before",
    )


# --- steps ----------------------------------------------------------------------------------------


def heading(text: str) -> None:
    """A title above the commands that follow."""
    print(_style("1;36", f"\n━━ {text}"), flush=True)


def run(folder: Path, command: str, *, status: int = 0, long: int = LONG, shown: str = "") -> str:
    """Run a shell command in `folder`, show it with its output, and give that back.

    Raises StepError if it ends with another exit status than `status`.
    """
    print(_style("1", f"{folder.name}$ ") + (shown or command), flush=True)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    good = done.returncode == status
    said = done.stdout.splitlines()
    for line in _cut(said, long) if good else said:
        print(f"  {line}".rstrip(), flush=True)
    if not good:
        raise StepError(f"`{command}` ended with {done.returncode}, not with {status}")
    return done.stdout


def expect(holds: bool, claim: str) -> None:
    """Say that `claim` holds, or raise StepError."""
    if not holds:
        raise StepError(f"this should hold: {claim}")
    print(_style("32", f"  ✔ {claim}"), flush=True)


def expect_nothing_lost(folder: Path) -> None:
    """Say that every line of the sample is still there, or raise StepError."""
    found = {
        path: lines(text.encode(), (folder / path).read_bytes())
        for path, text in sample.FILES.items()
    }
    lost = [f"{path}: {line}" for path, one in found.items() for line in one.lost]
    longer = sum(one.extended + one.opened for one in found.values())
    expect(
        not lost,
        "\n".join(lost)
        or "no line of theirs is lost: "
        f"{longer} are longer, by a comma, an item of ours or the line break that was missing",
    )


def _cut(said: list[str], long: int) -> list[str]:
    if len(said) <= long:
        return said
    left = long // 2
    return [*said[:left], f"… {len(said) - 2 * left} more lines …", *said[-left:]]


def _style(code: str, text: str) -> str:
    plain = os.environ.get("NO_COLOR") or not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR"))
    return text if plain else f"\033[{code}m{text}\033[0m"


def _clean() -> dict[str, str]:
    """Settings for a run that does not depend on whoever starts it."""
    for name in [name for name in os.environ if name.startswith(OUTSIDE)]:
        del os.environ[name]
    who = {"NAME": "Demo", "EMAIL": "demo@example.org"}
    names = {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
    return {**names, "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONWARNINGS": "ignore"}


if __name__ == "__main__":
    sys.exit(main())
