"""What only the user can do after a first apply."""

from __future__ import annotations

from bootstrap.answers import not_on_runners
from bootstrap.facts import Facts
from bootstrap.plan import Plan
from bootstrap.render import Answers, Tree


def advice(facts: Facts, tree: Tree, plan: Plan) -> tuple[str, ...]:
    """The steps that stay with the user, most important first; one line each."""
    answers = tree.answers
    factors = set(answers.get("factors", ()))
    found: list[str] = []
    if 2 in factors:
        found += _checks_in_ci(facts, answers)
        found += _other_hooks(facts, answers)
    if 8 in factors and answers.get("own_devcontainer"):
        found += _dev_container(facts, plan)
    if any(change.writes for change in plan.changes) and factors & {2, 8}:
        found.append("run `.process/setup`, then `.process/validate`, and commit what is new")
    found += _licences(facts)
    bare = sorted(factors - tree.registry.with_pieces)
    if bare:
        numbers = ", ".join(f"{number:02}" for number in bare)
        found.append(
            f"by hand: {numbers} bring no files yet; `bootstrap check` says what they ask for"
        )
    return tuple(found)


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


def _other_hooks(facts: Facts, answers: Answers) -> list[str]:
    if answers.get("hooks") != "other":
        return []
    where = facts.hooks[0].evidence[0].path if facts.hooks and facts.hooks[0].evidence else ""
    return [f"let {where or 'your git hooks'} call `.process/validate --changed` at a commit"]


def _licences(facts: Facts) -> list[str]:
    if facts.license_headers is None:
        return []
    how = "each new file has an SPDX line where comments exist, add what else it asks for"
    return [f"{facts.license_headers.value} checks licence headers: {how}"]


def _dev_container(facts: Facts, plan: Plan) -> list[str]:
    others = [
        change for change in plan.changes if change.path in facts.devcontainers and change.kept
    ]
    return [f"call `.process/setup` from postCreateCommand in {change.path}" for change in others]
