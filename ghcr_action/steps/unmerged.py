"""What ``mode: merge`` does where jobs of the matrix have pushed nothing, or failed: one report
of the image, and no tag."""

import logging

from ghcr_action.errors import BuildFailed, InvalidValue, SettingsError
from ghcr_action.log import NOTICE
from ghcr_action.names import wanted
from ghcr_action.ports import Ports
from ghcr_action.report import merge, publish_row
from ghcr_action.report.comment import jobs
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.report.comment.rows import Row
from ghcr_action.report.words import summary
from ghcr_action.settings import merge as merge_settings
from ghcr_action.settings.merge import MergeSettings
from ghcr_action.steps import metadata, templates
from ghcr_action.steps import report as report_step
from ghcr_action.values.reference import Digest, Repository

log = logging.getLogger(__name__)


def read(settings: MergeSettings) -> tuple[MatrixJob, ...]:
    """What the jobs have handed over. Raises SettingsError where a line is not what a job wrote."""
    try:
        return tuple(map(jobs.decode, settings.job_lines))
    except InvalidValue as cause:
        raise SettingsError(
            "`digests` holds a line of a matrix job that can't be read",
            why=str(cause),
            fix="Hand over the output `leg` of the same version of this action, whole.",
        ) from cause


def digests(
    settings: MergeSettings, handed: tuple[MatrixJob, ...]
) -> tuple[tuple[Repository, Digest], ...]:
    """Where each digest is: those that are given as they are, and those of the jobs, each once."""
    of_jobs = merge_settings.located(
        tuple(filter(None, (job.reference for job in handed))), settings.names
    )
    known = {digest for _, digest in settings.digests}
    return (*settings.digests, *(place for place in of_jobs if place[1] not in known))


def ends_here(handed: tuple[MatrixJob, ...], settings: MergeSettings) -> bool:
    """Whether there is nothing to merge: a job has pushed nothing, or nobody heard of one."""
    return bool(_missing(handed, settings)) or not all(job.reference for job in handed)


def begun(handed: tuple[MatrixJob, ...], settings: MergeSettings, ports: Ports) -> Row:
    """What the image's row begins with: also where nothing is merged, it has the name it would
    have."""
    image = publish_row.image(settings.names, (job.row.image for job in handed))
    return publish_row.begun(settings.common.event, ports.clock.now(), image=image)


def report(handed: tuple[MatrixJob, ...], settings: MergeSettings, ports: Ports) -> None:
    """One report for the image, with every platform. Raises BuildFailed that names the jobs which
    failed."""
    failed = jobs.failure(handed, _missing(handed, settings))
    row = jobs.unmerged(handed, begun(handed, settings, ports), failed)
    told = {} if settings.common.dry_run else report_step.tell((row,), settings, ports)
    for name, value in (("pushed", "false"), ("reason", row.reason), *told.items()):
        ports.runner.output(name, value)
    if failed:
        raise BuildFailed(failed.what, why=failed.cause, fix=failed.fix, code=failed.code)
    _show(row, settings, ports)


def _show(row: Row, settings: MergeSettings, ports: Ports) -> None:
    """Log and summary, with the names that the image would have."""
    with ports.runner.group("Plan"):
        references = wanted.references(settings.names, metadata.gather(settings.metadata, ports))
        for reference in references:
            log.info("It would be tagged %s.", reference)
    log.log(NOTICE, "Nothing was merged: %s.", row.reason)
    if settings.common.summary:
        view = merge.unmerged(row, references, is_dry_run=settings.common.dry_run)
        ports.runner.summary(
            summary.image(view, templates.summary(settings.summary_template, ports))
        )


def _missing(handed: tuple[MatrixJob, ...], settings: MergeSettings) -> tuple[str, ...]:
    """Platforms that should have a job; where digests are given that no job speaks of, the registry
    says what they are."""
    spoken = {job.row.digest for job in handed}
    if settings.append or any(str(digest) not in spoken for _, digest in settings.digests):
        return ()
    return jobs.silent(handed, settings.platforms)
