"""A package built by a test: versions with short names, so that plans read as words."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup.graph import Graph, Node
from ghcr_action.cleanup.plan import Moment, Retention
from ghcr_action.cleanup.selector import World
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest
from tests.fakes import retention

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Package:
    """``add`` in the order of the pushes, ``days`` old; ``hidden`` ones are in the registry and not
    in GitHub's list."""

    def __init__(self) -> None:
        self.versions: list[PackageVersion] = []
        self.nodes: dict[Digest, Node] = {}
        self.names: dict[Digest, str] = {}

    def add(
        self, manifest: Manifest | Index, *tags: str, days: float = 30, is_hidden: bool = False
    ) -> None:
        digest = manifest.descriptor.digest
        self.nodes[digest] = Node.of(manifest)
        self.names[digest] = manifest.annotations["name"]
        if not is_hidden:
            time = NOW - timedelta(days=days)
            self.versions.append(
                PackageVersion(
                    id=len(self.versions) + 1, digest=digest, tags=tags, created=time, updated=time
                )
            )

    @property
    def graph(self) -> Graph:
        return Graph.make(self.versions, self.nodes)

    def plan(self, *open_pulls: int, **rules: Any) -> Retention:
        moment = Moment(now=NOW, world=World(open_pulls=frozenset(open_pulls)))
        return plans.make(self.graph, retention.rules(**rules), moment)

    def going(self, *open_pulls: int, **rules: Any) -> list[list[str]]:
        """Names of what goes, image by image, in order."""
        return [
            self.named(version.digest for version in image.versions)
            for image in self.plan(*open_pulls, **rules).to_delete
        ]

    def kept(self, *open_pulls: int, **rules: Any) -> dict[str, str]:
        """Why each other version stays."""
        return {
            self.names[each.version.digest]: each.reason.text
            for each in self.plan(*open_pulls, **rules).kept
        }

    def named(self, digests: Iterable[Digest]) -> list[str]:
        return [self.names[digest] for digest in digests]
