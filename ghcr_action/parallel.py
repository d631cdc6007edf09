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


def each(work: Callable[[Item], Result], items: Iterable[Item], workers: int = WORKERS) -> tuple[Result, ...]:
    """The results in the order of the items; the first failure ends what has not begun, and is raised."""
    todo = tuple(items)
    if len(todo) < 2 or workers == 1:
        return tuple(map(work, todo))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(work, item) for item in todo]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return tuple(future.result() for future in futures)
