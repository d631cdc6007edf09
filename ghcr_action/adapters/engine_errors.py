"""What docker and buildx say where something fails, as errors."""

import re
import shlex
import signal
from collections.abc import Sequence

from ghcr_action.adapters import engine_socket
from ghcr_action.buildx import engine_facts
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    NotFound,
    SettingsError,
    Unavailable,
)
from ghcr_action.values.answer import Answer, Where

_UNKNOWN = 'no builder "'
"""How buildx says that it has none of a name."""
_NO_CONTEXT = r'context "([^"]{1,200})": context not found'
_OTHER_VERSION = r"client version \S{1,20} is too (?:old|new)"


def last_error(lines: Sequence[str]) -> str:
    """The last line in which docker or buildx speaks of an error, else the last line that says
    anything."""
    said = (line for line in reversed(lines) if line.startswith(("ERROR:", "docker:", "Error")))
    return next(said, next(filter(None, reversed(lines)), "no output"))


def is_unknown(lines: Sequence[str]) -> bool:
    """Whether buildx says that a builder is not there; it exits with 1 whatever the reason.

    Source: https://github.com/docker/buildx, ``store/storeutil/storeutil.go``.
    """
    return any(_UNKNOWN in line for line in lines)


def refused(arguments: Sequence[str], lines: Sequence[str]) -> ActionError:
    """The error for a command that failed; NotFound where it names a builder that is not there."""
    kind = NotFound if is_unknown(lines) else Unavailable
    return kind(
        f"'docker {shlex.join(filter(None, arguments))}' failed: {last_error(lines)}",
        why="\n".join(lines),
        fix="Read the lines above; try the command on the machine that runs the engine.",
        answer=Answer(where=Where.ENGINE, words="\n".join(lines)),
    )


def killed(arguments: Sequence[str], number: int) -> Unavailable:
    """The error for a command that a signal of somebody else's ended."""
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return Unavailable(
        f"'docker {shlex.join(arguments[:2])}' was ended by {name}",
        why="somebody else ended it: the kernel does, with SIGKILL, where memory is short",
        fix="Run the step again. If it persists, give the job a runner with more memory.",
    )


def no_plugin() -> Unavailable:
    """The error for docker without buildx."""
    return Unavailable(
        "The docker program has no buildx plugin",
        why="'docker info' lists no plugin named buildx",
        fix=(
            "Install the package docker-buildx-plugin (Debian: docker-buildx), or "
            "run this as the container action, which brings it."
        ),
        docs="https://docs.docker.com/build/concepts/overview/#buildx",
    )


def _at(host: str, context: str) -> str:
    """Where docker looks for its engine, as the end of a sentence; empty where nobody knows.
    DOCKER_HOST comes before a context, and without both it is the socket."""
    if host:
        return f" at {host}"
    if context == engine_facts.OWN_CONTEXT:
        return f" at {engine_socket.DEFAULT}"
    return f" in the docker context {context}" if context else ""


def no_engine(host: str, said: str, *, context: str = "") -> ActionError:
    """The error where docker reached no engine, or none that it may use. ``host`` is DOCKER_HOST,
    ``said`` what docker said."""
    place = _at(host, context)
    if found := re.search(_NO_CONTEXT, said):
        return SettingsError(
            f"There is no docker context `{found[1]}`",
            why=said,
            fix="Remove DOCKER_CONTEXT, or name one that `docker context ls` lists.",
            docs="https://docs.docker.com/engine/manage-resources/contexts/",
        )
    if re.search(_OTHER_VERSION, said):
        return Unavailable(
            f"The docker program and the engine{place} have no version of the API in common",
            why=said,
            fix="Remove DOCKER_API_VERSION where it is set; else update the older of the two.",
            docs="https://docs.docker.com/reference/api/engine/#versioned-api-and-sdk",
        )
    if "permission denied" in said:
        return AccessDenied(
            f"This user may not use the Docker engine{place}",
            why=said,
            fix="Add the user to the group docker and log in again: sudo usermod -aG docker $USER",
            docs="https://docs.docker.com/engine/install/linux-postinstall/",
        )
    return Unavailable(
        f"No Docker engine answers{place}",
        why=said,
        fix=(
            "In a workflow, use a Linux runner that has Docker (`runs-on: "
            "ubuntu-latest`). Elsewhere start the engine, or set DOCKER_HOST."
        ),
        docs="https://docs.docker.com/engine/install/",
    )


def no_program(name: str, path: str) -> Unavailable:
    """The error for a machine without the docker program."""
    return Unavailable(
        f"There is no program {name!r}",
        why=f"searched in {path}",
        fix=(
            "Install the docker program with its buildx plugin, or run this as "
            "the container action, which brings both."
        ),
        docs="https://docs.docker.com/engine/install/",
    )
