"""`mode: cleanup` as it runs in the world: our registry client and GitHub's API over HTTP, one
package seen from both sides."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ghcr_action import main
from ghcr_action.adapters.github import PyGitHub
from ghcr_action.errors import AccessDenied
from ghcr_action.modes import cleanup
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import Stand, hold, stand
from tests.fakes import github_api
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.events import schedule_event
from tests.fakes.ghcr import Ghcr
from tests.fakes.github_account import Package
from tests.fakes.github_api import GitHubApi
from tests.fakes.http import Asked, Reply
from tests.fakes.images import digest_tag, index, manifest
from tests.fakes.runner import FakeRunner

LEAF, OLD_LEAF = manifest("leaf"), manifest("old-leaf")
IMAGE, OLD, SIGNATURE = (
    index("image", LEAF),
    index("old", OLD_LEAF),
    manifest("signature", subject=index("old", OLD_LEAF)),
)


@dataclass
class OnePackage(Ghcr):
    """A registry that has no more than what GitHub lists."""

    package: Package | None = None

    def answer(self, asked: Asked) -> Reply:
        gone = [version["name"] for version in self.package.deleted] if self.package else []
        for holding in self.repositories.values():
            for digest in gone:
                holding.manifests.pop(digest, None)
            holding.tags = {
                tag: digest for tag, digest in holding.tags.items() if digest not in gone
            }
        return super().answer(asked)


@dataclass(frozen=True, kw_only=True)
class World:
    api: GitHubApi
    stand: Stand
    ports: Ports
    package: Package

    @property
    def repository(self) -> Repository:
        return Repository(self.stand.server.host, "octo/app")

    def clean(self, **given: str) -> None:
        texts = {
            "mode": "cleanup",
            "github-token": "t",
            "dry-run": "false",
            "keep-younger-than": "0",
        } | given
        settings = parse.settings(texts, {}, schedule_event())[0]
        assert isinstance(settings, CleanupSettings)
        cleanup.run(replace(settings, packages=(self.repository,)), self.ports)

    @property
    def left(self) -> list[str]:
        return sorted(version["name"] for version in self.package.versions)


def digests(*documents: Manifest | Index) -> list[str]:
    return sorted(str(document.descriptor.digest) for document in documents)


@pytest.fixture
def world() -> Iterator[World]:
    ghcr = OnePackage(login="open")
    with ExitStack() as stack:
        api = stack.enter_context(github_api.serve())
        server = stack.enter_context(stand(ghcr=ghcr))
        api.account.add_repository("octo/app")
        package = ghcr.package = api.account.add_package(
            "octo", "app", visibility="public", repository="octo/app"
        )
        pushed = (
            (OLD_LEAF, ""),
            (OLD, ""),
            (SIGNATURE, digest_tag(OLD)),
            (LEAF, ""),
            (IMAGE, "latest"),
        )
        for document, tag in pushed:
            hold(ghcr, document, name="octo/app", tag=tag)
            api.account.add_version(
                "octo", "app", str(document.descriptor.digest), [tag] if tag else []
            )
        github = PyGitHub(
            api.url,
            Secret(github_api.WRITER),
            "octo/app",
            owner_type="Organization",
            clock=FakeClock(),
        )
        stack.callback(github.close)
        yield World(
            api=api,
            stand=server,
            ports=fakes.make(registry=server.registry, github=github),
            package=package,
        )


def test_cleanup__what_goes_and_what_stays(world: World) -> None:
    world.clean()

    assert world.left == digests(LEAF, IMAGE)
    deletes = [request for request in world.api.requests if request.startswith("DELETE")]
    assert deletes == [
        f"DELETE /orgs/octo/packages/container/app/versions/{number}" for number in (4, 3, 5)
    ]


def test_cleanup__asks_the_registry_by_digest_and_never_for_its_tags(world: World) -> None:
    world.clean()

    paths = [(asked.method, asked.path.rpartition("/")[2]) for asked in world.stand.server.asked]
    assert sorted(target for method, target in paths if method == "GET") == digests(
        LEAF, IMAGE, OLD, OLD_LEAF, SIGNATURE
    )
    assert {method for method, _ in paths} == {"GET"}


def test_cleanup__a_dry_run_only_reads(world: World) -> None:
    world.clean(**{"dry-run": "true"})

    assert len(world.left) == 5
    assert {request.partition(" ")[0] for request in world.api.requests} == {"GET"}


def test_cleanup__the_last_tagged_version_is_left(world: World) -> None:
    world.clean(remove="tagged,untagged")

    assert world.left == digests(LEAF, IMAGE)


@pytest.mark.parametrize(
    ("exists", "code"), [(True, 0), (False, 4)], ids=["an empty package", "no package"]
)
def test_main__runs_the_mode(world: World, tmp_path: Path, exists: bool, code: int) -> None:
    if exists:
        world.api.account.add_package("octo", "tool")
    environ = {
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_API_URL": world.api.url,
        "GITHUB_WORKSPACE": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
    }
    runner = FakeRunner()

    ended = main.run(
        {"mode": "cleanup", "packages": "tool", "github-token": github_api.WRITER}, environ, runner
    )

    assert ended == code
    assert runner.outputs.get("plan") == ("[]" if exists else None)
    assert ("dry run: 0 versions would go" in runner.summaries[0]) is exists


def test_cleanup__without_the_role(world: World) -> None:
    world.package.role = "write"

    with pytest.raises(AccessDenied) as raised:
        world.clean()

    assert "403: Resource not accessible by integration" in raised.value.why
    assert len(world.left) == 5
