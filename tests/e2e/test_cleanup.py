"""`mode: cleanup` on a real registry: images with attestations, SBOMs attached by oras, and clients
that pull what stays.

Real programs hold and judge the content. GitHub's API is the stand-in, its deletes carried over to
the registry, as GitHub does it.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.images import transfer
from ghcr_action.modes import cleanup
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.e2e import real_images
from tests.e2e.judges import Judges
from tests.fakes import github_api
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.events import schedule_event
from tests.fakes.github_api import GitHubApi
from tests.fakes.layout import MemoryLayout
from tests.testbed import Testbed


class Bridge(PyGitHub):
    """A GitHub whose deleted versions are gone from the registry as well."""

    registry: HttpRegistry

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        is_new = super().delete_version(repository, version)
        assert self.registry.delete(repository.at(version.digest))
        return is_new


class World:
    """One package of the open registry, whose name no other test uses."""

    def __init__(
        self, registry: HttpRegistry, api: GitHubApi, testbed: Testbed, directory: Path
    ) -> None:
        self.name = f"cleanup-{uuid.uuid4().hex[:8]}"
        self.repository = Repository(testbed.registry, f"octo/{self.name}")
        self.registry, self.api, self._testbed, self._directory = registry, api, testbed, directory
        self.package = api.account.add_package("octo", self.name, repository="octo/app")
        self._known: dict[Digest, None] = {}

    def push(self, first: int, last: int, *tags: str) -> Index:
        """An index of some platforms: where two of them overlap they share manifests."""
        image, blobs = real_images.index(real_images.PLATFORMS[first:last])
        transfer.push(MemoryLayout(image, blobs), image.descriptor, self.repository, self.registry)
        self.registry.put(self.repository.at(image.descriptor.digest), image)
        for tag in tags:
            self.registry.put(self.repository.tag(Tag(tag)), image)
        self._know(image.descriptor.digest)
        return image

    def attach(self, digest: Digest, text: str) -> None:
        """An SBOM beside a manifest, by oras."""
        file = self._directory / "sbom.json"
        file.write_text(text)
        command = (
            "oras",
            "attach",
            "--plain-http",
            "--disable-path-validation",
            "--artifact-type",
            "application/spdx+json",
        )
        self._testbed.run(
            *command, str(self.repository.at(digest)), f"{file}:application/spdx+json"
        )

    def discovered(self, digest: Digest) -> list[str]:
        """What oras finds beside a manifest."""
        found = json.loads(
            self._testbed.run(
                "oras",
                "discover",
                "--plain-http",
                "--format",
                "json",
                str(self.repository.at(digest)),
            )
        )
        listed = found.get("referrers") or found.get("manifests") or []
        return [entry["artifactType"] for entry in listed]

    def list_versions(self) -> None:
        """Tell GitHub of every manifest there is."""
        tags = self.registry.tags(self.repository) or ()
        named: dict[Digest, list[str]] = {}
        for tag in tags:
            found = self.registry.head(self.repository.tag(tag))
            assert found is not None
            named.setdefault(found.digest, []).append(tag.name)
            self._know(found.digest)
        for digest in self._known:
            self.api.account.add_version("octo", self.name, str(digest), named.get(digest, []))

    def clean(self, **given: str) -> None:
        texts = {
            "mode": "cleanup",
            "github-token": "t",
            "dry-run": "false",
            "keep-younger-than": "0",
        } | given
        settings = parse.settings(texts, {}, schedule_event())[0]
        assert isinstance(settings, CleanupSettings)
        github = Bridge(
            self.api.url,
            Secret(github_api.WRITER),
            "octo/app",
            owner_type="Organization",
            clock=FakeClock(),
        )
        github.registry = self.registry
        cleanup.run(
            replace(settings, packages=(self.repository,)),
            fakes.make(registry=self.registry, github=github),
        )
        github.close()

    def holds(self, digest: Digest) -> bool:
        return self.registry.head(self.repository.at(digest)) is not None

    def tagged(self, tag: str) -> Reference:
        return self.repository.tag(Tag(tag))

    def _know(self, digest: Digest) -> None:
        self._known[digest] = None
        found = self.registry.manifest(self.repository.at(digest))
        for entry in found.manifests if isinstance(found, Index) else ():
            if entry.digest not in self._known:
                self._know(entry.digest)


@pytest.fixture
def world(testbed: Testbed, tmp_path: Path) -> Iterator[World]:
    registry = HttpRegistry(
        {}, clock=FakeClock(), user_agent="tests", plain_http=frozenset({testbed.registry})
    )
    with github_api.serve() as api:
        api.account.add_repository("octo/app")
        yield World(registry, api, testbed, tmp_path)
    registry.close()


def test_cleanup__what_stays_can_be_pulled_and_verified(world: World, judge: Judges) -> None:
    latest, release, closed, lost = (
        world.push(0, 3, "latest"),
        world.push(2, 5, "v1"),
        world.push(4, 7, "pr-7"),
        world.push(6, 9),
    )
    for image in (latest, closed, lost):
        world.attach(image.descriptor.digest, f"of {image.descriptor.digest}")
        world.attach(image.manifests[0].digest, f"of a platform of {image.descriptor.digest}")
    world.list_versions()

    world.clean(remove="untagged,pr-*")

    for tag, image in (("latest", latest), ("v1", release)):
        reference = str(world.tagged(tag))
        assert judge.crane("digest", reference) == str(image.descriptor.digest)
        for entry in image.platforms:
            assert judge.validate(str(world.repository.at(entry.digest))).startswith("PASS")
        assert all(world.holds(entry.digest) for entry in image.manifests)
    assert world.discovered(latest.descriptor.digest) == ["application/spdx+json"]
    assert world.discovered(latest.manifests[0].digest) == ["application/spdx+json"]
    shared = closed.manifests[0].digest  # with v1, and its SBOM with it
    described = {
        str(digest).replace(":", "-")
        for digest in (latest.descriptor.digest, latest.manifests[0].digest, shared)
    }
    assert judge.tags(str(world.repository)) == {"latest", "v1"} | described
    kept = {entry.digest for image in (latest, release) for entry in image.manifests}
    gone = {entry.digest for image in (closed, lost) for entry in image.manifests} - kept
    assert not any(map(world.holds, {closed.descriptor.digest, lost.descriptor.digest} | gone))
