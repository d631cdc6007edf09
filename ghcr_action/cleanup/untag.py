"""Tags taken from an image that keeps others.

GitHub has no call for it: whole versions go, with all their tags.

A stand-in, an empty index with an annotation of ours, is pushed under each tag, which moves the tag
off its image; then the stand-in is deleted with its tags. The image and its other tags are never
written to. Wherever a run stops, a tag that stays is on its image; a stand-in that was left behind
is recognised, and goes with the next run.
"""

import logging

from ghcr_action.cleanup.graph import UNTAG_KEY
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import Untag
from ghcr_action.errors import Unavailable
from ghcr_action.images import afterwards
from ghcr_action.ports import Ports
from ghcr_action.values import oci
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import Index, MediaType
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Reference, Repository, Tag

log = logging.getLogger(__name__)

AGAIN = Patience(retries=4, shortest=2.0, longest=8.0)
"""How often GitHub's list is read for a stand-in that was just pushed, and seconds in between."""
_AGAIN = "Run the clean-up again: it deletes what stands for a tag that was taken away."


def stand_in(digest: Digest) -> Index:
    """What takes the place of an image under a tag; each image has its own."""
    annotations = {UNTAG_KEY: str(digest)}
    document = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_INDEX),
        "manifests": [],
        "annotations": annotations,
    }
    found = oci.parse(oci.dump(document))
    if not isinstance(found, Index):  # pragma: no cover (an index was written)
        raise TypeError(found)
    return found


def untag(cleaned: Cleaned, ports: Ports) -> None:
    """Take the tags of the plan from their images; raises ActionError where one can't be
    finished."""
    for each in cleaned.plan.untags:
        tags = tuple(tag for tag in each.tags if _is_still(cleaned.repository, each, tag, ports))
        if tags:
            _one(cleaned, each, tags, ports)


def _is_still(repository: Repository, untagged: Untag, tag: str, ports: Ports) -> bool:
    """Whether the tag is on its image, and the image has another one: somebody may have moved
    either meanwhile."""
    now = ports.github.version(repository, untagged.version.id)
    if now is None or tag not in now.tags or not set(now.tags) - set(untagged.tags):
        log.warning("%s:%s stays: its image has other tags by now.", repository, tag)
        return False
    return True


def _one(cleaned: Cleaned, untagged: Untag, tags: tuple[str, ...], ports: Ports) -> None:
    repository, document = cleaned.repository, stand_in(untagged.version.digest)
    digest, moved = document.descriptor.digest, dict[Reference, Digest]()
    with afterwards.errors_name(moved, _AGAIN):
        for tag in tags:
            name = repository.tag(Tag(tag))
            ports.registry.put(name, document)
            moved[name] = digest
        version = _listed(repository, digest, ports)
        ports.github.delete_version(repository, version)
    taken = [f"{repository}:{tag}" for tag in version.tags]
    log.info("Taken from %s: %s", untagged.version.digest, ", ".join(version.tags))
    cleaned.deletion.untagged += taken


def _listed(repository: Repository, digest: Digest, ports: Ports) -> PackageVersion:
    """The stand-in as GitHub lists it, once it does."""
    for attempt in range(AGAIN.retries + 1):
        if attempt:
            ports.clock.sleep(AGAIN.wait(attempt - 1, ports.clock.jitter()) or 0)
        first = ports.github.version_page(repository, 1)
        whole = (ports.github.versions(repository) or ()) if attempt else ()
        for version in (*first, *whole):
            if version.digest == digest:
                return version
    raise Unavailable(
        f"Tags of {repository} could not be taken away whole",
        why=f"GitHub does not list {digest}, which stands for them now",
        fix=_AGAIN,
    )
