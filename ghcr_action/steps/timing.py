"""Groups of the log with their durations."""

from collections.abc import Iterator
from contextlib import contextmanager

from ghcr_action.ports import Ports


class Timing:
    """The steps of one run."""

    def __init__(self, ports: Ports) -> None:
        self.seconds: list[tuple[str, float]] = []
        self._ports = ports

    @contextmanager
    def timed(self, title: str) -> Iterator[None]:
        """One step: a group of the log, and its seconds where it did not fail."""
        started = self._ports.clock.monotonic()
        with self._ports.runner.group(title):
            yield
        self.seconds.append((title, self._ports.clock.monotonic() - started))
