import errno
import os

import pytest

from ghcr_action.diagnosis import tell
from ghcr_action.errors import Unavailable


@pytest.mark.parametrize(
    ("number", "file", "what"),
    [
        pytest.param(errno.ENOSPC, None, "The machine's disk is full", id="full"),
        pytest.param(
            errno.ENOSPC, "/tmp/x", "The machine's disk is full: /tmp/x", id="full-with-its-file"
        ),
        pytest.param(errno.EDQUOT, None, "The machine's disk quota is used up", id="quota"),
        pytest.param(errno.EROFS, "/w", "The file system can only be read: /w", id="read-only"),
        pytest.param(errno.EACCES, "/w", "A file may not be read or written: /w", id="no-access"),
    ],
)
def test_machine__is_told(number: int, file: str | None, what: str) -> None:
    error = tell.machine_fault(OSError(number, os.strerror(number), file))

    assert isinstance(error, Unavailable)
    assert (error.what, error.why, error.code) == (what, os.strerror(number), "MACHINE")
    assert error.fix


@pytest.mark.parametrize(
    "cause",
    [FileNotFoundError(errno.ENOENT, "no such file", "x"), OSError("no number")],
    ids=["missing", "no-number"],
)
def test_machine__what_is_not_its_fault(cause: OSError) -> None:
    assert tell.machine_fault(cause) is None
