"""Sizes: what a pull moves, by platform and altogether, and bytes in words."""

from dataclasses import dataclass

from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, kw_only=True)
class PlatformImage:
    """One platform of an image: its manifest's digest, and the compressed bytes of its config and
    layers."""

    platform: Platform
    digest: Digest
    size: int


@dataclass(frozen=True, kw_only=True)
class ImageSize:
    """Every platform in the order of the index; attestations are nobody's download and don't
    count."""

    platforms: tuple[PlatformImage, ...]
    total: int
    """Bytes of all platforms together, a blob that several share counted once."""


def words(count: int) -> str:
    """Bytes in binary units with one decimal: ``84.2 MiB``."""
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{count} B" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"
