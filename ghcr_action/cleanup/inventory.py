"""What a package holds: every version that GitHub lists and every manifest behind them; fails
closed.

Everything depends on this being whole: an index that could not be read would leave its platforms
unprotected. A list that is read while others delete can lose entries between two pages, and reading
manifests takes minutes, so that the list is looked at again afterwards.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ghcr_action import parallel
from ghcr_action.cleanup.graph import Graph, Node, named_by_tag
from ghcr_action.cleanup.remembered import Manifests
from ghcr_action.errors import ActionError, NotFound, Unavailable
from ghcr_action.ports import Ports
from ghcr_action.values.github import PAGE, PackageVersion
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Repository

log = logging.getLogger(__name__)

WORKERS = 8
"""Manifests that are read at a time."""
LISTINGS = 4
"""How often the list is read before somebody who keeps writing makes us give up."""
AGAIN = Patience(retries=LISTINGS, shortest=2.0, longest=8.0)
"""Before something is asked again that may only be late: what was just pushed is not
everywhere at once."""


class Inventory:
    """The package as it was when it was last looked at."""

    def __init__(
        self,
        repository: Repository,
        ports: Ports,
        manifests: Manifests | None = None,
        *,
        is_trusting: bool = True,
    ) -> None:
        """``is_trusting``: a remembered manifest that GitHub lists is not asked for again."""
        self.repository = repository
        self.versions: tuple[PackageVersion, ...] = ()
        self._ports = ports
        self._is_trusting = is_trusting
        self.manifests = manifests
        self._nodes = dict[Digest, Node]()
        self._missing = set[Digest]()
        self.remembered = 0
        """Manifests that an earlier run had read."""
        self.read_count = 0
        """Manifests that the registry was asked for."""

    def read(self) -> Graph:
        """The package as a graph. Raises ActionError; then nothing is known.

        A version whose manifest is not there is asked for twice; what stays missing is a ghost.
        """
        self.versions = self._listed()
        self._read_nodes(self.versions)
        for attempt in range(LISTINGS):
            is_late = self._ask_again() if attempt == 0 else False
            if attempt > 1:
                self._pause(attempt - 2)
            versions = self._relisted()
            if _state(versions) == _state(self.versions) and not is_late:
                return self.graph()
            self.versions = versions
            self._read_nodes(versions)
        raise Unavailable(
            f"{self.repository} keeps changing: nothing was deleted",
            why=f"its list of versions was different each of {LISTINGS + 1} times",
            fix=(
                "Run the clean-up when nobody pushes to the package, with a `concurrency` group "
                "if need be."
            ),
        )

    def refresh(self, gone: Iterable[PackageVersion] = ()) -> bool:
        """Look again; whether somebody else has changed the package. ``gone`` is what this run has
        deleted. Raises ActionError."""
        deleted = {version.id for version in gone}
        self.versions = tuple(version for version in self.versions if version.id not in deleted)
        versions = self._relisted()
        if _state(versions) == _state(self.versions):
            return False
        self.versions = versions
        self._read_nodes(versions)
        return True

    def graph(self, also: Iterable[PackageVersion] = ()) -> Graph:
        """The graph of what is there, and of what was deleted as if it still were."""
        there = {version.digest for version in self.versions}
        return Graph.make(
            (*self.versions, *(each for each in also if each.digest not in there)), self._nodes
        )

    def node(self, digest: Digest) -> Node | None:
        """What is known of a manifest."""
        return self._nodes.get(digest)

    def _listed(self) -> tuple[PackageVersion, ...]:
        versions = self._ports.github.versions(self.repository)
        if versions is None:
            raise NotFound(
                (
                    f"There is no package {self.repository}, or this token may not see it: "
                    "nothing was deleted"
                ),
                why="GitHub answers both alike",
                fix="Check the name in `packages`; then, on the package's settings page under "
                '"Manage Actions access", add this repository with the role Admin.',
            )
        return versions

    def _relisted(self) -> tuple[PackageVersion, ...]:
        """The list as it is now: by its first and last page where those say enough, else whole."""
        return self._by_ends() or self._listed()

    def _by_ends(self) -> tuple[PackageVersion, ...]:
        """The list, if its first and last page prove it; empty where they don't.

        Where the newest come first, a push shows on the first page, and any other change of
        the number on the last one. A tag that moved in between is seen when its version would go.
        """
        if not self.versions or not (_is_newest_first(self.versions) or not self.read_count):
            return ()
        first = self._page(1)
        known = {version.id for version in self.versions}
        new = tuple(version for version in first if version.id not in known)
        taken = {tag for version in new for tag in version.tags}
        expected = (*new, *(_without(version, taken) for version in self.versions))
        last = -(-len(expected) // PAGE)
        pages = {1: first} if last == 1 else {1: first, last: self._page(last)}
        return (
            expected
            if all(_state(page) == _state(_cut(expected, number)) for number, page in pages.items())
            else ()
        )

    def _pause(self, attempt: int) -> None:
        self._ports.clock.sleep(AGAIN.wait(attempt, self._ports.clock.jitter()) or 0)

    def _page(self, number: int) -> tuple[PackageVersion, ...]:
        return self._ports.github.version_page(self.repository, number)

    def _ask_again(self) -> bool:
        """Ask once more for listed versions that the registry does not have; whether any has
        come."""
        late = [version for version in self.versions if version.digest in self._missing]
        if not late:
            return False
        self._pause(0)
        self._missing -= {version.digest for version in late}
        self._read_nodes(late)
        return any(version.digest in self._nodes for version in late)

    def _read_nodes(self, versions: Iterable[PackageVersion]) -> None:
        """A node for every manifest that is there: of each version, and of what those or their tags
        name and GitHub does not list."""
        listed = tuple(versions)
        described = (named_by_tag(tag) for version in listed for tag in version.tags)
        wanted = self._unknown(
            (*(each.digest for each in listed), *(digest for digest in described if digest))
        )
        while wanted:
            found = self._nodes_of(wanted)
            self._nodes |= {digest: node for digest, node in found.items() if node}
            self._missing |= {digest for digest, node in found.items() if not node}
            wanted = self._unknown(
                digest for node in found.values() if node for digest in node.named
            )

    def _unknown(self, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        return tuple(
            dict.fromkeys(
                each for each in digests if each not in self._nodes and each not in self._missing
            )
        )

    def _nodes_of(self, wanted: Sequence[Digest]) -> Mapping[Digest, Node | None]:
        """Remembered ones only of what GitHub lists: that a manifest was there is no proof that it
        is."""
        listed = {version.digest for version in self.versions} if self._is_trusting else set()
        held = {
            digest: found
            for digest in wanted
            if self.manifests and digest in listed and (found := self.manifests.get(digest))
        }
        known: dict[Digest, Node | None] = {
            digest: Node.read(raw, kind, digest) for digest, (raw, kind) in held.items()
        }
        rest = tuple(digest for digest in wanted if digest not in held)
        if rest:
            log.info("Reading %s manifests of %s …", len(rest), self.repository)
        self.remembered, self.read_count = self.remembered + len(held), self.read_count + len(rest)
        read = parallel.each(self._node, rest, WORKERS)
        return known | dict(zip(rest, read, strict=True))

    def _node(self, digest: Digest) -> Node | None:
        """None where the registry has no such manifest."""
        try:
            found = self._ports.registry.raw(self.repository.at(digest))
        except ActionError as refused:
            what = f"not every manifest of {self.repository} could be read. {refused.what}"
            raise refused.but(what=f"Nothing was deleted, because {what}") from refused
        if found is None:
            return None
        raw, media_type = found
        if self.manifests is not None:
            self.manifests.keep(digest, raw, media_type)
        return Node.read(raw, media_type, digest)


def _state(versions: Iterable[PackageVersion]) -> frozenset[tuple[int, frozenset[str]]]:
    """What must not change between two lists."""
    return frozenset((version.id, frozenset(version.tags)) for version in versions)


def _is_newest_first(versions: Sequence[PackageVersion]) -> bool:
    """Whether GitHub lists by age here, which it does not document."""
    dates = [version.created for version in versions]
    return all(later >= earlier for later, earlier in pairwise(dates))


def _cut(versions: Sequence[PackageVersion], number: int) -> Sequence[PackageVersion]:
    return versions[(number - 1) * PAGE : number * PAGE]


def _without(version: PackageVersion, taken: set[str]) -> PackageVersion:
    """A version without the tags that newer ones have."""
    return (
        replace(version, tags=tuple(tag for tag in version.tags if tag not in taken))
        if taken & set(version.tags)
        else version
    )
