"""What a pull moves, counted once for reports: compressed bytes by platform and altogether."""

from dataclasses import dataclass

from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest


@dataclass(frozen=True, kw_only=True)
class PlatformImage:
    """One platform of an image: its manifest's digest, and the compressed bytes of its config and layers."""

    platform: Platform
    digest: Digest
    size: int


@dataclass(frozen=True, kw_only=True)
class ImageSize:
    """Every platform in the order of the index; attestations are nobody's download and don't count."""

    platforms: tuple[PlatformImage, ...]
    total: int
    """Bytes of all platforms together, a blob that several share counted once."""
