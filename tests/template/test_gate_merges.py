"""The gate on the double of GitHub: what merges by itself, and what waits for whom."""

from __future__ import annotations

import json

from tests.conftest import git
from tests.github.state import Account
from tests.template.gate_scene import Scene, code, ruleset


def test_low_merges_by_itself_once_the_checks_are_green(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)}, body="Why it is so.\nProcess-Complexity: none")
    scene.on_pull(pull)
    assert scene.status(pull.head_sha)[0] == "success"
    assert pull.issue.labels == ["complexity: low"]
    assert "merges by itself once" in scene.comment(pull)
    assert not pull.merged_sha
    before = len(scene.github.calls)
    scene.on_pull(pull, "edited")
    again = [(one.method, one.path) for one in scene.github.calls[before:] if one.method != "GET"]
    assert {path for _, path in again} == {"/graphql"}  # nothing is told or posted twice
    scene.green(pull)
    assert pull.merged_by == scene.bot
    why, trailers = scene.message().split("\n\n", 1)[1].split("\n\n")
    assert why == "Why it is so."
    rated, reasons = trailers.splitlines()
    assert rated.startswith("Process-Complexity: low ")
    assert reasons.startswith("Process-Reasons: ")
    assert "2 lines" in reasons


def test_low_merges_at_once_where_nothing_is_left_to_wait_for(scene: Scene) -> None:
    pull = scene.propose({"docs/page.md": "# A page\n"}, draft=True)
    scene.green(pull)
    scene.on_pull(pull)
    assert scene.state(pull) == "success"
    assert not pull.merged_sha  # a draft
    pull.draft = False
    scene.on_pull(pull, "ready_for_review")
    assert pull.merged_by == scene.bot
    assert "Process-Complexity: low 0" in scene.message()


def test_medium_waits_for_one_approval_that_counts(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(20)})
    scene.green(pull)
    scene.on_pull(pull)
    assert scene.state(pull) == "pending"
    assert "an approval by another person" in scene.status(pull.head_sha)[1]
    assert pull.issue.labels == ["complexity: medium"]

    scene.github.account("helper[bot]", "Bot")
    for who in ("eve", "tri", "helper[bot]"):
        scene.github.review(scene.repo, pull, who)
    scene.on_review(pull)
    assert scene.state(pull) == "pending"

    approval = scene.github.review(scene.repo, pull, "bob")
    scene.on_review(pull)
    assert scene.state(pull) == "success"
    assert scene.repo.pulls[pull.number].auto_merge is None

    scene.push(pull, {"src/new.py": code(21)})
    scene.green(pull)
    scene.on_pull(pull, "synchronize")
    assert scene.state(pull) == "pending"  # bob saw what was before

    scene.github.review(scene.repo, pull, "bob")
    scene.on_review(pull)
    assert scene.state(pull) == "success"
    approval = pull.reviews[-1]
    approval.state = "DISMISSED"
    scene.on_review(pull)
    assert scene.state(pull) == "pending"
    assert not pull.merged_sha


def test_high_waits_for_the_expert_and_one_more(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(400)})
    scene.green(pull)
    scene.on_pull(pull)
    assert pull.issue.labels == ["complexity: high"]
    assert "a domain expert: cy" in scene.comment(pull)
    for who, state in (("bob", "pending"), ("di", "pending"), ("cy", "success")):
        scene.github.review(scene.repo, pull, who)
        scene.on_review(pull)
        assert scene.state(pull) == state, who
    assert not pull.merged_sha


def test_who_wrote_or_pushed_a_part_approves_nothing(scene: Scene) -> None:
    pull = scene.propose(
        {"src/new.py": code(20)}, message="x\n\nCo-authored-by: Di <di@example.org>"
    )
    scene.push(pull, {"src/new.py": code(21)}, by="bob", author="tri")
    for who in ("bob", "di"):
        scene.github.review(scene.repo, pull, who)
    scene.on_review(pull)
    assert scene.state(pull) == "pending"
    scene.github.review(scene.repo, pull, "cy")
    scene.on_review(pull)
    assert scene.state(pull) == "success"


def test_a_change_that_is_split_into_many_is_summed(scene: Scene) -> None:
    def small(number: int, by: str = "ada", folder: str = "src") -> str:
        pull = scene.propose({f"{folder}/part{number}.py": code(3)}, by, f"part-{number}")
        scene.on_pull(pull)
        scene.green(pull)
        assert bool(pull.merged_sha) == (pull.issue.labels == ["complexity: low"])
        return pull.issue.labels[0]

    made = [small(number) for number in range(3)]
    assert made[0] == "complexity: low"
    assert made[-1] == "complexity: medium"
    assert small(10, "bob") == "complexity: low"
    assert small(11, folder="lib") == "complexity: low"

    # a day later, when what still waits was closed
    scene.github.shift = -scene.day
    for one in scene.repo.pulls.values():
        one.issue.at = one.closed_at = scene.github.now()
        one.issue.state = "closed"
    scene.github.shift *= 0
    assert small(20) == "complexity: low"


def test_open_changes_that_belong_together_are_summed_before_one_of_them_merges(
    scene: Scene,
) -> None:
    first = scene.propose({"src/one.py": code(3)}, branch="one")
    scene.on_pull(first)
    assert first.issue.labels == ["complexity: low"]
    second = scene.propose({"src/two.py": code(3)}, branch="two")
    scene.on_pull(second)
    assert second.issue.labels == ["complexity: medium"]
    # the first one is asked again as soon as the other is gone, or merged past the gate
    second.issue.state = "closed"
    said = scene.on_pull(second, "closed")
    assert f"#{first.number}: low" in said


def test_auto_merge_is_taken_back_if_a_push_makes_more_of_it(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.on_pull(pull)
    assert pull.auto_merge
    scene.push(pull, {"src/new.py": code(40)})
    scene.on_pull(pull, "synchronize")
    assert pull.auto_merge is None
    assert scene.state(pull) == "pending"
    assert pull.issue.labels == ["complexity: medium"]


def test_nothing_merges_in_a_dry_run_without_the_app_and_after_the_stop(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    for variables, told in (
        ({"PROCESS_GATE": ""}, "this is a dry run"),
        ({"PROCESS_APP_TOKEN": ""}, "there is no App"),
    ):
        scene.on_pull(pull, **variables)
        assert told in scene.comment(pull)
        assert pull.issue.labels == ["complexity: low"]
        assert scene.repo.statuses == []
    scene.on_pull(pull, PROCESS_STOP="true")
    assert "PROCESS\\_STOP is set" in scene.comment(pull)
    assert not pull.merged_sha

    scene.repo.checks.clear()
    scene.on_pull(pull)
    assert pull.auto_merge
    scene.gate({}, PROCESS_STOP="true")  # started by hand: all that is open
    assert pull.auto_merge is None
    scene.green(pull)
    assert not pull.merged_sha


def test_nothing_merges_where_github_would_not_stop_it(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    rules, environment = scene.repo.rulesets, scene.repo.environments["process-gate"]
    whole = dict(rules)

    for broken, told in (
        ({}, "no ruleset of main requires process/complexity"),
        ({1: ruleset(None, "validate")}, "no ruleset of main requires process/complexity"),
        ({1: ruleset(15368, "validate")}, "no ruleset of main requires process/complexity"),
        ({1: ruleset(scene.app.id, "process/prototype")}, "requires a check of CI"),
    ):
        rules.clear()
        rules.update(broken)
        assert told in scene.lacking(pull)
    rules.update(whole)
    limits = environment["policies"]
    environment["policies"] = {**limits, 2: {"id": 2, "name": "*", "type": "branch"}}
    assert "environment process-gate is not limited" in scene.lacking(pull)
    environment["deployment_branch_policy"] = None
    assert "environment process-gate is not limited" in scene.lacking(pull)
    environment["deployment_branch_policy"] = {
        "protected_branches": True,
        "custom_branch_policies": False,
    }
    assert "environment process-gate is not limited" in scene.lacking(pull)


def test_the_merge_queue_is_decided_on_by_all_that_it_holds(scene: Scene) -> None:
    scene.repo.rulesets[2] = {
        **ruleset(scene.app.id),
        "name": "queue",
        "rules": [{"type": "merge_queue"}],
    }
    low = scene.propose({"src/new.py": code(2)}, branch="low")
    scene.green(low)
    scene.on_pull(low)
    assert [one.number for one in scene.repo.queue] == [low.number]
    commit = scene.repo.queue[0].commit
    scene.on_queue(commit)
    assert scene.status(commit)[0] == "success"

    medium = scene.propose({"lib/new.py": code(20)}, branch="medium")
    scene.github.review(scene.repo, medium, "bob")
    scene.on_review(medium)
    second = scene.enqueue(medium)
    assert scene.status(second)[0] == "success"

    medium.reviews[-1].state = "DISMISSED"
    scene.on_queue(second)
    assert scene.status(second) == ("pending", f"#{medium.number} is not ready")
    scene.on_queue(commit)
    assert scene.status(commit)[0] == "success"
    scene.on_queue(git(scene.repo.git, "rev-parse", "main").strip())


def test_apps_that_the_rules_name_may_be_low(scene: Scene) -> None:
    bot: Account = scene.github.account("renovate[bot]", "Bot")
    pull = scene.propose({"docs/page.md": "# New\n"}, bot.login)
    scene.on_pull(pull)
    assert pull.issue.labels == ["complexity: medium"]
    rules = (scene.work / ".process/complexity.toml").read_text()
    named = rules.replace("apps = []", f"apps = {json.dumps([bot.login])}")
    scene.land({".process/complexity.toml": named})
    scene.green(pull)
    scene.on_pull(pull, "edited")
    assert pull.merged_by == scene.bot
