import pytest

from ghcr_action.cleanup import pattern, rules, selector
from ghcr_action.cleanup.rules import Family, Lines
from ghcr_action.cleanup.selector import World
from ghcr_action.errors import InvalidValue
from tests.fakes.images import manifest
from tests.fakes.retention import rules as of
from tests.unit.cleanup.packages import Package

WORLD = World(open_pulls=frozenset({8}), gone_branches=frozenset({"topic"}))


@pytest.mark.parametrize(
    ("item", "tag", "is_named"),
    [
        ("untagged", "v1", False),
        ("tagged", "v1", True),
        ("pr-*", "pr-7", True),
        ("pr-*", "v1", False),
        ("PR-*", "pr-7", False),
        ("closed-pull-requests", "pr-7", True),
        ("closed-pull-requests", "pr-8", False),
        ("closed-pull-requests", "pr-8-alpine", False),
        ("closed-pull-requests", "pr-7-alpine", True),
        ("closed-pull-requests", "pr-seven", False),
        ("deleted-branches", "topic", True),
        ("deleted-branches", "main", False),
        ("v[0-9]", "v1", True),
        ("v[!0-9]", "v1", False),
        ("v?", "v10", False),
        ("*", "untagged", True),
        ("/^v[0-9]+$/", "v10", True),
        ("/^v[0-9]+$/", "v1.0", False),
        ("/rc/", "v1-rc1", True),
        ("orphans", "orphans", False),
        (f"sha256:{'a' * 64}", "v1", False),
    ],
)
def test_names__what_an_item_says_of_a_tag(item: str, tag: str, is_named: bool) -> None:
    assert selector.parse(item).names(tag, WORLD) is is_named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("^v\\d+$", "is not a glob of tags"),
        ("v1 v2", "is not a glob of tags"),
        ("v1|v2", "is not a glob of tags"),
        ("(v)", "is not a glob of tags"),
        ("refs/heads/main", "is not a glob of tags"),
        ("", "is not a glob of tags"),
        ("release-[", "is not a glob of tags"),
        ("v]", "is not a glob of tags"),
        ("v[]", "is not a glob of tags"),
        ("v[a", "is not a glob of tags"),
        ("v!", "is not a glob of tags"),
        ("!dev", "write 'dev' in `keep-tags`"),
        ("-x", "no tag begins like that"),
        ("/(/", "/(/ is no regular expression of RE2: missing )"),
        ("/(?=a)/", "no look-around"),
        (f"/{'a' * 1001}/", "1000 are allowed"),
    ],
)
def test_parse__refuses_what_no_tag_can_match(text: str, said: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        selector.parse(text)

    assert said in str(raised.value)


def test_pattern__takes_linear_time() -> None:
    assert pattern.compile("(a+)+$").search("a" * 100_000 + "b") is None


def test_keeping__the_first_tag_and_its_item() -> None:
    found, digest = of(keep_tags=("latest", "v*", f"sha256:{'a' * 64}")), f"sha256:{'a' * 64}"

    assert [str(each) for each in found.keeping(("main", "v1", "v2"), "") or ()] == ["v1", "v*"]
    assert found.keeping(("main",), "") is None
    assert [str(each) for each in found.keeping(("main",), digest) or ()] == [digest, digest]


@pytest.mark.parametrize(
    ("remove", "tagged"),
    [
        (("untagged",), False),
        (("pr-*",), True),
        (("ghosts", "orphans"), False),
        (("closed-pull-requests",), True),
        ((), False),
    ],
)
def test_rules__whether_an_image_can_go_for_its_tags(remove: tuple[str, ...], tagged: bool) -> None:
    assert of(remove).removes_tagged is tagged


def test_unmatched__items_that_name_nothing() -> None:
    package = Package()
    package.add(manifest("a"), "v1")
    digest = f"sha256:{'a' * 64}"
    found = of(("v*", "x*", "/y/", digest, "orphans"), keep_tags=("v1", "z*"))

    goes, stays = found.unmatched(package.versions, World())

    assert [str(each) for each in goes] == ["x*", "/y/", digest]
    assert [str(each) for each in stays] == ["z*"]


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("3 minors", Lines(count=3, unit="minors"), "3 minors"),
        ("1 MAJOR", Lines(count=1, unit="majors"), "1 major"),
        ("1 patch", Lines(count=1, unit="patches"), "1 patch"),
    ],
)
def test_lines__as_people_write_them(text: str, expected: Lines, said: str) -> None:
    assert rules.lines(text) == expected
    assert str(expected) == said


@pytest.mark.parametrize(
    "text", ["", "3", "0 minors", "minors", "3 weeks", "-1 minors", "99999 minors"]
)
def test_lines__refuses_what_is_none(text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a number of release lines"):
        rules.lines(text)


def test_family__names_its_kinds() -> None:
    assert Family(name="a", selectors=(selector.parse("ghosts"),)).kinds == {selector.Kind.GHOSTS}
