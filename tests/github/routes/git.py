"""What git has: refs, commits, blobs, contents, comparisons."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any

from tests.github.merging import run_git
from tests.github.server import Answer, Call, RefusedError, page, route

if TYPE_CHECKING:
    from tests.github.state import Repository

REPO = "/repos/{owner}/{repo}"
READ, WRITE = "contents: read", "contents: write"


def sha_of(repo: Repository, revision: str) -> str:
    """The commit that a branch, tag or (short) SHA names; refuse what names none."""
    for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
        command = ["git", "rev-parse", "--verify", "-q", "--end-of-options", f"{name}^{{commit}}"]
        done = subprocess.run(command, cwd=repo.git, capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
    raise RefusedError(422, f"No commit found for SHA: {revision}")


def _object(repo: Repository, name: str) -> bytes:
    done = subprocess.run(["git", "cat-file", "-p", name], cwd=repo.git, capture_output=True)
    if done.returncode:
        raise RefusedError(404, "Not Found")
    return done.stdout


def _ref(repo: Repository, name: str) -> dict[str, Any]:
    found = run_git(repo, "for-each-ref", "--format=%(objectname) %(objecttype)", name)
    if not found:
        raise RefusedError(404, "Not Found")
    sha, kind = found.split("\n")[0].split()
    return {"ref": name, "object": {"sha": sha, "type": kind}}


@route(f"GET {REPO}/git/ref/{{ref}}", READ)
def get_ref(call: Call) -> dict[str, Any]:
    return _ref(call.repository, f"refs/{call.path['ref']}")


@route(f"GET {REPO}/git/matching-refs/{{ref}}", READ)
def matching_refs(call: Call) -> Answer:
    names = run_git(call.repository, "for-each-ref", "--format=%(refname)").split()
    wanted = f"refs/{call.path['ref']}"
    return page(call, [_ref(call.repository, one) for one in names if one.startswith(wanted)])


@route(f"POST {REPO}/git/refs", WRITE)
def create_ref(call: Call) -> Answer:
    repo, name, sha = call.repository, call.body["ref"], call.body["sha"]
    if run_git(repo, "for-each-ref", name):
        raise RefusedError(422, "Reference already exists")
    sha_of(repo, sha)
    run_git(repo, "update-ref", name, sha)
    return Answer(_ref(repo, name), 201)


@route(f"PATCH {REPO}/git/refs/{{ref}}", WRITE)
def update_ref(call: Call) -> dict[str, Any]:
    repo, name, sha = call.repository, f"refs/{call.path['ref']}", call.body["sha"]
    old = _ref(repo, name)["object"]["sha"]
    forward = run_git(repo, "merge-base", old, sha_of(repo, sha)) == old
    if not forward and not call.body.get("force"):
        raise RefusedError(422, "Update is not a fast forward")
    run_git(repo, "update-ref", name, sha, old)
    return _ref(repo, name)


@route(f"DELETE {REPO}/git/refs/{{ref}}", WRITE)
def delete_ref(call: Call) -> Answer:
    name = f"refs/{call.path['ref']}"
    _ref(call.repository, name)
    run_git(call.repository, "update-ref", "-d", name)
    return Answer(None, 204)


@route(f"GET {REPO}/commits/{{ref}}", READ)
def get_commit(call: Call) -> dict[str, Any]:
    return commit(call.repository, sha_of(call.repository, call.path["ref"]))


def commit(repo: Repository, sha: str) -> dict[str, Any]:
    """A commit as the API shows it."""
    text = run_git(repo, "show", "-s", "--format=%an%n%ae%n%cI%n%P%n%T%n%B", sha)
    name, mail, date, parents, tree, message = text.split("\n", 5)
    person = {"name": name, "email": mail, "date": date}
    return {
        "sha": sha,
        "parents": [{"sha": one, "url": "https://api.github.com"} for one in parents.split()],
        "commit": {
            "message": message.strip(),
            "author": person,
            "committer": person,
            "tree": {"sha": tree, "url": "https://api.github.com"},
        },
    }


@route(f"GET {REPO}/branches/{{branch}}", READ)
def get_branch(call: Call) -> dict[str, Any]:
    repo, name = call.repository, call.path["branch"]
    sha = _ref(repo, f"refs/heads/{name}")["object"]["sha"]
    return {"name": name, "commit": commit(repo, sha), "protected": bool(repo.rulesets)}


@route(f"GET {REPO}/git/blobs/{{file_sha}}", READ)
def get_blob(call: Call) -> dict[str, Any]:
    sha = call.path["file_sha"]
    content = _object(call.repository, sha)
    encoded = base64.encodebytes(content).decode()
    return {"sha": sha, "size": len(content), "encoding": "base64", "content": encoded}


@route(f"GET {REPO}/contents/{{path}}", READ)
def get_content(call: Call) -> dict[str, Any]:
    repo, path = call.repository, call.path["path"]
    sha = sha_of(repo, call.query.get("ref", repo.default_branch))
    content = _object(repo, f"{sha}:{path}")
    return {
        "type": "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": run_git(repo, "rev-parse", f"{sha}:{path}"),
        "size": len(content),
        "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
    }


@route(f"GET {REPO}/compare/{{basehead}}", READ)
def compare(call: Call) -> dict[str, Any]:
    repo = call.repository
    base, _, head = call.path["basehead"].partition("...")
    ours, theirs = sha_of(repo, base), sha_of(repo, head)
    left, right = run_git(repo, "rev-list", "--left-right", "--count", f"{ours}...{theirs}").split()
    words = {(False, False): "identical", (True, False): "behind", (False, True): "ahead"}
    return {
        "base_commit": commit(repo, ours),
        "merge_base_commit": commit(repo, run_git(repo, "merge-base", ours, theirs)),
        "status": words.get((left != "0", right != "0"), "diverged"),
        "ahead_by": int(right),
        "behind_by": int(left),
        "total_commits": int(right),
        "commits": [
            commit(repo, one) for one in run_git(repo, "rev-list", f"{ours}..{theirs}").split()
        ],
    }
