"""Every write of a publishing run: build, push by digest, verify, sign, and names last."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ghcr_action.buildx import measures
from ghcr_action.buildx.destination import ByDigest
from ghcr_action.errors import ContentInvalid
from ghcr_action.images import afterwards, transfer, tree
from ghcr_action.images.tree import Tree
from ghcr_action.names import policy
from ghcr_action.plans.attest import Attested, Attesting
from ghcr_action.plans.publish import Outcome, Plan
from ghcr_action.ports import Ports
from ghcr_action.steps import attest, build_metadata, produce, pushed, tag, write
from ghcr_action.steps.produce import Produced
from ghcr_action.steps.timing import Timing
from ghcr_action.steps.write import Written
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.size import ImageSize

log = logging.getLogger(__name__)
Result = TypeVar("Result")


def execute(plan: Plan, ports: Ports, look: Callable[[Tree], None]) -> Outcome:
    """Every write, in the order of the plan; a failure leaves what follows undone. ``look`` sees
    the image before it has a name, and raises where it may have none."""
    return _Publication(plan, ports, look).outcome()


class _Publication:
    """One run: its plan, which loses the names that other runs have taken, and what it has done."""

    def __init__(self, plan: Plan, ports: Ports, look: Callable[[Tree], None]) -> None:
        self._plan = plan
        self._ports = ports
        self._look = look
        self._timing = Timing(ports)
        self._sizes: dict[Digest, ImageSize] = {}
        self._attested: Attested | None = None

    def outcome(self) -> Outcome:
        """Do all of it."""
        plan, ports = self._plan, self._ports
        with produce.produced(
            plan.building, ports, self._timing.timed, retries=plan.retries
        ) as produced:
            build = produced.build
            image = self._published(produced) if plan.push else None
        return Outcome(
            plan=self._plan,
            root=image.root if image else None,
            size=self._size(image) if image else None,
            image_id=build.image_id,
            metadata_json=build_metadata.small(build.metadata),
            metadata_file=build_metadata.file(build.metadata, ports),
            pushed=image is not None,
            seconds=tuple(self._timing.seconds),
            cache=measures.cache_use(produced.steps),
            slowest=measures.slowest(produced.steps),
            steps=produced.steps,
            attested=self._attested,
        )

    def _published(self, produced: Produced) -> Tree:
        """What the registry holds of what was built."""
        digest = build_metadata.digest(produced.build.metadata, "the image")
        if isinstance(self._plan.building.destination, ByDigest):
            return self._named_last(digest, produced.tested)
        return self._named_by_engine(digest)

    def _named_last(self, digest: Digest, tested: str) -> Tree:
        """Pushed by digest: verified, looked at and signed before it gets a name."""
        with self._timing.timed("Verify"):
            image = self._confirmed((), digest)
            pushed.expect_platforms("The image", self._plan.platforms, self._size(image))
            _expect_tested(tested, image)
            policy.refuse(tag.current(self._plan.guarded, self._ports.registry), digest)
        self._look(image)
        self._sign(image)
        self._tag(image)
        return image

    def _named_by_engine(self, digest: Digest) -> Tree:
        """Pushed and named at once, by the engine."""
        plan, ports = self._plan, self._ports
        written = dict.fromkeys(plan.tag, digest)
        with afterwards.errors_name(written):
            self._keep(write.look_again(written, plan.rules, ports))
            with self._timing.timed("Verify"):
                image = self._verified(digest, lambda names: self._confirmed(names, digest))
            self._look(image)  # too late for the tags, which the engine wrote with the push
            self._sign(image)
        return image

    def _confirmed(self, names: tuple[Reference, ...], digest: Digest) -> Tree:
        """Every manifest of the image, read under each of these names; by digest where there are
        none."""
        asked = names or tuple(repository.at(digest) for repository in self._plan.push)
        found = pushed.confirmed(asked, digest, self._ports)
        named = (str(each if each.tag else each.repository) for each in asked)
        log.info("The registry confirms %s under %s.", digest, ", ".join(named))
        return found

    def _sign(self, image: Tree) -> None:
        """Sign what was pushed by digest; where that is required and fails, it gets no name."""
        if isinstance(self._plan.attest, Attesting):
            with self._timing.timed("Attest"):
                image_of = attest.of_tree(image, self._plan.push)
                (self._attested,) = attest.attest([image_of], self._plan.attest, self._ports)

    def _tag(self, image: Tree) -> None:
        """Give it its names, and ask what each of them holds."""
        plan, ports, digest = self._plan, self._ports, image.root.descriptor.digest
        if not plan.tag:
            return
        with self._timing.timed("Tag"):
            self._keep(write.write(image.root, plan.tag, plan.rules, ports))
            if plan.verify:
                with afterwards.errors_name(dict.fromkeys(self._plan.tag, digest)):
                    self._verified(
                        digest,
                        lambda names: transfer.confirm(ports.registry, names, digest, ports.clock),
                    )

    def _verified(self, digest: Digest, ask: Callable[[tuple[Reference, ...]], Result]) -> Result:
        """What ``ask`` finds under the names that are left to this run by then."""
        plan = self._plan
        names = plan.tag if plan.verify else ()
        held = dict.fromkeys(names, digest)
        left, found = write.verified(held, plan.rules, self._ports, ask)
        if plan.verify:
            self._keep(left)
        return found

    def _keep(self, written: Written) -> None:
        """Keep the names that other runs have left to this one."""
        kept_tags = (*self._plan.kept_tags, *written.kept_tags)
        self._plan = replace(self._plan, tag=written.names, kept_tags=kept_tags)

    def _size(self, image: Tree) -> ImageSize:
        """Asked once: a manifest that stands alone has its config read for it."""
        digest = image.root.descriptor.digest
        if digest not in self._sizes:
            self._sizes[digest] = tree.size(self._ports.registry, self._plan.push[0], image)
        return self._sizes[digest]


def _expect_tested(tested: str, image: Tree) -> None:
    """Raise ContentInvalid where what was pushed is not what was tested: the engine's cache may
    have been emptied in between, and over its socket a base image is looked for in the registry
    first."""
    if tested and tested not in {str(digest) for digest, _ in image.nodes}:
        raise ContentInvalid(
            "The image that was built is not the one that was tested",
            why=(
                f"{tested} was tested, {image.root.descriptor.digest} was built after it. The "
                "engine's cache may have lost a step in between, or the engine may have a base "
                "image under a name that is another image in the registry, which a push takes"
            ),
            fix=(
                "Run again. If it persists, give the engine's cache more room, or a base image "
                "that only the engine has a name of its own."
            ),
        )
