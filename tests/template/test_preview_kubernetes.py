"""Previews on Kubernetes and by Argo CD: right manifests, and their life in a double of a cluster."""

from __future__ import annotations

import base64
import importlib.machinery
import importlib.util
import json
import shutil
import subprocess
import time
from calendar import timegm
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import copier
import pytest
import yaml

from tests.conftest import git
from tests.template import cluster, previews, stacks
from tests.template.cluster import Cluster, Manifest
from tests.template.previews import Repository
from tests.template.test_preview_archives import member, tar

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]
Need = Callable[[str], str]

CONFIG = """\
name = "orders"
wait = 5
seed = "./fill"

[limits]
memory = "256m"
cpus = 0.5

[[service]]
name = "app"
dockerfile = "Dockerfile"
port = 8000
health = "/healthz"
"""
REGISTRY = "registry.example.com:5000/octo/app"
SPACE = "orders-pr-1"


@pytest.fixture(scope="module")
def made(template: Path) -> Iterator[Repository]:
    files = {"Dockerfile": "FROM scratch\n", "body": "main\n"}
    answers = {"preview": "kubernetes", "stacks": ["python"]}
    with previews.repository(template, files, CONFIG, **answers) as repo:
        yield repo


@pytest.fixture
def world(made: Repository, tmp_path: Path) -> Iterator[tuple[Repository, Cluster]]:
    """The repository, and an empty cluster behind `kubectl`."""
    with in_cluster(made, tmp_path) as pair:
        yield pair
    git(made.folder, "checkout", "-q", "--detach", "main")


@contextmanager
def in_cluster(made: Repository, folder: Path) -> Iterator[tuple[Repository, Cluster]]:
    there = cluster.install(folder)
    path = f"{folder}{previews.os.pathsep}{previews.os.environ['PATH']}"
    settings = {"PATH": path, "PREVIEW_REGISTRY": REGISTRY, "KUBECONFIG": ""}
    orders = replace(made, environment=settings)
    with cluster.answers(there, orders.port):
        yield orders, there
    there.check()
    assert there.read()["images"] == []  # nothing stays in the engine
    assert orders.remembered() == []
    assert len(git(orders.folder, "worktree", "list").splitlines()) == 1


def head(orders: Repository) -> str:
    return git(orders.folder, "rev-parse", "HEAD").strip()


def pushed(orders: Repository, body: str) -> str:
    git(orders.folder, "checkout", "-q", "--detach", "main")
    return orders.commit({"body": f"{body}\n"})


def image(name: str, commit: str, service: str = "app") -> str:
    return f"{REGISTRY}/orders-{service}:{name}-{commit}"


# --- the life of a preview ------------------------------------------------------------------------


def test_two_are_up_side_by_side_a_push_replaces_one_and_down_takes_only_its_own(
    world: tuple[Repository, Cluster],
) -> None:
    orders, there = world
    one, two = head(orders), pushed(orders, "two")
    foreign = {
        "metadata": {"name": "kept", "labels": {"app.kubernetes.io/managed-by": "process-preview"}},
        "objects": {},
    }
    there.set(namespaces={"kept": foreign})

    assert orders.call("up", "pr-1", "--ref", one) == f"http://pr-1.localhost:{orders.port}\n"
    orders.call("up", "pr-12", "--ref", two)
    assert (orders.get("pr-1").body, orders.get("pr-12").body) == (
        image("pr-1", one),
        image("pr-12", two),
    )
    assert there.calls("kubectl", "exec") == [
        ["exec", f"--namespace=orders-{name}", "deployment/app", "--", "sh", "-c", "./fill"]
        for name in ("pr-1", "pr-12")
    ]
    before = orders.list()
    assert {name: (row["state"], row["commit"]) for name, row in before.items()} == {
        "pr-1": ("up", one),
        "pr-12": ("up", two),
    }

    orders.call("up", "pr-1", "--ref", two)
    after = orders.list()
    assert (after["pr-1"]["commit"], after["pr-1"]["created"]) == (two, before["pr-1"]["created"])
    assert after["pr-12"] == before["pr-12"]
    assert len(there.calls("kubectl", "exec")) == 2  # data stays
    applied = len(there.calls("kubectl", "apply"))
    orders.call("up", "pr-1", "--ref", two)  # nothing to do
    assert len(there.calls("kubectl", "apply")) == applied

    orders.call("down", "pr-1")
    assert set(there.read()["namespaces"]) == {"kept", "orders-pr-12"}
    orders.call("down", "pr-1")  # what isn't there is removed
    assert orders.call("reap", "--open", "", "--ttl", "72h") == "pr-12: removed, closed\n"
    assert set(there.read()["namespaces"]) == {"kept"}
    for call in there.calls("kubectl", "delete"):
        assert call[2] in {
            "--selector=app.kubernetes.io/managed-by=process-preview,process.preview/repository=orders,"
            f"process.preview/id={name}"
            for name in ("pr-1", "pr-12")
        }


def test_an_up_that_fails_leaves_nothing_new(world: tuple[Repository, Cluster]) -> None:
    orders, there = world
    good, bad = head(orders), pushed(orders, "bad")
    there.set(broken=[bad])
    said = orders.call("up", "pr-1", "--ref", bad, status=1)
    assert "the last words of the pods" in said
    assert said.endswith("preview: the new version does not come up: see above\n")
    assert there.read()["namespaces"] == {}

    orders.call("up", "pr-1", "--ref", good)
    before = orders.list()
    orders.call("up", "pr-1", "--ref", bad, status=1)
    assert orders.list() == before
    assert orders.get("pr-1").body == image("pr-1", good)
    container = there.objects(SPACE)["Deployment/app"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == image("pr-1", good)


@pytest.mark.parametrize("verb", ["push", "apply", "rollout", "annotate"])
def test_a_killed_up_is_healed_by_the_next_call(
    world: tuple[Repository, Cluster], verb: str
) -> None:
    orders, there = world
    there.set(die=verb)
    orders.call("up", "pr-1", status=-9)
    assert {row["state"] for row in orders.list().values()} <= {"starting", "up"}
    orders.call("up", "pr-1")
    assert orders.list()["pr-1"]["state"] == "up"

    newer = pushed(orders, "newer")
    there.set(die=verb)
    orders.call("up", "pr-1", "--ref", newer, status=-9)
    assert orders.list()["pr-1"]["state"] == "up"
    there.set(broken=[newer])
    orders.call("down", "pr-1")
    assert there.read()["namespaces"] == {}


def test_after_a_killed_replacement_the_last_good_version_is_still_known(
    world: tuple[Repository, Cluster],
) -> None:
    orders, there = world
    good, bad = head(orders), pushed(orders, "bad")
    orders.call("up", "pr-1", "--ref", good)
    there.set(die="apply", broken=[bad])
    orders.call("up", "pr-1", "--ref", bad, status=-9)
    orders.call("up", "pr-1", "--ref", bad, status=1)
    assert orders.list()["pr-1"]["commit"] == good
    assert orders.get("pr-1").body == image("pr-1", good)


def test_a_killed_down_is_healed_by_the_next_call(world: tuple[Repository, Cluster]) -> None:
    orders, there = world
    orders.call("up", "pr-1")
    there.set(die="delete")
    orders.call("down", "pr-1", status=-9)
    assert orders.list()["pr-1"]["state"] == "starting"
    orders.call("up", "pr-1")
    assert "deletionTimestamp" not in there.read()["namespaces"][SPACE]["metadata"]
    orders.call("down", "pr-1")
    assert there.read()["namespaces"] == {}


def test_reap_removes_exactly_what_is_closed_or_too_old(world: tuple[Repository, Cluster]) -> None:
    orders, there = world
    for name in ("pr-1", "pr-2", "pr-3"):
        orders.call("up", name)
    with there.change() as state:
        marks = state["namespaces"]["orders-pr-3"]["metadata"]["annotations"]
        marks["process.preview/updated"] = str(time.time() - 73 * 3600)
    said = orders.call("reap", "--open", "1,pr-3", "--ttl", "72h")
    assert set(said.splitlines()) == {"pr-2: removed, closed", "pr-3: removed, not renewed in time"}
    assert set(there.read()["namespaces"]) == {SPACE}


@pytest.mark.parametrize(
    "labels", [{}, {"process.preview/repository": "orders", "process.preview/id": "pr-2"}]
)
def test_a_namespace_of_somebody_else_is_not_touched(
    world: tuple[Repository, Cluster], labels: dict[str, str]
) -> None:
    orders, there = world
    theirs = {"metadata": {"name": SPACE, "labels": labels}, "objects": {}}
    there.set(namespaces={SPACE: theirs})
    assert "the namespace orders-pr-1 is not of this preview" in orders.call("up", "pr-1", status=1)
    orders.call("down", "pr-1")
    assert there.read()["namespaces"] == {SPACE: theirs}
    assert there.read()["pushed"] == []


@pytest.mark.parametrize(
    "name", ["kube-system,x=y", "pr-1;id", "--all", "../x", "PR-1", "pr-1\n", "*"]
)
def test_what_is_no_id_reaches_no_cluster(world: tuple[Repository, Cluster], name: str) -> None:
    orders, there = world
    for call in ("up", "down"):
        assert "preview" in orders.call(call, name, status=2)
    assert there.read()["calls"] == []


def test_an_artifact_gives_its_image_and_nothing_else(
    world: tuple[Repository, Cluster], tmp_path: Path
) -> None:
    orders, there = world
    rows = [
        {
            "Config": "c.json",
            "RepoTags": ["preview/app:artifact", "registry.example.com/other:1"],
            "Layers": ["l.tar"],
        }
    ]
    files = {
        "manifest.json": json.dumps(rows).encode(),
        "c.json": b"{}",
        "l.tar": tar(member("file", b"x")),
    }
    artifact = tmp_path / "artifact"
    artifact.write_bytes(tar(*(member(name, content) for name, content in files.items())))
    orders.call("up", "pr-1", "--artifact", str(artifact), "--commit", "a" * 40)
    assert there.read()["pushed"] == [image("pr-1", "a" * 40)]
    assert there.calls("docker", "build") == []
    assert "add --commit" in orders.call("up", "pr-2", "--artifact", str(artifact), status=1)


def test_build_writes_images_under_the_names_of_an_artifact(
    world: tuple[Repository, Cluster], tmp_path: Path
) -> None:
    orders, there = world
    orders.call("build", "--output", str(tmp_path / "artifact"))
    assert json.loads((tmp_path / "artifact").read_text()) == ["preview/app:artifact"]
    assert there.calls("kubectl", "get") == []


def test_credentials_reach_the_registry_and_the_cluster_and_no_build(
    world: tuple[Repository, Cluster],
) -> None:
    orders, there = world
    config = base64.b64encode(b"apiVersion: v1\n").decode()
    secret = {
        "PREVIEW_REGISTRY_USER": "bot",
        "PREVIEW_REGISTRY_PASSWORD": "secret",
        "PREVIEW_KUBECONFIG": config,
    }
    orders.call("up", "pr-1", **secret)
    auth = base64.b64encode(b"bot:secret").decode()
    assert there.read()["auths"] == {"registry.example.com:5000": {"auth": auth}}
    assert there.read()["seen"] == {"KUBECONFIG": "apiVersion: v1\n"}
    assert "secret" not in json.dumps(there.read()["calls"])
    wrong = orders.call("up", "pr-2", status=1, PREVIEW_KUBECONFIG="a path")
    assert "PREVIEW_KUBECONFIG is no base64: write it by `base64 -w0`" in wrong


@pytest.mark.parametrize("name", ["", "Registry/x", "a b/c", "docker.io/x;id", "--all", "octo/app"])
def test_a_registry_is_named_by_its_host(world: tuple[Repository, Cluster], name: str) -> None:
    orders, there = world
    assert "names no registry" in orders.call("up", "pr-1", status=1, PREVIEW_REGISTRY=name)
    assert there.read()["namespaces"] == {}


# --- the manifests --------------------------------------------------------------------------------


def test_a_preview_is_confined(world: tuple[Repository, Cluster]) -> None:
    orders, there = world
    orders.call("up", "pr-1", PREVIEW_TTL="2h", PREVIEW_PROXY_NAMESPACE="traefik")
    commit, space = head(orders), there.read()["namespaces"][SPACE]
    owned = {
        "app.kubernetes.io/managed-by": "process-preview",
        "process.preview/repository": "orders",
        "process.preview/id": "pr-1",
        "process.preview/commit": commit,
    }
    assert space["metadata"]["labels"] == {
        **owned,
        **{
            f"pod-security.kubernetes.io/{how}": "restricted"
            for how in ("enforce", "audit", "warn")
        },
    }
    marks = space["metadata"]["annotations"]
    assert (marks["process.preview/commit"], marks["process.preview/state"]) == (commit, "up")
    until = time.strptime(marks["janitor/expires"], "%Y-%m-%dT%H:%M:%SZ")
    assert timegm(until) - int(float(marks["process.preview/updated"])) == 2 * 3600
    objects = space["objects"]
    for one in objects.values():
        assert owned.items() <= one["metadata"]["labels"].items()

    hard = objects["ResourceQuota/preview"]["spec"]["hard"]
    assert (hard["pods"], hard["limits.memory"], hard["limits.cpu"]) == ("6", "1536Mi", "3000m")
    assert (hard["services.loadbalancers"], hard["services.nodeports"]) == ("0", "0")
    limit = objects["LimitRange/preview"]["spec"]["limits"][0]["default"]
    assert (limit["memory"], limit["cpu"]) == ("256Mi", "500m")
    assert objects["ServiceAccount/default"]["automountServiceAccountToken"] is False
    pod = objects["Deployment/app"]["spec"]["template"]
    assert owned.items() <= pod["metadata"]["labels"].items()
    assert objects["Deployment/app"]["spec"]["selector"] == {
        "matchLabels": {"app.kubernetes.io/name": "app"}
    }
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True

    policies = {
        one["metadata"]["name"]: one["spec"]
        for one in objects.values()
        if one["kind"] == "NetworkPolicy"
    }
    assert policies["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (source,) = policies["allow-proxy"]["ingress"]
    assert source["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}}
    ]
    for block in policies["allow-internet"]["egress"][0]["to"]:
        assert {"169.254.0.0/16", "10.0.0.0/8", "fc00::/7"} & set(block["ipBlock"]["except"])


def test_the_address_is_an_ingress_with_a_certificate_or_a_route_of_a_gateway(
    world: tuple[Repository, Cluster],
) -> None:
    orders, there = world
    # Nobody answers for the domain: what was applied is looked at before that is noticed.
    domain = {"PREVIEW_DOMAIN": "preview.invalid"}
    ingress = applied(orders, there, **domain)["Ingress/app"]
    host = "pr-1.preview.invalid"
    assert ingress["spec"]["rules"][0]["host"] == host
    assert ingress["spec"]["tls"] == [{"hosts": [host]}]
    cert = {"PREVIEW_ISSUER": "letsencrypt", "PREVIEW_INGRESS_CLASS": "traefik"}
    ingress = applied(orders, there, **domain, **cert)["Ingress/app"]
    assert ingress["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}
    assert ingress["spec"]["tls"] == [{"hosts": [host], "secretName": "app-tls"}]
    assert ingress["spec"]["ingressClassName"] == "traefik"
    assert "tls" not in applied(orders, there, **domain, PREVIEW_TLS="front")["Ingress/app"]["spec"]

    objects = applied(orders, there, **domain, PREVIEW_GATEWAY="edge/public")
    assert "Ingress/app" not in objects
    assert objects["HTTPRoute/app"]["spec"] == {
        "parentRefs": [{"namespace": "edge", "name": "public"}],
        "hostnames": [host],
        "rules": [{"backendRefs": [{"name": "app", "port": 80}]}],
    }
    assert "no name" in orders.call("up", "pr-1", status=1, PREVIEW_ISSUER="x y", **domain)


def applied(orders: Repository, there: Cluster, **settings: str) -> dict[str, Manifest]:
    """What is in the cluster when a call ends there, and is cleaned up after that."""
    there.set(die="rollout")
    orders.call("up", "pr-1", status=-9, **settings)
    objects = there.objects(SPACE)
    orders.call("down", "pr-1")
    return objects


def test_names_are_no_longer_than_a_cluster_takes(
    made: Repository, world: tuple[Repository, Cluster]
) -> None:
    orders, there = world
    config = CONFIG.replace('"orders"', f'"{"o" * 40}"')
    git(orders.folder, "checkout", "-q", "--detach", "main")
    orders.commit({".process/preview.toml": config})
    for name in ("p" * 40, "p" * 39 + "q"):
        orders.call("up", name)
        assert orders.list()[name]["state"] == "up"
    spaces = there.read()["namespaces"]
    assert len(spaces) == 2
    assert max(map(len, spaces)) == 63
    orders.call("reap", "--open", "", "--ttl", "0m")
    assert there.read()["namespaces"] == {}


CASES: list[dict[str, object]] = [
    *({"stacks": [name]} for name in stacks.names()),
    {"stacks": stacks.names()},
    {
        "stacks": [],
        "starter": False,
        "app": {"kind": "server", "why": "", "services": [{"name": "2nd_Web", "port": 80}]},
    },
    {
        "stacks": [],
        "starter": False,
        "app": {"kind": "site", "why": "", "services": [{"name": "docs", "output": "out"}]},
    },
    {"stacks": []},
]


@pytest.mark.parametrize("answers", CASES, ids=[*stacks.names(), "all", "other", "site", "nothing"])
def test_manifests_are_right_for_each_stack_and_the_same_by_argo_cd(
    template: Path, tmp_path: Path, answers: dict[str, object]
) -> None:
    repo = tmp_path / "repo"
    data = {"project_name": "Orders", "factors": [1], "preview": "argocd", **answers}
    copier.run_copy(str(template), repo, data=data, defaults=True, quiet=True)
    folder = repo / ".process/preview.k8s"
    for one in cluster.built(folder / "overlay"):
        cluster.validate(one)
    mine = by_provider(repo, tmp_path)
    argo = by_argo(repo, tmp_path)
    assert mine.keys() == argo.keys()
    for name in mine:
        if name.partition("/")[0] in ("Deployment", "Service", "Ingress", "ServiceAccount"):
            assert mine[name] == argo[name]
    assert (
        argo["Namespace/orders-pr-12"]["metadata"]["labels"]
        == mine["Namespace/orders-pr-12"]["metadata"]["labels"]
    )


def by_provider(repo: Path, scratch: Path) -> dict[str, Manifest]:
    """What the provider `kubernetes` would apply for this repository."""
    loader = importlib.machinery.SourceFileLoader("preview", str(repo / ".process/preview"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    preview = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(previews.sys.modules, "preview", preview)
        patch.setattr(previews.sys, "dont_write_bytecode", True)
        patch.setenv("PREVIEW_REGISTRY", "registry.example.com/app")
        loader.exec_module(preview)
        source = Path(__file__).parents[2] / "template/.process/preview.d/kubernetes"
        shutil.copy(source, repo / ".process/preview.d/kubernetes")
        provider = preview.load(repo / ".process/preview.d/kubernetes")
        config = preview.config((repo / ".process/preview.toml").read_text())
        if config.kind == "none":
            config = replace(config, services=())
        site = preview.Site("preview.example.com", 443, "auto")
        call = preview.Call(repo, scratch, site, config, "pr-12", "a" * 40)
        return kustomized(repo, provider.kustomization(call, provider.following(call, None)), ".")


def by_argo(repo: Path, scratch: Path) -> dict[str, Manifest]:
    """What Argo CD would apply: the same options of kustomize, out of the ApplicationSet."""
    text = (repo / ".process/preview.argocd/applicationset.yaml").read_text()
    text = text.replace("{{.number}}", "12").replace("{{.head_sha}}", "a" * 40)
    assert "{{" not in text
    project, found = yaml.safe_load_all(text)
    source = found["spec"]["template"]["spec"]["source"]
    assert source["targetRevision"] == "HEAD"  # never the manifests of a change
    assert project["spec"]["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]
    options = source["kustomize"]
    assert options.pop("labelWithoutSelector") and options.pop("labelIncludeTemplates")
    labels = [{"pairs": options.pop("commonLabels"), "includeTemplates": True}]
    images = [
        dict(zip(("name", "newName", "newTag"), split(one), strict=True))
        for one in options.pop("images")
    ]
    whole = {**options, "labels": labels, "images": images, "resources": ["../overlay"]}
    return kustomized(repo, whole, "argo")


def split(text: str) -> list[str]:
    name, new = text.split("=")
    return [name, *new.rsplit(":", 1)]


def kustomized(repo: Path, kustomization: Manifest, place: str) -> dict[str, Manifest]:
    folder = repo / ".process/preview.k8s" / place
    folder.mkdir(exist_ok=True)
    (folder / "kustomization.yaml").write_text(json.dumps(kustomization))
    manifests = cluster.built(folder)
    for one in manifests:
        cluster.validate(one)
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in manifests}


@pytest.mark.parametrize("stack", ["python", "none"])
def test_what_is_rendered_passes_the_linters(
    render: Render, run: Run, need: Need, stack: str
) -> None:
    repo = render(preview="argocd", factors=[1], stacks=[stack] if stack != "none" else [])
    place = Path(__file__).parents[2] / "template/.process/preview.d/kubernetes"
    shutil.copy(place, repo / ".process/preview.d/kubernetes")
    files = [str(path.relative_to(repo)) for path in repo.glob(".process/preview.*/**/*.yaml")]
    done = run(
        repo,
        need("yamllint"),
        "--strict",
        "-d",
        "{extends: default, rules: {document-start: disable, comments: {min-spaces-from-content: 1}}}",
        *files,
    )
    assert (done.returncode, done.stdout) == (0, "")
    programs = [
        f".process/preview.d/{name}" for name in ("kubernetes", "argocd", "_registry", "_cluster")
    ]
    options = ("--isolated", "--target-version=py39")
    rules = ("--select=A,B,C4,D,E,F,I,N,PTH,RET,SIM,UP,W", "--ignore=D105,D107,D203,D213,D413")
    for command in (("check", *options, *rules), ("format", "--check", "--diff", *options)):
        done = run(repo, need("ruff"), *command, *programs)
        assert done.returncode == 0, done.stdout
    for command in (("typos", "--isolated"), ("codespell",)):
        done = run(repo, need(command[0]), *command[1:], *programs, *files)
        assert (done.returncode, done.stdout) == (0, "")


# --- by Argo CD -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pulled(template: Path) -> Iterator[Repository]:
    files = {"Dockerfile": "FROM scratch\n"}
    config = CONFIG.replace("wait = 5", "wait = 2\npatience = 4")
    with previews.repository(template, files, config, preview="argocd", stacks=["python"]) as repo:
        yield repo


def brought(orders: Repository, there: Cluster, commit: str) -> None:
    """Do what Argo CD does once it has seen a pull request: apply its manifests."""
    whole = by_argo_of(orders, commit)
    with there.change() as state:
        space = {"metadata": whole.pop(f"Namespace/{SPACE}")["metadata"], "objects": whole}
        for one in whole.values():
            if one["kind"] == "Deployment":
                cluster.roll_out(state, one, {})
        state["namespaces"][SPACE] = space


def by_argo_of(orders: Repository, commit: str) -> dict[str, Manifest]:
    labels = {
        "process.preview/repository": "orders",
        "process.preview/id": "pr-1",
        "process.preview/commit": commit,
    }
    meta = {
        "namespace": SPACE,
        "labels": {"app.kubernetes.io/managed-by": "process-preview", **labels},
    }
    container = {"name": "app", "image": image("pr-1", commit)}
    return {
        f"Namespace/{SPACE}": {"kind": "Namespace", "metadata": {"name": SPACE, **meta}},
        "Deployment/app": {
            "kind": "Deployment",
            "metadata": {"name": "app", **meta},
            "spec": {"template": {"spec": {"containers": [container]}}},
        },
        "Ingress/app": {
            "kind": "Ingress",
            "metadata": {"name": "app", **meta},
            "spec": {"rules": [{"host": "pr-1.localhost"}]},
        },
    }


def test_argo_cd_brings_what_was_pushed_and_takes_it_away(
    pulled: Repository, tmp_path: Path
) -> None:
    with in_cluster(pulled, tmp_path) as (orders, there):
        commit, known = head(orders), {"PREVIEW_KUBECONFIG": base64.b64encode(b"x").decode()}
        process = orders.start("up", "pr-1", **known)
        wait_for(lambda: there.read()["pushed"] == [image("pr-1", commit)])
        brought(orders, there, commit)
        said, complained = process.communicate(timeout=60)
        assert (said, process.returncode) == (f"http://pr-1.localhost:{orders.port}\n", 0), (
            complained
        )
        rows = json.loads(orders.call("list", "--json", **known))
        assert [(row["id"], row["commit"], row["state"]) for row in rows] == [
            ("pr-1", commit, "up")
        ]
        assert orders.call("url", "pr-1", **known) == said

        newer = pushed(orders, "newer")  # Argo CD does not come
        failed = orders.call("up", "pr-1", "--ref", newer, status=1, **known)
        assert f"Argo CD brought no {newer[:12]} to {SPACE}" in failed

        before = there.read()["namespaces"]
        with orders.start("down", "pr-1", **known) as process:
            _, complained = process.communicate(timeout=60)
        assert (process.returncode, complained) == (
            0,
            "preview: Argo CD removes pr-1 when its pull request is closed\n",
        )
        assert there.read()["namespaces"] == before
        assert {call[0] for call in there.calls("kubectl", "kubectl")} <= {
            "get",
            "rollout",
        }  # changes nothing
        git(orders.folder, "checkout", "-q", "--detach", "main")


def test_without_a_cluster_the_address_alone_tells(pulled: Repository, tmp_path: Path) -> None:
    with in_cluster(pulled, tmp_path) as (orders, there):
        there.set(pushed=[image("pr-1", head(orders))])
        brought(orders, there, head(orders))
        home = {"HOME": str(tmp_path)}
        assert orders.call("up", "pr-1", **home) == f"http://pr-1.localhost:{orders.port}\n"
        assert orders.call("list", "--json", **home) == "[]\n"
        assert there.calls("kubectl", "get") == []


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)
