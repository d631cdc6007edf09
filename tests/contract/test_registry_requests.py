"""What the jobs of this product cost in requests, logins included: never more than the protocol
needs for what we promise."""

import pytest

from ghcr_action.images import transfer
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository, Tag
from tests.contract.http_registry import Stand, stand
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.layout import MemoryLayout

SIX = [Platform("linux", name) for name in ("amd64", "arm64", "386", "ppc64le", "riscv64", "s390x")]


def counted(s: Stand) -> dict[str, int]:
    """Requests by kind since the last count; the one that asks how to log in is a ``challenge``."""
    kinds = ["token" if asked.path == "/token" else asked.method for asked in s.server.asked]
    s.server.asked.clear()
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def pushed(s: Stand, platforms: list[Platform], *tags: str) -> None:
    root, blobs = image(platforms)
    transfer.push(MemoryLayout(root, blobs), root.descriptor, s.repository, s.registry)
    transfer.tag(s.registry, root, [s.repository.tag(Tag(tag)) for tag in tags])


def test_requests__publish_one_platform() -> None:
    with stand(ghcr=Ghcr()) as s:
        pushed(s, SIX[:1], "1", "latest")

        # HEAD of the manifest twice, as the first is challenged; HEAD, POST and PUT for each of
        # three blobs; three manifests.
        assert counted(s) == {"HEAD": 2 + 3, "token": 1, "POST": 3, "PUT": 3 + 3}


def test_requests__publish_again() -> None:
    with stand(ghcr=Ghcr()) as s:
        pushed(s, SIX[:1], "1")
        counted(s)

        pushed(s, SIX[:1], "1")

        assert counted(s) == {"HEAD": 1, "PUT": 1}


@pytest.mark.parametrize("tags", [1, 10])
def test_requests__promote_within_a_repository(tags: int) -> None:
    with stand(ghcr=Ghcr()) as s:
        pushed(s, SIX[:1], "build")
        counted(s)

        root = s.registry.manifest(s.repository.tag(Tag("build")))
        assert root is not None
        transfer.tag(
            s.registry, root, [s.repository.tag(Tag(f"v{number}")) for number in range(tags)]
        )

        assert counted(s) == {"GET": 1, "PUT": tags}


def test_requests__promote_across_repositories() -> None:
    with stand(ghcr=Ghcr()) as s:
        pushed(s, SIX[:1], "build")
        counted(s)
        root, _ = image(SIX[:1])
        target = Repository(s.server.host, "octo/released")

        transfer.push(
            s.registry,
            root.descriptor,
            target,
            s.registry,
            origin=s.repository,
        )

        # one token for the target and the source; GET and HEAD of the manifest; a mount for each
        # blob
        assert counted(s) == {"GET": 1, "token": 1, "HEAD": 1, "POST": 3, "PUT": 1}


def test_requests__verify_six_platforms_under_four_tags() -> None:
    names = ("1", "1.2", "1.2.3", "latest")
    with stand(ghcr=Ghcr()) as s:
        pushed(s, SIX, *names)
        counted(s)
        digest = image(SIX)[0].descriptor.digest

        transfer.verify(
            s.registry, [s.repository.tag(Tag(name)) for name in names], digest, s.clock
        )

        assert counted(s) == {"GET": 1 + 6, "HEAD": 3}


def test_requests__parallel_uploads_share_one_token() -> None:
    root, blobs = image(SIX)
    with stand(ghcr=Ghcr()) as s:
        transfer.push(MemoryLayout(root, blobs), root.descriptor, s.repository, s.registry)

        assert s.server.paths().count("/token") == 1
        assert s.registry.manifest(s.repository.at(root.descriptor.digest)) == root
        assert s.registry.request_count == len(s.server.asked)
