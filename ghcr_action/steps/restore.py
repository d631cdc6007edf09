"""``restore`` of ``mode: cleanup``: versions that an earlier run has deleted are brought back,
as long as GitHub keeps them (30 days).

Source:
https://docs.github.com/en/rest/packages/packages#restore-package-version-for-an-organization.
"""

import logging

from ghcr_action.cleanup import reviewed
from ghcr_action.cleanup.deleting import PAUSE, describe
from ghcr_action.errors import ActionError, InvalidValue, NotFound, SettingsError
from ghcr_action.log import NOTICE
from ghcr_action.ports import Ports
from ghcr_action.report import cleanup as reports
from ghcr_action.report.words import summary
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.steps import retention
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Repository

log = logging.getLogger(__name__)


def run(settings: CleanupSettings, ports: Ports) -> None:
    """Bring back what the file says was deleted; a dry run says what it would. Raises NotFound for
    what GitHub does not have any more."""
    path = settings.files.restore
    try:
        found = reviewed.restorable(retention.read(path, "restore", ports))
    except InvalidValue as cause:
        raise SettingsError(f"`restore`: {path}: {cause}") from cause
    allowed = retention.repositories(settings, ports)
    if stranger := next((each for each, _ in found if each not in allowed), None):
        raise SettingsError(
            f"`restore` is about {stranger}, and `packages` does not name it",
            fix=f"packages: {stranger}",
        )
    lost = [
        each
        for repository, versions in found
        for each in _package(repository, versions, settings, ports)
    ]
    if settings.common.dry_run:
        log.log(NOTICE, "This was a dry run: nothing was restored. With `dry-run: false` it is.")
    if lost:
        raise NotFound(
            f"{len(lost)} versions could not be restored",
            why=", ".join(lost[:10]),
            fix="GitHub keeps a deleted version for 30 days, and only while its package is there.",
        )


def _package(
    repository: Repository,
    versions: tuple[PackageVersion, ...],
    settings: CleanupSettings,
    ports: Ports,
) -> list[str]:
    """Restore the versions of one package; what GitHub does not have."""
    there = {version.id for version in ports.github.versions(repository) or ()}
    wanted = [version for version in versions if version.id not in there]
    restored, lost = list[PackageVersion](), list[str]()
    with ports.runner.group(f"Restoring versions of {repository}"):
        for version in wanted:
            if settings.common.dry_run:
                log.info("Would come back: %s", describe(version))
                continue
            try:
                is_back = ports.github.restore_version(repository, version)
            except ActionError as refused:
                is_back = False
                log.warning("%s", refused)
            (restored.append(version) if is_back else lost.append(describe(version)))
            log.info("%s %s", "Restored" if is_back else "Not restored:", describe(version))
            ports.clock.sleep(PAUSE)
    view = reports.restored(
        repository, tuple(wanted), tuple(restored), is_dry_run=settings.common.dry_run
    )
    if settings.common.summary:
        ports.runner.summary(summary.cleanup((view,)))
    return lost
