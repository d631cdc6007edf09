"""The environment in which a definition is read.

Its expressions may read any variable, so none of ours and no secret is among them.

A withheld variable has a mark in its place: where the print holds the mark, the definition reads
that variable, and is refused before anything is built; where a function has changed the mark beyond
recognition, no more than the mark has got out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ghcr_action.buildx import git_login
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import PolicyRefused

_OURS = re.compile(r"INPUT_|STATE_|ACTIONS_|BUILDER_NODE_\d+_AUTH_", re.IGNORECASE)
_SECRET = re.compile(
    r"(?:\A|[_-])(?:TOKENS?|PAT|PASSWORDS?|PASSWD|PASSPHRASE|SECRETS?|CREDENTIALS?|(?:PRIVATE|API|ACCESS|SECRET|SIGNING)_?KEY(?:_ID)?)(?:\Z|[_-])",
    re.IGNORECASE,
)
_HEADER = "BUILDX_BAKE_GIT_AUTH_HEADER"
_LOGINS = frozenset({"DOCKER_AUTH_CONFIG", "BUILDX_BAKE_GIT_AUTH_TOKEN", _HEADER})
_UNSET = frozenset({"DOCKER_AUTH_CONFIG"})
"""What docker itself would read, so that no mark can stand there."""
_FETCHES = frozenset({"BUILDX_BAKE_GIT_AUTH_TOKEN", _HEADER, "BUILDX_BAKE_GIT_SSH"})
"""Logins for fetching a remote definition: buildx reads them from the environment alone."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
LEAST = 6
"""Characters of a secret below which nothing is looked for: ``1`` is in every text."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Variables for reading a definition, and what stands in for those that are withheld."""

    variables: Mapping[str, str] = field(hash=False)
    """Of the withheld ones the marks."""
    marks: tuple[tuple[str, str], ...] = ()
    """Name of a withheld variable and its mark."""


def is_ours(name: str) -> bool:
    """Whether a variable belongs to the action or the runner: never for a definition."""
    return bool(_OURS.match(name))


def is_withheld(name: str, value: str, secrets: Iterable[str]) -> bool:
    """Whether a variable is kept from expressions: ours, named like a secret, or holding one that
    is known."""
    if is_ours(name) or name in _LOGINS or _SECRET.search(name):
        return True
    return any(secret in value for secret in secrets if len(secret) >= LEAST)


def cleaned(
    environ: Mapping[str, str],
    *,
    secrets: Iterable[str] = (),
    given: Iterable[tuple[str, str]] = (),
    mark: str,
    is_remote: bool = False,
) -> Environment:
    """The environment for reading a definition.

    ``given`` are the items of ``vars``, which say what a definition is to read, whatever they are
    called; ``mark`` nobody can guess. An empty variable needs no mark. With ``is_remote`` the
    logins that the user gives for fetching it stay.
    """
    known, chosen = tuple(secrets), dict(given)
    kept: dict[str, str] = {}
    marks: list[tuple[str, str]] = []
    for name, value in environ.items():
        if (
            name in chosen
            or not is_withheld(name, value, known)
            or (is_remote and name in _FETCHES)
        ):
            kept[name] = value
        elif value and name not in _UNSET:
            marks.append((name, f"{mark}-{len(marks)}-"))
            kept[name] = marks[-1][1]
    return Environment(variables=kept | chosen, marks=tuple(marks))


def refuse(
    printed: str, environment: Environment, fetched_with: Iterable[tuple[str, str]] = ()
) -> None:
    """Raise PolicyRefused where a printed definition holds what was withheld, or a login it was
    fetched with."""
    lowered = printed.casefold()
    read = [name for name, mark in environment.marks if mark.casefold() in lowered]
    read += [
        name for name, value in fetched_with if len(value) >= LEAST and value.casefold() in lowered
    ]
    if read:
        names = ", ".join(read)
        raise PolicyRefused(
            f"The definition reads {names}, which may be a secret: nothing was built",
            why="what an expression reads ends in build arguments, labels or names, and so in the "
            "image and its history",
            fix="Mount a secret in the build in place of it:\n"
            f'  secret = ["type=env,id={_id(read[0])},env={read[0]}"]\n'
            f"If it is none, hand it over by name:\nvars: {read[0]}=value",
            code="BAKE-SECRET",
        )


def with_login(environ: Mapping[str, str], logins: Iterable[GitLogin]) -> Mapping[str, str]:
    """The environment with the login that stood in a remote definition's address: buildx takes it
    from there alone. The user's own variable comes before it."""
    header = next((login.header.reveal() for login in logins), "")
    if not header or environ.get(_HEADER):
        return environ
    return {**environ, _HEADER: header}


def fetch_logins(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The logins that the user gives for fetching a remote definition, and what is in them."""
    return tuple(
        (name, part)
        for name in sorted(_FETCHES & _LOGINS)
        for part in git_login.parts(environ.get(name, ""))
    )


def is_name(text: str) -> bool:
    """Whether a variable of a definition can be called so."""
    return bool(_NAME.fullmatch(text))


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
