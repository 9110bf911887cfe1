"""The workflows of previews with a real provider: processes behind a proxy, deployed by `act`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.github import Double
from tests.template import previews
from tests.template.preview_world import DEPLOY, at_github
from tests.template.previews import APPLICATION, Answer

SERVICE = """\
name = "orders"
wait = 60

[[service]]
name = "app"
start = "exec python3 app.py"
"""


def test_a_real_preview_answers_is_replaced_and_is_gone(
    github: Double, template: Path, tmp_path: Path, need: Callable[[str], str]
) -> None:
    need("caddy")
    files = {"app.py": APPLICATION, "body": "main"}
    with previews.repository(template, files, SERVICE, preview="process") as orders:
        world = at_github(github, orders.folder, tmp_path, need("act"))
        world.repo.variables |= {"PREVIEW_DOMAIN": "localhost", "PREVIEW_PORT": str(orders.port)}
        world.actions.environment["PREVIEW_STATE"] = str(orders.state)
        address = f"http://pr-1.localhost:{orders.port}"

        world.push("one", body="one")
        pull = github.open_pull(world.repo, "ada", "topic")
        ran = world.actions.pull_request(pull, "opened")
        assert orders.get("pr-1") == Answer(200, "one", pull.head_sha), ran.log
        assert address in world.said(pull)
        states = world.repo.deployments[max(world.repo.deployments)].states
        assert [(one.state, one.environment_url) for one in states] == [
            ("in_progress", ""),
            ("success", address),
        ]

        world.push("two", body="two")
        ran = world.actions.pull_request(pull, "synchronize")
        assert orders.get("pr-1") == Answer(200, "two", pull.head_sha), ran.log

        # One that fails leaves what was there, and says nothing of an address.
        shown = pull.head_sha
        world.push("three", **{"app.py": "raise SystemExit('broken')\n"})
        ran = world.actions.pull_request(pull, "synchronize")
        assert not ran[DEPLOY].passed
        assert orders.get("pr-1") == Answer(200, "two", shown)
        assert "could not be shown" in world.said(pull)

        github.close_pull(world.repo, pull)
        ran = world.actions.pull_request(pull, "closed")
        assert ran[DEPLOY].passed, ran.log
        assert orders.remembered() == []
        assert previews.marked(str(orders.state)) == []
        assert not previews.listening(orders.port)
