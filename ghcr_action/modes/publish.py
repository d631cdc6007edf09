"""``mode: publish``: build, push by digest, tag, verify, report."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from ghcr_action import parallel
from ghcr_action.buildx import context as contexts
from ghcr_action.buildx import measures
from ghcr_action.buildx.destination import ByDigest
from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, NotFound
from ghcr_action.images import transfer, tree
from ghcr_action.images.tree import RegistrySource, Tree
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import policy
from ghcr_action.names import wanted as wanted_names
from ghcr_action.names.policy import Decision
from ghcr_action.plans.attest import Attested, Attesting
from ghcr_action.plans.builder import BuildFacts
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
    size_limit,
    tag,
    templates,
    visibility,
    work_tree,
    write,
)
from ghcr_action.steps.write import Written
from ghcr_action.values import platform as platforms
from ghcr_action.values.engine import Build
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.size import ImageSize

log = logging.getLogger(__name__)
Result = TypeVar("Result")

_DIGEST_KEY = "containerimage.digest"
_PROVENANCE_KEY = "buildx.build.provenance"


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
    builder = produce.builder(settings, engine, ports)
    return BuildFacts(
        engine=engine, builder=builder, context=context, scratch=ports.workspace.scratch("")
    )


def _named(settings: PublishSettings, ports: Ports) -> tuple[Metadata, Decision]:
    known = metadata.gather(settings.metadata, ports)
    return known, _decide(settings, wanted_names.references(settings.names, known), ports)


def _decide(settings: PublishSettings, names: tuple[Reference, ...], ports: Ports) -> Decision:
    """What becomes of each name; no registry is asked where nothing will be pushed."""
    if settings.push_by_digest or why_not(settings, names, ""):
        return Decision(write=names)
    if not settings.common.dry_run:
        ports.registry.announce(writes=(name.repository for name in names))
    return tag.decide(rules(settings, names), ports.registry)


def _attempt(plan: Plan, facts: Facts, settings: PublishSettings, ports: Ports) -> Outcome:
    """What can't end well is refused before minutes are spent; a pull request is told of a failure
    too."""
    try:
        plan = _permitted(plan, facts, settings, ports)
        if any(repository.registry == settings.common.event.registry for repository in plan.push):
            ports.github.prepare()
        outcome = _execute(
            plan,
            ports,
            lambda image: size_limit.check(
                settings.size_limit, plan.push[0], image, settings.common.event, ports
            ),
        )
    except ActionError as error:
        begun = publish_row.started(settings, plan, ports.clock.now())
        about = next(iter(plan.push), None)
        raise report.report_failure(error, begun, settings, ports, about) from error
    return _look(outcome, settings, ports)


def _permitted(plan: Plan, facts: Facts, settings: PublishSettings, ports: Ports) -> Plan:
    """The plan; the same without a push where the job's token may not write and no input says to
    push. Raises AccessDenied."""
    try:
        access.check(plan.push, settings.visibility, settings.common.event, ports)
    except AccessDenied as refused:
        reason = access.read_only(refused)
        if settings.push is None and reason:
            _warn_of_permission(settings)
            return make(settings, replace(facts, cannot_push=reason))
        raise
    return plan


def _warn_of_permission(settings: PublishSettings) -> None:
    """A branch or a tag that publishes nothing is seldom what somebody means; a pull request is."""
    event = settings.common.event
    if event.pull_request is None:
        log.warning(
            "Nothing is published for %s: the job's token may not write packages. Grant it to the "
            "job\n    permissions:\n      contents: read\n      packages: write",
            event.ref.partition("/")[2].partition("/")[2] or event.ref,
        )


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


def _execute(plan: Plan, ports: Ports, look: Callable[[Tree], None]) -> Outcome:
    """Every write, in the order of the plan; a failure leaves what follows undone. ``look`` sees
    the image before it has a name, and raises where it may have none."""
    steps = _Steps(ports)
    produced = produce.produce(plan.building, ports, steps.timed, retries=plan.retries)
    build = produced.build
    tree = None
    if plan.push:
        plan, tree = _publish(plan, build, produced.tested, steps, ports, look=look)
    return Outcome(
        plan=plan,
        root=tree.root if tree else None,
        size=_size(plan, tree, ports) if tree else None,
        image_id=build.image_id,
        metadata_json=_small_metadata(build.metadata),
        metadata_file=str(ports.workspace.publish("metadata.json", _whole_metadata(build.metadata)))
        if build.metadata
        else "",
        pushed=tree is not None,
        seconds=tuple(steps.seconds),
        cache=measures.cache_use(produced.steps),
        slowest=measures.slowest(produced.steps),
        steps=produced.steps,
        notes=produced.notes,
        attested=steps.attested,
    )


def _publish(
    plan: Plan,
    build: Build,
    tested: str,
    steps: "_Steps",
    ports: Ports,
    *,
    look: Callable[[Tree], None],
) -> tuple[Plan, Tree]:
    """What the registry holds by digest; names last, once all of it is there. Gives the plan with
    the names that were left to this run."""
    digest = _digest(build.metadata)
    if digest is None:
        raise ContentInvalid(
            "The engine pushed, and does not say which digest",
            why="its metadata file has no containerimage.digest",
        )
    if not isinstance(plan.destination, ByDigest):
        plan = _left(plan, write.look_again(dict.fromkeys(plan.tag, digest), plan.rules, ports))
        with steps.timed("Verify"):
            plan, tagged = _verified(
                plan, digest, lambda names: _confirmed(names, plan, digest, ports), ports
            )
        look(tagged)  # too late for the tags, which the engine wrote with the push
        _attest(plan, tagged, steps, ports)
        return plan, tagged
    with steps.timed("Verify"):
        pushed = _confirmed((), plan, digest, ports)
        _expect_platforms(plan.platforms, _size(plan, pushed, ports))
        _expect_tested(tested, pushed)
        _guard(plan, digest, ports)
    look(pushed)
    _attest(plan, pushed, steps, ports)
    return _tag(plan, pushed, steps, ports), pushed


def _confirmed(names: tuple[Reference, ...], plan: Plan, digest: Digest, ports: Ports) -> Tree:
    """Every manifest of the image, read under each of these names; by digest where there are
    none."""
    asked = names or tuple(repository.at(digest) for repository in plan.push)
    try:
        found = transfer.verify(ports.registry, asked, digest, ports.clock)
    except NotFound as cause:
        raise _elsewhere(cause) from cause
    log.info("The registry confirms %s under %s.", digest, ", ".join(map(str, asked)))
    return found


def _elsewhere(missing: NotFound) -> NotFound:
    """What the engine has pushed and we do not find, with the cause that is left."""
    return NotFound(
        missing.what,
        why=(
            f"{missing.why}. BuildKit pushes from the engine's machine, where this name may lead "
            "to another registry than here (localhost, a name of one network)"
        ),
        fix="Name the registry as this step and the engine both reach it.",
    )


def _attest(plan: Plan, image: Tree, steps: "_Steps", ports: Ports) -> None:
    """Sign what was pushed by digest; where that is required and fails, it gets no name."""
    if isinstance(plan.attest, Attesting):
        with steps.timed("Attest"):
            image_of = attest.of_tree(image, plan.push)
            (steps.attested,) = attest.attest([image_of], plan.attest, ports)


def _tag(plan: Plan, image: Tree, steps: "_Steps", ports: Ports) -> Plan:
    """Give it its names, and ask what each of them holds."""
    if not plan.tag:
        return plan
    with steps.timed("Tag"):
        plan = _left(plan, write.write(image.root, plan.tag, plan.rules, ports))
        if plan.verify:
            digest = image.root.descriptor.digest
            plan, _ = _verified(
                plan,
                digest,
                lambda names: transfer.confirm(ports.registry, names, digest, ports.clock),
                ports,
            )
    return plan


def _verified(
    plan: Plan, digest: Digest, ask: Callable[[tuple[Reference, ...]], Result], ports: Ports
) -> tuple[Plan, Result]:
    """What ``ask`` finds, and the plan with the names that are left to this run by then."""
    names = plan.tag if plan.verify else ()
    left, found = write.verified(names, digest, plan.rules, ports, ask)
    return _left(plan, left) if plan.verify else plan, found


def _left(plan: Plan, written: Written) -> Plan:
    """The plan with the names that other runs have left to this one."""
    return replace(plan, tag=written.names, kept_tags=(*plan.kept_tags, *written.kept_tags))


def _expect_tested(tested: str, image: Tree) -> None:
    """Raise ContentInvalid where what was pushed is not what was tested: the engine's cache may
    have been emptied in between."""
    if tested and tested not in {str(digest) for digest, _ in image.nodes}:
        raise ContentInvalid(
            "The image that was built is not the one that was tested",
            why=(
                f"{tested} was tested, {image.root.descriptor.digest} was built after it; the "
                "engine's cache did not keep the steps in between"
            ),
            fix="Run again. If it persists, give the engine's cache more room.",
        )


def _guard(plan: Plan, digest: Digest, ports: Ports) -> None:
    """Raise PolicyRefused where a protected name holds another digest."""
    policy.refuse(tag.current(plan.guarded, ports.registry), digest)


def _expect_platforms(wanted: tuple[Platform, ...], size: ImageSize) -> None:
    """Raise ContentInvalid where a platform that was asked for was not built: nothing is pushed
    then."""
    found = [image.platform for image in size.platforms]
    if missing := platforms.missing(wanted, found):
        raise ContentInvalid(
            f"The image has no {missing}",
            why=f"`platforms` asks for it; what was built is {platforms.listed(found)}",
        )


def _size(plan: Plan, published: Tree, ports: Ports) -> ImageSize:
    return tree.size(RegistrySource(ports.registry), plan.push[0], published)


def _digest(metadata: Mapping[str, Any]) -> Digest | None:
    return Digest.find(str(metadata.get(_DIGEST_KEY, "")))


def _small_metadata(metadata: Mapping[str, Any]) -> str:
    """What goes into an output: without provenance, which can be larger than a step's environment
    may be."""
    kept = {key: value for key, value in metadata.items() if not key.startswith(_PROVENANCE_KEY)}
    text = json.dumps(kept, indent=2) if kept else ""
    if len(text.encode()) > publish.MAX_METADATA:
        log.warning(
            (
                "The build's metadata has %d bytes, too many for an output: `metadata` is "
                "empty, `metadata-file` has all."
            ),
            len(text),
        )
    return text


def _whole_metadata(metadata: Mapping[str, Any]) -> bytes:
    return json.dumps(metadata, indent=2).encode()


class _Steps:
    """Groups of the log with their durations in seconds."""

    def __init__(self, ports: Ports) -> None:
        self.seconds: list[tuple[str, float]] = []
        self.attested: Attested | None = None
        """What was signed on the way."""
        self._ports = ports

    @contextmanager
    def timed(self, title: str) -> Iterator[None]:
        """One step."""
        started = self._ports.clock.monotonic()
        with self._ports.runner.group(title):
            yield
        self.seconds.append((title, self._ports.clock.monotonic() - started))
