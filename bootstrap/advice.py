"""What only the user can do after a first apply."""

from __future__ import annotations

import re

from bootstrap import house_rules, packages, their_checks, their_forms, their_hooks
from bootstrap.answers import not_on_runners
from bootstrap.checks.prototype import FeatureFlags
from bootstrap.facts import Facts
from bootstrap.facts.model import Command, Fact
from bootstrap.forge.settings import PATH as SETTINGS
from bootstrap.plan import Plan
from bootstrap.render import Answers, Tree
from bootstrap.repo import Repo

MAX_NAMED = 20
"""Checks of CI that are named one by one."""
LONGEST = 60
"""Characters of a command that are shown."""


def advice(repo: Repo, facts: Facts, tree: Tree, plan: Plan) -> tuple[str, ...]:
    """The steps that stay with the user, most important first; one line each."""
    answers = tree.answers
    factors = set(answers.get("factors", ()))
    found: list[str] = []
    if 2 in factors:
        found += _checks_in_ci(facts, answers)
        found += _only_in_ci(repo, facts)
        found += _brought_by_actions(answers, facts)
        found += _other_hooks(facts, answers)
        found += _push_hook(repo, answers)
        found += _nested_pipelines(repo)
    if 8 in factors and answers.get("own_devcontainer"):
        found += _dev_container(facts, plan)
    if factors & {4, 8}:
        found += _machines_of_agents(repo, plan)
    if 3 in factors:
        found += their_forms.advice(repo, facts)
        found += _page(repo, plan, answers)
        found += _of_the_organisation(facts, plan)
    if factors & {11, 12}:
        found += _pod(repo, answers)
    if any(change.writes for change in plan.changes) and factors & {2, 8}:
        found.append("run `.process/setup`, then `.process/validate`, and commit what is new")
    if 9 in factors:
        found += _flags(repo, facts)
    if any(one.path == SETTINGS and one.action == "create" for one in plan.changes):
        found.append("merge this, then `bootstrap github` shows what GitHub has to be told")
    found += _texts(facts, plan)
    names = _new(repo, tree, plan)
    found += packages.advice(repo, facts, names)
    found += house_rules.advice(repo, facts, names)
    bare = sorted(factors - tree.registry.with_pieces)
    if bare:
        numbers = ", ".join(f"{number:02}" for number in bare)
        found.append(
            f"by hand: {numbers} bring no files yet; `bootstrap check` says what they ask for"
        )
    return tuple(found)


def notes(repo: Repo, facts: Facts, answers: Answers) -> tuple[str, ...]:
    """What is left out, and where the repository shows why."""
    factors = set(answers.get("factors", ()))
    found: list[str] = []
    if 2 in factors and not answers.get("secret_scan", True):
        where = their_hooks.scans_secrets(repo)
        what = "looks for secrets already, so our check for them is left out"
        found += [f"{where} {what}; `--data secret_scan=true` brings it"] if where else []
    if 3 in factors:
        found += their_forms.notes(repo, facts)
    return tuple(found)


def on_forge(plan: Plan) -> tuple[str, ...]:
    """What a removal of files leaves on the forge: a check that nothing reports blocks all."""
    gone = [one.path for one in plan.changes if one.action == "delete"]
    if SETTINGS in gone:
        return ("run `bootstrap github --remove --apply`, if you set up GitHub by it",)
    if any(path.startswith(".github/workflows/process-") for path in gone):
        return ("merge this, then run `bootstrap github --apply`, if you set up GitHub by it",)
    return ()


def _checks_in_ci(facts: Facts, answers: Answers) -> list[str]:
    if answers.get("validate_in_ci"):
        return []
    if not facts.ci_checks and (missing := not_on_runners(facts)):
        tools = ", ".join(missing)
        return [f"let CI install {tools}, then run `.process/setup` and `.process/validate`"]
    where = [
        f"{one.evidence[0].path}:{one.evidence[0].line}" for one in facts.ci_checks if one.evidence
    ]
    if not where:
        return ["your CI runs its own checks: call `.process/setup` and `.process/validate` there"]
    steps = ", ".join(dict.fromkeys(where[:3])) + (" …" if len(set(where)) > 3 else "")
    return [f"replace the steps that run checks in CI ({steps}) by `.process/validate`"]


def _only_in_ci(repo: Repo, facts: Facts) -> list[str]:
    """What `.process/validate` does not replace."""
    alike: dict[object, list[Fact[Command]]] = {}
    for one in their_checks.only_in_ci(repo, facts):
        key = (one.evidence[0].path, *one.value.run.split()[:2], one.value.dir)
        alike.setdefault(key, []).append(one)
    named = [_alike(group) for group in alike.values()]
    more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
    listed = ", ".join(named[:MAX_NAMED])
    return [f"keep in CI what no hook runs: {listed}{more}"] if named else []


def _alike(group: list[Fact[Command]]) -> str:
    """Runs of one tool in one workflow: the first of them, and how many follow."""
    more = f" and {len(group) - 1} more of it" if len(group) > 1 else ""
    return f"{_short(group[0].value)}{more} ({_place(group[0])})"


_ACTION = re.compile(r"[\w.-]+/[\w./-]+@\S+")


def _brought_by_actions(answers: Answers, facts: Facts) -> list[str]:
    """Programs of hooks that CI gets by an action, so that no install command brings them."""
    hooks = [row["run"] for rows in answers["commands"].values() for row in rows]
    found: dict[str, str] = {}
    for listed in facts.commands.values():
        for one in listed:
            if one.value.run in hooks and one.evidence and _ACTION.fullmatch(one.evidence[0].text):
                found.setdefault(one.value.run.split()[0], _place(one))
    named = ", ".join(f"{program} ({where})" for program, where in found.items())
    how = "or name it in mise.toml, so that `.process/setup` does"
    return [f"install {named}, which an action brings in CI, {how}"] if named else []


def _short(command: Command) -> str:
    run = " ".join(command.run.split())
    run = run if len(run) <= LONGEST else f"{run[:LONGEST]}…"
    return f"`{run}`" + ("" if command.dir == "." else f" in {command.dir}")


def _place(fact: Fact[Command]) -> str:
    at = fact.evidence[0]
    return f"{at.path.removeprefix('.github/workflows/')}:{at.line}"


def _other_hooks(facts: Facts, answers: Answers) -> list[str]:
    if answers.get("hooks") != "other":
        return []
    where = facts.hooks[0].evidence[0].path if facts.hooks and facts.hooks[0].evidence else ""
    calls = "`.process/validate --changed` at a commit and `.process/validate --related` at a push"
    return [f"let {where or 'your git hooks'} call {calls}"]


def _push_hook(repo: Repo, answers: Answers) -> list[str]:
    """Their own hook at a push, beside which ours is left out."""
    if answers.get("hooks") not in {"husky", "lefthook", "custom"}:
        return []
    where = their_hooks.at_push(repo, str(answers.get("hooks_dir")))
    calls = ".process/validate" in (repo.text(where) or "")
    return [f"let {where} call `.process/validate --related`"] if where and not calls else []


def _nested_pipelines(repo: Repo) -> list[str]:
    places = ", ".join(their_hooks.nested(repo)[:3])
    what = "only prek runs it: `minimum_prek_version` at the root lets `.process/validate` do so"
    return [f"{places}: {what}"] if places else []


def _new(repo: Repo, tree: Tree, plan: Plan) -> list[str]:
    """The new paths of ours with something below that the plan creates."""
    created = [change.path for change in plan.changes if change.action == "create"]
    return [
        path
        for path in packages.new_paths(repo, tree.registry)
        if any(one == path or one.startswith(f"{path}/") for one in created)
    ]


def _texts(facts: Facts, plan: Plan) -> list[str]:
    """Texts for agents beside an AGENTS.md that is new."""
    if not any(one.path == "AGENTS.md" and one.action == "create" for one in plan.changes):
        return []
    others = [path for path in facts.agent_files if _TEXT.search(path)]
    if not others:
        return []
    what = "move what holds for every agent there, and leave a line that points to it"
    return [f"{', '.join(others)} beside the new AGENTS.md: {what}"]


_TEXT = re.compile(
    r"(?i)copilot-instructions\.md$|(claude|gemini|conventions|agent)\.md$|rules$|goosehints$"
)


def _page(repo: Repo, plan: Plan, answers: Answers) -> list[str]:
    """Prose of theirs is not patched: where a link fits into it, only they know."""
    page = f"{answers.get('guide_dir', 'docs')}/propose-a-change.md"
    if not any(one.path == page and one.action == "create" for one in plan.changes):
        return []
    known = ("CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md", "README.md")
    where = next((path for name in known if (path := repo.find(name))), "README.md")
    return [f"link {page} from {where}"]


def _of_the_organisation(facts: Facts, plan: Plan) -> list[str]:
    """What a repository has itself counts in the place of what its organisation has for all."""
    ours = (".github/issue_template/", ".github/pull_request_template.md")
    new = [one for one in plan.changes if one.action == "create"]
    if facts.issue_forms or not any(one.path.lower().startswith(ours) for one in new):
        return []
    what = "hides the issue forms and the template for pull requests that your organisation"
    return [f"what is new in .github {what} may have in its own .github repository: compare them"]


def _pod(repo: Repo, answers: Answers) -> list[str]:
    if not str(answers.get("pod") or "").strip():
        how = "`bootstrap apply --data 'pod=@ada, @bob'`"
        return [f"name the domain expert, then one or two engineers: {how}"]
    where = their_forms.all_owned(repo) if 11 in answers.get("factors", ()) else ""
    what = "leaves no path to a line for the pod: name the pod there for what it owns"
    return [f"{where} {what}"] if where else []


def _flags(repo: Repo, facts: Facts) -> list[str]:
    """Code of theirs is not ours to change, so feature flags stay with the user."""
    if FeatureFlags().check(repo, facts).passed is not False:
        return []
    return ["read feature flags through OpenFeature, from a flags.json in flagd's format"]


def _dev_container(facts: Facts, plan: Plan) -> list[str]:
    others = [
        change for change in plan.changes if change.path in facts.devcontainers and change.kept
    ]
    return [f"call `.process/setup` from postCreateCommand in {change.path}" for change in others]


def _machines_of_agents(repo: Repo, plan: Plan) -> list[str]:
    """Their own files for agents' machines, unless those call setup already."""
    return [
        f"call `.process/setup` {_CALLERS[change.path]} {change.path}"
        for change in plan.changes
        if change.path in _CALLERS
        and (change.kept or change.action == "kept")
        and ".process/setup" not in (repo.text(change.path) or "")
    ]


_CALLERS = {
    ".cursor/environment.json": "from install in",
    ".github/workflows/copilot-setup-steps.yml": "as the last step of",
}
