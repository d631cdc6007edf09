"""What is known of an image at a registry without pulling it: plain values, from the documents
that were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ghcr_action.values.image_config import ImageConfig
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference

if TYPE_CHECKING:
    from ghcr_action.attestation.found import Found

_BASE_NAME, _BASE_DIGEST = (
    "org.opencontainers.image.base.name",
    "org.opencontainers.image.base.digest",
)
"""Keys:
https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys."""


@dataclass(frozen=True, kw_only=True)
class PlatformFacts:
    """One platform of an image."""

    digest: Digest
    manifest: Manifest
    config: ImageConfig
    platform: Platform
    """As the index says, else as the config does."""

    @property
    def size(self) -> int:
        """Compressed bytes of config and layers."""
        return self.manifest.size


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """One image as it is now."""

    reference: Reference
    root: Manifest | Index
    platforms: tuple[PlatformFacts, ...]
    """In the order of the index."""
    attestations: tuple[Digest, ...] = ()
    """BuildKit's attestation manifests in the index."""
    referrers: tuple[Descriptor, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    signed: tuple[Found, ...] = ()
    """Signed attestations, each with who signed it or why it proves nothing."""

    @property
    def digest(self) -> Digest:
        """The digest of the whole."""
        return self.root.descriptor.digest

    @property
    def at_digest(self) -> Reference:
        """``name@digest``."""
        return self.reference.repository.at(self.digest)

    @property
    def pinned(self) -> str:
        """The same as text."""
        return str(self.at_digest)

    @property
    def total(self) -> int:
        """Compressed bytes of all platforms together, a blob that several share once."""
        return sum(
            {
                blob.digest: blob.size for each in self.platforms for blob in each.manifest.blobs
            }.values()
        )

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels that all platforms share."""
        first, *others = [each.config.labels for each in self.platforms] or [{}]
        return {
            key: value
            for key, value in first.items()
            if all(labels.get(key) == value for labels in others)
        }

    @property
    def created(self) -> str:
        """When the newest platform was made, as its config says; RFC 3339 texts in UTC sort by
        time."""
        return max((each.config.created for each in self.platforms), default="")

    @property
    def base(self) -> tuple[str, str]:
        """Name and digest of the base image, from the annotations, else from the labels; empty
        where nothing says it."""
        known = (
            self.annotations,
            *(each.manifest.annotations for each in self.platforms),
            self.labels,
        )
        name, digest = (
            next((found[key] for found in known if key in found), "")
            for key in (_BASE_NAME, _BASE_DIGEST)
        )
        return name, digest
