"""The post step: after the job, whatever a killed step left behind is removed.

Nearly always there is nothing: then nothing is loaded either.
"""

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping


def post() -> NoReturn:
    """Remove what the step's state names, and end the process."""
    environ = os.environ
    private = environ.get("STATE_private", "")
    if environ.get("STATE_cleanup") or (private and os.path.lexists(private)):
        remove(environ)
    sys.exit(0)


def remove(environ: "Mapping[str, str]") -> None:
    """Remove a builder or an image of ours at the engine, and the private directory."""
    import logging

    from ghcr_action.adapters import commands as workflow
    from ghcr_action.adapters import workspace
    from ghcr_action.log import send

    send(sys.stdout, workflow.CommandFormatter())
    if commands := environ.get("STATE_cleanup"):
        from ghcr_action.adapters import engine
        from ghcr_action.settings.mounts import Mounts
        from ghcr_action.steps import leftovers

        seen = {**environ, **Mounts.of(environ).environment(environ)}
        leftovers.remove(commands, engine.DockerEngine(seen))
    if workspace.remove_private(environ.get("STATE_private", "")):
        logging.getLogger(__name__).info(
            "Removed the logins and temporary files of a run that did not end by itself."
        )
