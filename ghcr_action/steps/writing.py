"""One name after the other: what it holds is asked right before its write, and what is known of
each is kept, for whoever has to tell how far a run has come."""

import logging
import threading
from collections.abc import Mapping

from ghcr_action import parallel
from ghcr_action.errors import ActionError, ContentInvalid, PolicyRefused
from ghcr_action.images import transfer
from ghcr_action.names import policy
from ghcr_action.names.policy import IfExists, KeptTag, Rules
from ghcr_action.ports import Ports
from ghcr_action.values.answer import Fault
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.writes import Writes

log = logging.getLogger(__name__)

SETTLE = 1.5
"""Seconds before the look after a write: by then each run that had looked before the write has
written, too. Four times our own slowest request, where that is longer."""
_SLOWER = 4
_REFUSED = range(400, 500)
"""Statuses that say that nothing was done."""
_UNSENT = (Fault.NAME, Fault.REFUSED, Fault.PROXY, Fault.TLS)
"""Faults before anything was sent."""

Held = Mapping[Reference, Digest | None]
"""What each name holds; None where it does not exist."""


class Moved(ContentInvalid):
    """A name holds something else than what this run extends: read it again."""


class Writing:
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
        except _TakenError as taken:
            self._forget(name)
            return taken.kept_tag
        except ActionError as error:
            if _is_refusal(error):
                self._forget(name)
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
            lambda name: transfer.written_digest(self._ports.registry, name, self._ports.clock),
            names,
            parallel.QUESTIONS,
        )
        pairs = zip(names, found, strict=True)
        return [self._taken(name, digest) for name, digest in pairs if digest != self._digest(name)]

    def _forget(self, name: Reference) -> None:
        """Nothing was written under this name, for certain."""
        with self._lock:
            self._sent.discard(name)

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
