"""``mode: visibility``, and the same check after a publish: what GitHub says, and what somebody
without a login can do."""

import logging

from ghcr_action.plans.visibility import Finding
from ghcr_action.ports import Ports
from ghcr_action.report import visibility as reports
from ghcr_action.report.words import summary
from ghcr_action.settings.visibility import VisibilitySettings
from ghcr_action.steps import visibility

log = logging.getLogger(__name__)


def run(settings: VisibilitySettings, ports: Ports) -> tuple[Finding, ...]:
    """Look at every image that is named, report, and fail where that is asked for."""
    event, request = settings.common.event, settings.visibility
    with ports.runner.group("Visibility"):
        visibility.refuse(
            request, (reference.repository for reference in settings.references), ports, event
        )
        findings = tuple(
            visibility.look(
                request, reference, ports, event, may_change=not settings.common.dry_run
            )
            for reference in settings.references
        )
    for name, value in reports.outputs(findings[0]):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.visibility(reports.view(settings.references, findings)))
    for finding in findings:
        visibility.settle(request, finding)
    return findings
