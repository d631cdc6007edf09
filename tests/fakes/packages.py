"""Packages as GitHub sees them, over a registry in memory: one version for each manifest, and the
refusals that GitHub has."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ghcr_action.errors import PolicyRefused
from ghcr_action.values.github import PackageVersion, RateBudget
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from tests.fakes import refusals
from tests.fakes.registry import Contents, FakeRegistry

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakePackages:
    """``push`` puts a manifest into the registry and lists it; a delete takes it and its tags from
    both."""

    registry: FakeRegistry = field(default_factory=FakeRegistry)
    listed: dict[Repository, dict[int, PackageVersion]] = field(default_factory=dict)
    removed: dict[Repository, dict[int, tuple[PackageVersion, Manifest | Index | None]]] = field(
        default_factory=dict
    )
    """Deleted versions, which can be restored."""
    budget: RateBudget | None = None
    """What is left; every delete takes one."""
    popular: set[Digest] = field(default_factory=set)
    """Versions with more than 5,000 downloads."""
    may_delete: bool = True
    faults: dict[Digest, list[Exception]] = field(default_factory=dict)
    """What the next deletes of a version raise."""
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def push(
        self, repository: Repository, manifest: Manifest | Index, *tags: str, at: datetime = START
    ) -> PackageVersion:
        contents = self.registry.repositories.setdefault(repository, Contents())
        digest = manifest.descriptor.digest
        contents.manifests[digest] = manifest
        contents.tags |= {Tag(tag): digest for tag in tags}
        versions = self.listed.setdefault(repository, {})
        for number, version in versions.items():
            versions[number] = replace(
                version, tags=tuple(tag for tag in version.tags if tag not in tags)
            )
        number = next(self._ids)
        versions[number] = PackageVersion(
            id=number, digest=digest, tags=tags, created=at, updated=at
        )
        return versions[number]

    def hear(self, reference: Reference, manifest: Manifest | Index) -> None:
        """A manifest was put: GitHub lists it, and a tag is on one version only."""
        versions, digest = self.listed[reference.repository], manifest.descriptor.digest
        new = (reference.target,) if reference.digest is None else ()
        for number, version in versions.items():
            left = tuple(tag for tag in version.tags if tag not in new)
            kept = (*left, *new) if version.digest == digest else left
            versions[number] = replace(version, tags=kept)
        if not any(version.digest == digest for version in versions.values()):
            number = next(self._ids)
            versions[number] = PackageVersion(
                id=number, digest=digest, tags=new, created=START, updated=START
            )

    def tag(self, repository: Repository, digest: Digest, *tags: str) -> None:
        """Let these be all the tags of a version."""
        versions = self.listed[repository]
        versions |= {
            number: replace(version, tags=tags)
            for number, version in versions.items()
            if version.digest == digest
        }
        self.registry.repositories[repository].tags |= {Tag(tag): digest for tag in tags}

    def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
        found = self.listed.get(repository)
        return None if found is None else tuple(reversed(found.values()))

    def delete(self, repository: Repository, version: PackageVersion) -> bool:
        versions = self.listed[repository]
        if self.faults.get(version.digest):
            raise self.faults[version.digest].pop(0)
        if self.budget:
            self.budget = replace(self.budget, remaining=self.budget.remaining - 1)
        if version.id not in versions:
            return False
        if not self.may_delete:
            owner, _, name = repository.path.partition("/")
            raise refusals.api(
                "Resource not accessible by integration",
                method="DELETE",
                path=f"/orgs/{owner}/packages/container/{name}/versions/{version.id}",
                about=repository,
                purpose=f"delete version {version.id} of {repository}",
            )
        self._refuse(versions, version)
        contents = self.registry.repositories[repository]
        gone = versions.pop(version.id)
        contents.odd.pop(version.digest, None)
        self.removed.setdefault(repository, {})[version.id] = (
            gone,
            contents.manifests.pop(version.digest, None),
        )
        contents.tags = {
            tag: digest for tag, digest in contents.tags.items() if digest != version.digest
        }
        return True

    def restore(self, repository: Repository, version: PackageVersion) -> bool:
        if version.id not in self.removed.get(repository, {}):
            return False
        gone, manifest = self.removed[repository].pop(version.id)
        contents = self.registry.repositories[repository]
        taken = {tag for each in self.listed[repository].values() for tag in each.tags}
        tags = tuple(tag for tag in gone.tags if tag not in taken)
        self.listed[repository][gone.id] = replace(gone, tags=tags)
        contents.tags |= {Tag(tag): gone.digest for tag in tags}
        if manifest:
            contents.manifests[gone.digest] = manifest
        return True

    def _refuse(self, versions: dict[int, PackageVersion], version: PackageVersion) -> None:
        what = f"Could not delete version {version.id}"
        if version.tags and not any(
            each.tags for each in versions.values() if each.id != version.id
        ):
            raise PolicyRefused(what, why="You cannot delete the last tagged version of a package.")
        if version.digest in self.popular:
            raise PolicyRefused(
                what,
                why=(
                    "Publicly visible package versions with more than 5000 downloads "
                    "cannot be deleted."
                ),
            )
