"""`.process/setup`: tools, dependencies and git hooks, with real package managers where one can be had."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import Command
from tests.conftest import commit as commit_all
from tests.template.test_pieces import BARE, commands, git, path_without, write

ROOT = Path(__file__).parents[2]
FETCH = ROOT / "extensions" / "mise.jinja"
Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]
Need = Callable[[str], str]

# A mise that has node 24.9.0 in the folder `mise-node` beside the repository.
FAKE_MISE = """#!/bin/sh
echo "$1 locked=${MISE_LOCKED:-} $MISE_IDIOMATIC_VERSION_FILE_ENABLE_TOOLS" >> "$LOG"
[ "$1 $2" != "bin-paths node" ] || echo "$FOLDER"
"""


@pytest.fixture
def setup(run: Run, tmp_path: Path) -> Run:
    """A function: repository → what its setup did where neither prek, uv nor mise is on PATH."""
    path = path_without(tmp_path / "usual", "prek", "uv", "uvx", "mise", "node", "ruby", "go")
    (tmp_path / "fakes").mkdir()
    home = {"HOME": str(tmp_path), "LOG": str(tmp_path / "log"), "FOLDER": str(tmp_path / "node")}

    def setup(repo: Path, *options: str, **extra: str) -> subprocess.CompletedProcess[str]:
        found = {"PATH": f"{tmp_path / 'fakes'}:{path}", **home, **extra}
        return run(repo, ".process/setup", *options, **found)

    return setup


def fake(tmp_path: Path, name: str, script: str) -> None:
    """A program on the PATH of `setup`; one word is the version that it tells."""
    text = script if script.startswith("#!") else f"#!/bin/sh\necho {script}\n"
    write(tmp_path / "fakes" / name, text, executable=True)


def pinned(repo: Path) -> dict[str, str]:
    tools: dict[str, str] = tomllib.loads((repo / "mise.toml").read_text())["tools"]
    return tools


# --- the command ------------------------------------------------------------------------------


def test_help_says_what_it_does_and_another_option_is_refused(render: Render, setup: Run) -> None:
    repo = render(**BARE)
    told = setup(repo, "--help")
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "Usage: .process/setup [--quiet]")
    assert setup(repo, "--no-such-option").returncode == 2
    assert not (repo / ".process" / ".tools").exists()


def test_quiet_says_only_what_needs_the_user(render: Render, setup: Run, tmp_path: Path) -> None:
    repo = render(**{**commands(install="echo x"), "factors": [8]})
    assert setup(repo, "--quiet").stdout == ""
    write(repo / ".nvmrc", "24\n")
    fake(tmp_path, "mise", "#!/bin/sh\nexit 1\n")
    assert "node 24 is missing" in setup(repo, "--quiet").stdout


# --- prek and uv by pip -----------------------------------------------------------------------


def test_what_pip_brings_has_checksums_for_the_versions_that_are_pinned(render: Render) -> None:
    repo = render(stacks=["python"], preview="process")
    text = (repo / ".process" / "tools.lock").read_text()
    locked = dict(re.findall(r"(?m)^([a-z]+)(?:-bin)?==(\S+)", text))
    assert locked == {tool: pinned(repo)[tool] for tool in ("prek", "uv", "kingfisher", "caddy")}


def test_the_pinned_runner_is_installed_once(render: Render, setup: Run) -> None:
    repo = render(**BARE)
    first = setup(repo)
    assert first.returncode == 0, first.stdout
    assert first.stdout.splitlines() == [f"Tools: prek {pinned(repo)['prek']} by pip", "Ready"]
    tools = repo / ".process" / ".tools" / "bin"
    # Nothing but the tools: a Python among them would stand in front of the repository's own.
    assert [path.name for path in tools.iterdir()] == ["prek"]
    assert setup(repo).stdout == "Ready\n"
    assert git(repo, "status", "--porcelain") == ""
    git(repo, "worktree", "add", "-q", "../linked")
    assert setup(repo.parent / "linked").stdout == "Ready\n"


def test_a_file_with_another_checksum_is_refused(render: Render, setup: Run) -> None:
    repo = render(**BARE)
    lock = repo / ".process" / "tools.lock"
    lock.write_text(re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", lock.read_text()))
    laptop, ci = setup(repo), setup(repo, CI="true")
    assert (laptop.returncode, ci.returncode) == (0, 1)
    for done in (laptop, ci):
        assert "HASHES" in done.stdout
        assert f"prek {pinned(repo)['prek']} is missing" in done.stdout
    assert not (repo / ".process" / ".tools" / "bin" / "prek").exists()


def test_a_version_without_checksums_is_installed_and_said(render: Render, setup: Run) -> None:
    repo = render(**BARE)
    lock = repo / ".process" / "tools.lock"
    lock.write_text(lock.read_text().replace("prek==", "prek==9."))
    assert "by pip, without a checksum in .process/tools.lock" in setup(repo).stdout
    assert (repo / ".process" / ".tools" / "bin" / "prek").exists()


# --- what fits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("have", "fits"),
    [("0.5.11", True), ("0.5.12", True), ("0.6", True), ("0.5.9", False), ("1.0.0", False)],
)
def test_a_tool_on_path_stays_if_it_fits_its_pin(
    render: Render, setup: Run, tmp_path: Path, have: str, fits: bool
) -> None:
    repo = render(**{**BARE, "hooks": "other"})
    toml = repo / "mise.toml"
    toml.write_text(re.sub(r"prek = .*", 'prek = "0.5.11"', toml.read_text()))
    fake(tmp_path, "prek", f"prek {have}")
    assert ("Tools: prek 0.5.11" in setup(repo).stdout) is not fits


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (".nvmrc", "24\n", "node 24"),
        (".nvmrc", "v24.1.0", "node 24.1.0"),
        (".node-version", "24.9.1\r\n", "node 24.9.1"),
        (".tool-versions", "# pins\nnodejs 24.1.0 22.0.0 # two\n", "node 24.1.0"),
        (".ruby-version", "ruby-3.2.2\n", "ruby 3.2.2"),
        (".nvmrc", "lts/iron\n", "node"),
        (".nvmrc", "lts/-1\n", "node"),
        ("go.mod", "module x\n\ngo 1.26\n", "go"),
        ("mise.toml", '[env]\nnode = "20"\n[tools]\nnode = "24"\n', "node 24"),
        ("mise.toml", '[tools]\n"node" = { version = \'24.1\', x = "1" }\n', "node 24.1"),
        ("mise.toml", '[tools]\nnode = ["24", "22"] # both\n', "node 24"),
        ("mise.toml", '[tools]\nnode="latest"\n[tools.x]\n', "node"),
    ],
)
def test_every_file_of_versions_is_honoured(
    render: Render, setup: Run, tmp_path: Path, path: str, text: str, wanted: str
) -> None:
    repo = render(**{**BARE, "factors": [8]})
    write(repo / "mise.toml", "[tools]\n")
    write(repo / path, text)
    fake(tmp_path, "mise", "#!/bin/sh\nexit 1\n")
    done = setup(repo)
    assert f"Tools: {wanted} by mise\n" in done.stdout
    assert f"{wanted} is missing" in done.stdout
    name, _, version = wanted.partition(" ")
    fake(tmp_path, name, f"{name} v{version or '1'}")
    assert setup(repo, CI="true").stdout == "Ready\n"


def test_the_python_of_a_project_is_left_to_uv(render: Render, setup: Run, tmp_path: Path) -> None:
    repo = render(**{**BARE, "factors": [8]})
    write(repo / ".python-version", "3.99\n")
    write(repo / "mise.toml", '[tools]\nuv = "0.9"\n')
    fake(tmp_path, "uv", "uv 0.9.1")
    assert setup(repo, CI="true").stdout == "Ready\n"


# --- mise -------------------------------------------------------------------------------------


def test_what_mise_brings_comes_first_on_path(render: Render, setup: Run, tmp_path: Path) -> None:
    repo = render(**{**BARE, "factors": [8]}, commands={"install": [{"run": "node", "dir": "."}]})
    write(repo / "mise.toml", "[tools]\n")
    write(repo / ".nvmrc", "24.9\n")
    fake(tmp_path, "node", "v20.20.2")
    fake(tmp_path, "mise", FAKE_MISE)
    write(
        tmp_path / "node" / "node",
        "#!/bin/sh\necho v24.9.0 >> ran\necho v24.9.0\n",
        executable=True,
    )
    first = setup(repo)
    assert first.stdout.splitlines() == ["Tools: node 24.9 by mise", "Dependencies: node", "Ready"]
    assert (repo / "ran").exists()
    log = (tmp_path / "log").read_text().splitlines()
    assert log[0] == "install locked= node,python,ruby,java,pnpm,yarn"
    assert "Tools" not in setup(repo).stdout
    # Another pin starts over, so that nothing old stands in front of what is on PATH.
    write(repo / ".nvmrc", "20\n")
    assert "Tools" not in setup(repo).stdout
    assert not (repo / ".process" / ".tools" / "bin" / "node").exists()


def test_ci_keeps_to_the_lock_of_mise(render: Render, setup: Run, tmp_path: Path) -> None:
    repo = render(**{**BARE, "factors": [8]})
    write(repo / "mise.toml", "[tools]\n")
    write(repo / ".nvmrc", "24\n")
    fake(tmp_path, "mise", FAKE_MISE)
    for lock, locked in (("", ""), ("mise.lock", "1")):
        if lock:
            write(repo / lock, "")
        shutil.rmtree(repo / ".process" / ".tools", ignore_errors=True)
        setup(repo, CI="true")
        assert f"install locked={locked} " in (tmp_path / "log").read_text()


def test_mise_writes_its_lock_for_a_new_service(render: Render, setup: Run, tmp_path: Path) -> None:
    fake(tmp_path, "mise", FAKE_MISE)
    for name, starter in (("new", True), ("old", False)):
        repo = render(name, **{**BARE, "factors": [8], "starter": starter})
        (tmp_path / "log").unlink(missing_ok=True)
        setup(repo)
        setup(repo)
        calls = [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()]
        assert calls.count("lock") == int(starter)


@pytest.fixture(scope="session")
def mise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mise itself, as setup and the dev container fetch it."""
    made = tmp_path_factory.mktemp("mise") / "mise"
    command = f". '{FETCH}'; fetch_mise '{made}'"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return made


def test_mise_is_fetched_in_the_version_that_has_the_checksum(mise: Path) -> None:
    done = subprocess.run([mise, "--version"], capture_output=True, text=True, check=True)
    assert f"mise_version={done.stdout.split()[0]}\n" in FETCH.read_text()


def test_another_binary_is_refused(render: Render, setup: Run, tmp_path: Path) -> None:
    repo = render(**{**BARE, "factors": [8]})
    write(repo / "mise.toml", "[tools]\n")
    write(repo / ".nvmrc", "24\n")
    write(tmp_path / "evil" / "mise" / "bin" / "mise", "#!/bin/sh\ntouch ran\n", executable=True)
    archive = tmp_path / "archive.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", tmp_path / "evil", "mise"], check=True)
    fake(tmp_path, "curl", f'#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\ncp {archive} "$2"\n')
    done = setup(repo, CI="true")
    assert done.returncode == 1
    assert "mise was refused: its checksum is not that of release" in done.stdout
    assert "node 24 is missing" in done.stdout
    assert not (repo / "ran").exists()


def test_a_real_lock_is_kept_to_in_ci(
    render: Render, setup: Run, need: Need, mise: Path, tmp_path: Path
) -> None:
    need("npm")
    (tmp_path / "fakes" / "mise").symlink_to(mise)
    (tmp_path / "fakes" / "node").symlink_to(need("node"))
    repo = render(**{**BARE, "factors": [8]})
    toml = write(repo / "mise.toml", '[tools]\n"npm:semver" = "7.7.2"\n')
    home = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run([mise, "lock", "--platform", "linux-x64"], cwd=repo, env=home, check=True)
    green = setup(repo, CI="true")
    assert green.returncode == 0, green.stdout
    assert "Tools: npm:semver 7.7.2 by mise" in green.stdout
    toml.write_text(toml.read_text().replace("7.7.2", "7.7.3"))
    red = setup(repo, CI="true")
    assert red.returncode == 1
    assert "not in the lockfile" in red.stdout or "could not install" in red.stdout


# --- dependencies -----------------------------------------------------------------------------


def test_it_stops_with_the_words_of_what_failed(render: Render, run: Run) -> None:
    repo = render(**commands(install="echo 'no matching version' >&2; exit 9"))
    done = run(repo, ".process/setup")
    assert done.returncode == 9
    assert "no matching version" in done.stdout
    assert "Ready" not in done.stdout


def test_it_says_what_to_do_about_a_missing_package_manager(render: Render, run: Run) -> None:
    done = run(render(**commands(install="no-such-manager install")), ".process/setup")
    assert done.returncode == 127
    assert "mise.toml" in done.stdout


PACKAGE = '[project]\nname = "found-here"\nversion = "1"\n[tool.setuptools]\npy-modules = ["found_here"]\n'


def by_pip(run: str) -> dict[str, object]:
    """The answers of a repository that installs with pip and tries its package out."""
    check = [{"run": "python -c 'import found_here'", "dir": "."}]
    install = [{"run": run, "dir": ".", "venv": True}]
    return {**BARE, "commands": {"install": install, "test": check}}


def test_pip_installs_into_an_environment_that_the_checks_use(render: Render, run: Run) -> None:
    repo = render(**by_pip("pip install --no-deps -e . && python -m pip --version"))
    write(repo / "pyproject.toml", PACKAGE)
    write(repo / "found_here.py", "")
    assert run(repo, ".process/setup").returncode == 0
    assert list((repo / ".venv/lib").glob("python*/site-packages/*found_here*"))
    checked = run(repo, ".process/validate")
    assert checked.returncode == 0, checked.stdout
    assert git(repo, "status", "--porcelain", ".venv") == ""
    again = run(repo, ".process/setup")
    assert (again.returncode, "virtual environment" in again.stdout) == (0, False)


def test_the_environment_that_is_active_is_the_one(
    render: Render, run: Run, tmp_path: Path
) -> None:
    repo = render(**by_pip('test "$VIRTUAL_ENV" = "$ACTIVE"'))
    active = {"VIRTUAL_ENV": str(tmp_path), "ACTIVE": str(tmp_path)}
    assert run(repo, ".process/setup", **active).returncode == 0
    assert not (repo / ".venv").exists()


def test_uv_makes_the_environment_for_its_own_pip(render: Render, run: Run, need: Need) -> None:
    need("uv")
    repo = render(**by_pip("uv pip install --no-deps --offline -e . --no-build-isolation || true"))
    write(repo / "pyproject.toml", PACKAGE)
    done = run(repo, ".process/setup")
    assert done.returncode == 0, done.stdout
    assert "uv = " in (repo / ".venv/pyvenv.cfg").read_text()


def test_a_missing_package_manager_of_node_comes_by_corepack(
    render: Render, setup: Run, tmp_path: Path
) -> None:
    repo = render(**{**commands(install="pnpm install"), "factors": [8]})
    write(repo / "package.json", '{"packageManager": "pnpm@9.1.0"}')
    pnpm = 'printf \'#!/bin/sh\\necho x >> .ran\\n\' > "$3/$4"; chmod +x "$3/$4"'
    fake(tmp_path, "corepack", f"#!/bin/sh\n{pnpm}\n")
    done = setup(repo)
    assert done.returncode == 0, done.stdout
    assert "Tools: pnpm by corepack" in done.stdout
    assert (repo / ".ran").exists()


NPM = """#!/bin/sh
echo "$@" >> .ran
rm -rf node_modules
mkdir node_modules
touch node_modules/.package-lock.json
"""


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ("true", False),
        ("touch package-lock.json README.md", False),
        ("echo '{\"a\": 1}' > package-lock.json", True),
        ("echo '{\"a\": 1}' > packages/a/package.json", True),
        ("rm -rf node_modules", True),
        ("sleep 0.01; touch node_modules/.package-lock.json", True),
        ("sed -i.old 's/npm ci/npm ci --no-audit/' .process/setup", True),
        ("sed -i.old 's/v20/v22/' ../fakes/node", True),
        ("rm -rf .git", True),
    ],
)
def test_node_modules_are_made_again_only_for_other_inputs(
    render: Render, setup: Run, run: Run, tmp_path: Path, change: str, again: bool
) -> None:
    repo = render(**{**commands(install="npm ci"), "factors": [8]})
    for path in ("package.json", "package-lock.json", "packages/a/package.json"):
        write(repo / path, "{}\n")
    write(repo / ".gitignore", "node_modules\n")
    git(repo, "add", "-A")
    fake(tmp_path, "npm", NPM)
    fake(tmp_path, "node", "v20.20.2")
    assert setup(repo).returncode == 0
    run(repo, "sh", "-c", change)
    assert setup(repo).returncode == 0
    assert len((repo / ".ran").read_text().splitlines()) == 1 + again


def test_npm_keeps_to_the_lock_in_ci(render: Render, setup: Run, tmp_path: Path) -> None:
    repo = render(**{**commands(install="npm install"), "factors": [8]})
    fake(tmp_path, "npm", NPM)
    setup(repo, CI="true")
    write(repo / "package-lock.json", "{}")
    setup(repo, CI="true")
    assert (repo / ".ran").read_text().split("\n") == ["install", "ci", ""]


def test_uv_keeps_to_the_lock_in_ci(render: Render, run: Run, need: Need) -> None:
    need("uv")
    repo = render(**commands(install="uv sync"))
    project = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">={}"\n'
    write(repo / "pyproject.toml", project.format("3.9"))
    assert run(repo, ".process/setup").returncode == 0
    assert run(repo, ".process/setup", CI="true").returncode == 0
    write(repo / "pyproject.toml", project.format("3.10"))
    ci = run(repo, ".process/setup", CI="true")
    assert ci.returncode != 0
    assert "uv.lock" in ci.stdout
    assert run(repo, ".process/setup").returncode == 0


# --- git hooks --------------------------------------------------------------------------------


def test_git_hooks_are_left_alone_where_others_rule_them(render: Render, run: Run) -> None:
    repo = render(**BARE)
    git(repo, "config", "core.hooksPath", "elsewhere")
    assert "core.hooksPath is set" in run(repo, ".process/setup").stdout
    git(repo, "config", "--unset", "core.hooksPath")
    assert "none in CI" in run(repo, ".process/setup", CI="true").stdout
    assert not (repo / ".git" / "hooks" / "pre-push").exists()
    own = write(repo / ".git" / "hooks" / "pre-commit", "#!/bin/sh\necho own\n", executable=True)
    run(repo, ".process/setup")
    assert (repo / ".git" / "hooks" / "pre-push").exists()
    assert "own" in own.read_text() or "own" in own.with_suffix(".legacy").read_text()


# --- who calls it -----------------------------------------------------------------------------


def test_the_machines_of_agents_call_it(render: Render) -> None:
    repo = render(factors=[4], agents=["copilot", "cursor"])
    steps = repo / ".github" / "workflows" / "copilot-setup-steps.yml"
    jobs = yaml.safe_load(steps.read_text())["jobs"]
    assert list(jobs) == ["copilot-setup-steps"]
    assert jobs["copilot-setup-steps"]["steps"][-1]["run"] == ".process/setup"
    assert yaml.safe_load((repo / ".cursor/environment.json").read_text()) == {
        "install": ".process/setup"
    }


def test_their_files_for_the_machines_of_agents_stay_as_they_are(
    template_at_1: Path, tmp_path: Path
) -> None:
    repo = tmp_path / "theirs"
    theirs = {
        ".github/workflows/copilot-setup-steps.yml": "on: workflow_dispatch\njobs: {}\n",
        ".cursor/environment.json": '{"install": "npm ci"}\n',
    }
    for path, text in theirs.items():
        write(repo / path, text)
    git(repo, "init", "-q")
    commit_all(repo)
    said = Command(template_at_1)(repo, "apply", "--yes", "--factors", "8").output
    for path, text in theirs.items():
        assert (repo / path).read_text() == text
        assert re.search(rf"☐ call `.process/setup` .* {path}", said)
