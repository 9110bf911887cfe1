"""Ruby: Bundler, Rails, RSpec, RuboCop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit
from bootstrap.facts.scan import Scan, folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per Gemfile that is the root's or has its lock."""
    for path in scan.named("Gemfile", "gems.rb"):
        directory = folder(path)
        if directory == "." or scan.has(path + ".lock"):
            offers = tuple(_offers(scan, directory, path))
            yield Unit("ruby", directory, Evidence(path), ("bundler",), offers)


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
        "rake": "test",
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
