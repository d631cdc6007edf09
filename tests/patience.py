"""Waits in tests for what another thread or process does a moment later."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether this holds soon; False where it still does not after some seconds."""
    for _ in range(100):
        if holds():
            return True
        time.sleep(0.05)
    return False
