import json
from typing import Any

import pytest

from ghcr_action.errors import InvalidValue
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest

ONE, TWO = Digest.of(b"one"), Digest.of(b"two")


def descriptor(digest: Digest = ONE, **more: Any) -> dict[str, Any]:
    return {"mediaType": MediaType.OCI_LAYER_GZIP, "digest": str(digest), "size": 3, **more}


def manifest(**more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": descriptor(),
        "layers": [descriptor(TWO), descriptor(TWO)],
        **more,
    }


def index(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": list(entries),
        **more,
    }


def parse(document: dict[str, Any], media_type: str = "") -> Manifest | Index:
    return oci.parse(oci.dump(document), media_type)


def test_parse__manifest_keeps_its_bytes() -> None:
    raw = b' {"schemaVersion":2, ' + oci.dump(manifest(annotations={"a": "b"}))[1:].replace(
        b'"schemaVersion":2,', b""
    )

    found = oci.parse(raw, MediaType.OCI_MANIFEST)

    assert isinstance(found, Manifest)
    assert found.raw == raw
    assert found.descriptor == Descriptor(
        media_type=MediaType.OCI_MANIFEST, digest=Digest.of(raw), size=len(raw)
    )
    assert found.annotations == {"a": "b"}
    assert found.size == 6
    assert [blob.digest for blob in found.blobs] == [ONE, TWO, TWO]


def test_parse__an_image_of_no_layer_is_one() -> None:
    """What BuildKit makes of ``FROM scratch`` alone."""
    found = oci.parse(oci.dump(manifest(layers=None)))

    assert isinstance(found, Manifest)
    assert found.layers == ()


def test_parse__referrer_carries_type_subject_and_annotations() -> None:
    found = parse(
        manifest(subject=descriptor(), artifactType="application/x", annotations={"a": "b"})
    )

    assert found.subject is not None
    assert found.descriptor.artifact_type == "application/x"
    assert found.descriptor.annotations == {"a": "b"}


def test_parse__index_lists_platforms_without_attestations() -> None:
    amd64 = descriptor(platform={"os": "linux", "architecture": "amd64"})
    arm = descriptor(
        TWO, platform={"os": "linux", "architecture": "arm", "variant": "v7", "os.version": "1"}
    )
    unknown = descriptor(platform={"os": "unknown", "architecture": "unknown"})
    attestation = descriptor(
        platform={"os": "linux", "architecture": "amd64"},
        annotations={oci.ATTESTATION_KEY: oci.ATTESTATION_VALUE},
    )

    found = parse(index(amd64, arm, unknown, attestation, descriptor()))

    assert isinstance(found, Index)
    assert [str(entry.platform) for entry in found.platforms] == ["linux/amd64", "linux/arm/v7"]
    assert found.descriptor.size == len(found.raw)


def test_parse__media_type_may_come_from_either_side() -> None:
    bare = {key: value for key, value in manifest().items() if key != "mediaType"}

    assert (
        parse(
            bare, "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8"
        ).media_type
        == MediaType.DOCKER_MANIFEST
    )
    assert isinstance(parse(bare), Manifest)
    assert isinstance(parse({"manifests": []}), Index)


@pytest.mark.parametrize(
    ("raw", "media_type", "says"),
    [
        (b"x" * (oci.MAX_MANIFEST + 1), "", "4194304 are allowed"),
        (b"nonsense", "", "not JSON"),
        (b"\xff\xfe", "", "not JSON"),
        (b"[" * 200_000, "", "nested too deep"),
        (b'{"layers":[],"config":{},"annotations":{"a":"\\ud800"}}', "", "half a character"),
        (b'{"layers":[],"config":{},"artifactType":"\\ud800"}', "", "half a character"),
        (b"[]", "", "not a JSON object"),
        (oci.dump(manifest()), MediaType.OCI_INDEX, "the registry says"),
        (oci.dump(manifest(mediaType="text/html")), "", "is not the media type"),
        (oci.dump({"mediaType": MediaType.OCI_MANIFEST}), "", "not a well-formed"),
        (oci.dump(index(layers=[])), "", "an index with layers"),
        (oci.dump(manifest(manifests=[])), "", "an image manifest with manifests"),
        (oci.dump(manifest(config=descriptor(size=-1))), "", "a descriptor of size -1"),
        (oci.dump(manifest(config=descriptor(size=True))), "", "a descriptor of size True"),
        (oci.dump(manifest(config=descriptor(size="3"))), "", "a descriptor of size '3'"),
        (oci.dump(manifest(config={**descriptor(), "digest": "sha256:x"})), "", "is not a digest"),
        (oci.dump(manifest(layers=7)), "", "not a well-formed"),
        (oci.dump(manifest(annotations=[1])), "", "not a well-formed"),
    ],
)
def test_parse__refuses(raw: bytes, media_type: str, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        oci.parse(raw, media_type)


def test_parse__characters_may_be_spelled_in_halves() -> None:
    """JSON escapes a character beyond the basic plane as a pair of surrogates, RFC 8259 section
    7."""
    raw = json.dumps(manifest(annotations={"a": "\U0001f600"})).encode()

    assert rb"\ud83d\ude00" in raw
    assert oci.parse(raw).annotations == {"a": "\U0001f600"}


def test_describe__round_trips() -> None:
    whole = Descriptor(
        media_type=MediaType.OCI_MANIFEST,
        digest=ONE,
        size=3,
        platform=Platform("linux", "arm", "v7", "1"),
        artifact_type="application/x",
        annotations={"a": "b"},
    )
    bare = Descriptor(media_type=MediaType.OCI_MANIFEST, digest=TWO, size=4)

    found = parse(index(oci.describe(whole), oci.describe(bare)))

    assert isinstance(found, Index)
    assert found.manifests == (whole, bare)
    assert json.loads(found.raw)["manifests"][1] == {
        "mediaType": MediaType.OCI_MANIFEST,
        "digest": str(TWO),
        "size": 4,
    }
