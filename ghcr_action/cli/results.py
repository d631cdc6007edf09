"""Outputs as JSON has them: objects, lists, numbers and booleans, where a workflow has texts."""

import json
from collections.abc import Callable, Mapping
from typing import Any

_OBJECTS = ("digests", "metadata", "previous-digests", "plan", "labels", "changes", "bake-file")
_DOCUMENTS = ("json", "deleted", "kept", "failed")
_LINES = ("images", "tags", "tag-names", "annotations", "untagged")
_NUMBERS = ("size", "cache-hit-ratio", "freed")
_FILES = ("metadata-file", "bake-file")
"""They are gone when the command line ends."""


def document(outputs: Mapping[str, str]) -> dict[str, Any]:
    """Every output that has a value."""
    kept = {name: text for name, text in outputs.items() if not name.startswith(_FILES)}
    return {name: _READ.get(name, _found)(text) for name, text in kept.items() if text}


def _found(text: str) -> Any:
    """A text, and what is plainly a boolean or a document as that."""
    if text in ("true", "false"):
        return text == "true"
    return _parsed(text) if text.startswith(("{", "[")) else text


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _pairs(text: str) -> Any:
    """``key=value`` lines; a document, where one is given."""
    if text.startswith("{"):
        return _parsed(text)
    return {key: value for key, _, value in (line.partition("=") for line in text.splitlines())}


def _number(text: str) -> Any:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


_READ: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(_OBJECTS, _pairs),
    **dict.fromkeys(_DOCUMENTS, _parsed),
    **dict.fromkeys(_LINES, str.splitlines),
    **dict.fromkeys(_NUMBERS, _number),
}
