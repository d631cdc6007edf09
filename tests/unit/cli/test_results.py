"""Outputs as real JSON."""

from typing import Any

import pytest

from ghcr_action.cli import results

DOCUMENT = {
    "digest": ("sha256:ab", "sha256:ab"),
    "digests": ('{"linux/amd64": "sha256:ab"}', {"linux/amd64": "sha256:ab"}),
    "images": ("a@b\nc@d", ["a@b", "c@d"]),
    "labels": ("a=b=c\nd=", {"a": "b=c", "d": ""}),
    "annotations": ("a=b", ["a=b"]),
    "pushed": ("true", True),
    "logout": ("false", False),
    "size": ("2345", 2345),
    "freed": ("many", "many"),
    "cache-hit-ratio": ("0.50", 0.5),
    "json": ("[1]", [1]),
    "deleted": ("[", "["),
    "plan": ('{"a": 1}', {"a": 1}),
    "new-one": ('["x"]', ["x"]),
    "tags": ("a:1\na:2", ["a:1", "a:2"]),
}


@pytest.mark.parametrize(("name", "pair"), DOCUMENT.items(), ids=DOCUMENT)
def test_document__has_real_values(name: str, pair: tuple[str, Any]) -> None:
    text, value = pair

    assert results.document({name: text}) == {name: value}


def test_document__leaves_out_what_is_empty_or_gone() -> None:
    given = {"reason": "", "metadata-file": "/tmp/x", "bake-file-tags": "/tmp/y"}

    assert results.document(given) == {}
