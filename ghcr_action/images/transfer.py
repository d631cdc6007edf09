"""Copies images and confirms them: content first, tags last, and each is asked for again after the
write.

Talks to the Source, Registry and Clock ports only; what is written, and under which names, is
decided by the modes.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ghcr_action import parallel
from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.images import tree as trees
from ghcr_action.images.tree import Tree
from ghcr_action.ports import Clock, Registry, Source
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Reference, Repository

LAG = Patience(retries=5, shortest=0.5, longest=8.0)
"""Between questions for what was just written: registries answer 404, or with the old
digest, for a short while."""

Result = TypeVar("Result")


def push(
    source: Source,
    root: Descriptor,
    repository: Repository,
    registry: Registry,
    *,
    origin: Repository | None = None,
) -> Manifest | Index:
    """Bring an image into a repository, under its digest only: blobs, then manifests from the
    leaves to the root.

    ``origin`` is the repository that ``source`` reads from; blobs of the same registry are mounted
    from there. What is there already is not sent again, so a run that was interrupted is completed
    by the next one.
    """
    return push_tree(
        source,
        trees.read(source.manifest, origin or repository, root),
        repository,
        registry,
        origin=origin,
    )


def push_tree(
    source: Source,
    tree: Tree,
    repository: Repository,
    registry: Registry,
    *,
    origin: Repository | None = None,
    root_by_digest: bool = True,
) -> Manifest | Index:
    """As ``push``, for manifests that were read before. Without ``root_by_digest`` the root is left
    out: whoever writes its tags brings it."""
    registry.announce(reads=(origin,) if origin else (), writes=(repository,))
    is_there = parallel.each(lambda node: registry.head(repository.at(node[0])), tree.nodes)
    absent = tuple(node for node, there in zip(tree.nodes, is_there, strict=True) if there is None)
    wanted = {blob.digest: blob for _, manifest in absent for blob in trees.blobs(manifest)}
    parallel.each(lambda blob: _bring(source, blob, repository, registry, origin), wanted.values())
    below = absent if root_by_digest else tuple(node for node in absent if node != tree.nodes[-1])
    leaves = [node for node in below if isinstance(node[1], Manifest)]
    parallel.each(lambda node: registry.put(repository.at(node[0]), node[1]), leaves)
    for digest, manifest in below:
        if isinstance(manifest, Index):
            registry.put(repository.at(digest), manifest)
    return tree.root


def tag(
    registry: Registry,
    root: Manifest | Index,
    references: Iterable[Reference],
    look: Callable[[], None] | None = None,
) -> tuple[Descriptor, ...]:
    """Give an image its names, in this order, by writing the identical bytes; ``look`` comes right
    before each write. ContentInvalid where a digest changes."""
    return tuple(_tag(registry, root, reference, look) for reference in references)


def verify(
    registry: Registry,
    references: Iterable[Reference],
    expected: Digest,
    clock: Clock,
) -> Tree:
    """Ask every reference for its digest, and every repository for every manifest of the image;
    waits for lag.

    The first reference is read whole; of everything else only the digest is asked for, once. Raises
    NotFound where something is missing, ContentInvalid where a name answers with another digest.
    """
    tree: Tree | None = None
    for repository, named in _by_repository(references).items():
        first, *others = named
        if tree is None:
            tree = _read_back(registry, first, expected, clock)
        else:
            others += [first, *(repository.at(digest) for digest, _ in tree.nodes[:-1])]
        parallel.each(
            lambda other: _eventually(
                clock, lambda: _head(registry, other, other.digest or expected)
            ),
            others,
        )
    if tree is None:
        raise NotFound("There is nothing to verify", why="no reference was given")
    return tree


def confirm(
    registry: Registry,
    references: Iterable[Reference],
    expected: Digest,
    clock: Clock,
) -> None:
    """Ask every reference for its digest and nothing else, waiting for lag: enough where no content
    was moved.

    Raises NotFound where one is missing, ContentInvalid where one answers with another digest.
    """
    parallel.each(
        lambda each: _eventually(clock, lambda: _head(registry, each, expected)),
        references,
        parallel.QUESTIONS,
    )


def read(
    registry: Registry, repository: Repository, digest: Digest, clock: Clock
) -> Manifest | Index:
    """What a digest names, a moment after another job pushed it; waits for lag. NotFound where it
    does not come up."""
    reference = repository.at(digest)
    return _eventually(clock, lambda: _confirmed(registry.manifest(reference), reference, digest))


def written_digest(registry: Registry, reference: Reference, clock: Clock) -> Digest | None:
    """The digest that a name holds, a moment after its write; waits for lag, None where it does not
    come up."""

    def ask() -> Digest:
        found = registry.head(reference)
        if found is None:
            raise NotFound(f"{reference} is not there")
        return found.digest

    try:
        return _eventually(clock, ask)
    except NotFound:
        return None


def _bring(
    source: Source,
    blob: Descriptor,
    repository: Repository,
    registry: Registry,
    origin: Repository | None,
) -> None:
    """Bring one blob. Within a registry a mount comes first: one request, which also succeeds where
    the blob is there already."""
    if (
        origin
        and origin != repository
        and origin.registry == repository.registry
        and registry.mount(repository, blob, origin)
    ):
        return
    if not registry.has_blob(repository, blob.digest):
        registry.put_blob(repository, blob, lambda: source.read_blob(origin or repository, blob))


def _tag(
    registry: Registry,
    root: Manifest | Index,
    reference: Reference,
    look: Callable[[], None] | None,
) -> Descriptor:
    written = registry.put(reference, root, look)
    if written.digest != root.descriptor.digest:
        raise _other(reference, written.digest, root.descriptor.digest)
    return written


def _by_repository(references: Iterable[Reference]) -> dict[Repository, list[Reference]]:
    grouped: dict[Repository, list[Reference]] = {}
    for reference in dict.fromkeys(references):
        grouped.setdefault(reference.repository, []).append(reference)
    return grouped


def _eventually(clock: Clock, ask: Callable[[], Result]) -> Result:
    attempt = 0
    while True:
        try:
            return ask()
        except (NotFound, _OtherDigest):
            wait = LAG.wait(attempt, clock.jitter())
            if wait is None:
                raise
        clock.sleep(wait)
        attempt += 1


def _read_back(registry: Registry, reference: Reference, expected: Digest, clock: Clock) -> Tree:
    """The image just after its push: what is missing is asked for again."""
    repository = reference.repository
    root = _eventually(clock, lambda: _confirmed(registry.manifest(reference), reference, expected))
    return trees.read(
        lambda each: read(registry, repository, each.digest or expected, clock), repository, root
    )


def _head(registry: Registry, reference: Reference, expected: Digest) -> Descriptor:
    found = registry.head(reference)
    if found is None:
        raise _gone(reference, expected)
    if found.digest != expected:
        raise _other(reference, found.digest, expected)
    return found


def _confirmed(
    found: Manifest | Index | None, reference: Reference, expected: Digest
) -> Manifest | Index:
    if found is None:
        raise _gone(reference, expected)
    if not expected.matches(found.raw):
        raise _other(reference, found.descriptor.digest, expected)
    return found


class _OtherDigest(ContentInvalid):
    """A name answers with another digest: it may have moved, or the registry may lag."""


def _other(reference: Reference, found: Digest, expected: Digest) -> _OtherDigest:
    return _OtherDigest(
        f"{reference} answers with {found}",
        why=f"{expected} was pushed; another run may have moved the tag since",
        fix=(
            "Let only one run at a time publish this tag (`concurrency` in the "
            "workflow), then run again."
        ),
    )


def _gone(reference: Reference, expected: Digest) -> NotFound:
    return NotFound(
        f"{reference} is not there",
        why=f"{expected} was pushed, and the registry does not know it after {LAG.total:g} seconds",
        fix=(
            "Run again; if a clean-up deletes manifests without a tag, let it keep those "
            "that an index lists."
        ),
    )
