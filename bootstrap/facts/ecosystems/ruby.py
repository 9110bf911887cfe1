"""Ruby: Bundler, Rails, RSpec, RuboCop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join, siblings

if TYPE_CHECKING:
    from collections.abc import Iterator


# One set of versions of a project that stands elsewhere.
_VARIANT = re.compile(r"(^|/)gemfiles(/|$)")


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per Gemfile that is the root's or has its lock."""
    for path in scan.named("Gemfile", "gems.rb"):
        directory = folder(path)
        if directory == "." or (scan.has(path + ".lock") and not _VARIANT.search(directory)):
            offers = tuple(_offers(scan, directory, path))
            tasks = tuple(_rake(scan, directory))
            members = siblings(scan.ending(".gemspec")) if directory == "." else ()
            yield Unit(
                "ruby", directory, Evidence(path), ("bundler",), offers, tasks, members=members
            )


def _offers(scan: Scan, directory: str, path: str) -> Iterator[Offer]:
    def tool(name: str) -> str:
        return f"bin/{name}" if scan.has(join(directory, "bin", name)) else f"bundle exec {name}"

    gems = scan.text(path)
    yield Offer("install", "bundle install", Evidence(path))
    if re.search(r"gem ['\"]standard['\"]", gems):
        yield Offer("lint", tool("standardrb"), scan.at(path, r"gem ['\"]standard['\"]"))
        yield Offer(
            "format", tool("standardrb") + " --fix", scan.at(path, r"gem ['\"]standard['\"]")
        )
    elif scan.has(join(directory, ".rubocop.yml")):
        yield Offer("lint", tool("rubocop"), Evidence(join(directory, ".rubocop.yml")))
        yield Offer("format", tool("rubocop") + " -a", Evidence(join(directory, ".rubocop.yml")))
    yield from _tests(scan, directory, tool("rspec"))
    rails = join(directory, "bin/rails")
    if scan.has(join(directory, "bin/dev")):
        yield Offer("start", "bin/dev", Evidence(join(directory, "bin/dev")))
    elif scan.has(rails) and scan.has(join(directory, "config.ru")):
        yield Offer("start", "bin/rails server", Evidence(rails))


def _tests(scan: Scan, directory: str, rspec: str) -> Iterator[Offer]:
    if any(path.endswith("_spec.rb") for path in scan.under(join(directory, "spec"))):
        yield Offer("test", rspec, Evidence(join(directory, "spec")))
    elif any(path.endswith("_test.rb") for path in scan.under(join(directory, "test"))):
        rails = scan.has(join(directory, "bin/rails"))
        run = "bin/rails test" if rails else "bundle exec rake test"
        yield Offer("test", run, Evidence(join(directory, "test")))


_TASK = re.compile(
    r"^(?P<indent>[ \t]*)(?:(?P<word>task|namespace|multitask)[ (]+:?[\"']?"
    r"(?P<name>[\w-]+(?::[\w-]+)*)[\"']?"
    r"|(?P<class>\w[\w:]*Task)\.new(?:[ (]+[:\"'](?P<label>[\w-]+))?)(?P<rest>.*)$",
    re.MULTILINE,
)
# The class of a ready-made task → its usual name and the tool behind it.
_READY = (
    ("RSpec", "spec", "rspec"),
    ("RuboCop", "rubocop", "rubocop"),
    ("TestTask", "test", "minitest"),
    ("Cucumber", "cucumber", "cucumber"),
)
MAX_RAKE_FILES = 20


def _rake(scan: Scan, directory: str) -> Iterator[Target]:
    """The tasks of Rake: their names, what they need, and the tool of a ready-made one."""
    wrapper = scan.has(join(directory, "bin/rake"))
    call = "bin/rake" if wrapper else "bundle exec rake"
    below = (join(directory, place) for place in ("tasks", "rakelib", "lib/tasks"))
    parts = [p for place in below for p in scan.under(place) if p.endswith((".rake", ".rb"))]
    for path in [join(directory, "Rakefile"), *parts][:MAX_RAKE_FILES]:
        for name, body, number in _tasks(scan.text(path)):
            run = call if name == "default" else f"{call} {name}"
            where = Evidence(path, number, name)
            yield Target(name, run, directory, body, where, "rake", "ruby")
        if re.search(r"require [\"']standard/rake", scan.text(path)):
            where = scan.at(path, "standard/rake")
            yield Target(
                "standard", f"{call} standard", directory, ("standardrb",), where, "rake", "ruby"
            )


def _tasks(text: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Name, body and line of each task; namespaces are known by their indentation."""
    spaces: list[tuple[int, str]] = []
    for match in _TASK.finditer(text):
        spaces = [space for space in spaces if space[0] < len(match["indent"])]
        if match["word"] == "namespace":
            spaces.append((len(match["indent"]), match["name"]))
            continue
        ready = next((row for row in _READY if row[0] in (match["class"] or "")), ("", "", ""))
        name = ":".join(
            [*(space for _, space in spaces), match["name"] or match["label"] or ready[1]]
        )
        needed = re.search(
            r"(?:=>|:)[ \t]*(\[[^\]]*\]|%[iw]\[[^\]]*\]|:[\w\"':]+)", match["rest"] or ""
        )
        words = re.findall(r"[\w:]*\w", needed[1].lstrip("%iw")) if needed else []
        body = tuple(f"rake {word.lstrip(':')}" for word in words)
        if name and not name.endswith(":"):
            line = text.count("\n", 0, match.start()) + 1
            yield name, (*body, *([ready[2]] if ready[2] else [])), line


ECOSYSTEM = Ecosystem(
    name="ruby",
    languages={".rb": "ruby", ".rake": "ruby"},
    units=units,
    tools={
        "bundle install": "install",
        "rubocop": "lint format",
        "standardrb": "lint format",
        "erb_lint": "lint",
        "erblint": "lint",
        "haml-lint": "lint",
        "reek": "lint",
        "brakeman": "",
        "srb tc": "typecheck",
        "steep check": "typecheck",
        "rspec": "test",
        "minitest": "test",
        "rails test": "test",
        "rails test:all": "test",
        "rails test:system": "test",
        "rails spec": "test",
        "rake test": "test",
        "rake spec": "test",
        "rake rubocop": "lint",
        "rake standard": "lint",
        "rake lint": "lint",
        "cucumber": "test",
        "rails server": "start",
        "rails s": "start",
        "bin/dev": "start",
        "rackup": "start",
        "puma": "start",
        "foreman start": "start",
        "overmind start": "start",
        "rails assets:precompile": "build",
        "jekyll build": "build",
        "jekyll serve": "start",
    },
)
