"""`mode: inspect` over working fakes."""

import json
import logging

import pytest

from ghcr_action.errors import ContentInvalid, NotFound, PolicyRefused
from ghcr_action.images.facts import Inspected
from ghcr_action.modes import inspect
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.reference import Digest, Reference
from tests.flow.existing import AMD64, APP, ARM64, World, settings

BASE = "sha256:" + "b" * 64


@pytest.fixture
def world() -> World:
    return World()


def inspected(world: World, **given: str) -> tuple[Inspected, ...]:
    return inspect.run(settings("inspect", **given), world.ports)


def labelled(world: World, name: str, config: dict[str, object], **annotations: str) -> Manifest:
    """A single image with this config."""
    raw = json.dumps({"os": "linux", "architecture": "amd64", **config}).encode()
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": {
            "mediaType": MediaType.OCI_CONFIG,
            "digest": str(Digest.of(raw)),
            "size": len(raw),
        },
        "layers": [],
        "annotations": annotations,
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Manifest)
    reference = Reference.parse(name)
    world.registry.put_blob(reference.repository, found.config, lambda: world.registry_content(raw))
    world.registry.put(reference, found)
    return found


def test_inspect__an_index_with_attestations_and_a_referrer(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    root = world.hold(f"{APP}:1", AMD64, ARM64, attested=True)
    assert isinstance(root, Index)
    sbom = world.refer(APP, root)

    found = inspected(world, source=f"{APP}:1")[0]

    told = json.loads(world.runner.outputs["json"])[0]
    assert told["digest"] == world.runner.outputs["digest"] == str(root.descriptor.digest)
    assert told["image"] == f"{APP}@{root.descriptor.digest}"
    assert (told["media-type"], told["size"]) == (MediaType.OCI_INDEX, found.total)
    assert [(each["platform"], each["digest"]) for each in told["platforms"]] == [
        (str(entry.platform), str(entry.digest)) for entry in root.platforms
    ]
    assert len(told["attestations"]) == 2
    assert told["referrers"] == [
        {
            "digest": str(sbom.descriptor.digest),
            "media-type": MediaType.OCI_MANIFEST,
            "artifact-type": "application/spdx+json",
            "size": len(sbom.raw),
            "annotations": {},
        }
    ]
    assert json.loads(world.runner.outputs["digests"]) == {
        str(entry.platform): str(entry.digest) for entry in root.platforms
    }
    assert f"Digest: {root.descriptor.digest}" in caplog.messages
    assert any(
        line.startswith(f"linux/amd64  {root.platforms[0].digest}") for line in caplog.messages
    )
    assert "application/spdx+json" in world.runner.summaries[0]


def test_inspect__a_single_image_says_what_it_is_made_of(world: World) -> None:
    manifest = labelled(
        world,
        f"{APP}:1",
        {
            "created": "2026-01-02T03:04:05Z",
            "config": {
                "Labels": {"team": "a" * 200, "org.opencontainers.image.base.name": "debian:13"}
            },
        },
        **{"org.opencontainers.image.base.digest": BASE},
    )

    found = inspected(world, source=f"{APP}:1")[0]

    assert (found.base, found.created) == (("debian:13", BASE), "2026-01-02T03:04:05Z")
    assert [str(each.platform) for each in found.platforms] == ["linux/amd64"]
    assert found.total == manifest.size
    assert world.runner.outputs["labels"].startswith("team=aaa")
    assert world.runner.outputs["annotations"] == f"org.opencontainers.image.base.digest={BASE}"
    assert "| Base image | debian:13@" in world.runner.summaries[0]
    assert "a" * 99 + "…" in world.runner.summaries[0]


def test_inspect__an_artifact(world: World) -> None:
    root = world.hold(f"{APP}:1")
    sbom = world.refer(APP, root)

    found = inspected(world, source=f"{APP}@{sbom.descriptor.digest}")[0]

    assert [str(each.platform) for each in found.platforms] == ["unknown/unknown"]
    assert "Artifact type" in world.runner.summaries[0]


def test_inspect__an_index_of_nothing(world: World) -> None:
    index = oci.parse(
        oci.dump({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": []})
    )
    world.registry.put(Reference.parse(f"{APP}:1"), index)

    found = inspected(world, source=f"{APP}:1")[0]

    assert (found.platforms, found.labels, found.created, found.base, found.total) == (
        (),
        {},
        "",
        ("", ""),
        0,
    )


def test_inspect__several_at_once(world: World) -> None:
    first, second = world.hold(f"{APP}:1"), world.hold(f"{APP}:2", ARM64)

    inspected(world, source=f"{APP}:1\n{APP}:2", referrers="false", summary="false")

    told = json.loads(world.runner.outputs["json"])
    assert [each["digest"] for each in told] == [
        str(first.descriptor.digest),
        str(second.descriptor.digest),
    ]
    assert world.runner.outputs["digest"] == str(first.descriptor.digest)
    assert world.runner.outputs["images"].splitlines() == [each["image"] for each in told]
    assert world.runner.summaries == []
    assert "referrers" not in {verb for verb, _ in world.registry.calls}


def test_inspect__is_a_gate(world: World) -> None:
    root = world.hold(f"{APP}:1")
    inspected(world, source=f"{APP}:1", expect_digest=str(root.descriptor.digest))

    with pytest.raises(PolicyRefused, match="is not the expected image"):
        inspected(world, source=f"{APP}:1", expect_digest=BASE)
    assert world.runner.outputs["digest"] == str(root.descriptor.digest)


def test_inspect__what_is_not_there(world: World) -> None:
    with pytest.raises(NotFound, match=f"{APP}:latest is not there"):
        inspected(world)


def test_inspect__a_config_that_is_too_big(world: World) -> None:
    root = world.hold(f"{APP}:1")
    assert isinstance(root, Manifest)
    big = Descriptor(
        media_type=MediaType.OCI_CONFIG, digest=root.config.digest, size=5 * 1024 * 1024
    )
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": oci.describe(big),
        "layers": [],
    }
    world.registry.put(Reference.parse(f"{APP}:big"), oci.parse(oci.dump(document)))

    with pytest.raises(ContentInvalid, match="is too big"):
        inspected(world, source=f"{APP}:big")
