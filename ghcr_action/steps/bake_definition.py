"""Reading a bake definition: where it is, what buildx makes of it in an environment without
secrets, and whether it may do what it asks."""

import json
import logging
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ghcr_action.buildx import context as contexts
from ghcr_action.buildx import failure, options, versions
from ghcr_action.buildx.bake import calls, definition, definition_files, environment, rights
from ghcr_action.buildx.bake.calls import BakeRequest
from ghcr_action.buildx.bake.definition import Definition
from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.buildx.bake.environment import Environment
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import ActionError, NotFound, SettingsError
from ghcr_action.metadata import outputs
from ghcr_action.metadata.compute import Metadata
from ghcr_action.plans import bake_names
from ghcr_action.ports import Ports, Workspace
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.settings.mounts import Mounts
from ghcr_action.steps import secret_files, work_tree
from ghcr_action.values.engine import Printed
from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

_INHERITED = "docker-metadata-action-bake"
"""How the files of docker/metadata-action begin: whoever passes one has rules of his own."""
_NO_TARGET = (
    r"failed to find target (?P<name>\S+)|could not find any target matching '(?P<pattern>[^']*)'"
)
_ERROR = "ERROR: "
_UNFETCHED = r"#\d+ ERROR: (?P<why>.+)"
"""A step of reading a definition that failed: fetching is the only one that can."""
_SHOWN = 12
"""Lines of buildx that an error repeats."""
_PLACES = ("", "dest", "src")
"""Keys whose value is a path: a bare one is that of a directory."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A definition that may be built."""

    source: BakeSource
    context: Context
    files: tuple[str, ...]
    definition: Definition


def read(settings: BakeSettings, metadata: Metadata, ports: Ports) -> Read:
    """The definition, checked. Raises SettingsError where it can't be read, PolicyRefused where it
    asks for what it may not have."""
    source, context = _source(settings, ports)
    files = definition_files.files(source, ports.workspace.is_file)
    request = replace(settings.request, source=source)
    environ = environment.with_login(ports.environ, context.logins)
    variables = environment.cleaned(
        environ,
        secrets=(secret.reveal() for secret in settings.secrets),
        given=settings.request.variables,
        mark=f"withheld-{ports.workspace.scratch('').name}",
        is_remote=bool(source.remote),
    )
    inherited = _inherited(settings, files, metadata, ports, is_remote=bool(source.remote))
    arguments = calls.reading(request, (*files, *inherited))
    said = ports.engine.ask(arguments, variables.variables, directory=source.directory)
    if said.code:
        raise _explained(said, request, files, variables, ports)
    environment.refuse(
        said.output, variables, environment.fetch_logins(environ) if source.remote else ()
    )
    found = definition.parse(said.output)
    if not found.asked:
        raise SettingsError(
            "The definition has no target to build",
            why="its group `default` is empty",
            fix="targets: NAME",
        )
    found = definition_files.absolute(found, source.remote) if source.remote else found
    is_free = settings.files_anywhere and not source.remote
    rights.check(
        rights.asks(found),
        (*settings.request.allow, *(rights.ANYWHERE if is_free else ())),
        lambda path: ports.workspace.contains(posixpath.join(source.directory, path)),
        found,
    )
    _expect_there(found, source.directory, ports.workspace)
    _expect_kept(found, source.directory, Mounts.of(ports.environ))
    _hide(found, source.directory, ports)
    found = definition_files.with_logins(found, _kept(context, ports.workspace))
    return Read(source=source, context=context, files=files, definition=found)


def _kept(context: Context, workspace: Workspace) -> list[tuple[GitLogin, str]]:
    """The logins of the address, each with the private file that the engine reads it from."""
    return [
        (login, str(workspace.keep(f"git-login-{number}", login.header.reveal().encode())))
        for number, login in enumerate(context.logins, 1)
    ]


def _hide(found: Definition, directory: str, ports: Ports) -> None:
    """What the definition mounts as secrets, variables and files that it may read."""
    for target in found.targets:
        for name in rights.variables(target):
            ports.runner.mask(Secret(ports.environ.get(name, "")))
        files = rights.secret_files(target)
        secret_files.learn(((path, posixpath.join(directory, path)) for path in files), ports)


def _expect_there(found: Definition, directory: str, workspace: Workspace) -> None:
    """Raise SettingsError for a target whose context or Dockerfile is not there: the others would
    be built in vain. A remote one is the engine's to check."""
    for target in found.targets:
        context = posixpath.join(directory, rights.path_of(target.context))
        if not rights.is_local(target.context):
            continue
        if not workspace.is_directory(context):
            raise SettingsError(
                f"Target {target.name!r}: its context {target.context!r} is no directory",
                why="paths count from `source`, which is the workspace by default",
                fix=f'context = "path/to/{target.name}"',
            )
        if target.is_inline or not rights.is_local(target.dockerfile):
            continue
        named = posixpath.join(context, rights.path_of(target.dockerfile))
        if not any(map(workspace.is_file, (named, posixpath.join(context, "dockerfile")))):
            raise SettingsError(
                f"Target {target.name!r}: there is no {target.dockerfile!r} in {target.context!r}",
                why="a Dockerfile's path counts from the context",
                fix='dockerfile = "path/in/the/context"',
            )


def _expect_kept(found: Definition, directory: str, mounts: Mounts) -> None:
    """Raise SettingsError for an output or a local cache that would vanish with the container,
    whatever `allow` lets it write."""
    for target in found.targets:
        for name, listed in (
            ("output", target.outputs),
            ("cache-from", target.cache_from),
            ("cache-to", target.cache_to),
        ):
            items = (
                options.write(
                    (key, _below(directory, value) if key in _PLACES else value)
                    for key, value in pairs
                )
                for pairs in listed
            )
            mounts.check(name, items)


def _below(directory: str, path: str) -> str:
    return path if directory in ("", ".") else posixpath.join(directory, path)


def _source(settings: BakeSettings, ports: Ports) -> tuple[BakeSource, Context]:
    """Where the definition is: a directory of the workspace, or an address."""
    given = settings.request.source
    context = contexts.choose(
        settings.source,
        settings.common.event,
        has_checkout=work_tree.is_checked_out(ports.workspace) or _is_here(given, ports),
        buildx=ports.engine.describe().buildx if settings.switches.query else versions.UNKNOWN,
        switches=settings.switches,
    )
    if context.is_git or context.value.startswith(("http://", "https://")):
        log.info("Definition from %s: %s", context.value, context.why)
        return replace(given, remote=context.value), context
    if "://" in context.value:
        raise SettingsError(
            f"`source`: {context.value!r} is no address that a definition is fetched from",
            why="that is a directory of the workspace, or an address of Git or HTTPS",
            fix="source: https://github.com/OWNER/REPO.git#main",
        )
    if not ports.workspace.is_directory(context.value):
        raise NotFound(
            f"`source`: there is no directory {context.value!r}",
            why="it is looked for in the workspace",
            fix="source: .",
        )
    if not ports.workspace.contains(context.value):
        raise SettingsError(
            f"`source`: {context.value!r} is outside of the workspace", fix="source: ."
        )
    return replace(given, directory=context.value), context


def _is_here(given: BakeSource, ports: Ports) -> bool:
    """Whether the workspace has the definition, checked out or written by an earlier step."""
    names = given.files or definition_files.DEFAULTS
    return any(map(ports.workspace.is_file, names))


def _inherited(
    settings: BakeSettings,
    files: Iterable[str],
    metadata: Metadata,
    ports: Ports,
    *,
    is_remote: bool,
) -> tuple[str, ...]:
    """A file with the target that docker/metadata-action's users inherit from; none where they pass
    one of their own."""
    if any(_INHERITED in name for name in files):
        return ()
    written = {
        name: content
        for name, _, content in outputs.bake_files(metadata, settings.metadata.request)
    }
    path = str(ports.workspace.keep(f"{_INHERITED}.json", written["bake-file"]))
    return (f"cwd://{path}",) if is_remote else (path,)


def _explained(
    said: Printed,
    request: BakeRequest,
    files: tuple[str, ...],
    variables: Environment,
    ports: Ports,
) -> ActionError:
    """Buildx's words, with the place in the file as an annotation, and the name that is meant."""
    message = next(
        (line for line in reversed(said.errors) if line.startswith(_ERROR)), ""
    ) or "\n".join(said.errors[-_SHOWN:])
    message = message.removeprefix(_ERROR)
    if request.source.remote and any(re.match(_UNFETCHED, line) for line in said.errors):
        return _unfetched(request.source.remote, said)
    if unknown := re.search(_NO_TARGET, message):
        listed = ports.engine.ask(
            calls.listing(request, files), variables.variables, directory=request.source.directory
        )
        if pattern := unknown["pattern"]:
            return _no_match(pattern, *_listed(listed))
        return _no_target("targets", unknown["name"], *_listed(listed))
    found = failure.snippet(said.errors)
    if found.line:
        place = posixpath.normpath(posixpath.join(request.source.directory, found.file))
        log.error(
            "%s",
            message,
            extra={
                "file": place,
                "line": found.line,
                "end_line": found.end_line,
                "title": "The definition can't be read",
            },
        )
    return SettingsError(
        f"The definition can't be read: {message}",
        why="\n".join(said.errors[-_SHOWN:]),
        fix="Mend the line that is named above. To try it: docker buildx bake --print",
        docs="https://docs.docker.com/build/bake/reference/",
        code="BAKE-DEFINITION",
    )


def _unfetched(remote: str, said: Printed) -> ActionError:
    """A remote definition that nobody could read, with git's own words."""
    reasons = (found["why"] for line in said.errors if (found := re.match(_UNFETCHED, line)))
    git = (line for line in said.errors if line.startswith("fatal: "))
    return NotFound(
        f"The definition at {remote} can't be fetched",
        why="\n".join(dict.fromkeys((*reasons, *git))),
        fix="Check the address and its ref. A private repository is read from a checkout:\n"
        "- uses: actions/checkout@v5\n  with: {repository: OWNER/REPO, path: definition}\n"
        "and then\nsource: definition",
        docs="https://docs.docker.com/build/bake/remote-definition/",
        code="BAKE-SOURCE",
    )


def _no_match(
    pattern: str, targets: tuple[str, ...], groups: Mapping[str, tuple[str, ...]]
) -> SettingsError:
    """A pattern of ``set`` that matches no target: it may name a group."""
    if pattern not in groups:
        return _no_target("set", pattern, targets, groups)
    meant = bake_names.pattern_of_matrix(groups, pattern)
    return SettingsError(
        f"`set`: {pattern!r} is a group, and an override is for targets",
        why=f"the group has {', '.join(groups[pattern])}",
        fix=f"set: {meant}.KEY=VALUE" if meant else "",
        code="BAKE-TARGET",
    )


def _no_target(
    where: str, name: str, targets: tuple[str, ...], groups: Iterable[str]
) -> SettingsError:
    """A target that is not there, with the nearest name that is."""
    known = (*targets, *groups)
    near = bake_names.nearest(name, known)
    return SettingsError(
        f"`{where}`: there is no target {name!r}",
        why=f"the definition has {', '.join(known)}" if known else "",
        fix=f"{where}: {near}" if near else "",
        code="BAKE-TARGET",
    )


def _listed(said: Printed) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """Targets, and groups with their members, as ``--list`` has them; nothing where it can't be
    read."""
    try:
        rows = json.loads(said.output)
        names = [
            (str(row["name"]), bool(row.get("group")), str(row.get("description", "")))
            for row in rows
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return (), {}
    groups = {
        name: tuple(part.strip() for part in members.split(","))
        for name, is_group, members in names
        if is_group
    }
    return tuple(name for name, is_group, _ in names if not is_group), groups
