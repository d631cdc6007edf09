"""Hides what is in the files that a build mounts as secrets, before the build prints it."""

import logging
from collections.abc import Iterable
from pathlib import PurePosixPath

from ghcr_action.diagnosis import file_secrets
from ghcr_action.ports import Ports

log = logging.getLogger(__name__)


def learn(files: Iterable[tuple[str, str]], ports: Ports) -> None:
    """Hide what is in these files, each an id and a path relative to the workspace. One that is not
    there is for the build to tell."""
    for name, path in files:
        try:
            content = ports.workspace.read(PurePosixPath(path), file_secrets.MOST + 1)
        except OSError:  # the engine may read what we may not, and says so where it can't either
            content = None
        if content is None:
            continue
        secrets = file_secrets.found(content)
        if secrets is None:
            log.info(
                "The secret %s is no text of at most %d KiB: what a step prints of it is shown.",
                name,
                file_secrets.MOST // 1024,
            )
        for secret in secrets or ():
            ports.runner.mask(secret)
