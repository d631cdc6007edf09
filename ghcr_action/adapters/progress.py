"""The Progress port where nobody looks at a terminal: lines of a log, nothing at all, and the
stop of what is under way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ghcr_action.ports import Clock, Progress
    from ghcr_action.values.engine import BuildProgress
    from ghcr_action.values.oci import Descriptor
    from ghcr_action.values.rate import TransferProgress

log = logging.getLogger(__name__)

WORTH = 10 * 1024 * 1024
"""Bytes from which on a blob is worth a line."""
INTERVAL = 10.0
"""Seconds between two lines about what is still under way."""


class Silent:
    """Nobody wants to know."""

    @contextmanager
    def transfer(self, blob: Descriptor) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 (the port's signature)
        """Takes the bytes and says nothing."""
        yield _ignore

    @contextmanager
    def build(self) -> Iterator[Callable[[BuildProgress], None]]:
        """Takes the steps and says nothing."""
        yield _ignore

    def close(self) -> None:
        """There is nothing to put away."""


class Transfer:
    """A blob on its way."""

    def __init__(self, blob: Descriptor, began: float) -> None:
        self.blob = blob
        self.began = began
        self.passed = 0
        """Bytes."""

    def progress(self, now: float) -> TransferProgress:
        """How it goes at this moment."""
        from ghcr_action.values.rate import TransferProgress

        return TransferProgress(passed=self.passed, total=self.blob.size, seconds=now - self.began)


class Logged(Silent):
    """A line for each big blob that has arrived, and for those under way no more than one in ten
    seconds; builds have a log already."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moving: dict[int, Transfer] = {}
        self._spoke = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def transfer(self, blob: Descriptor) -> Iterator[Callable[[int], None]]:
        """A line when it is there; one that breaks off is told by its error."""
        one = Transfer(blob=blob, began=self._clock.monotonic())
        if blob.size < WORTH:
            yield _ignore
            return
        with self._lock:
            self._spoke = self._spoke if self._moving else one.began
            self._moving[id(one)] = one
        try:
            yield lambda passed: self._tell(one, passed)
        finally:
            with self._lock:
                del self._moving[id(one)]
        log.info("%s", arrived(one, self._clock.monotonic()))

    def _tell(self, one: Transfer, passed: int) -> None:
        now = self._clock.monotonic()
        with self._lock:
            one.passed = passed
            if now - self._spoke < INTERVAL:
                return
            self._spoke = now
            together = _together(tuple(self._moving.values()), now)
        log.info("%s", together)


class Stoppable:
    """Another Progress, whose writers raise once the run was stopped: that ends what other threads
    are moving."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.is_stopped = False

    def stop(self) -> None:
        """Nobody waits for the rest. Takes no lock, as a signal may come at any moment."""
        self.is_stopped = True

    @contextmanager
    def transfer(self, blob: Descriptor) -> Iterator[Callable[[int], None]]:
        """The same, until the stop."""
        with self._progress.transfer(blob) as tell:

            def tell_on(passed: int) -> None:
                if self.is_stopped:
                    raise StoppedError
                tell(passed)

            yield tell_on

    def build(self) -> AbstractContextManager[Callable[[BuildProgress], None]]:
        """The same: whoever stops us ends the engine's program as well."""
        return self._progress.build()


class StoppedError(BaseException):
    """The run was stopped; not an Exception, so that nobody takes it for a failure that may
    pass."""


def arrived(one: Transfer, now: float) -> str:
    """``Layer 3f2ab91c4d5e: 500.0 MiB in 12.1 s, 41.3 MiB/s``."""
    from ghcr_action.values import rate

    whole = rate.TransferProgress(
        passed=one.blob.size, total=one.blob.size, seconds=now - one.began
    )
    return f"Layer {rate.name(one.blob.digest)}: {rate.moved(whole)}"


def _together(moving: tuple[Transfer, ...], now: float) -> str:
    """All that is under way as one."""
    from ghcr_action.values import rate

    whole = rate.TransferProgress(
        passed=sum(each.passed for each in moving),
        total=sum(each.blob.size for each in moving),
        seconds=now - min(each.began for each in moving),
    )
    names = (
        f"layer {rate.name(moving[0].blob.digest)}" if len(moving) == 1 else f"{len(moving)} layers"
    )
    return f"Moving {names}: {rate.moving(whole)}"


def _ignore(_told: object) -> None:
    """What nobody wants to know."""
