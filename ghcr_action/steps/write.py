"""Writes the tags of an image while other runs write theirs: the registry is asked again right
before each write, and once after all of them.

No registry offers a write that depends on what a name holds
(https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests), so one
request is left between the last look and the write. So each run looks again, after a pause in which
every run that had looked before its write has written, too. docs/promote.md says what can still go
wrong.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid
from ghcr_action.images import afterwards, transfer
from ghcr_action.names.policy import IfExists, KeptTag, Rules
from ghcr_action.ports import Ports
from ghcr_action.steps.writing import Held, Writing
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.tag import is_moving

log = logging.getLogger(__name__)

_HEALINGS = 5

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Written:
    """What has become of the names: those that hold the image, and those that another run took."""

    names: tuple[Reference, ...]
    kept_tags: tuple[KeptTag, ...] = ()


def write(
    root: Manifest | Index,
    references: Iterable[Reference],
    rules: Rules,
    ports: Ports,
    *,
    bring: Iterable[Repository] = (),
    extends: Held | None = None,
) -> Written:
    """Give an image its names: the fixed ones at the same time, then the moving ones; each is told
    once it is written.

    In the repositories of ``bring`` the root is not there yet: one tag brings it, and is written
    before the others. With ``extends``, a name is only written where it still holds this. Raises
    PolicyRefused where another run has given a protected name to another image, Moved where a name
    holds something else than it extends.
    """
    return write_all(dict.fromkeys(references, root), rules, ports, bring=bring, extends=extends)


def write_all(
    images: Mapping[Reference, Manifest | Index],
    rules: Rules,
    ports: Ports,
    *,
    bring: Iterable[Repository] = (),
    extends: Held | None = None,
) -> Written:
    """The same for several images: no moving name of any moves before every fixed one of all is
    written."""
    writing = Writing(images, rules, ports, extends)
    try:
        return _write_all(writing, images, rules, ports, absent=set(bring))
    except ActionError as error:
        afterwards.account(error, writing.writes())
        raise


def _write_all(
    writing: Writing,
    images: Mapping[Reference, Manifest | Index],
    rules: Rules,
    ports: Ports,
    *,
    absent: set[Repository],
) -> Written:
    names = tuple(images)
    kept_tags: list[KeptTag] = []
    for moves in (False, True):
        wave = [name for name in names if is_moving(name.target) is moves]
        kept_tags += (
            (*_orphaned(wave, kept_tags, rules), *_overtaken(wave, rules, ports)) if moves else ()
        )
        kept_tags += _beside(wave, images, rules, ports) if moves else ()
        left = {each.reference for each in kept_tags}
        wave = [name for name in wave if name not in left]
        first = {name.repository: name for name in reversed(wave) if name.repository in absent}
        absent -= first.keys()
        for several in (first.values(), (name for name in wave if name not in first.values())):
            kept_tags += filter(None, parallel.each(writing.write, several, parallel.QUESTIONS))
        kept_tags += () if moves else writing.settled()
    kept_tags = list({each.reference: each for each in reversed(kept_tags)}.values())[::-1]
    left = {each.reference for each in kept_tags}
    held = {name: images[name].descriptor.digest for name in names if name not in left}
    kept = look_again(held, rules, ports)
    for each in (*kept_tags, *kept.kept_tags):
        log.warning("%s stays where it is: %s.", each.reference, each.reason)
    return Written(names=kept.names, kept_tags=(*kept_tags, *kept.kept_tags))


def look_again(written: Mapping[Reference, Digest], rules: Rules, ports: Ports) -> Written:
    """After the write: whether a newer release was published meanwhile. A moving tag that this run
    wrote over the newer one, since neither saw the other, is given the newer image again."""
    names, kept_tags = tuple(written), dict[Reference, KeptTag]()
    ours = set(written.values())
    given: dict[Reference, Tag] = {}
    for _ in range(_HEALINGS):
        newer = _newer((name for name in names if is_moving(name.target)), rules, ports)
        if newer == given:
            break
        for name, tag in newer.items():
            ours |= _heal(name, tag, ours, ports)
            reason = f"{tag} is newer, and was published while this ran"
            kept_tags[name] = KeptTag(reference=name, reason=reason)
        given = newer
    return Written(
        names=tuple(name for name in names if name not in kept_tags),
        kept_tags=tuple(kept_tags.values()),
    )


def verified(
    written: Mapping[Reference, Digest],
    rules: Rules,
    ports: Ports,
    ask: Callable[[tuple[Reference, ...]], Result],
) -> tuple[Written, Result]:
    """What ``ask`` finds under the names, and which are left: one that a newer release has taken
    since the write is no failure."""
    names = tuple(written)
    try:
        return Written(names=names), ask(names)
    except ContentInvalid:
        left = look_again(written, rules, ports)
        if not left.kept_tags:
            raise
        return left, ask(left.names)


def _heal(name: Reference, tag: Tag, ours: set[Digest], ports: Ports) -> set[Digest]:
    """Where a name holds one of ``ours``, write the image of the release's tag to it. Gives the
    digest that was written; nothing where none was."""
    found = ports.registry.manifest(name.repository.tag(tag))
    now = ports.registry.head(name)
    if found is None or now is None or now.digest not in ours - {found.descriptor.digest}:
        return set()
    transfer.tag(ports.registry, found, (name,))
    log.info("%s, given to %s again", name, tag)
    return {found.descriptor.digest}


def _orphaned(names: Iterable[Reference], lost: Iterable[KeptTag], rules: Rules) -> list[KeptTag]:
    """The moving tags whose version tag another run has taken."""
    return [
        KeptTag(reference=name, reason=f"it follows {each.reference}, which is another run's image")
        for name in names
        if (claim := rules.claim(name))
        for each in lost
        if each.reference.repository == name.repository
        and claim.line.any_variant(each.reference.target)
    ]


def _overtaken(names: Iterable[Reference], rules: Rules, ports: Ports) -> list[KeptTag]:
    """The moving tags that belong to a newer release, by the tags that are there right before the
    write."""
    existing = _tags((name for name in names if rules.follows(name)), ports)
    claims = ((name, rules.follows(name)) for name in names)
    return [
        KeptTag(reference=name, reason=reason)
        for name, claim in claims
        if claim and (reason := claim.objection(existing[name.repository]))
    ]


def _beside(
    names: Iterable[Reference],
    images: Mapping[Reference, Manifest | Index],
    rules: Rules,
    ports: Ports,
) -> list[KeptTag]:
    """The moving tags whose version tag was kept by ``if-exists: skip``, and names another image:
    they are kept with it."""
    skipped = [
        name
        for name in rules.wanted
        if rules.policy.if_exists is IfExists.SKIP
        and rules.policy.protects(name)
        and name not in images
    ]
    found = parallel.each(ports.registry.head, skipped, parallel.QUESTIONS)
    held = {name: each.digest for name, each in zip(skipped, found, strict=True) if each}
    followers = (name for name in names if rules.follows(name))
    return [
        KeptTag(reference=name, reason=f"{other} stays on another image, and `if-exists` is `skip`")
        for name in followers
        for other in _others(name, images[name].descriptor.digest, held)[:1]
    ]


def _others(name: Reference, digest: Digest, held: Held) -> list[Reference]:
    """The names of the same repository that hold something else than this digest."""
    return [
        other
        for other, found in held.items()
        if other.repository == name.repository and found != digest
    ]


def _newer(names: Iterable[Reference], rules: Rules, ports: Ports) -> dict[Reference, Tag]:
    """The names that a newer release of their line asks for, each with that release's tag."""
    claims = {name: claim for name in names if (claim := rules.follows(name))}
    existing = _tags(claims, ports)
    found = {name: claim.newer(existing[name.repository]) for name, claim in claims.items()}
    return {name: newest[1] for name, newest in found.items() if newest}


def _tags(names: Iterable[Reference], ports: Ports) -> dict[Repository, tuple[Tag, ...]]:
    repositories = tuple(dict.fromkeys(name.repository for name in names))
    listed = parallel.each(lambda repository: _listed(repository, ports), repositories)
    return dict(zip(repositories, listed, strict=True))


def _listed(repository: Repository, ports: Ports) -> tuple[Tag, ...]:
    """None where the registry refuses to list them, which the plan has told."""
    try:
        return ports.registry.tags(repository) or ()
    except AccessDenied:
        return ()
