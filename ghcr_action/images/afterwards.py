"""Errors that come after the write of a name say that it was written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ghcr_action.errors import ActionError
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.writes import Writes

AGAIN = "Run again: it writes the same names and asks for each of them."


@contextmanager
def errors_name(written: Mapping[Reference, Digest], again: str = AGAIN) -> Iterator[None]:
    """Errors of what follows the write of these names say that they were written; ``written`` may
    grow meanwhile. ``again`` is the fix of an error that has none."""
    try:
        yield
    except ActionError as error:
        account(error, (error.writes or Writes(written={})).after(written), again)
        raise


def account(error: ActionError, writes: Writes, again: str = AGAIN) -> None:
    """Have the error say what has become of the names, where any may be another than before."""
    if writes:
        error.writes, error.fix = writes, error.fix or again
