"""``mode: inspect``: what a reference names, read from the registry without pulling it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from ghcr_action import parallel
from ghcr_action.images import look
from ghcr_action.images.facts import Inspected
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
    found = parallel.each(lambda image: _with_signatures(image, settings, ports), found)
    for image in found:
        with ports.runner.group(str(image.reference)):
            for line in inspect.lines(image):
                log.info("%s", line)
    for name, value in inspect.outputs(found):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.inspected(inspect.views(found)))
    if settings.expect:
        from ghcr_action.plans import promote

        for image in found:
            promote.expect(image.reference, image.digest, settings.expect)
    if settings.required.expected:
        from ghcr_action.steps import require

        for image in found:
            require.settle(image.at_digest, image.signed, settings.required)
    return found


def _with_signatures(image: Inspected, settings: InspectSettings, ports: Ports) -> Inspected:
    """The image with its signed attestations; nothing is loaded to judge them where there can be
    none."""
    request = settings.required
    if not (request.expected or request.key or _may_hold(image)):
        return image
    from ghcr_action.steps import require

    return replace(image, signed=require.look(image.at_digest, request, ports))


def _may_hold(image: Inspected) -> bool:
    if not image.referrers:
        return False
    from ghcr_action.attestation import artifact

    return any(map(artifact.may_hold, image.referrers))
