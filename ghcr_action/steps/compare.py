"""The image of a pull request's base branch, to compare with: read from the registry, and never
a reason to fail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ghcr_action.errors import ActionError, InvalidValue
from ghcr_action.images import layers, look
from ghcr_action.images.layers import Change, Kind
from ghcr_action.report.comment.rows import UNCHANGED, LayerCells
from ghcr_action.report.publish_row import Base
from ghcr_action.values.reference import Digest, Repository, Tag

if TYPE_CHECKING:
    from ghcr_action.images.facts import Inspected
    from ghcr_action.plans.publish import Outcome
    from ghcr_action.ports import Ports
    from ghcr_action.values.event import Event

MAX_COMMAND = 160
"""Characters of a layer's instruction."""
MAX_LAYERS = 150


def base(outcome: Outcome, event: Event, ports: Ports) -> Base:
    """What the base branch's tag names, and what differs; with a reason where there is nothing."""
    try:
        return compared(_repository(outcome), outcome.digest, event, ports)
    except InvalidValue as cause:
        return Base(reason=str(cause))


def compared(
    repository: Repository | None, digest: Digest | None, event: Event, ports: Ports
) -> Base:
    """The same for an image by name; without a digest there is nothing but the other side."""
    branch = event.pull_request.base_ref if event.pull_request else ""
    if not branch:
        return Base(reason="no base branch")
    try:
        if repository is None:
            return Base(reason="the image has no name")
        reference = repository.tag(branch_tag(branch))
        if ports.registry.head(reference) is None:
            return Base(reason=f"there is no {reference}")
        older = look.look(reference, ports.registry, referrers=False)
        newer = (
            look.look(repository.at(digest), ports.registry, referrers=False) if digest else None
        )
    except InvalidValue:
        return Base(reason=f"{branch} is no tag")
    except ActionError as refused:
        return Base(reason=f"the image of {branch} can't be read ({refused.what})")
    return _compared(branch, older, newer)


def branch_tag(branch: str) -> Tag:
    """The tag that a branch's image has. Raises InvalidValue."""
    return Tag.parse(re.sub(r"[^A-Za-z0-9._-]+", "-", branch))


def _compared(branch: str, older: Inspected, newer: Inspected | None) -> Base:
    comparisons = layers.by_platform(older.platforms, newer.platforms) if newer else {}
    platform, found = next(iter(comparisons.items()), ("", None))
    return Base(
        name=branch,
        digest=str(older.digest),
        sizes={str(each.platform): each.size for each in older.platforms},
        layers=tuple(_lines(found.changes)) if found else (),
        layers_of=platform,
        fresh=found.fresh if found else 0,
        counts={str(each.platform): len(each.manifest.layers) for each in newer.platforms}
        if newer
        else {},
    )


def _lines(changes: tuple[Change, ...]) -> Iterable[LayerCells]:
    """A line for each layer that differs, the others together in one."""
    same = [change for change in changes if change.kind is Kind.UNCHANGED]
    for change in [change for change in changes if change.kind is not Kind.UNCHANGED][:MAX_LAYERS]:
        text = change.command[:MAX_COMMAND] or "a layer without history"
        yield LayerCells(kind=str(change.kind), text=text, before=change.before, after=change.after)
    if same:
        size = sum(change.after or 0 for change in same)
        text = "1 layer" if len(same) == 1 else f"{len(same)} layers"
        yield LayerCells(kind=UNCHANGED, text=text, before=size, after=size, count=len(same))


def _repository(outcome: Outcome) -> Repository | None:
    """The first name; of an image that is not pushed, the one it would have. Raises
    InvalidValue."""
    plan = outcome.plan
    return next(iter((*plan.push, *map(Repository.parse, plan.metadata.images))), None)
