"""Which build context: the work tree, the commit on GitHub, or what the user named."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ghcr_action.buildx import git_login, versions
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.values.event import Event

WORK_TREE = "."
_PULL = "refs/pull/"
_EXPRESSION = r"\{\{[{&]?(?P<name>[^{}]*)\}?\}\}(?P<subdirectory>:[^{}]*)?"


@dataclass(frozen=True, kw_only=True)
class Switches:
    """The environment switches of build-push-action."""

    pull_request_head: bool = False
    """``DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF``: build the head of a pull request, not its
    merge."""
    query: bool = False
    """``BUILDX_SEND_GIT_QUERY_AS_INPUT``: ``?ref=…`` in place of ``#…``."""
    no_default_attestations: bool = False
    """``BUILDX_NO_DEFAULT_ATTESTATIONS``: no provenance that nobody asked for; buildx reads it
    too."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """From the variables. Raises SettingsError that names the one that is none."""
        return cls(
            pull_request_head=switch(environ, "DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF"),
            query=switch(environ, "BUILDX_SEND_GIT_QUERY_AS_INPUT"),
            no_default_attestations=switch(environ, "BUILDX_NO_DEFAULT_ATTESTATIONS"),
        )


@dataclass(frozen=True, kw_only=True)
class Context:
    """The build context and its named companions, every expression replaced."""

    value: str
    is_git: bool
    why: str
    """The end of a log line: "context . : the work tree is checked out"."""
    named: tuple[str, ...] = ()
    """``name=path-or-URL``, for ``--build-context``."""
    is_own_repository: bool = False
    """Whether a context is fetched from the workflow's repository, so that a token may be
    needed."""
    logins: tuple[GitLogin, ...] = ()
    """The logins that stood in Git addresses, and stand there no longer."""


def choose(
    given: str,
    event: Event,
    *,
    has_checkout: bool,
    buildx: versions.Version,
    build_contexts: Iterable[str] = (),
    switches: Switches = Switches(),
) -> Context:
    """The context of a build. Without ``given``: the work tree if one is checked out, else the
    commit on GitHub.

    Raises SettingsError for an expression other than ``{{defaultContext}}``.
    """
    as_query = switches.query and versions.knows(buildx, versions.GIT_QUERY)
    remote = git_url(event, switches, as_query=as_query)
    value, why = (
        (_expand(given, remote, as_query, "context"), "as the input says")
        if given
        else _default(event, remote, has_checkout=has_checkout)
    )
    items = (_expand(item, remote, as_query, "build-contexts") for item in build_contexts)
    parted = [item.partition("=") for item in items]
    (place, *others), logins = without_logins([value, *(where for _, _, where in parted)])
    return Context(
        value=place,
        is_git=is_git(place),
        why=why,
        named=tuple(
            f"{name}{equals}{where}"
            for (name, equals, _), where in zip(parted, others, strict=True)
        ),
        is_own_repository=bool(event.repository)
        and any(location.startswith(remote) for location in (place, *others)),
        logins=logins,
    )


def git_url(event: Event, switches: Switches = Switches(), *, as_query: bool = False) -> str:
    """The Git context of the event, pinned to its commit; to its ref where no commit is known.

    ``URL#commit``, or as query ``URL?ref=commit``: a branch may have moved meanwhile, and its
    checksum would be another. Source:
    https://docs.docker.com/build/concepts/context/#url-queries.
    """
    ref, commit = _revision(event, switches)
    base = f"{event.server_url}/{event.repository}.git"
    return f"{base}?ref={commit or ref}" if as_query else f"{base}#{commit or ref}"


def is_git(value: str) -> bool:
    """Whether the engine will clone this context.

    Source: https://docs.docker.com/build/concepts/context/#git-repositories: Git and SSH addresses,
    ``github.com/…``, and HTTP addresses whose path ends in ``.git``.
    """
    if value.startswith(("git://", "ssh://", "git@", "github.com/")):
        return True
    if not value.startswith(("http://", "https://")):
        return False
    try:
        return urlsplit(value).path.endswith(".git")
    except ValueError:  # no address: the engine will say so
        return False


def without_logins(places: Sequence[str]) -> tuple[list[str], tuple[GitLogin, ...]]:
    """Contexts without the logins in them, and the logins.

    What the engine does not clone keeps its own, since there is no other way for it; so do
    addresses of one host with different logins.
    """
    found = [git_login.split(place) if is_git(place) else (place, None) for place in places]
    taken = git_login.unambiguous(login for _, login in found)
    bare = [
        each if login in taken else place
        for place, (each, login) in zip(places, found, strict=True)
    ]
    return bare, taken


def _default(event: Event, remote: str, *, has_checkout: bool) -> tuple[str, str]:
    if has_checkout:
        return WORK_TREE, "the work tree is checked out"
    if not event.repository:
        return WORK_TREE, "no repository is known to fetch from"
    return (
        remote,
        (
            "nothing is checked out, so the engine fetches the commit; add actions/checkout "
            "to build the work tree"
        ),
    )


def _revision(event: Event, switches: Switches) -> tuple[str, str]:
    """The full ref, and the commit or an empty text."""
    ref = event.ref if event.ref.startswith("refs/") else f"refs/heads/{event.ref}"
    if switches.pull_request_head and ref.startswith(_PULL):
        head = event.pull_request.head_sha if event.pull_request else ""
        return re.sub("/merge$", "/head", ref), head
    return ref, event.sha


def _expand(text: str, remote: str, as_query: bool, source: str) -> str:
    def replace(found: re.Match[str]) -> str:
        name = found["name"].strip()
        if name != "defaultContext":
            raise SettingsError(
                f"`{source}`: {{{{{name}}}}} is not known",
                fix=(
                    "`{{defaultContext}}` is the only expression here, for example "
                    "`{{defaultContext}}:docker`"
                ),
            )
        subdirectory = found["subdirectory"] or ""
        return (
            f"{remote}&subdir={subdirectory[1:]}"
            if as_query and subdirectory[1:]
            else remote + subdirectory
        )

    return re.sub(_EXPRESSION, replace, text)


def switch(environ: Mapping[str, str], name: str, *, fallback: bool = False) -> bool:
    """A variable that is a boolean as Go reads them; ``fallback`` where it is empty. Raises
    SettingsError that names it."""
    text = environ.get(name, "").strip()
    try:
        return lists.go_boolean(text) if text else fallback
    except InvalidValue as cause:
        raise SettingsError(
            f"the variable {name} is {text!r}", why=str(cause), fix=f"Set {name} to true or false"
        ) from cause
