"""``mode: merge``: digests that several jobs pushed become one index, with names."""

import logging
from dataclasses import replace

from ghcr_action import parallel
from ghcr_action.errors import ActionError, SettingsError
from ghcr_action.images import afterwards, transfer, tree
from ghcr_action.log import NOTICE
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import policy, wanted
from ghcr_action.names.policy import Decision, Rules
from ghcr_action.plans import merge
from ghcr_action.plans.attest import Attested, Attesting
from ghcr_action.plans.merge import Facts, Outcome, Part, Plan
from ghcr_action.ports import Ports
from ghcr_action.report import merge as merge_report
from ghcr_action.report import merge_row
from ghcr_action.report.comment import jobs
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.report.words import naming, summary
from ghcr_action.settings.merge import MergeSettings
from ghcr_action.steps import (
    attest,
    compare,
    extend,
    metadata,
    report,
    tag,
    templates,
    unmerged,
    visibility,
    write,
)
from ghcr_action.steps.extend import Again
from ghcr_action.steps.writing import Held
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.size import ImageSize

log = logging.getLogger(__name__)


def run(settings: MergeSettings, ports: Ports) -> Outcome | None:
    """Merge, or print what would be done; None where jobs of the matrix have pushed nothing that
    could be merged."""
    templates.check(settings.comment.template, settings.summary_template, ports)
    handed = unmerged.read(settings)
    if unmerged.ends_here(handed, settings):
        unmerged.report(handed, settings, ports)
        return None
    try:
        outcome = _merge(settings, handed, ports)
    except ActionError as error:
        if not settings.common.dry_run:
            begun = unmerged.begun(handed, settings, ports)
            raise report.report_failure(error, begun, settings, ports) from error
        raise
    _report(outcome, handed, settings, ports)
    for line in naming.published_lines(
        outcome.plan.push, outcome.plan.digest, outcome.size, outcome.plan.decision.write
    ):
        log.info("%s", line)
    if outcome.visible:
        visibility.settle(settings.visibility, outcome.visible)
    return outcome


def _merge(settings: MergeSettings, handed: tuple[MatrixJob, ...], ports: Ports) -> Outcome:
    """Plan and execute; a failure leaves what follows undone."""
    with ports.runner.group("Plan"):
        known = metadata.gather(settings.metadata, ports)
        facts = _gather(settings, known, handed, ports)
        plan = _plan(facts, settings, known)
        policy.refuse(
            {reference: facts.current.get(reference) for reference in facts.decision.guarded},
            plan.digest,
        )
        for line in merge_report.plan_lines(plan):
            log.info("%s", line)
    if not plan.push:
        return Outcome(plan=plan, existing=tag.existing_image(plan.decision.kept_tags, ports))
    if settings.common.dry_run:
        return Outcome(plan=plan)
    visibility.refuse(settings.visibility, plan.push, ports, settings.common.event)

    def again(decision: Decision, existing: tuple[Part, ...], current: Held) -> Plan:
        now = replace(facts, decision=decision, existing=existing, current=current)
        return _plan(now, settings, known)

    plan, size, attested = _execute(plan, facts.existing, again if settings.append else None, ports)
    if not plan.decision.write:
        return Outcome(plan=plan, existing=tag.existing_image(plan.decision.kept_tags, ports))
    with ports.runner.group("Visibility"):
        visible = visibility.look(
            settings.visibility, plan.push[0].at(plan.digest), ports, settings.common.event
        )
    return Outcome(plan=plan, pushed=True, size=size, attested=attested, visible=visible)


def _plan(facts: Facts, settings: MergeSettings, known: Metadata) -> Plan:
    return merge.make(
        facts,
        platforms=settings.platforms,
        annotations=known.annotations,
        verify=settings.verify,
    )


def _report(
    outcome: Outcome, handed: tuple[MatrixJob, ...], settings: MergeSettings, ports: Ports
) -> None:
    """Outputs, summary, and the pull request, which hears of the index as it hears of an image."""
    plan, event, told = outcome.plan, settings.common.event, dict[str, str]()
    if reason := merge_report.reason(plan):
        log.log(NOTICE, "No name was written: %s.", reason)
    if outcome.pushed:
        base = compare.compared(plan.push[0], plan.digest, event, ports)
        row = merge_row.row(outcome, event, ports.clock.now(), base, handed)
        told = report.tell((row,), settings, ports)
        report.announce(plan.push, plan.digest, ports)
    for name, value in (*merge_report.outputs(outcome), *told.items()):
        ports.runner.output(name, value)
    if settings.common.summary:
        view = merge_report.view(outcome, jobs.steps(handed))
        ports.runner.summary(
            summary.image(view, templates.summary(settings.summary_template, ports))
        )


def _gather(
    settings: MergeSettings, known: Metadata, handed: tuple[MatrixJob, ...], ports: Ports
) -> Facts:
    """Every read that the plan needs; what was pushed a moment ago is asked for again."""
    names, places = wanted.references(settings.names, known), unmerged.digests(settings, handed)
    if not names:
        raise SettingsError(
            "There is no tag to merge under",
            why="no rule of `tags` gives one for this event",
            fix="tags: |\n  type=sha",
        )
    if not settings.common.dry_run:
        ports.registry.announce(
            reads=(repository for repository, _ in places),
            writes=(name.repository for name in names),
        )
    released = wanted.released(settings.common.event)
    rules = Rules(policy=settings.policy, wanted=names, released=released)
    parts, (decision, current, existing) = parallel.both(
        lambda: parallel.each(lambda place: extend.part(*place, ports), places),
        lambda: _held(settings, rules, ports),
    )
    return Facts(
        parts=parts,
        existing=existing,
        decision=decision,
        rules=rules,
        current=current,
        attest=attest.prepare(settings.attest, settings.common.event, ports),
    )


def _held(
    settings: MergeSettings, rules: Rules, ports: Ports
) -> tuple[Decision, dict[Reference, Digest | None], tuple[Part, ...]]:
    """Which names are written, what they hold now, and the index that is extended."""
    decision, current = tag.decide_and_read(rules, ports.registry)
    extended = next(
        (
            (name.repository, digest)
            for name in decision.write
            if settings.append and (digest := current[name])
        ),
        None,
    )
    return decision, current, (extend.part(*extended, ports),) if extended else ()


def _execute(
    plan: Plan, existing: tuple[Part, ...], again: Again | None, ports: Ports
) -> tuple[Plan, ImageSize | None, Attested | None]:
    """Content, the signed index by digest, its fixed names, its moving names; then the registry is
    asked for all of it. Gives the plan with the names, and where it was extended the index, that
    stand."""
    with ports.runner.group("Push"):
        _push(plan, ports)
    attested: dict[Digest, Attested | None] = {}
    if isinstance(plan.attest, Attesting):
        with ports.runner.group("Attest"):
            _attest(plan, attested, ports)

    def bring(now: Plan) -> None:
        _push(now, ports)
        _attest(now, attested, ports)

    with ports.runner.group("Tag"):
        if again:
            seen = {entry.digest for part in existing for entry in part.entries}
            plan = extend.extend(plan, seen, again, bring, ports)
        else:
            written = write.write(
                plan.index, plan.decision.write, plan.rules, ports, bring=plan.push
            )
            plan = extend.left(plan, written)
    names = plan.decision.write
    signed = attested.get(plan.digest)
    if not plan.verify or not names:
        return plan, None, signed
    with afterwards.errors_name(dict.fromkeys(names, plan.digest)), ports.runner.group("Verify"):
        by_digest = tuple(name.repository.at(plan.digest) for name in names)
        left, confirmed = write.verified(
            {} if again else dict.fromkeys(names, plan.digest),
            plan.rules,
            ports,
            lambda asked: transfer.verify(
                ports.registry, asked or by_digest, plan.digest, ports.clock
            ),
        )
        # Others may extend an index at any time, so it is asked for by its digest.
        plan = extend.left(plan, replace(left, names=names if again else left.names))
        log.info("The registry confirms %s under %s.", plan.digest, ", ".join(map(str, names)))
        size = tree.size(ports.registry, names[0].repository, confirmed)
    return plan, size, signed


def _attest(plan: Plan, attested: dict[Digest, Attested | None], ports: Ports) -> None:
    """Sign the index, once; it is there by digest first, as what refers to it needs it."""
    if isinstance(plan.attest, Attesting) and plan.digest not in attested:
        for repository in plan.push:
            ports.registry.put(repository.at(plan.digest), plan.index)
        image = attest.of(plan.index, plan.index.platforms, plan.push)
        (attested[plan.digest],) = attest.attest([image], plan.attest, ports)


def _push(plan: Plan, ports: Ports) -> None:
    """Every part of the index, in every repository that gets it."""
    for repository in plan.push:
        extend.bring(plan, repository, ports)
        log.info("%s has every part of %s.", repository, plan.digest)
