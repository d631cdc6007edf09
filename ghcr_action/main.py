"""Wiring and the error boundary: the only module that builds adapters, reads the environment or
ends the process."""

import contextlib
import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar, cast

from ghcr_action import __version__, inputs
from ghcr_action.adapters import clock as clocks
from ghcr_action.adapters import commands as workflow
from ghcr_action.adapters import runner as runners
from ghcr_action.adapters import workspace as workspaces
from ghcr_action.adapters.progress import Logged, Stoppable
from ghcr_action.adapters.workspace import Places
from ghcr_action.diagnosis import redaction
from ghcr_action.diagnosis.redaction import Hiding, Redaction
from ghcr_action.errors import ActionError, SettingsError, Unavailable
from ghcr_action.log import NOTICE
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import (
    AttestationStore,
    Engine,
    Git,
    GitHub,
    Ports,
    Progress,
    Registry,
    Runner,
    Sigstore,
    TrustRoots,
)
from ghcr_action.settings import parse
from ghcr_action.settings.common import Common
from ghcr_action.settings.parse import Settings
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

if TYPE_CHECKING:
    from ghcr_action.adapters.exchange import Exchange
    from ghcr_action.cli.arguments import Request
    from ghcr_action.cli.screen import Screen

log = logging.getLogger(__name__)

Port = TypeVar("Port")

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_GRACE = 2.0
"""Seconds that threads have after a stop to put away what they were writing."""
BUG_EXIT = 70
CANCELLED_EXIT = 130
ISSUES = "https://github.com/OWNER/ghcr-action/issues"
_PRIVATE_STATE = "private"
_CLEANUP_STATE = "cleanup"


class _CancelledError(BaseException):
    """The runner asks us to stop; not an Exception, so that nobody takes it for a failure of his
    own."""


def entrypoint() -> NoReturn:
    """The step itself, in a container that the runner started; with arguments, and no runner, the
    command line."""
    environ = os.environ
    if sys.argv[1:] and not environ.get("GITHUB_ACTIONS"):
        command()
    runner = runners.ActionsRunner(environ, clocks.SystemClock())
    _log_to(sys.stdout, workflow.CommandFormatter(), verbose=environ.get("RUNNER_DEBUG") == "1")
    _leave(run(inputs.from_environ(environ), environ, runner))


def command(arguments: list[str] | None = None) -> NoReturn:
    """The command line."""
    from ghcr_action.cli import arguments as commandline
    from ghcr_action.cli import bars, screen
    from ghcr_action.cli.terminal import Terminal
    from ghcr_action.cli.verbs import VERBS

    given, environ = sys.argv[1:] if arguments is None else arguments, os.environ
    shown = screen.Screen(sys.stderr)
    has_colours = shown.isatty() and screen.may_colour(environ)
    _log_to(shown, screen.LineFormatter(has_colours=has_colours), verbose=False)
    if given[:1] == ["login"]:
        _leave(_login(given[1:], environ))
    with screen.outlet(sys.stdout, 0):
        asked = commandline.parse(given)
    clock, verb = clocks.SystemClock(), VERBS[asked.verb]
    progress = bars.watch(shown, clock, environ, is_wanted=asked.shows_progress)
    terminal = Terminal(
        clock,
        progress=shown,
        as_json=asked.as_json,
        may_colour=has_colours,
        result=verb.result,
        wanted=asked.wanted,
        is_quiet=verb.is_quiet or asked.all_tags,
    )
    if verb.is_quiet or asked.all_tags:
        logging.getLogger("ghcr_action").setLevel(NOTICE)
    try:
        code = run(
            {"github-token": environ.get("GITHUB_TOKEN", ""), **_read_first(asked)},
            environ,
            terminal,
            progress,
            event=_checked_out(environ),
            do=_command_of(asked),
        )
    finally:
        progress.close()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    with screen.outlet(sys.stdout, code):
        terminal.finish()
    _leave(code)


def _login(arguments: list[str], environ: Mapping[str, str]) -> int:
    """``login``, which has no image and no settings."""
    from ghcr_action.adapters.registry.client import HttpRegistry
    from ghcr_action.cli import login
    from ghcr_action.values.patience import Patience

    def check(registry: str, credential: Credential) -> None:
        agent = f"ghcr-action/{__version__}"
        known = {registry: credential}
        HttpRegistry(
            known, clock=clocks.SystemClock(), user_agent=agent, retry=Patience(retries=0)
        ).check_login(registry)

    try:
        login.run(arguments, environ, check)
    except ActionError as error:
        log.error(str(error), extra={"error": error})
        return error.exit_code
    except KeyboardInterrupt:
        return CANCELLED_EXIT
    return 0


def _checked_out(environ: Mapping[str, str]) -> Event | None:
    """What the work tree says, where no workflow says more."""
    if environ.get("GITHUB_REPOSITORY") or environ.get("GITHUB_SHA"):
        return None
    from urllib.parse import urlsplit

    from ghcr_action.adapters import git

    server = urlsplit(environ.get("GITHUB_SERVER_URL", "")).hostname
    host = server or environ.get("GH_HOST") or "github.com"
    workspace = Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
    nothing = replace(Event.decode(environ, _payload(environ)), is_local=True)
    return git.event(workspace, environ, host=host) or nothing


def _read_first(asked: "Request") -> Mapping[str, str]:
    """The inputs of the first look: a copy of all tags looks at the repository before it copies."""
    if not asked.all_tags:
        return asked.inputs
    from ghcr_action.settings.reads import inputs_of

    read = inputs_of("inspect")
    kept = {name: text for name, text in asked.inputs.items() if name in read}
    return {**kept, "mode": "inspect"}


def _command_of(asked: "Request") -> Callable[[Any, Ports], object] | None:
    """What a command of the command line does with settings and ports; None for a mode."""
    if asked.verb not in ("copy", "tags", "digest", "diff", "untag"):
        return None
    from ghcr_action.cli import lookups, names

    if asked.verb == "copy":
        return partial(names.copy_all, inputs=asked.inputs) if asked.all_tags else None
    known: Mapping[str, Callable[[Any, Ports], object]] = {
        "tags": lookups.tags,
        "digest": lookups.digest,
        "diff": lookups.diff,
        "untag": names.untag,
    }
    return known[asked.verb]


def post() -> NoReturn:
    """After the job: whatever a killed step left behind is removed."""
    _log_to(sys.stdout, workflow.CommandFormatter(), verbose=False)
    if commands := os.environ.get(f"STATE_{_CLEANUP_STATE}"):
        from ghcr_action.adapters import engine
        from ghcr_action.steps import leftovers

        leftovers.remove(commands, engine.DockerEngine(os.environ))
    if workspaces.remove_private(os.environ.get(f"STATE_{_PRIVATE_STATE}", "")):
        log.info("Removed the logins and temporary files of a run that did not end by itself.")
    sys.exit(0)


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
    from ghcr_action.adapters.discreet import DiscreetRunner

    watched = Stoppable(progress or Logged(clocks.SystemClock()))
    _stop_at_signals(watched)
    parsed = None
    hide = Redaction()
    runner = DiscreetRunner(runner, hide)
    _log_through(hide)
    try:
        _know(given, environ, hide, runner)
        parsed, remarks = parse.settings(
            given, environ, event or Event.decode(environ, _payload(environ))
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
    before the first line is printed."""
    for name in inputs.SECRETS:
        runner.mask(Secret(given.get(name, "")))
    for text in given.values():
        for secret in redaction.found(text):
            runner.mask(secret)
    hide.learn(*redaction.of_environment(environ))


def _log_through(hide: Redaction) -> None:
    """No record of this run passes the log by another way."""
    for handler in logging.getLogger("ghcr_action").handlers:
        others = [each for each in handler.filters if not isinstance(each, Hiding)]
        handler.filters = [*others, Hiding(hide)]


def _logged_in(parsed: Settings, environ: Mapping[str, str]) -> Settings:
    """With the logins of whoever sits at this machine behind those that were given; a job says
    itself what it logs in with, by inputs or by the DOCKER_CONFIG of an earlier step."""
    is_job = environ.get("GITHUB_ACTIONS") and not environ.get("DOCKER_CONFIG")
    if is_job or _mode(parsed) == "metadata":
        return parsed
    from ghcr_action.adapters import docker_config

    known = {**docker_config.logins(environ), **parsed.common.credentials}
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
    if not environ.get("GITHUB_ACTIONS") and workspaces.remove_stale(places.shared):
        log.info("Removed the logins and temporary files of a run that was killed.")
    try:
        runner.save(_PRIVATE_STATE, str(places.private))
        do(parsed, _ports(parsed.common, environ, runner, places, progress, hide=hide))
    finally:
        workspaces.remove_private(str(places.private))


def _run_mode(parsed: Settings, ports: Ports) -> None:
    """A mode and its settings are modules of the same name; no other mode is imported."""
    importlib.import_module(f"ghcr_action.modes.{_mode(parsed)}").run(parsed, ports)


def _mode(parsed: Settings) -> str:
    return type(parsed).__module__.rpartition(".")[2]


def _ports(
    common: Common,
    environ: Mapping[str, str],
    runner: Runner,
    places: Places,
    progress: Progress,
    *,
    hide: Redaction,
) -> Ports:
    """The real adapters; those that are costly to import or to set up wait until a mode uses
    them."""
    clock = clocks.SystemClock()
    root = Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
    return Ports(
        engine=_later(lambda: _engine(common, environ, root, places)),
        registry=_later(lambda: _registry(common, common.credentials, progress, environ, runner)),
        anonymous=_later(lambda: _registry(common, {}, progress, environ, runner)),
        github=_later(lambda: _github(common, hide)),
        sigstore=_later(lambda: _sigstore(environ, runner)),
        trust_roots=_later(lambda: _trust_roots(common, places)),
        attestations=_later(lambda: _attestations(common)),
        git=_later(lambda: _git(root, environ)),
        runner=runner,
        clock=clock,
        progress=progress,
        workspace=workspaces.LocalWorkspace(root, places, progress, hide),
        environ=environ,
    )


def _later(make: Callable[[], Port]) -> Port:
    """The adapter, made when it is first used. For the type checker it is what its factory gives,
    so that an adapter that does not fit its port is an error there."""
    return cast("Port", _Later(make))


class _Later:
    """An adapter that is made when it is first used; once, also where several threads begin with
    it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = cache(make)
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            made = self._make()
        return getattr(made, name)


def _engine(common: Common, environ: Mapping[str, str], root: Path, places: Places) -> Engine:
    """The engine, logged in by a configuration directory of its own."""
    from ghcr_action.adapters import docker_config, engine

    config = docker_config.write_private(places.private, environ, common.credentials)
    if not common.logout:
        docker_config.write_home(environ, common.credentials)
    return engine.DockerEngine(environ, directory=root, config=config)


def _git(root: Path, environ: Mapping[str, str]) -> Git:
    from ghcr_action.adapters import git

    return git.work_tree(root, environ)


def _registry(
    common: Common,
    credentials: Mapping[str, Credential],
    progress: Progress,
    environ: Mapping[str, str],
    runner: Runner,
) -> Registry:
    from ghcr_action.adapters.registry.client import HttpRegistry
    from ghcr_action.values.patience import Patience

    is_watched = not environ.get("GITHUB_ACTIONS")  # somebody waits: a wrong name is told soon
    policy = Patience(retries=common.retries, unreached=1 if is_watched else None)
    agent = f"ghcr-action/{__version__}"
    return HttpRegistry(
        credentials,
        clock=clocks.SystemClock(),
        user_agent=agent,
        progress=progress,
        retry=policy,
        learn=runner.mask,
    )


def _github(common: Common, hide: Redaction) -> GitHub:
    from ghcr_action.adapters import github

    return github.PyGitHub(
        common.event.api_url,
        common.token,
        common.event.repository,
        owner_type=common.event.owner_type,
        hide=hide,
    )


def _exchange() -> "Exchange":
    from ghcr_action.adapters.exchange import Exchange

    return Exchange(clocks.SystemClock(), user_agent=f"ghcr-action/{__version__}")


def _sigstore(environ: Mapping[str, str], runner: Runner) -> Sigstore:
    from ghcr_action.adapters import sigstore

    return sigstore.HttpSigstore(environ, _exchange(), runner.mask)


def _trust_roots(common: Common, places: Places) -> TrustRoots:
    """Whom to trust; what TUF has verified is kept for this run alone."""
    from ghcr_action.adapters import trust_roots

    tenant = common.event.server_host.removesuffix(".ghe.com")
    return trust_roots.TufRoots(
        _exchange(),
        places.private / "trust",
        tenant=tenant if tenant != common.event.server_host else "",
    )


def _attestations(common: Common) -> AttestationStore:
    from ghcr_action.adapters.github_attestations import GitHubAttestations
    from ghcr_action.adapters.github_requests import GitHubRequests

    requests = GitHubRequests(common.event.api_url, common.token)
    return GitHubAttestations(requests, _exchange(), common.event.repository)


def _payload(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The event's payload; outside a workflow there is none. Raises Unavailable where it is
    broken."""
    path = Path(environ.get("GITHUB_EVENT_PATH", ""))
    if environ.get("GITHUB_ACTIONS") and path.name and not path.is_file():
        raise _blind(path)
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as cause:
        raise _broken_event(path, "it is no JSON") from cause
    if not isinstance(found, dict):
        raise _broken_event(path, "it is no JSON object")
    return found


def _blind(path: Path) -> SettingsError:
    """The runner has mounted directories that the engine's machine does not have."""
    return SettingsError(
        f"The files of this job are not here: {path} does not exist",
        why=(
            "the runner itself runs in a container, and its work directory is not at the same path "
            "on the engine's machine; nobody would read this step's outputs either"
        ),
        fix="Start the runner with its work directory mounted: -v /runner/_work:/runner/_work",
        docs="https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners",
    )


def _broken_event(path: Path, why: str) -> ActionError:
    return Unavailable(
        f"The event's file {path} can't be read",
        why=why,
        fix="The runner writes it before the job: look for a step that has changed it, then run "
        "the job again.",
        code="EVENT-FILE",
    )


def _told(error: ActionError, parsed: Settings) -> ActionError:
    """The error with the cause that the catalogue knows."""
    from ghcr_action.steps import cause

    return cause.told(error, parsed.common, parsed.secrets)


def _report(error: ActionError, runner: Runner, log_url: str) -> None:
    from ghcr_action.report import failed
    from ghcr_action.report.words import summary

    title = error.what.partition("\n")[0][:100]
    log.error(str(error), extra={"title": title, "error": error})
    with contextlib.suppress(ActionError):  # what can't be written was just told
        for name, value in failed.outputs(error):
            runner.output(name, value)
        runner.summary(summary.failure(failed.view(error, log_url=log_url)))


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


def _log_to(stream: "TextIO | Screen", formatter: logging.Formatter, *, verbose: bool) -> None:
    """Our own messages only: what libraries say of their retries is not for the user."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    ours = logging.getLogger("ghcr_action")
    ours.handlers[:] = [handler]
    ours.propagate = False
    ours.setLevel(logging.DEBUG if verbose else logging.INFO)
    logging.addLevelName(NOTICE, "NOTICE")


def _leave(code: int) -> NoReturn:
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
            raise _CancelledError

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, cancel)
