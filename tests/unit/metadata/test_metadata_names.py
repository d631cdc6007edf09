"""Tag names: valid ones, and those that move."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.values import tag
from ghcr_action.values.reference import Tag

SANITISED = {
    "letters, digits and marks stay": ("aZ0._-", "aZ0._-"),
    "slash": ("a/b", "a-b"),
    "run": ("a/@+b", "a-b"),
    "blank": ("a b", "a-b"),
    "unicode digits": ("a٣b", "a-b"),
    "ends": ("/a/", "-a-"),
    "empty": ("", ""),
    "line end": ("a\n", "a-"),
}


@pytest.mark.parametrize(("text", "expected"), SANITISED.values(), ids=SANITISED)
def test_sanitised__characters(text: str, expected: str) -> None:
    assert tag.sanitised(text) == expected


LONG = f"{'a' * 119}-{hashlib.sha256(b'a' * 200).hexdigest()[:8]}"
VALID = {
    "valid already": ("a", "a"),
    "dot": (".a", "_a"),
    "dash": ("-a", "_a"),
    "dash alone": ("-", "_"),
    "underscore": ("_a", "_a"),
    "two dots": ("..", "_."),
    "128": ("a" * 128, "a" * 128),
    "200": ("a" * 200, LONG),
}


@pytest.mark.parametrize(("name", "expected"), VALID.values(), ids=VALID)
def test_valid__name(name: str, expected: str) -> None:
    assert tag.valid(name) == expected


@given(st.text(min_size=1))
def test_valid__always_in_the_grammar(text: str) -> None:
    name = tag.valid(tag.sanitised(text))

    assert str(Tag.parse(name)) == name


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=120),
    st.sampled_from(["-a", "-b"]),
)
def test_valid__long_names_stay_apart(text: str, suffix: str) -> None:
    other = "-a" if suffix == "-b" else "-b"

    assert tag.valid(text + 10 * suffix) != tag.valid(text + 10 * other)


MOVING = [
    "latest",
    "foo-latest",
    "1",
    "v1",
    "1.2",
    "v1.2",
    "1.2-alpine",
    "2026",
    "2026.11",
    "edge",
    "nightly",
    "main",
    "topic-x",
    "pr-2",
]
MOVING += [
    "stable",
    "beef",
    "deadbee",
    "feedface-cafe",
    "release-1.2",
    "dependabot-npm_and_yarn-lodash",
    "1-bookworm",
]
FIXED = [
    "1.2.3",
    "v1.2.3",
    "1.2.3-rc.1",
    "1.2.3-alpine",
    "1.2.3.4",
    "2026.11.23",
    "1.2rc1",
    "1.0.post1",
    "1.0.dev2",
    "2.0-beta.1",
]
FIXED += [
    "sha-860c190",
    "860c1904a1ce19322e91ac35af1ab07466440c37",
    "main-860c190",
    "20260110",
    "nightly-20260110",
    "2026-01-10",
    "n-2026-01-10",
]


@pytest.mark.parametrize("name", MOVING)
def test_is_moving__true(name: str) -> None:
    assert tag.is_moving(name) is True


@pytest.mark.parametrize("name", FIXED)
def test_is_moving__false(name: str) -> None:
    assert tag.is_moving(name) is False
