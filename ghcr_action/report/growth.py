"""An image that has grown more than it may, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ghcr_action.report.comment.rows import LayerCells, PlatformCells
from ghcr_action.report.words import markdown

if TYPE_CHECKING:
    from ghcr_action.settings.size_limit import SizeLimit

MAX_COMMAND = 80
"""Characters of the layer's instruction."""


def over(
    limit: SizeLimit | None, platforms: Iterable[PlatformCells], layers: Iterable[LayerCells]
) -> str:
    """What grew too much, and the layer that did most of it; empty where all is well, or where
    there is nothing to compare with."""
    if limit is None:
        return ""
    grown = [each for each in platforms if each.base and not limit.allows(each.base, each.size)]
    if not grown:
        return ""
    worst = max(grown, key=lambda each: each.size - (each.base or 0))
    change, share = worst.size - (worst.base or 0), worst.size / (worst.base or 1) - 1
    said = (
        f"{worst.platform} grew by {markdown.size(change)} ({share:+.1%}), "
        f"more than `size-limit: {limit.text}`"
    )
    layer = max(layers, key=_growth, default=None)
    if layer is None or _growth(layer) <= 0:
        return f"{said}."
    what = layer.text.replace("`", "'")[:MAX_COMMAND]
    return f"{said}; most of it is `{what}` (+{markdown.size(_growth(layer))})."


def _growth(layer: LayerCells) -> int:
    return (layer.after or 0) - (layer.before or 0)
