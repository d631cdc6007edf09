"""Names in words: what was written, what stayed and why, and what a name held before."""

import json
from collections.abc import Iterable
from dataclasses import replace

from ghcr_action.names.policy import ExistingImage, KeptTag
from ghcr_action.report.words import markdown
from ghcr_action.report.words.views import ImageView, PlatformRow
from ghcr_action.values import size as sizes
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.size import ImageSize


def kept_tag_lines(kept_tags: Iterable[KeptTag]) -> tuple[str, ...]:
    """One sentence for each name that stays."""
    return tuple(f"{each.reference} stays where it is: {each.reason}." for each in kept_tags)


def kept_tag_json(kept_tags: Iterable[KeptTag]) -> list[dict[str, str]]:
    """The same for machines."""
    return [{"tag": str(each.reference), "reason": each.reason} for each in kept_tags]


def previous_json(previous: Iterable[tuple[Reference, Digest | None]]) -> str:
    """Reference → digest before this run; empty where it did not exist."""
    return json.dumps({str(reference): str(digest or "") for reference, digest in previous})


def digests_json(root: Manifest | Index, platform: Platform | None = None) -> str:
    """Platform → digest as the index says; for a single manifest, which does not say, as
    ``platform`` does, and empty without one."""
    if isinstance(root, Index):
        return json.dumps({str(entry.platform): str(entry.digest) for entry in root.platforms})
    return (
        json.dumps({str(platform): str(root.descriptor.digest)})
        if platform and platform.is_known
        else ""
    )


def by_digest(names: Iterable[Reference], digest: Digest) -> tuple[str, ...]:
    """``name@digest``, once for each repository."""
    return tuple(dict.fromkeys(str(name.repository.at(digest)) for name in names))


def tag_cells(names: Iterable[Reference]) -> markdown.Safe:
    """Tags as code, in their order."""
    return markdown.Safe(
        ", ".join(markdown.code(tag) for tag in dict.fromkeys(name.target for name in names))
    )


def pins(by_digest: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """How to name exactly the first of these images elsewhere: title, language of the block,
    lines."""
    image = next(iter(by_digest), "")
    if not image:
        return ()
    name = image.partition("@")[0].rpartition("/")[2]
    return (
        ("A FROM line", "dockerfile", f"FROM {image}"),
        ("Compose", "yaml", f"services:\n  {name}:\n    image: {image}"),
        ("Kubernetes", "yaml", f"containers:\n  - name: {name}\n    image: {image}"),
    )


_TAGS = 5


def published_lines(
    repositories: Iterable[Repository],
    digest: Digest | None,
    size: ImageSize | None,
    names: Iterable[Reference],
) -> tuple[str, ...]:
    """A line for each repository that was pushed to; none where nothing was, which a notice has
    said."""
    if digest is None or size is None:
        return ()
    known = tuple(names)
    built = (
        f"{', '.join(str(image.platform) for image in size.platforms)}; {sizes.words(size.total)}"
    )
    return tuple(
        f"Published {repository.at(digest)}{_names(known, repository)} ({built})."
        for repository in repositories
    )


def _names(names: Iterable[Reference], repository: Repository) -> str:
    """`` as main, latest``; of many tags the first few."""
    tags = [str(name.tag) for name in names if name.repository == repository]
    more = f" and {len(tags) - _TAGS} more" if len(tags) > _TAGS else ""
    return f" as {', '.join(tags[:_TAGS])}{more}" if tags else ""


def existing_outputs(existing: ExistingImage | None) -> dict[str, str]:
    """Outputs in place of those of an image that was written; none where nothing stands there."""
    if existing is None:
        return {}
    by_digest = _by_digest(existing)
    return {
        "digest": str(existing.root.descriptor.digest),
        "digests": json.dumps(
            {str(image.platform): str(image.digest) for image in existing.size.platforms}
        ),
        "image": by_digest[0],
        "images": "\n".join(by_digest),
        "tags": "\n".join(map(str, existing.names)),
        "size": str(existing.size.total),
    }


def with_existing(view: ImageView, existing: ExistingImage | None) -> ImageView:
    """The same summary with the image that stands there."""
    if existing is None:
        return view
    by_digest = _by_digest(existing)
    return replace(
        view,
        title=str(existing.names[0].repository),
        digest=str(existing.root.descriptor.digest),
        by_digest=by_digest,
        by_tag=tuple(map(str, existing.names)),
        platforms=tuple(
            PlatformRow(
                platform=str(image.platform),
                digest=str(image.digest),
                size=markdown.size(image.size),
            )
            for image in existing.size.platforms
        ),
        pins=pins(by_digest),
    )


def _by_digest(existing: ExistingImage) -> tuple[str, ...]:
    return by_digest(existing.names, existing.root.descriptor.digest)
