"""Previews by Compose: real containers, networks and volumes behind a real proxy."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import git
from tests.template import engine as engines
from tests.template import previews
from tests.template.engine import Engine
from tests.template.previews import Answer, Repository

CONFIG = """\
name = "shop"
compose = "compose.yaml"
wait = 60

[limits]
memory = "64m"
cpus = 0.5
processes = 64

[[service]]
name = "app"
port = 8000
"""
# Each of these lines would reach out of the preview, or clash with another one.
COMPOSE = """\
name: fixed
services:
  app:
    build: .
    container_name: fixed
    privileged: true
    pid: host
    cap_add: [SYS_ADMIN]
    ports: ["127.0.0.1:8123:8000"]
    environment:
      TOKEN: "${GITHUB_TOKEN:-none}"
      PRICE: "a$$b"
    env_file: .env
    labels: {traefik.enable: "true"}
    volumes:
      - data:/data
      - /var/run/docker.sock:/var/run/docker.sock
      - ./body:/mounted
    depends_on: [db]
  db:
    build: .
    volumes: ["data:/data"]
  seed:
    build: .
    command: ["/server", "seeded"]
    volumes: ["data:/data"]
networks:
  default: {name: fixed}
volumes:
  data: {name: fixed, driver_opts: {type: none, o: bind, device: /}}
"""
DOCKERFILE = """\
FROM scratch
COPY server body /
LABEL process.preview.door=yes process.preview.id=pr-99 traefik.enable=true
CMD ["/server"]
"""
SAMPLE = "SAMPLED=yes\n"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    missing = engines.lacking()
    if missing and os.environ.get("CI"):
        pytest.fail(f"not here: {missing}")
    if missing:
        pytest.skip(f"not here: {missing}")
    with engines.running() as engine:
        engines.proxy_image(engine)
        yield engine


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | bytes]:
    server = engines.server(tmp_path_factory.mktemp("server"))
    return {
        "server": server.read_bytes(),
        "body": "main\n",
        "compose.yaml": COMPOSE,
        "Dockerfile": DOCKERFILE,
        ".env.example": SAMPLE,
        ".gitignore": ".env\n",
    }


@pytest.fixture(scope="module")
def shop(
    request: pytest.FixtureRequest,
    template: Path,
    engine: Engine,
    files: dict[str, str | bytes],
) -> Iterator[Repository]:
    """A shop whose proxy is a container, or where its image can't be had a program of this machine."""
    where = getattr(request, "param", "container")
    image = engines.PROXY_IMAGE if where == "container" else "previews.test/none:1"
    with previews.repository(template, files, CONFIG) as made:
        settings = {**engine.environment, "PREVIEW_PROXY_IMAGE": image}
        (made.folder / "server").chmod(0o755)
        made.commit({})
        yield Repository(made.folder, made.state, made.port, settings)


@pytest.fixture(autouse=True)
def _clean(shop: Repository, engine: Engine) -> Iterator[None]:
    """Each test leaves nothing, which is checked one by one."""
    git(shop.folder, "checkout", "-q", "--detach", "main")
    before = engine.everything()
    yield
    for one in shop.list():
        shop.call("down", one)
    assert engine.everything() == before
    assert shop.remembered() == []
    assert previews.marked(str(shop.state)) == []
    assert not previews.listening(shop.port)
    assert len(git(shop.folder, "worktree", "list").splitlines()) == 1
    assert git(shop.folder, "status", "--porcelain") == ""


def pushed(shop: Repository, body: str, **more: str) -> str:
    """A commit beside main with something else to say."""
    git(shop.folder, "checkout", "-q", "--detach", "main")
    made = shop.commit({"body": f"{body}\n", **more})
    git(shop.folder, "checkout", "-q", "--detach", "main")
    return made


@pytest.mark.parametrize("shop", ["container", "host"], indirect=True)
def test_two_are_up_side_by_side_and_a_push_replaces_one_while_the_other_answers(
    shop: Repository, engine: Engine
) -> None:
    twelve, thirteen = pushed(shop, "twelve"), pushed(shop, "thirteen")

    said = shop.call("up", "pr-12", "--ref", twelve, GITHUB_TOKEN="secret")
    shop.call("up", "pr-13", "--ref", thirteen)

    assert said == f"http://pr-12.localhost:{shop.port}\n"
    assert shop.get("pr-12") == Answer(200, "twelve", twelve)
    assert shop.get("pr-13") == Answer(200, "thirteen", thirteen)
    assert shop.get("pr-14").status == 404
    assert {one: row["state"] for one, row in shop.list().items()} == {
        "pr-12": "up",
        "pr-13": "up",
    }
    assert shop.get("pr-12", "/data").body == "seeded"
    assert shop.get("pr-12", "/env/TOKEN").body == "none;"
    assert shop.get("pr-12", "/env/PRICE").body == "a$b;"
    assert shop.get("pr-12", "/env/SAMPLED").body == "yes;"
    assert_cut_off(engine, "shop-pr-12-app-1", twelve)

    newer = pushed(shop, "newer")
    with shop.asked_all_the_time("pr-12") as own, shop.asked_all_the_time("pr-13") as others:
        shop.call("up", "pr-12", "--ref", newer)
    assert set(others) == {Answer(200, "thirteen", thirteen)}
    assert {answer.status for answer in own} == {200}
    assert shop.get("pr-12") == Answer(200, "newer", newer)
    assert shop.get("pr-12", "/data").body == "seeded"  # once, and kept

    shop.call("down", "pr-12")

    assert shop.get("pr-12").status == 404
    assert shop.get("pr-13").body == "thirteen"
    assert not [name for names in engine.everything().values() for name in names if "pr-12" in name]
    shop.call("down", "pr-12")  # what isn't there is removed


def assert_cut_off(engine: Engine, container: str, commit: str) -> None:
    """A container reaches nothing but its own network, and says what it is."""
    (found,) = json.loads(engine.docker("inspect", container))
    host = found["HostConfig"]
    assert (host["Privileged"], host["PidMode"], host["CapAdd"]) == (False, "", None)
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (64 << 20, 5 * 10**8, 64)
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    ports = [port for ports in (host["PortBindings"] or {}).values() for port in ports]
    assert all(port["HostIp"] == "127.0.0.1" and port["HostPort"] != "8123" for port in ports)
    mounts = {mount["Destination"]: mount for mount in found["Mounts"]}
    assert set(mounts) == {"/data", "/mounted"}
    assert mounts["/data"]["Name"] == "shop-pr-12_data"
    assert list(found["NetworkSettings"]["Networks"]) == ["shop-pr-12_default"]
    labels = found["Config"]["Labels"]
    assert labels["process.preview.commit"] == commit
    assert labels["process.preview.id"] == "pr-12"
    assert labels["traefik.enable"] == ""
    (volume,) = json.loads(engine.docker("volume", "inspect", "shop-pr-12_data"))
    assert not volume["Options"]


def test_an_up_that_fails_leaves_nothing_and_no_harm_to_what_was_not_touched(
    shop: Repository,
) -> None:
    dead = pushed(shop, "dead", **{"compose.yaml": COMPOSE.replace("    pid: host", "    command: [/server, x, y]")})
    unbuilt = pushed(shop, "unbuilt", Dockerfile="FROM scratch\nCOPY nothing /\n")
    said = shop.call("up", "pr-7", "--ref", dead, status=1)
    assert "preview: the service ends: see above" in said
    assert shop.list() == {}

    shop.call("up", "pr-7")
    assert "nothing" in shop.call("up", "pr-7", "--ref", unbuilt, status=1)
    assert shop.get("pr-7").body == "main"


@pytest.mark.parametrize("point", ["build", "start", "removal"])
def test_a_killed_call_is_healed_by_the_next(
    shop: Repository, engine: Engine, point: str
) -> None:
    def there(kind: str, name: str) -> bool:
        return any(name in one for one in engine.everything()[kind])

    if point == "removal":
        shop.call("up", "pr-5")
        shop.kill_once(lambda: not there("container", "pr-5-app"), "down", "pr-5")
        assert shop.list()["pr-5"]["state"] == "starting"
        assert shop.call("reap", "--open", "") == "pr-5: removed, closed\n"
        return
    kind, name = {"build": ("volume", "pr-5_preview"), "start": ("container", "pr-5-db")}[point]
    shop.kill_once(lambda: there(kind, name), "up", "pr-5")
    assert shop.list()["pr-5"]["state"] == "starting"
    shop.call("up", "pr-5")
    assert shop.get("pr-5").body == "main"
    assert shop.get("pr-5", "/data").body == "seeded"


def test_reap_removes_exactly_what_is_closed_or_too_old(shop: Repository, engine: Engine) -> None:
    for one in ("pr-1", "pr-2", "pr-3"):
        shop.call("up", one)
    (name,) = (one for one in engine.everything()["volume"] if "pr-3_preview" in one)
    (volume,) = json.loads(engine.docker("volume", "inspect", name))
    old = {**volume["Labels"], "process.preview.updated": str(time.time() - 73 * 3600)}
    old["process.preview.number"] = "99"
    labels = [f"--label={key}={value}" for key, value in old.items()]
    engine.docker("volume", "create", *labels, "shop-pr-3_preview.99")

    said = shop.call("reap", "--open", "1,3", "--ttl", "72h")

    assert set(said.splitlines()) == {
        "pr-2: removed, closed",
        "pr-3: removed, not renewed in time",
    }
    assert set(shop.list()) == {"pr-1"}


def test_an_artifact_brings_an_image_and_nothing_else(
    shop: Repository, engine: Engine, tmp_path: Path
) -> None:
    theirs = COMPOSE.replace("PRICE:", "THEIRS:")
    commit = pushed(shop, "theirs", **{"compose.yaml": theirs, ".process/preview": "#!/bin/false\n"})
    git(shop.folder, "checkout", "-q", commit, "--", "body", "compose.yaml")
    before = engine.everything()
    shop.call("build", "--output", str(tmp_path / "artifact"))
    assert engine.everything()["image"] == before["image"]
    git(shop.folder, "checkout", "-qf", "main", "--", ".")
    shop.call("up", "pr-13")

    shop.call("up", "pr-12", "--artifact", str(tmp_path / "artifact"), "--commit", commit)

    assert shop.get("pr-12") == Answer(200, "theirs", commit)
    assert shop.get("pr-12", "/env/PRICE").body == "a$b;"  # of the trusted Compose file
    assert shop.get("pr-12", "/env/THEIRS").body == ";"
    (found,) = json.loads(engine.docker("inspect", "shop-pr-12-app-1"))
    assert [mount["Destination"] for mount in found["Mounts"]] == ["/data"]
    assert shop.get("pr-13").body == "main"
    assert set(shop.list()) == {"pr-12", "pr-13"}


def test_no_label_of_an_image_takes_another_route(shop: Repository, engine: Engine) -> None:
    routes = json.dumps([{"host": "pr-13.localhost", "dial": "evil:8000", "network": "bridge"}])
    labels = {
        "process.preview.repo": "shop",
        "process.preview.id": "pr-13",
        "process.preview.number": "999",
        "process.preview.routes": routes.replace('"', '\\"'),
        "com.docker.compose.project": "shop-pr-13",
        "caddy": "pr-13.localhost",
        "traefik.http.routers.evil.rule": "Host(`pr-13.localhost`)",
    }
    lines = "\n".join(f'LABEL {key}="{value}"' for key, value in labels.items())
    evil = pushed(shop, "evil", Dockerfile=f"{DOCKERFILE}{lines}\n")
    shop.call("up", "pr-13")
    shop.call("up", "pr-12", "--ref", evil)

    assert shop.get("pr-13").body == "main"
    assert shop.get("pr-12").body == "evil"
    (found,) = json.loads(engine.docker("inspect", "shop-pr-12-app-1"))
    shown = found["Config"]["Labels"]
    assert shown["com.docker.compose.project"] == "shop-pr-12"
    assert (shown["caddy"], shown["traefik.http.routers.evil.rule"]) == ("", "")
    shop.call("down", "pr-12")
    assert shop.get("pr-13").body == "main"
