"""A project's name and what it is, from READMEs as people write them."""

from __future__ import annotations

import pytest

from bootstrap.facts import readme

TITLES = (
    ("# Order *Service*\n", "Order Service"),
    ("Order\n=====\n\nText.\n", "Order"),
    ("=====\nOrder\n=====\n", "Order"),
    ("= Order\n:toc:\n", "Order"),
    ("<h1 align='center'>\n  <img src='a.png'>\n  Order\n</h1>\n", "Order"),
    ("# Order -- orders for everyone\n", "Order"),
    ("# Welcome to the Order Service\n", "Order Service"),
    ("# acme/order:19.2.0\n", "acme/order"),
    ("# order = take + bring\n", "order"),
    ("---\ntitle: x\n---\n<!-- # No -->\n# Order\n", "Order"),
    ('<p><img src="logo.svg" alt="Order logo"></p>\n\n## Features\n', "Order"),
    ("[![CI](https://a/badge.svg)](b)\n\n![Order](a.png)\n\nText.\n", "Order"),
    ("> A sponsor says hello, and a lot more than that.\n\n# Order\n", "Order"),
    ("# DISCLAIMER\n\nNobody maintains this.\n\n# Order\n", "Order"),
)
NO_TITLES = (
    "```sh\n# install it\n```\n",
    "## Contributing\n\n# Order\n",
    "# What is Order?\n",
    "# DISCLAIMER\n",
    "# Order is in maintenance mode\n",
    "# https://example.com/order\n",
    "# A safe, extensible thing\n",
    "[![Build Status](https://img.shields.io/a)](b)\n",
)
SUMMARIES = (
    (
        "# DISCLAIMER\n\n**Nobody maintains this any more, use B.**\n\n# A\n\nIt takes all the orders.\n",
        "It takes all the orders.",
    ),
    (
        (
            "# A\n\nWelcome to A.\n\n# Table of Contents\n\n- [What](#what)\n\n# What is A?\n\n"
            "It takes all the orders.\n\n# Use\n"
        ),
        "It takes all the orders.",
    ),
    (
        (
            "# Images for the whole Order Server\n\nThe project is made possible by volunteers.\n\n"
            "These images come with tags.\n"
        ),
        "Images for the whole Order Server",
    ),
    (
        "# A\n\nThis repository is no longer supported, see B.\n\nIt takes all the orders.\n",
        "It takes all the orders.",
    ),
    ("# A\n\n> Takes orders and\n> brings them. More.\n", "Takes orders and brings them."),
    (
        "Special thanks to:\nOthers, who sell. So much.\n\nIt takes all the orders.\n",
        "It takes all the orders.",
    ),
    (
        "# A\n\nStill on A 1? A 2 is out, and faster.\n\nIt takes all the orders.\n",
        "It takes all the orders.",
    ),
    ("# A\n\nWelcome to the service! It takes all the orders.\n", "It takes all the orders."),
    (
        "# A\n\n[b]: https://a.example/x\n[![x][b]][b]\n\nTakes all the orders.\n",
        "Takes all the orders.",
    ),
    (
        "# A\n\nCopyright (c) 2015 by somebody.\n\nTakes *all* orders &amp; more.\n",
        "Takes all orders & more.",
    ),
    ("# A\n\nExporter for \\*NIX kernels.\n", "Exporter for *NIX kernels."),
    (
        "A\n=\n\n- a list item that is long\n  and goes on\n\nTakes all the orders.\n",
        "Takes all the orders.",
    ),
    ("# A\n\n## About\n\nTakes all the orders.\n", "Takes all the orders."),
    (
        "A\n=\n\n.. image:: a.png\n   :alt: b\n\nTakes `orders <b>`_ for all.\n",
        "Takes orders for all.",
    ),
)


@pytest.mark.parametrize(("text", "title"), TITLES)
def test_the_title_is_the_first_heading_or_the_words_of_the_logo(text: str, title: str) -> None:
    found = readme.title(readme.parts(text))

    assert found is not None
    assert found.text == title


@pytest.mark.parametrize("text", NO_TITLES)
def test_sections_code_sentences_and_badges_are_no_title(text: str) -> None:
    assert readme.title(readme.parts(text)) is None


@pytest.mark.parametrize(("text", "said"), SUMMARIES)
def test_the_summary_is_the_first_sentence_that_says_what_it_is(text: str, said: str) -> None:
    found = readme.summary(readme.parts(text))

    assert found is not None
    assert found.text == said


def test_what_stands_below_the_installation_describes_nothing() -> None:
    text = "# A\n\n## Installation\n\nRun the installer and wait for it.\n"

    assert readme.summary(readme.parts(text)) is None


def test_a_name_that_only_says_root_is_passed_over(look, folder) -> None:
    assert look({"package.json": '{"name": "monorepo"}'}).name.value == folder.name


def test_the_manifest_of_the_primary_language_describes_the_project(look) -> None:
    files = {
        "package.json": '{"description": "The JavaScript client."}',
        "mix.exs": '  app: :a,\n  description: "Peace of mind."\n',
        **{f"lib/{number}.ex": "" for number in range(5)},
    }
    said = look(files).description

    assert said is not None
    assert said.value == "Peace of mind."


def test_a_linked_readme_is_read_where_it_leads(look, folder) -> None:
    (folder / "README.md").symlink_to("core/README.md")
    facts = look({"core/README.md": "# Order\n"})

    assert facts.name.value == "Order"
    assert facts.name.evidence[0].path == "core/README.md"


def test_a_description_of_several_lines_is_read_from_its_first(look) -> None:
    mix = 'description: """\n      Takes all orders.\n      """\n'

    facts = look({"mix.exs": f"      {mix}", "lib/a.ex": ""})
    assert facts.description is not None
    assert facts.description.value == "Takes all orders."
