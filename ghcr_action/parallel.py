"""Several things at a time, with a bound: the one place that starts threads."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

WORKERS = 4
"""Requests in flight at a time; more of them make GitHub's registry lose uploads that share layers."""
QUESTIONS = 16
"""The same for requests that carry no layers: questions, and names for what is there."""

Item = TypeVar("Item")
Result = TypeVar("Result")
First = TypeVar("First")
Second = TypeVar("Second")


def each(work: Callable[[Item], Result], items: Iterable[Item], workers: int = WORKERS) -> tuple[Result, ...]:
    """The results in the order of the items; the first failure ends what has not begun, and is raised.

    After a failure what runs comes to its end first; a stop of the whole run waits for nobody.
    """
    todo = tuple(items)
    if len(todo) < 2 or workers == 1:
        return tuple(map(work, todo))
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        futures = [pool.submit(work, item) for item in todo]
        for future in as_completed(futures):
            future.result()
    except BaseException as cause:
        pool.shutdown(wait=isinstance(cause, Exception), cancel_futures=True)
        raise
    pool.shutdown()
    return tuple(future.result() for future in futures)


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Two things that need nothing of each other, at the same time; where both fail, the failure of the first is raised.

    After a failure what runs comes to its end first; a stop of the whole run waits for nobody.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        other = pool.submit(second)
        found = first(), other.result()
    except BaseException as cause:
        pool.shutdown(wait=isinstance(cause, Exception), cancel_futures=True)
        raise
    pool.shutdown()
    return found
