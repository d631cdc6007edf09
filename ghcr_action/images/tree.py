"""An image with everything below it, read from a registry: what a transfer moves and what a report
measures."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ghcr_action import parallel
from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.ports import Registry, Source
from ghcr_action.values import image_config as configs
from ghcr_action.values.image_config import ImageConfig
from ghcr_action.values.oci import (
    CONFIG_TYPES,
    INDEX_TYPES,
    MANIFEST_TYPES,
    MAX_MANIFEST,
    Descriptor,
    Index,
    Manifest,
)
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.size import ImageSize, PlatformImage

MAX_DEPTH = 8
"""Indexes inside indexes."""
MAX_MANIFESTS = 1000
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all manifests of one image together: a hostile registry can't fill the memory."""
_NOT_DISTRIBUTED = (".foreign.", ".nondistributable.")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """An image with everything below it: each manifest once, children before the index that lists
    them, the root last."""

    nodes: tuple[tuple[Digest, Manifest | Index], ...]
    """Each manifest with the digest it is named by."""

    @property
    def root(self) -> Manifest | Index:
        """The manifest or index that the whole is named by."""
        return self.nodes[-1][1]


def source(registry: Registry, reference: Reference) -> Manifest | Index:
    """What the input ``source`` names. Raises NotFound where it is not there."""
    found = registry.manifest(reference)
    if found is None:
        raise NotFound(
            f"{reference} is not there",
            why="the registry does not know it",
            fix="Check `source`: NAME:TAG or NAME@DIGEST.",
        )
    return found


def read(
    manifest: Callable[[Reference], Manifest | Index | None],
    repository: Repository,
    root: Manifest | Index | Descriptor,
) -> Tree:
    """Every manifest of an image, one level after another; ``manifest`` reads one of them. A root
    that was read before, or is not written yet, is not read.

    NotFound where a manifest is missing, ContentInvalid where the image is too deep or too big to
    be one.
    """
    first = root if isinstance(root, Descriptor) else root.descriptor
    known = {} if isinstance(root, Descriptor) else {first.digest: root}
    reading = _Reading(manifest, repository, first.digest, known)
    found: dict[Digest, Manifest | Index] = {}
    level, depth = {first.digest: first}, 0
    while level:
        reading.check(depth, len(found) + len(level))
        found |= zip(level, parallel.each(reading.manifest, level), strict=True)
        level = {
            child.digest: child
            for digest in level
            for child in children(found[digest])
            if child.digest not in found
        }
        depth += 1
    return Tree(nodes=tuple(_leaves_first(found, first.digest, {}).items()))


class _Reading:
    """What has been read of one image, by several threads, and how much of it there may be."""

    def __init__(
        self,
        ask: Callable[[Reference], Manifest | Index | None],
        repository: Repository,
        root: Digest,
        known: Mapping[Digest, Manifest | Index],
    ) -> None:
        self._ask = ask
        self._repository = repository
        self._root = root
        self._known = known
        self._size = 0
        self._lock = threading.Lock()

    def manifest(self, digest: Digest) -> Manifest | Index:
        """The manifest with this digest, counted."""
        manifest = self._known.get(digest) or self._ask(self._repository.at(digest))
        if manifest is None:
            raise _missing(digest, self._repository, self._root)
        with self._lock:
            self._size += len(manifest.raw)
        if self._size > MAX_BYTES:
            raise self._refusal("big", f"its manifests have more than {MAX_BYTES} bytes")
        return manifest

    def check(self, depth: int, count: int) -> None:
        """Refuse a level before it is read."""
        if depth > MAX_DEPTH:
            raise self._refusal(
                "deep", f"it has indexes inside indexes to a depth of more than {MAX_DEPTH}"
            )
        if count > MAX_MANIFESTS:
            raise self._refusal("big", f"it lists more than {MAX_MANIFESTS} manifests")

    def _refusal(self, measure: str, why: str) -> ContentInvalid:
        return ContentInvalid(
            f"{self._repository.at(self._root)} is too {measure} to be an image",
            why=why,
            fix="Don't trust this source.",
        )


def _leaves_first(
    found: Mapping[Digest, Manifest | Index],
    digest: Digest,
    ordered: dict[Digest, Manifest | Index],
) -> dict[Digest, Manifest | Index]:
    for child in children(found[digest]):
        if child.digest not in ordered:
            _leaves_first(found, child.digest, ordered)
    ordered[digest] = found[digest]
    return ordered


def children(manifest: Manifest | Index) -> tuple[Descriptor, ...]:
    """What an index lists that is itself a manifest or an index."""
    entries = manifest.manifests if isinstance(manifest, Index) else ()
    return tuple(entry for entry in entries if entry.media_type in INDEX_TYPES | MANIFEST_TYPES)


def blobs(manifest: Manifest | Index) -> tuple[Descriptor, ...]:
    """What has to be there before this manifest is written and is no manifest; layers that may not
    be distributed left out."""
    listed = manifest.blobs if isinstance(manifest, Manifest) else manifest.manifests
    left_out = INDEX_TYPES | MANIFEST_TYPES
    return tuple(
        blob
        for blob in listed
        if blob.media_type not in left_out
        and not any(part in blob.media_type for part in _NOT_DISTRIBUTED)
    )


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """An image for one platform; the platform is None where no index names it."""

    digest: Digest
    manifest: Manifest
    platform: Platform | None


def leaves(tree: Tree) -> tuple[Leaf, ...]:
    """The images of a tree in the order of its indexes; attestations are left out."""
    return tuple(_leaves(dict(tree.nodes), *tree.nodes[-1], None))


def size(source: Source, repository: Repository, tree: Tree) -> ImageSize:
    """Compressed bytes by platform and altogether; only a manifest without a platform in its index
    has its config read."""
    found = leaves(tree)
    counted = {blob.digest: blob.size for leaf in found for blob in leaf.manifest.blobs}
    platforms = tuple(
        PlatformImage(
            platform=leaf.platform or config(source, repository, leaf.manifest).platform,
            digest=leaf.digest,
            size=leaf.manifest.size,
        )
        for leaf in found
    )
    return ImageSize(platforms=platforms, total=sum(counted.values()))


def config(source: Source, repository: Repository, manifest: Manifest) -> ImageConfig:
    """The config of an image, read and checked. ContentInvalid where it is too big to be one."""
    if manifest.config.size > MAX_MANIFEST:
        raise ContentInvalid(
            f"The config of {manifest.descriptor.digest} is too big",
            why=f"it has {manifest.config.size} bytes",
        )
    with source.read_blob(repository, manifest.config) as chunks:
        return configs.parse(b"".join(chunks))


def own_platform(source: Source, repository: Repository, root: Manifest | Index) -> Platform | None:
    """What a single image is for, by its config; None for an index, which says it itself, and for
    an artifact, which is for none."""
    if isinstance(root, Index) or root.config.media_type not in CONFIG_TYPES:
        return None
    return config(source, repository, root).platform


def _leaves(
    nodes: Mapping[Digest, Manifest | Index],
    digest: Digest,
    found: Manifest | Index,
    platform: Platform | None,
) -> Iterator[Leaf]:
    if isinstance(found, Manifest):
        yield Leaf(digest=digest, manifest=found, platform=platform)
        return
    for entry in children(found):
        if not entry.is_attestation:
            yield from _leaves(nodes, entry.digest, nodes[entry.digest], entry.platform)


def _missing(digest: Digest, repository: Repository, root: Digest) -> NotFound:
    return NotFound(
        f"{repository.at(digest)} is not there",
        why=f"{'an index' if digest == root else root} lists it; a clean-up may have deleted it",
        fix="Push the image again, and let the clean-up keep what an index lists.",
    )
