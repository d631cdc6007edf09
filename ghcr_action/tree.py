"""An image with everything below it, read from a registry or a layout: what a transfer moves and what a report measures."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.ports import Registry, Source
from ghcr_action.values.oci import INDEX_TYPES, MANIFEST_TYPES, MAX_MANIFEST, Descriptor, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.size import ImageSize, PlatformImage

MAX_DEPTH = 8
"""Indexes inside indexes."""
MAX_MANIFESTS = 1000
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all manifests of one image together: a hostile registry can't fill the memory."""
_NOT_DISTRIBUTED = (".foreign.", ".nondistributable.")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """An image with everything below it: each manifest once, children before the index that lists them, the root last."""

    nodes: tuple[tuple[Digest, Manifest | Index], ...]
    """Each manifest with the digest it is named by."""

    @property
    def root(self) -> Manifest | Index:
        """The manifest or index that the whole is named by."""
        return self.nodes[-1][1]


class RegistrySource:
    """A registry as a Source, for copies from one repository to another."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def manifest(self, repository: Repository, digest: Digest) -> Manifest | Index | None:
        """The manifest or index with this digest."""
        return self._registry.manifest(repository.at(digest))

    def read_blob(self, repository: Repository, blob: Descriptor) -> AbstractContextManager[Iterator[bytes]]:
        """The blob in chunks, checked as it is read."""
        return self._registry.read_blob(repository, blob)


def read(source: Source, repository: Repository, root: Descriptor) -> Tree:
    """Every manifest of an image. NotFound where one is missing, ContentInvalid where it is too deep or too big to be an image."""
    found: dict[Digest, Manifest | Index] = {}

    def visit(descriptor: Descriptor, depth: int) -> None:
        if descriptor.digest in found:
            return
        manifest = source.manifest(repository, descriptor.digest)
        if manifest is None:
            raise _missing(descriptor.digest, repository, root.digest)
        size = sum(len(other.raw) for other in found.values()) + len(manifest.raw)
        if depth > MAX_DEPTH or len(found) >= MAX_MANIFESTS or size > MAX_BYTES:
            raise ContentInvalid(
                f"{repository.at(root.digest)} is too {'deep' if depth > MAX_DEPTH else 'big'} to be an image",
                why=f"indexes inside indexes to depth {depth}, {len(found) + 1} manifests so far, {size} bytes of them",
                fix="Don't trust this source.",
            )
        for child in children(manifest):
            visit(child, depth + 1)
        found[descriptor.digest] = manifest

    visit(root, 0)
    return Tree(nodes=tuple(found.items()))


def children(manifest: Manifest | Index) -> tuple[Descriptor, ...]:
    """What an index lists that is itself a manifest or an index."""
    entries = manifest.manifests if isinstance(manifest, Index) else ()
    return tuple(entry for entry in entries if entry.media_type in INDEX_TYPES | MANIFEST_TYPES)


def blobs(manifest: Manifest | Index) -> tuple[Descriptor, ...]:
    """What has to be there before this manifest is written and is no manifest; layers that may not be distributed left out."""
    listed = manifest.blobs if isinstance(manifest, Manifest) else manifest.manifests
    left_out = INDEX_TYPES | MANIFEST_TYPES
    return tuple(
        blob for blob in listed if blob.media_type not in left_out and not any(part in blob.media_type for part in _NOT_DISTRIBUTED)
    )


def size(source: Source, repository: Repository, tree: Tree) -> ImageSize:
    """Compressed bytes by platform and altogether; only a manifest without a platform in its index has its config read."""
    leaves = tuple(_leaves(dict(tree.nodes), *tree.nodes[-1], None))
    counted = {blob.digest: blob.size for _, manifest, _ in leaves for blob in manifest.blobs}
    platforms = tuple(
        PlatformImage(platform=platform or _platform(source, repository, manifest), digest=digest, size=manifest.size)
        for digest, manifest, platform in leaves
    )
    return ImageSize(platforms=platforms, total=sum(counted.values()))


def _leaves(
    nodes: Mapping[Digest, Manifest | Index], digest: Digest, found: Manifest | Index, platform: Platform | None
) -> Iterator[tuple[Digest, Manifest, Platform | None]]:
    if isinstance(found, Manifest):
        yield digest, found, platform
        return
    for entry in children(found):
        if not entry.is_attestation:
            yield from _leaves(nodes, entry.digest, nodes[entry.digest], entry.platform)


def _platform(source: Source, repository: Repository, manifest: Manifest) -> Platform:
    """``os``, ``architecture``, ``variant`` of the image config; unknown where it is no image's."""
    if manifest.config.size > MAX_MANIFEST:
        raise ContentInvalid(f"The config of {manifest.descriptor.digest} is too big", why=f"it has {manifest.config.size} bytes")
    with source.read_blob(repository, manifest.config) as chunks:
        text = b"".join(chunks)
    try:
        config = json.loads(text)
        return Platform(str(config["os"]), str(config["architecture"]), str(config.get("variant", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Platform("unknown", "unknown")


def _missing(digest: Digest, repository: Repository, root: Digest) -> NotFound:
    return NotFound(
        f"{repository.at(digest)} is not there",
        why="it is the image itself" if digest == root else f"{root} lists it; a clean-up may have deleted it",
        fix="Check the name." if digest == root else "Push the image again, and let the clean-up keep what an index lists.",
    )
