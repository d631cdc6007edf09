"""Every sentence of promises.md stands on its page, and the tests that hold it are there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
_PROMISE = re.compile(r"^- (?P<sentence>.+)\n  (?P<tests>`.+`)$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
PAGES = re.compile(r"^## (?P<page>\S+)\n(?P<promises>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
LISTED = PAGES.findall((TESTS / "promises.md").read_text())


def promises() -> Iterator[Any]:
    for page, text in LISTED:
        for found in _PROMISE.finditer(text):
            name = f"{page}: {found['sentence'][:60]}"
            yield pytest.param(page, found["sentence"], _TEST.findall(found["tests"]), id=name)


@pytest.mark.parametrize(("page", "sentence", "tests"), list(promises()))
def test_promise__is_made_and_held(page: str, sentence: str, tests: list[tuple[str, str]]) -> None:
    said = " ".join((TESTS.parent / page).read_text().split())

    assert sentence in said
    assert tests
    for file, name in tests:
        assert f"def {name}(" in (TESTS / file).read_text(), f"{file}::{name} is gone"


def test_promises__none_is_passed_over() -> None:
    """A line of another shape would be no test."""
    lines = sum(text.count("\n- ") for _, text in LISTED)

    assert len(list(promises())) == lines > 100


@pytest.mark.parametrize("page", ["building", "bake", "attestations", "promote", "cleanup"])
def test_promises__are_of_every_page_that_makes_many(page: str) -> None:
    assert f"docs/{page}.md" in {name for name, _ in LISTED}
