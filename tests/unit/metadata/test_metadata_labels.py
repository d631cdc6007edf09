"""Labels and annotations: the standard keys, custom ones, their order, and the levels."""

import pytest

from ghcr_action.metadata import compute
from ghcr_action.values.event import Event, RepositoryFacts
from tests.unit.metadata import occasions as on

PREFIX = "org.opencontainers.image."
STANDARD = {
    f"{PREFIX}created": "2026-01-10T00:30:05.007Z",
    f"{PREFIX}description": "My first repository on GitHub!",
    f"{PREFIX}licenses": "MIT",
    f"{PREFIX}revision": on.SHA,
    f"{PREFIX}source": "https://github.com/octocat/Hello-World",
    f"{PREFIX}title": "hello-world",
    f"{PREFIX}url": "https://github.com/octocat/Hello-World",
    f"{PREFIX}version": "main",
}


def test_labels__standard() -> None:
    found = on.metadata(on.push())

    assert list(found.labels.items()) == list(STANDARD.items())


def test_labels__unknown_facts_stay_as_empty_values() -> None:
    found = on.metadata(
        on.push(sha=""), tags="type=ref,event=tag", repository=RepositoryFacts(name="", html_url="")
    )

    assert found.labels == dict.fromkeys(STANDARD, "") | {
        f"{PREFIX}created": STANDARD[f"{PREFIX}created"]
    }


CUSTOM = {
    "added": ("maintainer=me", {"maintainer": "me"}),
    "overridden": (f"{PREFIX}title=Mine", {f"{PREFIX}title": "Mine"}),
    "emptied": (f"{PREFIX}description=", {f"{PREFIX}description": ""}),
    "the last one counts": ("a=1\na=2", {"a": "2"}),
    "value with equals": ("a=b=c", {"a": "b=c"}),
    "value with comma": ("a=b,c", {"a": "b,c"}),
    "json": ('a={"b":"c"}', {"a": '{"b":"c"}'}),
    "over lines": ('"a=b\nc"', {"a": "b\nc"}),
    "without equals is left out": ("a", {}),
    "without key is left out": ("=a", {}),
    "blank key is left out": ("{{tag}} =a", {}),
    "expression": ("a={{branch}}-{{sha}}", {"a": "main-860c190"}),
    "expression in the key": ("{{branch}}=a", {"main": "a"}),
    "expression that brings the equals": ("a{{date '[=]'}}b", {"a": "b"}),
    "creation by the commit": (
        f"{PREFIX}created={{{{commit_date 'YYYY-MM-DDTHH:mm:ss.SSS[Z]'}}}}",
        {f"{PREFIX}created": "2025-12-31T23:59:58.000Z"},
    ),
    "comment": ("# a=1\nb=2", {"b": "2"}),
    "unicode": ("größe=klein", {"größe": "klein"}),
}


@pytest.mark.parametrize(("text", "expected"), CUSTOM.values(), ids=CUSTOM)
def test_labels__custom(text: str, expected: dict[str, str]) -> None:
    assert on.metadata(on.push(), labels=text).labels == STANDARD | expected


def test_labels__html_is_not_escaped() -> None:
    found = on.metadata(on.push("a&b='c'"), labels="a={{branch}}")

    assert found.labels["a"] == "a&b='c'"


def test_labels__in_the_order_of_locale_compare() -> None:
    found = on.metadata(
        on.push(),
        labels="z=1\nB=1\nb=1\na-b=1\na_b=1\na.b=1\na/b=1\na1=1\nab=1\na=1\n10=1\nä=1\nC=1",
    )

    assert [key for key in found.labels if not key.startswith(PREFIX)] == [
        "10",
        "a",
        "a_b",
        "a-b",
        "a.b",
        "a/b",
        "a1",
        "ab",
        "b",
        "B",
        "C",
        "z",
        "ä",
    ]


REVISIONS = {
    "push": (on.push(), "", on.SHA, None),
    "pull request, merge": (on.pull_request(), "merge", on.SHA, None),
    "pull request, head": (on.pull_request(), "head", on.HEAD_SHA, on.SHA),
    "pull request's target, head": (on.pull_request_target(), "head", on.HEAD_SHA, None),
    "push, head": (on.push(), "head", on.SHA, None),
}


@pytest.mark.parametrize(
    ("happened", "pr_sha", "revision", "merged"), REVISIONS.values(), ids=REVISIONS
)
def test_labels__revision(happened: Event, pr_sha: str, revision: str, merged: str | None) -> None:
    labels = on.metadata(happened, pr_sha=pr_sha).labels

    assert labels[f"{PREFIX}revision"] == revision
    assert labels.get("com.github.pull-request.merge-revision") == merged


def test_labels__revision_by_the_switch_is_the_peers_alone() -> None:
    labels = on.metadata(on.pull_request(), environ={"DOCKER_METADATA_PR_HEAD_SHA": "true"}).labels

    assert (labels[f"{PREFIX}revision"], len(labels)) == (on.HEAD_SHA, 8)


def block(level: str, pairs: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{level}:{key}={value}" for key, value in pairs.items())


def test_annotations__by_default() -> None:
    assert on.metadata(on.push()).annotations == block("manifest", STANDARD)


ANNOTATIONS = {
    "one level": ("", "manifest", block("manifest", STANDARD)),
    "order of the levels": (
        "",
        "manifest,index",
        block("manifest", STANDARD) + block("index", STANDARD),
    ),
    "custom, all levels": (
        "a=1",
        "manifest,index",
        block("manifest", {"a": "1"} | STANDARD) + block("index", {"a": "1"} | STANDARD),
    ),
    "custom, one level": (
        "index:a=1",
        "manifest,index",
        block("manifest", STANDARD) + block("index", {"a": "1"} | STANDARD),
    ),
    "custom, two levels": (
        "index,manifest:a=1",
        "manifest,index",
        block("manifest", {"a": "1"} | STANDARD) + block("index", {"a": "1"} | STANDARD),
    ),
    "custom, a level of its own": (
        "index-descriptor:a={{branch}}",
        "manifest",
        (*block("manifest", STANDARD), "index-descriptor:a=main"),
    ),
    "custom, a platform": (
        "manifest[linux/amd64]:a=1",
        "index",
        (*block("index", STANDARD), "manifest[linux/amd64]:a=1"),
    ),
    "custom, left out": ("a\nindex-descriptor:b", "manifest", block("manifest", STANDARD)),
    "overridden": (
        f"{PREFIX}title=Mine",
        "index",
        block("index", STANDARD | {f"{PREFIX}title": "Mine"}),
    ),
    "overridden at one level": (
        f"index:{PREFIX}title=Mine",
        "index,manifest",
        block("index", STANDARD | {f"{PREFIX}title": "Mine"}) + block("manifest", STANDARD),
    ),
    "a colon is not a level": ("foo:a=1", "index", block("index", {"foo:a": "1"} | STANDARD)),
}


@pytest.mark.parametrize(("text", "levels", "expected"), ANNOTATIONS.values(), ids=ANNOTATIONS)
def test_annotations__custom(text: str, levels: str, expected: tuple[str, ...]) -> None:
    assert (
        on.metadata(on.push(), annotations=text, annotation_levels=levels).annotations == expected
    )


def test_without_empty__leaves_out_what_says_nothing() -> None:
    found = on.metadata(on.push(), images="ghcr.io/octo/app", labels="empty=\nfull=1")

    assert found.labels["empty"] == ""
    bare = compute.without_empty(found)

    assert ("empty" in bare.labels, bare.labels["full"]) == (False, "1")
    assert not [each for each in bare.annotations if each.endswith("=")]
