"""A merge as a row of the comment: the index that stands where the legs of a matrix were. Pure."""

from dataclasses import replace
from datetime import datetime

from ghcr_action.merging import Plan
from ghcr_action.report import published_row
from ghcr_action.report.published_row import Base
from ghcr_action.report.rows import PUSHED, PlatformCells, Row
from ghcr_action.values.event import Event
from ghcr_action.values.size import ImageSize


def row(plan: Plan, size: ImageSize | None, event: Event, now: datetime, base: Base) -> Row:
    """The row of an index that was pushed; without sizes where nobody asked the registry for them."""
    image = plan.push[0]
    listed = tuple(PlatformCells(platform=str(entry.platform), digest=str(entry.digest), size=0) for entry in plan.index.platforms)
    return replace(
        published_row.begun(event, now, image=str(image)),
        status=PUSHED,
        digest=str(plan.digest),
        tags=tuple(str(reference.tag) for reference in plan.decision.write if reference.repository == image),
        platforms=published_row.platform_cells(size.platforms, base) if size else listed,
        total=size.total if size else 0,
        base_name=base.name,
        base_digest=base.digest,
        base_reason=base.reason if event.pull_request else "",
        layers=base.layers,
        layers_of=base.layers_of,
        fresh=base.fresh,
    )
