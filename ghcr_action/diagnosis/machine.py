"""Faults of the machine that no port foresees: a full disk, a file system that only be read. Separate because any line may meet them."""

import errno

from ghcr_action.errors import ActionError, Unavailable

_FULL = "Free space before this step (`docker system prune --all --force`, or remove tools the job does not need), or use a larger runner."
_READ_ONLY = "Give the step a workspace and a RUNNER_TEMP that it may write; on a runner of your own, look at how they are mounted."
_KNOWN = {
    errno.ENOSPC: ("The machine's disk is full", _FULL),
    errno.EDQUOT: ("The machine's disk quota is used up", _FULL),
    errno.EROFS: ("The file system can only be read", _READ_ONLY),
    errno.EACCES: ("A file may not be read or written", _READ_ONLY),
    errno.EPERM: ("A file may not be changed", _READ_ONLY),
}


def told(cause: OSError) -> ActionError | None:
    """The error for a person, with the file where one is known; None for what only a mistake of ours explains.

    Numbers: https://man7.org/linux/man-pages/man3/errno.3.html.
    """
    what, fix = _KNOWN.get(cause.errno or 0, ("", ""))
    place = f": {cause.filename}" if isinstance(cause.filename, str) else ""
    return Unavailable(f"{what}{place}", why=f"{cause.strerror}", fix=fix, code="MACHINE") if what else None
