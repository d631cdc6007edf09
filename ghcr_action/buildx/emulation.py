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


def plan(
    asked: str,
    wanted: Iterable[Platform],
    native: Iterable[Platform],
    emulated: Iterable[Platform] = (),
    *,
    engine: Platform | None = None,
) -> Emulation | None:
    """What to emulate; None where everything wanted runs, or nothing may be set up.

    ``asked`` is ``auto``, ``off`` or an image that installs emulators as tonistiigi/binfmt does.
    ``native`` is what the builder's machine runs; it is empty where nobody knows. ``emulated`` is
    what the builder says it runs besides. BuildKit goes on saying so when an emulator is gone
    again, so ``auto`` plans for a step that is refused all the same. ``engine`` is the platform of
    the machine that installs them, which DOCKER_DEFAULT_PLATFORM may not decide.
    """
    foreign = _without(wanted, native := tuple(native))
    missing = _without(foreign, emulated)
    if asked == OFF or not foreign or not native:
        return None
    image = IMAGE if asked == AUTO else asked
    platforms = missing or foreign
    names = ",".join(dict.fromkeys(platform.architecture for platform in platforms))
    own = ("--platform", str(engine)) if engine else ()
    command = ("run", "--rm", "--privileged", *own, image, "--install", names)
    is_certain = asked != AUTO and bool(missing)
    return Emulation(platforms=platforms, command=command, is_certain=is_certain)


def _without(wanted: Iterable[Platform], runnable: Iterable[Platform]) -> tuple[Platform, ...]:
    """What of it is for another system or processor; a variant is no other processor."""
    runs = {(platform.os, platform.architecture) for platform in runnable}
    return tuple(
        platform for platform in wanted if (platform.os, platform.architecture) not in runs
    )


def is_needed(lines: Iterable[str]) -> bool:
    """Whether a step failed because nothing here runs its programs."""
    return any(_REFUSED in line for line in lines)
