"""A package as a graph: which manifest needs which other one.

GitHub lists one version for each manifest and says nothing of how they hang together. An edge leads
from an index to what it lists, and from an image to what describes it: by ``subject``, or by a tag
``sha256-HEX`` or ``sha256-HEX.sig`` that names its digest. Source:
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema;
cosign's tags add a suffix to it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import INDEX_TYPES, MANIFEST_TYPES, Index, Manifest
from ghcr_action.values.reference import Digest

_DIGEST_TAG = re.compile(r"((?:sha256|sha512)-[0-9a-f]{64})[0-9a-f]*(?:\..*)?")
_KEY_DIGITS = 64
"""Hex digits of a digest in such a tag; the specification cuts longer ones."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """What one manifest says of others, without its text: a package may have a hundred thousand of
    them."""

    children: tuple[Digest, ...] = ()
    """What an index lists and a registry serves as a manifest."""
    subject: Digest | None = None
    blobs: tuple[tuple[Digest, int], ...] = ()
    """Config and layers with their size in bytes."""

    @classmethod
    def of(cls, manifest: Manifest | Index) -> Self:
        """The node of a manifest or index."""
        listed = manifest.manifests if isinstance(manifest, Index) else ()
        held = manifest.blobs if isinstance(manifest, Manifest) else ()
        known = INDEX_TYPES | MANIFEST_TYPES
        return cls(
            children=tuple(entry.digest for entry in listed if entry.media_type in known),
            subject=manifest.subject.digest if manifest.subject else None,
            blobs=tuple((blob.digest, blob.size) for blob in held),
        )

    @property
    def named(self) -> tuple[Digest, ...]:
        """Every digest it names that may be a manifest of the same repository."""
        return (*self.children, *((self.subject,) if self.subject else ()))


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The versions of one package and the edges between their manifests; manifests that GitHub does
    not list are nodes as well."""

    versions: Mapping[Digest, PackageVersion]
    nodes: Mapping[Digest, Node]
    below: Mapping[Digest, tuple[Digest, ...]]
    """What goes with a manifest and is needed by it: its children, and what describes it."""
    described: Mapping[Digest, tuple[Digest, ...]]
    """What a manifest describes: the same edges back, without those to children."""
    parents: Mapping[Digest, tuple[Digest, ...]]
    """The indexes that list a manifest."""

    @classmethod
    def make(cls, versions: Iterable[PackageVersion], nodes: Mapping[Digest, Node]) -> Self:
        """The graph; edges that lead to no node are left out."""
        listed = {version.digest: version for version in versions}
        known = {digest_key(digest): digest for digest in nodes}
        below, described, parents = (defaultdict[Digest, list[Digest]](list) for _ in range(3))
        for digest, node in nodes.items():
            for child in dict.fromkeys(node.children):
                if child in nodes:
                    below[digest].append(child)
                    parents[child].append(digest)
            tags = listed[digest].tags if digest in listed else ()
            for subject in dict.fromkeys(_subjects(node, tags, known)):
                if subject in nodes and subject != digest:
                    below[subject].append(digest)
                    described[digest].append(subject)
        return cls(
            versions=listed,
            nodes=nodes,
            below={digest: tuple(dict.fromkeys(found)) for digest, found in below.items()},
            described={digest: tuple(found) for digest, found in described.items()},
            parents={digest: tuple(found) for digest, found in parents.items()},
        )

    def names(self, digest: Digest) -> tuple[str, ...]:
        """The tags that people gave: those that name a digest left out."""
        return tuple(tag for tag in self.versions[digest].tags if not is_digest_tag(tag))

    def is_root(self, digest: Digest) -> bool:
        """Whether it stands for itself: it has a name, or it is neither part of an index nor a
        description of something."""
        return bool(self.names(digest)) or not (
            self.parents.get(digest) or self.described.get(digest)
        )

    def needed(self, kept: Iterable[Digest]) -> frozenset[Digest]:
        """What has to stay so that none of these breaks: everything below, and what a description
        that stays describes."""
        return frozenset(self._walk(kept, self.below, self.described))

    def reached(self, roots: Iterable[Digest]) -> frozenset[Digest]:
        """These and everything below them."""
        return frozenset(self._walk(roots, self.below))

    def parents_first(self, root: Digest) -> tuple[Digest, ...]:
        """This and everything below it, nothing before what needs it (a circle, which only tags can
        make, is cut somewhere)."""
        ordered, seen = list[Digest](), {root}
        stack = [(root, reversed(self.below.get(root, ())))]
        while stack:
            digest, ahead = stack[-1]
            child = next((child for child in ahead if child not in seen), None)
            if child is None:
                ordered.append(digest)
                stack.pop()
            else:
                seen.add(child)
                stack.append((child, reversed(self.below.get(child, ()))))
        return tuple(reversed(ordered))

    def size(self, digests: Iterable[Digest]) -> dict[Digest, int]:
        """Every blob that these manifests hold, with its bytes."""
        return {blob: size for digest in digests for blob, size in self.nodes[digest].blobs}

    @staticmethod
    def _walk(
        start: Iterable[Digest], *edges: Mapping[Digest, tuple[Digest, ...]]
    ) -> Iterator[Digest]:
        waiting = list(start)
        seen = set(waiting)
        while waiting:
            digest = waiting.pop()
            yield digest
            new = {reached for each in edges for reached in each.get(digest, ())} - seen
            seen |= new
            waiting += new


def is_digest_tag(tag: str) -> bool:
    """Whether a tag names a digest, as the referrers' tags and cosign's do, and is nobody's name
    for an image."""
    return _DIGEST_TAG.fullmatch(tag) is not None


def named_by_tag(tag: str) -> Digest | None:
    """The digest that such a tag spells out whole; one of sha512 is cut and can't be asked for."""
    found = _DIGEST_TAG.fullmatch(tag)
    algorithm, _, encoded = found[1].partition("-") if found else ("", "", "")
    return Digest(algorithm, encoded) if algorithm == "sha256" else None


def digest_key(digest: Digest) -> str:
    """How such a tag begins for this digest."""
    return f"{digest.algorithm}-{digest.encoded[:_KEY_DIGITS]}"


def _subjects(node: Node, tags: Iterable[str], known: Mapping[str, Digest]) -> Iterator[Digest]:
    if node.subject:
        yield node.subject
    for tag in tags:
        if (found := _DIGEST_TAG.fullmatch(tag)) and found[1] in known:
            yield known[found[1]]
