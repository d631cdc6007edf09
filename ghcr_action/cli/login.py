"""``ghcr-action login``: a login for a registry, asked for, tried, and kept where docker keeps
it."""

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence

from ghcr_action.adapters import docker_config
from ghcr_action.errors import SettingsError
from ghcr_action.logins.credential import Credential
from ghcr_action.values.secret import Secret

REGISTRY = "ghcr.io"


def run(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    check: Callable[[str, Credential], None],
) -> None:
    """Ask for what is missing, try it, keep it. Raises ActionError where the registry refuses
    it."""
    parser = argparse.ArgumentParser(
        prog="ghcr-action login",
        description="Keep a login for a registry where docker keeps it; it is tried first.",
        epilog="example: gh auth token | ghcr-action login --username octocat --password-stdin",
        allow_abbrev=False,
    )
    parser.add_argument("registry", nargs="?", default=REGISTRY, metavar="REGISTRY")
    parser.add_argument("-u", "--username", help="who; asked for otherwise")
    parser.add_argument("--password-stdin", action="store_true", help="read it, ask nobody")
    given = parser.parse_args(arguments)
    credential = _credential(given.username, from_input=given.password_stdin)
    check(given.registry, credential)
    docker_config.keep(environ, given.registry, credential)
    sys.stderr.write(f"{credential.username} is logged in to {given.registry}.\n")


def _credential(username: str | None, *, from_input: bool) -> Credential:
    if not from_input and not sys.stdin.isatty():
        raise SettingsError(
            "There is nobody to ask for a password",
            why="standard input is no terminal",
            fix="Add --password-stdin, and give it there.",
        )
    if from_input and not username:
        raise SettingsError("Whose password is this?", fix="Add --username.")
    name = username or input("Username: ")
    text = sys.stdin.read() if from_input else getpass.getpass("Password or token: ")
    password = text.rstrip("\r\n")
    if not name or not password:
        raise SettingsError("The user name or the password is empty")
    return Credential(username=name, password=Secret(password))
