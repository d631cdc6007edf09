"""The command line from its arguments to its exit status."""

from __future__ import annotations

import logging
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ghcr_action import __version__
from ghcr_action.cli import arguments as commandline
from ghcr_action.cli import screen
from ghcr_action.cli.verbs import VERBS
from ghcr_action.errors import ActionError, SettingsError
from ghcr_action.log import NOTICE, OURS, send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ghcr_action.cli.arguments import Request
    from ghcr_action.logins.credential import Credential
    from ghcr_action.ports import Ports
    from ghcr_action.values.event import Event

log = logging.getLogger(__name__)


def command(arguments: list[str], environ: Mapping[str, str]) -> NoReturn:
    """What was typed, done; what is wrong with it is told before anything of a run is loaded."""
    screen.keep_open()
    shown = screen.Screen(sys.stderr)
    has_colours = shown.isatty() and screen.may_colour(environ)
    send(shown, screen.LineFormatter(has_colours=has_colours))
    if arguments[:1] == ["login"]:
        sys.exit(_login(arguments[1:], environ))
    with screen.outlet(sys.stdout, 0):
        asked = commandline.parse(arguments)
    if error := _nowhere():
        log.error(str(error), extra={"error": error})
        sys.exit(error.exit_code)
    _run(asked, environ, shown, has_colours=has_colours)


def _run(
    asked: Request, environ: Mapping[str, str], shown: screen.Screen, *, has_colours: bool
) -> NoReturn:
    """A run for a person who looks at a terminal."""
    from ghcr_action import main
    from ghcr_action.adapters.clock import SystemClock
    from ghcr_action.cli import bars
    from ghcr_action.cli.terminal import Terminal

    clock, verb = SystemClock(), VERBS[asked.verb]
    progress = bars.watch(shown, clock, environ, is_wanted=asked.shows_progress)
    is_quiet = verb.is_quiet or asked.all_tags
    terminal = Terminal(
        clock,
        progress=shown,
        as_json=asked.as_json,
        may_colour=has_colours,
        result=verb.result,
        wanted=asked.wanted,
        is_quiet=is_quiet,
    )
    if is_quiet:
        logging.getLogger(OURS).setLevel(NOTICE)
    try:
        code = main.run(
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
    main.leave(code)


def _login(arguments: list[str], environ: Mapping[str, str]) -> int:
    """``login``, which has no image and no settings."""
    from ghcr_action.adapters.clock import SystemClock
    from ghcr_action.adapters.registry.client import HttpRegistry
    from ghcr_action.cli import login
    from ghcr_action.main import CANCELLED_EXIT
    from ghcr_action.values.patience import Patience

    def check(registry: str, credential: Credential) -> None:
        agent = f"ghcr-action/{__version__}"
        known = {registry: credential}
        HttpRegistry(
            known, clock=SystemClock(), user_agent=agent, retry=Patience(retries=0)
        ).check_login(registry)

    try:
        login.run(arguments, environ, check)
    except ActionError as error:
        log.error(str(error), extra={"error": error})
        return error.exit_code
    except KeyboardInterrupt:
        return CANCELLED_EXIT
    return 0


def _nowhere() -> ActionError | None:
    """The error where the shell stands in a directory that somebody has removed."""
    try:
        Path.cwd()
    except OSError as cause:
        return SettingsError(
            "The current directory can't be read",
            why=f"{cause.strerror}",
            fix="Change to a directory that is there: cd",
        )
    return None


def _checked_out(environ: Mapping[str, str]) -> Event | None:
    """What the work tree says, where no workflow says more."""
    if environ.get("GITHUB_REPOSITORY") or environ.get("GITHUB_SHA"):
        return None
    from urllib.parse import urlsplit

    from ghcr_action.adapters import event_file, git
    from ghcr_action.values.event import Event

    server = urlsplit(environ.get("GITHUB_SERVER_URL", "")).hostname
    host = server or environ.get("GH_HOST") or "github.com"
    workspace = Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
    nothing = replace(Event.decode(environ, event_file.payload(environ)), is_local=True)
    return git.event(workspace, environ, host=host) or nothing


def _read_first(asked: Request) -> Mapping[str, str]:
    """The inputs of the first look: a copy of all tags looks at the repository before it copies."""
    if not asked.all_tags:
        return asked.inputs
    from ghcr_action.settings.reads import inputs_of

    read = inputs_of("inspect")
    kept = {name: text for name, text in asked.inputs.items() if name in read}
    return {**kept, "mode": "inspect"}


def _command_of(asked: Request) -> Callable[[Any, Ports], object] | None:
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
