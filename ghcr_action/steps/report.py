"""What a publishing run tells, and where: outputs, job summary, pull request, a saved report,
the runner's list of artifacts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ghcr_action.errors import ActionError
from ghcr_action.log import NOTICE
from ghcr_action.report import publish, publish_row
from ghcr_action.report.comment import jobs, saved
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.report.comment.view import Place
from ghcr_action.report.publish_row import Base
from ghcr_action.report.words import summary
from ghcr_action.settings.comment import CommentRequest, When
from ghcr_action.steps import cause, compare, templates
from ghcr_action.steps.comment import Poster

if TYPE_CHECKING:
    from ghcr_action.plans.publish import Outcome
    from ghcr_action.ports import Ports
    from ghcr_action.report.comment.rows import Row
    from ghcr_action.settings.common import Common
    from ghcr_action.settings.publish import PublishSettings
    from ghcr_action.values.github import Comment
    from ghcr_action.values.reference import Digest, Repository
    from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

REPORT = "report.json"


def report(outcome: Outcome, settings: PublishSettings, ports: Ports) -> None:
    """Tell of a run that did not fail, or of a plan."""
    event, is_dry_run = settings.common.event, settings.common.dry_run
    if outcome.plan.reason:
        log.log(NOTICE, "Nothing was pushed: %s.", outcome.plan.reason)
    base = Base() if is_dry_run else compare.base(outcome, event, ports)
    row = publish_row.row(outcome, settings, ports.clock.now(), base)
    told = {} if is_dry_run else tell((row,), settings, ports)
    for name, value in (*publish.outputs(outcome), *told.items(), *_handed_over(row, settings)):
        ports.runner.output(name, value)
    if outcome.digest:
        announce(outcome.plan.push, outcome.digest, ports)
    if settings.common.summary:
        view = publish.view(
            outcome, source=publish.source(event), is_dry_run=is_dry_run, steps=row.steps
        )
        ports.runner.summary(
            summary.image(view, templates.summary(settings.summary_template, ports))
        )


def report_failure(
    error: ActionError,
    begun: Row,
    settings: Commented,
    ports: Ports,
    about: Repository | None = None,
) -> ActionError:
    """Tell the pull request of a run that failed, and give the error with its cause, to be raised
    on: the summary is written where the run ends."""
    told = cause.explained(error, settings.common, settings.secrets, about)
    row = publish_row.failed_row(told, begun)
    tell_failure((row,), _handed_over(row, settings), settings, ports)
    return told


def tell_failure(
    rows: tuple[Row, ...],
    handed_over: Iterable[tuple[str, str]],
    settings: Commented,
    ports: Ports,
) -> None:
    """Comment, unless there are no rows, and outputs of a run that failed. What can't be written is
    a warning: the run ends with its own failure, not with that of telling it."""
    try:
        told = tell(rows, settings, ports) if rows else {}
        for name, value in (*told.items(), *handed_over):
            ports.runner.output(name, value)
    except (ActionError, OSError) as unwritten:
        log.warning("The failure could not be told everywhere. %s", unwritten)


def announce(repositories: Iterable[Repository], digest: Digest, ports: Ports) -> None:
    """Tell the runner what this step made."""
    for repository in repositories:
        ports.runner.artifact(str(repository), digest)


def _handed_over(row: Row, settings: Commented) -> tuple[tuple[str, str], ...]:
    """What a later merge wants to know of a job."""
    from ghcr_action.settings.publish import PublishSettings

    if not isinstance(settings, PublishSettings) or not settings.push_by_digest:
        return ()
    reason = row.reason or ("this is a dry run" if settings.common.dry_run else "")
    asked = tuple(str(each) for each in settings.build.platforms if not each.is_local)
    platforms = asked or tuple(cells.platform for cells in row.platforms)
    return (("leg", jobs.encode(MatrixJob(row=replace(row, reason=reason), platforms=platforms))),)


class Commented(Protocol):
    """Settings of a mode that comments."""

    @property
    def common(self) -> Common:
        """The event is what it reads of them."""

    @property
    def comment(self) -> CommentRequest:
        """When and how."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What no comment may hold."""


def tell(own: tuple[Row, ...], settings: Commented, ports: Ports) -> dict[str, str]:
    """Comment where that is wanted and possible; else save the report for a run that may. Gives the
    outputs of both."""
    event = settings.common.event
    request = settings.comment
    told = {"comment-url": "", "report": ""}
    if request.when is When.NEVER or not (event.pull_request or request.when is When.ALWAYS):
        return told
    if event.pull_request and event.has_no_secrets:
        return told | {"report": _save(own, ports)}
    posted = [_try_post(poster, own, settings) for poster in _posters(settings, ports)]
    told["comment-url"] = next((comment.url for comment in posted if comment), "")
    if told["comment-url"]:
        log.info("Comment: %s", told["comment-url"])
    return told if any(posted) or not event.pull_request else told | {"report": _save(own, ports)}


def _try_post(poster: Poster, own: tuple[Row, ...], settings: Commented) -> Comment | None:
    """The comment, or None with one warning: a report that can't be made is no reason to fail what
    was published."""
    try:
        return poster.post(*own)
    except ActionError as refused:
        log.warning(
            "The comment on pull request %d could not be written. %s",
            poster.pull_request,
            cause.explained(refused, settings.common, settings.secrets),
        )
        return None


def _save(own: tuple[Row, ...], ports: Ports) -> str:
    path = str(ports.workspace.publish(REPORT, saved.dump(*own)))
    log.log(
        NOTICE,
        (
            "The report is saved: upload %s as an artifact, and post it by `mode: comment` "
            "in a `workflow_run` job."
        ),
        path,
    )
    return path


def _posters(settings: Commented, ports: Ports) -> tuple[Poster, ...]:
    """One for each pull request: the event's, else the open ones that hold the commit."""
    event, request = settings.common.event, settings.comment
    place = Place(
        key=request.key,
        server_url=event.server_url,
        repository=event.repository,
        sha=publish_row.commit(event),
    )
    try:
        numbers = (
            (event.pull_request.number,)
            if event.pull_request
            else tuple(p.number for p in ports.github.pulls_of_commit(event.sha))
        )
    except ActionError as refused:
        log.warning(
            "The pull requests of commit %s could not be looked for. %s",
            event.sha[:7],
            cause.explained(refused, settings.common, settings.secrets),
        )
        return ()
    text = templates.comment(request.template, ports)
    poster = Poster(github=ports.github, clock=ports.clock, place=place, pull_request=0, text=text)
    return tuple(replace(poster, pull_request=number) for number in numbers)
