"""``mode: publish``: build, push by digest, tag, verify, report."""

import logging
from dataclasses import replace

from ghcr_action import parallel
from ghcr_action.buildx import context as contexts
from ghcr_action.errors import ActionError
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import wanted as wanted_names
from ghcr_action.names.policy import Decision
from ghcr_action.plans.builder import SOCKET, BuildFacts
from ghcr_action.plans.publish import Facts, Outcome, Plan, make, rules, why_not
from ghcr_action.ports import Ports
from ghcr_action.report import publish, publish_row
from ghcr_action.report.words import naming
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.steps import (
    access,
    attest,
    metadata,
    produce,
    report,
    secret_files,
    size_limit,
    tag,
    templates,
    visibility,
    work_tree,
)
from ghcr_action.steps import publish as publish_step

log = logging.getLogger(__name__)


def run(settings: PublishSettings, ports: Ports) -> Outcome:
    """Publish one image, or print what would be done."""
    templates.check(settings.comment.template, settings.summary_template, ports)
    with ports.runner.group("Plan"):
        facts, plan = _planned(settings, ports)
        for line in publish.plan_lines(plan):
            log.info("%s", line)
    for warning in plan.warnings:
        log.warning("%s", warning)
    if plan.builds:
        outcome = (
            Outcome(plan=plan)
            if settings.common.dry_run
            else _attempt(plan, facts, settings, ports)
        )
    else:
        outcome = Outcome(plan=plan, existing=tag.existing_image(plan.kept_tags, ports))
    report.report(outcome, settings, ports)
    for line in naming.published_lines(
        outcome.plan.push, outcome.digest, outcome.size, outcome.plan.tag
    ):
        log.info("%s", line)
    if outcome.visible:
        visibility.settle(settings.visibility, outcome.visible)
    return outcome


def _planned(settings: PublishSettings, ports: Ports) -> tuple[Facts, Plan]:
    """What is known, and what will be done; whoever merges is told why a job has got no further."""
    try:
        facts = gather(settings, ports)
        return facts, make(settings, facts)
    except ActionError as error:
        if settings.push_by_digest and not settings.common.dry_run:
            raise report.report_failure(
                error, publish_row.started(settings, None, ports.clock.now()), settings, ports
            ) from error
        raise


def gather(settings: PublishSettings, ports: Ports) -> Facts:
    """Every read that the plan needs; nothing is written. The engine is asked while GitHub and the
    registry are."""
    build, (known, decision) = parallel.both(
        lambda: _build_facts(settings, ports), lambda: _named(settings, ports)
    )
    signing = attest.prepare(
        settings.attest, settings.common.event, ports, by_digest=settings.push_by_digest
    )
    return Facts(build=build, metadata=known, decision=decision, attest=signing)


def _build_facts(settings: PublishSettings, ports: Ports) -> BuildFacts:
    secret_files.learn(settings.build.secret_files, ports)
    engine = ports.engine.describe()
    context = contexts.choose(
        settings.build.context,
        settings.common.event,
        has_checkout=work_tree.is_checked_out(ports.workspace),
        buildx=engine.buildx,
        build_contexts=settings.build.build_contexts,
        switches=settings.switches,
    )
    work_tree.check(context, settings.build.file, ports.workspace)
    work_tree.check_config(settings.building.builder.config, ports.workspace)
    builder = produce.builder(settings, engine, ports)
    return BuildFacts(
        engine=engine,
        builder=builder,
        context=context,
        scratch=ports.workspace.scratch(""),
        socket=ports.workspace.socket(SOCKET),
    )


def _named(settings: PublishSettings, ports: Ports) -> tuple[Metadata, Decision]:
    known = metadata.gather(settings.metadata, ports)
    names = wanted_names.references(settings.names, known)
    is_pushed = not settings.push_by_digest and not why_not(settings, names, "")
    is_dry_run = settings.common.dry_run
    decision = tag.decided(
        rules(settings, names), ports, is_pushed=is_pushed, is_dry_run=is_dry_run
    )
    return known, decision


def _attempt(plan: Plan, facts: Facts, settings: PublishSettings, ports: Ports) -> Outcome:
    """What can't end well is refused before minutes are spent; a pull request is told of a failure
    too."""
    event = settings.common.event
    try:
        reason = access.why_not(plan.push, settings.push, settings.visibility, event, ports)
        if reason:
            plan = make(settings, replace(facts, cannot_push=reason))
        if any(repository.registry == event.registry for repository in plan.push):
            ports.github.prepare()
        outcome = publish_step.execute(
            plan,
            ports,
            lambda image: size_limit.check(settings.size_limit, plan.push[0], image, event, ports),
        )
    except ActionError as error:
        begun = publish_row.started(settings, plan, ports.clock.now())
        about = next(iter(plan.push), None)
        raise report.report_failure(error, begun, settings, ports, about) from error
    return _look(outcome, settings, ports)


def _look(outcome: Outcome, settings: PublishSettings, ports: Ports) -> Outcome:
    """Who can see what was published."""
    if not outcome.digest:
        return outcome
    with ports.runner.group("Visibility"):
        published_as = outcome.plan.push[0].at(outcome.digest)
        return replace(
            outcome,
            visible=visibility.look(
                settings.visibility, published_as, ports, settings.common.event
            ),
        )
