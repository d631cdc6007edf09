"""Everything the engine does for a run, in the order of its plan: a builder, a trial, the build,
loading.

What was pushed gets its tags elsewhere.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count

from ghcr_action import parallel
from ghcr_action.buildx import checks, emulation, measures
from ghcr_action.buildx.build_request import has_host_gateway
from ghcr_action.buildx.builder import Argv
from ghcr_action.buildx.checks import Checks, Note
from ghcr_action.buildx.emulation import Emulation
from ghcr_action.buildx.failure import Failure
from ghcr_action.buildx.rawjson import Progress
from ghcr_action.buildx.step import Step
from ghcr_action.errors import PolicyRefused, Unavailable
from ghcr_action.plans.build_plan import BuildPlan, Trial
from ghcr_action.ports import Ports
from ghcr_action.report.words import render
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.steps import build as build_step
from ghcr_action.steps import leftovers
from ghcr_action.values.engine import Build, BuildCommand, BuilderFacts, EngineFacts

log = logging.getLogger(__name__)

Timed = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Produced:
    """What the engine has made."""

    build: Build
    steps: tuple[Step, ...]
    """Each step as it went the first time."""
    tested: str = ""
    """The digest of the image that was tested, where it has to be the published one; else empty."""


@contextmanager
def produced(plan: BuildPlan, ports: Ports, timed: Timed, *, retries: int) -> Iterator[Produced]:
    """Run the plan, and give what the engine has made. Raises BuildFailed, and PolicyRefused where
    the test or the checks stop it; nothing is tagged then.

    The builder and the tested image of this run are removed beside what the context does, and are
    gone when it ends. The post step knows of them before they exist.
    """
    for name, value in plan.secrets:
        ports.workspace.keep(name, value.reveal().encode())
    state = leftovers.state(plan)
    if state:
        ports.runner.save(leftovers.STATE, state)
    try:
        with parallel.aside(render.load):  # the report's templates: the engine needs longer
            made = _made(plan, ports, timed, retries=retries)
    except BaseException:
        _remove(state, ports)
        raise
    with parallel.aside(lambda: _remove(state, ports)):
        yield made


def _remove(state: str, ports: Ports) -> None:
    if state:
        leftovers.remove(state, ports.engine)
        ports.runner.save(leftovers.STATE, "")


def _made(plan: BuildPlan, ports: Ports, timed: Timed, *, retries: int) -> Produced:
    with _builder(plan, ports, timed, retries):
        run, tested = _Run(plan, ports, retries), ""
        if plan.emulation and plan.emulation.is_certain:
            run.emulate(plan.emulation)
        if plan.trial and plan.trial.fresh:
            with timed("Build anew"):
                run.build(plan.trial.fresh)
        if plan.trial:
            with timed("Trial build"):
                run.build(plan.trial.build)
            if plan.trial.script:
                with timed("Test"):
                    tested = _test(plan.trial, ports)
        with timed("Build"):
            build = run.build(plan.build)
        if plan.load:
            with timed("Load"):
                run.build(plan.load)
    return Produced(
        build=build,
        steps=measures.first_runs(*(progress.steps for progress in run.progresses)),
        tested=tested if plan.trial and plan.trial.keeps_digest else "",
    )


class _Run:
    """The builds of one run, and what they said."""

    def __init__(self, plan: BuildPlan, ports: Ports, retries: int) -> None:
        self.progresses: list[Progress] = []
        self._notes: tuple[Note, ...] = ()
        self._plan, self._ports, self._retries = plan, ports, retries
        self._is_emulating = False

    def build(self, command: BuildCommand) -> Build:
        """One build; its warnings become annotations, or stop the run."""
        build, progress = build_step.build(
            command,
            self._ports,
            retries=self._retries,
            dockerfile=self._plan.dockerfile,
            mends=self._mend,
        )
        self.progresses.append(progress)
        self._annotate(progress)
        checks.refuse(self._plan.checks, self._notes)
        return build

    def emulate(self, asked: Emulation) -> None:
        """Make the missing platforms runnable. Where that fails the build goes on: it may need none
        of them."""
        self._is_emulating = True
        names = ", ".join(map(str, asked.platforms))
        log.info(
            "Nothing here runs %s natively: setting up emulation, docker %s",
            names,
            " ".join(asked.command),
        )
        try:
            with self._ports.runner.fence() as show:
                _call(asked.command, self._ports, show, self._retries)
        except Unavailable as cause:
            log.warning("Emulation of %s could not be set up: %s", names, cause.what)

    def _mend(self, found: Failure) -> bool:
        """Set up emulation, once, where a failed build lacks it; whether the build is worth another
        try."""
        asked = self._plan.emulation
        if (
            self._is_emulating
            or asked is None
            or not emulation.is_needed((*found.tail, found.message))
        ):
            return False
        self.emulate(asked)
        return True

    def _annotate(self, progress: Progress) -> None:
        found = (
            ()
            if self._plan.checks is Checks.OFF
            else checks.notes(
                progress.warnings, self._plan.dockerfile, dict(self._plan.build.dockerfiles)
            )
        )
        for note in found:
            if note not in self._notes:
                build_step.annotate(note)
        self._notes = tuple(dict.fromkeys((*self._notes, *found)))


@contextmanager
def _builder(plan: BuildPlan, ports: Ports, timed: Timed, retries: int) -> Iterator[None]:
    """The builder of our own, on the way to the engine that it needs."""
    with (
        ports.engine.bridge(plan.bridge.socket, builder=plan.bridge.engine)
        if plan.bridge
        else nullcontext()
    ):
        if plan.bridge:
            _set_up(plan, ports, log.debug, retries)
        elif plan.setup:
            with timed("Builder"), ports.runner.fence() as show:
                _set_up(plan, ports, show, retries)
        yield


def _set_up(plan: BuildPlan, ports: Ports, show: Callable[[str], None], retries: int) -> None:
    for command in plan.setup:
        _call(command, ports, show, retries)


def _call(command: Argv, ports: Ports, show: Callable[[str], None], retries: int) -> None:
    """One command that may pull an image, again where a fault may pass."""
    for attempt in count():
        try:
            ports.engine.call(command, show)
        except Unavailable as cause:
            failed = Failure(message=cause.what)
            if not build_step.waits_for_retry(failed, attempt, retries, ports):
                raise
        else:
            return


def _test(trial: Trial, ports: Ports) -> str:
    """Run the user's script on the loaded image, and give its digest. PolicyRefused where it
    fails."""
    digest = (
        ports.engine.call(("image", "inspect", "--format", "{{.Id}}", trial.image), log.debug)
        .splitlines()[-1]
        .strip()
    )
    image = f"{trial.image.rpartition(':')[0]}@{digest}" if trial.names_by_digest else digest
    log.info("IMAGE=%s IMAGE_TAG=%s", image, trial.image)
    with ports.runner.fence() as show:
        for line in trial.script.splitlines():
            show(f"$ {line}")
        code = ports.engine.shell(trial.script, {"IMAGE": image, "IMAGE_TAG": trial.image}, show)
    if code:
        raise PolicyRefused(
            f"The test failed: its script exited with {code}; nothing was pushed or tagged",
            why=(
                "`test` runs before the push, so that no name stands on an image that "
                "fails it; what it said stands in the log"
            ),
            fix=(
                "Mend the image or the script. To try it by hand: build with `load: "
                "true` and `push: false`, and run the script."
            ),
        )
    return digest


def builder(settings: PublishSettings, engine: EngineFacts, ports: Ports) -> BuilderFacts | None:
    """What the builder that is named says of itself; else the engine's own builder, where it may
    emulate a platform that is asked for, or where the engine's address has to be known."""
    asked = settings.building.builder
    if asked.is_named:
        return ports.engine.builder(asked.name)
    is_native = all(
        any(str(each).startswith(str(platform)) for platform in engine.platforms)
        for each in settings.build.platforms
    )
    if is_native and not has_host_gateway(settings.build):
        return None
    return ports.engine.builder(engine.builder)
