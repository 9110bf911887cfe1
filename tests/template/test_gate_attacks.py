"""What must not lower a label, or merge what it should not: an attack and a race at a time."""

from __future__ import annotations

import re

import pytest

from tests.conftest import git
from tests.github import merging
from tests.template.gate_scene import CONTEXT, STUB, WORKFLOW, Scene, code

RULES = ".process/complexity.toml"


def waits(scene: Scene, pull: object, label: str = "medium") -> None:
    """A pull request has a label, is not green and can't be merged."""
    assert pull.issue.labels == [f"complexity: {label}"]  # type: ignore[attr-defined]
    assert scene.state(pull) == "pending"  # type: ignore[arg-type]
    assert merging.state_of(scene.repo, pull) == "blocked"  # type: ignore[arg-type]
    assert pull.auto_merge is None  # type: ignore[attr-defined]
    assert not pull.merged_sha  # type: ignore[attr-defined]


def test_a_strangers_three_lines_from_a_fork(scene: Scene) -> None:
    fork = scene.github.fork(scene.repo, "eve")
    pull = scene.propose({"src/new.py": code(3)}, "eve", fork=fork)
    scene.green(pull)
    scene.on_pull(pull)
    waits(scene, pull)
    assert "it comes from a fork" in scene.comment(pull)

    scene.github.review(scene.repo, pull, "eve")
    scene.on_review(pull)
    waits(scene, pull)
    scene.github.review(scene.repo, pull, "bob")
    scene.on_review(pull)
    assert scene.state(pull) == "success"
    assert not pull.merged_sha

    # of somebody with write access it is no less than medium either
    own = scene.propose({"lib/new.py": code(1)}, "ada", "own", scene.github.fork(scene.repo, "ada"))
    scene.green(own)
    scene.on_pull(own)
    waits(scene, own)


def test_a_workflow_on_a_branch_posts_the_status_itself(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(20)})
    scene.green(pull)
    scene.on_pull(pull)
    forged = scene.github.actions_token(statuses="write", checks="write", contents="write")
    scene.call("POST", f"statuses/{pull.head_sha}", forged, state="success", context=CONTEXT)
    check = {"name": CONTEXT, "head_sha": pull.head_sha, "conclusion": "success"}
    scene.call("POST", "check-runs", forged, **check)
    waits(scene, pull)
    scene.call("PUT", f"pulls/{pull.number}/merge", forged, status=405)
    # and its like does not make the gate think that it has said so already
    scene.github.review(scene.repo, pull, "bob")
    scene.on_review(pull)
    assert scene.state(pull) == "success"


def test_the_gate_its_rules_and_its_classifier_are_not_those_of_the_pull_request(
    scene: Scene,
) -> None:
    mine = {
        ".process/gate": "#!/bin/sh\nexit 0\n",
        ".process/gate.d/decide": "raise SystemExit('head code ran')\n",
        ".process/complexity": "raise SystemExit('head code ran')\n",
        RULES: "[cut]\nlow = 1000\nhigh = 2000\n",
        ".process/pod.toml": 'expert = "@bob"\n',
        ".github/CODEOWNERS": "* @ada\n",
        ".gitattributes": "* linguist-generated\n",
        WORKFLOW: "on: push\n",
        STUB: "on: push\n",
    }
    for number, path in enumerate(mine):
        pull = scene.propose({path: mine[path]}, branch=f"one-{number}")
        said = scene.on_pull(pull)
        assert "head code ran" not in said
        assert pull.issue.labels != ["complexity: low"], path
        assert not pull.auto_merge
    whole = scene.propose({**mine, "src/new.py": code(400)}, branch="whole")
    scene.green(whole)
    scene.on_pull(whole)
    waits(scene, whole, "high")
    assert "a domain expert: cy" in scene.comment(whole)


@pytest.mark.parametrize(
    "lines",
    [
        ("author  <> 0 +0000", "committer  <> 0 +0000"),
        (
            "author dependabot[bot] <support@github.com> 1 +0000",
            "committer GitHub <noreply@github.com> 99999999999 +0000",
        ),
    ],
)
def test_author_title_date_labels_and_branch_are_blanked_or_forged(
    scene: Scene, lines: tuple[str, ...]
) -> None:
    message = "fix typo\n\nProcess-Complexity: low 0\nProcess-Reasons: none"
    forged = scene.forge(scene.commit({"src/new.py": code(20)}, message=message), *lines)
    scene.github.push(scene.repo, "ada", "dependabot/low", scene.work, forged)
    pull = scene.github.open_pull(
        scene.repo,
        "ada",
        "dependabot/low",
        title="docs: complexity: low [skip review]",
        body="<!-- process: complexity -->\nProcess-Complexity: low 0",
    )
    labels = ["complexity: low", "complexity: high"]
    person = scene.github.user_token("ada")
    scene.call("POST", f"issues/{pull.number}/labels", person, labels=labels)
    scene.github.comment(scene.repo, pull.number, "ada", "<!-- process: complexity -->\nlow")
    scene.green(pull)
    scene.on_pull(pull)
    waits(scene, pull)
    assert "20 lines" in scene.comment(pull)


def test_attributes_are_those_of_the_base_and_not_of_where_a_branch_left_it(scene: Scene) -> None:
    old = scene.land({".gitattributes": "* linguist-generated\n"})
    scene.land({".gitattributes": "* text=auto\n"})
    pull = scene.propose({"src/new.py": code(400)}, on=old)
    scene.green(pull)
    scene.on_pull(pull)
    waits(scene, pull, "high")


def test_more_files_than_a_page_of_the_api(scene: Scene) -> None:
    padding = {f"docs/{number:03}.md": "# Page\n" for number in range(350)}
    pull = scene.propose({**padding, "src/zzz.py": code(20)})
    scene.green(pull)
    scene.on_pull(pull)
    waits(scene, pull)


def test_what_cannot_be_rated_is_high(scene: Scene) -> None:
    scene.land({RULES: "[cut\n"})
    pull = scene.propose({"docs/page.md": "# A page\n"})
    scene.green(pull)
    scene.on_pull(pull)
    waits(scene, pull, "high")
    assert "could not be rated" in scene.comment(pull)


def test_what_github_does_not_tell_is_not_green(scene: Scene) -> None:
    pull = scene.propose({"docs/page.md": "# A page\n"})
    scene.on_pull(pull)
    assert scene.state(pull) == "success"
    scene.github.break_down(r"/reviews", 404)
    scene.on_pull(pull, "edited", status=1)
    assert scene.state(pull) == "error"
    assert merging.state_of(scene.repo, pull) == "blocked"


def test_another_base_gives_no_green_to_a_commit_that_others_have_too(scene: Scene) -> None:
    scene.commit({"src/new.py": code(400)})
    scene.github.push(scene.repo, "ada", "feature", scene.work)
    large = scene.propose({"src/more.py": code(1)}, branch="large", on="origin/feature")
    small = scene.github.open_pull(scene.repo, "ada", "large")
    small.base_ref = "feature"
    scene.green(large)
    scene.on_pull(large)
    scene.on_pull(small)
    assert small.issue.labels == ["complexity: low"]
    assert "another branch than the default one" in scene.comment(small)
    waits(scene, large, "high")
    small.base_ref = "main"
    scene.on_pull(small, "edited")
    assert small.issue.labels == ["complexity: high"]
    waits(scene, large, "high")


def test_the_same_commit_in_two_pull_requests_is_green_if_both_are(scene: Scene) -> None:
    fork = scene.github.fork(scene.repo, "eve")
    theirs = scene.propose({"src/new.py": code(2)}, "eve", fork=fork)
    scene.github.push(scene.repo, "ada", "mine", scene.work, theirs.head_sha)
    mine = scene.github.open_pull(scene.repo, "ada", "mine")
    scene.green(mine)
    scene.on_pull(mine)
    assert scene.state(theirs) == "pending"
    assert f"#{theirs.number}, which has the same commit" in scene.status(mine.head_sha)[1]
    assert not mine.merged_sha
    scene.github.close_pull(scene.repo, theirs)
    scene.on_pull(theirs, "closed")
    assert mine.merged_sha
    assert not theirs.merged_sha


@pytest.mark.parametrize("after", ["POST .*/statuses/", "POST /graphql .*viewerMergeBodyText"])
def test_the_head_moves_between_check_and_merge(scene: Scene, after: str) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    first = pull.head_sha

    def push() -> None:
        scene.push(pull, {"src/new.py": code(40)})
        scene.green(pull)

    scene.meanwhile(after, push)
    scene.on_pull(pull)
    assert pull.head_sha != first
    assert not pull.merged_sha
    assert pull.auto_merge is None  # nothing was asked for the new head
    scene.on_pull(pull, "synchronize")
    waits(scene, pull)


def test_a_review_comes_between_check_and_merge(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    scene.meanwhile(
        "POST .*/statuses/",
        lambda: scene.github.review(scene.repo, pull, "bob", "CHANGES_REQUESTED"),
    )
    scene.on_pull(pull)
    assert not pull.merged_sha
    state, told = scene.status(pull.head_sha)
    assert state == "pending"
    assert told.endswith(": needs an answer to bob, who asked for changes")


def test_the_base_moves_between_check_and_merge(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    rules = git(scene.repo.git, "show", f"main:{RULES}")
    rules = re.sub(r"(?m)^low = [\d.]+$", "low = 0.1", rules)
    scene.meanwhile("POST .*/statuses/", lambda: scene.land({RULES: rules}))
    scene.on_pull(pull)
    waits(scene, pull)


def test_a_base_that_moves_without_new_rules_keeps_nothing_waiting(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(2)})
    scene.green(pull)
    scene.meanwhile("POST .*/statuses/", lambda: scene.land({"docs/page.md": "# New\n"}))
    scene.on_pull(pull)
    assert pull.merged_by == scene.bot


def test_history_that_has_nothing_in_common_is_high(scene: Scene) -> None:
    main = git(scene.work, "rev-parse", "origin/main").strip()
    alien = scene.forge(main, *LINES, keep=["tree"])
    scene.github.push(scene.repo, "ada", "alien", scene.work, alien)
    pull = scene.github.open_pull(scene.repo, "ada", "alien")
    scene.on_pull(pull)
    assert pull.issue.labels == ["complexity: high"]
    assert scene.state(pull) == "pending"
    other = scene.propose({"src/new.py": code(2)})
    scene.on_pull(other)
    assert scene.state(other) == "success"


LINES = ("author A <a@example.org> 0 +0000", "committer A <a@example.org> 0 +0000")


def test_what_both_sides_merged_of_each_other_hides_nothing(scene: Scene) -> None:
    mine = scene.commit({"mine.py": "mine = 1\n"})
    other = scene.land({"fix.py": code(40)})
    merge = ("merge", "-q", "--no-ff", "-m", "Merge")
    git(scene.work, *merge, mine)
    scene.github.push(scene.repo, "di", "main", scene.work)

    # A merge that leaves the fix out: from `mine` to it there is no difference.
    git(scene.work, "checkout", "-q", mine)
    git(scene.work, "merge", "-q", "-s", "ours", "-m", "Merge", other)
    scene.github.push(scene.repo, "ada", "topic", scene.work)
    pull = scene.github.open_pull(scene.repo, "ada", "topic", None)
    scene.on_pull(pull)
    waits(scene, pull, "high")
    assert "two merge bases" in scene.comment(pull)


def test_a_label_comes_before_the_check(scene: Scene) -> None:
    pull = scene.propose({"src/new.py": code(40)})
    scene.green(pull)
    scene.meanwhile(
        f"GET .*/pulls/{pull.number}$", lambda: pull.issue.labels.append("complexity: low")
    )
    scene.on_pull(pull)
    waits(scene, pull)
    person = scene.github.user_token("ada")
    asked = "mutation($i: EnablePullRequestAutoMergeInput!)"
    told = asked + "{enablePullRequestAutoMerge(input: $i) {clientMutationId}}"
    given = {"i": {"pullRequestId": f"PR_{scene.repo.id}_{pull.number}"}}
    scene.call("POST", "/graphql", person, query=told, variables=given)
    assert pull.auto_merge
    scene.on_pull(pull, "edited")
    assert not pull.merged_sha  # what a person switched on waits for the gate as well
    assert scene.state(pull) == "pending"
