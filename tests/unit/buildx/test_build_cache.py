"""Which caches a build reads and writes by itself: for each event, with and without GitHub's
service."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.buildx import cache
from ghcr_action.buildx.cache import CacheMode, CacheRequest, Caches
from ghcr_action.errors import SettingsError
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository, Tag
from tests.fakes.events import (
    fork_pull_request,
    pull_request_event,
    push_event,
    schedule_event,
    tag_event,
)

APP = Repository("ghcr.io", "octo/app")
REF = "type=registry,ref=ghcr.io/octo/app:buildcache-"
WRITTEN = ",mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
SERVICE = CacheRequest(has_service=True, in_workflow=True)
REGISTRY = CacheRequest(in_workflow=True)
EVENTS: dict[str, tuple[Event, list[str], str]] = {
    "default branch": (push_event("main"), ["main"], "main"),
    "branch": (push_event("feature/x"), ["feature-x", "main"], "feature-x"),
    "tag": (tag_event("v1.2.3"), ["main"], ""),
    "pull request": (pull_request_event(7), ["topic", "main"], ""),
    "pull request into a release branch": (
        replace(pull_request_event(7), base_ref="v2"),
        ["topic", "v2", "main"],
        "",
    ),
    "pull request from a fork": (fork_pull_request(), ["main"], ""),
    "schedule": (schedule_event(), ["main"], "main"),
}


@pytest.mark.parametrize(("event", "read", "write"), EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("may_write", [True, False])
def test_choose__a_registry(event: Event, read: list[str], write: str, may_write: bool) -> None:
    found = cache.choose(REGISTRY, event, image=APP, platforms=(), target="", may_write=may_write)

    writes = bool(write) and may_write
    assert found == Caches(
        read=tuple(f"{REF}{branch}" for branch in read),
        write=(f"{REF}{write}{WRITTEN}",) if writes else (),
        why="tags beside the image" + ("" if writes else ", to read only"),
    )


@pytest.mark.parametrize(("event", "_read", "write"), EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("may_write", [True, False])
def test_choose__githubs_service_finds_the_branches_itself(
    event: Event, _read: list[str], write: str, may_write: bool
) -> None:
    found = cache.choose(SERVICE, event, image=APP, platforms=(), target="", may_write=may_write)

    writes = bool(write) and may_write
    assert found == Caches(
        read=("type=gha,scope=octo/app",),
        write=("type=gha,scope=octo/app,mode=max,ignore-error=true",) if writes else (),
        why="GitHub's cache service" + ("" if writes else ", to read only"),
    )


def test_choose__each_platform_and_target_has_a_scope_of_its_own() -> None:
    more = {"platforms": ("linux/arm64", "linux/amd64", "linux/arm64"), "target": "web"}

    service = cache.choose(SERVICE, push_event(), image=APP, may_write=False, **more)  # type: ignore[arg-type]
    registry = cache.choose(REGISTRY, push_event(), image=APP, may_write=False, **more)  # type: ignore[arg-type]

    assert service.read == ("type=gha,scope=octo/app-linux/arm64-linux/amd64-web",)
    assert registry.read == (f"{REF}main-linux-arm64-linux-amd64-web",)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (CacheRequest(), CacheMode.OFF),
        (CacheRequest(in_workflow=True), CacheMode.REGISTRY),
        (CacheRequest(has_service=True), CacheMode.GHA),
        (CacheRequest(mode=CacheMode.OFF, has_service=True, in_workflow=True), CacheMode.OFF),
        (
            CacheRequest(mode=CacheMode.REGISTRY, has_service=True, in_workflow=True),
            CacheMode.REGISTRY,
        ),
        (CacheRequest(mode=CacheMode.GHA), CacheMode.GHA),
    ],
)
def test_chosen__what_auto_stands_for(request_: CacheRequest, expected: CacheMode) -> None:
    assert request_.chosen is expected


@pytest.mark.parametrize(
    "request_", [CacheRequest(), REGISTRY], ids=["off", "a registry without an image"]
)
def test_choose__nothing(request_: CacheRequest) -> None:
    found = cache.choose(
        request_, push_event(), image=None, platforms=(), target="", may_write=True
    )

    assert found == Caches(why="no cache beyond the engine's own")


def test_choose__the_service_without_an_image_goes_by_the_repository() -> None:
    found = cache.choose(
        SERVICE,
        push_event(repository="Octo/App"),
        image=None,
        platforms=(),
        target="",
        may_write=False,
    )

    assert found.read == ("type=gha,scope=octo/app",)


@given(st.text(max_size=300), st.text(max_size=300))
def test_tag__is_always_valid(branch: str, scope: str) -> None:
    assert Tag.parse(cache.tag(branch, scope)).name.startswith("buildcache-")


def test_tag__long_names_stay_apart() -> None:
    one, other = cache.tag("x" * 200 + "1", ""), cache.tag("x" * 200 + "2", "")

    assert (len(one), len(other), one[:115] == other[:115], one == other) == (128, 128, True, False)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("type=gha,mode=max", "type=gha,mode=max,ignore-error=true"),
        ("type=local,dest=c", "type=local,dest=c,ignore-error=true"),
        ("ghcr.io/octo/app:cache", "type=registry,ref=ghcr.io/octo/app:cache,ignore-error=true"),
        ("type=registry,ref=x,ignore-error=false", "type=registry,ref=x,ignore-error=false"),
        ("type=inline", "type=inline"),
        (
            "type=s3,region=eu-west-1,bucket=b,name=app",
            "type=s3,region=eu-west-1,bucket=b,name=app,ignore-error=true",
        ),
        (
            "type=azblob,name=app,account_url=https://a",
            "type=azblob,name=app,account_url=https://a,ignore-error=true",
        ),
        ('type=gha,"scope=a,b"', 'type=gha,"scope=a,b",ignore-error=true'),
        ("ref=x,type=registry", "ref=x,type=registry,ignore-error=true"),
        ("type=gha,ignore-error=true", "type=gha,ignore-error=true"),
        ("localhost:5000/app", "type=registry,ref=localhost:5000/app,ignore-error=true"),
    ],
)
def test_forgiving__a_cache_that_can_not_be_written_fails_no_build(
    entry: str, expected: str
) -> None:
    assert cache.forgiving(entry) == expected


@pytest.mark.parametrize("kind", ["gha", "local", "s3", "azblob", "registry", "inline"])
@pytest.mark.parametrize("name", ["cache-from", "cache-to"])
def test_check__a_types_bare_name_is_told(name: str, kind: str) -> None:
    cache.check(name, ["type=gha", "ghcr.io/octo/app:cache", "local/app"])

    with pytest.raises(SettingsError) as raised:
        cache.check(name, [kind])

    assert raised.value.fix == f"{name}: type={kind}"
