"""`mode: pull` over working fakes."""

import json
from dataclasses import replace

import pytest

from ghcr_action.errors import ContentInvalid, NotFound, PolicyRefused, SettingsError, Unavailable
from ghcr_action.images import tree
from ghcr_action.modes import pull
from ghcr_action.report.pull import Pulled
from ghcr_action.values.engine import EngineFacts
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Tag
from tests.fakes.engine import FakeEngine
from tests.fakes.events import push_event
from tests.flow.existing import AMD64, APP, ARM64, World, settings


@pytest.fixture
def world() -> World:
    return World()


def pulled(world: World, **given: str) -> Pulled:
    return pull.run(settings("pull", **given), world.ports)


def test_pull__a_tag_comes_by_its_digest_and_keeps_its_name(world: World) -> None:
    root = world.hold(f"{APP}:1", AMD64, ARM64)

    pulled(world, source=f"{APP}:1")

    pinned = f"{APP}@{root.descriptor.digest}"
    assert world.engine.calls == [
        ("pull", pinned),
        ("tag", pinned, f"{APP}:1"),
        ("image", "inspect", "--format", "{{json .RepoDigests}}", pinned),
    ]
    assert (world.runner.outputs["digest"], world.runner.outputs["image"]) == (
        str(root.descriptor.digest),
        pinned,
    )
    assert list(json.loads(world.runner.outputs["digests"])) == ["linux/amd64", "linux/arm64"]
    assert "✅ pulled" in world.runner.summaries[0]


def test_pull__by_name_is_latest(world: World) -> None:
    world.hold(f"{APP}:latest")

    assert pulled(world).source == APP.tag(Tag("latest"))
    assert world.engine.calls[1][2] == f"{APP}:latest"


def test_pull__a_name_without_a_tag_is_latest(world: World) -> None:
    world.hold(f"{APP}:latest")

    pulled(world, source=str(APP))

    assert world.engine.calls[1][2] == f"{APP}:latest"


def test_pull__by_digest_for_a_platform_and_fresh(world: World) -> None:
    root = world.hold(f"{APP}@", AMD64, ARM64)
    pinned = f"{APP}@{root.descriptor.digest}"

    pulled(world, source=pinned, platforms="linux/arm64", fresh="true", summary="false")

    assert world.engine.calls[:2] == [
        ("image", "rm", "--force", pinned),
        ("pull", "--platform", "linux/arm64", pinned),
    ]
    assert world.runner.summaries == []


def test_pull__fresh_removes_the_name_as_well(world: World) -> None:
    root = world.hold(f"{APP}:1")

    pulled(world, source=f"{APP}:1", fresh="true")

    assert [call[3] for call in world.engine.calls[:2]] == [
        f"{APP}:1",
        f"{APP}@{root.descriptor.digest}",
    ]


def test_pull__what_arrives_is_compared(world: World) -> None:
    world.hold(f"{APP}:1")
    world.engine.arrives = f"{APP}@sha256:{'0' * 64}"

    with pytest.raises(ContentInvalid, match="The engine holds another image"):
        pulled(world, source=f"{APP}:1")


def test_pull__dry_run(world: World) -> None:
    root = world.hold(f"{APP}:1")

    pulled(world, source=f"{APP}:1", dry_run="true")

    assert world.engine.calls == []
    assert world.runner.outputs["digest"] == str(root.descriptor.digest)
    assert "planned" in world.runner.summaries[0]


@pytest.mark.parametrize("platform", ["", "linux/arm64"], ids=["all platforms", "one platform"])
def test_pull__into_a_directory_without_an_engine(world: World, platform: str) -> None:
    root = world.hold(f"{APP}:1", AMD64, ARM64, attested=True)
    assert isinstance(root, Index)

    pulled(world, source=f"{APP}:1", output="image", platforms=platform)

    written, held = world.workspace.written["image"], world.registry.repositories[APP]
    assert written.root is not None
    assert (written.root.digest, written.name) == (
        root.platforms[1].digest if platform else root.descriptor.digest,
        "1",
    )
    found = held.manifests[written.root.digest]
    assert written.blobs[written.root.digest] == found.raw
    if isinstance(found, Manifest):
        assert written.blobs.keys() == {
            found.descriptor.digest,
            *(blob.digest for blob in tree.blobs(found)),
        }
    else:
        assert written.blobs == held.blobs | {
            digest: manifest.raw for digest, manifest in held.manifests.items()
        }
    assert world.engine.calls == []


def test_pull__a_directory_outside_the_workspace(world: World) -> None:
    with pytest.raises(SettingsError, match="is outside the workspace"):
        pulled(world, source=f"{APP}:1", output="../elsewhere")


def test_pull__a_person_may_write_where_he_likes(world: World) -> None:
    world.hold(f"{APP}:1")

    here = replace(push_event(), is_local=True)
    pull.run(settings("pull", here, source=f"{APP}:1", output="/tmp/image"), world.ports)

    assert world.workspace.written["/tmp/image"].root is not None


def test_pull__what_is_not_there(world: World) -> None:
    with pytest.raises(NotFound, match=f"{APP}:1 is not there"):
        pulled(world, source=f"{APP}:1")


def test_pull__a_platform_that_is_not_there(world: World) -> None:
    world.hold(f"{APP}:1", AMD64, ARM64)

    with pytest.raises(NotFound, match="has no linux/s390x"):
        pulled(world, source=f"{APP}:1", platforms="linux/s390x")


def test_pull__expected_digest(world: World) -> None:
    world.hold(f"{APP}:1")

    with pytest.raises(PolicyRefused, match="is not the expected image"):
        pulled(world, source=f"{APP}:1", expect_digest=f"sha256:{'0' * 64}")
    assert world.engine.calls == []


def test_pull__two_platforms(world: World) -> None:
    with pytest.raises(SettingsError, match="`platforms` names 2 platforms"):
        pulled(world, source=f"{APP}:1", platforms="linux/amd64,linux/arm64")


class NoEngine(FakeEngine):
    def describe(self) -> EngineFacts:
        raise Unavailable(
            "No Docker engine answers at unix:///var/run/docker.sock", fix="Start one."
        )


def test_pull__without_an_engine_the_error_names_the_way_out(world: World) -> None:
    world.hold(f"{APP}:1")
    world.ports = type(world.ports)(**{**vars(world.ports), "engine": NoEngine()})

    with pytest.raises(Unavailable) as caught:
        pulled(world, source=f"{APP}:1")

    assert (
        caught.value.fix
        == "Start one. Or pull into a directory, which needs no engine: `output: image`."
    )


@pytest.mark.parametrize("output", ["", "image"], ids=["engine", "directory"])
def test_pull__a_single_manifest_says_its_platform(world: World, output: str) -> None:
    root = world.hold(f"{APP}:1", ARM64)

    pulled(world, source=f"{APP}:1", output=output)

    assert json.loads(world.runner.outputs["digests"]) == {
        "linux/arm64": str(root.descriptor.digest)
    }


def test_pull__an_artifact_is_for_no_platform(world: World) -> None:
    subject = world.hold(f"{APP}:1")
    found = world.refer(APP, subject)
    world.registry.calls.clear()

    pulled(world, source=f"{APP}@{found.descriptor.digest}")

    assert world.runner.outputs["digests"] == ""
    assert world.registry.calls == [("manifest", f"{APP}@{found.descriptor.digest}")]


@pytest.mark.parametrize("output", ["", "image"], ids=["engine", "directory"])
def test_pull__a_single_manifest_of_another_platform(world: World, output: str) -> None:
    root = world.hold(f"{APP}:1", AMD64)

    with pytest.raises(NotFound, match=f"{root.descriptor.digest} has no linux/arm64") as caught:
        pulled(world, source=f"{APP}:1", output=output, platforms="linux/arm64")

    assert caught.value.why == "it has linux/amd64"
    assert (world.engine.calls, world.workspace.written) == ([], {})
