"""Other forms of one command line: bare, in its real folder, as a person would type it, whole."""

from __future__ import annotations

import re
from functools import cache

from bootstrap.facts.scan import join
from bootstrap.facts.shell import unassigned

_OPTION = r"--?[\w-]+(?:=\S+)?"

# Programs that only start another one, with the options that belong to them.
_WRAPPERS = (
    (
        r"(?:uv|poetry|pdm|hatch|rye|pipenv|pixi) run(?:\s+(?:--(?:(?:no-|only-)?(?:group|extra)"
        r"|with(?:-editable|-requirements)?|python|package|project|directory|env-file)[ =]\S+"
        rf"|-p \S+|{_OPTION}))*"
    ),
    rf"uvx(?:\s+--(?:from|with)[ =]\S+|\s+{_OPTION})*",
    r"pipx run",
    r"python[\d.]* -m(?! ?build\b) ?",
    r"bundle exec",
    rf"npx(?: {_OPTION})*",
    r"bunx(?: --bun)?",
    r"bun x",
    r"(?:pnpm|npm|yarn) exec(?: --)?",
    r"(?:pnpm|yarn) dlx",
    r"(?:\./)?node_modules/\.bin/",
    r"(?:\./)?vendor/bin/",
    r"(?:\./)?bin/(?=\w)",
    r"\./(?=\w)",
    r"sudo(?: -\w+)*",
    r"env|exec|time|nice|command|retry",
    r"xvfb-run(?: -\S+)*",
    r"(?:c8|nyc)\b.*?(?=\s(?:npm|pnpm|yarn|bun|node|mocha|ava|tap|tape|jest|vitest|borp|lab)\b)",
    rf"coverage run(?: {_OPTION})* -m",
    rf"coverage run(?: {_OPTION})*",
    r"cross-env(?:-shell)?",
    r"dotenv(?: -\S+ \S+)* --",
    r"go tool",
    r"mise (?:exec|x)(?: \S+)* --",
    r"nix develop(?: \S+)* (?:-c|--command)",
    r"nix-shell --run",
    rf"docker[ -]compose(?: -f \S+)* (?:run|exec)(?: -[eu] \S+| {_OPTION})* [\w-]+",
    r"timeout [\w.]+",
    r"dbus-run-session(?: --)?",
)
_WRAPPER = re.compile(rf"^(?:{'|'.join(_WRAPPERS)})\s*(?=\S)")
_PHP = re.compile(r"^php (?:-d \S+ )*(?=\S*(?:artisan|bin/|vendor/|phpunit))")

# Spellings of one program.
_SPELLINGS = (
    (re.compile(r"^python[\d.]* -m build\b"), "pyproject-build"),
    (re.compile(r"^(?:\./)?mvnw\b"), "mvn"),
    (re.compile(r"^(?:\./)?gradlew\b"), "gradle"),
    (re.compile(r"^docker-compose\b"), "docker compose"),
    (re.compile(r"^npm (?:clean-install|install-clean|ic)\b"), "npm ci"),
    (re.compile(r"^(pip|python|pytest)3(?:\.\d+)?\b"), r"\1"),
    (re.compile(r"^python (?=\S+\.py\b)"), ""),
    (re.compile(r"^(?:go run )?[\w.@/-]*/([\w-]+)(?:@\S+)?(?=\s|$)"), r"\1"),
)
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\S+")


def words(command: str) -> list[str]:
    """The words of a command; quotes stay on."""
    return _WORD.findall(command)


@cache
def bare(command: str) -> str:
    """The command without environment, wrappers and path of the program."""
    text = re.sub(r"^\$\{?\w+\}?(?=[\w./])", "", unassigned(command.strip()))
    while True:
        inner = unassigned(_PHP.sub("", _WRAPPER.sub("", text, count=1), count=1))
        if inner == text:
            break
        text = inner
    for pattern, name in _SPELLINGS:
        text = pattern.sub(name, text)
    return text


_PROGRAMS = "uv|poetry|pdm|bundle|go|npm|pnpm|yarn|bun|make|task|just|composer|mix|deno task|mise"
_FOLDER = "--(?:prefix|cwd|dir|directory|project|working-dir|working-directory|cd)|-C|-d"
_DIRECTORY = re.compile(
    rf"^(?P<head>(?:{_PROGRAMS})\b.*?)\s(?:{_FOLDER})[ =](?P<dir>[\w./-]+)(?P<tail>\s.*|$)"
)
_CARGO = re.compile(r"\s--manifest-path[ =](?:\./)?([\w./-]*?)/?Cargo\.toml\b")


def relocate(command: str, directory: str) -> tuple[str, str]:
    """`npm --prefix web ci` in a folder → `npm ci` in its folder web."""
    manifest = _CARGO.search(command)
    if manifest and join(directory, manifest[1]):
        return command.replace(manifest[0], ""), join(directory, manifest[1])
    match = _DIRECTORY.match(command)
    here = join(directory, match["dir"]) if match and " -- " not in match["head"] else ""
    if not match or not here:
        return command, directory
    return f"{match['head']}{match['tail']}", here


# Reports, chatter and strictness that only CI wants: flags with a value, and flags alone.
_VALUED = (
    (
        r"--(?:output-format|format|reporter|formatter|error-format|message-format)[ =]"
        r"(?:github|gha|junit|json|progress|dots?)\S*"
    ),
    r"-f github",
    r"--installpkg[ =]\S+",  # what an earlier job has built
    r"--cov(?:-(?:report|config|fail-under|context))?(?:=\S+| (?!-)\S+)?(?=\s|$)",
    r"--cov-(?:append|branch|reset)",
    r"--cover(?=\s|$)|--export-coverage[ =]\S+",
    r"--junit-?xml[ =]\S+",
    r"--collect[: =](?:\"[^\"]*\"|\S+)",
    r"--logger[: =]?(?:\"[^\"]*\"|\S+)",
    r"--output-format[ =]\S+",
    r"(?:-o|--output)[ =](?=\S*[./]|dist\b|out\b|build\b)\S+",
    r"--(?:results-directory|verbosity) \S+",
    r"--target[= ]\S+-(?:apple|pc-windows)-\S+",  # of a release's matrix: another system's row
    r"--(?:shard|trace|maxWorkers)[= ]\S+",
    r"--(?:jobs|retry)[= ]\d+",
    r"--(?:durations|timeout)=\S+",
    r"--profile ci",
    r"--only[ =](?=\S*,)\S+",
    r"-?-coverprofile=\S+|-covermode=\S+",
)
_ALONE = (
    r"--no-(?:progress|interaction|ansi|suggest|restore|build)",
    r"--(?:non-interactive|prefer-dist|ansi|optimize-autoloader|ci|quiet|verbose)",
    r"--(?:frozen-lockfile|immutable|frozen|fail-on-flaky-tests|show-diff-on-failure)",
    r"-json",
    r"--(?:skip-pkg-install|parallel-live|prefer-(?:lowest|stable)|stacktrace|scan)",
    r"--coverage\S*",
    r"--color(?:[= ](?:always|yes))?",
    r"-q|-v{1,3}",
    r"-n(?=\s*$)|--(?=\s*$)",
)
_LOCKED = re.compile(r"\s+--locked(?=\s|$)")
_REPORT = re.compile(rf"\s+(?:{'|'.join((*_VALUED, *_ALONE))})(?=\s|$)")
_UNKNOWN = r"(?:\$\{\{.*?\}\}|\$\([^()]*\)|`[^`]*`|%\w+%|\$\{?\w+\}?)"
# The checkout, by the names that the providers give it.
_CHECKOUT = re.compile(
    r"[\"']?(?:\$\{\{\s*github\.workspace\s*\}\}|\$\(Build\.SourcesDirectory\)"
    r"|\$\{?(?:GITHUB_WORKSPACE|CI_PROJECT_DIR|TRAVIS_BUILD_DIR|CIRRUS_WORKING_DIR|PWD)\}?)"
    r"(/[\w./-]*)?[\"']?(?=\s|$)"
)
# Variables that hold further flags, and flags that only tune: what is left means the same.
_TUNES = (
    r"\s+[\"']?\$(?:\{\{[^{}]{0,200}(?i:opts?|options|args?|flags?|extra)[^{}]{0,200}\}\}"
    r"|\{?[\w.-]*(?i:opts?|options|args?|flags?|extra)[\w.-]*\}?)[\"']?(?=\s|$)"
    # A quoted sentence is a title.
    r"|\s+\"[^\"]*\w \w[^\"]*\$\{\{[^\"]*\""
    r"|\s+--?(?!(?:p|pl|C|d|m|f|package|projects?|target|workspace|filter|dir|prefix|cwd|sdist|wheel"
    rf"|manifest-path)[ =])[\w-]+[ =][\"']?\S*{_UNKNOWN}\S*"
)
_TUNE = re.compile(_TUNES)
# An environment of tox for the version that a row of the matrix is about: here for any version.
_TOX_VERSION = re.compile(
    r"\s-[ef] (?:py\$\{\{.*?\}\}|py\$\{?\w+\}?|\$\{\{[^{}]*(?i:python|version)[^{}]*\}\}"
    r"|\$\([^()]*(?i:python|version)[^()]*\)|\$\{?(?i:\w*(?:python|version)\w*)\}?)(?=[\s-]|$)"
)


@cache
def tidy(command: str) -> str:
    """The command as a person would type it: without reports, colours and CI's strictness.

    Expressions that only CI can fill (`${{ … }}`, `$VARIABLE`) go with the flag that they tune;
    '' where one says what the command works on, because nobody knows that here.
    """
    text = re.sub(r"\$\(go list [^()]*\)", "./...", unassigned(command))
    text = re.sub(r"^(dotnet test\b.*?)\s--\s.*", r"\1", text)  # settings of the test host
    text = _CHECKOUT.sub(lambda match: "." + (match[1] or ""), text)
    text = _TUNE.sub("", text)
    text = re.sub(r"^(?:xvfb-run(?: -\S+)*|sudo(?: -\w+)*|time|timeout \w+)\s+", "", text)
    # Where a value of the matrix was put in, its quotes hold one plain word.
    text = re.sub(r"(?<=\s)([\"'])(--?[\w=/.-]+)\1(?=\s|$)", r"\2", text)
    if re.search(_UNKNOWN, text):
        return ""
    # For cargo it is a part of the check: Cargo.lock is as it should be.
    text = text if bare(text).startswith("cargo ") else _LOCKED.sub("", text)
    return " ".join(_REPORT.sub("", text).split())


def any_version(command: str) -> str:
    """An environment of tox for a version that only CI knows, as the one for any: `-e py-tests`."""
    return _TOX_VERSION.sub(" -e py", command) if "tox" in command else command


_EVERYTHING = {"go test": " ./...", "go vet": " ./...", "go build": " ./...", "gofmt": " -l ."}
# Tools that do nothing, or something else, when they are told no files.
_NEED_FILES = frozenset(
    (
        *("pylint", "black", "isort", "mypy", "yamllint", "shellcheck", "shfmt", "prettier"),
        *("markdownlint", "markdownlint-cli", "markdownlint-cli2", "clang-format", "clang-tidy"),
        *("docker build", "docker buildx build", "hadolint", "make", "cmake"),
        "pyproject-build",
    )
)


def trunk(command: str, key: str) -> str:
    """The command up to its tool's verb, on everything: `go test -v ./a` → `go test ./...`."""
    if key in _NEED_FILES:
        return command
    wanted = [word for word in key.split() if not word.startswith("-")]
    said = words(command)
    for end in range(len(said), 0, -1):
        head = " ".join(said[:end])
        plain = [word for word in words(bare(head)) if not word.startswith(("-", "+"))]
        if plain == wanted:
            return " ".join(_without_flags(said[:end])) + _EVERYTHING.get(key, "")
    return command


def _without_flags(said: list[str]) -> list[str]:
    while len(said) > 1 and said[-1].startswith("-"):
        said = said[:-1]
    return said
