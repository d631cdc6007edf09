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


def private(directory: Path, users_own: Path, place: str) -> str:
    """Make a private directory for buildx, with the identity that the user's own one has, and give
    that.

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
    identity = known if re.fullmatch(_ONE, known) else _made(place)
    (directory / _IDENTITY).write_text(identity)
    return identity


def name_for(directory: Path, identity: str, context: str) -> None:
    """Give buildx a name of its own for each context. Beside its name it tells BuildKit only the
    last part of a context's path: of ``web/app`` and ``api/app``, both ``app``, one would get a
    file of the other, where both have one of the same name, size and time."""
    (directory / _IDENTITY).write_text(_made(f"{identity}\n{context}"))


def _made(text: str) -> str:
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]
