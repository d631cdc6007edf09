"""A stop of the run waits while a program is being started: between its start and the return of
what started it, nobody would know which program to end.

Handlers of signals run in the main thread, so that nothing waits in another one.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _State:
    """One for the process, as signals are."""

    is_held = False
    waiting: Callable[[], object] | None = None


@contextmanager
def held() -> Iterator[None]:
    """What a signal wants to do comes right after this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _State.is_held = True
    try:
        yield
    finally:
        _State.is_held = False
        waiting, _State.waiting = _State.waiting, None
        if waiting:
            waiting()


def when_free(stop: Callable[[], object]) -> None:
    """Stop now, or as soon as nothing is being started."""
    if _State.is_held:
        _State.waiting = stop
    else:
        stop()
