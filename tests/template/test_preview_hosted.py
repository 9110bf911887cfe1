"""Previews at vendors, against CLIs that record what they are told and keep state."""

from __future__ import annotations

import json
import os
import re
import sys
import tarfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, git
from tests.template import previews
from tests.template.previews import Repository
from tests.template.test_style import Need, Run

CLI = Path(__file__).with_name("vendor_cli.py")
SERVER = """\
name = "orders"
wait = 2
[[service]]
dockerfile = "Dockerfile"
port = 8000
"""
SITE = """\
name = "orders"
kind = "site"
wait = 2
[[service]]
build = "mkdir -p out; env > out/seen.txt; cp page.html out/"
output = "out"
"""
FILES = {"page.html": "a page", "Dockerfile": "FROM scratch\n", ".gitignore": "/out/\n"}


@dataclass(frozen=True)
class Vendor:
    """A provider: its CLI, its secrets, what it starts, and what it is told for the first `up`."""

    name: str
    program: str
    secrets: dict[str, str]
    config: str
    told: list[str] = field(default_factory=list)
    lists: bool = True


# {sha} and {sha12} are the commit, {tmp} is a temporary folder.
VENDORS = [
    Vendor(
        "fly",
        "flyctl",
        {"FLY_API_TOKEN": "secret", "FLY_ORG": "shop"},
        SERVER,
        [
            "apps list --org=shop --json",
            "apps list --org=shop --json",
            "apps create --org=shop --yes -- orders-pr-12-preview",
            "auth docker",
            "deploy --app=orders-pr-12-preview --config={tmp}/fly.toml"
            " --image=registry.fly.io/orders-pr-12-preview:{sha12} --ha=false --yes"
            " --env=PREVIEW_COMMIT={sha}",
            "status --app=orders-pr-12-preview --json",
        ],
    ),
    Vendor(
        "cloud-run",
        "gcloud",
        {"GCP_PROJECT": "shop", "GCP_REGION": "europe-west1", "GCP_IMAGES": "eu.test/shop/all"},
        SERVER,
        [
            "run services list --filter=metadata.labels.process-preview=orders --project=shop"
            " --region=europe-west1 --format=json --quiet",
            "run services list --filter=metadata.name=orders-pr-12 --project=shop"
            " --region=europe-west1 --format=json --quiet",
            "auth print-access-token",
            "run deploy orders-pr-12 --image=eu.test/shop/all/orders-pr-12:{sha12}"
            " --labels=process-preview=orders,process-preview-id=pr-12,process-preview-commit={sha}"
            " --port=8000 --allow-unauthenticated --memory=1024Mi --min-instances=0 --cpu=1"
            " --max-instances=1 --project=shop --region=europe-west1 --format=json --quiet",
        ],
    ),
    Vendor(
        "cloudflare",
        "wrangler",
        {"CLOUDFLARE_API_TOKEN": "secret", "CLOUDFLARE_ACCOUNT_ID": "shop"},
        SITE,
        [
            "preview --config={tmp}/wrangler.json --name=pr-12 --json --ignore-defaults"
            " --tag={sha12} --message=process-preview",
        ],
        lists=False,
    ),
    Vendor(
        "vercel",
        "vercel",
        {"VERCEL_TOKEN": "secret", "VERCEL_ORG_ID": "team", "VERCEL_PROJECT_ID": "shop"},
        SITE,
        [
            "list --yes --format=json --meta=processPreview=orders",
            "list --yes --format=json --meta=processPreview=orders --next=7",
            "deploy --prebuilt --yes --meta=processPreview=orders --meta=processPreviewId=pr-12"
            " --meta=processPreviewCommit={sha} --cwd={tmp}",
            "list --yes --format=json --meta=processPreview=orders",
            "list --yes --format=json --meta=processPreview=orders --next=7",
        ],
    ),
    Vendor(
        "netlify",
        "netlify",
        {"NETLIFY_AUTH_TOKEN": "secret", "NETLIFY_SITE_ID": "shop"},
        SITE,
        [
            'api listSiteDeploys --data={"site_id": "shop", "page": 1, "per_page": 100}',
            "deploy --no-build --json --dir={tmp}/tree/out --alias=orders-pr-12"
            " --message=process-preview orders pr-12 {sha}",
            'api listSiteDeploys --data={"site_id": "shop", "page": 1, "per_page": 100}',
        ],
    ),
]
FILLED = pytest.mark.parametrize("vendor", VENDORS, ids=lambda one: one.name)
LISTING = pytest.mark.parametrize(
    "vendor", [one for one in VENDORS if one.lists], ids=lambda one: one.name
)


class Address(ThreadingHTTPServer):
    """Where all previews are: it is unwell for so many requests first."""

    unwell = 0
    asked = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Address)
        server.asked += 1
        self.send_response(503 if server.asked <= server.unwell else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Scene:
    """A repository, the CLI of its vendor, and the address."""

    repo: Repository
    folder: Path
    server: Address
    vendor: Vendor

    def call(self, *words: str, status: int = 0, **more: str) -> str:
        """Carry out a call with the secrets of the vendor."""
        path = f"{self.folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        known = {**self.vendor.secrets, "UNRELATED_TOKEN": "secret", "PATH": path, **more}
        return self.repo.call(*words, status=status, **known)

    def calls(self, program: str = "") -> list[dict[str, Any]]:
        """What a CLI was told since the last time."""
        file = self.folder / "calls.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        file.unlink(missing_ok=True)
        return [row for row in rows if row["name"] == (program or self.vendor.program)]

    def told(self) -> list[str]:
        rows = [" ".join(row["words"]) for row in self.calls()]
        return [re.sub(r"=\S*?/process-preview-[a-z0-9_]+", "={tmp}", row) for row in rows]

    def there(self) -> dict[str, Any]:
        """What the vendor has."""
        file = self.folder / "state.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def put(self, state: dict[str, Any]) -> None:
        (self.folder / "state.json").write_text(json.dumps(state))

    def head(self) -> str:
        return git(self.repo.folder, "rev-parse", "HEAD").strip()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def repositories(template: Path) -> Iterator[dict[str, Repository]]:
    with ExitStack() as stack:
        yield {
            one.name: stack.enter_context(
                previews.repository(template, FILES, one.config, preview=one.name)
            )
            for one in VENDORS
        }


@pytest.fixture
def scene(
    repositories: dict[str, Repository], tmp_path: Path, vendor: Vendor
) -> Iterator[Scene]:
    server = Address(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in (vendor.program, "docker"):
        (tmp_path / name).write_text(CLI.read_text())
        (tmp_path / name).chmod(0o755)
    (tmp_path / "url").write_text(f"http://127.0.0.1:{server.server_port}")
    repo = repositories[vendor.name]
    yield Scene(repo, tmp_path, server, vendor)
    server.shutdown()
    server.server_close()
    assert repo.remembered() == []  # no lock and no folder stays
    assert len(git(repo.folder, "worktree", "list").splitlines()) == 1
    assert git(repo.folder, "status", "--porcelain") == ""


@FILLED
def test_the_address_is_printed_once_it_answers(scene: Scene) -> None:
    scene.server.unwell = 3
    said = scene.call("up", "pr-12")
    assert said == f"{scene.url}\n"
    assert scene.server.asked == 4
    sha = scene.head()
    wanted = [row.replace("{sha12}", sha[:12]).replace("{sha}", sha) for row in scene.vendor.told]
    assert scene.told() == wanted


@FILLED
def test_an_artifact_is_shown_without_what_built_it_or_the_vendor_seeing_a_secret(
    scene: Scene, tmp_path: Path
) -> None:
    artifact = str(tmp_path / "artifact.tar")
    scene.call("build", "--output", artifact)
    built = scene.calls("docker")
    if scene.vendor.config == SITE:
        with tarfile.open(artifact) as tar:
            seen = tar.extractfile("seen.txt")
            assert seen
            assert b"secret" not in seen.read()
    scene.call("up", "pr-12", "--artifact", artifact, "--commit", "a" * 40)

    for row in [*built, *scene.calls("docker")]:
        assert "secret" not in row["env"].values()
    (tmp_path / "calls.jsonl").unlink(missing_ok=True)
    scene.call("down", "pr-12")
    for row in scene.calls():
        seen = {name for name, value in row["env"].items() if value == "secret"}
        assert seen == {name for name, value in scene.vendor.secrets.items() if value == "secret"}
    if scene.vendor.config == SITE:
        names = json.loads((tmp_path / "files").read_text())
        assert {Path(name).name for name in names} >= {"page.html", "seen.txt"}


@FILLED
def test_down_removes_what_up_made_and_that_it_is_gone_is_no_error(scene: Scene) -> None:
    scene.call("up", "pr-12")
    assert len(scene.there()) == 1
    scene.call("down", "pr-12")
    assert scene.there() == {}
    scene.call("down", "pr-12")


@FILLED
def test_an_up_that_fails_or_never_answers_leaves_nothing(scene: Scene) -> None:
    (scene.folder / "fail").write_text({"wrangler": "preview"}.get(scene.vendor.program, "deploy"))
    said = scene.call("up", "pr-12", status=1)
    assert "the vendor is unwell" in said or "ended with 1" in said
    (scene.folder / "fail").unlink()
    assert scene.there() == {}

    scene.server.unwell = 1000
    said = scene.call("up", "pr-12", status=1)
    assert f"{scene.url} did not answer within 2 seconds" in said
    assert scene.there() == {}


@LISTING
def test_the_list_is_the_vendors_and_reap_goes_by_it(scene: Scene) -> None:
    for one in ("pr-1", "pr-2"):
        scene.call("up", one)
    rows = {row["id"]: row for row in json.loads(scene.call("list", "--json"))}
    assert set(rows) == {"pr-1", "pr-2"}
    assert {row["commit"] for row in rows.values()} == {scene.head()}
    assert {row["state"] for row in rows.values()} == {"up"}
    assert scene.call("url", "pr-1") == f"{scene.url}\n"
    if scene.vendor.name == "vercel":  # here all have one address, by which they are removed
        return
    assert scene.call("reap", "--open", "pr-2") == "pr-1: removed, closed\n"
    assert len(scene.there()) == 1
    assert scene.call("reap", "--open", "pr-2", "--ttl", "0m").startswith("pr-2: removed, not")
    assert scene.there() == {}


@LISTING
def test_what_others_have_at_the_vendor_is_left_alone(scene: Scene) -> None:
    about = {"creationTimestamp": "2026-01-01T00:00:00Z"}
    machine = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    row = {"url": "x.test", "state": "READY", "createdAt": 1}
    mark = {"processPreview": "others", "processPreviewId": "pr-1", "processPreviewCommit": "a"}
    deploy = {"id": "a", "state": "ready", "created_at": "2026-01-01T00:00:00Z"}
    theirs: dict[str, dict[str, Any]] = {
        "fly": {name: [machine] for name in ("orders", "orders-api", "others-pr-1-preview")},
        "cloud-run": {"orders-pr-1": {"metadata": {"name": "orders-pr-1", **about}}},
        "vercel": {"a": {**row, "meta": mark}, "b": {**row, "meta": {}}},
        "netlify": {
            "a": {**deploy, "title": "process-preview others pr-1 abc"},
            "b": {**deploy, "title": None},
        },
    }
    scene.put(theirs[scene.vendor.name])
    assert scene.call("list", "--json") == "[]\n"
    scene.call("reap", "--open", "", "--ttl", "0m")
    scene.call("down", "pr-1")
    assert scene.there() == theirs[scene.vendor.name]


@FILLED
def test_without_its_secrets_it_says_what_to_set(scene: Scene) -> None:
    first = next(iter(scene.vendor.secrets))
    scene.vendor.secrets[first], kept = "", scene.vendor.secrets[first]
    said = scene.call("up", "pr-12", status=1)
    scene.vendor.secrets[first] = kept
    assert f"not set: {first} (" in said
    assert "the secret PREVIEW_SECRETS" in said
    assert scene.calls() == []


@pytest.mark.parametrize("vendor", [VENDORS[2]], ids=["cloudflare"])
def test_a_vendor_without_a_list_says_so(scene: Scene) -> None:
    assert scene.call("list", "--json") == "null"
    assert scene.call("reap", "--open", "") == ""
    assert scene.calls() == []


@pytest.mark.parametrize("vendor", [VENDORS[1]], ids=["cloud-run"])
def test_a_service_of_that_name_that_is_no_preview_is_not_replaced(scene: Scene) -> None:
    theirs = {"orders-pr-1": {"metadata": {"name": "orders-pr-1", "labels": {}}}}
    scene.put(theirs)
    said = scene.call("up", "pr-1", status=1)
    assert "the service orders-pr-1 is no preview: change name" in said
    assert scene.there() == theirs


@pytest.mark.parametrize("vendor", [VENDORS[1]], ids=["cloud-run"])
def test_google_is_shown_the_identity_of_the_run_and_no_key(scene: Scene) -> None:
    identity = {
        "GCP_WORKLOAD_IDENTITY_PROVIDER": "projects/1/locations/global/x",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://run.test/token?a=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
    }
    scene.call("list", **identity)
    (row,) = scene.calls()
    file = Path(row["env"]["CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"])
    assert not file.exists()  # it lasts as long as the call
    assert "request" not in row["env"].values()
    identity["ACTIONS_ID_TOKEN_REQUEST_URL"] = ""
    said = scene.call("list", status=1, **identity)
    assert "its job needs id-token: write" in said


@pytest.mark.parametrize("vendor", [VENDORS[0]], ids=["fly"])
def test_fly_is_told_port_and_size_by_a_file_of_ours(scene: Scene) -> None:
    scene.call("up", "pr-12")
    told = tomllib.loads((scene.folder / "fly.toml").read_text())
    assert told["app"] == "orders-pr-12-preview"
    assert told["http_service"]["internal_port"] == 8000
    assert told["http_service"]["min_machines_running"] == 0
    assert told["vm"] == [{"memory": "1024mb", "cpus": 1, "cpu_kind": "shared"}]


@pytest.mark.parametrize("vendor", [VENDORS[4]], ids=["netlify"])
def test_a_newer_commit_removes_the_deploys_of_older_ones(scene: Scene) -> None:
    scene.call("up", "pr-12")
    git(scene.repo.folder, "commit", "-q", "--allow-empty", "-m", "newer")
    scene.call("up", "pr-12")
    (left,) = scene.there().values()
    assert left["title"].endswith(scene.head())


@pytest.mark.parametrize("vendor", [VENDORS[4]], ids=["netlify"])
def test_a_name_that_the_vendor_would_cut_is_refused(scene: Scene) -> None:
    said = scene.call("up", "a" * 40, status=1)
    assert "has over 37 characters: shorten name in .process/preview.toml" in said
    assert scene.there() == {}


@pytest.mark.parametrize("vendor", [VENDORS[3]], ids=["vercel"])
def test_deployments_are_removed_by_their_own_addresses(scene: Scene) -> None:
    meta = {"processPreview": "orders", "processPreviewId": "pr-12", "processPreviewCommit": "old"}
    scene.put({"a": {"url": "old.test", "state": "READY", "createdAt": 1, "meta": meta}})
    scene.call("up", "pr-12")
    assert scene.told()[-1] == "remove --yes -- old.test"
    assert len(scene.there()) == 1


def test_the_providers_pass_common_rules(run: Run, need: Need, tmp_path: Path) -> None:
    names = ["_hosted", "_hosted_image", *(one.name for one in VENDORS)]
    for name in names:
        text = (ROOT / "template/.process/preview.d" / name).read_text()
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(text)
    files = [path.name for path in sorted(tmp_path.glob("*.py"))]
    assert len(files) == 7
    rules = ("--isolated", "--select=A,B,C4,D,E,F,I,N,PTH,RET,SIM,UP,W", "--target-version=py39")
    ignored = "--ignore=D105,D107,D203,D213,D413"
    done = run(tmp_path, need("ruff"), "check", *rules, ignored, *files)
    assert done.returncode == 0, done.stdout
    done = run(tmp_path, need("ruff"), "format", "--check", "--isolated", *files)
    assert done.returncode == 0, done.stdout
