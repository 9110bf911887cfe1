"""Hooks, agents, containers, owners, branches, documents."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bootstrap.facts import document, read
from bootstrap.repo import Repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("path", "manager", "where"),
    [
        (".pre-commit-config.yaml", "pre-commit", ".pre-commit-config.yaml"),
        ("prek.toml", "pre-commit", "prek.toml"),
        (".husky/pre-commit", "husky", ".husky"),
        ("lefthook.yml", "lefthook", "lefthook.yml"),
        (".lefthook.toml", "lefthook", ".lefthook.toml"),
        (".git-hooks/pre-commit", "custom-hooks-dir", ".git-hooks"),
        ("githooks/pre-push", "custom-hooks-dir", "githooks"),
    ],
)
def test_the_manager_of_hooks_is_known_by_its_files(look, path, manager, where) -> None:
    facts = look({path: "repos: []\n"})

    assert [fact.value for fact in facts.hooks] == [manager]
    assert facts.hooks_path == where


def test_a_hooks_folder_in_the_configuration_of_git_rules(look, folder: Path) -> None:
    subprocess.run(["git", "config", "core.hooksPath", "ci/hooks"], cwd=folder, check=True)
    facts = look({".pre-commit-config.yaml": "repos: []\n", "ci/hooks/pre-commit": "#!/bin/sh\n"})

    assert [fact.value for fact in facts.hooks] == ["custom-hooks-dir", "pre-commit"]
    assert facts.hooks_path == "ci/hooks"


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (
            {"Makefile": "a:\n\tgit config core.hooksPath build/h\n", "build/h/pre-push": ""},
            "build/h",
        ),
        ({"tools/git-hooks/commit-msg": "#!/bin/sh\n"}, "tools/git-hooks"),
    ],
)
def test_a_folder_of_hooks_of_any_name_is_found(look, files, where: str) -> None:
    facts = look(files)

    assert [fact.value for fact in facts.hooks] == ["custom-hooks-dir"]
    assert facts.hooks_path == where


def test_a_sample_of_a_hook_is_no_hook(look) -> None:
    assert look({"custom-hooks/pre-push.sample": "#!/bin/sh\n"}).hooks == ()


def test_dev_containers_are_found_in_every_place(look) -> None:
    places = (
        ".devcontainer/devcontainer.json",
        ".devcontainer.json",
        ".devcontainer/gpu/devcontainer.json",
    )
    facts = look({**dict.fromkeys(places, "{}"), "a/.devcontainer/devcontainer.json": "{}"})

    assert facts.devcontainers == places


def test_agent_files_keep_their_letter_case_and_links(look, folder: Path) -> None:
    (folder / "CLAUDE.md").symlink_to("agents.md")
    files = {"agents.md": "x\n", ".cursor/rules/a.mdc": "x\n", "api/AGENTS.md": "x\n"}

    found = look(files).agent_files
    assert found == (".cursor/", "CLAUDE.md", "agents.md", "nested-AGENTS")


def test_the_template_of_pull_requests_is_found_in_any_letter_case(look) -> None:
    path = ".github/PULL_REQUEST_TEMPLATE.MD"

    assert look({path: "x\n"}).pr_templates == (path,)


def test_the_code_owners_that_rule_come_first(look) -> None:
    facts = look({"CODEOWNERS": "* @a\n", ".github/CODEOWNERS": "* @b\n"})

    assert facts.codeowners == (".github/CODEOWNERS", "CODEOWNERS")


def test_the_default_branch_is_the_head_of_origin(look, folder: Path) -> None:
    facts = look({"a": ""})
    assert facts.default_branch is not None
    assert facts.default_branch.value == "main"

    refs = folder / ".git/refs/remotes/origin"
    refs.mkdir(parents=True)
    (refs / "HEAD").write_text("ref: refs/remotes/origin/12.x\n")
    again = read(Repo.open(folder)).default_branch
    assert again is not None
    assert again.value == "12.x"


@pytest.mark.parametrize(
    ("path", "generator"),
    [
        ("mkdocs.yml", "mkdocs"),
        ("docs/conf.py", "sphinx"),
        ("docs/_config.yml", "jekyll"),
        ("docs/.vitepress/config.ts", "vitepress"),
        ("docusaurus.config.js", "docusaurus"),
        ("docs/hugo.toml", "hugo"),
    ],
)
def test_a_site_that_publishes_docs_is_named(look, path: str, generator: str) -> None:
    site = look({path: "", "docs/index.md": "x\n"}).docs_site

    assert site is not None
    assert site.value == generator


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/package.json", "{}"),
        ("docs/source.config.ts", ""),
        ("docs/next.config.mjs", ""),
        ("docs/index.md", "---\npageType: home\n---\n"),
        ("docs/index.mdx", "---\ntitle: A\nhero:\n  text: A\n---\n"),
    ],
)
def test_docs_with_the_files_of_a_site_are_published(look, path: str, text: str) -> None:
    assert look({path: text}).docs_site is not None


def test_a_title_in_the_front_matter_makes_no_site(look) -> None:
    assert look({"docs/index.md": "---\ntitle: A\n---\nlayout: x\n"}).docs_site is None


def test_a_folder_of_husky_without_a_hook_manages_none(look) -> None:
    assert look({".husky/.gitignore": "_\n"}).hooks == ()


@pytest.mark.parametrize(
    "line",
    [
        "[![GoDoc Widget]][GoDoc] [![Build][badge]][ci]",
        "[Learn more about the stacks of this](https://a.example/).",
        "![a very long picture of the thing](x.png)",
        "",
    ],
)
def test_badges_and_links_alone_describe_nothing(look, line: str) -> None:
    readme = f"# A\n\n{line}\n\n__Migrations of [databases](x), in _Go_. Use it.__\n"
    said = look({"README.md": readme}).description

    assert said is not None
    assert said.value == "Migrations of databases, in Go."


def test_docs_that_nothing_publishes_have_no_site(look) -> None:
    assert look({"docs/index.md": "x\n", "src/conf.py": ""}).docs_site is None


@pytest.mark.parametrize(
    ("path", "text", "tool"),
    [
        ("REUSE.toml", "version = 1\n", "reuse"),
        ("licenserc.toml", "", "hawkeye"),
        ("Makefile", "check:\n\taddlicense -check .\n", "addlicense"),
        ("pom.xml", "<artifactId>apache-rat-plugin</artifactId>", "apache-rat"),
        ("Makefile", "license-check:\n\tgrep -L Copyright *.go\n", "make license-check"),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - python tools/check_boilerplate.py\n",
            "check_boilerplate",
        ),
    ],
)
def test_a_demand_for_licence_headers_is_found(look, path: str, text: str, tool: str) -> None:
    policy = look({path: text}).license_headers

    assert policy is not None
    assert policy.value == tool


@pytest.mark.parametrize(
    ("files", "ports"),
    [
        ({"package.json": '{"scripts": {\n"dev": "next dev -p 4001"}}'}, [4001]),
        ({"vite.config.ts": "server: {\n  port: 8010,\n}\n"}, [8010]),
        ({"README.md": "Open http://localhost:8123\n"}, [3000]),
        ({"compose.yml": "services:\n  db:\n    image: a\n    ports: ['8081:80']\n"}, [3000]),
    ],
)
def test_the_first_place_that_names_a_port_is_believed_alone(look, files, ports) -> None:
    start = {"package.json": '{"scripts": {"dev": "next dev"}}'}

    assert [fact.value for fact in look({**start, **files}).ports] == ports


def test_ports_of_databases_debuggers_and_comments_are_nobodys(look) -> None:
    source = 'listen("0.0.0.0:5432")\n// listen(":9999")\nlisten("0.0.0.0:9229")\nlisten(":8085")\n'
    facts = look({"package.json": '{"scripts": {"start": "node server.js"}}', "server.js": source})

    assert [fact.value for fact in facts.ports] == [8085]


def test_the_queue_of_a_socket_is_no_port(look) -> None:
    makefile = {"Makefile": "run:\n\tcargo run\n", "Cargo.toml": '[package]\nname = "a"\n'}
    source = 'socket.listen(1024)?;\nlet address = "0.0.0.0:8087";\n'

    assert [fact.value for fact in look({**makefile, "src/main.rs": source}).ports] == [8087]


def test_the_port_of_a_database_beside_the_program_is_not_its_own(look) -> None:
    package = {"package.json": '{"scripts": {"start": "node server.js"}}'}
    stores = "services:\n  v:\n    image: hashicorp/vault\n    ports: ['8200:8200']\n"

    assert look({**package, "compose.yml": stores}).ports == ()


def test_addresses_count_in_the_section_that_starts_the_program(look) -> None:
    readme = "# A\n\n## Tracing\n\nhttp://localhost:9411\n\n## Running\n\nhttp://localhost:8086\n"
    package = '{"scripts": {"start": "node server.js"}}'
    facts = look({"package.json": package, "server.js": "", "README.md": readme})

    assert [fact.value for fact in facts.ports] == [8086]


def test_what_starts_nothing_has_no_port(look) -> None:
    assert look({"README.md": "See http://localhost:8080\n"}).ports == ()


def test_a_manifest_that_holds_a_place_says_nothing(look) -> None:
    gem = 'x.summary = "This is a placeholder gem to prevent namesquatting"\n'
    facts = look({"a.gemspec": gem, "README.md": "# A\n\nIt takes all the orders.\n"})

    assert facts.description
    assert facts.description.value == "It takes all the orders."


def test_name_and_description_come_from_title_and_manifest(look) -> None:
    package = '{\n  "name": "order-svc",\n  "description": "Takes orders."\n}'
    facts = look({"package.json": package, "README.md": "![b](x.svg)\n\n# Order Service\n"})

    assert facts.name.value == "Order Service"
    assert facts.name.evidence[0].line == 3
    assert facts.description is not None
    assert facts.description.value == "Takes orders."
    assert facts.description.evidence[0].line == 3


def test_the_document_has_every_key_and_its_evidence(look) -> None:
    made = document(look({"Makefile": "\nlint:\n\teslint .\n", "package.json": "{}"}))

    assert made["commands"]["lint"] == [
        {"cmd": "make lint", "dir": ".", "found": True, "writes": False}
    ]
    assert made["commands"]["test"] == []
    assert made["evidence"]["commands.lint: make lint"] == ["Makefile:2"]
    assert made["task_runners"] == ["make"]
    keys = "languages package_managers monorepo components default_branch ci hooks devcontainer"
    keys += " agent_files codeowners pr_template task_runners ports commands evidence"
    assert set(keys.split()) <= set(made)


@pytest.mark.parametrize("part", ["_layouts/a.html", "_posts/a.md"])
def test_jekyll_in_the_root_publishes_every_folder(look, part: str) -> None:
    assert look({"_config.yml": "title: a\n"}).docs_site is None
    assert look({part: "a\n"}).docs_site.value == "jekyll"
