"""Every name an image is to get: what the tag rules yield for each repository, and the
references written out whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ghcr_action.names import policy
from ghcr_action.values.reference import Reference, Tag

if TYPE_CHECKING:
    from ghcr_action.metadata.compute import Metadata
    from ghcr_action.names.asked import Names
    from ghcr_action.values.event import Event

_GIT_TAGS = "refs/tags/"


def references(named: Names, metadata: Metadata | None) -> tuple[Reference, ...]:
    """Each name once, fixed tags before moving ones; rules yield only tags that every registry
    takes."""
    tags = tuple(map(Tag.parse, metadata.tag_names)) if metadata and named.has_rules else ()
    ruled = (repository.tag(tag) for repository in named.repositories for tag in tags)
    return policy.ordered((*ruled, *(_tagged(reference) for reference in named.references)))


def released(event: Event) -> str:
    """The Git tag that is built; empty elsewhere."""
    return event.ref.removeprefix(_GIT_TAGS) if event.ref.startswith(_GIT_TAGS) else ""


def _tagged(reference: Reference) -> Reference:
    return reference if reference.tag else reference.repository.tag(Tag("latest"))
