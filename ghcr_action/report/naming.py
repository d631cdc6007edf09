"""Names in words: what was written, what stayed and why, and what a name held before. For every mode that gives names. Pure."""

import json
from collections.abc import Iterable

from ghcr_action.report import markdown
from ghcr_action.tagging import Stay
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference


def stay_lines(stays: Iterable[Stay]) -> tuple[str, ...]:
    """One sentence for each name that stays."""
    return tuple(f"{stay.reference} stays where it is: {stay.reason}." for stay in stays)


def stay_json(stays: Iterable[Stay]) -> list[dict[str, str]]:
    """The same for machines."""
    return [{"tag": str(stay.reference), "reason": stay.reason} for stay in stays]


def previous_json(previous: Iterable[tuple[Reference, Digest | None]]) -> str:
    """Reference → digest before this run; empty where it did not exist."""
    return json.dumps({str(reference): str(digest or "") for reference, digest in previous})


def digests_json(root: Manifest | Index, platform: Platform | None = None) -> str:
    """Platform → digest as the index says; for a single manifest, which does not say, as ``platform`` does, and empty without one."""
    if isinstance(root, Index):
        return json.dumps({str(entry.platform): str(entry.digest) for entry in root.platforms})
    return json.dumps({str(platform): str(root.descriptor.digest)}) if platform and platform.is_known else ""


def by_digest(names: Iterable[Reference], digest: Digest) -> tuple[str, ...]:
    """``name@digest``, once for each repository."""
    return tuple(dict.fromkeys(str(name.repository.at(digest)) for name in names))


def tag_cells(names: Iterable[Reference]) -> markdown.Safe:
    """Tags as code, in their order."""
    return markdown.Safe(", ".join(markdown.code(tag) for tag in dict.fromkeys(name.target for name in names)))


def pins(by_digest: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """How to name exactly the first of these images elsewhere: title, language of the block, lines."""
    image = next(iter(by_digest), "")
    if not image:
        return ()
    name = image.partition("@")[0].rpartition("/")[2]
    return (
        ("A FROM line", "dockerfile", f"FROM {image}"),
        ("Compose", "yaml", f"services:\n  {name}:\n    image: {image}"),
        ("Kubernetes", "yaml", f"containers:\n  - name: {name}\n    image: {image}"),
    )
