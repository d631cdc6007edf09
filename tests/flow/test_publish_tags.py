"""`mode: publish` and names that exist: what moves, what stays, what stops the run."""

import json
import logging
from dataclasses import replace

import pytest

from ghcr_action.errors import PolicyRefused
from ghcr_action.images import transfer
from ghcr_action.modes import publish
from ghcr_action.plans.publish import Outcome
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Reference, Tag
from tests.fakes.engine import FACTS, image
from tests.fakes.events import fork_pull_request, push_event, tag_event
from tests.fakes.layout import MemoryLayout
from tests.flow.existing import AMD64, APP, ARM64, World, settings

VERSIONS = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=semver,pattern={{major}}"


@pytest.fixture
def world() -> World:
    world = World()
    world.workspace.files |= {"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"}
    return world


def published(world: World, event: Event | None = None, /, **given: str) -> Outcome:
    return publish.run(settings("publish", event, **given), world.ports)


def tags(world: World) -> dict[str, str]:
    return {tag.name: str(digest) for tag, digest in world.registry.repositories[APP].tags.items()}


def test_publish__a_patch_of_an_old_line_leaves_latest(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    newer = str(world.hold(f"{APP}:2.0.0", ARM64).descriptor.digest)
    world.hold(f"{APP}:latest", ARM64)

    outcome = published(world, tag_event("v1.2.4"), tags=VERSIONS)

    digest = str(outcome.digest)
    assert tags(world) == {
        "2.0.0": newer,
        "latest": newer,
        "1.2.4": digest,
        "1.2": digest,
        "1": digest,
    }
    told = f"{APP}:latest stays where it is: 2.0.0 is newer than 1.2.4."
    assert told in caplog.messages
    assert "2.0.0 is newer than 1.2.4" in world.runner.summaries[0]
    assert json.loads(world.runner.outputs["plan"])["stay"] == [
        {"tag": f"{APP}:latest", "reason": "2.0.0 is newer than 1.2.4"}
    ]
    verbs = [verb for verb, subject in world.registry.calls if verb == "tags" or ":1" in subject]
    assert verbs == ["tags", "put", "tags", "put", "put", "tags", "head", "head", "head"]


def test_publish__always_moves_where_asked(world: World) -> None:
    world.hold(f"{APP}:2.0.0", ARM64)

    outcome = published(world, tag_event("v1.2.4"), tags=VERSIONS, moving_tags="always")

    assert tags(world)["latest"] == str(outcome.digest)
    assert "tags" not in {verb for verb, _ in world.registry.calls}


def test_publish__a_pre_release_takes_no_moving_tag_whatever_rule_matched(world: World) -> None:
    published(world, tag_event("v2.0.0-rc.1"))

    assert set(tags(world)) == {"v2.0.0-rc.1"}


@pytest.mark.parametrize(
    "event",
    [push_event(), fork_pull_request()],
    ids=["a branch has no version", "a fork pushes nothing"],
)
def test_publish__no_tag_list_where_nothing_depends_on_it(world: World, event: Event) -> None:
    published(world, event)

    assert "tags" not in {verb for verb, _ in world.registry.calls}


def test_publish__a_protected_tag_stops_before_anything_is_tagged(world: World) -> None:
    old = str(world.hold(f"{APP}:1.2.3", ARM64).descriptor.digest)

    with pytest.raises(PolicyRefused, match="A tag of `immutable-tags` exists"):
        published(world, tag_event("v1.2.3"), tags=VERSIONS, immutable_tags="*.*.*")

    assert tags(world) == {"1.2.3": old}


def test_publish__a_protected_tag_with_the_same_digest_is_a_success(world: World) -> None:
    first = published(world, tag_event("v1.2.3"), tags=VERSIONS, immutable_tags="*.*.*")
    second = published(world, tag_event("v1.2.3"), tags=VERSIONS, immutable_tags="*.*.*")

    assert first.digest == second.digest


def test_publish__skip_leaves_it_and_what_follows_it(world: World) -> None:
    old = str(world.hold(f"{APP}:1.2.3", ARM64).descriptor.digest)

    outcome = published(
        world,
        tag_event("v1.2.3"),
        tags=f"{VERSIONS}\ntype=raw,value=tested",
        immutable_tags="*.*.*",
        if_exists="skip",
    )

    assert tags(world) == {"1.2.3": old, "tested": str(outcome.digest)}


def test_publish__nothing_is_built_where_every_name_stays(world: World) -> None:
    world.hold(f"{APP}:1.2.3", ARM64)

    published(
        world,
        tag_event("v1.2.3"),
        tags="1.2.3",
        immutable_tags="*",
        if_exists="skip",
        flavor="latest=false",
    )

    assert world.engine.commands == []
    reason = f"every name stays: {APP}:1.2.3: it exists, and `if-exists` is `skip`"
    assert (world.runner.outputs["pushed"], world.runner.outputs["reason"]) == ("false", reason)
    assert "nothing to publish" in world.runner.summaries[0]


def test_publish__an_engine_that_tags_by_itself_is_stopped_before_the_build(world: World) -> None:
    world.hold(f"{APP}:1.2.3", ARM64)
    world.engine.facts = replace(FACTS, has_containerd_store=False)

    with pytest.raises(PolicyRefused, match="nothing was tagged with what would be built"):
        published(world, tag_event("v1.2.3"), tags=VERSIONS, immutable_tags="*.*.*")

    assert world.engine.commands == []


def test_publish__a_builder_that_pushed_by_digest_is_stopped_before_a_tag(world: World) -> None:
    index, blobs = image([AMD64, ARM64])
    old = world.hold(f"{APP}:1.2.3")
    transfer.push(MemoryLayout(index, blobs), index.descriptor, APP, world.registry)

    with pytest.raises(PolicyRefused):
        published(
            world,
            tag_event("v1.2.3"),
            tags=VERSIONS,
            immutable_tags="*.*.*",
            driver="docker-container",
            platforms="linux/amd64,linux/arm64",
        )

    assert world.registry.repositories[APP].tags == {Tag("1.2.3"): old.descriptor.digest}
    assert world.registry.head(Reference.parse(f"{APP}:latest")) is None
