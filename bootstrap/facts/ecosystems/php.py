"""PHP: Composer, Laravel, Symfony."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bootstrap.facts.load import mapping, strings
from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Target, Unit
from bootstrap.facts.scan import Scan, folder, join, siblings

if TYPE_CHECKING:
    from collections.abc import Iterator

# Composer package → slot and command.
PACKAGES = (
    ("laravel/pint", "format", "vendor/bin/pint"),
    ("laravel/pint", "lint", "vendor/bin/pint"),
    ("friendsofphp/php-cs-fixer", "format", "vendor/bin/php-cs-fixer fix"),
    ("squizlabs/php_codesniffer", "lint", "vendor/bin/phpcs"),
    ("phpstan/phpstan", "typecheck", "vendor/bin/phpstan analyse"),
    ("larastan/larastan", "typecheck", "vendor/bin/phpstan analyse"),
    ("nunomaduro/larastan", "typecheck", "vendor/bin/phpstan analyse"),
    ("vimeo/psalm", "typecheck", "vendor/bin/psalm"),
    ("pestphp/pest", "test", "vendor/bin/pest"),
    ("phpunit/phpunit", "test", "vendor/bin/phpunit"),
)

EVENTS = re.compile(r"^(pre|post)-|^auto-scripts$")


# Tools that composer-bin-plugin keeps apart from the project.
_TOOLS = re.compile(r"(^|/)(vendor-bin|tools|\.tools)(/|$)")


def units(scan: Scan) -> Iterator[Unit]:
    """A unit per composer.json that is the root's or has its lock."""
    for path in scan.named("composer.json"):
        directory, package = folder(path), scan.json(path)
        locked = scan.has(join(directory, "composer.lock")) and not _TOOLS.search(directory)
        if package and (directory == "." or locked):
            yield Unit(
                "php",
                directory,
                Evidence(path),
                ("composer",),
                tuple(_offers(scan, path, package)),
                tuple(_scripts(scan, path, package)),
                members=_packages(scan) if directory == "." else (),
            )


def _packages(scan: Scan) -> tuple[str, ...]:
    """Packages that are split off from the repository, each with its own name."""
    paths = (path for path in scan.named("composer.json") if not _TOOLS.search(folder(path)))
    return siblings(path for path in paths if scan.json(path).get("name"))


def _offers(scan: Scan, path: str, package: dict[str, Any]) -> Iterator[Offer]:
    yield Offer("install", "composer install", Evidence(path))
    required = {**mapping(package.get("require")), **mapping(package.get("require-dev"))}
    for name, slot, run in PACKAGES:
        if name in required:
            yield Offer(slot, run, scan.at(path, rf'"{re.escape(name)}"'))
    directory = folder(path)
    if scan.has(join(directory, "artisan")):
        yield Offer("start", "php artisan serve", Evidence(join(directory, "artisan")))
    elif "symfony/framework-bundle" in required:
        yield Offer("start", "symfony serve", scan.at(path, r'"symfony/framework-bundle"'))


def _scripts(scan: Scan, path: str, package: dict[str, Any]) -> Iterator[Target]:
    for name, value in mapping(package.get("scripts")).items():
        if EVENTS.search(name):
            continue
        body = tuple(line.replace("@php ", "php ") for line in strings(value))
        where = scan.at(path, rf'^\s*"{re.escape(name)}"\s*:')
        yield Target(name, f"composer {name}", folder(path), body, where, "composer", "php")


ECOSYSTEM = Ecosystem(
    name="php",
    languages={".php": "php"},
    units=units,
    tools={
        "composer install": "install",
        "composer update": "install",
        "composer validate": "",
        "composer require": "",
        "composer global": "",
        "pint": "lint format",
        "php-cs-fixer": "format",
        "phpcs": "lint",
        "phpcbf": "format",
        "ecs": "format lint",
        "phpmd": "lint",
        "parallel-lint": "lint",
        "console lint:yaml": "lint",
        "console lint:twig": "lint",
        "console lint:container": "lint",
        "phpstan": "typecheck lint",
        "psalm": "typecheck lint",
        "phan": "typecheck",
        "rector": "",
        "phpunit": "test",
        "simple-phpunit": "test",
        "pest": "test",
        "paratest": "test",
        "codecept run": "test",
        "behat": "test",
        "artisan test": "test",
        "artisan serve": "start",
        "symfony serve": "start",
        "symfony server:start": "start",
        "php -S": "start",
        "sail up": "start",
    },
)
