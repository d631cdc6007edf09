"""Secrets of a build: reading the items, and the token for a private Git context. Values never
enter an argument or a message."""

from collections.abc import Container, Iterable

from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Context
from ghcr_action.errors import SettingsError
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

GIT_AUTH_TOKEN = "GIT_AUTH_TOKEN"
"""BuildKit's name for a Git token, alone or with ``.HOST``;
https://docs.docker.com/build/building/secrets/#git-authentication-for-remote-contexts."""


def values(items: Iterable[str], *, are_withheld: bool = False) -> tuple[tuple[str, Secret], ...]:
    """Id and value of each item of ``secrets``, ``id=value``.

    Raises one SettingsError for all that lack an id, ``=`` or a value: a secret that is silently
    dropped fails the build later, and puzzles. Where GitHub withholds secrets, those without a
    value are left out. An item without ``=`` is not shown, since it may be the second line of a
    key.
    """
    kept = (item for item in items if not (are_withheld and _is_empty(item)))
    return tuple(
        (name, Secret(value))
        for name, value in _pairs(
            kept, "secrets", 'id=value, or "id=line 1⏎line 2" in double quotes'
        )
    )


def environment(items: Iterable[str], environ: Container[str]) -> tuple[tuple[str, str], ...]:
    """Id and variable of each item of ``secret-envs``, ``id=NAME``.

    Raises SettingsError as ``values`` does, and for a variable that the step does not have: the
    engine would pass over it. One that is empty is there, as where GitHub withholds secrets. The
    variable is not shown, since it may be a secret in the wrong place.
    """
    pairs = _pairs(items, "secret-envs", "id=NAME_OF_THE_VARIABLE")
    if missing := [repr(name) for name, variable in pairs if variable.strip() not in environ]:
        raise SettingsError(
            f"`secret-envs`: no variable of the step for {', '.join(missing)}",
            why=(
                "behind '=' stands the name of a variable of the step; a value itself "
                "belongs into `secrets`"
            ),
            fix="env:\n  NAME_OF_THE_VARIABLE: ${{ secrets.NAME }}",
        )
    return pairs


def files(items: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Id and path of each item of ``secret-files``, ``id=path``. Raises SettingsError as ``values``
    does."""
    return _pairs(items, "secret-files", "id=path")


def git_token(request: BuildRequest, context: Context, event: Event) -> tuple[str, Secret] | None:
    """Id and token for fetching this repository as a context; None where it is not needed or the
    user brings one."""
    name = f"{GIT_AUTH_TOKEN}.{event.server_host}"
    given = {item[0] for item in (*request.secrets, *request.secret_envs, *request.secret_files)}
    if not request.github_token or not context.is_own_repository or given & {GIT_AUTH_TOKEN, name}:
        return None
    return name, request.github_token


def _is_empty(item: str) -> bool:
    name, equals, value = item.partition("=")
    return bool(name.strip() and equals and not value.strip())


def _pairs(items: Iterable[str], source: str, form: str) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    problems: list[str] = []
    for position, item in enumerate(items, 1):
        name, equals, value = item.partition("=")
        name = name.strip()
        if not equals:
            problems.append(f"item {position} of `{source}` has no '='")
        elif not name:
            problems.append(f"item {position} of `{source}` has no id before '='")
        elif not value.strip():
            problems.append(f"`{source}`: {name!r} has no value")
        else:
            pairs.append((name, value))
    if problems:
        raise SettingsError(
            "; ".join(problems),
            why=(
                "A secret or variable of the workflow that is not set is empty; the "
                "lines of a value without double quotes are items"
            ),
            fix=f"Write {form}",
        )
    return tuple(pairs)
