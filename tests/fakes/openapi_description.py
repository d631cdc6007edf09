"""GitHub's published OpenAPI description, as far as ``scripts/openapi-extract`` cut it out: checks
messages and makes examples."""

import json
import re
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema

FILE = Path(__file__).parent / "openapi" / "github.json"
UNDOCUMENTED_QUERY = {"page", "per_page", "state"}
"""Taken by the versions of a user's package in practice, though the description does not list
them."""


class Description:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    @cached_property
    def _routes(self) -> list[tuple[str, re.Pattern[str], str]]:
        routes = []
        for name in self._document["operations"]:
            verb, path = name.split(" ")
            routes.append((verb, re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), name))
        return routes

    def route(self, verb: str, path: str) -> tuple[str, tuple[str, ...]] | None:
        """The operation that a request means and the raw path segments it names."""
        for known, pattern, name in self._routes:
            if known == verb and (found := pattern.fullmatch(path)):
                return name, found.groups()
        return None

    def wrong_request(self, name: str, query: set[str], body: Any) -> list[str]:
        """What the description does not allow in a request."""
        operation = self._document["operations"][name]
        unknown = query - set(operation["query"]) - UNDOCUMENTED_QUERY
        wrong = [f"{name}: undescribed query {each!r}" for each in sorted(unknown)]
        return wrong + (
            self._wrong(f"{name} request", operation["request"], body)
            if operation["request"]
            else []
        )

    def wrong_answer(self, name: str | None, status: int, document: Any) -> list[str]:
        """What the description does not allow in an answer; an error without a description of its
        own is a ``basic-error``."""
        answers = self._document["operations"][name]["answers"] if name else {}
        if str(status) not in answers:
            if status < 400:
                return [f"{name}: undescribed status {status}"]
            return self._wrong(f"{name} {status}", {"$ref": "#/$defs/basic-error"}, document)
        expected = answers[str(status)]
        if expected is None:
            return [] if document is None else [f"{name} {status}: a body where there is none"]
        return self._wrong(f"{name} {status}", expected, document)

    def example(self, name: str) -> dict[str, Any]:
        """The least that the schema of this name requires, every value empty, zero or null."""
        example: dict[str, Any] = self._example(self._document["$defs"][name] | {"type": "object"})
        return example

    def _wrong(self, subject: str, schema: dict[str, Any], document: Any) -> list[str]:
        errors = self._validator(json.dumps(schema)).iter_errors(document)
        return [f"{subject}: {error.json_path}: {error.message[:200]}" for error in errors]

    @cache  # noqa: B019  one description for the whole run
    def _validator(self, schema: str) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator(
            {**json.loads(schema), "$defs": self._document["$defs"]}
        )

    def _example(self, schema: dict[str, Any]) -> Any:  # noqa: PLR0911  one return for each kind of schema
        if "$ref" in schema:
            return self._example(self._document["$defs"][schema["$ref"].removeprefix("#/$defs/")])
        if "enum" in schema:
            return schema["enum"][0]
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return None if {"type": "null"} in options else self._example(options[0])
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            return None
        if kind == "string":
            return {"uri": "https://github.invalid/", "date-time": "2026-01-02T03:04:05Z"}.get(
                schema.get("format", ""), ""
            )
        if kind == "object":
            properties = schema.get("properties", {})
            return {
                name: self._example(properties.get(name, {})) for name in schema.get("required", ())
            }
        return {"integer": 0, "number": 0, "boolean": False, "array": []}[kind]


@cache
def description() -> Description:
    return Description(json.loads(FILE.read_text(encoding="utf-8")))
