"""A clean-up tells the pull request it was started by which of its images are gone, in the
comment that is there."""

import logging

from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.errors import ActionError
from ghcr_action.ports import Ports
from ghcr_action.report import publish_row
from ghcr_action.report.comment import removal
from ghcr_action.report.comment.rows import Row
from ghcr_action.report.comment.view import Place
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.settings.comment import When
from ghcr_action.steps import cause, templates
from ghcr_action.steps.comment import Poster
from ghcr_action.values.reference import Digest

log = logging.getLogger(__name__)


def tell(results: tuple[Cleaned, ...], settings: CleanupSettings, ports: Ports) -> str:
    """Address of the comment; empty where there is none, or nothing to say. A comment that can't be
    written is a warning."""
    event, request = settings.common.event, settings.comment
    if (
        settings.common.dry_run
        or request.when is When.NEVER
        or event.pull_request is None
        or not event.pull_request.is_closed
    ):
        return ""
    place = Place(
        key=request.key,
        server_url=event.server_url,
        repository=event.repository,
        sha=publish_row.commit(event),
    )
    number, day = event.pull_request.number, f"{ports.clock.now():%Y-%m-%d}"
    packages = {str(each.repository): each for each in results}

    def alter(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return removal.mark(
            rows,
            lambda image, digest: (
                image in packages and _is_gone(packages[image], Digest.parse(digest), ports)
            ),
            day,
        )

    try:
        text = templates.comment(request.template, ports)
        found = Poster(
            github=ports.github, clock=ports.clock, place=place, pull_request=number, text=text
        ).change(alter)
    except ActionError as refused:
        told = cause.explained(refused, settings.common)
        log.warning("The comment on pull request %d could not be edited. %s", number, told)
        return ""
    return found.url if found else ""


def _is_gone(cleaned: Cleaned, digest: Digest, ports: Ports) -> bool:
    """By what this run did; of what GitHub did not list when it began, the registry is asked."""
    if digest in cleaned.gone or digest in cleaned.graph.versions:
        return digest in cleaned.gone
    return ports.registry.head(cleaned.repository.at(digest)) is None
