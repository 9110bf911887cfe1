"""A double of a cluster and its registry: `kubectl` and `docker` for the tests, with one file of state.

Each call of kubectl must be one that the real kubectl understands; manifests are made by the real
kustomize and must be right, to the last key, for each supported version (`check`). `answers` serves what an
ingress controller would.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

VERSIONS = ("1.35", "1.36", "1.37")
GATEWAY = "gateway.networking.k8s.io/v1"
REAL = Path(sys.executable).with_name("kubectl")
Manifest = dict[str, Any]

# state: namespaces {name: {metadata, objects {kind/name: manifest}}}, calls [[program, …]],
# applied [manifest, …], images (of the engine) and pushed [name, …], broken [commit, …], die (a call that kills its caller)
EMPTY: dict[str, Any] = {
    "namespaces": {}, "calls": [], "images": [], "pushed": [], "broken": [], "die": "", "seen": {}, "applied": [], "understood": []
}  # fmt: skip


def built(folder: Path) -> list[Manifest]:
    """What the real kustomize makes of a folder."""
    import yaml

    done = subprocess.run([REAL, "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", done.stderr  # nothing is deprecated
    return list(yaml.safe_load_all(done.stdout))


def validate(manifest: Manifest) -> None:
    """Refuse a manifest that one of the versions would not take as it is."""
    if manifest["apiVersion"] == GATEWAY:  # no part of Kubernetes itself
        assert set(manifest["spec"]) == {"hostnames", "parentRefs", "rules"}
        return
    check(re.sub("[0-9a-f]{40}", "0" * 40, json.dumps(manifest)))


@cache
def check(text: str) -> None:
    """Check a manifest, once in a process: so the schemas are read once too."""
    import kubernetes_validate.utils as library

    if not hasattr(library.schema_contents, "cache_info"):
        library.schema_contents = cache(library.schema_contents)
    for version in VERSIONS:
        assert library.validate(json.loads(text), version, strict=True) == version


class Cluster:
    """The state, for the tests and for the programs."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.json"

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The state, written back in the end."""
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = self.read()
            yield state
            new = self.path.with_suffix(".new")
            new.write_text(json.dumps(state))
            new.replace(self.path)

    def read(self) -> dict[str, Any]:
        return (
            dict(json.loads(self.path.read_text()))
            if self.path.exists()
            else json.loads(json.dumps(EMPTY))
        )

    def set(self, **values: object) -> None:
        with self.change() as state:
            state.update(values)

    def objects(self, namespace: str) -> dict[str, Manifest]:
        return dict(self.read()["namespaces"][namespace]["objects"])

    def check(self) -> None:
        """Refuse what was applied, if it is wrong."""
        for manifest in self.read()["applied"]:
            validate(manifest)

    def calls(self, program: str, verb: str) -> list[list[str]]:
        return [
            words[1:] for words in self.read()["calls"] if words[0] == program and verb in words
        ]


def install(folder: Path) -> Cluster:
    """Write the programs into a folder for PATH."""
    root = Path(__file__).parents[2]
    for program in ("kubectl", "docker"):
        path = folder / program
        path.write_text(
            f"#!{sys.executable}\nimport sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, {str(root)!r})\n"
            f"from tests.template import cluster\ncluster.{program}({str(folder)!r}, sys.argv[1:])\n"
        )
        path.chmod(0o755)
    return Cluster(folder)


# --- kubectl --------------------------------------------------------------------------------------


def kubectl(folder: str, words: list[str]) -> None:
    """Do what kubectl would; the real one checks the words."""
    own = words[: words.index("--")] if "--" in words else words
    cluster = Cluster(Path(folder))
    understood(cluster, own)
    parser = argparse.ArgumentParser()
    for name in (
        "selector",
        "output",
        "kustomize",
        "namespace",
        "timeout",
        "field-manager",
        "tail",
    ):
        parser.add_argument(f"--{name}")
    for name in (
        "server-side",
        "force-conflicts",
        "ignore-not-found",
        "all-namespaces",
        "overwrite",
    ):
        parser.add_argument(f"--{name}", action="store_true")
    for name in ("all-containers", "prefix"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--wait")
    options, rest = parser.parse_known_args(own)
    verb = rest[0]
    with cluster.change() as state:
        state["calls"].append(["kubectl", *words])
        name = os.environ.get("KUBECONFIG", "")
        state["seen"] = {"KUBECONFIG": Path(name).read_text() if name else ""}
        code = VERBS[verb](state, options, rest[1:]) or 0
    die(cluster, verb)
    sys.exit(code)


def understood(cluster: Cluster, words: list[str]) -> None:
    """Ask the real kubectl whether there are such options, once for each set of them."""
    shape = " ".join(
        word.partition("=")[0] for word in words if word.startswith("-") or word == words[0]
    )
    if shape in cluster.read()["understood"]:
        return
    done = subprocess.run([REAL, *words, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with cluster.change() as state:
        state["understood"].append(shape)


def die(cluster: Cluster, verb: str) -> None:
    """Kill whoever called, as a machine that goes down would."""
    with cluster.change() as state:
        dies, state["die"] = state["die"] == verb, "" if state["die"] == verb else state["die"]
    if dies:
        os.kill(os.getppid(), signal.SIGKILL)


def matching(selector: str, labels: dict[str, str]) -> bool:
    """Whether labels are what a selector wants; an empty one is refused."""
    wanted = dict(part.split("=") for part in selector.split(","))
    assert wanted and all(wanted.values())
    return wanted.items() <= labels.items()


def apply(state: dict[str, Any], options: argparse.Namespace, _: list[str]) -> None:
    assert options.server_side and options.force_conflicts and options.field_manager
    manifests = built(Path(options.kustomize))
    for manifest in manifests:
        state["applied"].append(deepcopy(manifest))
    (space,) = [one for one in manifests if one["kind"] == "Namespace"]
    there = state["namespaces"].setdefault(space["metadata"]["name"], {"objects": {}})
    there["metadata"] = space["metadata"]
    for one in manifests:
        if one is not space:
            assert one["metadata"]["namespace"] == space["metadata"]["name"]
            old = there["objects"].get(f"{one['kind']}/{one['metadata']['name']}", {})
            if one["kind"] == "Deployment":
                roll_out(state, one, old)
            there["objects"][f"{one['kind']}/{one['metadata']['name']}"] = one


def roll_out(state: dict[str, Any], new: Manifest, old: Manifest) -> None:
    """Say what answers behind a deployment: the new pods, or else still the old ones."""
    image = new["spec"]["template"]["spec"]["containers"][0]["image"]
    broken = any(commit in image for commit in state["broken"]) or image not in state["pushed"]
    serving = old.get("serving", "") if broken else image
    new.update(broken=broken, serving=serving, status={"availableReplicas": 1} if serving else {})


def get(state: dict[str, Any], options: argparse.Namespace, words: list[str]) -> None:
    kind, *names = words
    if names:
        found = state["namespaces"].get(names[0])
        assert found or options.ignore_not_found
        print(json.dumps(found) if found else "", end="")
        return
    items: list[Manifest] = []
    for name, space in state["namespaces"].items():
        if kind == "namespaces":
            items += [space] if matching(options.selector, space["metadata"]["labels"]) else []
        elif options.all_namespaces or options.namespace == name:
            found = [o for o in space["objects"].values() if o["kind"].lower() + "s" == kind]
            items += [
                o for o in found if matching(options.selector, o["metadata"].get("labels", {}))
            ]
    print(json.dumps({"items": items}) if options.output == "json" else "pods")


def rollout(state: dict[str, Any], options: argparse.Namespace, words: list[str]) -> int:
    assert words == ["status", "deployments"] and options.timeout
    objects = state["namespaces"][options.namespace]["objects"].values()
    found = [
        o
        for o in objects
        if o["kind"] == "Deployment" and matching(options.selector, o["metadata"]["labels"])
    ]
    assert found
    return int(any(one["broken"] for one in found))


def delete(state: dict[str, Any], options: argparse.Namespace, words: list[str]) -> None:
    assert words == ["namespaces"] and options.wait == "true" and options.timeout
    gone = [
        n
        for n, s in state["namespaces"].items()
        if matching(options.selector, s["metadata"].get("labels", {}))
    ]
    for name in gone:
        if state["die"] == "delete":  # it takes its time
            state["namespaces"][name]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        else:
            del state["namespaces"][name]


def annotate(state: dict[str, Any], options: argparse.Namespace, words: list[str]) -> None:
    _, name, *marks = words
    known = state["namespaces"][name]["metadata"]["annotations"]
    for mark in marks:
        key, equal, value = mark.partition("=")
        if equal:
            known[key] = value
        else:
            known.pop(key.removesuffix("-"), None)


def say(state: dict[str, Any], options: argparse.Namespace, words: list[str]) -> None:
    print("the last words of the pods")


VERBS = {
    "apply": apply, "get": get, "rollout": rollout, "delete": delete,
    "annotate": annotate, "logs": say, "exec": say,
}  # fmt: skip


# --- docker ---------------------------------------------------------------------------------------


def docker(folder: str, words: list[str]) -> None:
    """Remember images by name, as an engine and a registry would."""
    cluster = Cluster(Path(folder))
    config: dict[str, Any] = {}
    with cluster.change() as state:
        state["calls"].append(["docker", *words])
        if words[0] == "--config":
            config = json.loads(Path(words[1], "config.json").read_text())
            words = words[2:]
        verb = words[1] if words[0] == "image" else words[0]
        if verb == "build":
            assert Path(words[-1]).is_dir()
            state["images"].append(words[words.index("--tag") + 1])
        elif verb == "load":
            with tarfile.open(words[-1]) as tar:
                member = tar.extractfile("manifest.json")
                assert member
                state["images"] += [tag for row in json.load(member) for tag in row["RepoTags"]]
        elif verb == "save":
            Path(words[words.index("--output") + 1]).write_text(json.dumps(words[3:]))
        elif verb == "push":
            assert words[-1] in state["images"]
            state["pushed"].append(words[-1])
            state["auths"] = config.get("auths")
        elif verb == "ls":
            pattern = re.escape(words[-1].removeprefix("reference=")).replace(r"\*", "[^/]*")
            print("\n".join(one for one in state["images"] if re.fullmatch(pattern, one)))
        elif verb == "rm":
            state["images"] = [one for one in state["images"] if one not in words]
    die(cluster, verb)


# --- what an ingress controller does --------------------------------------------------------------


@contextmanager
def answers(cluster: Cluster, port: int) -> Iterator[None]:
    """Serve, for each host of an Ingress or route, the image that answers behind it."""

    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = behind(cluster.read(), self.headers["Host"].split(":")[0]).encode()
            self.send_response(200 if body else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def behind(state: dict[str, Any], host: str) -> str:
    """The image that answers for a host name; nothing if there is none."""
    for space in state["namespaces"].values():
        for one in space["objects"].values():
            if host in hosts(one):
                return str(space["objects"][f"Deployment/{one['metadata']['name']}"]["serving"])
    return ""


def hosts(manifest: Manifest) -> list[str]:
    """The hosts that a manifest leads to a service."""
    if manifest["kind"] == "Ingress":
        return [rule["host"] for rule in manifest["spec"]["rules"]]
    return list(manifest["spec"]["hostnames"]) if manifest["kind"] == "HTTPRoute" else []
