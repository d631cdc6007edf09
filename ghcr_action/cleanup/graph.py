"""A package as a graph: which manifest needs which other one.

GitHub lists one version for each manifest, and does not say which manifest refers to which. An edge
leads from an index to what it lists, and from an image to what describes it: by ``subject``, or by
a tag ``sha256-HEX`` or ``sha256-HEX.sig`` that names its digest. Source:
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema;
cosign's tags add a suffix to it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from ghcr_action.errors import InvalidValue
from ghcr_action.values import oci
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import INDEX_TYPES, MANIFEST_TYPES, Index, Manifest
from ghcr_action.values.reference import Digest

UNTAG_KEY = "io.github.ghcr-action.untag"
"""Annotation of the empty index that a tag is moved to before it is deleted; see ``untag``."""
_CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"
"""Source: https://github.com/moby/buildkit/blob/master/cache/remotecache/v1/doc.go."""
_DIGEST_TAG = re.compile(r"((?:sha256|sha512)-[0-9a-f]{64})[0-9a-f]*(?:\..*)?")
_KEY_DIGITS = 64
"""Hex digits of a digest in such a tag; the specification cuts longer ones."""
_MENTION = re.compile(r"sha256:[0-9a-f]{64}(?![0-9a-f])|sha512:[0-9a-f]{128}(?![0-9a-f])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """What one manifest says of others, without its text: a package may have 100,000 of them."""

    children: tuple[Digest, ...] = ()
    """The entries of an index that are manifests."""
    subject: Digest | None = None
    blobs: tuple[tuple[Digest, int], ...] = ()
    """Config and layers with their size in bytes."""
    is_cache: bool = False
    """Whether it is a build cache that BuildKit exported."""
    is_ghost: bool = False
    """Whether GitHub lists it and the registry does not have it."""
    is_untag: bool = False
    """Whether it is the empty index that a run has moved tags to, and was stopped before it deleted
    it."""
    odd: str = ""
    """Why it can't be read as a manifest; then ``children`` are all digests in its text."""

    @classmethod
    def of(cls, manifest: Manifest | Index) -> Self:
        """The node of a manifest or index."""
        listed = manifest.manifests if isinstance(manifest, Index) else ()
        held = manifest.blobs if isinstance(manifest, Manifest) else ()
        known = INDEX_TYPES | MANIFEST_TYPES
        types = (blob.media_type for blob in (*held[:1], *listed))
        return cls(
            children=tuple(entry.digest for entry in listed if entry.media_type in known),
            subject=manifest.subject.digest if manifest.subject else None,
            blobs=tuple((blob.digest, blob.size) for blob in held),
            is_cache=_CACHE_CONFIG in types,
            is_untag=isinstance(manifest, Index)
            and not listed
            and UNTAG_KEY in manifest.annotations,
        )

    @classmethod
    def read(cls, raw: bytes, media_type: str, digest: Digest) -> Self:
        """The node of these bytes. Where they can't be read as a manifest, every digest in the text
        counts as a child, so that nothing is deleted which it may need."""
        why = (
            "" if digest.matches(raw) else f"the registry's bytes have the digest {Digest.of(raw)}"
        )
        try:
            found = oci.parse(raw, media_type)
        except (InvalidValue, RecursionError) as cause:
            why = why or str(cause) or "it is nested too deep"
        else:
            if not why:
                return cls.of(found)
        mentions = _MENTION.findall(raw.decode("utf-8", "replace"))
        digests = dict.fromkeys(Digest(*text.split(":", 1)) for text in mentions)
        return cls(odd=why, children=tuple(each for each in digests if each != digest))

    @property
    def named(self) -> tuple[Digest, ...]:
        """Every digest it names that may be a manifest of the same repository."""
        return (*self.children, *((self.subject,) if self.subject else ()))


GHOST = Node(is_ghost=True)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The versions of one package, and the edges between manifests. What the registry has and
    GitHub does not list is a node without a version."""

    versions: Mapping[Digest, PackageVersion]
    nodes: Mapping[Digest, Node]
    below: Mapping[Digest, tuple[Digest, ...]]
    """From a manifest to what is deleted with it: its children, and its referrers."""
    described: Mapping[Digest, tuple[Digest, ...]]
    """From a referrer to its subjects."""
    parents: Mapping[Digest, tuple[Digest, ...]]
    """The indexes that list a manifest."""
    lost: Mapping[Digest, tuple[str, ...]]
    """From a referrer to those of its subjects that are not in this package: digests as text."""

    @classmethod
    def make(cls, versions: Iterable[PackageVersion], nodes: Mapping[Digest, Node]) -> Self:
        """The graph; a version without a node is a ghost, and edges that lead to no node are left
        out."""
        listed = {version.digest: version for version in versions}
        nodes = {**nodes, **{digest: GHOST for digest in listed if digest not in nodes}}
        known = {digest_key(digest): digest for digest in nodes}
        below, described, parents = (defaultdict[Digest, list[Digest]](list) for _ in range(3))
        lost = defaultdict[Digest, list[str]](list)
        ordered = sorted(nodes.items(), key=lambda each: str(each[0]))
        for digest, node in ordered:
            for child in dict.fromkeys(node.children):
                if child in nodes:
                    below[digest].append(child)
                    parents[child].append(digest)
        for digest, node in ordered:
            tags = listed[digest].tags if digest in listed else ()
            for key, subject in dict(_subjects(node, tags, known)).items():
                if subject is None or subject not in nodes:
                    lost[digest].append(key.replace("-", ":", 1))
                elif subject != digest:
                    below[subject].append(digest)
                    described[digest].append(subject)
        return cls(
            versions=listed,
            nodes=nodes,
            below={digest: tuple(dict.fromkeys(found)) for digest, found in below.items()},
            described={digest: tuple(dict.fromkeys(found)) for digest, found in described.items()},
            parents={digest: tuple(found) for digest, found in parents.items()},
            lost={digest: tuple(found) for digest, found in lost.items()},
        )

    def names(self, digest: Digest) -> tuple[str, ...]:
        """The tags that people gave: those that name a digest left out."""
        return tuple(tag for tag in self.versions[digest].tags if not is_digest_tag(tag))

    def is_root(self, digest: Digest) -> bool:
        """Whether it is an image of its own: it has a tag, or no index lists it and it is no
        referrer."""
        return bool(self.names(digest)) or not (
            self.parents.get(digest) or self.described.get(digest)
        )

    def is_orphan(self, digest: Digest) -> bool:
        """Whether it is a referrer without a tag, and none of its subjects is in this package."""
        return digest in self.lost and self.is_root(digest) and not self.names(digest)

    def missing(self, digest: Digest) -> tuple[Digest, ...]:
        """The children of an index that nobody can pull."""
        node = self.nodes[digest]
        return (
            ()
            if node.odd
            else tuple(child for child in node.children if self.nodes.get(child, GHOST).is_ghost)
        )

    def is_ghost(self, digest: Digest) -> bool:
        """Whether nobody can pull it: its manifest is gone, or it is an index all of whose children
        are."""
        node = self.nodes[digest]
        return node.is_ghost or (
            bool(node.children) and len(self.missing(digest)) == len(node.children)
        )

    def is_partial(self, digest: Digest) -> bool:
        """Whether it is an index that lost some of its children, and not all."""
        return bool(self.missing(digest)) and not self.is_ghost(digest)

    def is_whole(self, digest: Digest) -> bool:
        """Whether it and everything it lists, indexes followed, can be pulled."""
        return not any(
            self.nodes[each].is_ghost or self.nodes[each].odd or self.missing(each)
            for each in self.parts((digest,))
        )

    def parts(self, roots: Iterable[Digest]) -> frozenset[Digest]:
        """These and all that they list, at any depth, without referrers."""
        waiting = list(roots)
        seen = set(waiting)
        while waiting:
            new = {
                child for child in self.nodes[waiting.pop()].children if child in self.nodes
            } - seen
            seen |= new
            waiting += new
        return frozenset(seen)

    def needed(self, kept: Iterable[Digest]) -> frozenset[Digest]:
        """All that has to be kept with these: what is below them, and the subjects of kept
        referrers."""
        return frozenset(self._walk(kept, self.below, self.described))

    def reached(self, roots: Iterable[Digest]) -> frozenset[Digest]:
        """These and everything below them."""
        return frozenset(self._walk(roots, self.below))

    def parents_first(self, root: Digest) -> tuple[Digest, ...]:
        """This and everything below it, each after all that refers to it. Only digest tags can make
        a circle, which is cut at any place."""
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

    def children_first(self) -> Iterator[Digest]:
        """Every node, an index after all that it lists."""
        waiting = {
            digest: sum(child in self.nodes for child in dict.fromkeys(node.children))
            for digest, node in self.nodes.items()
        }
        ready = [digest for digest, count in waiting.items() if not count]
        while ready:
            digest = ready.pop()
            yield digest
            for parent in self.parents.get(digest, ()):
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)

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


def remains(
    deleted: Iterable[PackageVersion], node: Callable[[Digest], Node | None]
) -> tuple[dict[Digest, Digest], frozenset[Digest]]:
    """Of deleted indexes: each digest that one of them listed, with that index; and the digests
    listed by those that were images, not referrers. ``node`` gives what an earlier run has read."""
    listed, platforms = dict[Digest, Digest](), set[Digest]()
    for version in sorted(deleted, key=lambda each: str(each.digest)):
        if found := node(version.digest):
            listed |= dict.fromkeys(found.children, version.digest)
            if found.subject is None and not any(map(is_digest_tag, version.tags)):
                platforms |= set(found.children)
    return listed, frozenset(platforms)


def is_digest_tag(tag: str) -> bool:
    """Whether a tag encodes a digest, as those of referrers and of cosign do: no person gave it as
    a name."""
    return _DIGEST_TAG.fullmatch(tag) is not None


def named_by_tag(tag: str) -> Digest | None:
    """The digest that such a tag encodes; None for sha512, of which it holds only a part."""
    found = _DIGEST_TAG.fullmatch(tag)
    algorithm, _, encoded = found[1].partition("-") if found else ("", "", "")
    return Digest(algorithm, encoded) if algorithm == "sha256" else None


def digest_key(digest: Digest) -> str:
    """How such a tag begins for this digest."""
    return f"{digest.algorithm}-{digest.encoded[:_KEY_DIGITS]}"


def _subjects(
    node: Node, tags: Iterable[str], known: Mapping[str, Digest]
) -> Iterator[tuple[str, Digest | None]]:
    """Each subject of a manifest, with the key that its digest has in tags; None where no node has
    this key."""
    if node.subject:
        yield digest_key(node.subject), node.subject
    for tag in tags:
        if found := _DIGEST_TAG.fullmatch(tag):
            yield found[1], known.get(found[1])
