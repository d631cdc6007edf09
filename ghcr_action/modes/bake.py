"""``mode: bake``: every target of a definition is built by one call and pushed by digest; the
names of all come last."""

import json
import logging
from dataclasses import replace
from functools import partial

from ghcr_action import parallel
from ghcr_action.buildx.bake import matrix
from ghcr_action.errors import ActionError
from ghcr_action.log import NOTICE
from ghcr_action.names.policy import Decision
from ghcr_action.plans import bake as plans
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.plans.bake_plan import BakeFacts, BakeOutcome, BakePlan, TargetOutcome
from ghcr_action.plans.builder import SOCKET, BuildFacts
from ghcr_action.plans.visibility import Finding
from ghcr_action.ports import Ports
from ghcr_action.report import bake as report
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.steps import (
    access,
    attest,
    bake_check,
    bake_definition,
    bake_merge,
    bake_report,
    bake_unchanged,
    metadata,
    tag,
    templates,
    visibility,
    work_tree,
)
from ghcr_action.steps import bake as bake_step
from ghcr_action.values.reference import Reference

log = logging.getLogger(__name__)


def run(settings: BakeSettings, ports: Ports) -> BakeOutcome | None:
    """Publish every image of a definition, or print what would be done; None where only a matrix
    was asked for."""
    templates.check(settings.comment.template, "", ports)
    handed = bake_merge.read(settings.job_lines or ())
    with ports.runner.group("Plan"):
        settings, facts, plan = _planned(settings, ports)
        if plan is None:
            _spread(settings, facts, ports)
            return None
        for line in report.plan_lines(plan):
            log.info("%s", line)
    for warning in plan.warnings:
        log.warning("%s", warning)
    outcome = _outcome(plan, facts, handed, settings, ports)
    bake_report.report(outcome, settings, ports, handed)
    for line in report.published_lines(outcome):
        log.info("%s", line)
    for target in outcome.targets:
        if target.visible:
            visibility.settle(settings.visibility, target.visible)
    return outcome


def _outcome(
    plan: BakePlan,
    facts: BakeFacts,
    handed: tuple[MatrixJob, ...],
    settings: BakeSettings,
    ports: Ports,
) -> BakeOutcome:
    nothing = BakeOutcome(
        plan=plan, targets=tuple(TargetOutcome(plan=target) for target in plan.targets)
    )
    if settings.common.dry_run or not (plan.built or plan.published):
        return nothing
    if plan.request.call:
        bake_check.evaluate(plan, facts.definition, ports)
        return nothing
    event = settings.common.event
    try:
        reason = access.why_not(plan.push, settings.push, settings.visibility, event, ports)
        if reason:
            plan = plans.make(settings, replace(facts, cannot_push=reason))
        if any(repository.registry == event.registry for repository in plan.push):
            ports.github.prepare()
        outcome = bake_step.execute(plan, handed if facts.is_merge else None, ports)
    except ActionError as error:
        raise bake_report.report_failure(error, plan, settings, ports) from error
    return _looked_at(outcome, settings, ports)


def _told_by_digest(settings: BakeSettings, facts: BakeFacts) -> BakeSettings:
    """The settings as the definition's outputs have them; who gets no tags is told so."""
    found = plans.heard(settings, facts.definition)
    if found.push_by_digest and not settings.push_by_digest:
        log.log(
            NOTICE,
            "An `output` says `push-by-digest=true`: no tag is written; `mode: bake` with "
            "`digests` merges what the jobs have pushed, and writes the tags.",
        )
    return found


def _planned(
    settings: BakeSettings, ports: Ports
) -> tuple[BakeSettings, BakeFacts, BakePlan | None]:
    """The settings with what the definition says of them, what is known, and what will be done;
    None where only a matrix was asked for. Whoever merges is told why a job has got no further."""
    try:
        facts = gather(settings, ports)
        settings = _told_by_digest(settings, facts)
        return settings, facts, None if settings.plan_matrix else plans.make(settings, facts)
    except ActionError as error:
        if settings.push_by_digest and not settings.common.dry_run:
            raise bake_report.hand_over_failure(error, settings, ports) from error
        raise


def gather(settings: BakeSettings, ports: Ports) -> BakeFacts:
    """Every read that the plan needs; nothing is written. GitHub is asked and the registry's client
    is loaded while the engine and buildx answer."""
    with parallel.aside(partial(_load, ports)):
        engine, known = parallel.both(
            ports.engine.describe, lambda: metadata.gather(settings.metadata, ports)
        )
        read = bake_definition.read(settings, known, ports)
    settings = plans.heard(settings, read.definition)
    by_target = {
        each.pattern: metadata.gather(each.metadata, ports)
        for each in settings.target_tags
        if each.names.rules
    }
    asked = settings.building.builder
    work_tree.check_config(asked.config, ports.workspace)
    build = BuildFacts(
        engine=engine,
        builder=ports.engine.builder(asked.name if asked.is_named else engine.builder)
        if asked.is_named or read.definition.has_host_gateway
        else None,
        context=read.context,
        scratch=ports.workspace.scratch(""),
        socket=ports.workspace.socket(SOCKET),
    )
    named = plans.names(settings, read.definition, known, by_target)
    changed, bases = bake_unchanged.look(settings, read, named, ports)
    return BakeFacts(
        build=build,
        source=read.source,
        files=read.files,
        definition=read.definition,
        metadata=known,
        by_target=by_target,
        decision=_decide(settings, named, ports),
        attest=attest.prepare(
            settings.attest, settings.common.event, ports, by_digest=settings.push_by_digest
        ),
        changed=changed,
        bases=bases,
        is_merge=settings.job_lines is not None,
    )


def _load(ports: Ports) -> None:
    """Load the registry's client: an empty announcement sends nothing."""
    ports.registry.announce()


def _decide(settings: BakeSettings, named: tuple[TargetNames, ...], ports: Ports) -> Decision:
    """What becomes of each name of each target."""
    is_pushed = not (
        settings.push_by_digest or settings.plan_matrix or plans.why_not(settings, named, "")
    )
    is_dry_run = settings.common.dry_run
    return tag.decided(
        plans.rules(settings, named), ports, is_pushed=is_pushed, is_dry_run=is_dry_run
    )


def _spread(settings: BakeSettings, facts: BakeFacts, ports: Ports) -> None:
    """The matrix of jobs as an output: one for each target and platform."""
    named = plans.names(settings, facts.definition, facts.metadata, facts.by_target)
    published = [
        each.target
        for each in named
        if each.references and (facts.changed is None or each.target in facts.changed)
    ]
    jobs = matrix.jobs(facts.definition, dict(settings.runners), published)
    for job in jobs:
        log.info("Job %s: %s on %s.", job["index"], job["target"], job["platform"])
    ports.runner.output("matrix", matrix.dump(jobs))
    ports.runner.output("targets", json.dumps(published))


def _looked_at(outcome: BakeOutcome, settings: BakeSettings, ports: Ports) -> BakeOutcome:
    """Who can see what was published: one look for each package."""
    names = {
        target.plan.name: target.plan.push[0].at(target.digest)
        for target in outcome.targets
        if target.digest
    }
    if not names:
        return outcome

    def look(reference: Reference) -> Finding:
        return visibility.look(settings.visibility, reference, ports, settings.common.event)

    with ports.runner.group("Visibility"):
        found = parallel.each(look, names.values(), parallel.QUESTIONS)
    seen = dict(zip(names, found, strict=True))
    targets = (replace(each, visible=seen.get(each.plan.name)) for each in outcome.targets)
    return replace(outcome, targets=tuple(targets))
