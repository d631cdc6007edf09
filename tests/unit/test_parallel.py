import threading
from typing import NoReturn

import pytest

from ghcr_action import parallel


def test_both__at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=10)

    assert parallel.both(lambda: (meeting.wait(), "a")[1], lambda: (meeting.wait(), 2)[1]) == (
        "a",
        2,
    )


def fail(kind: type[BaseException]) -> NoReturn:
    raise kind


@pytest.mark.parametrize(
    ("first", "second", "raised"),
    [
        (KeyError, ValueError, KeyError),
        (KeyError, None, KeyError),
        (None, ValueError, ValueError),
        (SystemExit, ValueError, SystemExit),
    ],
    ids=["both fail", "the first fails", "the second fails", "a stop"],
)
def test_both__a_failure_is_raised(
    first: type[BaseException] | None,
    second: type[BaseException] | None,
    raised: type[BaseException],
) -> None:
    with pytest.raises(raised):
        parallel.both(lambda: first and fail(first), lambda: second and fail(second))
