import pytest

from ghcr_action.cleanup import rules
from ghcr_action.cleanup.rules import Rules
from ghcr_action.errors import InvalidValue


@pytest.mark.parametrize(
    ("remove", "tags", "unnamed"),
    [
        (("untagged",), ("v1",), "v1"),
        (("tagged",), ("v1", "latest"), ""),
        (("pr-*",), ("pr-7",), ""),
        (("pr-*",), ("pr-7", "v1"), "v1"),
        (("pr-*", "nightly*"), ("pr-7", "nightly-20260101"), ""),
        (("PR-*",), ("pr-7",), "pr-7"),
        (("closed-pull-requests",), ("pr-7",), ""),
        (("closed-pull-requests",), ("pr-8",), "pr-8"),
        (("closed-pull-requests",), ("pr-8-alpine",), "pr-8-alpine"),
        (("closed-pull-requests",), ("pr-7-alpine",), ""),
        (("closed-pull-requests",), ("pr-seven",), "pr-seven"),
        (("v[0-9]",), ("v1",), ""),
        (("v?",), ("v10",), "v10"),
        (("*",), ("untagged",), ""),
        ((), ("v1",), "v1"),
    ],
)
def test_unnamed__one_tag_that_nobody_names_is_enough(
    remove: tuple[str, ...], tags: tuple[str, ...], unnamed: str
) -> None:
    assert Rules(remove=remove).unnamed(tags, frozenset({8})) == unnamed


def test_keeping__the_first_tag_and_its_glob() -> None:
    found = Rules(keep_tags=("latest", "v*"))

    assert found.keeping(("main", "v1", "v2")) == ("v1", "v*")
    assert found.keeping(("main",)) is None


@pytest.mark.parametrize(
    ("remove", "untagged", "tagged", "asks"),
    [
        (("untagged",), True, False, False),
        (("pr-*",), False, True, False),
        (("untagged", "closed-pull-requests"), True, True, True),
        ((), False, False, False),
    ],
)
def test_rules__what_they_are_about(
    remove: tuple[str, ...], untagged: bool, tagged: bool, asks: bool
) -> None:
    found = Rules(remove=remove)

    assert (found.removes_untagged, found.removes_tagged, found.asks_for_pull_requests) == (
        untagged,
        tagged,
        asks,
    )


@pytest.mark.parametrize("text", ["^v\\d+$", "v1 v2", "v1|v2", "(v)", "refs/heads/main", ""])
def test_check_globs__refuses_what_no_tag_can_match(text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a glob of tags"):
        rules.check_globs(("v*", text))


def test_check_globs__gives_them_back() -> None:
    assert rules.check_globs(("v*", "pr-[0-9]?", "!x")) == ("v*", "pr-[0-9]?", "!x")
