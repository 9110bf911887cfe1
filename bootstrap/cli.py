"""The command line: it parses, asks and prints; everything else lives in the other modules."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bootstrap.errors import UserError
from bootstrap.report import plain

if TYPE_CHECKING:
    from bootstrap.flow import Flow
    from bootstrap.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])

REFUSED, SKIPPED = 2, 3


class _Group(click.Group):
    """Turns a UserError into one line and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            _fail(error)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            sys.exit(130)


def _fail(error: UserError) -> None:
    _complain(error)
    sys.exit(REFUSED)


def _complain(error: UserError) -> None:
    mark = click.style("✘", fg="red")
    remedy = f": {error.remedy}" if error.remedy else ""
    click.echo(f"{mark} {plain.clean(error.cause + remedy)}", err=True)


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        return functools.reduce(lambda inner, option: option(inner), reversed(options), function)

    return decorate


_shown = _options(
    click.option(
        "-C",
        "--directory",
        type=click.Path(path_type=Path),
        default=".",
        help="The repository, or a folder in it.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors."),
)
_template = _options(
    click.option(
        "--template",
        metavar="SOURCE",
        envvar="TWELVEFOLD_TEMPLATE",
        help="Another template: an address or a folder. [env: TWELVEFOLD_TEMPLATE]",
    ),
    click.option("--ref", metavar="TAG", help="The version of the template: a tag or a commit."),
)
_source = _options(
    _template,
    click.option("--answers-file", metavar="FILE", help="The answers file, if not the usual one."),
)
_writing = _options(
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
    click.option("--dry-run", is_flag=True, help="Show the plan and stop."),
    click.option("--diff", is_flag=True, help="Show the changes as a unified diff."),
    click.option("--force", is_flag=True, help="Touch owned files that have uncommitted edits."),
)
_chosen = _options(
    click.option("--factors", metavar="LIST", help="Factors by number, as in 2,6,8; or all."),
    click.option("--data", "-d", multiple=True, metavar="KEY=VALUE", help="An answer; repeatable."),
)


@click.group(
    cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="twelvefold", message="%(prog)s %(version)s")
@click.option("-C", "directory", type=click.Path(path_type=Path), hidden=True)
@click.pass_context
def main(context: click.Context, directory: Path | None) -> None:
    """The 12-Factor Process as files in your repository. Nothing of yours is lost.

    \b
    bootstrap plan            what would change here, and why
    bootstrap apply           put it here
    bootstrap check           which of the twelve factors this repository really has
    bootstrap new my-service  generate a new service
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
    if directory is not None:  # `bootstrap -C DIR plan`, as with git and make
        context.default_map = {name: {"directory": directory} for name in main.commands}


@main.command()
@_shown
@click.option("--evidence", is_flag=True, help="Show where each fact was read.")
def facts(directory: Path, as_json: bool, quiet: bool, evidence: bool) -> None:
    """What the repository says about itself: languages, commands, CI, hooks.

    \b
    Example: bootstrap facts --evidence
    """
    from bootstrap import facts as detect
    from bootstrap.repo import Repo
    from bootstrap.report import facts as report

    found = detect.read(Repo.open(directory))
    if as_json:
        _print_json(detect.document(found))
    elif not quiet:
        click.echo(plain.shown(report.screen(found, evidence=evidence)))


@main.command()
@_shown
@_source
@_chosen
@click.option("--diff", is_flag=True, help="Show the changes as a unified diff.")
@click.option("--check", is_flag=True, help="Exit with 1 if anything would change.")
def plan(diff: bool, check: bool, **given: Any) -> None:
    """Show what `apply` would do, and why; change nothing.

    \b
    Example: bootstrap plan --factors 2,6,8 --diff
    """
    made = _with_flow(given, lambda flow: flow.apply())
    _show(made, given, done=False, diff=diff)
    sys.exit(SKIPPED if made.skipped else int(check and bool(made.writes)))


@main.command()
@_shown
@_source
@_chosen
@_writing
@click.option("--restore", multiple=True, metavar="PATH", help="Bring a deleted file back.")
def apply(**given: Any) -> None:
    """Put the chosen factors into the repository; nothing of yours is lost.

    A second run changes nothing. It keeps the version of the template; `update` moves it.

    \b
    Example: bootstrap apply --factors 2,6,8
    """
    _run(given, lambda flow: flow.apply(), "Apply this?")


@main.command()
@_shown
@_source
@_writing
@click.option("--data", "-d", multiple=True, metavar="KEY=VALUE", help="An answer; repeatable.")
def update(**given: Any) -> None:
    """Bring the repository to a newer version of the template.

    \b
    Example: bootstrap update --ref v1.2.0
    """
    _run(given, lambda flow: flow.update(), "Update to this?")


@main.command()
@_shown
@_source
@_writing
@click.option(
    "--factors", metavar="LIST", help="Only these factors, as in 2,6; everything if left out."
)
def remove(**given: Any) -> None:
    """Take the chosen factors away again; what you changed stays.

    \b
    Example: bootstrap remove --factors 5
    """
    _run(given, lambda flow: flow.remove(), "Remove this?")


@main.command()
@_shown
@_source
@_writing
@click.argument("path")
def adopt(path: str, **given: Any) -> None:
    """Give PATH to the template, which then keeps it up to date.

    \b
    Example: bootstrap adopt .process/validate
    """
    _run(given, lambda flow: flow.hand_over(path, to_template=True), "Replace it?")


@main.command()
@_shown
@_source
@_writing
@click.argument("path")
def eject(path: str, **given: Any) -> None:
    """Take PATH over from the template, which then leaves it alone.

    \b
    Example: bootstrap eject .github/workflows/process-validate.yml
    """
    _run(given, lambda flow: flow.hand_over(path, to_template=False), "Take it over?")


@main.command()
@_shown
@click.option("--evidence/--no-evidence", default=True, help="Show evidence and remedies.")
@click.option(
    "--fail-under", type=click.IntRange(0, 12), metavar="N", help="Exit 1 below N factors."
)
def check(
    directory: Path, as_json: bool, quiet: bool, evidence: bool, fail_under: int | None
) -> None:
    """Which of the twelve factors the repository really has, with evidence and remedies.

    A factor that does not apply here counts as there.

    \b
    Example: bootstrap check --fail-under 4
    """
    from bootstrap import checks
    from bootstrap import facts as detect
    from bootstrap.repo import Repo
    from bootstrap.report import document, terminal

    repo = Repo.open(directory)
    rows = checks.run(repo, detect.read(repo))
    if as_json:
        _print_json(document.checks(rows))
    elif not quiet:
        click.echo(plain.shown(terminal.checks(rows, evidence=evidence)))
    full = sum(row.state in {checks.YES, checks.NOT_APPLICABLE} for row in rows)
    sys.exit(1 if fail_under is not None and full < fail_under else 0)


@main.command()
@_shown
@click.option("--apply", "doing", is_flag=True, help="Change the settings; without it, show how.")
@click.option("--remove", "removing", is_flag=True, help="Take away what is still as it was made.")
@click.option("--check", is_flag=True, help="Exit with 1 if anything would change.")
@click.option("--repo", "name", metavar="OWNER/NAME", help="The repository, if not the remote's.")
@click.option("--host", metavar="HOST", help="A GitHub Enterprise Server; the default is gh's.")
def github(
    directory: Path,
    as_json: bool,
    quiet: bool,
    name: str | None,
    host: str | None,
    **given: Any,
) -> None:
    """Show or set what files can't: labels, required checks, environments, variables.

    What is wanted stands in .process/settings.yml. What you set otherwise stays.

    \b
    Example: bootstrap github --apply
    """
    from bootstrap.forge import github as forges
    from bootstrap.forge import remote, run
    from bootstrap.repo import Repo
    from bootstrap.report import forge as report

    repo = Repo.open(directory)
    wanted = run.wanted(repo, removing=given["removing"])
    forge = forges.forge(remote.place(repo, name, host or forges.default_host()))
    made = run.plan(repo, wanted, forge, removing=given["removing"])
    if given["doing"]:
        made = run.apply(made, forge)
    if as_json:
        _print_json(report.document(made))
    elif not quiet:
        click.echo(plain.shown(report.screen(made)))
    if made.stopped:
        _complain(made.stopped)
    sys.exit(SKIPPED if made.skipped else int(given["check"] and bool(made.writes)))


def _next_steps(name: str, target: Path) -> str:
    steps = [f"cd {target}", 'git init && git add . && git commit -m "chore: start"']
    scripts = {"setup": "tools, dependencies, git hooks", "validate": "what CI runs"}
    for script, does in scripts.items():
        if (target / ".process" / script).exists():
            steps.append(f"{f'.process/{script}':<20} # {does}")
    return "\n  ".join([f"{name} is ready. Next:\n", *steps])


@main.command()
@click.argument("target", type=click.Path(path_type=Path))
@_template
@_chosen
@click.option("--defaults", is_flag=True, help="Ask nothing: take the defaults.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def new(target: Path, template: str | None, ref: str | None, quiet: bool, **given: Any) -> None:
    """Generate a new service in the folder TARGET.

    \b
    Example: bootstrap new my-service -d stack=python
    """
    import tempfile

    from bootstrap import answers, render, source

    data = answers.data_of(given["data"])
    data.setdefault("project_name", target.resolve().name)
    if given["factors"] is not None:
        data["factors"] = list(answers.factors_of(given["factors"]))
    if target.exists() and any(target.iterdir()):
        raise UserError(f"{target} is not empty", "use `bootstrap apply` in an existing repository")
    if not given["defaults"] and not sys.stdin.isatty():
        raise UserError("there is no terminal to ask on", "add --defaults, and answers with --data")
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as scratch:
        origin = source.built_in()
        if template or ref:
            origin = source.at(template or origin.address, ref, Path(scratch), named=True)
        made = render.copy(origin, target, data, defaults=given["defaults"])
    if not quiet:
        click.echo(plain.shown(_next_steps(str(made["project_name"]), target)))


@main.command()
@_shown
@_source
@click.argument("subject")
def explain(subject: str, **given: Any) -> None:
    """What a factor (by number or name) or a path is, who edits it, and how it goes away.

    \b
    Example: bootstrap explain 2
    Example: bootstrap explain AGENTS.md
    """
    from bootstrap import explain as explaining

    text = explaining.factor(subject)
    if text is None:
        text = _with_flow(given, lambda flow: explaining.path(flow, subject))
    if given["as_json"]:
        _print_json({"subject": subject, "text": text})
    elif not given["quiet"]:
        click.echo(plain.shown(text))


def _run(given: dict[str, Any], make: Callable[[Flow], Plan], question: str) -> None:
    """Recover, plan, ask, write, report."""
    from bootstrap import transaction
    from bootstrap.repo import root_of

    root = root_of(given["directory"])
    done = () if given["dry_run"] else transaction.recover(root)
    if done and not given["quiet"]:
        click.echo(plain.shown(f"completed an interrupted run: {', '.join(done)}"), err=True)
    made = _with_flow(given, make)
    if not given["dry_run"]:
        made = _agreed(made, given, make, question)
        transaction.commit(root, made.writes)
    _show(made, given, done=not given["dry_run"], diff=given["diff"])
    sys.exit(SKIPPED if made.skipped else 0)


def _agreed(made: Plan, given: dict[str, Any], make: Callable[[Flow], Plan], question: str) -> Plan:
    """The plan that the user agrees to; without agreement the run ends here."""
    if given["yes"] or not made.writes:
        return made
    from bootstrap import ask

    choosable = "data" in given and "restore" in given
    answer = ask.what_now(made, question, factors=choosable)
    if answer == ask.FACTORS:
        chosen = (made.answers or {}).get("factors", ())
        numbers = ",".join(str(number) for number in ask.which_factors(chosen))
        given["factors"] = numbers
        return _agreed(_with_flow(given, make), given, make, question)
    if answer != ask.YES:
        click.echo("nothing was changed")
        sys.exit(0)
    return made


def _with_flow(given: dict[str, Any], make: Callable[[Flow], Any]) -> Any:
    import tempfile

    from bootstrap import answers
    from bootstrap.flow import Flow, Wish
    from bootstrap.plan import Options

    factors = given.get("factors")
    wish = Wish(
        factors=() if factors is None else answers.factors_of(factors),
        data=answers.data_of(given.get("data") or ()),
        template=given["template"],
        ref=given["ref"],
        answers_file=given["answers_file"],
        options=Options(bool(given.get("force")), frozenset(given.get("restore") or ())),
        confirm=_refuse if given.get("yes") else _trust,
    )
    with tempfile.TemporaryDirectory(prefix="twelvefold-") as scratch:
        return make(Flow(given["directory"], wish, Path(scratch)))


def _trust(address: str) -> bool:
    from bootstrap import ask

    return ask.trust(address)


def _refuse(_: str) -> bool:
    return False


def _show(made: Plan, given: dict[str, Any], *, done: bool, diff: bool) -> None:
    from bootstrap.report import document, terminal

    if given["as_json"]:
        _print_json(document.plan(made, done=done))
        return
    if given["quiet"]:
        return
    if diff:
        click.echo(plain.shown(terminal.diff(made.changes)), nl=False)
    undo = "bootstrap remove" if made.first else ""
    click.echo(plain.shown(terminal.plan(made, done=done, undo=undo)))


def _print_json(data: object) -> None:
    click.echo(plain.as_json(data))


if __name__ == "__main__":
    main()
