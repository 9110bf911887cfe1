"""Each file of a plan says why it goes where it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap.plan import Change, Plan
from bootstrap.reasons import explained
from bootstrap.repo import Repo


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".cursor/environment.json", "Cursor's machines in the cloud run it"),
        (".cursor/hooks.json", "where Cursor looks for hooks"),
        (".github/ISSUE_TEMPLATE/bug.yml", "you have no form like it"),
        (".github/ISSUE_TEMPLATE/config.yml", "links the ways that need no form"),
        (".github/pull_request_template.md", "there is none yet"),
        (".github/workflows/process-welcome.yml", "only a workflow on GitHub can answer"),
        (".github/CODEOWNERS", "nobody is named yet"),
        (".process/pod.toml", "who decides, for people and for checks"),
        (".process/docs/propose-a-change.md", "your own documents stay yours"),
    ],
)
def test_files_of_one_folder_have_their_own_reasons(
    repository: Callable[..., Path], path: str, why: str
) -> None:
    made = Plan((Change(path, "create"),), None)
    assert explained(made, Repo.open(repository()), {}).changes[0].why == why
