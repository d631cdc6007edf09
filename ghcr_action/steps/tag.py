"""Names at their registries: which are wanted, what they hold, and writing them in order. For every
mode that gives names."""

import logging
from collections.abc import Iterable, Mapping

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ActionError
from ghcr_action.images import transfer, tree
from ghcr_action.images.tree import RegistrySource
from ghcr_action.names import policy as tag_policy
from ghcr_action.names import wanted as wanted_names
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import Decision, Existing, Standing, Stay, TagPolicy
from ghcr_action.ports import Ports, Registry
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.steps import metadata
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.tag import is_moving

log = logging.getLogger(__name__)


def wanted(named: Names, settings: MetadataSettings, ports: Ports) -> tuple[Reference, ...]:
    """Every name that is asked for; tag rules are evaluated only where there are any."""
    return wanted_names.references(
        named, metadata.gather(settings, ports) if named.images else None
    )


def decide(
    policy: TagPolicy, names: tuple[Reference, ...], released: str, registry: Registry
) -> Decision:
    """What becomes of each name: one tag list for each repository, and only where a rule depends on
    it."""
    repositories = tag_policy.asked(policy, names, released)
    guarded = {name.repository for name in names if policy.protects(name)}
    listed = parallel.each(
        lambda repository: _tags(repository, registry, must=repository in guarded), repositories
    )
    existing: Existing = dict(zip(repositories, listed, strict=True))
    return tag_policy.decide(policy, names, existing, released=released)


def _tags(repository: Repository, registry: Registry, *, must: bool) -> tuple[Tag, ...]:
    """The tags there are. A registry may refuse to list those of a repository that is yet to be
    made; protected tags must be known."""
    try:
        return registry.tags(repository) or ()
    except AccessDenied as refused:
        if must:
            raise
        log.warning(
            "The tags of %s can't be listed, so nothing is known of newer releases: %s",
            repository,
            refused.why or refused.what,
        )
        return ()


def current(references: Iterable[Reference], registry: Registry) -> dict[Reference, Digest | None]:
    """The digest that each name holds now; None for a name that does not exist."""
    names = tuple(references)
    found = parallel.each(registry.head, names, parallel.QUESTIONS)
    return {
        name: descriptor.digest if descriptor else None
        for name, descriptor in zip(names, found, strict=True)
    }


def held(
    policy: TagPolicy, names: tuple[Reference, ...], released: str, registry: Registry
) -> tuple[Decision, dict[Reference, Digest | None]]:
    """Which names are written, and what those hold now."""
    decision = decide(policy, names, released, registry)
    return decision, current(decision.write, registry)


def standing(stays: Iterable[Stay], ports: Ports) -> Standing | None:
    """The image that protected names hold, and which of them hold it; None where that can't be
    confirmed.

    Never a reason to fail: the run has nothing to do, whatever stands there.
    """
    try:
        held = current((stay.reference for stay in stays if stay.is_kept), ports.registry)
        digest = next((found for found in held.values() if found), None)
        if digest is None:
            return None
        names = tuple(name for name, found in held.items() if found == digest)
        for other in (name for name in held if name not in names):
            log.warning("%s holds another image than %s, and is in no output.", other, names[0])
        image = transfer.verify(ports.registry, names, digest, ports.clock)
        return Standing(
            names=names,
            root=image.root,
            size=tree.size(RegistrySource(ports.registry), names[0].repository, image),
        )
    except ActionError as refused:
        log.warning(
            "What stands there can't be confirmed, so it is in no output: %s",
            refused.why or refused.what,
        )
        return None


def write(
    root: Manifest | Index,
    references: Iterable[Reference],
    registry: Registry,
    *,
    bring: Iterable[Repository] = (),
) -> None:
    """Give an image its names: the fixed ones at the same time, then the moving ones; each is told
    once it is written.

    To the repositories in ``bring`` the first name brings the root itself, so it is written before
    the others of its repository.
    """
    names, absent = tuple(references), set(bring)
    for moves in (False, True):
        wave = [name for name in names if is_moving(name.target) is moves]
        first = {name.repository: name for name in reversed(wave) if name.repository in absent}
        absent -= first.keys()
        for several in (first.values(), (name for name in wave if name not in first.values())):
            parallel.each(lambda name: _write(root, name, registry), several, parallel.QUESTIONS)


def write_all(images: Mapping[Reference, Manifest | Index], registry: Registry) -> None:
    """Give several images their names, as ``write`` does: no moving name of any moves before every
    fixed one of all is written."""
    for moves in (False, True):
        wave = [name for name in images if is_moving(name.target) is moves]
        parallel.each(lambda name: _write(images[name], name, registry), wave, parallel.QUESTIONS)


def _write(root: Manifest | Index, reference: Reference, registry: Registry) -> None:
    transfer.tag(registry, root, (reference,))
    log.info("%s", reference)
