"""Manifests and indexes as a clean-up meets them: each named by a word that makes its bytes
unique."""

from collections.abc import Mapping

from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest

PLATFORMS = (Platform("linux", "amd64"), Platform("linux", "arm64"), Platform("linux", "arm", "v7"))


def manifest(
    name: str, *, subject: Manifest | Index | None = None, layers: Mapping[str, int] | None = None
) -> Manifest:
    """An image whose config is ``name`` (100 bytes), with these layers, named by their content, and
    their sizes."""
    config = Descriptor(media_type=MediaType.OCI_CONFIG, digest=Digest.of(name.encode()), size=100)
    held = (
        Descriptor(media_type=MediaType.OCI_LAYER_GZIP, digest=Digest.of(text.encode()), size=size)
        for text, size in (layers or {}).items()
    )
    made = _parsed(
        {"config": oci.describe(config), "layers": [*map(oci.describe, held)]},
        MediaType.OCI_MANIFEST,
        name,
        subject,
    )
    assert isinstance(made, Manifest)
    return made


def index(name: str, *listed: Manifest | Index, subject: Manifest | Index | None = None) -> Index:
    """An index of these, a platform each as long as there are some."""
    entries = [oci.describe(each.descriptor) for each in listed]
    for entry, platform in zip(entries, PLATFORMS, strict=False):
        entry["platform"] = {"os": platform.os, "architecture": platform.architecture}
    made = _parsed({"manifests": entries}, MediaType.OCI_INDEX, name, subject)
    assert isinstance(made, Index)
    return made


def digest_tag(described: Manifest | Index, suffix: str = "") -> str:
    """The tag under which a registry without the referrers API keeps what describes this."""
    return str(described.descriptor.digest).replace(":", "-") + suffix


def _parsed(
    content: Mapping[str, object], media_type: str, name: str, subject: Manifest | Index | None
) -> Manifest | Index:
    document = {
        "schemaVersion": 2,
        "mediaType": str(media_type),
        **content,
        "annotations": {"name": name},
    }
    if subject:
        document["subject"] = oci.describe(subject.descriptor)
    return oci.parse(oci.dump(document))
