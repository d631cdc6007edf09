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


def private(directory: Path, users_own: Path, repository: str) -> None:
    """Make a private directory for buildx, with the identity that the user's own one has.

    BuildKit keeps the files of a context under that identity, and asks a client it knows for
    changes only. With a new one each time, a run would send its whole context again, and build anew
    what has not changed. A new container has no identity yet: it is made of the repository's name,
    so that the next run for this repository has the same. Source: https://github.com/docker/buildx,
    ``util/confutil/node.go``.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    try:
        known = (users_own / _IDENTITY).read_text()
    except (OSError, ValueError):
        known = ""
    made = sha256(repository.encode()).hexdigest()[:16]
    (directory / _IDENTITY).write_text(known if re.fullmatch(_ONE, known) else made)
