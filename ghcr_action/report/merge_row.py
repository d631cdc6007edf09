"""A merge as a row of the comment: the index that stands where the jobs of a matrix were."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ghcr_action.plans.merge import Outcome
from ghcr_action.report import attest, publish_row
from ghcr_action.report.comment import jobs
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.report.comment.rows import PUSHED, PlatformCells, Row
from ghcr_action.report.publish_row import Base
from ghcr_action.values.event import Event


def row(
    outcome: Outcome, event: Event, now: datetime, base: Base, handed: Iterable[MatrixJob] = ()
) -> Row:
    """The row of an index that was pushed; without sizes where nobody asked the registry for
    them."""
    plan, size = outcome.plan, outcome.size
    image = plan.push[0]
    listed = tuple(
        PlatformCells(platform=str(entry.platform), digest=str(entry.digest), size=0)
        for entry in plan.index.platforms
    )
    found = replace(
        publish_row.begun(event, now, image=str(image)),
        status=PUSHED,
        digest=str(plan.digest),
        tags=tuple(
            str(reference.tag) for reference in plan.decision.write if reference.repository == image
        ),
        platforms=publish_row.platform_cells(size.platforms, base) if size else listed,
        total=size.total if size else 0,
        visibility=outcome.visible.sentence if outcome.visible else "",
        attestation=attest.sentence(outcome.attested),
    )
    return jobs.with_builds(publish_row.against(found, base, event), handed)
