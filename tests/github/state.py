"""What the double remembers: plain data, changed by the routes and by tests alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

ROLES = ("", "read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True)
class Account:
    """A user, an organisation or a bot."""

    login: str
    id: int
    type: str = "User"


@dataclass(frozen=True)
class App:
    """A GitHub App; `private` is its key in PEM. Its bot is `slug[bot]`."""

    id: int
    slug: str
    private: str
    public: str
    installation: int
    permissions: dict[str, str]


@dataclass(frozen=True)
class Identity:
    """Whoever calls. `permissions` are those of a token (scope → read or write); None: a user,
    whose role in the repository decides.
    """

    account: Account
    app: int | None = None
    permissions: dict[str, str] | None = None
    jwt: bool = False


@dataclass
class Review:
    """A review of a pull request; a dismissed one keeps its place."""

    id: int
    by: Account
    state: str
    commit: str
    body: str
    at: datetime


@dataclass
class Comment:
    """A comment in an issue or a pull request."""

    id: int
    number: int
    by: Account
    body: str
    at: datetime


@dataclass
class Issue:
    """An issue, or the part of a pull request that is one."""

    number: int
    title: str
    by: Account
    body: str
    at: datetime
    state: str = "open"
    labels: list[str] = field(default_factory=list)


@dataclass
class Pull:
    """A pull request. `head` is the full name of the repository that it comes from."""

    issue: Issue
    id: int
    head: str
    head_ref: str
    head_sha: str
    base_ref: str
    draft: bool = False
    merged_sha: str = ""
    landed: list[str] = field(default_factory=list)  # what the merge put on the base, oldest first
    size: dict[str, int] = field(default_factory=dict)  # as it was when it was merged
    merged_by: Account | None = None
    closed_at: datetime | None = None
    reviews: list[Review] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    auto_merge: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        """Its number, which it shares with the issue."""
        return self.issue.number

    @property
    def open(self) -> bool:
        """Whether it is neither closed nor merged."""
        return self.issue.state == "open"


@dataclass
class Status:
    """A commit status, and the app whose token posted it (None: a person)."""

    id: int
    sha: str
    context: str
    state: str
    description: str | None
    url: str | None
    by: Account
    app: int | None
    at: datetime


@dataclass
class CheckRun:
    """A check run; only apps post them."""

    id: int
    sha: str
    name: str
    status: str
    conclusion: str | None
    app: int
    at: datetime
    output: dict[str, Any] = field(default_factory=dict)


@dataclass
class DeploymentStatus:
    """One state that a deployment was in."""

    id: int
    state: str
    by: Account
    at: datetime
    description: str = ""
    environment_url: str = ""
    log_url: str = ""


@dataclass
class Deployment:
    """A deployment, its states in their order."""

    id: int
    sha: str
    ref: str
    environment: str
    by: Account
    at: datetime
    task: str = "deploy"
    description: str | None = None
    payload: Any = ""
    transient: bool = False
    production: bool = False
    states: list[DeploymentStatus] = field(default_factory=list)


@dataclass
class Run:
    """A run of a workflow. `pulls` are numbers: GitHub leaves it empty for those of forks."""

    id: int
    name: str
    path: str
    event: str
    head: str
    head_ref: str
    head_sha: str
    by: Account
    at: datetime
    pulls: list[int] = field(default_factory=list)
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1


@dataclass
class Artifact:
    """A file that a run uploaded, as a zip."""

    id: int
    run: int
    name: str
    zip: bytes
    at: datetime
    expired: bool = False


@dataclass
class Push:
    """A push to a branch, as the activity of a repository shows it."""

    id: int
    ref: str
    before: str
    after: str
    by: Account
    at: datetime
    kind: str = "push"


@dataclass
class QueueEntry:
    """A pull request in the merge queue, and the commit that would become the branch."""

    number: int
    base_ref: str
    base: str
    commit: str
    branch: str


@dataclass
class Repository:
    """A repository, its bare git folder, and everything around it."""

    full_name: str
    id: int
    git: Path
    owner: Account
    fork_of: str = ""
    default_branch: str = "main"
    private: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    organization_variables: dict[str, str] | None = None
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    rulesets: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    queue: list[QueueEntry] = field(default_factory=list)

    def role(self, login: str) -> str:
        """The role of somebody: anyone may read what is public."""
        if login == self.owner.login:
            return "admin"
        return self.roles.get(login, "" if self.private else "read")

    def allows(self, login: str, role: str) -> bool:
        """Whether somebody has a role or a higher one."""
        return ROLES.index(self.role(login)) >= ROLES.index(role)
