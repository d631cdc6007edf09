"""Everything that a registry knows of one image, read without pulling it."""

from __future__ import annotations

from ghcr_action import parallel
from ghcr_action.images import tree
from ghcr_action.images.facts import Inspected, PlatformFacts
from ghcr_action.images.tree import Leaf
from ghcr_action.ports import Registry
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository


def look(reference: Reference, registry: Registry, *, referrers: bool = True) -> Inspected:
    """Everything that is known of one image. Raises NotFound where it is not there, or a part of it
    is missing."""
    root = tree.source(registry, reference)
    repository = reference.repository
    platforms, described = parallel.both(
        lambda: _platforms(registry, repository, root),
        lambda: registry.referrers(repository, root.descriptor.digest) if referrers else (),
    )
    return Inspected(
        reference=reference,
        root=root,
        platforms=platforms,
        attestations=tuple(entry.digest for entry in root.manifests if entry.is_attestation)
        if isinstance(root, Index)
        else (),
        referrers=described,
        annotations=root.annotations,
    )


def _platforms(
    registry: Registry, repository: Repository, root: Manifest | Index
) -> tuple[PlatformFacts, ...]:
    leaves = tree.leaves(tree.read(registry.manifest, repository, root))
    return parallel.each(lambda leaf: _platform(leaf, registry, repository), leaves)


def _platform(leaf: Leaf, registry: Registry, repository: Repository) -> PlatformFacts:
    config = tree.config(registry, repository, leaf.manifest)
    platform: Platform = leaf.platform or config.platform
    return PlatformFacts(
        digest=leaf.digest, manifest=leaf.manifest, config=config, platform=platform
    )
