"""Warnings of Dockerfile checks, well-formed and not."""

import base64
from typing import Any

import pytest

from ghcr_action.buildx.checks import BuildWarning


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WHOLE = {
    "vertex": "sha256:x",
    "level": 1,
    "short": packed("FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 4)"),
    "detail": [packed("The 'as' keyword should match"), packed("the case of the 'from' keyword")],
    "url": "https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
    "sourceInfo": {"filename": "Dockerfile", "data": ""},
    "range": [{"start": {"line": 4}, "end": {"line": 6}}, {"start": {"line": 9}}],
}
DECODED = {
    "whole": (
        WHOLE,
        BuildWarning(
            text="'as' and 'FROM' keywords' casing do not match",
            rule="FromAsCasing",
            detail="The 'as' keyword should match the case of the 'from' keyword",
            url="https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
            file="Dockerfile",
            line=4,
            end_line=6,
        ),
    ),
    "no-rule": ({"short": packed("something is odd")}, BuildWarning(text="something is odd")),
    "no-line": ({"short": packed("Rule: text")}, BuildWarning(text="text", rule="Rule")),
    "colon-that-is-no-rule": (
        {"short": packed("the file: odd")},
        BuildWarning(text="the file: odd"),
    ),
    "two-lines": (
        {"short": packed("Rule: a\nb (line 2)\n")},
        BuildWarning(text="a\nb", rule="Rule"),
    ),
    "range-without-end": (
        {"short": packed("x"), "range": [{"start": {"line": 3}}]},
        BuildWarning(text="x", line=3, end_line=3),
    ),
    "range-with-empty-end": (
        {"short": packed("x"), "range": [{"start": {"line": 3}, "end": {}}]},
        BuildWarning(text="x", line=3, end_line=3),
    ),
    "range-empty": ({"short": packed("x"), "range": []}, BuildWarning(text="x")),
    "range-null": ({"short": packed("x"), "range": None}, BuildWarning(text="x")),
    "range-of-words": (
        {"short": packed("x"), "range": [{"start": {"line": "four"}}]},
        BuildWarning(text="x"),
    ),
    "range-of-texts": (
        {"short": packed("x"), "range": [{"start": {"line": 1}, "end": "2"}]},
        BuildWarning(text="x"),
    ),
    "nothing": ({}, BuildWarning(text="")),
    "wrong-types": (
        {"short": 1, "detail": "x", "url": 2, "sourceInfo": [], "range": {}},
        BuildWarning(text=""),
    ),
    "not-base64": ({"short": "%%%", "detail": [None]}, BuildWarning(text="")),
    "not-ascii": ({"short": "✓"}, BuildWarning(text="")),
    "file-of-wrong-type": (
        {"short": packed("x"), "sourceInfo": {"filename": 1}},
        BuildWarning(text="x"),
    ),
}


@pytest.mark.parametrize(("document", "warning"), DECODED.values(), ids=DECODED)
def test_warning__decoded(document: dict[str, Any], warning: BuildWarning) -> None:
    assert BuildWarning.decode(document) == warning
