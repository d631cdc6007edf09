"""An inspected image in words: lines for the log, JSON and outputs for later steps, the view for
the summary."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ghcr_action.images.facts import Inspected, PlatformFacts
from ghcr_action.report import attest
from ghcr_action.report.words import markdown
from ghcr_action.report.words.views import PlatformRow

Row = tuple[str, str]
MAX_SHOWN = 100
"""Characters of a label or an annotation in the log and the summary."""


@dataclass(frozen=True, kw_only=True)
class InspectedView:
    """One image as the summary shows it."""

    title: str
    digest: str
    facts: tuple[Row, ...]
    platforms: tuple[PlatformRow, ...]
    referrers: tuple[tuple[str, str, str], ...]
    """Artifact type, digest, size."""
    texts: tuple[tuple[str, str, str], ...]
    """Where it stands, key, value."""
    notices: tuple[str, ...] = ()


def lines(image: Inspected) -> tuple[str, ...]:
    """A table for the log."""
    rows = [
        (str(each.platform), str(each.digest), markdown.size(each.size)) for each in image.platforms
    ]
    wide = max((len(platform) for platform, _, _ in rows), default=0)
    return (
        *(f"{name}: {value}" for name, value in _facts(image)),
        *(f"{platform:{wide}}  {digest}  {size}" for platform, digest, size in rows),
        *(
            (
                f"referrer {each.digest} {each.artifact_type or each.media_type} "
                f"{markdown.size(each.size)}"
            )
            for each in image.referrers
        ),
        *(f"{where} {key}={value}" for where, key, value in _texts(image)),
    )


def document(image: Inspected) -> dict[str, object]:
    """One image for machines."""
    name, digest = image.base
    return {
        "reference": str(image.reference),
        "image": image.pinned,
        "digest": str(image.digest),
        "media-type": image.root.media_type,
        "artifact-type": image.root.artifact_type,
        "created": image.created,
        "size": image.total,
        "base": {"name": name, "digest": digest},
        "platforms": list(map(_platform, image.platforms)),
        "labels": dict(image.labels),
        "annotations": dict(image.annotations),
        "attestations": list(map(str, image.attestations)),
        "referrers": [
            {
                "digest": str(each.digest),
                "media-type": each.media_type,
                "artifact-type": each.artifact_type,
                "size": each.size,
                "annotations": dict(each.annotations),
            }
            for each in image.referrers
        ],
        "signed": attest.found_json(image.signed),
    }


def outputs(images: tuple[Inspected, ...]) -> tuple[Row, ...]:
    """``json`` has all of them; the other outputs are the first one's."""
    first = images[0]
    return (
        ("digest", str(first.digest)),
        ("digests", json.dumps({str(each.platform): str(each.digest) for each in first.platforms})),
        ("image", first.pinned),
        ("images", "\n".join(image.pinned for image in images)),
        ("labels", "\n".join(f"{key}={value}" for key, value in first.labels.items())),
        ("annotations", "\n".join(f"{key}={value}" for key, value in first.annotations.items())),
        ("size", str(first.total)),
        ("json", json.dumps(list(map(document, images)))),
    )


def views(images: Iterable[Inspected]) -> tuple[InspectedView, ...]:
    """What the summary shows."""
    return tuple(
        InspectedView(
            title=str(image.reference),
            digest=str(image.digest),
            facts=tuple(_facts(image)),
            platforms=tuple(
                PlatformRow(
                    platform=str(each.platform),
                    digest=str(each.digest),
                    size=markdown.size(each.size),
                )
                for each in image.platforms
            ),
            referrers=tuple(
                (each.artifact_type or each.media_type, str(each.digest), markdown.size(each.size))
                for each in image.referrers
            ),
            texts=_texts(image),
        )
        for image in images
    )


def _platform(each: PlatformFacts) -> dict[str, object]:
    return {
        "platform": str(each.platform),
        "digest": str(each.digest),
        "size": each.size,
        "created": each.config.created,
        "layers": [
            {"digest": str(layer.digest), "size": layer.size, "media-type": layer.media_type}
            for layer in each.manifest.layers
        ],
        "labels": dict(each.config.labels),
        "annotations": dict(each.manifest.annotations),
    }


def _facts(image: Inspected) -> Iterable[Row]:
    yield "Digest", str(image.digest)
    yield "Media type", image.root.media_type
    if image.root.artifact_type:
        yield "Artifact type", image.root.artifact_type
    if image.created:
        yield "Created", image.created
    yield "Compressed", f"{markdown.size(image.total)}, all platforms together"
    if any(image.base):
        yield "Base image", "@".join(filter(None, image.base))
    if image.attestations:
        yield "Attestations in the index", str(len(image.attestations))
    yield "Referrers", str(len(image.referrers))
    for line in attest.lines(image.signed):
        yield "Signed", line


def _texts(image: Inspected) -> tuple[tuple[str, str, str], ...]:
    def rows(where: str, found: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
        return (
            (where, key, value if len(value) <= MAX_SHOWN else f"{value[: MAX_SHOWN - 1]}…")
            for key, value in found.items()
        )

    return (*rows("label", image.labels), *rows("annotation", image.annotations))
