"""Every write of a bake: what is built or merged is pushed by digest, verified and signed; the
names of all come last."""

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from ghcr_action import parallel
from ghcr_action.buildx import measures
from ghcr_action.images import afterwards, transfer, tree
from ghcr_action.images.tree import Tree
from ghcr_action.names import policy
from ghcr_action.plans.attest import Attesting
from ghcr_action.plans.bake_plan import BakeOutcome, BakePlan, TargetOutcome, TargetPlan
from ghcr_action.ports import Ports
from ghcr_action.report.comment.jobs import MatrixJob
from ghcr_action.steps import attest, bake_merge, build_metadata, produce, pushed, tag, write
from ghcr_action.steps.timing import Timing
from ghcr_action.steps.write import Written
from ghcr_action.values.reference import Digest, Reference

log = logging.getLogger(__name__)


def execute(plan: BakePlan, handed: tuple[MatrixJob, ...] | None, ports: Ports) -> BakeOutcome:
    """Every write, in the order of the plan; a failure leaves what follows undone. ``handed`` is
    what other jobs have built, None where this run does not merge."""
    timing = Timing(ports)
    with (
        produce.produced(plan.building, ports, timing.timed, retries=plan.retries)
        if plan.built
        else nullcontext()
    ) as produced:
        said = produced.build.metadata if produced else {}
        plan, done = _published(plan, said, handed, timing, ports)
    return BakeOutcome(
        plan=plan,
        targets=tuple(
            replace(done.get(target.name, TargetOutcome(plan=target)), plan=target)
            for target in plan.targets
        ),
        metadata_json=build_metadata.small(said),
        metadata_file=build_metadata.file(said, ports),
        seconds=tuple(timing.seconds),
        cache=measures.cache_use(produced.steps) if produced else None,
        steps=produced.steps if produced else (),
    )


def _published(
    plan: BakePlan,
    said: Mapping[str, Any],
    handed: tuple[MatrixJob, ...] | None,
    timing: Timing,
    ports: Ports,
) -> tuple[BakePlan, dict[str, TargetOutcome]]:
    """What the registry holds of every target by digest, and then the names of all. Gives the plan
    with the names that were left to this run."""
    merged: dict[str, Digest] = {}
    if handed is not None:
        with timing.timed("Merge"):
            merged = bake_merge.merged(plan, handed, ports)
    if not plan.published:
        return plan, {}
    with timing.timed("Verify"):
        found = parallel.each(
            lambda target: _confirmed(target, merged.get(target.name), said, ports),
            plan.published,
            parallel.QUESTIONS,
        )
    done = _attested(plan, found, timing, ports)
    return _tag(plan, done, timing, ports), done


def _confirmed(
    target: TargetPlan, merged: Digest | None, said: Mapping[str, Any], ports: Ports
) -> tuple[TargetOutcome, Tree]:
    """What the registry holds of one target by digest: every manifest, every platform that was
    asked for."""
    there = merged or target.base
    digest = there or build_metadata.digest(said.get(target.name), f"target {target.name!r}")
    references = tuple(each.at(digest) for each in target.push)
    image = (
        transfer.verify(ports.registry, references, digest, ports.clock)
        if there  # BuildKit has not pushed it
        else pushed.confirmed(references, digest, ports)
    )
    size = tree.size(ports.registry, target.push[0], image)
    pushed.expect_platforms(f"The image of target {target.name!r}", target.platforms, size)
    policy.refuse(tag.current(target.guarded, ports.registry), digest)
    log.info("%s: the registry confirms %s.", target.name, digest)
    return TargetOutcome(plan=target, root=image.root, size=size, pushed=True), image


def _attested(
    plan: BakePlan,
    found: tuple[tuple[TargetOutcome, Tree], ...],
    timing: Timing,
    ports: Ports,
) -> dict[str, TargetOutcome]:
    """Sign all images that this run has made, at once; where that is required and fails, none of
    them gets a name. What stands for an unchanged target was signed by whoever made it."""
    done = {each.plan.name: each for each, _ in found}
    ours = [(each.plan, image) for each, image in found if not each.plan.base]
    if not isinstance(plan.attest, Attesting) or not ours:
        return done
    with timing.timed("Attest"):
        images = [attest.of_tree(image, target.push) for target, image in ours]
        signed = attest.attest(images, plan.attest, ports)
    for (target, _), each in zip(ours, signed, strict=True):
        done[target.name] = replace(done[target.name], attested=each)
    return done


def _tag(
    plan: BakePlan, done: Mapping[str, TargetOutcome], timing: Timing, ports: Ports
) -> BakePlan:
    """Every name of every target; then each is asked what it holds. Gives the plan with the names
    that were left to this run."""
    roots = {name: done[each.name].root for each in plan.published for name in each.tag}
    images = {name: root for name in plan.tag if (root := roots[name])}
    if not images:
        return plan
    with timing.timed("Tag"):
        left = write.write_all(images, plan.rules, ports)
        plan = plan.left(left.names, left.kept_tags)
        if plan.verify:
            held = {name: images[name].descriptor.digest for name in left.names}
            with afterwards.errors_name(held):
                left = _verified(held, plan, ports)
            plan = plan.left(left.names, left.kept_tags)
    return plan


def _verified(held: Mapping[Reference, Digest], plan: BakePlan, ports: Ports) -> Written:
    """Ask each name what it holds, and give those that are left to this run by then."""

    def ask(names: tuple[Reference, ...]) -> None:
        parallel.each(
            lambda name: transfer.confirm(ports.registry, (name,), held[name], ports.clock),
            names,
            parallel.QUESTIONS,
        )

    return write.verified(held, plan.rules, ports, ask)[0]
