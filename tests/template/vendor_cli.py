#!/usr/bin/env python3
"""All vendors' CLIs, and Docker, as far as previews call them: they record each call and keep state.

Run under the name of the CLI, beside a folder-wide `state.json`; the file `fail` names a word of the
calls that fail.
"""

import io
import json
import os
import sys
import tarfile
import time
from pathlib import Path

HERE = Path(__file__).parent
NAME = Path(sys.argv[0]).name
WORDS = sys.argv[1:]
STATE = HERE / "state.json"
URL = (HERE / "url").read_text()


def option(name: str, default: str = "") -> str:
    """The value of --name=value."""
    found = [word.partition("=")[2] for word in WORDS if word.startswith(f"--{name}=")]
    return found[0] if found else default


def metadata() -> dict[str, str]:
    """All --meta=key=value."""
    found = [word.split("=", 2)[1:] for word in WORDS if word.startswith("--meta=")]
    return {key: value for key, value in found}


def iso(then: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then))


def files(folder: str) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file())


def record() -> None:
    row = {"name": NAME, "words": WORDS, "env": dict(os.environ)}
    with (HERE / "calls.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def image(path: str) -> None:
    """What `docker save` writes, of one empty layer."""
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w:").close()
    tags = ["process-preview/orders:built"]
    manifest = [{"Config": "c.json", "RepoTags": tags, "Layers": ["l.tar"]}]
    with tarfile.open(path, "w:") as tar:
        for name, content in (
            ("manifest.json", json.dumps(manifest).encode()),
            ("c.json", b"{}"),
            ("l.tar", layer.getvalue()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def docker(state: dict) -> object:
    if WORDS[0] == "save":
        image(option("output"))
    return None


def flyctl(state: dict) -> object:
    app = option("app")
    if WORDS[:2] == ["apps", "list"]:
        return [{"Name": name} for name in state]
    if WORDS[:2] == ["apps", "create"]:
        state[WORDS[-1]] = []
    if WORDS[:2] == ["apps", "destroy"]:
        del state[WORDS[-1]]
    if WORDS[0] == "deploy":
        (HERE / "fly.toml").write_text(Path(option("config")).read_text())
        key, _, value = option("env").partition("=")
        born = state[app][0]["created_at"] if state[app] else iso(time.time())
        row = {"created_at": born, "updated_at": iso(time.time())}
        state[app] = [{**row, "config": {"env": {key: value}}}]
    if WORDS[0] == "status":
        return {"Hostname": URL}
    if WORDS[:2] == ["machine", "list"]:
        return state[app]
    return None


def gcloud(state: dict) -> object:
    if WORDS[:2] == ["auth", "print-access-token"]:
        print("short-lived")
    if WORDS[:2] == ["run", "deploy"]:
        labels = dict(one.split("=") for one in option("labels").split(","))
        about = {"name": WORDS[2], "creationTimestamp": iso(time.time()), "labels": labels}
        state[WORDS[2]] = {"metadata": about, "status": {"url": URL}}
        return state[WORDS[2]]
    if WORDS[:3] == ["run", "services", "list"]:
        key, _, value = option("filter").partition("=")
        label = key.removeprefix("metadata.labels.")
        if key == "metadata.name":
            return [row for name, row in state.items() if name == value]
        kept = [row for row in state.values() if row["metadata"].get("labels", {}).get(label) == value]
        return kept
    if WORDS[:3] == ["run", "services", "delete"]:
        del state[WORDS[3]]
    return None


def vercel(state: dict) -> object:
    if WORDS[0] == "deploy":
        (HERE / "files").write_text(json.dumps(files(option("cwd"))))
        key = f"d{time.time_ns()}"
        row = {"id": key, "url": URL, "state": "READY", "createdAt": time.time() * 1000}
        state[key] = {**row, "meta": metadata()}
        print(URL)
    if WORDS[0] == "list":
        rows = [r for r in state.values() if metadata().items() <= r["meta"].items()]
        first = "--next=7" not in WORDS
        return {"deployments": rows if first else [], "pagination": {"next": 7 if first else None}}
    if WORDS[0] == "remove":
        for key in [k for k, row in state.items() if row["url"].split("://")[-1] in WORDS]:
            del state[key]
    return None


def netlify(state: dict) -> object:
    if WORDS[0] == "deploy":
        (HERE / "files").write_text(json.dumps(files(option("dir"))))
        key = f"d{time.time_ns()}"
        row = {"id": key, "title": option("message"), "created_at": iso(time.time())}
        state[key] = {**row, "state": "ready", "deploy_ssl_url": URL}
        return {"deploy_url": URL}
    data = json.loads(option("data"))
    if WORDS[:2] == ["api", "listSiteDeploys"]:
        return list(state.values()) if data["page"] == 1 else []
    if WORDS[:2] == ["api", "deleteDeploy"]:
        del state[data["deploy_id"]]
    return None


def wrangler(state: dict) -> object:
    config = json.loads(Path(option("config")).read_text())
    key = f"{config['name']}/{option('name')}"
    if WORDS[:2] == ["preview", "delete"]:
        if key not in state:
            sys.exit("Preview not found")
        del state[key]
        return None
    (HERE / "files").write_text(json.dumps(files(config["assets"]["directory"])))
    state[key] = config
    return {"preview": {"urls": [URL]}, "deployment": {}}


def main() -> None:
    record()
    fail = HERE / "fail"
    if fail.exists() and fail.read_text() in WORDS:
        sys.exit("the vendor is unwell")
    state = json.loads(STATE.read_text()) if STATE.exists() else {}
    said = globals()[NAME](state)
    if NAME != "docker":
        STATE.write_text(json.dumps(state))
    if said is not None:
        print(json.dumps(said))


main()
