"""Whoever asks a registry first asks alone: until that answer is here, nobody knows whether a login is wanted.

Separate from the tokens, because it orders requests, not proofs. Questions that start together would else all be refused once.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class First:
    """One gate for each registry, open for good once its first answer, or failure, has come."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._gates: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextmanager
    def at(self, registry: str) -> Iterator[None]:
        """Alone as long as this registry has not answered; beside the others afterwards."""
        with self._lock:
            gate = self._gates.setdefault(registry, threading.Lock())
        with gate:
            is_first = registry not in self._open
            if is_first:
                try:
                    yield
                finally:
                    self._open.add(registry)
        if not is_first:
            yield
