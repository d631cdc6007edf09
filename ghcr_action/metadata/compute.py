"""Request, event and facts in, metadata out: the one pure function that modes call."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ghcr_action.metadata import labels as label_items
from ghcr_action.metadata import origin as contexts
from ghcr_action.metadata import tags as tag_names
from ghcr_action.metadata.request import Request
from ghcr_action.values.event import Event, RepositoryFacts


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Everything that is known of an image before it is built."""

    version: str
    """The most important tag; empty where no rule yields one."""
    tags: tuple[str, ...]
    """``image:tag``, images outside, tags inside; bare tags without images."""
    tag_names: tuple[str, ...]
    images: tuple[str, ...]
    labels: Mapping[str, str]
    annotations: tuple[str, ...]
    """``level:key=value``."""
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def metadata(
    request: Request,
    event: Event,
    repository: RepositoryFacts,
    now: datetime,
    commit_date: datetime | None,
    *,
    created: datetime | None = None,
    head: tuple[str, str] | None = None,
) -> Metadata:
    """Tags, labels and annotations; ``head`` is the ref and commit of a work tree that counts
    instead of the event's.

    Without ``commit_date`` and ``created`` both are ``now``. Raises SettingsError for an ``enable``
    that is neither true nor false, and for a pattern that never ends.
    """
    context = contexts.of(
        event,
        repository,
        now=now,
        created=created or now,
        commit_date=commit_date,
        head=head,
        pr_head=request.pr_head,
        keep_merge=request.keep_merge,
        short_length=request.short_sha_length,
    )
    found = tag_names.of(request.rules, request.flavor, context)
    version = found.names[0] if found.names else ""
    return Metadata(
        version=version,
        tags=tuple(f"{image}:{name}" for image in request.images for name in found.names)
        if request.images
        else found.names,
        tag_names=found.names,
        images=request.images,
        labels=label_items.labels(context, version, request.labels),
        annotations=label_items.annotations(
            context, version, request.annotations, request.annotation_levels
        ),
        notices=found.notices,
        warnings=(*request.warnings, *found.warnings),
    )


def without_empty(found: Metadata) -> Metadata:
    """The same without labels and annotations that say nothing. A workflow keeps them, as
    docker/metadata-action does; on a person's own machine much more is not known."""
    return replace(
        found,
        labels={key: value for key, value in found.labels.items() if value},
        annotations=tuple(each for each in found.annotations if not each.endswith("=")),
    )
