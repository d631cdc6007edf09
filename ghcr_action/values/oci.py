"""Descriptors, manifests and indexes: values that keep the exact bytes they came from.

Source: OCI image 1.1, https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md and
image-index.md.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ghcr_action.values.invalid import InvalidValue
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Tag


class MediaType(StrEnum):
    """The media types this product makes or has to know; others pass as plain text."""

    OCI_INDEX = "application/vnd.oci.image.index.v1+json"
    OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
    OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
    OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
    OCI_EMPTY = "application/vnd.oci.empty.v1+json"
    DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
    DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"


SCHEMA_1 = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)
"""Docker's first format, which nobody makes any more."""
INDEX_TYPES = frozenset({MediaType.OCI_INDEX, MediaType.DOCKER_INDEX})
MANIFEST_TYPES = frozenset({MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST})
CONFIG_TYPES = frozenset({MediaType.OCI_CONFIG, MediaType.DOCKER_CONFIG})
"""Configs that say for which platform an image is; artifacts have others."""
TOO_DEEP = "a value is nested too deep"
MAX_MANIFEST = 4 * 1024 * 1024
"""Largest manifest in bytes that a registry has to take, and the largest one read here."""

ATTESTATION_KEY, ATTESTATION_VALUE = "vnd.docker.reference.type", "attestation-manifest"
ATTESTED_KEY = "vnd.docker.reference.digest"


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """Where content is and how to check it: media type, digest and size in bytes."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_attestation(self) -> bool:
        """Whether this is BuildKit's attestation manifest, which is nobody's platform."""
        return self.annotations.get(ATTESTATION_KEY) == ATTESTATION_VALUE or (
            self.platform is not None and not self.platform.is_known
        )


@dataclass(frozen=True, kw_only=True)
class _Document:
    """What manifests and indexes share: their exact bytes, and what those say of themselves."""

    raw: bytes = field(repr=False)
    media_type: str
    subject: Descriptor | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def descriptor(self) -> Descriptor:
        """How an index or a subject names these bytes; a referrer's carries its annotations, as the
        specification asks."""
        return Descriptor(
            media_type=self.media_type,
            digest=Digest.of(self.raw),
            size=len(self.raw),
            artifact_type=self.artifact_type,
            annotations=self.annotations if self.subject else {},
        )


@dataclass(frozen=True, kw_only=True)
class Manifest(_Document):
    """One image or artifact."""

    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Config and layers."""
        return (self.config, *self.layers)

    @property
    def size(self) -> int:
        """Compressed bytes of config and layers: what a pull moves, equal blobs once."""
        return sum({blob.digest: blob.size for blob in self.blobs}.values())


@dataclass(frozen=True, kw_only=True)
class Index(_Document):
    """A manifest that lists manifests."""

    manifests: tuple[Descriptor, ...]

    @property
    def platforms(self) -> tuple[Descriptor, ...]:
        """The entries that are images for a platform, attestations left out."""
        return tuple(
            entry
            for entry in self.manifests
            if entry.platform is not None and not entry.is_attestation
        )


def parse(raw: bytes, media_type: str = "") -> Manifest | Index:
    """Read a manifest or index from its exact bytes.

    ``media_type`` is what the registry said; the document's own ``mediaType`` must agree where both
    are given, as the specification asks, so that one text can't be read in two ways. Raises
    InvalidValue.
    """
    if len(raw) > MAX_MANIFEST:
        raise InvalidValue(f"a manifest of {len(raw)} bytes: {MAX_MANIFEST} are allowed")
    try:
        return _parse(raw, media_type)
    except RecursionError as cause:  # in words of ours: each Python has its own
        raise InvalidValue(TOO_DEEP) from cause


def _parse(raw: bytes, media_type: str) -> Manifest | Index:
    """The same; also raises RecursionError."""
    try:
        document = json.loads(raw)
        is_whole = b"\\u" not in raw or _is_printable(json.dumps(document, ensure_ascii=False))
    except ValueError as cause:
        raise InvalidValue(f"not JSON: {cause}") from cause
    if not isinstance(document, dict):
        raise InvalidValue("not a JSON object")
    if not is_whole:
        raise InvalidValue("a text with half a character (a lone surrogate)")
    own, said = str(document.get("mediaType", "")), media_type.partition(";")[0].strip()
    if own and said and own != said:
        raise InvalidValue(f"the document says {own}, the registry says {said}")
    kind = (
        own or said or (MediaType.OCI_INDEX if "manifests" in document else MediaType.OCI_MANIFEST)
    )
    try:
        common: dict[str, Any] = {
            "raw": raw,
            "media_type": str(kind),
            "subject": _descriptor(document["subject"]) if document.get("subject") else None,
            "artifact_type": str(document.get("artifactType", "")),
            "annotations": _annotations(document),
        }
        if kind in INDEX_TYPES:
            if "layers" in document:
                raise InvalidValue("an index with layers")
            return Index(manifests=_descriptors(document["manifests"]), **common)
        if kind in MANIFEST_TYPES:
            if "manifests" in document:
                raise InvalidValue("an image manifest with manifests")
            return Manifest(
                config=_descriptor(document["config"]),
                layers=_descriptors(document["layers"]),
                **common,
            )
    except (KeyError, TypeError, AttributeError) as cause:
        raise InvalidValue(f"not a well-formed {kind}: {cause!r}") from cause
    raise InvalidValue(f"{kind!r} is not the media type of a manifest or an index")


def dump(document: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest or index we make ourselves: compact JSON, keys in the given order."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def describe(descriptor: Descriptor) -> dict[str, Any]:
    """A descriptor as JSON, for an index or a subject we make ourselves."""
    document: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": str(descriptor.digest),
        "size": descriptor.size,
    }
    if descriptor.annotations:
        document["annotations"] = dict(descriptor.annotations)
    if platform := descriptor.platform:
        document["platform"] = {
            key: value
            for key, value in (
                ("architecture", platform.architecture),
                ("os", platform.os),
                ("os.version", platform.os_version),
                ("variant", platform.variant),
            )
            if value
        }
    if descriptor.artifact_type:
        document["artifactType"] = descriptor.artifact_type
    return document


def make_index(
    entries: Iterable[Descriptor],
    *,
    media_type: str = MediaType.OCI_INDEX,
    annotations: Mapping[str, str] | None = None,
) -> Index:
    """An index of ours that lists these: equal entries in equal order give equal bytes."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [describe(entry) for entry in entries],
    }
    made = parse(dump(document | ({"annotations": dict(annotations)} if annotations else {})))
    assert isinstance(made, Index)  # noqa: S101 (its media type says so)
    return made


def referrers_in(found: Manifest | Index | None, subject: Digest) -> tuple[Descriptor, ...]:
    """What an answer to the fallback tag lists; nothing where it is no referrers index.

    GitLab answers the tag with the image of that digest: platforms of an image are no referrers.
    """
    if not isinstance(found, Index) or found.descriptor.digest == subject:
        return ()
    return tuple(each for each in found.manifests if each.artifact_type or each.platform is None)


def fallback_tag(subject: Digest) -> Tag:
    """The tag of the index that stands in for the referrers API: at most 32 and 64 characters of
    the digest's parts.

    Source:
    https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema.
    """
    return Tag(f"{subject.algorithm[:32]}-{subject.encoded[:64]}")


def _descriptors(listed: Any) -> tuple[Descriptor, ...]:
    """A list of them. BuildKit writes an empty one as ``null``, as programs in Go do: ``FROM
    scratch`` alone has no layer."""
    return tuple(map(_descriptor, listed if listed is not None else ()))


def _descriptor(document: Mapping[str, Any]) -> Descriptor:
    size = document["size"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidValue(f"a descriptor of size {size!r}")
    platform = document.get("platform")
    return Descriptor(
        media_type=str(document["mediaType"]),
        digest=Digest.parse(str(document["digest"])),
        size=size,
        platform=_platform(platform) if platform else None,
        artifact_type=str(document.get("artifactType", "")),
        annotations=_annotations(document),
    )


def _platform(document: Mapping[str, Any]) -> Platform:
    return Platform(
        os=str(document["os"]),
        architecture=str(document["architecture"]),
        variant=str(document.get("variant", "")),
        os_version=str(document.get("os.version", "")),
    )


def _annotations(document: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in (document.get("annotations") or {}).items()}


def _is_printable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
