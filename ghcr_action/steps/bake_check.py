"""``call`` in place of a build: what the Dockerfiles of all targets are told by their checks."""

import logging

from ghcr_action.buildx import checks
from ghcr_action.buildx.bake import calls, evaluated
from ghcr_action.buildx.bake.definition import Definition
from ghcr_action.buildx.builder import UseNamed
from ghcr_action.buildx.checks import Checks
from ghcr_action.errors import BuildFailed
from ghcr_action.plans.bake_plan import BakePlan
from ghcr_action.ports import Ports
from ghcr_action.steps import build

log = logging.getLogger(__name__)


def evaluate(plan: BakePlan, definition: Definition, ports: Ports) -> None:
    """Ask buildx about every target it can be asked about; raises PolicyRefused where the checks
    find something.

    Targets that build on others are left out, and named: buildx can't evaluate them,
    https://github.com/docker/buildx/issues/3343.
    """
    linked = [target.name for target in definition.wanted if target.links]
    names = tuple(target.name for target in definition.wanted if not target.links)
    for name, secret in plan.building.secrets:
        ports.workspace.keep(name, secret.reveal().encode())
    if linked:
        log.warning("Not evaluated, since they build on other targets: %s.", ", ".join(linked))
    if not names:
        return
    choice = plan.building.choice
    arguments = calls.checking(
        plan.request,
        names,
        builder=choice.name if isinstance(choice, UseNamed) else "",  # none is made for this
        plan=ports.workspace.scratch(calls.PLAN),
    )
    said = ports.engine.ask(arguments, directory=plan.request.source.directory)
    if not said.output.strip():
        raise BuildFailed(
            f"`call: {plan.request.call}` failed",
            why="\n".join(said.errors[-12:]),
            fix="Read the lines above.",
        )
    if plan.request.call != "check":
        with ports.runner.fence() as show:
            for line in said.output.splitlines():
                show(line)
        return
    found = evaluated.notes(said.output, plan.request.source.directory)
    for note in found:
        build.annotate(note)
    checks.refuse(Checks.ERROR, found)
    log.info("The checks of %s found nothing.", ", ".join(names))
