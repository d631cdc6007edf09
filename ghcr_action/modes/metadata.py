"""``mode: metadata``: tags, labels and annotations as outputs, in place of
docker/metadata-action; no engine, no registry."""

import logging

from ghcr_action.log import NOTICE
from ghcr_action.metadata import outputs
from ghcr_action.metadata.compute import Metadata
from ghcr_action.ports import Ports
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.steps import metadata as metadata_step

log = logging.getLogger(__name__)


def run(settings: MetadataSettings, ports: Ports) -> Metadata:
    """Compute, log and set outputs; raises what ``gather`` raises."""
    request, metadata = settings.request, metadata_step.gather(settings, ports, asks_for_time=False)
    with ports.runner.group("Metadata"):
        _log(metadata)
    for warning in metadata.warnings:
        log.warning("%s", warning)
    for notice in metadata.notices:
        log.log(NOTICE, "%s", notice)
    files = (
        (name, str(ports.workspace.publish(file, content)))
        for name, file, content in outputs.bake_files(metadata, request)
    )
    for name, value in (*outputs.outputs(metadata, request), *files):
        ports.runner.output(name, value)
        if request.export:
            ports.runner.export(outputs.variable(name), value)
    return metadata


def _log(metadata: Metadata) -> None:
    log.info("Version: %s", metadata.version or "none")
    for title, lines in (
        ("Tags", metadata.tags),
        ("Labels", [f"{key}={value}" for key, value in metadata.labels.items()]),
        ("Annotations", metadata.annotations),
    ):
        log.info("%s:", title)
        for line in lines:
            log.info("  %s", line)
