"""A full disk, Ctrl-C and a second run: one line, nothing lost, and the next run goes on."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap import transaction
from tests.conftest import ROOT, Command, Template, snapshot
from tests.test_doors import FILES

Repository = Callable[..., Path]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=errno.errorcode.get)
def test_a_disk_that_refuses_is_one_line_and_the_next_run_goes_on(
    code: int, repository: Repository, bootstrap: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, repo = repository(FILES, "whole"), repository(FILES)
    bootstrap(whole, "apply", "--yes")
    before = snapshot(repo)
    for refused in (os.mkdir, os.write, os.rename):

        def do(call: Callable[..., object], *arguments: object, **more: object) -> object:
            if call is refused:  # noqa: B023 - called within this turn of the loop
                raise OSError(code, os.strerror(code))
            return call(*arguments, **more)

        with monkeypatch.context() as patch:
            patch.setattr(transaction, "_do", do)
            said = bootstrap(repo, "apply", "--yes", status=2).output
        assert len(said.splitlines()) == 1
        assert os.strerror(code) in said and "run the command again" in said
        assert snapshot(repo) == before
    bootstrap(repo, "apply", "--yes")
    assert snapshot(repo) == snapshot(whole)


INTERRUPTED = """\
import os, signal, sys
from bootstrap import cli, transaction
real, calls = transaction._do, []
def do(call, *arguments, **more):
    calls.append(call)
    if len(calls) == 60:
        os.kill(os.getpid(), signal.SIGINT)
    return real(call, *arguments, **more)
transaction._do = do
cli.main(sys.argv[1:])
"""


def test_an_interrupt_from_the_keyboard_ends_with_one_line_and_the_next_run_goes_on(
    repository: Repository, bootstrap: Command, template: Template
) -> None:
    whole, repo = repository(FILES, "whole"), repository(FILES)
    bootstrap(whole, "apply", "--yes")
    arguments = ["apply", "--yes", "-C", str(repo), "--template", str(template.folder)]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        # A shell in the background hands it down as a signal to ignore.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.returncode == 130, done.stderr
    assert len(done.stderr.splitlines()) == 1 and not done.stdout
    assert snapshot(repo) != snapshot(whole)
    assert "completed an interrupted run" in bootstrap(repo, "apply", "--yes").output
    assert snapshot(repo) == snapshot(whole)


def test_of_two_runs_at_once_both_end_well_and_the_files_are_those_of_one(
    repository: Repository, bootstrap: Command, template: Template
) -> None:
    whole, repo = repository(FILES, "whole"), repository(FILES)
    bootstrap(whole, "apply", "--yes")
    arguments = ["apply", "--yes", "-C", str(repo), "--template", str(template.folder)]
    program = [sys.executable, "-m", "bootstrap.cli", *arguments]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    children = [subprocess.Popen(program, cwd=ROOT, text=True, **quiet) for _ in range(2)]
    errors = [child.communicate(timeout=300)[1] for child in children]
    assert 0 in {child.returncode for child in children} <= {0, 2}
    for child, error in zip(children, errors, strict=True):
        refusal = error.splitlines()
        assert not child.returncode or (len(refusal) == 1 and "command again" in refusal[0])
    assert snapshot(repo) == snapshot(whole)
