"""The feature flags of the starter services, by flagd's own schema."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.template import stacks

# flagd's own provider for Rust, which has the schema among its files.
CRATE, VERSION = "open-feature-flagd", "0.3.0"
Validate = Callable[[Any], None]


@pytest.fixture(scope="module")
def validate() -> Validate:
    """A function that refuses what flagd's schema refuses."""
    asked = ["cargo", "info", f"{CRATE}@{VERSION}"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    found = list(home.glob(f"registry/src/*/{CRATE}-{VERSION}/schemas/json"))
    if not found and not os.environ.get("CI"):
        pytest.skip(f"cargo does not bring {CRATE}: {done.stderr}")
    documents = [json.loads(path.read_text()) for path in sorted(found[0].glob("*.json"))]
    resources = [Resource(document, DRAFT7) for document in documents]
    registry = Registry().with_resources((one.id() or "", one) for one in resources)
    [schema] = [one for one in documents if one["$id"].endswith("/flags.json")]
    return Draft7Validator(schema, registry=registry).validate


@pytest.mark.parametrize("stack", stacks.names())
def test_the_flags_of_a_service_keep_to_the_schema_that_they_name(
    render: Callable[..., Path], validate: Validate, stack: str
) -> None:
    flags = json.loads((render(stacks=[stack]) / "flags.json").read_text())

    validate(flags)
    assert flags["$schema"] == "https://flagd.dev/schema/v0/flags.json"
    for key, wrong in {"state": "ON", "variants": {}}.items():
        broken = {"flags": {"warm-greeting": flags["flags"]["warm-greeting"] | {key: wrong}}}
        with pytest.raises(ValidationError):
            validate(broken)


def test_every_service_of_a_monorepo_has_flags_of_its_own(render: Callable[..., Path]) -> None:
    made = render(stacks=stacks.names())

    texts = [(made / stack / "flags.json").read_text() for stack in stacks.names()]
    assert len(set(texts)) == 1
    assert not (made / "flags.json").exists()


def test_a_repository_without_a_starter_application_gets_no_flags(
    render: Callable[..., Path],
) -> None:
    made = render(stacks=[], factors=[9])

    assert not list(made.rglob("flags.json"))
