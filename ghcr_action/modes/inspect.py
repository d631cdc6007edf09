"""``mode: inspect``: what a reference names, read from the registry without pulling it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ghcr_action import parallel, promotion, tree
from ghcr_action.inspection import Inspected, PlatformFacts
from ghcr_action.ports import Ports, Registry
from ghcr_action.report import inspected, summary
from ghcr_action.tree import KnownRoot, Leaf
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository

if TYPE_CHECKING:
    from ghcr_action.settings.inspect import InspectSettings

log = logging.getLogger(__name__)


def run(settings: InspectSettings, ports: Ports) -> tuple[Inspected, ...]:
    """Look at every image, report, and stop where one is not the digest that is expected."""
    found = parallel.each(lambda reference: look(reference, ports.registry, referrers=settings.referrers), settings.sources)
    for image in found:
        with ports.runner.group(str(image.reference)):
            for line in inspected.lines(image):
                log.info("%s", line)
    for name, value in inspected.outputs(found):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.inspected(inspected.views(found)))
    for image in found:
        promotion.expect(image.reference, image.digest, settings.expect)
    return found


def look(reference: Reference, registry: Registry, *, referrers: bool = True) -> Inspected:
    """Everything that is known of one image. Raises NotFound where it is not there, or a part of it is missing."""
    root = tree.source(registry, reference)
    repository, source = reference.repository, KnownRoot(registry, root)
    platforms, described = parallel.both(
        lambda: _platforms(source, repository, root),
        lambda: registry.referrers(repository, root.descriptor.digest) if referrers else (),
    )
    return Inspected(
        reference=reference,
        root=root,
        platforms=platforms,
        attestations=tuple(entry.digest for entry in root.manifests if entry.is_attestation) if isinstance(root, Index) else (),
        referrers=described,
        annotations=root.annotations,
    )


def _platforms(source: KnownRoot, repository: Repository, root: Manifest | Index) -> tuple[PlatformFacts, ...]:
    leaves = tree.leaves(tree.read(source, repository, root.descriptor))
    return parallel.each(lambda leaf: _platform(leaf, source, repository), leaves)


def _platform(leaf: Leaf, source: KnownRoot, repository: Repository) -> PlatformFacts:
    config = tree.config(source, repository, leaf.manifest)
    platform: Platform = leaf.platform or config.platform
    return PlatformFacts(digest=leaf.digest, manifest=leaf.manifest, config=config, platform=platform)
