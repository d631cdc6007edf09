"""Names at their registries: which are wanted, and what they hold."""

import logging
from collections.abc import Iterable

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ActionError
from ghcr_action.images import transfer, tree
from ghcr_action.names import policy as tag_policy
from ghcr_action.names import wanted as wanted_names
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import Decision, Existing, ExistingImage, KeptTag, Rules
from ghcr_action.ports import Ports, Registry
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.values.reference import Digest, Reference, Repository, Tag

log = logging.getLogger(__name__)


def wanted(named: Names, settings: MetadataSettings, ports: Ports) -> tuple[Reference, ...]:
    """Every name that is asked for; tag rules are evaluated only where there are any."""
    if not named.has_rules:
        return wanted_names.references(named, None)
    from ghcr_action.steps import metadata

    return wanted_names.references(
        named, metadata.gather(settings, ports, asks_for_time=False, names_only=True)
    )


def decided(rules: Rules, ports: Ports, *, is_pushed: bool, is_dry_run: bool) -> Decision:
    """What becomes of each name of a build; no registry is asked where nothing will be pushed."""
    if not is_pushed:
        return Decision(write=rules.wanted)
    if not is_dry_run:
        ports.registry.announce(writes=(name.repository for name in rules.wanted))
    return decide(rules, ports.registry)


def decide(rules: Rules, registry: Registry) -> Decision:
    """What becomes of each name: one tag list for each repository, and only where a rule depends on
    it."""
    policy, names, released = rules.policy, rules.wanted, rules.released
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


def decide_and_read(
    rules: Rules, registry: Registry
) -> tuple[Decision, dict[Reference, Digest | None]]:
    """What becomes of each name, and what those hold now that will be written."""
    decision = decide(rules, registry)
    return decision, current(decision.write, registry)


def existing_image(kept_tags: Iterable[KeptTag], ports: Ports) -> ExistingImage | None:
    """The image that protected names hold, and which of them hold it; None where that can't be
    confirmed.

    Never a reason to fail: the run has nothing to do, whatever stands there.
    """
    try:
        held = current((each.reference for each in kept_tags if each.is_protected), ports.registry)
        digest = next((found for found in held.values() if found), None)
        if digest is None:
            return None
        names = tuple(name for name, found in held.items() if found == digest)
        for other in (name for name in held if name not in names):
            log.warning("%s holds another image than %s, and is in no output.", other, names[0])
        image = transfer.verify(ports.registry, names, digest, ports.clock)
        return ExistingImage(
            names=names,
            root=image.root,
            size=tree.size(ports.registry, names[0].repository, image),
        )
    except ActionError as refused:
        log.warning(
            "What stands there can't be confirmed, so it is in no output: %s",
            refused.why or refused.what,
        )
        return None
