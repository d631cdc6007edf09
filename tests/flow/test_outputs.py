"""What people write into `outputs`, and what becomes of it: one push, by digest, tags last."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from ghcr_action.errors import PolicyRefused, SettingsError
from ghcr_action.values.event import Event
from tests.fakes.engine import FACTS
from tests.fakes.events import fork_pull_request, push_event, tag_event
from tests.fakes.git import FakeGit
from tests.flow.test_building import PUSHED, builds
from tests.flow.test_publish import APP, World, world

__all__ = ["world"]

DESCRIPTION = "org.opencontainers.image.description"
OWN_WORDS = f"type=image,name=target,annotation-index.{DESCRIPTION}=My own words"
TWO = "linux/amd64,linux/arm64"
NO_WORKFLOW = Event(name="", ref="", sha="", repository="")


def tags(world: World, repository: str = APP) -> set[str]:
    found = {str(name): held for name, held in world.registry.repositories.items()}
    return {tag.name for tag in found[repository].tags} if repository in found else set()


@pytest.mark.parametrize("output", ["type=image,push=true", "type=registry"])
def test_outputs__that_push_are_the_same_as_push_true(world: World, output: str) -> None:
    outcome = world.publish(outputs=output, tags=f"{APP}:1")

    assert builds(world) == [f"type=image,name={APP},{PUSHED}"]
    assert world.digest(f"{APP}:1") == str(outcome.digest)
    assert tags(world) == {"1"}


def test_outputs__an_annotation_of_theirs_is_the_one_that_is_published(world: World) -> None:
    world.publish(push="true", platforms=TWO, outputs=OWN_WORDS)

    given = [value for name, value in pairwise(world.arguments) if name == "--annotation"]
    assert [each for each in given if each.startswith(f"index:{DESCRIPTION}=")] == [
        f"index:{DESCRIPTION}=My own words"
    ]
    assert [each for each in given if each.startswith(f"manifest:{DESCRIPTION}=")] == [
        f"manifest:{DESCRIPTION}="
    ]
    assert [str(name) for name in world.registry.repositories] == [APP]


def test_outputs__an_index_annotation_of_one_platform_is_left_out_with_a_word(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.publish(push="true", outputs=OWN_WORDS)

    assert not any("My own words" in argument for argument in world.arguments)
    assert any("My own words" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("output", ["type=oci,tar=false,dest=x", "type=docker,tar=0,dest=x"])
def test_outputs__a_layout_beside_a_push_would_name_the_pushed_image(
    world: World, output: str
) -> None:
    with pytest.raises(SettingsError, match=r"tar=(false|0),dest=x") as refused:
        world.publish(push="true", outputs=output)

    assert "dest=x.tar" in refused.value.fix
    assert world.engine.commands == []
    assert world.publish(push="false", outputs=output).plan.reason == "the input says `push: false`"


@pytest.mark.parametrize(
    ("annotations", "told"),
    [
        (f"manifest:{DESCRIPTION}=Words of metadata-action", []),
        (f"{DESCRIPTION}=For all levels", []),
        (f"index:{DESCRIPTION}=For none", [f"'index:{DESCRIPTION}=For none'"]),
        ("index,manifest:a=b\nindex:c=d", ["'index:c=d'"]),
    ],
)
def test_annotations__what_nobody_asked_for_is_not_told_to_be_missing(
    world: World, annotations: str, told: list[str]
) -> None:
    plan = world.publish(annotations=annotations).plan

    assert plan.warnings == tuple(
        f"annotation {each} left out: the image is a single manifest without an index"
        for each in told
    )


OPTIONS = {
    "compression=zstd,force-compression=true": "compression=zstd,force-compression=true",
    "compression-level=3": "compression-level=3",
    "rewrite-timestamp=true": "rewrite-timestamp=true",
    "oci-artifact=true": "oci-artifact=true",
    "registry.insecure=true": "registry.insecure=true",
    "unpack=true": "unpack=true",
}


@pytest.mark.parametrize("option", OPTIONS)
def test_outputs__options_are_those_of_the_published_image(world: World, option: str) -> None:
    world.publish(push="true", outputs=f"type=image,{option}")

    assert builds(world) == [f"type=image,name={APP},{PUSHED},{option}"]


@pytest.mark.parametrize("option", ["oci-mediatypes=false", "store=true"])
def test_outputs__options_win_over_ours(world: World, option: str) -> None:
    world.publish(push="true", outputs=f"type=image,{option}")

    key = option.partition("=")[0]
    (output,) = builds(world)
    assert [each for each in output.split(",") if each.startswith(f"{key}=")] == [option]


def test_outputs__options_are_beyond_the_classic_image_store(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)

    outcome = world.publish(push="true", outputs="type=image,compression=zstd", dry_run="true")

    why = "the engine's classic image store can't do `outputs` with compression"
    assert outcome.plan.building.choice.why == why


def test_outputs__a_name_is_a_tag_like_any_other(world: World) -> None:
    first = world.publish(tag_event("v1"), tags=f"{APP}:1.2.3", platforms="linux/arm64")
    given = {
        "tags": f"{APP}:1.2.4",
        "immutable_tags": "[0-9]*.*.*",
        "outputs": f"type=image,name={APP}:1.2.3,push=true",
    }

    with pytest.raises(PolicyRefused, match="exists and names another image"):
        world.publish(**given)
    assert (tags(world), world.digest(f"{APP}:1.2.3")) == ({"1.2.3"}, str(first.digest))

    second = world.publish(**{**given, "immutable_tags": ""})
    assert world.digest(f"{APP}:1.2.3") == world.digest(f"{APP}:1.2.4") == str(second.digest)
    assert world.runner.outputs["tags"].splitlines() == [f"{APP}:1.2.4", f"{APP}:1.2.3"]


@pytest.mark.parametrize(
    "output", ["type=local,dest=bin", "type=tar,dest=x.tar", "type=cacheonly", "bin"]
)
def test_outputs__files_alone_publish_nothing(world: World, output: str) -> None:
    outcome = world.publish(outputs=output)

    assert (builds(world), outcome.pushed) == ([output], False)
    assert world.registry.repositories == {}
    asked = "the cache" if output == "type=cacheonly" else "files"
    assert outcome.plan.reason == f"`outputs` asks for {asked} only; `push: true` publishes as well"


def test_outputs__files_beside_a_push(world: World) -> None:
    outcome = world.publish(outputs="type=local,dest=bin", push="true")

    assert outcome.pushed
    assert builds(world) == [f"type=local,dest=bin type=image,name={APP},{PUSHED}"]


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (f"type=image,name={APP},push-by-digest=true", "does not say `push=true`"),
        ("type=image", "does not say `push=true`"),
        ("type=image,push=false", "says `push=false`"),
    ],
)
def test_outputs__the_reason_is_the_true_one(world: World, output: str, reason: str) -> None:
    outcome = world.publish(outputs=output)

    assert outcome.plan.reason == f"`outputs` has an image and {reason}"
    assert world.registry.repositories == {}


def test_outputs__an_image_that_is_not_pushed_is_for_the_engine(world: World) -> None:
    world.publish(outputs="type=image,compression=zstd")

    assert builds(world) == ["type=image,compression=zstd"]
    assert ("--tag", f"{APP}:main") in list(pairwise(world.arguments))


@pytest.mark.parametrize("output", ["type=image,push=true", "type=registry"])
def test_outputs__of_a_fork_push_nothing(world: World, output: str) -> None:
    outcome = world.publish(fork_pull_request(), outputs=output)

    assert outcome.plan.reason == "the token of a pull request from a fork can only read"
    assert builds(world) == ["type=image"]


def test_tags__say_which_where_they_are_whole_references(world: World) -> None:
    outcome = world.publish(images=APP, tags=f"{APP}:nightly")

    assert (tags(world), [str(name) for name in outcome.plan.tag]) == (
        {"nightly"},
        [f"{APP}:nightly"],
    )


@pytest.mark.parametrize("event", [tag_event("v9.9.9"), NO_WORKFLOW], ids=["a tag", "no workflow"])
def test_tags__the_version_is_the_first_that_is_published(
    world: World, event: Event, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = world.publish(event, tags="ghcr.io/octo/shop:2.0.0", flavor="suffix=-x")

    assert (world.runner.outputs["version"], outcome.plan.metadata.version) == ("2.0.0", "2.0.0")
    assert outcome.plan.metadata.labels["org.opencontainers.image.version"] == "2.0.0"
    assert not any("no tag" in record.getMessage() for record in caplog.records)


VERSIONS = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}"


def test_repeat__a_second_attempt_of_a_commit_gives_the_same_image(world: World) -> None:
    event = tag_event("v1.2.3")
    world.ports = replace(
        world.ports, git=FakeGit(dates={event.sha: datetime(2026, 4, 1, tzinfo=UTC)})
    )
    given = {"tags": VERSIONS, "immutable_tags": "[0-9]*.*.*"}

    first = world.publish(event, **given)
    world.ports.clock.sleep(3600)
    second = world.publish(event, **given)

    assert second.digest == first.digest
    assert world.engine.commands[0] == world.engine.commands[1]
    assert tags(world) == {"1.2.3", "1.2", "latest"}


def test_repeat__a_version_that_is_skipped_keeps_its_moving_names(world: World) -> None:
    event = tag_event("v1.2.3")
    given = {"tags": VERSIONS, "immutable_tags": "[0-9]*.*.*", "if_exists": "skip"}
    first = world.publish(event, **given)

    second = world.publish(event, platforms="linux/arm64", **given)

    assert second.digest != first.digest
    assert {tag: world.digest(f"{APP}:{tag}") for tag in ("1.2.3", "1.2", "latest")} == {
        tag: str(first.digest) for tag in ("1.2.3", "1.2", "latest")
    }
    reasons = [each.reason for each in second.plan.kept_tags]
    assert any(f"{APP}:1.2.3 stays on another image" in reason for reason in reasons)


def test_repeat__a_version_that_is_skipped_on_the_same_image_gives_the_names_it_lacks(
    world: World,
) -> None:
    event = tag_event("v1.2.3")
    given = {"immutable_tags": "[0-9]*.*.*", "if_exists": "skip"}
    first = world.publish(event, tags=VERSIONS.partition("\n")[0], flavor="latest=false", **given)

    world.publish(event, tags=VERSIONS, flavor="latest=false", **given)

    assert world.digest(f"{APP}:1.2") == world.digest(f"{APP}:1.2.3") == str(first.digest)


def test_outputs__two_images_with_different_options_are_refused() -> None:
    with pytest.raises(SettingsError, match="compression is zstd in one image and gzip"):
        World().publish(outputs="type=registry,compression=zstd\ntype=image,compression=gzip")


def test_outputs__the_plan_has_them(world: World) -> None:
    world.publish(push_event(), outputs="type=registry,compression=zstd", dry_run="true")

    assert (
        f"type=image,name={APP},{PUSHED},compression=zstd"
        in json.loads(world.runner.outputs["plan"])["build"]
    )
