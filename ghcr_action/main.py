"""One run of a step, from the inputs to the exit status: the boundary where every error becomes
words."""

import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import FrameType
from typing import Any, NoReturn, cast

from ghcr_action import __version__, inputs, wiring
from ghcr_action.adapters import clock as clocks
from ghcr_action.adapters import commands as workflow
from ghcr_action.adapters import event_file, interrupts
from ghcr_action.adapters import runner as runners
from ghcr_action.adapters import workspace as workspaces
from ghcr_action.adapters.discreet import DiscreetRunner
from ghcr_action.adapters.progress import Logged, Stoppable
from ghcr_action.diagnosis import redaction
from ghcr_action.diagnosis.redaction import Hiding, Redaction
from ghcr_action.errors import ActionError, SettingsError
from ghcr_action.log import NOTICE, OURS, send
from ghcr_action.ports import Ports, Progress, Runner
from ghcr_action.settings import parse
from ghcr_action.settings.mounts import Mounts
from ghcr_action.settings.parse import Settings
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PLACES = ("GITHUB_WORKSPACE", "RUNNER_TEMP")
"""Directories whose names later steps and the engine are told."""
_GRACE = 2.0
"""Seconds that threads have after a stop to put away what they were writing."""
BUG_EXIT = 70
CANCELLED_EXIT = 130
ISSUES = "https://github.com/OWNER/ghcr-action/issues"
_BUILDING = ("publish", "bake")
"""Modes that need the engine whatever they find."""
_PRIVATE_STATE = "private"
"""The name of the state that the post step reads."""


class _CancelledError(BaseException):
    """The runner asks us to stop; not an Exception, so that nobody takes it for a failure of his
    own."""


def entrypoint() -> NoReturn:
    """The step itself, in a container that the runner started."""
    environ = os.environ
    environ.update(Mounts.of(environ).environment(environ))
    runner = runners.ActionsRunner(environ, clocks.SystemClock())
    send(sys.stdout, workflow.CommandFormatter(), verbose=environ.get("RUNNER_DEBUG") == "1")
    leave(run(inputs.from_environ(environ), environ, runner))


def run(
    given: Mapping[str, str],
    environ: Mapping[str, str],
    runner: Runner,
    progress: Progress | None = None,
    *,
    event: Event | None = None,
    do: Callable[[Any, Ports], object] | None = None,
) -> int:
    """One run from inputs to exit code; every error becomes words here.

    ``event`` stands for the workflow's where there is none; ``do`` is done in place of the mode.
    """
    watched = Stoppable(progress or Logged(clocks.SystemClock()))
    _stop_at_signals(watched)
    parsed = None
    hide = Redaction()
    runner = DiscreetRunner(runner, hide)
    _log_through(hide)
    try:
        _know(given, environ, hide, runner)
        parsed, remarks = parse.settings(
            given, environ, event or Event.decode(environ, event_file.payload(environ))
        )
        parsed = _logged_in(parsed, environ)
        for secret in parsed.secrets:
            runner.mask(secret)
        for warning in remarks.warnings:
            log.warning("%s", warning)
        for notice in remarks.notices:
            log.log(NOTICE, "%s", notice)
        _in_private_directory(parsed, environ, runner, watched, do or _run_mode, hide=hide)
    except ActionError as error:
        told = _told(error, parsed) if parsed else error
        _report(told, runner, parsed.common.event.log_url if parsed else "")
        return told.exit_code
    except _CancelledError:
        log.error("Cancelled: what was under way was stopped, and the logins are removed.")
        return CANCELLED_EXIT
    except Exception as cause:  # noqa: BLE001 (the boundary: whatever else went wrong is a bug of ours, and says so)
        return _report_unforeseen(cause, runner)
    return 0


def _know(
    given: Mapping[str, str], environ: Mapping[str, str], hide: Redaction, runner: Runner
) -> None:
    """Every secret that stands in an input, and those that the environment holds by their names,
    before the first line is printed. Raises SettingsError for bytes that are no text, in the names
    of the runner's places, too."""
    places = {name: environ.get(name, "") for name in _PLACES}
    if broken := inputs.in_no_encoding({**given, **places}):
        raise SettingsError(
            f"{', '.join(f'`{ascii(name)[1:-1]}`' for name in broken)}: this is not UTF-8",
            why="a name or a value has bytes that are no characters in this locale",
            fix="Write it in UTF-8, and run with LANG=C.UTF-8.",
        )
    for name in inputs.SECRETS:
        runner.mask(Secret(given.get(name, "")))
    for text in given.values():
        for secret in redaction.found(text):
            runner.mask(secret)
    hide.learn(*redaction.of_environment(environ))


def _log_through(hide: Redaction) -> None:
    """No record of this run passes the log by another way."""
    for handler in logging.getLogger(OURS).handlers:
        others = [each for each in handler.filters if not isinstance(each, Hiding)]
        handler.filters = [*others, Hiding(hide)]


def _logged_in(parsed: Settings, environ: Mapping[str, str]) -> Settings:
    """With the logins of this machine, or of earlier steps of the job, behind those that were
    given, but at a terminal before what GITHUB_TOKEN stands for."""
    if _mode(parsed) == "metadata":
        return parsed
    from ghcr_action.adapters import docker_config

    kept, given = docker_config.logins(environ), parsed.common.credentials
    if not environ.get("GITHUB_ACTIONS"):
        token = parsed.common.token
        given = {h: login for h, login in given.items() if h not in kept or login.password != token}
    known = {**kept, **given}
    found: Any = parsed
    return cast("Settings", replace(found, common=replace(parsed.common, credentials=known)))


def _in_private_directory(
    parsed: Settings,
    environ: Mapping[str, str],
    runner: Runner,
    progress: Progress,
    do: Callable[[Any, Ports], object],
    *,
    hide: Redaction,
) -> None:
    """Run the mode with a private directory, which is gone afterwards whatever happens."""
    places = workspaces.places(environ)
    if not environ.get("GITHUB_ACTIONS") and workspaces.remove_stale(places.private.parent):
        log.info("Removed the logins and temporary files of a run that was killed.")
    try:
        runner.save(_PRIVATE_STATE, str(places.private))
        builds = do is _run_mode and _mode(parsed) in _BUILDING
        with ExitStack() as closing:
            ports = wiring.ports(
                parsed.common,
                environ,
                runner,
                places,
                progress,
                hide=hide,
                closing=closing,
                builds=builds,
            )
            do(parsed, ports)
    finally:
        workspaces.remove_private(str(places.private))


def _run_mode(parsed: Settings, ports: Ports) -> None:
    """A mode and its settings are modules of the same name; no other mode is imported."""
    importlib.import_module(f"ghcr_action.modes.{_mode(parsed)}").run(parsed, ports)


def _mode(parsed: Settings) -> str:
    return type(parsed).__module__.rpartition(".")[2]


def _told(error: ActionError, parsed: Settings) -> ActionError:
    """The error with the cause that the catalogue knows."""
    from ghcr_action.steps import cause

    return cause.explained(error, parsed.common, parsed.secrets)


def _report(error: ActionError, runner: Runner, log_url: str) -> None:
    from ghcr_action.report import failed
    from ghcr_action.report.words import summary

    title = error.what.partition("\n")[0][:100]
    log.error(str(error), extra={"title": title, "error": error})
    try:
        for name, value in failed.outputs(error):
            runner.output(name, value)
        runner.summary(summary.failure(failed.view(error, log_url=log_url)))
    except ActionError as unwritten:
        if unwritten.what != error.what:  # else it was just told
            log.warning("%s", unwritten)


def _report_unforeseen(cause: Exception, runner: Runner) -> int:
    """The machine's fault as an error, anything else as a bug of ours; gives the exit code."""
    from ghcr_action.diagnosis import tell

    if error := tell.machine_fault(cause) if isinstance(cause, OSError) else None:
        _report(error, runner, "")
        return error.exit_code
    _report_bug(runner)
    return BUG_EXIT


def _report_bug(runner: Runner) -> None:
    with runner.group("Traceback"):
        log.info("%s", _traceback())
    log.error(
        (
            "This is a bug in ghcr-action %s, not in your workflow. Please report it with "
            "the traceback above: %s"
        ),
        __version__,
        ISSUES,
    )


def _traceback() -> str:
    import traceback

    return traceback.format_exc()


def leave(code: int) -> NoReturn:
    """End the process; after a stop nobody waits for threads that hang in the network."""
    if code == CANCELLED_EXIT:
        end = time.monotonic() + _GRACE
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(max(0.0, end - time.monotonic()))
        os._exit(code)
    sys.exit(code)


def _stop_at_signals(progress: Stoppable) -> None:
    """The first signal ends the run; what it has to tidy up is not disturbed by another one."""

    def cancel(_number: int, _frame: FrameType | None) -> None:
        if not progress.is_stopped:
            progress.stop()
            interrupts.when_free(stop)

    def stop() -> NoReturn:
        raise _CancelledError

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, cancel)
