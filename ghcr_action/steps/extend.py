"""``append: true``: an index that several runs extend at the same time holds the platforms of
all of them in the end, or the run whose platform is missing says so."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from ghcr_action import parallel
from ghcr_action.errors import ContentInvalid
from ghcr_action.images import afterwards, transfer, tree
from ghcr_action.names.policy import Decision
from ghcr_action.plans.merge import Part, Plan
from ghcr_action.ports import Ports
from ghcr_action.steps import tag, write, writing
from ghcr_action.steps.write import Written
from ghcr_action.steps.writing import Held, Moved
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository

log = logging.getLogger(__name__)

_TRIES = 20
Again = Callable[[Decision, tuple[Part, ...], Held], Plan]
"""The plan anew, for what the names hold now."""


def part(repository: Repository, digest: Digest, ports: Ports) -> Part:
    """What a digest is, and for which platform. Raises NotFound where it does not come up."""
    found = transfer.read(ports.registry, repository, digest, ports.clock)
    platform = (
        tree.config(ports.registry, repository, found).platform
        if isinstance(found, Manifest)
        else None
    )
    return Part(origin=repository, found=found, platform=platform)


def bring(plan: Plan, repository: Repository, ports: Ports) -> None:
    """Every part of the index, into this repository."""
    for entry in plan.index.manifests:
        if (origin := plan.origins[entry.digest]) != repository:
            transfer.push(ports.registry, entry, repository, ports.registry, origin=origin)


def extend(
    plan: Plan, seen: set[Digest], again: Again, bring: Callable[[Plan], None], ports: Ports
) -> Plan:
    """Write the index under its names, look what stands there once others have written too, and
    merge anew until it holds what this run brings. ``seen`` are the entries that this run replaces.

    Gives the plan with the index that stands. Raises ContentInvalid where another run has put
    another image for the same platform there, or others are faster every time.
    """
    so_far: dict[Reference, Digest] = {}
    with afterwards.errors_name(so_far):
        for _ in range(_TRIES):
            bring(plan)
            plan, has_written = _written(plan, so_far, ports)
            if not plan.decision.write:
                return plan
            if has_written:
                writing.settle(ports)
            current = tag.current(plan.decision.write, ports.registry)
            places = {digest: name.repository for name, digest in current.items() if digest}
            parts = parallel.each(lambda place: part(place[1], place[0], ports), places.items())
            _refuse_replaced(plan, seen, parts)
            if len(parts) == 1 and None not in current.values() and _holds(parts[0], plan):
                return _with_index(plan, parts[0])
            log.info("Another run extends the index too: it is read and merged again.")
            plan = again(plan.decision, parts, current)
            ports.clock.sleep(ports.clock.jitter() * writing.SETTLE / 3)
        raise ContentInvalid(
            "The index was extended by other runs each time this one had extended it",
            why=f"{_TRIES} tries; {_brought(plan)} may be missing in it",
            fix="Let one job merge all digests, or put the jobs into one `concurrency` group.",
        )


def left(plan: Plan, names: Written) -> Plan:
    """The plan with the names that other runs have left to this one."""
    decision = replace(
        plan.decision, write=names.names, kept_tags=(*plan.decision.kept_tags, *names.kept_tags)
    )
    return replace(plan, decision=decision)


def _written(plan: Plan, so_far: dict[Reference, Digest], ports: Ports) -> tuple[Plan, bool]:
    """The plan after its write, and whether there was one: a name that has moved is not written.
    ``so_far`` learns what was."""
    try:
        names = write.write(
            plan.index,
            plan.decision.write,
            plan.rules,
            ports,
            bring=plan.push,
            extends=dict(plan.previous),
        )
    except Moved as moved:
        so_far |= moved.writes.written if moved.writes else {}
        log.info("%s: %s.", moved.what, moved.why)
        return plan, False
    so_far |= dict.fromkeys(names.names, plan.digest)
    return left(plan, names), True


def _holds(existing: Part, plan: Plan) -> bool:
    listed = {entry.digest for entry in existing.entries}
    return all(entry.digest in listed for entry in plan.new)


def _with_index(plan: Plan, existing: Part) -> Plan:
    if not isinstance(existing.found, Index):
        return plan
    origins = {entry.digest: existing.origin for entry in existing.entries}
    return replace(plan, index=existing.found, origins=origins | dict(plan.origins))


def _refuse_replaced(plan: Plan, seen: set[Digest], parts: Iterable[Part]) -> None:
    """Raise ContentInvalid where a platform of ours is another run's now: each would replace the
    other without end."""
    ours = {entry.platform: entry.digest for entry in plan.new if not entry.is_attestation}
    for each in parts:
        for entry in each.entries:
            digest = ours.get(entry.platform, entry.digest)
            if entry.is_attestation or entry.digest in {digest, *seen}:
                continue
            raise ContentInvalid(
                f"Another run has put another image for {entry.platform} into the index",
                why=f"{entry.digest} stands there, and this run brought {digest}",
                fix="Give each job another platform; `concurrency` keeps two runs apart.",
            )


def _brought(plan: Plan) -> str:
    return ", ".join(str(entry.platform) for entry in plan.new if not entry.is_attestation)
