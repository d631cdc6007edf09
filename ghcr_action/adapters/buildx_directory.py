"""Where buildx keeps its builders, and who it says it is: ``BUILDX_CONFIG``."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from ghcr_action.adapters import docker_config

_IDENTITY = ".buildNodeID"
_ONE = r"[0-9a-f]{16}"


def own(environ: Mapping[str, str]) -> Path:
    """The directory of the user's own buildx."""
    return Path(environ.get("BUILDX_CONFIG") or docker_config.directory(environ) / "buildx")


def place(environ: Mapping[str, str]) -> str:
    """Whose context a build has: that of a repository in the work tree of one runner. In a
    container it has the same path everywhere."""
    names = ("GITHUB_REPOSITORY", "RUNNER_NAME", "RUNNER_WORKSPACE")
    return "\n".join(filter(None, (environ.get(name, "") for name in names)))


def private(directory: Path, users_own: Path, place: str) -> None:
    """Make a private directory for buildx, with the identity that the user's own one has.

    BuildKit keeps the files of a context under that identity, and asks a client it knows for
    changes only. With a new one each time, a run would send its whole context again, and build anew
    what has not changed. A new container has no identity yet: it is made of the ``place``, so that
    the next run for it has the same, and no other run has, as BuildKit takes a file of the same
    path, size and time for the same file. Source: https://github.com/docker/buildx,
    ``util/confutil/node.go``.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    try:
        known = (users_own / _IDENTITY).read_text()
    except (OSError, ValueError):
        known = ""
    made = sha256(place.encode()).hexdigest()[:16]
    (directory / _IDENTITY).write_text(known if re.fullmatch(_ONE, known) else made)
