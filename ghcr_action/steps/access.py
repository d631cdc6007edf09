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


def check(
    push: tuple[Repository, ...], request: VisibilityRequest, event: Event, ports: Ports
) -> None:
    """Raise AccessDenied, NotFound or Unavailable, in the registry's own words, or PolicyRefused.

    A registry that gives no answer after all tries is not built for. Whatever else is wrong shows
    when there is something to push.
    """
    if not push:
        return
    with ports.runner.group("Access"):
        visibility.refuse(request, push, ports, event)
        parallel.each(lambda repository: _check(repository, ports), push, parallel.QUESTIONS)


def _check(repository: Repository, ports: Ports) -> None:
    try:
        ports.registry.check_push(repository)
        log.info("This login may push to %s.", repository)
    except (AccessDenied, NotFound, Unavailable):
        raise
    except ActionError as unclear:
        log.info("Whether this login may push to %s is not known: %s", repository, unclear)


def read_only(refused: AccessDenied) -> str:
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
