"""Brings what describes an image along to another repository: referrers of every depth, by the
API or the fallback tag, and cosign's tags.

Source: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema.
"""

import logging
import re
from collections.abc import Iterable
from functools import partial

from ghcr_action import parallel
from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.images import transfer
from ghcr_action.images import tree as trees
from ghcr_action.images.tree import Tree
from ghcr_action.ports import Registry
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index
from ghcr_action.values.reference import Digest, Reference, Repository, Tag

log = logging.getLogger(__name__)

MAX_REFERRERS = 1000
"""More descriptions of one image than this are not believed."""
_TRIES = 10
_COSIGN = r"(sha256)-([0-9a-f]{64})\.(sig|att|sbom)"
"""Tags that cosign gives signatures, attestations and SBOMs:
https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md."""


def copy(
    registry: Registry, tree: Tree, origin: Repository, target: Repository
) -> tuple[Descriptor, ...]:
    """Everything that refers to a manifest of this image, or to such a referrer; what was copied,
    referrers of the root first.

    A referrer that is listed and gone is left out with a warning: a fallback index may outlive what
    it lists.
    """
    copied: dict[Digest, Descriptor] = {}
    subjects = tuple(digest for digest, _ in reversed(tree.nodes))
    while subjects:
        listed = parallel.each(lambda subject: registry.referrers(origin, subject), subjects)
        found = {
            each.digest: each for group in listed for each in group if each.digest not in copied
        }
        _check(len(copied) + len(found), origin)
        there = {
            digest: each for digest, each in found.items() if _bring(registry, each, origin, target)
        }
        copied |= there
        for subject, group in zip(subjects, listed, strict=True):
            declare(registry, target, subject, (each for each in group if each.digest in copied))
        subjects = tuple(there)
    return (*copied.values(), *_copy_tags(registry, tree, origin, target))


def declare(
    registry: Registry, repository: Repository, subject: Digest, referrers: Iterable[Descriptor]
) -> None:
    """Write those into the index under the fallback tag that the registry does not list by
    itself.

    Other runs extend the same index: it is written only where it still is what was read, and read
    again afterwards. Raises ContentInvalid where one of ours is missing each time.
    """
    wanted = tuple(referrers)
    if not wanted or not _missing(wanted, registry.referrers(repository, subject)):
        return
    name = repository.tag(oci.fallback_tag(subject))
    for _ in range(_TRIES):
        before = registry.head(name)
        have = registry.referrers(repository, subject)
        missing = _missing(wanted, have)
        if not missing:
            return
        index = oci.make_index((*have, *missing))
        try:
            registry.put(name, index, partial(_same, registry, name, before))
        except _MovedError:
            continue
    if _missing(wanted, registry.referrers(repository, subject)):
        raise ContentInvalid(
            f"{name} was written by other runs each time this one had written it",
            why=f"{_TRIES} tries; referrers of {subject} are missing in it",
            fix="Let only one run at a time attach to this image: `concurrency` in the workflow.",
        )


def _missing(wanted: Iterable[Descriptor], have: Iterable[Descriptor]) -> list[Descriptor]:
    known = {descriptor.digest for descriptor in have}
    return [descriptor for descriptor in wanted if descriptor.digest not in known]


class _MovedError(Exception):
    """The index is another one than what was read."""


def _same(registry: Registry, name: Reference, before: Descriptor | None) -> None:
    now = registry.head(name)
    if (now and now.digest) != (before and before.digest):
        raise _MovedError


def _bring(
    registry: Registry, referrer: Descriptor, origin: Repository, target: Repository
) -> bool:
    """Copy one; False where it, or a manifest that it lists, is gone."""
    try:
        found = trees.read(registry.manifest, origin, referrer)
    except NotFound as gone:
        log.warning("A referrer was left out, as the list that names it is stale: %s.", gone.what)
        return False
    transfer.push_tree(registry, found, target, registry, origin=origin)
    return True


def _copy_tags(
    registry: Registry, tree: Tree, origin: Repository, target: Repository
) -> tuple[Descriptor, ...]:
    nodes = {str(digest) for digest, _ in tree.nodes}
    tags = [tag for tag in registry.tags(origin) or () if _subject(tag) in nodes]
    return tuple(copied for tag in tags if (copied := _copy_tag(registry, tag, origin, target)))


def _copy_tag(
    registry: Registry, tag: Tag, origin: Repository, target: Repository
) -> Descriptor | None:
    found = registry.manifest(origin.tag(tag))
    if found is None or isinstance(found, Index):
        return None
    transfer.push(registry, found.descriptor, target, registry, origin=origin)
    return registry.put(target.tag(tag), found)


def _subject(tag: Tag) -> str:
    found = re.fullmatch(_COSIGN, tag.name)
    return f"{found[1]}:{found[2]}" if found else ""


def _check(count: int, origin: Repository) -> None:
    if count > MAX_REFERRERS:
        raise ContentInvalid(
            f"{origin} lists more than {MAX_REFERRERS} referrers of one image",
            fix="Promote with `referrers: false`.",
        )
