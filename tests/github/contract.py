"""GitHub's own descriptions of its API, as published for npm: what a call and an answer look like.

`make schemas` puts them into `.venv/github`. Both are read once for a process.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import graphql
import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FOLDER = Path(__file__).parents[2] / ".venv" / "github"
SPEC = "urn:github"
UNMODELLED = "https://api.github.com/unmodelled"
# What an answer says where the double has no state for a required property.
_FILL = {"integer": 0, "number": 0, "boolean": False, "array": [], "string": "unmodelled"}
_FORMATS = {"uri": UNMODELLED, "date-time": "2026-01-01T00:00:00Z"}


def _text(name: str) -> str:
    path = FOLDER / name
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip("GitHub's API descriptions are not here: make schemas")
    return path.read_text("utf-8")


@functools.cache
def graphql_schema() -> graphql.GraphQLSchema:
    """GitHub's GraphQL schema."""
    return graphql.build_schema(_text("schema.graphql"), assume_valid=True, no_location=True)


@functools.cache
def rest() -> Contract:
    """GitHub's description of its REST API."""
    return Contract(json.loads(_text("api.github.com.json")))


class Contract:
    """An OpenAPI description: checks requests, completes and checks answers."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        resource: Resource[Any] = DRAFT4.create_resource(spec)
        self._registry: Registry[Any] = Registry().with_resource(SPEC, resource)

    def operation(self, method: str, template: str) -> dict[str, Any]:
        """The operation, or KeyError."""
        found: dict[str, Any] = self.spec["paths"][template][method.lower()]
        return found

    def parameters(self, operation: dict[str, Any], place: str) -> dict[str, Any]:
        """Name → schema of its parameters in `query` or `path`."""
        every = [self.deref(one) for one in operation.get("parameters", [])]
        return {one["name"]: one["schema"] for one in every if one["in"] == place}

    def request_faults(
        self, operation: dict[str, Any], query: dict[str, str], body: object
    ) -> list[str]:
        """What GitHub's description does not allow in a request. Stricter than GitHub in one
        point: what it does not describe, it would silently ignore.
        """
        known = self.parameters(operation, "query")
        found = [f"query {name}: unknown" for name in query.keys() - known.keys()]
        for name in query.keys() & known.keys():
            value = _typed(query[name], self.deref(known[name]))
            found += self.faults(value, known[name], f"query {name}")
        content = self.deref(operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if body is None:
            required = self.deref(operation.get("requestBody", {})).get("required", False)
            return [*found, *(["no body"] if required and schema else [])]
        if schema is None:
            return [*found, "a body where there is none"] if body else found
        return found + self.faults(body, schema, "body") + self._unknown(body, schema)

    def answer_schema(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        """The schema of what it answers with a status, None if there is nothing in it."""
        answer = self.deref(operation["responses"][str(status)])
        for kind, content in answer.get("content", {}).items():
            if "json" in kind:
                found: dict[str, Any] = content["schema"]
                return found
        return None

    def faults(self, data: object, schema: dict[str, Any], place: str) -> list[str]:
        """What in the data breaks a schema."""
        return [f"{place}: {one.json_path}: {one.message}" for one in self._errors(data, schema)]

    def complete(self, data: Any, schema: dict[str, Any]) -> Any:
        """The data with each required property that it lacks; AssertionError if it has one that
        the schema does not know.
        """
        schema = self.deref(schema)
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self._one_of(data, schema[word])
        if isinstance(data, list):
            return [self.complete(one, schema.get("items", {})) for one in data]
        if not isinstance(data, dict):
            return data
        properties, required = self._properties(schema)
        if properties and not schema.get("additionalProperties"):
            assert not data.keys() - properties.keys(), data.keys() - properties.keys()
        missing = {name: self._filled(properties.get(name, {})) for name in required - data.keys()}
        given = {name: self.complete(one, properties.get(name, {})) for name, one in data.items()}
        return given | missing

    def deref(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What a reference stands for."""
        while "$ref" in schema:
            found: Any = self.spec
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        return schema

    def _errors(self, data: object, schema: dict[str, Any]) -> list[Any]:
        resolver = self._registry.resolver(SPEC)
        validator = OAS30Validator(schema, registry=self._registry, _resolver=resolver)
        return list(validator.iter_errors(data))

    def _one_of(self, data: Any, schemas: list[dict[str, Any]]) -> Any:
        for schema in schemas:
            try:
                candidate = self.complete(data, schema)
            except AssertionError:
                continue
            if not self._errors(candidate, schema):
                return candidate
        raise AssertionError(f"none of {len(schemas)} schemas fits {data}")

    def _properties(self, schema: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        properties, required = dict(schema.get("properties", {})), set(schema.get("required", []))
        for one in schema.get("allOf", []):
            more, needed = self._properties(self.deref(one))
            properties, required = properties | more, required | needed
        return properties, required

    def _filled(self, schema: dict[str, Any]) -> Any:
        schema = self.deref(schema)
        # The validator lets nothing be null where one of several schemas has to hold.
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                return self._filled(schema[word][0])
        if schema.get("nullable"):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "object" or "properties" in schema:
            return self.complete({}, schema)
        return _FORMATS.get(schema.get("format", "")) or _FILL.get(schema.get("type", ""))

    def _unknown(self, body: object, schema: dict[str, Any]) -> list[str]:
        schema = self.deref(schema)
        if not isinstance(body, dict) or schema.get("additionalProperties"):
            return []
        properties, _ = self._properties(schema)
        for one in schema.get("anyOf", []) + schema.get("oneOf", []):
            properties |= self._properties(self.deref(one))[0]
        found = [f"body {name}: unknown" for name in body.keys() - properties.keys() if properties]
        for name in body.keys() & properties.keys():
            found += self._unknown(body[name], properties[name])
        return found


def _typed(text: str, schema: dict[str, Any]) -> object:
    """A value of a query, which is always text, as its schema means it."""
    if schema.get("type") == "integer" and text.lstrip("-").isdigit():
        return int(text)
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
