"""What the rules need to know beside the package: files of the workspace, pull requests,
branches, and what was deleted lately.

Reads only.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePosixPath

from ghcr_action.cleanup import families, in_use
from ghcr_action.cleanup import graph as graphs
from ghcr_action.cleanup.graph import Graph, Node
from ghcr_action.cleanup.inventory import Inventory
from ghcr_action.cleanup.plan import Moment
from ghcr_action.cleanup.remembered import Manifests, load
from ghcr_action.cleanup.rules import Rules
from ghcr_action.cleanup.selector import WORDS, Kind, World
from ghcr_action.errors import AccessDenied, InvalidValue, NotFound, SettingsError
from ghcr_action.ports import Ports
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.tag import sanitised

log = logging.getLogger(__name__)

_NEAR = 0.75
"""How alike two names are of which one may be meant by the other, of 1."""

MOST_FILES = 10_000
"""Files of the workspace that ``in-use`` looks at."""


def read(path: str, name: str, ports: Ports) -> bytes:
    """A file that an input names. Raises SettingsError."""
    found = ports.workspace.read(PurePosixPath(path)) if ports.workspace.contains(path) else None
    if found is None:
        raise SettingsError(
            f"`{name}`: there is no file {path} in the workspace",
            why="a clean-up reads files that an earlier step has checked out or downloaded",
            fix="Put a step before this one:\n- uses: actions/checkout@v6",
        )
    return found


def rules(settings: CleanupSettings, ports: Ports, repository: Repository | None = None) -> Rules:
    """The rules of the inputs, or of the policy in their place, with what of one package is in use.
    Raises SettingsError."""
    found, path = settings.rules, settings.files.policy
    if repository:
        found = replace(found, in_use=in_files(settings, repository, ports))
    if not path:
        return found
    try:
        return families.parse(read(path, "policy", ports), found)
    except InvalidValue as cause:
        raise SettingsError(f"`policy`: {path}: {cause}") from cause


def manifests(settings: CleanupSettings, ports: Ports) -> Manifests | None:
    """What earlier runs have read; None where nothing is remembered."""
    path = settings.files.cache
    if not path:
        return None
    if not ports.workspace.contains(path):
        raise SettingsError(f"`cache-file`: {path} is outside the workspace")
    return load(ports.workspace.read(PurePosixPath(path)) or b"")


def repositories(settings: CleanupSettings, ports: Ports) -> tuple[Repository, ...]:
    """Every package; globs as far as the token may list. Raises ActionError."""
    found = list(settings.packages)
    for each in settings.globs:
        try:
            names = ports.github.package_names(each.owner)
        except AccessDenied as refused:
            raise AccessDenied(
                f"`packages: {each.glob}` can't be expanded: this token may not list the packages "
                f"of {each.owner}",
                why=f"{refused.why}\nA job's own token may not list packages.",
                fix="Name each package on a line of its own, or give `github-token` a personal "
                "access token (classic) with `read:packages` and `delete:packages`.",
            ) from refused
        matching = sorted(name for name in names if fnmatchcase(name.lower(), each.glob))
        if not matching:
            raise NotFound(f"`packages: {each.glob}` matches no package of {each.owner}")
        log.info("%s/%s: %s", each.owner, each.glob, ", ".join(matching))
        found += (Repository(each.registry, f"{each.owner}/{name.lower()}") for name in matching)
    return tuple(dict.fromkeys(found))


def in_files(settings: CleanupSettings, repository: Repository, ports: Ports) -> frozenset[str]:
    """Tags and digests that ``in-use`` finds. Raises SettingsError where a glob finds no file."""
    globs = tuple(item for item in settings.in_use if in_use.is_file(item))
    found = in_use.named(settings.in_use, repository)
    paths = tuple(_paths(ports)) if globs else ()
    for glob in globs:
        files = tuple(path for path in paths if in_use.matches(path, glob))
        if not files:
            raise SettingsError(
                f"`in-use`: {glob!r} matches no file of the workspace",
                why="what is in use could not be found out, so that nothing may be deleted",
            )
        for path in files:
            content = ports.workspace.read(PurePosixPath(path)) or b""
            text = content[: in_use.MOST_BYTES].decode("utf-8", "replace")
            found |= in_use.find(text, repository)
    return found


def _paths(ports: Ports) -> Iterator[str]:
    """Files of the workspace, Git's own left out."""
    waiting, count = [""], 0
    while waiting:
        directory = waiting.pop()
        for name in ports.workspace.entries(directory or "."):
            path = f"{directory}/{name}" if directory else name
            if not ports.workspace.contains(path) or path == ".git":
                continue
            if ports.workspace.is_directory(path):
                waiting.append(path)
                continue
            count += 1
            if count > MOST_FILES:
                raise SettingsError(f"`in-use`: the workspace has more than {MOST_FILES} files")
            yield path


def moment(
    settings: CleanupSettings,
    found: Rules,
    graph: Graph,
    inventory: Inventory,
    ports: Ports,
) -> Moment:
    """What the rules are held against; asked for after the versions were listed, so that no tag is
    younger than the answer. Raises ActionError."""
    repository, remembered = inventory.repository, inventory.manifests
    kinds, world = found.kinds, World()
    for kind in (Kind.CLOSED_PULLS, Kind.DELETED_BRANCHES):
        if kind in kinds:
            _check_linked(settings, repository, kind, ports)
    if Kind.CLOSED_PULLS in kinds:
        world = replace(world, open_pulls=ports.github.open_pulls())
    if Kind.DELETED_BRANCHES in kinds:
        gone = ports.github.gone_branches()
        world = replace(world, gone_branches=frozenset(map(sanitised, gone)))
    wanted = frozenset({Kind.ORPHANS} | ({Kind.UNTAGGED} if remembered is not None else set()))
    if deleted := _deleted(repository, graph, wanted - found.kinds, ports):
        listed, platforms = graphs.remains(deleted, partial(_remembered, remembered))
        digests = frozenset(version.digest for version in deleted)
        world = replace(world, deleted=digests, remains=listed, platforms=platforms)
    return Moment(now=ports.clock.now(), world=world)


def _deleted(
    repository: Repository, graph: Graph, kinds: frozenset[Kind], ports: Ports
) -> tuple[PackageVersion, ...]:
    """What was deleted from the package lately; asked for only where it explains something: a
    untagged version that describes or is part of nothing here, and that no rule names."""
    roots = {digest for digest in graph.versions if graph.is_root(digest)}
    loose = (digest for digest in roots if not graph.names(digest))
    found = {Kind.ORPHANS if graph.is_orphan(digest) else Kind.UNTAGGED for digest in loose}
    is_circle = not graph.reached(roots) >= graph.versions.keys()
    if not (kinds & found or is_circle):
        return ()
    listed = ports.github.deleted_versions(repository)
    return tuple(each for each in listed if each.digest not in graph.versions)


def _remembered(remembered: Manifests | None, digest: Digest) -> Node | None:
    held = remembered.get(digest) if remembered is not None else None
    return Node.read(*held, digest) if held else None


def _check_linked(
    settings: CleanupSettings, repository: Repository, kind: Kind, ports: Ports
) -> None:
    """Raises SettingsError for a package whose tags are about another repository."""
    ours, package = settings.common.event.repository, ports.github.package(repository)
    linked = package.repository if package and package.repository else repository.path
    if linked.lower() != ours.lower():
        raise SettingsError(
            f"`remove: {kind.value}` can't be used for {repository}",
            why=f"its tags are about pull requests and branches of {linked}, and only those of "
            f"{ours} are known here",
            fix="Run the clean-up in that repository, or link the package to this one on the "
            "package's page.",
        )


def unmatched(
    settings: CleanupSettings, found: Rules, graphs: tuple[tuple[Graph, World], ...]
) -> tuple[str, ...]:
    """A warning for each item that names nothing in any package. Raises SettingsError for one of
    ``keep-tags``: what was meant to stay would go."""
    idle = [found.unmatched(graph.versions.values(), world) for graph, world in graphs]
    goes = [item for item in idle[0][0] if all(item in each for each, _ in idle)] if idle else []
    stays = [item for item in idle[0][1] if all(item in each for _, each in idle)] if idle else []
    tags = {tag for graph, _ in graphs for each in graph.versions.values() for tag in each.tags}
    if stays and not settings.allow_unmatched:
        raise SettingsError(
            f"`keep-tags`: {', '.join(map(str, stays))} matches nothing: nothing was deleted",
            why="what was meant to stay may have another name, and would go."
            + "".join(_meant(str(item), tags) for item in stays),
            fix="Correct it, or write\nallow-unmatched: true",
        )
    where = "this package" if len(idle) == 1 else "these packages"
    return (
        *(
            f"`{item}` names nothing in {where}.{_meant(str(item), {*tags, *WORDS})}"
            for item in goes
        ),
        *(f"`{item}` names nothing in {where}.{_meant(str(item), tags)}" for item in stays),
    )


def _meant(text: str, names: Iterable[str]) -> str:
    """A sentence that asks for what is near; empty where nothing is."""
    import difflib

    found = difflib.get_close_matches(text, sorted(names), n=1, cutoff=_NEAR)
    return f" Did you mean `{found[0]}`?" if found else ""
