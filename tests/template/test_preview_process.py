"""Previews without containers: real processes behind a real proxy."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import git
from tests.template import previews
from tests.template.previews import APPLICATION, Answer, Repository

CONFIG = """\
name = "orders"
environment = ["SHOWN"]
wait = 20

[[service]]
name = "app"
install = "cat hold 2>/dev/null && sleep 60 || true"
start = "exec python3 app.py"
"""
FILES = {"app.py": APPLICATION, "body": "main\n"}


@pytest.fixture(scope="module")
def orders(template: Path) -> Iterator[Repository]:
    if not previews.caddy():
        pytest.fail("caddy is not installed: make test installs it")
    with previews.repository(template, FILES, CONFIG, preview="process") as made:
        yield made


@pytest.fixture(autouse=True)
def _clean(orders: Repository) -> Iterator[None]:
    """Each test leaves nothing, which is checked one by one."""
    git(orders.folder, "checkout", "-q", "--detach", "main")
    before = git(orders.folder, "for-each-ref")
    yield
    for one in orders.list():
        orders.call("down", one)
    assert orders.remembered() == []
    assert previews.marked(str(orders.state)) == []
    assert not previews.listening(orders.port)
    assert len(git(orders.folder, "worktree", "list").splitlines()) == 1
    assert git(orders.folder, "for-each-ref") == before
    assert git(orders.folder, "status", "--porcelain") == ""


def pushed(orders: Repository, body: str, **more: str) -> str:
    """A commit beside main in which the application says something else."""
    git(orders.folder, "checkout", "-q", "--detach", "main")
    made = orders.commit({"body": f"{body}\n", **more})
    git(orders.folder, "checkout", "-q", "--detach", "main")
    return made


def test_two_are_up_side_by_side_and_a_push_replaces_one_without_a_gap(orders: Repository) -> None:
    twelve, thirteen = pushed(orders, "twelve"), pushed(orders, "thirteen")

    said = orders.call("up", "pr-12", "--ref", twelve)
    orders.call("up", "pr-13", "--ref", thirteen)

    assert said == f"http://pr-12.localhost:{orders.port}\n"
    assert orders.get("pr-12") == Answer(200, "twelve", twelve)
    assert orders.get("pr-13") == Answer(200, "thirteen", thirteen)
    assert orders.get("pr-14").status == 404
    old = previews.ports(orders.state)
    newer = pushed(orders, "newer")
    with (
        orders.asked_all_the_time("pr-12") as own,
        orders.asked_all_the_time("pr-13") as others,
    ):
        orders.call("up", "pr-12", "--ref", newer)
    assert {answer.status for answer in own} == {200}
    assert [answer.body for answer in own if answer.body != "newer"] == ["twelve"] * sum(
        answer.body == "twelve" for answer in own
    )
    assert set(others) == {Answer(200, "thirteen", thirteen)}
    assert orders.get("pr-12") == Answer(200, "newer", newer)

    orders.call("down", "pr-12")

    assert orders.get("pr-12").status == 404
    assert orders.get("pr-13").body == "thirteen"
    left = previews.ports(orders.state)
    assert len(left) == 1
    assert [port for port in old if previews.listening(port)] == left
    assert len(git(orders.folder, "worktree", "list").splitlines()) == 2
    assert previews.marked(f"{orders.state}/orders/pr-12") == []
    orders.call("down", "pr-12")  # what isn't there is removed


def test_the_same_commit_again_changes_nothing(orders: Repository) -> None:
    orders.call("up", "pr-1")
    before = (previews.ports(orders.state), orders.list())

    assert orders.call("up", "pr-1") == orders.call("url", "pr-1")

    assert (previews.ports(orders.state), orders.list()) == before


def test_a_list_is_a_table_or_what_a_program_reads(orders: Repository) -> None:
    assert orders.call("list") == ""
    assert "there is no preview pr-1: start it" in orders.call("url", "pr-1", status=1)
    orders.call("up", "pr-1")
    head = git(orders.folder, "rev-parse", "HEAD").strip()

    table = orders.call("list").splitlines()
    row = orders.list()["pr-1"]

    url = f"http://pr-1.localhost:{orders.port}"
    assert table[0].split() == ["ID", "STATE", "COMMIT", "AGE", "URL"]
    assert table[1].split()[:3] == ["pr-1", "up", head[:12]]
    assert (row["commit"], row["state"], row["url"]) == (head, "up", url)
    assert row["created"] == row["updated"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"app.py": "import sys; sys.exit('no database')"}, "no database"),
        ({"app.py": "import time; time.sleep(60)"}, "nothing answers / on the port"),
        ({".process/preview.toml": CONFIG.replace("cat hold", "cat hold >&2; false #")}, "failed"),
        ({".process/preview.toml": CONFIG.replace("exec", "nowhere")}, "`nowhere python3 app.py`"),
    ],
    ids=["ends", "silent", "install", "unknown"],
)
def test_an_up_that_fails_leaves_nothing_new(
    orders: Repository, change: dict[str, str], words: str
) -> None:
    quick = {".process/preview.toml": CONFIG.replace("wait = 20", "wait = 1"), **change}
    broken = pushed(orders, "broken", **quick)

    assert words in orders.call("up", "pr-7", "--ref", broken, status=1)
    assert orders.remembered() == []
    assert previews.marked(str(orders.state)) == []

    orders.call("up", "pr-7")
    before = orders.list()
    orders.call("up", "pr-7", "--ref", broken, status=1)
    assert orders.list() == before
    assert orders.get("pr-7").body == "main"


def test_a_killed_up_is_healed_by_the_next_call(orders: Repository) -> None:
    held = pushed(orders, "held", hold="here")
    slow = pushed(orders, "slow", **{"app.py": "import time; time.sleep(2)\n" + APPLICATION})
    started = orders.state / "orders/pr-5"

    orders.kill_once(lambda: previews.marked(f"CALL={started}"), "up", "pr-5", "--ref", held)
    assert orders.list()["pr-5"]["state"] == "starting"
    orders.kill_once(lambda: (started / "1.app.log").exists(), "up", "pr-5", "--ref", slow)
    orders.call("up", "pr-5")
    assert orders.get("pr-5").body == "main"
    assert len(git(orders.folder, "worktree", "list").splitlines()) == 2

    orders.kill_once(lambda: (started / "2.app.log").exists(), "up", "pr-5", "--ref", slow)
    assert orders.get("pr-5").body == "main"  # what was there is still there
    orders.call("up", "pr-5")
    assert len(previews.marked(f"PROCESS_PREVIEW={started}")) == 1

    orders.kill_once(lambda: (started / "2.app.log").exists(), "up", "pr-5", "--ref", slow)
    orders.call("down", "pr-5")
    assert orders.remembered() == []


def test_a_killed_down_is_healed_by_the_next_call(orders: Repository) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + APPLICATION
    orders.call("up", "pr-5", "--ref", pushed(orders, "deaf", **{"app.py": deaf}))
    memory = orders.state / "orders/pr-5/preview.json"

    orders.kill_once(lambda: not memory.exists(), "down", "pr-5")

    assert orders.list()["pr-5"]["state"] == "starting"
    assert orders.call("reap", "--open", "") == "pr-5: removed, closed\n"
    assert orders.remembered() == []


def test_reap_removes_exactly_what_is_closed_or_too_old(orders: Repository) -> None:
    for one in ("pr-1", "pr-2", "pr-3", "try-it", "old-try"):
        orders.call("up", one)
    for one in ("pr-3", "old-try"):
        memory = orders.state / "orders" / one / "preview.json"
        aged = {**json.loads(memory.read_text()), "updated": time.time() - 73 * 3600}
        memory.write_text(json.dumps(aged))

    said = orders.call("reap", "--open", "1,pr-3", "--ttl", "72h")

    assert set(said.splitlines()) == {
        "pr-2: removed, closed",
        "pr-3: removed, not renewed in time",
        "old-try: removed, not renewed in time",
    }
    assert set(orders.list()) == {"pr-1", "try-it"}
    assert orders.get("pr-1").body == "main"


def test_twenty_up_and_down_leave_nothing(orders: Repository) -> None:
    for number in range(20):
        orders.call("up", f"pr-{number + 1}")
        if number:
            orders.call("down", f"pr-{number}")
    assert list(orders.list()) == ["pr-20"]


@pytest.mark.parametrize(
    "name",
    ["", "..", "../pr-1", "pr-1/../pr-2", "/pr-1", "pr-1;id", "$(id)", "pr 1", "PR-1", "pr-1\n"]
    + ["-h2", "--ref", "pr--1", "pr-1-", "a" * 41, "pr-１", "pr-1\0", "pr_1", "pr.1"][:-3]
    + ["pr_1", "pr.1", "*", "%2e"],
)
def test_what_is_no_id_is_refused_before_anything_happens(orders: Repository, name: str) -> None:
    assert "preview up: error" in orders.call("up", name, status=2)
    assert orders.remembered() == []


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "-x", "no-such", "main;id", "a..b", ":/"])
def test_what_is_no_commit_is_refused(orders: Repository, ref: str) -> None:
    said = orders.call("up", "pr-1", f"--ref={ref}", status=1)
    assert said == f"preview: git knows no commit {ref!r}: fetch it first\n"


def test_a_preview_sees_no_secret_of_whoever_starts_it(orders: Repository) -> None:
    seen = {"GITHUB_TOKEN": "secret", "SHOWN": "shown"}
    orders.call("up", "pr-1", **seen)
    assert orders.get("pr-1", "/GITHUB_TOKEN").body == "none"
    assert orders.get("pr-1", "/SHOWN").body == "shown"
    assert orders.get("pr-1", "/PREVIEW_URL").body == f"http://pr-1.localhost:{orders.port}"


def test_an_artifact_is_started_by_the_config_of_this_checkout(
    orders: Repository, tmp_path: Path
) -> None:
    evil = CONFIG.replace("exec python3 app.py", "touch /evil; exit 1")
    theirs = pushed(orders, "theirs", **{".process/preview.toml": evil})
    git(orders.folder, "checkout", "-q", theirs)
    orders.call("build", "--output", str(tmp_path / "artifact"))
    git(orders.folder, "checkout", "-q", "--detach", "main")

    orders.call("up", "pr-1", "--artifact", str(tmp_path / "artifact"), "--commit", theirs)

    assert orders.get("pr-1") == Answer(200, "theirs", theirs)


def test_a_hook_of_the_repository_is_not_run(orders: Repository, tmp_path: Path) -> None:
    hook = orders.folder / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/run\n")
    hook.chmod(0o755)
    orders.call("up", "pr-1")
    hook.unlink()
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_said_in_one_line(orders: Repository) -> None:
    with previews.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = orders.call("up", "pr-1", status=1, PREVIEW_PORT=port)
    assert said.startswith(f"preview: the proxy can't listen on port {port}, address already")
    assert said.count("\n") == 1
    assert orders.remembered() == []


def test_without_the_proxy_it_says_what_is_missing(orders: Repository, tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(Path(sys.executable).resolve())
    for name in ("git", "bash", "env", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    said = orders.call("up", "pr-1", status=1, PATH=str(tmp_path))
    assert "there is no caddy on PATH: run .process/setup, or install it" in said


def test_a_site_is_built_and_served(template: Path, tmp_path: Path) -> None:
    config = (
        'name = "docs"\nkind = "site"\n[[service]]\nbuild = "mkdir out; cp page.html out/"\n'
        'output = "out"\n'
    )
    files = {"page.html": "a page", ".gitignore": "/out/\n"}
    with previews.repository(template, files, config, preview="process") as docs:
        docs.call("up", "pr-1")
        assert docs.get("pr-1", "/page.html").body == "a page"
        docs.call("build", "--output", str(tmp_path / "artifact"))
        docs.call("up", "pr-2", "--artifact", str(tmp_path / "artifact"), "--commit", "a" * 40)
        assert docs.get("pr-2", "/page.html") == Answer(200, "a page", "a" * 40)
        docs.call("reap", "--open", "", "--ttl", "0m")
        assert docs.remembered() == []


def test_what_is_no_server_says_why_there_is_nothing_to_preview(template: Path) -> None:
    config = 'name = "docs"\nkind = "none"\nwhy = "a library"\n'
    with previews.repository(template, {}, config, preview="process") as library:
        said = library.call("up", "pr-1", status=1)
    assert said == "preview: there is nothing to preview: a library\n"
