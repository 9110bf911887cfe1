"""The double itself: repositories, identities, tokens, and the acts of people."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github import merging
from tests.github.server import Answer, RefusedError, Server
from tests.github.state import (
    Account,
    App,
    Comment,
    Identity,
    Issue,
    Pull,
    Push,
    Repository,
    Review,
)

ACTIONS_APP = 15368
ACTIONS_BOT = Account("github-actions[bot]", 41898282, "Bot")
# What GITHUB_TOKEN has in a run of a fork's pull request, whatever the workflow asks for.
FORK_PERMISSIONS = {"contents": "read", "metadata": "read"}


@dataclass(frozen=True)
class Written:
    """A request that was answered: `body` is the parsed JSON, or None."""

    method: str
    path: str
    status: int
    who: str
    body: Any


class Double:
    """GitHub, as far as the tests need it. Use it as a context: it serves while it is open, and
    raises at the end if a call was wrong by GitHub's own description.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.ids = itertools.count(1001)
        self.accounts: dict[str, Account] = {ACTIONS_BOT.login: ACTIONS_BOT}
        self.apps: dict[int, App] = {}
        self.tokens: dict[str, Identity] = {}
        self.repositories: dict[str, Repository] = {}
        self.teams: dict[str, list[str]] = {}
        self.storage: dict[str, bytes] = {}
        self.calls: list[Written] = []
        self.faults: list[str] = []
        self.shift = timedelta()
        self._outages: list[list[Any]] = []
        bound = type("Bound", (Server,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self._server.daemon_threads = True

    # --- serving ----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it serves: GITHUB_API_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Double:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        if kind is None:
            assert not self.faults, "\n".join(self.faults)

    def environment(self, repository: Repository, token: str) -> dict[str, str]:
        """What a program needs to talk to it, as a job of GitHub Actions has it."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": repository.full_name,
            "GITHUB_TOKEN": token,
        }

    def write_down(self, method: str, path: str, status: int, who: str, content: bytes) -> None:
        """Remember a request."""
        try:
            body = json.loads(content) if content else None
        except ValueError:
            body = None
        self.calls.append(Written(method, path, status, who, body))

    def made(self, method: str, pattern: str) -> list[Written]:
        """The requests so far with a method and with a path that a pattern is found in."""
        return [one for one in self.calls if one.method == method and re.search(pattern, one.path)]

    def refused(self) -> list[Written]:
        """The requests that GitHub refused because of the caller."""
        return [one for one in self.calls if one.status in (401, 403)]

    def break_down(
        self,
        pattern: str,
        status: int = 502,
        times: int = 1,
        message: str = "Server Error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer the next requests to a path with an error, before anything else is looked at."""
        self._outages.append([re.compile(pattern), status, times, message, dict(headers or {})])

    def outage(self, method: str, path: str) -> Answer | None:
        """The error that a request gets, or None."""
        for one in self._outages:
            if one[2] and one[0].search(f"{method} {path}"):
                one[2] -= 1
                return Answer({"message": one[3]}, one[1], one[4])
        return None

    # --- time -------------------------------------------------------------------------------

    def now(self) -> datetime:
        """GitHub's clock, which tests move."""
        return datetime.now(UTC).replace(microsecond=0) + self.shift

    def later(self, **span: float) -> None:
        """Let time pass: `later(hours=80)`."""
        self.shift += timedelta(**span)

    # --- identities -------------------------------------------------------------------------

    def account(self, login: str, type: str = "User") -> Account:  # noqa: A002
        """The account of somebody, made if there is none."""
        if login not in self.accounts:
            self.accounts[login] = Account(login, next(self.ids), type)
        return self.accounts[login]

    def user_token(self, login: str) -> str:
        """A token of a person with all that the person may do."""
        return self._token(Identity(self.account(login)))

    def actions_token(self, **permissions: str) -> str:
        """A GITHUB_TOKEN with the permissions of a job: `actions_token(statuses="write")`."""
        named = {name.replace("-", "_"): level for name, level in permissions.items()}
        return self._token(Identity(ACTIONS_BOT, ACTIONS_APP, {"metadata": "read", **named}))

    def fork_token(self) -> str:
        """A GITHUB_TOKEN as a run of a fork's pull request gets it."""
        return self._token(Identity(ACTIONS_BOT, ACTIONS_APP, dict(FORK_PERMISSIONS)))

    def app(self, slug: str, **permissions: str) -> App:
        """A GitHub App that is installed on the repositories."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        given = {"metadata": "read", **permissions}
        made = App(next(self.ids), slug, private, public.decode(), next(self.ids), given)
        self.apps[made.id] = made
        return made

    def installation_token(self, app: App, permissions: Mapping[str, str] | None = None) -> str:
        """A token of an installation, at most with what the App was given."""
        bot = self.account(f"{app.slug}[bot]", "Bot")
        given = dict(permissions or app.permissions)
        return self._token(Identity(bot, app.id, {"metadata": "read", **given}), "ghs_")

    def _token(self, identity: Identity, prefix: str = "gho_") -> str:
        token = f"{prefix}double{next(self.ids):012}"
        self.tokens[token] = identity
        return token

    def identify(self, header: str) -> Identity | None:
        """Whoever a request's Authorization names; None: nobody."""
        if not header:
            return None
        kind, _, token = header.partition(" ")
        if kind.lower() not in ("bearer", "token"):
            raise RefusedError(401, "Bad credentials")
        if token.count(".") == 2:
            return self._identify_app(token)
        if token not in self.tokens:
            raise RefusedError(401, "Bad credentials")
        return self.tokens[token]

    def _identify_app(self, token: str) -> Identity:
        """An App by its JWT: RS256, ten minutes at most."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
            app = self.apps[int(claims["iss"])]
            jwt.decode(token, app.public, algorithms=["RS256"], leeway=60)
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise RefusedError(401, "A JSON web token could not be decoded") from error
        if claims["exp"] - claims["iat"] > 660:
            raise RefusedError(401, "'Expiration time' claim ('exp') is too far in the future")
        return Identity(self.account(f"{app.slug}[bot]", "Bot"), app.id, {}, jwt=True)

    # --- repositories -----------------------------------------------------------------------

    def repository(
        self, full_name: str, source: Path, roles: Mapping[str, str] | None = None, **settings: Any
    ) -> Repository:
        """A repository made of a clone; `roles` are collaborators: login → write, admin, …"""
        return self._add(full_name, source, "", roles or {}, settings)

    def fork(self, of: Repository, owner: str) -> Repository:
        """A fork of a repository."""
        name = of.full_name.partition("/")[2]
        return self._add(f"{owner}/{name}", of.git, of.full_name, {}, {})

    def _add(
        self,
        full_name: str,
        source: Path,
        fork_of: str,
        roles: Mapping[str, str],
        settings: dict[str, Any],
    ) -> Repository:
        folder = self.folder / f"{full_name.replace('/', '+')}.git"
        git(self.folder, "clone", "-q", "--bare", str(source), str(folder))
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        owner = self.account(full_name.partition("/")[0])
        default = git(folder, "symbolic-ref", "--short", "HEAD").strip()
        made = Repository(full_name, next(self.ids), folder, owner, fork_of, default)
        made.roles = dict(roles)
        made.settings = {
            "allow_auto_merge": False,
            "allow_merge_commit": True,
            "allow_squash_merge": True,
            "allow_rebase_merge": True,
            "delete_branch_on_merge": False,
            **settings,
        }
        self.repositories[full_name] = made
        return made

    # --- what people do ---------------------------------------------------------------------

    def push(
        self, repository: Repository, by: str, branch: str, source: Path, revision: str = "HEAD"
    ) -> str:
        """Push a commit of a clone to a branch; open pull requests of the branch follow it."""
        ref = f"refs/heads/{branch}"
        before = git(repository.git, "for-each-ref", "--format=%(objectname)", ref).strip()
        git(source, "push", "-q", "-f", str(repository.git), f"{revision}:{ref}")
        sha = git(repository.git, "rev-parse", ref).strip()
        kind = "push" if before else "branch_creation"
        made = Push(next(self.ids), ref, before, sha, self.account(by), self.now(), kind)
        repository.pushes.append(made)
        for base in self.repositories.values():
            for pull in base.pulls.values():
                if pull.open and (pull.head, pull.head_ref) == (repository.full_name, branch):
                    merging.head_moved(base, pull, sha, self.account(by), self)
        return sha

    def open_pull(
        self,
        base: Repository,
        by: str,
        branch: str,
        head: Repository | None = None,
        *,
        title: str = "A change",
        body: str = "",
    ) -> Pull:
        """Open a pull request from a branch that was pushed."""
        source = head or base
        sha = git(source.git, "rev-parse", "--verify", f"refs/heads/{branch}").strip()
        issue = self.open_issue(base, by, title, body)
        pull = Pull(issue, next(self.ids), source.full_name, branch, sha, base.default_branch)
        base.pulls[issue.number] = pull
        merging.fetch_head(self, base, pull)
        return pull

    def open_issue(self, base: Repository, by: str, title: str, body: str = "") -> Issue:
        """Open an issue."""
        number = max(base.issues, default=0) + 1
        issue = Issue(number, title, self.account(by), body, self.now())
        base.issues[number] = issue
        return issue

    def close_pull(self, base: Repository, pull: Pull) -> None:
        """Close a pull request without merging it."""
        pull.issue.state, pull.closed_at, pull.auto_merge = "closed", self.now(), None

    def comment(self, base: Repository, number: int, by: str, body: str) -> Comment:
        """Comment in an issue or a pull request."""
        made = Comment(next(self.ids), number, self.account(by), body, self.now())
        base.comments[made.id] = made
        return made

    def review(
        self, base: Repository, pull: Pull, by: str, state: str = "APPROVED", body: str = ""
    ) -> Review:
        """Review the head of a pull request: APPROVED, CHANGES_REQUESTED or COMMENTED."""
        made = Review(next(self.ids), self.account(by), state, pull.head_sha, body, self.now())
        pull.reviews.append(made)
        merging.settle(self, base)
        return made

    def comments_of(self, base: Repository, number: int) -> list[Comment]:
        """The comments of an issue or a pull request."""
        return [one for one in base.comments.values() if one.number == number]


def git(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    """Run git in a folder; its output."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True, input=stdin
    )
    return done.stdout


@contextmanager
def serving(folder: Path) -> Iterator[Double]:
    """A double that serves in this process for a while."""
    with Double(folder) as double:
        yield double
