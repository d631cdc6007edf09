"""Writes the tags of an image while other runs write theirs: the registry is asked again right
before each write, and once after all of them.

No registry offers a write that depends on what a name holds
(https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests), so one
request is left between the last look and the write. So each run looks again, after a pause in which
every run that had looked before its write has written, too. docs/promote.md says what can still go
wrong.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, PolicyRefused
from ghcr_action.images import afterwards, transfer
from ghcr_action.names import policy
from ghcr_action.names.policy import IfExists, KeptTag, Rules
from ghcr_action.ports import Ports
from ghcr_action.values.answer import Fault
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.tag import is_moving
from ghcr_action.values.writes import Writes

log = logging.getLogger(__name__)

SETTLE = 1.5
"""Seconds before the look after a write: by then each run that had looked before the write has
written, too. Four times our own slowest request, where that is longer."""
_HEALINGS = 5
_SLOWER = 4
_REFUSED = range(400, 500)
"""Statuses that say that nothing was done."""
_UNSENT = (Fault.NAME, Fault.REFUSED, Fault.PROXY, Fault.TLS)
"""Faults before anything was sent."""

Result = TypeVar("Result")
Held = Mapping[Reference, Digest | None]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What has become of the names: those that hold the image, and those that another run took."""

    names: tuple[Reference, ...]
    kept_tags: tuple[KeptTag, ...] = ()


class Moved(ContentInvalid):
    """A name holds something else than what this run extends: read it again."""


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
    writing = _Writing(images, rules, ports, extends)
    try:
        return _write_all(writing, images, rules, ports, absent=set(bring))
    except ActionError as error:
        afterwards.account(error, writing.writes())
        raise


def _write_all(
    writing: "_Writing",
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
    names: Iterable[Reference],
    digest: Digest,
    rules: Rules,
    ports: Ports,
    ask: Callable[[tuple[Reference, ...]], Result],
) -> tuple[Written, Result]:
    """What ``ask`` finds under the names, and which are left: one that a newer release has taken
    since the write is no failure."""
    asked = tuple(names)
    try:
        return Written(names=asked), ask(asked)
    except ContentInvalid:
        left = look_again(dict.fromkeys(asked, digest), rules, ports)
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


class _Writing:
    """The names of a run, written by several threads."""

    def __init__(
        self,
        images: Mapping[Reference, Manifest | Index],
        rules: Rules,
        ports: Ports,
        extends: Held | None,
    ) -> None:
        self._images = images
        self._rules = rules
        self._ports = ports
        self._extends = extends
        self._new: set[Reference] = set()
        """Protected names that nobody held at the last look."""
        self._sent: set[Reference] = set()
        """Names whose write was begun, and not refused."""
        self._written: dict[Reference, Digest] = {}
        self._slowest = 0.0
        self._lock = threading.Lock()

    def write(self, name: Reference) -> KeptTag | None:
        """Write one name; where it was taken meanwhile and `if-exists` is `skip`, why it stays."""
        is_protected = self._rules.policy.protects(name)
        started = self._ports.clock.monotonic()

        def look() -> None:
            nonlocal started
            started = self._ports.clock.monotonic()
            self._look(name, is_protected=is_protected)

        with self._lock:
            self._sent.add(name)
        try:
            transfer.tag(
                self._ports.registry,
                self._images[name],
                (name,),
                look if is_protected or self._extends is not None else None,
            )
        except (_TakenError, ActionError) as failed:
            if not isinstance(failed, ActionError) or _is_refusal(failed):
                with self._lock:
                    self._sent.discard(name)
            if isinstance(failed, _TakenError):
                return failed.kept_tag
            raise
        with self._lock:
            self._written[name] = self._digest(name)
            self._slowest = max(self._slowest, self._ports.clock.monotonic() - started)
        log.info("%s", name)
        return None

    def writes(self) -> Writes:
        """What has become of the names so far."""
        sent = [name for name in self._images if name in self._sent]
        return Writes(
            written=dict(self._written),
            unanswered={name: self._digest(name) for name in sent if name not in self._written},
            unwritten=tuple(name for name in self._images if name not in self._sent),
        )

    def settled(self) -> list[KeptTag]:
        """After the fixed names: those that were taken between our look and our write. Raises
        PolicyRefused where that is no reason to skip."""
        names = sorted(self._new)
        if not names:
            return []
        settle(self._ports, self._slowest)
        found = parallel.each(
            lambda name: transfer.held(self._ports.registry, name, self._ports.clock),
            names,
            parallel.QUESTIONS,
        )
        pairs = zip(names, found, strict=True)
        return [self._taken(name, digest) for name, digest in pairs if digest != self._digest(name)]

    def _digest(self, name: Reference) -> Digest:
        return self._images[name].descriptor.digest

    def _look(self, name: Reference, *, is_protected: bool) -> None:
        found = self._ports.registry.head(name)
        digest = found.digest if found else None
        if digest == self._digest(name):
            return
        if is_protected and digest:
            raise _TakenError(self._taken(name, digest))
        if self._extends is not None and digest != self._extends.get(name):
            raise Moved(f"{name} moved while this ran", why=f"it holds {digest or 'nothing'}")
        if is_protected:
            with self._lock:
                self._new.add(name)

    def _taken(self, name: Reference, found: Digest | None) -> KeptTag:
        """Raises PolicyRefused where a taken name is no reason to go on."""
        if self._rules.policy.if_exists is not IfExists.SKIP or found is None:
            raise policy.taken(name, found, self._digest(name))
        reason = f"another run has just given it to {found}, and `if-exists` is `skip`"
        return KeptTag(reference=name, reason=reason, is_protected=True)


def _is_refusal(error: ActionError) -> bool:
    """Whether nothing was written for certain: we stopped it by a look, or the registry refused."""
    answer = error.answer
    if answer is None:
        return isinstance(error, PolicyRefused | Moved)
    return answer.method != "PUT" or answer.status in _REFUSED or answer.fault in _UNSENT


class _TakenError(Exception):
    """A protected name that stays."""

    def __init__(self, kept_tag: KeptTag) -> None:
        super().__init__(kept_tag.reason)
        self.kept_tag = kept_tag


def settle(ports: Ports, slowest: float = 0.0) -> None:
    """Wait until other runs that looked before our write have written."""
    ports.clock.sleep(max(SETTLE, _SLOWER * slowest))
