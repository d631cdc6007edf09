"""Which texts are versions, and what the expressions of a version give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.metadata import yields
from ghcr_action.values import version as versions

SEMVER = {
    "plain": ("1.2.3", "1.2.3", False),
    "v": ("v1.2.3", "1.2.3", False),
    "blanks": (" v1.2.3 ", "1.2.3", False),
    "pre-release": ("1.2.3-rc.1", "1.2.3-rc.1", True),
    "pre-release with dashes": ("1.2.3--x-1", "1.2.3--x-1", True),
    "pre-release of zeros and letters": ("1.2.3-00a", "1.2.3-00a", True),
    "build": ("1.2.3+001", "1.2.3", False),
    "pre-release and build": ("1.2.3-a+b.c", "1.2.3-a", True),
}


@pytest.mark.parametrize(("text", "version", "is_prerelease"), SEMVER.values(), ids=SEMVER)
def test_semver__reads(text: str, version: str, is_prerelease: bool) -> None:
    found = versions.read(text)

    assert found is not None
    assert (found[0]["version"], found[0]["raw"], found[1]) == (version, text, is_prerelease)


def test_semver__values() -> None:
    assert versions.read("v1.2.3-beta.4+x.5") == (
        {
            "major": "1",
            "minor": "2",
            "patch": "3",
            "raw": "v1.2.3-beta.4+x.5",
            "version": "1.2.3-beta.4",
            "prerelease": "beta,4",
            "build": "x,5",
        },
        True,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v",
        "vv1.2.3",
        "V1.2.3",
        "=1.2.3",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3-ä",
        "1.2.3+a b",
        "1.2.x",
        "-1.2.3",
        "٣.1.1",
        "9007199254740992.0.0",
        f"1.2.3-{'a' * 256}",
    ],
)
def test_semver__refuses(text: str) -> None:
    assert versions.read(text) is None


@given(
    st.integers(0, 2**53 - 1), st.integers(0, 99), st.integers(0, 99), st.sampled_from(["", "v"])
)
def test_semver__numbers(major: int, minor: int, patch: int, lead: str) -> None:
    found = versions.read(f"{lead}{major}.{minor}.{patch}")

    assert found is not None
    assert (found[0]["major"], found[0]["minor"], found[0]["patch"], found[1]) == (
        str(major),
        str(minor),
        str(patch),
        False,
    )


@given(st.text())
def test_semver__answers(text: str) -> None:
    found = versions.read(text)

    assert found is None or found[0]["raw"] == text


def test_pep440__values() -> None:
    assert yields.read_pep440("v1.2.3-RC.4") == (
        {"raw": "v1.2.3-RC.4", "version": "1.2.3rc4", "major": "1", "minor": "2", "patch": "3"},
        True,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.0", False), ("1.0a1", True), ("1.0.dev1", True), ("1.0.post1", True), ("1!1.0+x", False)],
)
def test_pep440__pre_post_and_development_releases(text: str, expected: bool) -> None:
    found = yields.read_pep440(text)

    assert found is not None
    assert found[1] is expected


@pytest.mark.parametrize("text", ["", "x", "1.0-x-y", "a/1.0", "1.0.*"])
def test_pep440__refuses(text: str) -> None:
    assert yields.read_pep440(text) is None
