"""Emulation of platforms that nothing runs natively: for which, and by which command.

``auto`` sets it up only once a step was refused for its format, so that a build that only copies,
or compiles across, pulls nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ghcr_action.values.platform import Platform

AUTO, OFF = "auto", "off"
IMAGE = "docker.io/tonistiigi/binfmt:latest"
"""The default of docker/setup-qemu-action."""
_REFUSED = "exec format error"
"""What Linux says of a program for another processor, ``ENOEXEC``."""


@dataclass(frozen=True, kw_only=True)
class Emulation:
    """How platforms become runnable that are not."""

    platforms: tuple[Platform, ...]
    command: tuple[str, ...]
    """Without ``docker``."""
    is_certain: bool
    """Before the build; else only when a step needs it."""


def plan(asked: str, wanted: Iterable[Platform], runnable: Iterable[Platform]) -> Emulation | None:
    """What to emulate; None where everything wanted runs, or nothing may be set up.

    ``asked`` is ``auto``, ``off`` or an image that installs emulators as tonistiigi/binfmt does.
    ``runnable`` is what the chosen builder runs; nothing is known where it is empty.
    """
    runs = {(platform.os, platform.architecture) for platform in runnable}
    missing = tuple(
        platform for platform in wanted if (platform.os, platform.architecture) not in runs
    )
    if asked == OFF or not missing or not runs:
        return None
    image = IMAGE if asked == AUTO else asked
    names = ",".join(dict.fromkeys(platform.architecture for platform in missing))
    command = ("run", "--rm", "--privileged", image, "--install", names)
    return Emulation(platforms=missing, command=command, is_certain=asked != AUTO)


def is_missing(lines: Iterable[str]) -> bool:
    """Whether a step failed because nothing here runs its programs."""
    return any(_REFUSED in line for line in lines)
