"""The docker configuration on disk: a private one for this run, and the home's only where the
user asks for it."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from ghcr_action.errors import SettingsError, Unavailable
from ghcr_action.logins import docker
from ghcr_action.logins.credential import Credential

log = logging.getLogger(__name__)

_NAME = "config.json"
_SECONDS = 20.0
"""A helper may have to ask a person to unlock it."""


def write_private(
    private: Path, environ: Mapping[str, str], credentials: Mapping[str, Credential]
) -> Path:
    """A configuration directory (mode 0700) inside ``private``: what the user has, and our logins
    in front of it.

    Contexts and plugins are linked, so that the engine a user has chosen stays chosen.
    """
    home, config = directory(environ), private / "docker"
    config.mkdir(mode=0o700)
    for name in ("contexts", "cli-plugins"):
        if (home / name).is_dir():
            (config / name).symlink_to(home / name)
    _write(config / _NAME, docker.docker_config(_read(home / _NAME), credentials))
    return config


def logins(environ: Mapping[str, str]) -> dict[str, Credential]:
    """What ``docker login`` has left, host to login; helpers are asked, and one that does not
    answer has none."""
    found, helpers = docker.stored(_read(directory(environ) / _NAME))
    asked = {host: _ask(helper, docker.key(host), environ) for host, helper in helpers.items()}
    return found | {host: credential for host, credential in asked.items() if credential}


def _ask(helper: str, server: str, environ: Mapping[str, str]) -> Credential | None:
    try:
        return docker.helped(_call(helper, "get", server, environ))
    except Unavailable as cause:
        log.debug("%s: %s", cause.what, cause.why)
        return None


def _call(helper: str, verb: str, text: str, environ: Mapping[str, str]) -> bytes:
    """What a helper answers; the text goes to its standard input. Raises Unavailable where it
    fails or is not there."""
    import subprocess  # most configurations name no helper

    program = f"docker-credential-{helper}"
    try:
        return subprocess.run(
            [program, verb],
            input=text.encode(),
            env=environ,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as cause:
        raise Unavailable(f"{program} failed", why=type(cause).__name__) from cause


def write_home(environ: Mapping[str, str], credentials: Mapping[str, Credential]) -> None:
    """Leave the logins for later container actions of the job; only for ``logout: false``."""
    home = directory(environ)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(home / _NAME, docker.docker_config(_read(home / _NAME), credentials))


def keep(environ: Mapping[str, str], host: str, credential: Credential) -> None:
    """Keep a login as ``docker login`` does: by the helper that the configuration names for this
    host, else in the file. Raises Unavailable where the helper refuses it, SettingsError where the
    file can't be written."""
    file = directory(environ) / _NAME
    try:
        helper = docker.keeper(_read(file), host)
        if not helper:
            write_home(environ, {host: credential})
            return
    except OSError as cause:
        raise SettingsError(
            f"The login is right, and can't be kept in {file}",
            why=f"{cause.strerror}",
            fix="Name a directory that you may write to: export DOCKER_CONFIG=…",
        ) from cause
    try:
        _call(helper, "store", docker.for_helper(host, credential).reveal(), environ)
    except Unavailable as cause:
        raise cause.but(
            what=f"docker-credential-{helper} did not keep the login",
            fix=f"Repair it, or take it out of {directory(environ) / _NAME}.",
        ) from cause


def directory(environ: Mapping[str, str]) -> Path:
    """The user's own configuration directory: DOCKER_CONFIG, else ``~/.docker``."""
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/") / ".docker")


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    """In one step and readable by nobody else, so that a reader sees the old text or the new
    one."""
    written = path.with_name(f".{path.name}.new")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    written.replace(path)
