"""Before the build: may this login push these names, and may this content go there? Refused
before minutes are spent."""

import logging

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ActionError, NotFound, Unavailable
from ghcr_action.ports import Ports
from ghcr_action.settings.visibility import VisibilityRequest
from ghcr_action.steps import visibility
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository

log = logging.getLogger(__name__)


def why_not(
    push: tuple[Repository, ...],
    asked: bool | None,
    request: VisibilityRequest,
    event: Event,
    ports: Ports,
) -> str:
    """Why the job's token may not push; empty where it may. Where the input ``push`` asks for a
    push, that is an error as every other refusal: it is raised, in the registry's own words."""
    try:
        _check(push, request, event, ports)
    except AccessDenied as refused:
        reason = _read_only(refused)
        if asked is None and reason:
            _warn(event)
            return reason
        raise
    return ""


def _check(
    push: tuple[Repository, ...], request: VisibilityRequest, event: Event, ports: Ports
) -> None:
    """Raise AccessDenied, NotFound or Unavailable as the registry answers, or PolicyRefused.

    A registry that gives no answer after all tries is not built for. Whatever else is wrong shows
    when there is something to push.
    """
    if not push:
        return
    with ports.runner.group("Access"):
        visibility.refuse(request, push, ports, event)
        parallel.each(lambda repository: _ask(repository, ports), push, parallel.QUESTIONS)


def _ask(repository: Repository, ports: Ports) -> None:
    try:
        ports.registry.check_push(repository)
        log.info("This login may push to %s.", repository)
    except (AccessDenied, NotFound, Unavailable):
        raise
    except ActionError as unclear:
        log.info("Whether this login may push to %s is not known: %s", repository, unclear)


def _read_only(refused: AccessDenied) -> str:
    """Why the job's token can't push, where GitHub refuses the token itself and not this package to
    it; else nothing.

    The words are the registry's to a job without ``packages: write``.
    """
    if refused.answer is None or "installation not allowed to" not in refused.answer.words:
        return ""
    return (
        "the job's token may not write packages; add `packages: write` to its "
        "permissions, or set `push: true` to make this an error"
    )


def _warn(event: Event) -> None:
    """A branch or a tag that publishes nothing is seldom what somebody means; a pull request is."""
    if event.pull_request is None:
        log.warning(
            "Nothing is published for %s: the job's token may not write packages. Grant it to the "
            "job\n    permissions:\n      contents: read\n      packages: write",
            event.ref.partition("/")[2].partition("/")[2] or event.ref,
        )
