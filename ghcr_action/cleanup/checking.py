"""The last look at a package: whether what stays can still be pulled.

Asks only for what a delete could have touched.
"""

import logging
from collections.abc import Iterable

from ghcr_action import parallel
from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.inventory import WORKERS, Inventory
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.errors import ActionError
from ghcr_action.ports import Ports
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest, Reference, Tag

log = logging.getLogger(__name__)

LOOKS = 3
"""How often the list is read again where something does not answer."""


def check(cleaned: Cleaned, inventory: Inventory, ports: Ports) -> None:
    """Ask for every manifest that stays and shared an image with something that went, and for the
    tags of the images that hold it; note what does not answer, and is still listed."""
    done = cleaned.deletion
    gone = (*done.deleted, *done.gone)
    for _ in range(LOOKS):
        now = inventory.graph()
        wanted = _wanted(cleaned, now)
        answers = parallel.each(lambda reference: _answers(reference, ports), wanted, WORKERS)
        silent = (each for each, answered in zip(wanted, answers, strict=True) if not answered)
        done.broken = (*map(str, silent), *_lost(cleaned, now))
        if not done.broken or not _has_changed(inventory, gone):
            break
    done.checked = (
        f"GitHub lists {len(now.versions)} versions, none of which needs one that went; the "
        f"{len(wanted)} tags and manifests that a delete could have touched "
        f"{f'answer, {len(done.broken)} do not' if done.broken else 'answer'}."
    )
    log.info("%s", done.checked)


def _has_changed(inventory: Inventory, gone: Iterable[PackageVersion]) -> bool:
    """Whether somebody else has changed the package since it was listed: what does not answer may
    be what he took away."""
    try:
        return inventory.refresh(gone)
    except ActionError as refused:
        log.warning("%s could not be looked at again. %s", inventory.repository, refused)
        return False


def _wanted(cleaned: Cleaned, now: Graph) -> tuple[Reference, ...]:
    done, repository = cleaned.deletion, cleaned.repository
    gone = frozenset(version.digest for version in (*done.deleted, *done.gone, *done.restored))
    touched = (cleaned.graph.reached(gone) & now.versions.keys()) | _new(cleaned, now)
    tags = (
        repository.tag(Tag(name))
        for digest in now.versions
        for name in now.names(digest)
        if not now.is_ghost(digest) and touched & now.parts((digest,))
    )
    parts = (repository.at(digest) for digest in sorted(touched) if not now.nodes[digest].is_ghost)
    return (*tags, *parts)


def _new(cleaned: Cleaned, now: Graph) -> frozenset[Digest]:
    """Parts of images that came while the clean-up ran."""
    came = [digest for digest in now.versions if digest not in cleaned.graph.versions]
    return now.parts(came) & now.versions.keys()


def _lost(cleaned: Cleaned, now: Graph) -> tuple[str, ...]:
    """What this run has deleted, could not bring back, and an image lists that is there."""
    gone = {each.digest for each in (*cleaned.deletion.deleted, *cleaned.deletion.gone)}
    wanted = now.parts(now.versions) | {
        child for digest in now.versions for child in now.nodes[digest].children
    }
    missing = sorted(wanted & gone - now.versions.keys())
    return tuple(str(cleaned.repository.at(digest)) for digest in missing)


def _answers(reference: Reference, ports: Ports) -> bool:
    return ports.registry.head(reference) is not None
