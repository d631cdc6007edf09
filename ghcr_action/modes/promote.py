"""``mode: promote``: an image that exists gets more names, in one or many repositories, with the
same bytes and the same digest."""

import logging
from dataclasses import replace

from ghcr_action import parallel
from ghcr_action.errors import ActionError, PolicyRefused
from ghcr_action.images import afterwards, referrers, transfer, tree
from ghcr_action.log import NOTICE
from ghcr_action.names import lines, wanted
from ghcr_action.names.policy import Rules
from ghcr_action.plans import promote
from ghcr_action.plans.promote import Facts, Plan
from ghcr_action.ports import Ports
from ghcr_action.report import promote as promote_report
from ghcr_action.report.words import summary
from ghcr_action.settings.promote import PromoteSettings
from ghcr_action.steps import tag as tag_step
from ghcr_action.steps import write
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository

log = logging.getLogger(__name__)


def run(settings: PromoteSettings, ports: Ports) -> Plan:
    """Promote one image, or print what would be done."""
    with ports.runner.group("Plan"):
        plan = promote.make(settings, _gather(settings, ports))
        for line in promote_report.plan_lines(plan):
            log.info("%s", line)
    for name, value in promote_report.way_back(plan):
        ports.runner.output(name, value)
    if not settings.common.dry_run:
        plan = _execute(plan, ports)
    existing = None if plan.names else tag_step.existing_image(plan.kept_tags, ports)
    for name, value in promote_report.outputs(plan, existing, is_dry_run=settings.common.dry_run):
        ports.runner.output(name, value)
    if reason := promote_report.reason(plan):
        log.log(NOTICE, "No name was written: %s.", reason)
    if settings.common.summary:
        ports.runner.summary(
            summary.image(promote_report.view(plan, existing, is_dry_run=settings.common.dry_run))
        )
    return plan


def _gather(settings: PromoteSettings, ports: Ports) -> Facts:
    """Every read that the plan needs; nothing is written."""
    names = tag_step.wanted(settings.names, settings.metadata, ports)
    rules = Rules(policy=settings.policy, wanted=names, released=_released(settings))
    if not settings.common.dry_run:
        ports.registry.announce(
            reads=(settings.source.repository,), writes=(name.repository for name in names)
        )
    source, (decision, current) = parallel.both(
        lambda: _source(settings, ports),
        lambda: tag_step.decide_and_read(rules, ports.registry),
    )
    found, root, platform = source
    return Facts(
        found=found,
        root=root,
        platform=platform,
        decision=decision,
        rules=rules,
        current=current,
    )


def _source(
    settings: PromoteSettings, ports: Ports
) -> tuple[Manifest | Index, Manifest | Index, Platform | None]:
    """What the source names, what of it is promoted, and for which platform, where one is asked
    for."""
    found = tree.source(ports.registry, settings.source)
    promote.expect(settings.source, found.descriptor.digest, settings.expect)
    if settings.required.expected:
        from ghcr_action.steps import require

        image = settings.source.repository.at(found.descriptor.digest)
        require.check(image, settings.required, ports)
    if isinstance(found, Manifest):
        return found, found, _own_platform(found, settings, ports) if settings.platforms else None
    chosen = promote.choose(found, settings.platforms)
    if isinstance(chosen, Descriptor):
        return (
            found,
            tree.source(ports.registry, settings.source.repository.at(chosen.digest)),
            chosen.platform,
        )
    return found, chosen or found, None


def _own_platform(found: Manifest, settings: PromoteSettings, ports: Ports) -> Platform | None:
    """What a single image is for. Raises NotFound where that is not what is asked for."""
    own = tree.own_platform(ports.registry, settings.source.repository, found)
    promote.check_own(found, own, settings.platforms)
    return own


def _execute(plan: Plan, ports: Ports) -> Plan:
    """Content, what describes it, fixed names, moving names; a failure leaves what follows undone,
    and running again completes it. Gives the plan with the names that were left to this run."""
    if plan.copy or plan.referrers:
        with ports.runner.group("Copy"):
            _copy(plan, ports)
    with ports.runner.group("Tag"):
        if plan.write:
            _compare_again(plan, ports)
        written = write.write(plan.root, plan.write, plan.rules, ports, bring=plan.copy)
        plan = replace(plan, write=written.names, kept_tags=(*plan.kept_tags, *written.kept_tags))
    if plan.verify and plan.names:
        with (
            ports.runner.group("Verify"),
            afterwards.errors_name(dict.fromkeys(plan.write, plan.digest)),
        ):
            left, _ = write.verified(
                dict.fromkeys(plan.names, plan.digest),
                plan.rules,
                ports,
                lambda names: _verify(names, plan, ports),
            )
            held = {each.reference for each in left.kept_tags}
            plan = replace(
                plan,
                write=tuple(name for name in plan.write if name not in held),
                already=tuple(name for name in plan.already if name not in held),
                kept_tags=(*plan.kept_tags, *left.kept_tags),
            )
    return plan


def _copy(plan: Plan, ports: Ports) -> None:
    origin = plan.source.repository
    image = tree.read(ports.registry.manifest, origin, plan.root)
    for repository in plan.copy:
        described = repository in plan.referrers
        transfer.push_tree(
            ports.registry,
            image,
            repository,
            ports.registry,
            origin=origin,
            root_by_digest=described,
        )
        log.info("%s has all of %s.", repository, plan.digest)
    for repository in plan.referrers:
        copied = _describe(image, origin, repository, ports)
        log.info("%d referrers are in %s.", len(copied), repository)


def _describe(
    image: tree.Tree, origin: Repository, target: Repository, ports: Ports
) -> tuple[Descriptor, ...]:
    """Copy what refers to the image; a refusal says that an image can be promoted without it."""
    try:
        return referrers.copy(ports.registry, image, origin, target)
    except ActionError as refused:
        raise refused.but(
            what=f"The referrers of {origin} could not be copied: {refused.what}",
            why=f"{refused.why}\nWithout them the image is promoted by `referrers: false`".strip(),
        ) from refused


def _compare_again(plan: Plan, ports: Ports) -> None:
    """A tag may have moved since it was read; a digest can't. Raises PolicyRefused where it has."""
    if plan.source.digest:
        return
    now = ports.registry.head(plan.source)
    if now is None or now.digest != plan.found.descriptor.digest:
        raise PolicyRefused(
            f"{plan.source} moved while this ran: no name was written",
            why=f"it was {plan.found.descriptor.digest}, and is {now.digest if now else 'gone'}",
            fix="Run again, or name the digest as `source`.",
            code="SOURCE-MOVED",
        )


def _verify(names: tuple[Reference, ...], plan: Plan, ports: Ports) -> None:
    """Where content was moved, every manifest is asked for; elsewhere the names are enough."""
    moved = tuple(name for name in names if name.repository in plan.copy)
    if moved:
        transfer.verify(ports.registry, moved, plan.digest, ports.clock)
    transfer.confirm(
        ports.registry, (name for name in names if name not in moved), plan.digest, ports.clock
    )
    if names:
        log.info("The registry confirms %s under %s.", plan.digest, ", ".join(map(str, names)))


def _released(settings: PromoteSettings) -> str:
    """The version that is promoted: the source's tag where that is one, else the Git tag."""
    tag = settings.source.tag
    return tag.name if tag and lines.read(tag.name) else wanted.released(settings.common.event)
