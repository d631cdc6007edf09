"""``mode: inspect``: what a reference names, read from the registry without pulling it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ghcr_action import parallel
from ghcr_action.images import look
from ghcr_action.images.facts import Inspected
from ghcr_action.plans import promote
from ghcr_action.ports import Ports
from ghcr_action.report import inspect
from ghcr_action.report.words import summary

if TYPE_CHECKING:
    from ghcr_action.settings.inspect import InspectSettings

log = logging.getLogger(__name__)


def run(settings: InspectSettings, ports: Ports) -> tuple[Inspected, ...]:
    """Look at every image, report, and stop where one is not the digest that is expected."""
    found = parallel.each(
        lambda reference: look.look(reference, ports.registry, referrers=settings.referrers),
        settings.sources,
    )
    for image in found:
        with ports.runner.group(str(image.reference)):
            for line in inspect.lines(image):
                log.info("%s", line)
    for name, value in inspect.outputs(found):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.inspected(inspect.views(found)))
    for image in found:
        promote.expect(image.reference, image.digest, settings.expect)
    return found
