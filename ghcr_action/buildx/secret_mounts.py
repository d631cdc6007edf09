"""Secrets of a build: reading the items, and the token for a private Git context.

Values never enter an argument or a message.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.git_login import GIT_AUTH_HEADER
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

T = TypeVar("T")
_ID = r"(?a)\w[\w./@:-]*"
_BASE64 = r"[A-Za-z0-9+/]+"
_VARIABLE = r"[A-Z_][A-Z0-9_]*"
_BEHIND = "\"', \t\r\n"
_ONE_PADDED = 3
"""Characters of the last four of a base64 text that ends in one ``=``."""
GIT_AUTH_TOKEN = "GIT_AUTH_TOKEN"
"""BuildKit's name for a Git token, alone or with ``.HOST``;
https://docs.docker.com/build/building/secrets/#git-authentication-for-remote-contexts."""


@dataclass(frozen=True, kw_only=True)
class Mounts(Generic[T]):
    """The secrets of one input, by id, and a sentence for each item that is none."""

    pairs: tuple[tuple[str, T], ...] = ()
    warnings: tuple[str, ...] = ()


def values(items: Iterable[str], *, are_withheld: bool = False) -> Mounts[Secret]:
    """Id and value of each item of ``secrets``, ``id=value``.

    What lacks an id, ``=`` or a value is left out with a warning, as build-push-action does it;
    without one where GitHub withholds secrets and there is no value. Nothing is shown that may be a
    line of a secret: of a value over several lines without quotes, each line is an item.
    """
    kept = (item for item in items if not (are_withheld and _is_empty(item)))
    found = _mounts(kept, "secrets", 'id=value, or "id=line 1⏎line 2" in double quotes')
    return Mounts(
        pairs=tuple((name, Secret(value)) for name, value in found.pairs), warnings=found.warnings
    )


def environment(items: Iterable[str], environ: Container[str]) -> Mounts[str]:
    """Id and variable of each item of ``secret-envs``, ``id=NAME``.

    An item is left out with a warning as in ``values``, and where the step has no such variable. An
    empty variable counts as one: GitHub withholds secrets so. The name of the variable is not
    shown, since it may be a secret in the wrong place.
    """
    found = _mounts(items, "secret-envs", "id=NAME_OF_THE_VARIABLE")
    missing = [pair for pair in found.pairs if pair[1].strip() not in environ]
    told = tuple(
        f"`secret-envs`: {repr(name) if _is_variable(variable) else 'an item'} is "
        "left out: the step has no variable of the name behind '='; set it in `env`, or write a "
        "value itself into `secrets`"
        for name, variable in missing
    )
    return Mounts(
        pairs=tuple(pair for pair in found.pairs if pair not in missing),
        warnings=(*found.warnings, *told),
    )


def files(items: Iterable[str]) -> Mounts[str]:
    """Id and path of each item of ``secret-files``, ``id=path``; left out as in ``values``."""
    return _mounts(items, "secret-files", "id=path")


def git_logins(
    request: BuildRequest, context: Context, event: Event
) -> tuple[tuple[str, Secret], ...]:
    """Id and value of what opens the Git contexts: the logins of their addresses, and the token for
    this repository. The user's own secrets for a host come before both."""
    given = {item[0] for item in (*request.secrets, *request.secret_envs, *request.secret_files)}
    logins = tuple(
        login.secret
        for login in context.logins
        if not given & {f"{name}.{login.host}" for name in (GIT_AUTH_TOKEN, GIT_AUTH_HEADER)}
    )
    host = urlsplit(event.server_url).netloc
    name = f"{GIT_AUTH_TOKEN}.{host}"
    known = given | {f"{GIT_AUTH_TOKEN}.{login.host}" for login in context.logins}
    if not request.github_token or not context.is_own_repository or known & {GIT_AUTH_TOKEN, name}:
        return logins
    return (*logins, (name, request.github_token))


def _is_empty(item: str) -> bool:
    name, equals, value = item.partition("=")
    return bool(name.strip() and equals and not value.strip())


def _mounts(items: Iterable[str], source: str, form: str) -> Mounts[str]:
    pairs: list[tuple[str, str]] = []
    warnings: list[str] = []
    for position, item in enumerate(items, 1):
        name, equals, value = item.partition("=")
        name, is_line = name.strip(), _may_be_a_line(item)
        if problem := _problem(name, equals, value, is_line=is_line):
            shown = f"item {position}" if is_line or not name else repr(name)
            warnings.append(f"`{source}`: {shown} is left out: it {problem}; write {form}")
        else:
            pairs.append((name, value))
    return Mounts(pairs=tuple(pairs), warnings=tuple(warnings))


def _problem(name: str, equals: str, value: str, *, is_line: bool) -> str:
    """What keeps an item from being a secret, as the end of a sentence; empty where it is one."""
    if not equals:
        return "has no '='"
    if not name:
        return "has no id before '='"
    if not value.strip():
        return "has no value (is it set in the workflow?)"
    return "looks like a line of another value" if is_line else ""


def _may_be_a_line(item: str) -> bool:
    """Whether an item may be the second line of a value, so that not even its id is shown: without
    ``=``, with what no id has before it, or with nothing but the padding of base64 behind it,
    where a quote may follow."""
    name, equals, value = item.partition("=")
    if not equals or not re.fullmatch(_ID, name.strip()):
        return True
    rest = value.strip(_BEHIND)
    is_padded = len(name) % 4 == _ONE_PADDED and len(name) > _ONE_PADDED
    return rest == "=" or (not rest and is_padded and bool(re.fullmatch(_BASE64, name)))


def _is_variable(text: str) -> bool:
    return re.fullmatch(_VARIABLE, text.strip()) is not None
