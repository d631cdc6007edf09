"""What holds whatever the event and the rules are."""

from dataclasses import fields
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.metadata import compute, request
from ghcr_action.metadata.compute import Metadata
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Tag
from tests.unit.metadata import occasions as on

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"{}#,='), max_size=200
)
REF = st.builds(
    str.__add__,
    st.sampled_from(["refs/heads/", "refs/tags/", "refs/tags/v1.2.3", "refs/pull/", ""]),
    TEXT,
)
EVENTS = st.builds(
    on.event,
    st.sampled_from(["push", "pull_request", "schedule", "workflow_dispatch", "release", "create"]),
    REF,
    sha=st.text("0123456789abcdef", min_size=40, max_size=40) | st.just(""),
)
VALUE = TEXT | st.sampled_from(
    ["{{branch}}", "{{tag}}", "{{sha}}", "{{date 'YYYYMMDD-HHmmss'}}", "v1.2.3", "1.0rc1", "latest"]
)
RULES = st.one_of(
    st.sampled_from(
        [
            "type=schedule",
            "type=edge",
            "type=ref,event=branch",
            "type=ref,event=tag",
            "type=ref,event=pr",
            "type=sha",
        ]
    ),
    VALUE.map("type=raw,value={}".format),
    VALUE.map("type=semver,pattern={{{{major}}}}.{{{{minor}}}},value={}".format),
    VALUE.map("type=pep440,pattern={{{{version}}}},value={}".format),
    VALUE.map("type=match,pattern=.+,value={}".format),
)
ATTRIBUTES = st.sampled_from(
    [
        "",
        ",priority=950",
        ",prefix=-",
        ",suffix={{sha}}",
        ",enable={{is_default_branch}}",
        ",enable=false",
    ]
)
LINES = st.lists(st.builds(str.__add__, RULES, ATTRIBUTES), max_size=8).map("\n".join)
FLAVORS = st.sampled_from(
    [
        "",
        "latest=true",
        "latest=false",
        "prefix=.,onlatest=true",
        "suffix=-{{branch}},onlatest=true",
    ]
)
IMAGES = st.lists(
    st.sampled_from(["ghcr.io/o/r", "o/r", "GHCR.IO/O/R", "name=x,enable=false"]), max_size=3
).map("\n".join)


def computed(happened: Event, tags: str, flavor: str, images: str) -> Metadata:
    wanted = request.parse(images=images, tags=tags, flavor=flavor, environ={})
    return compute.metadata(wanted, happened, on.REPOSITORY, on.NOW, None)


@given(EVENTS, LINES, FLAVORS, IMAGES)
def test_tags__are_valid_and_unique(happened: Event, tags: str, flavor: str, images: str) -> None:
    found = computed(happened, tags, flavor, images)

    assert tuple(str(Tag.parse(name)) for name in found.tag_names) == found.tag_names
    assert (
        len(set(found.tags)) == len(found.tags) == len(found.tag_names) * max(1, len(found.images))
    )
    assert found.version == (found.tag_names[0] if found.tag_names else "")


@given(EVENTS, LINES, FLAVORS, IMAGES)
def test_metadata__same_input_same_output(
    happened: Event, tags: str, flavor: str, images: str
) -> None:
    first, second = (computed(happened, tags, flavor, images) for _ in range(2))

    assert [getattr(first, field.name) for field in fields(first)] == [
        getattr(second, field.name) for field in fields(second)
    ]
    assert list(first.labels) == list(second.labels)


@given(EVENTS, LINES, st.sampled_from(["latest=true", "latest=false"]))
def test_latest__follows_the_flavor(happened: Event, tags: str, flavor: str) -> None:
    found = computed(happened, tags, flavor, "")

    assert "latest" in found.tag_names or flavor == "latest=false" or not found.tag_names


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers(-5, 5)), max_size=8
    )
)
def test_order__is_priority_then_line(rules: list[tuple[str, int]]) -> None:
    tags = "\n".join(f"type=raw,value={name},priority={priority}" for name, priority in rules)
    ordered = [name for name, _ in sorted(rules, key=lambda rule: -rule[1])]

    found = computed(on.event("other", ""), tags or "type=sha,prefix=,enable=false", "", "")

    assert found.tag_names == tuple(dict.fromkeys(ordered))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the zone is the strategy's
def test_commit_date__is_now_where_it_is_not_known(now: datetime) -> None:
    wanted = request.parse(
        tags="type=raw,value={{commit_date 'x'}}\ntype=raw,value={{date 'x'}}", environ={}
    )

    found = compute.metadata(wanted, on.push(), on.REPOSITORY, now, None)

    assert len(found.tag_names) == 1
