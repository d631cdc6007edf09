"""An image that a run left where it is, in words: what later steps and a reader need of it. For every mode that builds. Pure."""

import json
from dataclasses import replace

from ghcr_action.report import markdown, naming
from ghcr_action.report.view import ImageView, PlatformRow
from ghcr_action.tagging import Standing


def outputs(standing: Standing | None) -> dict[str, str]:
    """Outputs in place of those of an image that was written; none where nothing stands there."""
    if standing is None:
        return {}
    by_digest = _by_digest(standing)
    return {
        "digest": str(standing.root.descriptor.digest),
        "digests": json.dumps({str(image.platform): str(image.digest) for image in standing.size.platforms}),
        "image": by_digest[0],
        "images": "\n".join(by_digest),
        "tags": "\n".join(map(str, standing.names)),
        "size": str(standing.size.total),
    }


def beside(view: ImageView, standing: Standing | None) -> ImageView:
    """The same summary with the image that stands there."""
    if standing is None:
        return view
    by_digest = _by_digest(standing)
    return replace(
        view,
        title=str(standing.names[0].repository),
        digest=str(standing.root.descriptor.digest),
        by_digest=by_digest,
        by_tag=tuple(map(str, standing.names)),
        platforms=tuple(
            PlatformRow(platform=str(image.platform), digest=str(image.digest), size=markdown.size(image.size))
            for image in standing.size.platforms
        ),
        pins=naming.pins(by_digest),
    )


def _by_digest(standing: Standing) -> tuple[str, ...]:
    return naming.by_digest(standing.names, standing.root.descriptor.digest)
