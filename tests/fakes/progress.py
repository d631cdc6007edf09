"""Somebody who wants to know everything and remembers it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ghcr_action.values.engine import BuildProgress
from ghcr_action.values.oci import Descriptor


@dataclass
class FakeProgress:
    transfers: list[tuple[Descriptor, list[int]]] = field(default_factory=list)
    """What moved, and the bytes that were told of it."""
    builds: list[list[BuildProgress]] = field(default_factory=list)
    open: int = 0
    """How much is under way."""

    @contextmanager
    def transfer(self, blob: Descriptor) -> Iterator[Callable[[int], None]]:
        told: list[int] = []
        self.transfers.append((blob, told))
        with self._counted():
            yield told.append

    @contextmanager
    def build(self) -> Iterator[Callable[[BuildProgress], None]]:
        told: list[BuildProgress] = []
        self.builds.append(told)
        with self._counted():
            yield told.append

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1
