"""How the double's state looks in the API. Required properties that are left out here are filled
in by GitHub's description.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github import merging

if TYPE_CHECKING:
    from tests.github.server import Call
    from tests.github.state import (
        Account,
        App,
        Artifact,
        CheckRun,
        Comment,
        Deployment,
        DeploymentStatus,
        Issue,
        Pull,
        Repository,
        Review,
        Run,
        Status,
    )

Data = dict[str, Any]


def when(moment: datetime | None) -> str | None:
    """A moment as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def page_of(repo: Repository, path: str) -> str:
    """The address of a page for people."""
    return f"https://github.com/{repo.full_name}/{path}"


def account(one: Account) -> Data:
    """A user, organisation or bot."""
    page = f"https://github.com/{one.login}"
    return {"login": one.login, "id": one.id, "type": one.type, "html_url": page}


def repository(one: Repository) -> Data:
    """A repository."""
    return {
        "id": one.id,
        "name": one.full_name.partition("/")[2],
        "full_name": one.full_name,
        "owner": account(one.owner),
        "private": one.private,
        "fork": bool(one.fork_of),
        "default_branch": one.default_branch,
        "html_url": f"https://github.com/{one.full_name}",
    }


def full_repository(one: Repository) -> Data:
    """A repository with its settings."""
    return {**repository(one), **one.settings}


def label(repo: Repository, name: str) -> Data:
    """A label; one that only an issue knows has no colour of its own."""
    known = repo.labels.get(name, {})
    return {
        "id": known.get("id", 0),
        "name": name,
        "color": known.get("color", "ededed"),
        "default": False,
        "description": known.get("description"),
    }


def _described(one: Data) -> Data:
    """A label of a pull request, which GitHub's description gives a text of its own."""
    return {**one, "description": one["description"] or ""}


def issue(repo: Repository, one: Issue) -> Data:
    """An issue."""
    data: Data = {
        "id": 500000 + one.number,
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "user": account(one.by),
        "labels": [label(repo, name) for name in one.labels],
        "created_at": when(one.at),
        "updated_at": when(one.at),
        "author_association": association(repo, one.by),
        "html_url": page_of(repo, f"issues/{one.number}"),
    }
    if one.number in repo.pulls:
        data["pull_request"] = {"url": None, "html_url": None, "diff_url": None, "patch_url": None}
    return data


def association(repo: Repository, by: Account) -> str:
    """What somebody is to a repository."""
    if by == repo.owner:
        return "OWNER"
    if by.login in repo.roles:
        return "COLLABORATOR"
    merged = any(one.merged_sha and one.issue.by == by for one in repo.pulls.values())
    return "CONTRIBUTOR" if merged else "NONE"


def author(repo: Repository, by: Account) -> str:
    """What the author of a pull request is to a repository."""
    found = association(repo, by)
    return "FIRST_TIME_CONTRIBUTOR" if found == "NONE" else found


def side(call: Call, full_name: str, ref: str, sha: str) -> Data:
    """The head or the base of a pull request."""
    repo = call.double.repositories.get(full_name)
    return {
        "label": f"{full_name.partition('/')[0]}:{ref}",
        "ref": ref,
        "sha": sha,
        "repo": repository(repo) if repo else None,
        "user": account(repo.owner) if repo else None,
    }


def pull(call: Call, repo: Repository, one: Pull) -> Data:
    """A pull request in a list."""
    base_sha = merging.run_git(repo, "rev-parse", f"refs/heads/{one.base_ref}")
    known = call.double.account
    return {
        "id": one.id,
        "node_id": f"PR_{repo.id}_{one.number}",
        "number": one.number,
        "title": one.issue.title,
        "body": one.issue.body,
        "state": one.issue.state,
        "draft": one.draft,
        "user": account(one.issue.by),
        "labels": [_described(label(repo, name)) for name in one.issue.labels],
        "created_at": when(one.issue.at),
        "updated_at": when(one.issue.at),
        "closed_at": when(one.closed_at),
        "merged_at": when(one.closed_at) if one.merged_sha else None,
        "merge_commit_sha": one.merged_sha or None,
        "author_association": author(repo, one.issue.by),
        "requested_reviewers": [account(known(login)) for login in one.asked],
        "auto_merge": auto_merge(one),
        "head": side(call, one.head, one.head_ref, one.head_sha),
        "base": side(call, repo.full_name, one.base_ref, base_sha),
        "html_url": page_of(repo, f"pull/{one.number}"),
    }


def auto_merge(one: Pull) -> Data | None:
    """What was asked for with auto-merge."""
    if one.auto_merge is None:
        return None
    return {
        "enabled_by": account(one.auto_merge["by"]),
        "merge_method": one.auto_merge["merge_method"],
        "commit_title": one.auto_merge["commit_title"] or "",
        "commit_message": one.auto_merge["commit_message"] or "",
    }


def full_pull(call: Call, repo: Repository, one: Pull) -> Data:
    """A pull request by itself."""
    state = merging.state_of(repo, one) if one.open else "unknown"
    numbers = one.size or merging.size(repo, one)
    return {
        **pull(call, repo, one),
        "merged": bool(one.merged_sha),
        "merged_by": account(one.merged_by) if one.merged_by else None,
        "mergeable": (state != "dirty") if one.open else None,
        "mergeable_state": state,
        **numbers,
    }


def review(call: Call, repo: Repository, one: Review) -> Data:
    """A review."""
    return {
        "id": one.id,
        "user": account(one.by),
        "state": one.state,
        "body": one.body,
        "commit_id": one.commit,
        "submitted_at": when(one.at),
        "author_association": association(repo, one.by),
    }


def comment(repo: Repository, one: Comment) -> Data:
    """A comment."""
    return {
        "id": one.id,
        "body": one.body,
        "user": account(one.by),
        "created_at": when(one.at),
        "updated_at": when(one.at),
        "author_association": association(repo, one.by),
        "html_url": page_of(repo, f"issues/{one.number}#issuecomment-{one.id}"),
    }


def status(one: Status) -> Data:
    """A commit status in a list; who posted it, but not by which app."""
    return {
        "id": one.id,
        "context": one.context,
        "state": one.state,
        "description": one.description,
        "target_url": one.url,
        "creator": account(one.by),
        "created_at": when(one.at),
        "updated_at": when(one.at),
    }


def app(one: App) -> Data:
    """An App."""
    return {"id": one.id, "slug": one.slug, "name": one.slug, "permissions": one.permissions}


def check_run(call: Call, one: CheckRun) -> Data:
    """A check run, with the app that made it."""
    made_by = call.double.apps.get(one.app)
    output = {"title": None, "summary": None, "text": None, "annotations_count": 0}
    return {
        "id": one.id,
        "name": one.name,
        "head_sha": one.sha,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": when(one.at),
        "completed_at": when(one.at) if one.status == "completed" else None,
        "output": output | {k: v for k, v in one.output.items() if k in output},
        "app": app(made_by) if made_by else {"id": one.app, "slug": "github-actions"},
        "pull_requests": [],
        "check_suite": {"id": one.app},
    }


def deployment(repo: Repository, one: Deployment) -> Data:
    """A deployment."""
    return {
        "id": one.id,
        "sha": one.sha,
        "ref": one.ref,
        "task": one.task,
        "environment": one.environment,
        "original_environment": one.environment,
        "description": one.description,
        "payload": one.payload,
        "creator": account(one.by),
        "created_at": when(one.at),
        "updated_at": when(one.at),
        "transient_environment": one.transient,
        "production_environment": one.production,
    }


def deployment_status(one: DeploymentStatus, environment: str) -> Data:
    """One state of a deployment."""
    return {
        "id": one.id,
        "state": one.state,
        "description": one.description,
        "environment": environment,
        "environment_url": one.environment_url,
        "log_url": one.log_url,
        "creator": account(one.by),
        "created_at": when(one.at),
        "updated_at": when(one.at),
    }


def run(call: Call, repo: Repository, one: Run) -> Data:
    """A run of a workflow."""
    head = call.double.repositories.get(one.head)
    pulls = [repo.pulls[number] for number in one.pulls]
    return {
        "id": one.id,
        "name": one.name,
        "path": one.path,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "run_number": 1,
        "run_attempt": one.attempt,
        "head_branch": one.head_ref,
        "head_sha": one.head_sha,
        "head_repository": repository(head) if head else None,
        "repository": repository(repo),
        "actor": account(one.by),
        "triggering_actor": account(one.by),
        "created_at": when(one.at),
        "updated_at": when(one.at),
        "html_url": page_of(repo, f"actions/runs/{one.id}"),
        "pull_requests": [_short(call, repo, pull) for pull in pulls],
    }


def _short(call: Call, repo: Repository, one: Pull) -> Data:
    def small(full_name: str) -> Data:
        found = call.double.repositories[full_name]
        return {
            "id": found.id,
            "name": full_name.partition("/")[2],
            "url": "https://api.github.com",
        }

    whole = pull(call, repo, one)
    return {
        "id": one.id,
        "number": one.number,
        "url": f"{call.double.url}/repos/{repo.full_name}/pulls/{one.number}",
        "head": {"ref": one.head_ref, "sha": one.head_sha, "repo": small(one.head)},
        "base": {"ref": one.base_ref, "sha": whole["base"]["sha"], "repo": small(repo.full_name)},
    }


def artifact(call: Call, repo: Repository, one: Artifact) -> Data:
    """An artifact of a run."""
    place = f"{call.double.url}/repos/{repo.full_name}/actions/artifacts/{one.id}"
    made_by = repo.runs[one.run]
    return {
        "id": one.id,
        "name": one.name,
        "size_in_bytes": len(one.zip),
        "archive_download_url": f"{place}/zip",
        "url": place,
        "expired": one.expired,
        "created_at": when(one.at),
        "updated_at": when(one.at),
        "expires_at": when(one.at),
        "workflow_run": {
            "id": one.run,
            "repository_id": repo.id,
            "head_branch": made_by.head_ref,
            "head_sha": made_by.head_sha,
        },
    }
