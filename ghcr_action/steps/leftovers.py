"""What a run leaves with the engine, and its removal: at the end of the run, or in the post step
where the run was killed."""

import json
import logging

from ghcr_action.errors import NotFound, Unavailable
from ghcr_action.plans.build_plan import BuildPlan
from ghcr_action.ports import Engine

log = logging.getLogger(__name__)

STATE = "cleanup"
"""The name of the state that the post step reads."""
_KNOWN = (["buildx", "rm"], ["image", "rm"])


def state(plan: BuildPlan) -> str:
    """The commands, without ``docker``, that remove a builder of ours and the image under test: a
    JSON list of argument lists, for the post step. Empty where the run leaves nothing."""
    commands = [plan.removal] if plan.removal else []
    if plan.trial and plan.trial.image:
        commands.append(("image", "rm", "--force", plan.trial.image))
    return json.dumps(commands) if commands else ""


def remove(state: str, engine: Engine) -> None:
    """Run the commands of a state; what can't be removed is told, and hides no other failure. Other
    commands are not run."""
    for command in filter(None, json.loads(state)):
        if command[:2] not in _KNOWN:
            continue
        try:
            engine.call(tuple(command), log.debug)
        except NotFound as cause:  # a builder that could not be made
            log.debug("%s", cause.what)
        except Unavailable as cause:
            log.warning("%s", cause.what)
        except OSError as cause:
            log.warning("'docker %s' could not be run: %s", " ".join(command), cause)
