"""Where a definition comes from: a directory of the workspace, or an address; and which of its
files are read.

Source: https://docs.docker.com/build/bake/remote-definition/,
https://docs.docker.com/build/bake/reference/#file-format.
"""

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ghcr_action.buildx import options
from ghcr_action.buildx.bake import rights
from ghcr_action.buildx.bake.definition import LINK, Definition, Target
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import SettingsError

DEFAULTS = (
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
)
"""The files that are merged where none is named, in this order."""


@dataclass(frozen=True, kw_only=True)
class BakeSource:
    """Where bake works and what it reads."""

    directory: str = "."
    """Relative to the workspace: paths of the definition count from here."""
    remote: str = ""
    """The address of a remote definition; empty for a local one."""
    files: tuple[str, ...] = ()
    """As ``--file`` takes them."""


def files(source: BakeSource, is_file: Callable[[str], bool]) -> tuple[str, ...]:
    """The files that are read. Raises SettingsError where there is none, or one that is named is
    not there.

    ``is_file`` takes a path relative to the workspace. Of a remote definition nobody knows yet what
    is there.
    """
    if source.remote:
        return source.files
    if not source.files:
        found = tuple(name for name in DEFAULTS if is_file(posixpath.join(source.directory, name)))
        if not found:
            raise SettingsError(
                f"There is no definition in {_shown(source.directory)}",
                why=f"none of {', '.join(DEFAULTS)} is there; is the repository checked out?",
                fix="files: path/to/docker-bake.hcl",
            )
        return found
    for name in source.files:
        local = name.removeprefix(rights.CLIENT)
        if "://" not in local and not is_file(posixpath.join(source.directory, local)):
            raise SettingsError(
                f"`files`: there is no {local!r} in {_shown(source.directory)}",
                why="paths count from `source`, which is the workspace by default",
                fix="files: "
                f"{posixpath.join('path/to', posixpath.basename(local) or 'docker-bake.hcl')}",
            )
    return source.files


def absolute(definition: Definition, remote: str) -> Definition:
    """A remote definition as a local one: its paths inside the repository become addresses, those
    of this machine paths.

    buildx from 0.33 prints it so by itself; older ones print the bare path, which would be read
    here. Raises SettingsError where the address is no Git repository and a path points into it.
    """
    return replace(
        definition, targets=tuple(_absolute(target, remote) for target in definition.targets)
    )


def with_logins(definition: Definition, logins: Iterable[tuple[GitLogin, str]]) -> Definition:
    """With the login of a host, and the file it stands in, for each target that the engine fetches
    from there; a secret of the same name in the definition stays."""
    given = tuple(logins)
    return replace(
        definition, targets=tuple(_with_logins(target, given) for target in definition.targets)
    )


def _with_logins(target: Target, logins: tuple[tuple[GitLogin, str], ...]) -> Target:
    places = (target.context, *(place for _, place in target.contexts))
    own = {dict(secret).get("id") for secret in target.secrets}
    added = [
        options.write((("type", "file"), ("id", name), ("src", file)))
        for login, file in logins
        if (name := login.secret[0]) not in own and any(map(login.opens, places))
    ]
    if not added:
        return target
    secrets = [*(target.document.get("secret") or ()), *added]
    return replace(target, document={**target.document, "secret": secrets})


def _absolute(target: Target, remote: str) -> Target:
    context = _place(target.context, remote)
    contexts = tuple((name, _place(place, remote)) for name, place in target.contexts)
    document = {**target.document, "context": context}
    if contexts:
        document["contexts"] = dict(contexts)
    return replace(target, context=context, contexts=contexts, document=document)


def _place(place: str, remote: str) -> str:
    if place.startswith(rights.CLIENT):
        return rights.path_of(place)
    if place.startswith(LINK) or not rights.is_local(place):
        return place
    path = posixpath.normpath(place)
    if path == ".":
        return remote
    if path.startswith(("..", "/")):
        raise SettingsError(
            f"The definition reads {place!r}, outside of the repository it comes from",
            why=f"it was read from {remote}",
        )
    base, _, query = remote.partition("?")
    if query:
        return f"{remote}&subdir={path}"
    repository, _, fragment = base.partition("#")
    ref, _, below = fragment.partition(":")
    if not repository.endswith(".git") and not repository.startswith(
        ("git://", "ssh://", "git@", "github.com/")
    ):
        raise SettingsError(
            f"The definition reads {place!r} beside itself, and {remote} is no Git repository",
            fix="Put both into a Git repository: source: "
            "https://github.com/OWNER/REPOSITORY.git#REF",
        )
    return f"{repository}#{ref}:{posixpath.join(below, path)}"


def file_arguments(names: Iterable[str]) -> tuple[str, ...]:
    """``--file NAME`` for each."""
    return tuple(part for name in names for part in ("--file", name))


def _shown(directory: str) -> str:
    return "the workspace" if directory in ("", ".") else repr(directory)
