"""``mode: cleanup``: versions that no kept image needs are deleted; a dry run unless the input says
otherwise."""

import logging

from ghcr_action import parallel
from ghcr_action.cleanup import deleting, inventory
from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import Moment
from ghcr_action.diagnosis import links
from ghcr_action.diagnosis.known import Circumstances
from ghcr_action.errors import AccessDenied, ContentInvalid, SettingsError, Unavailable
from ghcr_action.log import NOTICE
from ghcr_action.ports import Ports
from ghcr_action.report import cleanup as reports
from ghcr_action.report.words import summary
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.steps import removed
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Reference, Repository, Tag

log = logging.getLogger(__name__)

RESTORE_FILE = "cleanup-restore.json"
DELETE_DOCS = (
    "https://docs.github.com/en/packages/learn-github-packages/deleting-and-restoring-a-package"
)


def run(settings: CleanupSettings, ports: Ports) -> tuple[Cleaned, ...]:
    """Plan every package, delete unless it is a dry run, check what stayed, report; raises what
    could not be done."""
    results = tuple(_planned(settings, repository, ports) for repository in settings.packages)
    try:
        if not settings.common.dry_run:
            ports.workspace.publish(RESTORE_FILE, reports.restore_file(results, is_planned=True))
            for position, result in enumerate(results):
                _delete(result, ports, is_fresh=position == 0)
    finally:
        _report(settings, results, ports)
    for result in results:
        _settle(result, settings.common.event)
    if settings.common.dry_run and any(result.plan.doomed for result in results):
        log.log(NOTICE, "This was a dry run: nothing was deleted. With `dry-run: false` it is.")
    return results


def _planned(settings: CleanupSettings, repository: Repository, ports: Ports) -> Cleaned:
    """What would happen to one package; reads only."""
    with ports.runner.group(f"Plan for {repository}"):
        graph = inventory.read(repository, ports)
        pulls = _open_pulls(settings, repository, ports)
        retention = plans.make(
            graph, settings.rules, Moment(now=ports.clock.now(), open_pulls=pulls)
        )
        result = Cleaned(
            repository=repository, graph=graph, plan=retention, is_dry_run=settings.common.dry_run
        )
        for line in reports.plan_lines(result):
            log.info("%s", line)
    return result


def _open_pulls(settings: CleanupSettings, repository: Repository, ports: Ports) -> frozenset[int]:
    """Asked for after the versions were listed, so that no tag is younger than the answer."""
    if not settings.rules.asks_for_pull_requests:
        return frozenset()
    ours, package = settings.common.event.repository, ports.github.package(repository)
    linked = package.repository if package and package.repository else repository.path
    if linked.lower() != ours.lower():
        raise SettingsError(
            f"`remove: closed-pull-requests` can't be used for {repository}",
            why=(
                f"its tags `pr-N` are about pull requests of {linked}, and only those of "
                f"{ours} are known here"
            ),
            fix=(
                "Run the clean-up in that repository, or link the package to this one on "
                "the package's page."
            ),
        )
    return ports.github.open_pulls()


def _delete(result: Cleaned, ports: Ports, *, is_fresh: bool) -> None:
    """Delete and check; a plan that waited for other packages holds only if nobody has pushed to
    this one meanwhile."""
    if not result.plan.doomed:
        log.info("%s: there is nothing to delete.", result.repository)
        return
    if not is_fresh and not inventory.is_current(result.repository, result.graph, ports):
        result.deletion.stopped = "somebody has changed the package since it was planned"
        result.deletion.left += result.plan.going
        return
    with ports.runner.group(f"Deleting versions of {result.repository}"):
        deleting.delete(result, ports)
    with ports.runner.group("Check of what stays"):
        result.deletion.broken = _broken(result, ports)


def _broken(result: Cleaned, ports: Ports) -> tuple[str, ...]:
    """Every reference that does not answer: tags that stay, and whatever their images need."""
    graph, repository, gone = result.graph, result.repository, result.gone
    staying = [
        version
        for version in graph.versions.values()
        if version.digest not in gone and graph.names(version.digest)
    ]
    tags = tuple(
        repository.tag(Tag(name)) for version in staying for name in graph.names(version.digest)
    )
    parts = tuple(map(repository.at, sorted(graph.needed(version.digest for version in staying))))
    answers = parallel.each(
        lambda reference: _answers(reference, ports), (*tags, *parts), inventory.WORKERS
    )
    found = tuple(
        str(reference)
        for reference, answered in zip((*tags, *parts), answers, strict=True)
        if not answered
    )
    log.info(
        "%s tags and the %s manifests of their images: %s.",
        len(tags),
        len(parts),
        f"{len(found)} missing" if found else "all there",
    )
    return found


def _answers(reference: Reference, ports: Ports) -> bool:
    return ports.registry.head(reference) is not None


def _report(settings: CleanupSettings, results: tuple[Cleaned, ...], ports: Ports) -> None:
    """Outputs, the list for a restore and the summary; whatever was deleted is said even if the run
    ends badly."""
    for result in results:
        for line in reports.result_lines(result):
            log.info("%s", line)
    path = ports.workspace.publish(RESTORE_FILE, reports.restore_file(results))
    for name, value in (*reports.outputs(results), ("restore-file", str(path))):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.cleanup(tuple(map(reports.view, results))))
    ports.runner.output("comment-url", removed.tell(results, settings, ports))


def _settle(result: Cleaned, event: Event) -> None:
    """Raise what has to be mended; what GitHub keeps by its own rules, and what is left for the
    next run, is a warning."""
    deletion = result.deletion
    if deletion.broken:
        raise ContentInvalid(
            (
                f"After the clean-up {len(deletion.broken)} references of {result.repository} "
                "do not answer"
            ),
            why=", ".join(deletion.broken[:10]),
            fix=(
                "Restore the versions in the output `restore-file` (GitHub keeps them "
                f"for 30 days), and report this. {DELETE_DOCS}"
            ),
        )
    if deletion.denied:
        raise _denied(deletion.denied, result.repository, event)
    if deletion.failed:
        raise Unavailable(
            f"{len(deletion.failed)} versions of {result.repository} could not be deleted",
            why=deletion.failed[0].why,
            fix="Run the clean-up again: it goes on where it stopped.",
        )
    if deletion.left:
        log.warning(
            "%s: %s. %s versions are left; run the clean-up again.",
            result.repository,
            deletion.stopped,
            len(deletion.left),
        )


def _denied(refused: AccessDenied, repository: Repository, event: Event) -> AccessDenied:
    names = Circumstances(
        image=repository,
        repository=event.repository,
        owner_type=event.owner_type,
        server_url=event.server_url,
    )
    page, ours = (
        links.settings_url(names) or "the settings page of the package",
        event.repository or "the workflow's repository",
    )
    return AccessDenied(
        refused.what,
        why=f"{refused.why}\nDeleting takes `packages: write` for the job, and the role Admin "
        f"on the package for {ours}: a repository has "
        "it if its workflow published the package first. A personal access token (classic) "
        "takes `delete:packages`.",
        fix="Grant the job\n    permissions:\n      packages: write\n"
        f'and on {page}, under "Manage Actions access", add {ours} with the role Admin.',
        docs=DELETE_DOCS,
        code="GHCR-API-403-ADMIN",
    )
