from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import subprocess
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest

from bootstrap import transaction
from bootstrap.errors import UserError
from bootstrap.transaction import Write, commit, recover

OLD = {
    "README.md": b"old\r\nno newline",
    "run": b"#!/bin/sh\n",
    "conf/a.toml": b"a = 1\n",
    "gone/deep/x": b"x",
    "half/stays": b"s",
    "half/goes": b"g",
}
WRITES = [
    Write("gone/deep/x", b"x", None),
    Write("half/goes", b"g", None),
    Write("README.md", OLD["README.md"], b"new\r\nno newline"),
    Write("run", b"#!/bin/sh\n", b"#!/bin/sh\nexit\n"),
    Write("conf/a.toml", b"a = 1\n", b""),
    Write("made/for/it", None, b"made", 0o755),
]
NEW = {
    "README.md": b"new\r\nno newline",
    "run": b"#!/bin/sh\nexit\n",
    "conf/a.toml": b"",
    "half/stays": b"s",
    "made/for/it": b"made",
}


PLAN = [WRITES[0], WRITES[3], WRITES[5]]
"""Deletes with folders, changes an executable, and creates with folders."""
PLANNED = {path: data for path, data in OLD.items() if path != "gone/deep/x"} | {
    "run": NEW["run"],
    "made/for/it": b"made",
}


def put(root: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def tree(root: Path) -> dict[str, bytes]:
    """Every file below root and, with a final slash, every empty folder; not the git directory."""
    found = {}
    for here, folders, names in os.walk(root):
        if ".git" in folders:
            folders.remove(".git")
        path = Path(here)
        found |= {
            str((path / name).relative_to(root)): (path / name).read_bytes() for name in names
        }
        if not folders and not names:
            found[f"{path.relative_to(root)}/"] = b""
    return found


def run_git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    # Waiting for the disk takes minutes here, and makes a difference to a power cut only.
    monkeypatch.setattr(os, "fsync", lambda file: None)
    root = tmp_path / "repo"
    root.mkdir()
    run_git(root, "init", "--quiet", "--template=")
    put(root, OLD)
    (root / "run").chmod(0o757)
    return root


@pytest.fixture
def small(root: Path, monkeypatch) -> Path:
    """The same for tests with a thousand runs: nothing to copy but the files, and no git to ask."""
    shutil.rmtree(root / ".git")
    (root / ".git").mkdir()
    monkeypatch.setattr(transaction, "_state_path", lambda root: root / ".git/twelvefold")
    return root


def copied(root: Path, name: str) -> Path:
    return shutil.copytree(root, root.parent / name, symlinks=True)


def restore(root: Path, copy: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(copy, root, symlinks=True)


class Stop:
    """Stands for `transaction._do`: at call number `at` it does `what` instead of the call."""

    def __init__(self, at: int, what=lambda call, args: os._exit(9)):
        self.at, self.what, self.calls = at, what, 0

    def __call__(self, call, *args, **keywords):
        self.calls += 1
        if self.calls == self.at:
            self.what(call, args)
        return call(*args, **keywords)


def half_written(call, args) -> None:
    if call is os.write:
        os.write(args[0], bytes(args[1])[: len(args[1]) // 2])
    os._exit(9)


def forked(run, stop: Stop) -> int:
    """Run in a child process that stops there; its number."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # other threads: the child forks nothing
        child = os.fork()
    if child == 0:
        transaction._do = stop
        try:
            run()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def killed(run, at: int) -> bool:
    """Run in a child that dies at its state-changing call number `at`; False if it needs fewer."""
    child = forked(run, Stop(at, half_written))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}, "the child failed by itself"
    return code == 9


CALLS = [
    *((os, name) for name in ("open", "stat", "fstat", "write", "fsync", "fchmod", "rename")),
    *((os, name) for name in ("mkdir", "unlink", "rmdir")),
    (fcntl, "flock"),
]
READS = ("stat", "fstat", "flock")


@contextmanager
def broken_disk(at: int, code: int, lasting: bool):
    """Call number `at` of the operating system fails (`lasting`: all from there on, but reads)."""
    calls = [0]

    def broken(name, call):
        def wrapper(*args, **keywords):
            calls[0] += 1
            reads = name in READS or (name == "open" and not args[1] & os.O_CREAT)
            if calls[0] == at or (lasting and calls[0] > at and not reads):
                raise OSError(code, os.strerror(code))
            return call(*args, **keywords)

        return wrapper

    with pytest.MonkeyPatch.context() as patch:
        for module, name in CALLS:
            patch.setattr(module, name, broken(name, getattr(module, name)))
        yield calls


def failure(run) -> UserError | None:
    try:
        run()
    except UserError as error:
        return error
    return None


def journal(root: Path) -> Path:
    return root / ".git/twelvefold/journal.json"


def assert_whole(root: Path, files: dict[str, bytes]) -> None:
    """The tree is this one, with its modes, and nothing else is left of any run."""
    assert tree(root) == files
    assert (root / "run").stat().st_mode & 0o7777 == 0o757
    made = root / "made/for/it"
    assert not made.exists() or made.stat().st_mode & 0o7777 == 0o755
    folder = journal(root).parent
    assert not folder.exists() or {path.name for path in folder.iterdir()} <= {"lock"}


def test_a_plan_is_done_whole_and_folders_that_become_empty_go(root):
    commit(root, WRITES)
    assert tree(root) == NEW
    assert recover(root) == ()


def test_an_existing_file_keeps_its_mode_and_a_new_one_gets_its_own_less_the_umask(root):
    before = os.umask(0o027)
    try:
        commit(root, WRITES)
    finally:
        os.umask(before)
    assert (root / "run").stat().st_mode & 0o7777 == 0o757
    assert (root / "made/for/it").stat().st_mode & 0o7777 == 0o750


def test_killed_at_any_call_and_again_at_any_call_of_the_recovery_it_is_all_or_nothing(small):
    clean, crashed = copied(small, "clean"), small.parent / "crashed"
    outcomes = []
    while killed(lambda: commit(small, PLAN), len(outcomes) + 1):
        done = journal(small).exists() or tree(small) == PLANNED
        assert done or tree(small) == OLD
        outcomes.append(done)
        shutil.rmtree(crashed, ignore_errors=True)
        copied(small, "crashed")
        at = 1
        while killed(lambda: recover(small), at):
            recover(small)
            assert_whole(small, PLANNED if done else OLD)
            assert recover(small) == ()
            restore(small, crashed)
            at += 1
        assert_whole(small, PLANNED if done else OLD)
        restore(small, clean)
    assert_whole(small, PLANNED)
    assert outcomes == sorted(outcomes), "one commit point: nothing before it, all after it"
    assert outcomes.count(False) >= 5
    assert outcomes.count(True) >= 20


@pytest.mark.parametrize(
    ("code", "lasting"), [(errno.ENOSPC, False), (errno.EIO, False), (errno.EROFS, True)]
)
def test_an_error_of_the_disk_at_any_call_is_one_line_and_nothing_is_lost(small, code, lasting):
    clean = copied(small, "clean")
    refused = completed = 0
    for at in range(1, 1000):
        with broken_disk(at, code, lasting) as calls:
            error = failure(lambda: commit(small, WRITES))
        if calls[0] < at:
            break
        unfinished = journal(small).exists()
        if error is None:
            assert_whole(small, NEW)
        else:
            assert "\n" not in str(error) and error.cause and error.remedy
            assert "run the command again" in error.remedy
            assert lasting or ("nothing was changed" in error.remedy) != unfinished
            assert unfinished or tree(small) == OLD
            assert all(
                tree(small).get(path) in (OLD.get(path), NEW.get(path)) for path in OLD | NEW
            )
            assert recover(small) == (tuple(write.path for write in WRITES) if unfinished else ())
            assert_whole(small, NEW if unfinished else OLD)
            refused, completed = refused + (not unfinished), completed + unfinished
        restore(small, clean)
    assert refused >= 20
    assert completed >= 40


def test_an_error_of_the_disk_during_the_recovery_leaves_it_to_the_next_one(small):
    assert killed(lambda: commit(small, WRITES), 30)
    crashed = copied(small, "crashed")
    failed = 0
    for at in range(1, 1000):
        with broken_disk(at, errno.EIO, lasting=False) as calls:
            error = failure(lambda: recover(small))
        if calls[0] < at:
            break
        assert error is None or ("\n" not in str(error) and "command again" in error.remedy)
        failed += error is not None
        recover(small)
        assert_whole(small, NEW)
        restore(small, crashed)
    assert failed >= 20


def test_an_interrupt_from_the_keyboard_at_any_call_is_like_a_kill(small, monkeypatch):
    def interrupt(call, args):
        raise KeyboardInterrupt

    clean = copied(small, "clean")
    outcomes = set()
    for at in range(1, 1000):
        stop = Stop(at, interrupt)
        with monkeypatch.context() as patch:
            patch.setattr(transaction, "_do", stop)
            try:
                commit(small, WRITES)
            except KeyboardInterrupt:
                pass
            else:
                break
        done = journal(small).exists() or tree(small) == NEW
        outcomes.add((done, tree(small) in (OLD, NEW)))
        recover(small)
        assert_whole(small, NEW if done else OLD)
        restore(small, clean)
    assert outcomes == {(False, True), (True, True), (True, False)}, "before, after and in between"


def test_an_edit_after_the_crash_is_never_overwritten(root):
    killed(lambda: commit(root, WRITES), 20)
    half = tree(root)
    edited = next(path for path in ("conf/a.toml", "run", "README.md") if half[path] == OLD[path])
    (root / edited).write_bytes(b"mine")
    with pytest.raises(UserError, match=f"{edited} was edited"):
        recover(root)
    assert tree(root)[edited] == b"mine"
    unchanged = [path for path in half if path != edited and not path.endswith("bootstrap-tmp~")]
    assert all(tree(root)[path] == half[path] for path in unchanged)
    with pytest.raises(UserError, match="interrupted"):
        commit(root, WRITES)
    (root / edited).write_bytes(OLD[edited])
    assert recover(root)
    assert tree(root) == NEW


def test_temporary_files_of_a_killed_run_are_removed_also_when_recovery_refuses(root, monkeypatch):
    def stop_before_the_rename(call, *args, **keywords):
        if call is os.rename and args[1] == "README.md":
            raise KeyboardInterrupt
        return call(*args, **keywords)

    monkeypatch.setattr(transaction, "_do", stop_before_the_rename)
    with pytest.raises(KeyboardInterrupt):
        commit(root, WRITES)
    monkeypatch.undo()
    assert any(path.endswith("bootstrap-tmp~") for path in tree(root))
    (root / "README.md").write_bytes(b"mine")
    with pytest.raises(UserError):
        recover(root)
    assert not any(path.endswith("bootstrap-tmp~") for path in tree(root))


def test_the_journal_of_a_worktree_and_of_a_submodule_is_in_their_own_git_directory(root):
    run_git(root, "add", ".")
    run_git(root, "commit", "--quiet", "-m", "all")
    run_git(root, "worktree", "add", "--quiet", "../tree")
    (root.parent / "outer").mkdir()
    run_git(root.parent / "outer", "init", "--quiet")
    run_git(root.parent / "outer", "submodule", "--quiet", "add", str(root), "inner")
    for place in (root.parent / "tree", root.parent / "outer/inner"):
        killed(lambda place=place: commit(place, WRITES), 30)
        assert recover(root) == ()
        assert recover(place)
        assert tree(place) | {".git": b""} == NEW | {".git": b""}


@pytest.mark.parametrize(
    "path",
    ["../out", "a/../b", "/etc/x", "", "a//b", "./a", ".git/config", "sub/.GIT/hooks/x", "a\0"],
)
def test_a_path_that_leaves_the_work_tree_is_refused(root, path):
    with pytest.raises(UserError, match="no path of a work tree"):
        commit(root, [WRITES[2], Write(path, None, b"x")])
    assert tree(root) == OLD


def test_links_folders_and_special_files_are_refused_and_nothing_else_is_written(root):
    outside = root.parent / "outside"
    put(outside, {"x": b"x"})
    (root / "folder-link").symlink_to(outside)
    (root / "file-link").symlink_to("README.md")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "fifo")
    for path in (
        "folder-link/x",
        "folder-link/new",
        "file-link",
        "dangling",
        "fifo",
        "conf",
        "run/x",
    ):
        for before in (None, b"x"):
            with pytest.raises(UserError, match=f"^{path}: "):
                commit(root, [WRITES[2], Write(path, before, b"y")])
    assert (root / "README.md").read_bytes() == OLD["README.md"]
    assert tree(outside) == {"x": b"x"}


def test_a_folder_that_became_a_link_after_the_crash_is_refused(root):
    killed(lambda: commit(root, WRITES), 12)
    put(root.parent / "outside", {"a.toml": b"a = 1\n"})
    (root / "conf/a.toml").unlink()
    (root / "conf").rmdir()
    (root / "conf").symlink_to(root.parent / "outside")
    with pytest.raises(UserError, match=r"^conf/a\.toml: a link or a file stands in the way"):
        recover(root)
    assert (root.parent / "outside/a.toml").read_bytes() == b"a = 1\n"


def test_a_file_that_is_not_as_planned_stops_the_whole_plan(root):
    for write in (
        Write("conf/a.toml", b"a = 2\n", b"a = 3\n"),
        Write("conf/a.toml", None, b""),
        Write("missing", b"", b"x"),
        Write("missing", b"", None),
    ):
        with pytest.raises(UserError, match=f"{write.path} is not as planned"):
            commit(root, [WRITES[2], write])
    assert tree(root) == OLD


@pytest.mark.parametrize("path", ["run", "conf/a.toml", "conf/new", "conf/new/deep"])
def test_a_read_only_file_or_folder_stops_the_whole_plan(root, path):
    (root / "run").chmod(0o555)
    (root / "conf").chmod(0o555)
    with pytest.raises(UserError, match=r"^(run|conf) is read-only"):
        commit(root, [WRITES[2], Write(path, OLD.get(path), b"new")])
    (root / "conf").chmod(0o755)
    assert tree(root) == OLD


def test_while_another_process_writes_a_run_waits_and_gives_up_after_a_while(root, monkeypatch):
    (wait, started), (go_on, release) = os.pipe(), os.pipe()

    def pause(call, args):
        os.write(started, b".")
        os.read(go_on, 1)

    child = forked(lambda: commit(root, WRITES), Stop(30, pause))
    os.read(wait, 1)
    half = tree(root)
    monkeypatch.setattr(transaction, "LOCK_SECONDS", 0.0)
    for run in (recover, lambda root: commit(root, WRITES)):
        with pytest.raises(UserError, match="another run is writing to this repository"):
            run(root)
    assert tree(root) == half
    monkeypatch.setattr(transaction, "LOCK_SECONDS", 1e9)
    monkeypatch.setattr(transaction.time, "sleep", lambda seconds: os.write(release, b"."))
    assert recover(root) == ()
    assert_whole(root, NEW)
    os.waitpid(child, 0)


def _linked(folder: Path, outside: Path) -> None:
    folder.symlink_to(outside)


def _dangling(folder: Path, outside: Path) -> None:
    folder.symlink_to(outside / "missing")


def _file(folder: Path, outside: Path) -> None:
    folder.write_text("")


def _lock_linked(folder: Path, outside: Path) -> None:
    folder.mkdir()
    (folder / "lock").symlink_to(outside / "lock")


def _journal_linked(folder: Path, outside: Path) -> None:
    folder.mkdir()
    (folder / "journal.json").symlink_to(outside / "x")


def _journal_fifo(folder: Path, outside: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / "journal.json")


@pytest.mark.parametrize(
    "make", [_linked, _dangling, _file, _lock_linked, _journal_linked, _journal_fifo]
)
def test_a_journal_or_a_lock_that_leads_elsewhere_is_not_followed(root, make):
    outside = root.parent / "outside"
    put(outside, {"x": b"[]"})
    make(journal(root).parent, outside)
    with pytest.raises(UserError, match=r"in the way|special file"):
        commit(root, WRITES)
    assert tree(root) == OLD
    assert tree(outside) == {"x": b"[]"}


def test_a_lock_that_is_a_pipe_does_not_wait_for_somebody_to_write_to_it(root):
    journal(root).parent.mkdir()
    os.mkfifo(journal(root).parent / "lock")
    commit(root, WRITES)
    assert_whole(root, NEW)


def test_nothing_to_recover_leaves_no_trace(root):
    assert recover(root) == ()
    assert not (root / ".git/twelvefold").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"path": 1},
        {"path": "../out"},
        {"path": ".git/hooks/pre-commit"},
        {"data": "bmV3"},
        {"data": "%"},
        {"data": None},
        {"mode": "0o644"},
        {"mode": 1 << 70},
        {"before": {}},
        {"after": [], "more": 1},
    ],
    ids=str,
)
def test_a_journal_that_cannot_be_read_is_reported_and_kept_and_nothing_happens(root, changes):
    killed(lambda: commit(root, WRITES[2:4]), 12)
    valid, other = json.loads(journal(root).read_text())
    journal(root).write_text(json.dumps([valid, other | changes]))
    before = tree(root)
    assert before["README.md"] == OLD["README.md"]
    with pytest.raises(UserError) as error:
        recover(root)
    assert "\n" not in str(error.value)
    assert journal(root).exists()
    assert tree(root) == before
    assert not (root.parent / "out").exists()


def test_a_name_that_is_no_utf8_or_very_long_is_written(root):
    names = [os.fsdecode(b"caf\xe9"), "n" * 255]
    killed(lambda: commit(root, [Write(name, None, b"1") for name in names]), 14)
    assert recover(root) == tuple(names)
    assert {tree(root)[name] for name in names} == {b"1"}


def test_a_path_that_is_planned_twice_is_a_bug(root):
    with pytest.raises(ValueError, match="once"):
        commit(root, [WRITES[0], WRITES[0]])
