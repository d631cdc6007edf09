"""What a pull moves, counted once for reports: compressed bytes by platform and altogether."""

from dataclasses import dataclass

from ghcr_action.values.platform import Platform


@dataclass(frozen=True, kw_only=True)
class ImageSize:
    """Compressed bytes of config and layers; attestations are nobody's download and don't count."""

    platforms: tuple[tuple[Platform, int], ...]
    """Each platform with the bytes that its pull moves, in the order of the index."""
    total: int
    """Bytes of all platforms together, a blob that several share counted once."""
