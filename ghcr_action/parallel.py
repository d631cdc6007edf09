"""Several things at a time, with a bound: the one place that starts threads."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

WORKERS = 4
"""Requests in flight at a time; more of them make GitHub's registry lose uploads that share
layers."""
QUESTIONS = 16
"""The same for requests that carry no layers: questions, and names for what is there."""
_LOOK = 0.5
"""Seconds between two looks up from waiting."""

Item = TypeVar("Item")
Result = TypeVar("Result")
First = TypeVar("First")
Second = TypeVar("Second")


def each(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int = 0
) -> tuple[Result, ...]:
    """The results in the order of the items, ``WORKERS`` of them at a time where nothing else is
    said; the first failure ends what has not begun, and is
    raised.

    After a failure what runs comes to its end first; a stop of the whole run waits for nobody.
    """
    todo, workers = tuple(items), workers or WORKERS
    if len(todo) < 2 or workers == 1:
        return tuple(map(work, todo))
    with _threads(workers) as pool:
        futures = [pool.submit(work, item) for item in todo]
        _settle(futures)
    return tuple(future.result() for future in futures)


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Two things that need nothing of each other, at the same time; where both fail, the failure of
    the first is raised.

    After a failure what runs comes to its end first; a stop of the whole run waits for nobody.
    """
    with _threads(1) as pool:
        other = pool.submit(second)
        found = first()
        _settle((other,))
    return found, other.result()


@contextmanager
def aside(work: Callable[[], object]) -> Iterator[None]:
    """Do something beside what the context does; a failure of it is raised where the context ends
    well. A stop of the whole run waits for nobody.
    """
    with _threads(1) as pool:
        beside = pool.submit(work)
        yield
        _settle((beside,))


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that begins nothing more after a failure, and is waited for unless the whole run
    stops."""
    pool = ThreadPoolExecutor(max_workers=count)
    try:
        yield pool
    except BaseException as cause:
        pool.shutdown(wait=isinstance(cause, Exception), cancel_futures=True)
        raise
    pool.shutdown()


def _settle(futures: Iterable[Future[Any]]) -> None:
    """Wait for all, and raise the first failure. Looks up now and then: a signal that another
    thread has caught wakes nobody here."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_LOOK, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
