"""``mode: cleanup``: versions that no kept image needs are deleted; a dry run unless the input
says otherwise."""

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from ghcr_action.cleanup import checking, reviewed, untag
from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup.deleting import Deleter
from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.inventory import Inventory
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import Planner
from ghcr_action.cleanup.remembered import Manifests
from ghcr_action.cleanup.reviewed import SavedPlan, SavedPlanner
from ghcr_action.cleanup.selector import Kind, World
from ghcr_action.errors import (
    ActionError,
    ContentInvalid,
    InvalidValue,
    PolicyRefused,
    SettingsError,
    Unavailable,
)
from ghcr_action.log import NOTICE
from ghcr_action.ports import Ports
from ghcr_action.report import cleanup as reports
from ghcr_action.report.words import summary
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.steps import removed, restore, retention
from ghcr_action.values.reference import Repository

log = logging.getLogger(__name__)

RESTORE_FILE, PLAN_FILE = "cleanup-restore.json", "cleanup-plan.json"
DELETE_DOCS = (
    "https://docs.github.com/en/packages/learn-github-packages/deleting-and-restoring-a-package"
)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One package: what it holds, the plan, and how to make the plan anew."""

    inventory: Inventory
    graph: Graph
    planner: Planner
    world: World
    cleaned: Cleaned


def run(settings: CleanupSettings, ports: Ports) -> tuple[Cleaned, ...]:
    """Plan every package, delete unless it is a dry run, check what stayed, report; raises what
    could not be done."""
    if settings.files.restore:
        restore.run(settings, ports)
        return ()
    remembered = retention.manifests(settings, ports)
    jobs = _jobs(settings, remembered, ports)
    results = tuple(job.cleaned for job in jobs)
    is_written = not settings.common.dry_run
    _remember(settings, remembered, jobs, ports)
    try:
        if is_written:
            planned = reports.restore_file(results, ports.clock.now(), is_planned=True)
            ports.workspace.publish(RESTORE_FILE, planned)
            for position, job in enumerate(jobs):
                _delete(job, ports, is_fresh=position == 0)
    finally:
        _remember(settings, remembered, jobs, ports)
        _report(settings, results, ports)
    for result in results:
        _settle(result)
    if not is_written and any(result.plan.to_delete for result in results):
        log.log(NOTICE, "This was a dry run: nothing was deleted. With `dry-run: false` it is.")
    return results


def _jobs(
    settings: CleanupSettings, remembered: Manifests | None, ports: Ports
) -> tuple[_Job, ...]:
    """What would happen to each package; reads only."""
    if settings.files.plan:
        found = _saved(settings, ports)
        return tuple(_reviewed(settings, each, remembered, ports) for each in found)
    repositories = retention.repositories(settings, ports)
    jobs = tuple(_planned(settings, each, remembered, ports) for each in repositories)
    rules = retention.rules(settings, ports)
    graphs = tuple((job.graph, job.world) for job in jobs)
    for warning in retention.unmatched(settings, rules, graphs):
        log.warning("%s", warning)
    return jobs


def _planned(
    settings: CleanupSettings, repository: Repository, remembered: Manifests | None, ports: Ports
) -> _Job:
    """The plan of one package by the rules."""
    rules = retention.rules(settings, ports, repository)
    with ports.runner.group(f"Plan for {repository}"):
        asks = bool(rules.kinds & {Kind.GHOSTS, Kind.PARTIALS})
        inventory = Inventory(repository, ports, remembered, is_trusting=not asks)
        graph = inventory.read()
        moment = retention.moment(settings, rules, graph, inventory, ports)
        planner: Planner = partial(plans.make, rules=rules, moment=moment)
        return _job(settings, inventory, graph, planner, moment.world)


def _saved(settings: CleanupSettings, ports: Ports) -> tuple[SavedPlan, ...]:
    """The plans of the file. It comes from another job, so that it is about the packages of this
    run only. Raises SettingsError."""
    path = settings.files.plan
    try:
        found = reviewed.load(retention.read(path, "plan-file", ports))
    except InvalidValue as cause:
        raise SettingsError(f"`plan-file`: {path}: {cause}") from cause
    allowed = retention.repositories(settings, ports)
    if stranger := next((each for each in found if each.repository not in allowed), None):
        raise SettingsError(
            f"`plan-file` is about {stranger.repository}, and `packages` does not name it",
            fix=f"packages: {stranger.repository}",
        )
    return found


def _reviewed(
    settings: CleanupSettings, plan: SavedPlan, remembered: Manifests | None, ports: Ports
) -> _Job:
    """The plan of one package as it was reviewed. Raises PolicyRefused where it does not fit."""
    with ports.runner.group(f"Plan for {plan.repository}"):
        inventory = Inventory(plan.repository, ports, remembered)
        graph = inventory.read()
        reviewed.check(plan, graph)
        planner = SavedPlanner(saved=plan)
        return _job(settings, inventory, graph, planner, World())


def _job(
    settings: CleanupSettings, inventory: Inventory, graph: Graph, planner: Planner, world: World
) -> _Job:
    cleaned = Cleaned(
        repository=inventory.repository,
        graph=graph,
        plan=planner(graph),
        is_dry_run=settings.common.dry_run,
        notes=tuple(_notes(graph)),
    )
    for line in reports.plan_lines(cleaned):
        log.info("%s", line)
    return _Job(inventory=inventory, graph=graph, planner=planner, world=world, cleaned=cleaned)


def _notes(graph: Graph) -> list[str]:
    """Versions that nobody can read or pull, and how to be rid of them."""
    found = []
    for digest, version in graph.versions.items():
        node = graph.nodes[digest]
        if node.odd:
            found.append(
                f"Version {version.id} ({digest}) can't be read as a manifest: {node.odd}. It "
                "stays with every digest in its text; it can be deleted on the package's page"
            )
        elif node.is_ghost:
            found.append(
                f"Version {version.id} ({digest}) is listed, and the registry does not have it: "
                "`remove: ghosts` deletes such versions"
            )
    return found


def _delete(job: _Job, ports: Ports, *, is_fresh: bool) -> None:
    """Delete and check; a plan that waited for other packages is held against its package anew."""
    cleaned = job.cleaned
    if cleaned.is_braked:
        return
    if not cleaned.plan.to_delete and not cleaned.plan.untags:
        log.info("%s: there is nothing to delete.", cleaned.repository)
        return
    with ports.runner.group(f"Deleting versions of {cleaned.repository}"):
        Deleter(cleaned, job.inventory, job.planner, ports).run(is_fresh=is_fresh)
        if not cleaned.deletion.stopped:
            untag.untag(cleaned, ports)
    with ports.runner.group("Check of what stays"):
        checking.check(cleaned, job.inventory, ports)


def _remember(
    settings: CleanupSettings, remembered: Manifests | None, jobs: tuple[_Job, ...], ports: Ports
) -> None:
    """Write the manifests of what is there to the cache; a cache that can't be written is slow, and
    no error."""
    if remembered is None:
        return
    digests = (digest for job in jobs for digest in job.inventory.graph().nodes)
    try:
        ports.workspace.write(
            settings.files.cache, remembered.dump(digests, ports.clock.now().date())
        )
    except (ActionError, OSError) as refused:
        log.warning("`cache-file` could not be written. %s", refused)


def _report(settings: CleanupSettings, results: tuple[Cleaned, ...], ports: Ports) -> None:
    """Outputs, plan, list for a restore and summary; whatever was deleted is said even if the run
    ends badly."""
    for result in results:
        for line in reports.result_lines(result):
            log.info("%s", line)
    now = ports.clock.now()
    restorable = ports.workspace.publish(RESTORE_FILE, reports.restore_file(results, now))
    state = "planned" if settings.common.dry_run else "deleted"
    plan = ports.workspace.publish(PLAN_FILE, reviewed.dump(results, now, state=state))
    files = (("restore-file", str(restorable)), ("plan-file", str(plan)))
    for name, value in (*reports.outputs(results), *files):
        ports.runner.output(name, value)
    if settings.common.summary:
        views = tuple(reports.view(each, str(PurePosixPath(plan))) for each in results)
        ports.runner.summary(summary.cleanup(views))
    ports.runner.output("comment-url", removed.tell(results, settings, ports))


def _settle(result: Cleaned) -> None:
    """Raise what has to be mended; what GitHub keeps by its own rules, and what is left for the
    next run, is a warning."""
    deletion = result.deletion
    if result.is_braked:
        _tell_brake(result)
    if deletion.broken:
        raise ContentInvalid(
            f"After the clean-up {len(deletion.broken)} references of {result.repository} do not "
            "answer",
            why=", ".join(deletion.broken[:10]),
            fix="Restore the versions in the output `restore-file` (GitHub keeps them for 30 "
            f"days), and report this. {DELETE_DOCS}",
        )
    if deletion.denied:
        raise deletion.denied
    if deletion.failed:
        raise Unavailable(
            f"{len(deletion.failed)} versions of {result.repository} could not be deleted",
            why=deletion.failed[0].reason.text,
            fix="Run the clean-up again: it goes on where it stopped.",
        )
    if deletion.left:
        log.warning(
            "%s: %s. %s versions are left; run the clean-up again.",
            result.repository,
            deletion.stopped,
            len(deletion.left),
        )


def _tell_brake(result: Cleaned) -> None:
    """A dry run warns of what stops the run after it."""
    if result.is_dry_run:
        log.warning("%s: a run would delete nothing: %s.", result.repository, result.plan.brake)
        return
    raise PolicyRefused(
        f"So much of {result.repository} would go that nothing was deleted",
        why=result.plan.brake,
        fix="Look at the plan. If it is what you mean, raise the brake for this run\n"
        "max-share: 100%\nmax-deletions: 0",
    )
