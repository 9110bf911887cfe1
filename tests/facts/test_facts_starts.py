"""What starts the project, and what only looks like it."""

from __future__ import annotations

import json

import pytest


def scripts(**bodies: str) -> str:
    return json.dumps({"scripts": bodies, "devDependencies": {"a": "1"}})


@pytest.mark.parametrize(
    "body",
    [
        *("vitest --ui", "eslint . --watch", "vite preview", "docusaurus serve", "storybook dev"),
        *("cp hooks/* .git/hooks", "node -e \"console.warn('use composer dev')\"", "encore dev"),
        *("node tests/server.js", "tailwindcss -w", "node bin/build.js --dev"),
        *("rspack build --env development", "npm run a && npm run b", "cargo watch -x clippy"),
    ],
)
def test_a_name_is_not_enough_to_start(look, said, body) -> None:
    package = scripts(dev=body, a="tsc --watch", b="sass --watch a.scss")

    assert said(look({"package.json": package}), "start") == []


@pytest.mark.parametrize(
    "body", ["vite", "node server.js", "tsc && node dist", "cargo watch -x run"]
)
def test_a_server_or_an_unknown_program_starts(look, said, body) -> None:
    assert said(look({"package.json": scripts(dev=body)}), "start") == ["npm run dev"]


def test_the_site_of_the_documents_is_not_the_program(look, said) -> None:
    site = {"website/package.json": scripts(start="docusaurus start"), "website/yarn.lock": ""}
    makefile = {"docs/Makefile": "serve:\n\tsphinx-autobuild . _build\n"}
    program = {"pyproject.toml": '[project]\nname = "a"\n', "a.py": "x = 1\n"}

    assert said(look({**program, **site, **makefile}), "start") == []


def test_where_the_site_is_everything_it_starts(look, said) -> None:
    site = {"website/package.json": scripts(start="next dev"), "website/yarn.lock": ""}

    assert said(look(site), "start") == ["[website] yarn start"]


def test_databases_for_tests_are_not_the_project(look, said) -> None:
    page = {"CONTRIBUTING.md": "```sh\ndocker compose up -d\n```\n", "go.mod": "module a\n"}
    stores = "services:\n  db:\n    image: postgres:17\n"

    assert said(look({**page, "compose.yaml": stores}), "start") == []
    built = stores + "  app:\n    build: .\n"
    assert said(look({**page, "compose.yaml": built}), "start") == ["docker compose up -d"]


def test_a_target_that_starts_databases_alone_does_not_start_the_project(look, said) -> None:
    makefile = {"Makefile": "up:\n\tdocker-compose up -d\n", "go.mod": "module a\n"}
    stores = "services:\n  v:\n    image: hashicorp/vault\n"

    assert said(look({**makefile, "Dockerfile": "", "compose.yaml": stores}), "start") == []
    built = stores + "  app:\n    build: .\n"
    assert said(look({**makefile, "compose.yaml": built}), "start") == ["make up"]


@pytest.mark.parametrize(
    "line",
    [
        *("docker compose up -d", "./manage.py runserver", "rails s", "docker build -t mine ."),
        *(r"dotnet run --project .\benchmarks\A", "cargo run -- search --a-flag"),
    ],
)
def test_a_page_shows_its_users_files_that_are_not_here(look, said, line) -> None:
    manifests = {
        "Cargo.toml": '[package]\nname = "a"\n',
        "pyproject.toml": "",
        "Gemfile": "gem 'a'\n",
    }
    page = {"a.csproj": "<Project/>", "CONTRIBUTING.md": f"```\n{line}\n```\n"}
    facts = look({**manifests, **page})

    assert said(facts, "start") == [] and line not in said(facts, "build")


@pytest.mark.parametrize(
    "body", ["git checkout 2.5.3", "sudo npm install -g a", "curl -L a.sh | bash"]
)
def test_what_throws_work_away_is_no_everyday_command(look, said, workflow, body) -> None:
    files = {"package.json": scripts(setup=f"{body} && npm ci"), "package-lock.json": "{}"}
    ci = {".github/workflows/ci.yml": workflow("npm ci")}

    assert said(look({**files, **ci}), "install") == ["npm ci"]


def test_an_example_or_half_a_command_starts_nothing(look, said) -> None:
    files = {"go.mod": "module a\n", "main.go": "package main\n", "Cargo.toml": "[package]\n"}
    page = {"README.md": "# A\n\nSome `go run`.\n\n```sh\ncargo run --example a\n```\n"}

    assert said(look({**files, **page}), "start") == []


def test_a_server_that_tests_talk_to_is_not_the_program(look, said) -> None:
    rule = "start-server:\n\tPID=$(shell ps axo pid | head -1)\n\tnode tests/server.js &\n"
    files = {"composer.json": '{"name": "a/a"}', "a.php": "<?php\n", "tests/server.js": ""}

    assert said(look({**files, "Makefile": rule}), "start") == []
    real = rule.replace("tests/", "")
    assert said(look({"server.js": "", "Makefile": real}), "start") == ["make start-server"]


def test_a_folder_beside_the_documents_is_not_the_program(look, said) -> None:
    files = {"composer.json": '{"name": "a/a"}', "docs-assets/app/composer.json": '{"name": "b"}'}
    app = {"docs-assets/app/artisan": "", "docs-assets/app/composer.lock": "{}"}

    assert said(look({**files, **app}), "start") == []
