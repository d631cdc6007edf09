"""``mode: comment``: post the report that a run without write access has saved, from a
``workflow_run`` job that has it.

The report is a stranger's text. Which pull request, which commit and which run it is about,
GitHub's event says, not the report. Source:
https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/.
"""

import logging
from pathlib import PurePosixPath

from ghcr_action.errors import NotFound, SettingsError
from ghcr_action.log import NOTICE
from ghcr_action.ports import Ports
from ghcr_action.report.comment import saved
from ghcr_action.report.comment.rows import Row
from ghcr_action.report.comment.view import Place
from ghcr_action.settings.comment import CommentSettings
from ghcr_action.steps import templates
from ghcr_action.steps.comment import Poster
from ghcr_action.values.event import Event, WorkflowRun
from ghcr_action.values.github import Comment

log = logging.getLogger(__name__)

_EVENTS = ("pull_request", "pull_request_target")


def run(settings: CommentSettings, ports: Ports) -> Comment | None:
    """Check, find the pull request, post. Nothing is posted where the pull request is closed or has
    moved on."""
    event = settings.common.event
    with ports.runner.group("Report"):
        source = _run_of(event)
        rows = tuple(saved.trusted(row, source) for row in _read(settings.report, ports))
        number = _pull_request(source, ports)
    if number is None:
        log.log(
            NOTICE,
            "Nothing was posted: no open pull request has %s of %s as its head.",
            source.head_sha[:7],
            source.head_repository,
        )
        return None
    if settings.common.dry_run:
        log.info("The report would be posted on pull request %d.", number)
        return None
    return _post(settings, rows, source, number, ports)


def _post(
    settings: CommentSettings,
    rows: tuple[Row, ...],
    source: WorkflowRun,
    number: int,
    ports: Ports,
) -> Comment:
    event = settings.common.event
    place = Place(
        key=settings.comment.key,
        server_url=event.server_url,
        repository=event.repository,
        sha=source.head_sha,
    )
    poster = Poster(
        github=ports.github,
        clock=ports.clock,
        place=place,
        pull_request=number,
        text=templates.comment(settings.comment.template, ports),
    )
    posted = poster.post(*rows)
    ports.runner.output("comment-url", posted.url)
    log.info("Posted: %s", posted.url)
    return posted


def _run_of(event: Event) -> WorkflowRun:
    if event.workflow_run is None or event.workflow_run.event not in _EVENTS:
        about = (
            f"a run for `{event.workflow_run.event}`"
            if event.workflow_run
            else f"the event `{event.name}`"
        )
        raise SettingsError(
            "`mode: comment` needs the event `workflow_run` of a pull request's run",
            why=f"this is {about}",
            fix=(
                "on:\n  workflow_run:\n    workflows: [NAME OF THE PUBLISHING "
                "WORKFLOW]\n    types: [completed]"
            ),
        )
    return event.workflow_run


def _read(path: str, ports: Ports) -> tuple[Row, ...]:
    if not ports.workspace.contains(path) or not ports.workspace.is_file(path):
        raise NotFound(
            f"There is no report at {path}",
            why="`report` names no file of the workspace",
            fix="Download the artifact first.",
        )
    content = ports.workspace.read(PurePosixPath(path), saved.MAX_REPORT + 1) or b""
    return saved.load(content)


def _pull_request(source: WorkflowRun, ports: Ports) -> int | None:
    """By head repository, branch and commit, all three as the event has them."""
    found = ports.github.pull_by_head(source.head_repository, source.head_ref, source.head_sha)
    return found.number if found else None
