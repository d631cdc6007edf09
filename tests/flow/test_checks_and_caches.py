"""What the Dockerfile's checks say, and which caches a build reads and writes."""

import json
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest

from ghcr_action.errors import PolicyRefused
from ghcr_action.modes import publish
from ghcr_action.values.event import Event
from tests.fakes.engine import FACTS, NATIVE, image
from tests.fakes.events import fork_pull_request, push_event
from tests.flow.test_building import builds, classic
from tests.flow.test_publish import MAIN, World, parsed, world
from tests.unit.buildx.recordings import vertex
from tests.unit.buildx.test_call_answer import SAID

__all__ = ["world"]

WARNING = {
    "short": b64encode(b"FromAsCasing: casing differs (line 1)").decode(),
    "sourceInfo": {"filename": "Dockerfile"},
    "range": [{"start": {"line": 1}, "end": {"line": 1}}],
}
WARNED = (json.dumps({"warnings": [WARNING]}), json.dumps({"warnings": [WARNING]}))


def annotations(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int, str]]:
    return [
        (record.file, vars(record)["line"], record.getMessage())
        for record in caplog.records
        if hasattr(record, "file")
    ]


def test_checks__a_warning_is_one_annotation_on_the_real_file(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.workspace.files |= {"app/Dockerfile": b"FROM scratch"}
    world.engine.output = WARNED

    assert world.publish(context="app", test="true").pushed

    assert annotations(caplog) == [("app/Dockerfile", 1, "casing differs")]


def test_call__check_that_finds_something_names_the_rules_and_lines(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.workspace.files |= {"app/Dockerfile": b"FROM scratch"}
    world.engine.failing = [tuple(SAID)]

    with pytest.raises(PolicyRefused, match="checks gave 3 warnings") as refused:
        world.publish(context="app", call="check")

    assert 'app/Dockerfile:3: LegacyKeyValueFormat: "ENV key=value"' in refused.value.why
    assert [place[:2] for place in annotations(caplog)] == [
        ("app/Dockerfile", 1),
        ("app/Dockerfile", 3),
        ("", 0),
    ]


def test_checks__error_stops_before_any_tag(world: World) -> None:
    world.engine.output = WARNED

    with pytest.raises(PolicyRefused, match="checks gave 1 warning; nothing was tagged"):
        world.publish(checks="error")

    assert world.registry.repositories == {}


def test_checks__error_builds_before_the_engine_may_tag(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    world.engine.output = WARNED

    with pytest.raises(PolicyRefused):
        world.publish(checks="error")

    assert builds(world) == ["type=cacheonly"]


def test_checks__error_without_a_warning_builds_and_pushes(world: World) -> None:
    classic(world)
    world.registry.put(MAIN, image([NATIVE])[0])

    assert world.publish(checks="error").pushed

    assert builds(world) == ["type=cacheonly", "push"]


def test_checks__off_says_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.engine.output = WARNED

    assert world.publish(checks="off").pushed

    assert annotations(caplog) == []
    assert "BUILDKIT_DOCKERFILE_CHECK=skip=all" in world.arguments


SERVICE = {"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "https://results"}
REGISTRY_CACHE = "type=registry,ref=ghcr.io/octo/app:buildcache-main"


@pytest.mark.parametrize(
    ("environ", "given", "event", "expected"),
    [
        ({}, {}, push_event(), ([], [])),
        (
            SERVICE,
            {},
            push_event(),
            (["type=gha,scope=octo/app"], ["type=gha,scope=octo/app,mode=max,ignore-error=true"]),
        ),
        (SERVICE, {}, fork_pull_request(), (["type=gha,scope=octo/app"], [])),
        (SERVICE, {"cache": "off"}, push_event(), ([], [])),
        (SERVICE, {"no_cache": "true"}, push_event(), ([], [])),
        (SERVICE, {"cache_from": "a"}, push_event(), (["a"], [])),
        (SERVICE, {"cache_to": "type=inline"}, push_event(), ([], ["type=inline"])),
        ({"ACTIONS_RUNTIME_TOKEN": "t"}, {}, push_event(), ([], [])),
        (
            {"GITHUB_ACTIONS": "true"},
            {},
            push_event(),
            (
                [REGISTRY_CACHE],
                [
                    f"{REGISTRY_CACHE},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
                ],
            ),
        ),
        ({"GITHUB_ACTIONS": "true"}, {"push": "false"}, push_event(), ([REGISTRY_CACHE], [])),
    ],
    ids=[
        "laptop",
        "service",
        "fork",
        "off",
        "no-cache",
        "explicit from",
        "explicit to",
        "half a service",
        "workflow",
        "no push",
    ],
)
def test_cache__as_the_runner_and_the_event_allow(
    world: World,
    environ: dict[str, str],
    given: dict[str, str],
    event: Event,
    expected: tuple[list[str], list[str]],
) -> None:
    publish.run(parsed(event, environ, **given), world.ports)

    pairs = list(pairwise(world.arguments))
    found = [
        [value for name, value in pairs if name == flag] for flag in ("--cache-from", "--cache-to")
    ]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("name", "error", "is_told"),
    [
        ("exporting to GitHub Actions Cache", "error writing layer blob: 503", True),
        ("exporting cache to registry", "403 Forbidden", True),
        ("exporting cache to registry", "", False),
        ("importing cache manifest from gha:octo/app", "not found", False),
    ],
)
def test_cache__that_was_not_written_is_told(
    name: str, error: str, is_told: bool, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.engine.output = (vertex("sha256:1", name, 0, 1, error=error),)

    assert world.publish().pushed

    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert (f"The cache was not written ({name}): {error}" in warned) is is_told
    assert len(warned) == is_told


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"ACTIONS_RESULTS_URL": "https://results"}, {"ACTIONS_CACHE_SERVICE_V2": "true"}),
        ({"ACTIONS_RESULTS_URL": "https://results", "ACTIONS_CACHE_SERVICE_V2": "1"}, {}),
    ],
)
def test_cache__the_engine_is_told_the_services_version(
    world: World, environ: dict[str, str], expected: dict[str, str]
) -> None:
    publish.run(parsed(push_event(), environ), world.ports)

    assert (
        dict(world.engine.commands[0].environment)
        == {"BUILDX_METADATA_WARNINGS": "true"} | expected
    )


def test_cache__the_classic_store_writes_none(world: World) -> None:
    classic(world)
    world.registry.put(MAIN, image([NATIVE])[0])

    publish.run(parsed(push_event(), SERVICE), world.ports)

    assert "--cache-to" not in world.arguments
