"""What a bake tells, and where: outputs, job summary, one row of the comment for each target, a
saved report, the runner's artifacts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ghcr_action.buildx.bake.definition import DEFAULT
from ghcr_action.log import NOTICE
from ghcr_action.report import bake, publish, publish_row
from ghcr_action.report.comment import jobs
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.report.publish_row import Base
from ghcr_action.report.words import summary
from ghcr_action.steps import cause, compare
from ghcr_action.steps import report as common

if TYPE_CHECKING:
    from ghcr_action.errors import ActionError
    from ghcr_action.plans.bake_plan import BakeOutcome, BakePlan, TargetPlan
    from ghcr_action.ports import Ports
    from ghcr_action.report.comment.rows import Row
    from ghcr_action.settings.bake import BakeSettings

log = logging.getLogger(__name__)


def report(
    outcome: BakeOutcome, settings: BakeSettings, ports: Ports, handed: tuple[MatrixJob, ...] = ()
) -> None:
    """Tell of a run that did not fail, or of a plan."""
    event, is_dry_run = settings.common.event, settings.common.dry_run
    if why := bake.reason(outcome):
        log.log(NOTICE, "Nothing was pushed: %s.", why)
    is_compared = not is_dry_run and event.pull_request is not None
    bases = _bases(outcome, settings, ports) if is_compared else {}
    rows = tuple(
        _with_builds(row, target.plan, handed)
        for row, target in zip(
            bake.rows(outcome, settings, ports.clock.now(), bases), outcome.targets, strict=True
        )
    )
    told = {} if is_dry_run or outcome.plan.request.call else common.tell(rows, settings, ports)
    for name, value in (
        *bake.outputs(outcome),
        *told.items(),
        *_handed_over(rows, outcome.plan, settings),
    ):
        ports.runner.output(name, value)
    for target in outcome.targets:
        if target.digest:
            common.announce(target.plan.push, target.digest, ports)
    if settings.common.summary:
        steps = publish_row.steps(outcome.steps) or jobs.steps(handed)
        view = bake.view(outcome, source=publish.source(event), is_dry_run=is_dry_run, steps=steps)
        ports.runner.summary(summary.bake(view))


def report_failure(
    error: ActionError, plan: BakePlan, settings: BakeSettings, ports: Ports
) -> ActionError:
    """Tell the pull request of a run that failed: every target, since no name of any has moved.
    Gives the error with its cause, to be raised on."""
    told = cause.explained(error, settings.common, settings.secrets)
    begun = (bake.begun(target, settings, ports.clock.now()) for target in plan.targets)
    rows = tuple(publish_row.failed_row(told, row) for row in begun)
    common.tell_failure(rows, _handed_over(rows, plan, settings), settings, ports)
    return told


def hand_over_failure(error: ActionError, settings: BakeSettings, ports: Ports) -> ActionError:
    """Tell whoever merges why this job has no plan: one line for each target it was asked for.
    Gives the error with its cause, to be raised on."""
    told = cause.explained(error, settings.common, settings.secrets)
    begun = publish_row.begun(settings.common.event, ports.clock.now(), image="")
    row = publish_row.failed_row(told, begun)
    platforms = tuple(map(str, settings.platforms))
    lines = _lines(
        MatrixJob(row=row, target=target, platforms=platforms)
        for target in settings.request.targets or (DEFAULT,)
    )
    common.tell_failure((), lines, settings, ports)
    return told


def _bases(outcome: BakeOutcome, settings: BakeSettings, ports: Ports) -> dict[str, Base]:
    """What each target's image is compared with."""
    return {
        target.plan.name: compare.compared(
            target.plan.push[0], target.digest, settings.common.event, ports
        )
        for target in outcome.targets
        if target.digest
    }


def _with_builds(row: Row, target: TargetPlan, handed: tuple[MatrixJob, ...]) -> Row:
    """The row with what the jobs that built the target say of it."""
    own = tuple(job for job in handed if job.target == target.name)
    return jobs.with_builds(row, own) if own else row


def _handed_over(
    rows: tuple[Row, ...], plan: BakePlan, settings: BakeSettings
) -> tuple[tuple[str, str], ...]:
    """What a later merge wants to know of a job, one line for each target."""
    if not settings.push_by_digest:
        return ()
    dry = "this is a dry run" if settings.common.dry_run else ""
    return _lines(
        MatrixJob(
            row=replace(row, reason=row.reason or dry),
            target=target.name,
            platforms=tuple(map(str, settings.platforms))
            or tuple(each.platform for each in row.platforms),
        )
        for row, target in zip(rows, plan.targets, strict=True)
    )


def _lines(handed: Iterable[MatrixJob]) -> tuple[tuple[str, str], ...]:
    """The output that a merge takes: one line for each target."""
    return (("leg", "\n".join(map(jobs.encode, handed))),)
