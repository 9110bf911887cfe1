"""When a pull request may be merged, by the rulesets; and how it is merged, in git."""

from __future__ import annotations

import fnmatch
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.github.server import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.github.double import Double
    from tests.github.state import Account, Pull, Repository


def run_git(repository: Repository, *arguments: str) -> str:
    """Run git in a repository; its output."""
    done = subprocess.run(
        ["git", *arguments], cwd=repository.git, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def fetch_head(double: Double, base: Repository, pull: Pull) -> None:
    """Keep `refs/pull/N/head` and, without conflicts, `refs/pull/N/merge`, as GitHub does."""
    source = double.repositories[pull.head].git
    ref = f"refs/pull/{pull.number}"
    run_git(base, "fetch", "-q", str(source), f"+{pull.head_sha}:{ref}/head")
    tip = run_git(base, "rev-parse", f"refs/heads/{pull.base_ref}")
    tree = _merged_tree(base, tip, pull.head_sha)
    if tree:
        parents = ("-p", tip, "-p", pull.head_sha)
        merged = run_git(base, "commit-tree", tree, *parents, "-m", f"Merge {pull.head_sha}")
        run_git(base, "update-ref", f"{ref}/merge", merged)


def head_moved(base: Repository, pull: Pull, sha: str, by: Account, double: Double) -> None:
    """A push: reviews stay, rulesets may dismiss them; a stranger's push ends auto-merge."""
    pull.head_sha = sha
    fetch_head(double, base, pull)
    if not base.allows(by.login, "write"):
        pull.auto_merge = None
    for rule in rules(base, pull.base_ref, "pull_request"):
        if rule.get("dismiss_stale_reviews_on_push"):
            for review in pull.reviews:
                if review.state == "APPROVED":
                    review.state = "DISMISSED"
    settle(double, base)


def rules(base: Repository, branch: str, kind: str) -> Iterator[dict[str, Any]]:
    """The parameters of each active rule of a kind for a branch."""
    for ruleset in base.rulesets.values():
        if ruleset["enforcement"] != "active" or ruleset.get("target", "branch") != "branch":
            continue
        if _applies(base, ruleset, branch):
            for rule in ruleset.get("rules", []):
                if rule["type"] == kind:
                    yield rule.get("parameters", {})


def _applies(base: Repository, ruleset: dict[str, Any], branch: str) -> bool:
    names = ruleset.get("conditions", {}).get("ref_name", {})

    def among(patterns: list[str]) -> bool:
        for pattern in patterns:
            if pattern == "~ALL" or (
                pattern == "~DEFAULT_BRANCH" and branch == base.default_branch
            ):
                return True
            if fnmatch.fnmatchcase(f"refs/heads/{branch}", pattern):
                return True
        return False

    return among(names.get("include", [])) and not among(names.get("exclude", []))


def blockers(base: Repository, pull: Pull) -> list[str]:
    """Why the rulesets do not let a pull request be merged; empty: they do."""
    found = []
    for rule in rules(base, pull.base_ref, "required_status_checks"):
        for check in rule["required_status_checks"]:
            state = required_state(base, pull.head_sha, check)
            if state != "success":
                word = "is expected" if state in ("", "pending") else "is failing"
                found.append(f'Required status check "{check["context"]}" {word}.')
        if rule.get("strict_required_status_checks_policy") and _behind(base, pull):
            found.append("The head branch is not up to date with the base branch.")
    for rule in rules(base, pull.base_ref, "pull_request"):
        wanted = rule.get("required_approving_review_count", 0)
        if len(approvals(base, pull)) < wanted:
            found.append(
                f"At least {wanted} approving review is required by reviewers with write access."
            )
    return found


def required_state(base: Repository, sha: str, check: dict[str, Any]) -> str:
    """The state of a required check: of the newest one with its name, and only if that is of the
    app which the ruleset names. '' if there is none.
    """
    app = check.get("integration_id")
    known = [
        (one.id, one.app, one.state)
        for one in base.statuses
        if (one.sha, one.context) == (sha, check["context"])
    ]
    known += [
        (
            one.id,
            one.app,
            "success"
            if one.conclusion in ("success", "neutral", "skipped")
            else (one.conclusion or "pending"),
        )
        for one in base.checks.values()
        if (one.sha, one.name) == (sha, check["context"])
    ]
    if not known:
        return ""
    _, by, state = max(known)
    return state if app is None or by == app else ""


def approvals(base: Repository, pull: Pull) -> set[str]:
    """Who approved: the last word of each, of people with write access, not of the author."""
    last = {}
    for review in pull.reviews:
        if review.state != "COMMENTED":
            last[review.by.login] = review.state
    return {
        login
        for login, state in last.items()
        if state == "APPROVED" and login != pull.issue.by.login and base.allows(login, "write")
    }


def _behind(base: Repository, pull: Pull) -> bool:
    tip = run_git(base, "rev-parse", f"refs/heads/{pull.base_ref}")
    return run_git(base, "merge-base", tip, pull.head_sha) != tip


def _merged_tree(base: Repository, ours: str, theirs: str) -> str:
    done = subprocess.run(
        ["git", "merge-tree", "--write-tree", ours, theirs],
        cwd=base.git,
        capture_output=True,
        text=True,
    )
    return done.stdout.split("\n")[0].strip() if done.returncode == 0 else ""


def state_of(base: Repository, pull: Pull) -> str:
    """GraphQL's mergeStateStatus in lower case, which REST calls mergeable_state."""
    if pull.draft:
        return "draft"
    tip = run_git(base, "rev-parse", f"refs/heads/{pull.base_ref}")
    if not _merged_tree(base, tip, pull.head_sha):
        return "dirty"
    return "blocked" if blockers(base, pull) else "clean"


def merge(double: Double, base: Repository, pull: Pull, by: Account, given: dict[str, Any]) -> str:
    """Merge a pull request and return the new commit. `given`: sha, merge_method, commit_title,
    commit_message.
    """
    if not pull.open:
        raise RefusedError(405, "Pull Request is not mergeable")
    if given.get("sha") not in (None, pull.head_sha):
        raise RefusedError(409, "Head branch was modified. Review and try the merge again.")
    method = given.get("merge_method") or "merge"
    if not base.settings[f"allow_{method}_{'commit' if method == 'merge' else 'merge'}"]:
        raise RefusedError(405, f"{method} merges are not allowed on this repository.")
    if pull.draft:
        raise RefusedError(405, "Pull Request is still a work in progress")
    if found := blockers(base, pull):
        raise RefusedError(405, "Repository rule violations found\n\n" + "\n".join(found))
    tip = run_git(base, "rev-parse", f"refs/heads/{pull.base_ref}")
    tree = _merged_tree(base, tip, pull.head_sha)
    if not tree:
        raise RefusedError(405, "Pull Request is not mergeable")
    if method == "rebase":
        _land(double, base, pull, by, _rebased(base, pull, tip))
        return pull.merged_sha
    title = given.get("commit_title") or (
        f"Merge pull request #{pull.number} from {pull.head.partition('/')[0]}/{pull.head_ref}"
        if method == "merge"
        else f"{pull.issue.title} (#{pull.number})"
    )
    message = given.get("commit_message")
    text = f"{title}\n\n{message if message is not None else pull.issue.title}"
    parents = ("-p", tip, *(("-p", pull.head_sha) if method == "merge" else ()))
    sha = run_git(base, "commit-tree", tree, *parents, "-m", text)
    _land(double, base, pull, by, [sha])
    return sha


def _rebased(base: Repository, pull: Pull, tip: str) -> list[str]:
    """The commits of a pull request on top of its base, oldest first."""
    made = []
    with TemporaryDirectory() as folder:
        run_git(base, "worktree", "add", "-q", "--detach", folder, tip)
        for commit in commits(base, pull):
            run_git(base, "-C", folder, "cherry-pick", "--allow-empty", commit)
            made.append(run_git(base, "-C", folder, "rev-parse", "HEAD"))
        run_git(base, "worktree", "remove", "--force", folder)
    return made


def _land(double: Double, base: Repository, pull: Pull, by: Account, landed: list[str]) -> None:
    """Move the base to the last of these commits and close the pull request."""
    pull.size, pull.landed = size(base, pull), landed
    run_git(base, "update-ref", f"refs/heads/{pull.base_ref}", landed[-1])
    pull.issue.state, pull.closed_at, pull.merged_sha = "closed", double.now(), landed[-1]
    pull.merged_by, pull.auto_merge = by, None
    if base.settings["delete_branch_on_merge"] and pull.head == base.full_name:
        run_git(base, "update-ref", "-d", f"refs/heads/{pull.head_ref}")


def settle(double: Double, base: Repository) -> None:
    """Merge what has auto-merge and nothing in its way any more."""
    for pull in list(base.pulls.values()):
        if pull.open and pull.auto_merge and state_of(base, pull) == "clean":
            given = pull.auto_merge
            merge(double, base, pull, given["by"], {**given, "sha": None})


def files(base: Repository, pull: Pull) -> list[dict[str, Any]]:
    """What a pull request changes against the merge base, as its page shows it."""
    tip = run_git(base, "rev-parse", f"refs/heads/{pull.base_ref}")
    related = subprocess.run(
        ["git", "merge-base", tip, pull.head_sha], cwd=base.git, capture_output=True
    )
    range_ = f"{tip}{'..' if related.returncode else '...'}{pull.head_sha}"
    words = {
        "A": "added",
        "M": "modified",
        "D": "removed",
        "R": "renamed",
        "C": "copied",
        "T": "changed",
    }
    options = ("-z", "-M", "--no-color", "--no-ext-diff")
    names = run_git(base, "diff", *options, "--name-status", range_).split("\0")
    counts = run_git(base, "diff", "-z", "--no-renames", "--numstat", range_).split("\0")
    lines = {row.split("\t", 2)[2]: row.split("\t")[:2] for row in counts if row}
    found = []
    fields = iter(names)
    for letter in fields:
        if not letter:
            break
        before = next(fields) if letter[0] in "RC" else ""
        path = next(fields)
        added, deleted = (int(one) if one != "-" else 0 for one in lines.get(path, ("0", "0")))
        entry: dict[str, Any] = {
            "sha": run_git(base, "rev-parse", f"{pull.head_sha}:{path}") if letter != "D" else None,
            "filename": path,
            "status": words[letter[0]],
            "additions": added,
            "deletions": deleted,
            "changes": added + deleted,
        }
        found.append(entry | ({"previous_filename": before} if before else {}))
    return found


def commits(base: Repository, pull: Pull) -> list[str]:
    """The commits of a pull request, oldest first."""
    tip = run_git(base, "rev-parse", f"refs/heads/{pull.base_ref}")
    return run_git(base, "rev-list", "--reverse", f"{tip}..{pull.head_sha}").split()


def size(base: Repository, pull: Pull) -> dict[str, int]:
    """How large a pull request is."""
    changed = files(base, pull)
    return {
        "additions": sum(one["additions"] for one in changed),
        "deletions": sum(one["deletions"] for one in changed),
        "changed_files": len(changed),
        "commits": len(commits(base, pull)),
    }
