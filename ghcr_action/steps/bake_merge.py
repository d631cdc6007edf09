"""The indexes of a bake whose targets other jobs have built: one for each target, of the digests
that the jobs hand over.

Nothing has a name yet.
"""

import logging
from collections.abc import Iterable

from ghcr_action import parallel
from ghcr_action.errors import BuildFailed, InvalidValue, SettingsError
from ghcr_action.names.policy import Decision, Rules
from ghcr_action.plans import merge
from ghcr_action.plans.attest import Unattested
from ghcr_action.plans.bake_plan import BakePlan, TargetPlan
from ghcr_action.plans.merge import Facts, Plan
from ghcr_action.ports import Ports
from ghcr_action.report.comment import jobs
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.report.comment.rows import FAILED, FailureCells
from ghcr_action.steps import extend
from ghcr_action.values.reference import Digest, Reference

log = logging.getLogger(__name__)


def read(lines: Iterable[str]) -> tuple[MatrixJob, ...]:
    """What the jobs have handed over. Raises SettingsError where a line is not what a job wrote."""
    try:
        return tuple(map(jobs.decode, lines))
    except InvalidValue as cause:
        raise SettingsError(
            "`digests` holds a line of a matrix job that can't be read",
            why=str(cause),
            fix="Hand over the output `leg` of the same version of this action, whole.",
        ) from cause


def merged(plan: BakePlan, handed: tuple[MatrixJob, ...], ports: Ports) -> dict[str, Digest]:
    """Push the index of each published target by digest, and give its digest.

    Raises BuildFailed where a job failed, pushed nothing or said nothing: then nothing is written.
    """
    targets = tuple(target for target in plan.published if not target.base)
    known = frozenset(target.name for target in plan.targets)
    by_target = {target.name: _of_target(target, handed, known) for target in targets}
    _refuse(targets, by_target)
    plans = parallel.each(
        lambda target: _plan(target, by_target[target.name], plan.rules, ports), targets
    )
    for target, each in zip(targets, plans, strict=True):
        for repository in target.push:
            extend.bring(each, repository, ports)
            ports.registry.put(repository.at(each.digest), each.index)
        log.info("%s: %s of %d jobs.", target.name, each.digest, len(by_target[target.name]))
    return {target.name: each.digest for target, each in zip(targets, plans, strict=True)}


def _of_target(
    target: TargetPlan, handed: tuple[MatrixJob, ...], known: frozenset[str]
) -> tuple[MatrixJob, ...]:
    """The jobs that speak of a target: its own, and those that have failed before they knew which
    of the ``known`` targets are in the group that they were asked for."""
    return tuple(
        job
        for job in handed
        if job.target == target.name or (job.row.status == FAILED and job.target not in known)
    )


def _refuse(targets: Iterable[TargetPlan], by_target: dict[str, tuple[MatrixJob, ...]]) -> None:
    """Raise BuildFailed for every target of which a platform is not there."""
    failures = tuple(failed for each in targets if (failed := _failure(each, by_target[each.name])))
    if failures:
        raise BuildFailed(
            failures[0].what,
            why="\n".join(dict.fromkeys(failed.cause for failed in failures)),
            fix=failures[0].fix,
            code=failures[0].code,
        )


def _failure(target: TargetPlan, found: tuple[MatrixJob, ...]) -> FailureCells | None:
    """Why there is no index of a target; None where every job has pushed."""
    missing = jobs.silent(found, target.platforms) if found else (target.name,)
    if failed := jobs.failure(found, missing):
        return failed
    if all(job.reference for job in found):
        return None
    reasons = dict.fromkeys(f"{job.name}: {job.row.reason}" for job in found if not job.reference)
    what = f"Target {target.name} was built and not pushed: nothing was merged or tagged"
    return FailureCells(what=what, cause="; ".join(reasons), fix=jobs.LOOK, code=BuildFailed.code)


def _plan(target: TargetPlan, handed: tuple[MatrixJob, ...], rules: Rules, ports: Ports) -> Plan:
    """The index of a target, from what its jobs have pushed."""
    places = [Reference.parse(job.reference) for job in handed]
    parts = tuple(
        extend.part(place.repository, place.digest, ports) for place in places if place.digest
    )
    return merge.make(
        Facts(
            parts=parts,
            existing=(),
            decision=Decision(write=target.tag),
            rules=rules,
            current={},
            attest=Unattested(why="the bake signs all of its images together"),
        ),
        platforms=target.platforms,
        annotations=target.annotations,
        verify=False,
    )
