"""What a package holds: every version that GitHub lists and every manifest behind them; fails
closed.

Separate from the mode, because everything depends on this being whole: an index that could not be
read would leave its platforms unprotected.
"""

import logging
from collections.abc import Iterable, Mapping

from ghcr_action import parallel
from ghcr_action.cleanup.graph import Graph, Node, named_by_tag
from ghcr_action.errors import ActionError, NotFound, Unavailable
from ghcr_action.ports import Ports
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest, Repository

log = logging.getLogger(__name__)

WORKERS = 8
"""Manifests that are read at a time."""
LISTINGS = 4
"""How often the list is read before somebody who keeps writing makes us give up."""
PAUSE = 2.0
"""Seconds before a list that changed is read again: what was just pushed is not everywhere at
once."""


def read(repository: Repository, ports: Ports) -> Graph:
    """The package as a graph, its list read again after the manifests until two lists agree. Raises
    ActionError; then nothing is known.

    A list that is read while others delete can lose entries between two pages, and reading
    manifests takes minutes.
    """
    nodes = dict[Digest, Node]()
    before = _state(())
    for attempt in range(LISTINGS):
        ports.clock.sleep(PAUSE * max(0, attempt - 1))
        versions = _listed(repository, ports)
        if _state(versions) == before:
            return Graph.make(versions, nodes)
        nodes = _nodes(repository, versions, nodes, ports)
        before = _state(version for version in versions if version.digest in nodes)
    raise Unavailable(
        f"{repository} keeps changing: nothing was deleted",
        why=(
            f"its list of versions was different each of {LISTINGS} times, or holds "
            "versions that the registry does not have"
        ),
        fix="Run the clean-up when nobody pushes to the package, with a `concurrency` group "
        "if need be. "
        "A version that GitHub lists and nobody can pull is best deleted on the package's page.",
    )


def is_current(repository: Repository, graph: Graph, ports: Ports) -> bool:
    """Whether GitHub still lists just these versions with these tags."""
    return _state(_listed(repository, ports)) == _state(graph.versions.values())


def _state(versions: Iterable[PackageVersion]) -> frozenset[tuple[int, frozenset[str]]]:
    """What must not change between two lists."""
    return frozenset((version.id, frozenset(version.tags)) for version in versions)


def _listed(repository: Repository, ports: Ports) -> tuple[PackageVersion, ...]:
    versions = ports.github.versions(repository)
    if versions is None:
        raise NotFound(
            f"There is no package {repository}, or this token may not see it: nothing was deleted",
            why="GitHub answers both alike",
            fix="Check the name in `packages`; then, on the package's settings page under "
            '"Manage Actions access", '
            "add this repository with the role Admin.",
        )
    return versions


def _nodes(
    repository: Repository,
    versions: Iterable[PackageVersion],
    known: Mapping[Digest, Node],
    ports: Ports,
) -> dict[Digest, Node]:
    """A node for every manifest that is there: of each version, and of what those or their tags
    name and GitHub does not list."""
    nodes, asked = dict(known), set(known)
    listed = tuple(versions)
    described = (named_by_tag(tag) for version in listed for tag in version.tags)
    wanted = tuple(
        dict.fromkeys(
            digest
            for digest in (*(each.digest for each in listed), *described)
            if digest and digest not in asked
        )
    )
    while wanted:
        log.info("Reading %s manifests of %s …", len(wanted), repository)
        asked.update(wanted)
        found = parallel.each(lambda digest: _node(repository, digest, ports), wanted, WORKERS)
        nodes |= {digest: node for digest, node in zip(wanted, found, strict=True) if node}
        named = (digest for node in found if node for digest in node.named)
        wanted = tuple(dict.fromkeys(digest for digest in named if digest not in asked))
    return nodes


def _node(repository: Repository, digest: Digest, ports: Ports) -> Node | None:
    """None where the registry has no such manifest."""
    try:
        manifest = ports.registry.manifest(repository.at(digest))
    except ActionError as refused:
        what = (
            f"Nothing was deleted, because not every manifest of {repository} could be "
            f"read. {refused.what}"
        )
        raise type(refused)(
            what, why=refused.why, fix=refused.fix, docs=refused.docs, code=refused.code
        ) from refused
    return Node.of(manifest) if manifest else None
