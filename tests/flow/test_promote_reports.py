"""What a promotion tells, beside what it does: only names that hold the digest are offered, and
claimed only once they do."""

import json
from dataclasses import replace

import pytest

from ghcr_action.errors import AccessDenied, ContentInvalid, NotFound
from ghcr_action.modes import merge, promote
from ghcr_action.plans.promote import Plan
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index
from ghcr_action.values.reference import Digest, Repository, Tag
from tests.fakes.registry import FakeRegistry
from tests.flow.existing import AMD64, APP, ARM64, World, artifact, settings

ABROAD = Repository("quay.io", "octo/app")


@pytest.fixture
def world() -> World:
    return World()


def promoted(world: World, **given: str) -> Plan:
    return promote.run(settings("promote", **({"source": f"{APP}:build"} | given)), world.ports)


def test_promote_report__dry_run_offers_only_what_is_there(world: World) -> None:
    root = world.hold(f"{APP}:build")
    promoted(world, tags="there", summary="false")

    promoted(world, tags=f"there\nplanned\n{ABROAD}:planned", dry_run="true")

    (told,) = world.runner.summaries
    pinned = f"{APP}@{root.descriptor.digest}"
    assert [line for line in told.splitlines() if line.startswith("docker pull")] == [
        f"docker pull {pinned}",
        f"docker pull {APP}:there",
    ]
    outputs = world.runner.outputs
    assert (outputs["image"], outputs["images"], outputs["pushed"]) == (pinned, pinned, "false")
    assert set(outputs["tags"].splitlines()) == {
        f"{APP}:there",
        f"{APP}:planned",
        f"{ABROAD}:planned",
    }


def test_promote_report__dry_run_of_new_names_offers_none(world: World) -> None:
    world.hold(f"{APP}:build")

    promoted(world, tags="planned", dry_run="true")

    assert "docker pull" not in world.runner.summaries[0]
    assert world.runner.outputs["image"] == ""
    assert json.loads(world.runner.outputs["plan"])["tags"] == [f"{APP}:planned"]


def test_promote_report__a_failed_run_leaves_the_way_back_and_claims_nothing(world: World) -> None:
    before = world.hold(f"{ABROAD}:latest", ARM64)
    world.hold(f"{APP}:build")
    world.registry.unwritable = frozenset({str(ABROAD)})

    with pytest.raises(AccessDenied):
        promoted(world, tags=f"{ABROAD}:latest")

    assert world.runner.outputs.keys() == {"previous-digests", "plan"}
    assert json.loads(world.runner.outputs["previous-digests"]) == {
        f"{ABROAD}:latest": str(before.descriptor.digest)
    }


def test_promote_report__one_platform_of_an_index_says_which(world: World) -> None:
    root = world.hold(f"{APP}:build", AMD64, ARM64)
    assert isinstance(root, Index)

    promoted(world, tags="1", platforms="linux/arm64")

    assert json.loads(world.runner.outputs["digests"]) == {
        "linux/arm64": str(root.platforms[1].digest)
    }


def test_promote_report__a_single_image_is_held_against_the_platform(world: World) -> None:
    root = world.hold(f"{APP}:build", ARM64)

    promoted(world, tags="1", platforms="linux/arm64")
    assert json.loads(world.runner.outputs["digests"]) == {
        "linux/arm64": str(root.descriptor.digest)
    }

    with pytest.raises(NotFound, match="has no linux/amd64") as caught:
        promoted(world, tags="2", platforms="linux/arm64,linux/amd64")
    assert caught.value.why == "it has linux/arm64"
    assert world.digest(f"{APP}:2") == ""


def test_promote_report__an_artifact_is_for_no_platform(world: World) -> None:
    found = world.refer(APP, world.hold(f"{APP}:build"))

    promoted(world, source=f"{APP}@{found.descriptor.digest}", tags="1", platforms="linux/arm64")

    assert (world.digest(f"{APP}:1"), world.runner.outputs["digests"]) == (
        str(found.descriptor.digest),
        "",
    )


@pytest.mark.parametrize("text", ["lin ux", "a/b/c/d", "\u202e"])
def test_promote_report__a_platform_that_nobody_can_ask_for_is_none_that_is_missing(
    world: World, text: str
) -> None:
    """What an index says of its parts is written by whoever made it."""
    whole = world.hold(f"{APP}:build", AMD64, ARM64)
    assert isinstance(whole, Index)
    entries = [oci.describe(entry) for entry in whole.manifests]
    strange = oci.parse(
        oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": whole.media_type,
                "manifests": [
                    {**entries[0], "platform": {"os": text, "architecture": "amd64"}},
                    entries[1],
                ],
            }
        )
    )
    world.registry.put(APP.tag(Tag("strange")), strange)

    promoted(world, source=f"{APP}:strange", tags="1", platforms="linux/arm64")
    assert world.digest(f"{APP}:1") == str(whole.manifests[1].digest)

    with pytest.raises(NotFound, match="has no linux/amd64"):
        promoted(world, source=f"{APP}:strange", tags="2", platforms="linux/amd64")
    with pytest.raises(ContentInvalid, match="No digest is for linux/amd64"):
        merge.run(
            settings(
                "merge",
                digests=f"{APP}@{strange.descriptor.digest}",
                tags="3",
                platforms="linux/amd64",
            ),
            world.ports,
        )


class StaleRegistry(FakeRegistry):
    """The list of what refers to an image names one that somebody has deleted."""

    gone: Descriptor | None = None

    def referrers(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
        stale = (
            (self.gone,)
            if self.gone
            and repository == APP
            and subject == self.repositories[APP].tags[Tag("build")]
            else ()
        )
        return (*stale, *super().referrers(repository, subject))


def test_promote_report__a_referrer_that_is_listed_and_gone_is_left_out(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    registry = StaleRegistry()
    world.registry, world.ports = registry, replace(world.ports, registry=registry)
    root = world.hold(f"{APP}:build", AMD64, ARM64)
    kept = world.refer(APP, root)
    registry.gone = artifact(b"a signature that was deleted", root.descriptor).descriptor

    promoted(world, tags=f"{ABROAD}:1.0.0")

    assert world.digest(f"{ABROAD}:1.0.0") == str(root.descriptor.digest)
    assert [each.digest for each in registry.referrers(ABROAD, root.descriptor.digest)] == [
        kept.descriptor.digest
    ]
    assert caplog.messages == [
        (
            "A referrer was left out, as the list that names it is stale: "
            f"{APP}@{registry.gone.digest} is not there."
        )
    ]
