"""What promote, merge and inspect cost in requests, a promotion with its login; docs/promote.md has
the same numbers."""

import re
from dataclasses import replace

import pytest

from ghcr_action.images import transfer
from ghcr_action.modes import inspect, merge, promote
from ghcr_action.ports import Ports
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository, Tag
from tests.contract.http_registry import Stand, stand
from tests.contract.test_registry_requests import counted
from tests.e2e import real_images
from tests.fakes import ports as fakes
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.layout import MemoryLayout
from tests.flow.existing import settings
from tests.testbed import ROOT

SIX = tuple(
    Platform("linux", name) for name in ("amd64", "arm64", "386", "ppc64le", "riscv64", "s390x")
)
PAGE = (ROOT / "docs/promote.md").read_text()
NUMBERS = (ROOT / "docs/numbers.md").read_text()


def ports(s: Stand) -> Ports:
    return replace(fakes.make(), registry=s.registry)


def hold(s: Stand, name: str = "octo/app", layers: int = 2) -> Repository:
    """An image, put there by somebody else: this run starts with no login."""
    root, blobs = real_images.single(
        SIX[0], tuple(f"layer {number}".encode() for number in range(layers - 1))
    )
    repository = Repository(s.server.host, name)
    with stand(ghcr=s.ghcr) as other:
        transfer.push(
            MemoryLayout(root, blobs),
            root.descriptor,
            Repository(other.server.host, name),
            other.registry,
        )
        transfer.tag(other.registry, root, [Repository(other.server.host, name).tag(Tag("build"))])
    return repository


def total(counts: dict[str, int]) -> int:
    return sum(counts.values())


def written(job: str) -> int:
    """The number that the page gives for a job; what it says of each request adds up to it."""
    found = re.search(rf"^\| {re.escape(job)} \| (\d+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert found, job
    parts = sum(
        int(number)
        for part in found[2].split(", ")
        for number in re.findall(r"^(?:the same )?(\d+)", part)
    )
    assert parts == int(found[1]), job
    return int(found[1])


@pytest.mark.parametrize(
    ("row", "jobs"),
    [
        ("promote to 1 tag, to 10 tags", ("promote to 1 tag", "promote to 10 tags")),
        (
            "promote to another repository, 5 layers: to 1 tag, to 10 tags",
            ("promote to 1 tag of another repository, 5 layers", "the same to 10 tags"),
        ),
        (
            "verify an index of 6 platforms under 4 tags",
            ("verify an index of 6 platforms under 4 tags",),
        ),
        ("merge 6 digests under 2 tags", ("merge 6 digests under 2 tags",)),
        ("inspect an index of 6 platforms", ("inspect an index of 6 platforms",)),
    ],
    ids=["promote", "promote elsewhere", "verify", "merge", "inspect"],
)
def test_requests__readme_says_what_the_page_says(row: str, jobs: tuple[str, ...]) -> None:
    assert f"\n| {row} | {', '.join(str(written(job)) for job in jobs)} |\n" in NUMBERS


@pytest.mark.parametrize(("tags", "job"), [(1, "promote to 1 tag"), (10, "promote to 10 tags")])
def test_requests__promote_in_one_repository(tags: int, job: str) -> None:
    with stand(ghcr=Ghcr()) as s:
        repository = hold(s)
        names = "\n".join(f"{repository}:v{number}" for number in range(tags))

        promote.run(settings("promote", source=f"{repository}:build", tags=names), ports(s))

        counts = counted(s)
    # Source and names are asked for together: either is the one that is refused.
    counts["read"] = counts.pop("GET") + counts.pop("HEAD")
    # The read that is challenged and its token; what each name holds, each name, each name again;
    # the source again before the write.
    assert counts == {"read": 2 + tags + 1 + tags, "token": 1, "PUT": tags}
    assert total(counts) == written(job)


@pytest.mark.parametrize(
    ("tags", "job"),
    [(1, "promote to 1 tag of another repository, 5 layers"), (10, "the same to 10 tags")],
)
def test_requests__promote_across_repositories(tags: int, job: str) -> None:
    with stand(ghcr=Ghcr()) as s:
        repository = hold(s, layers=5)
        names = "\n".join(f"{s.server.host}/octo/released:v{number}" for number in range(tags))

        promote.run(
            settings("promote", source=f"{repository}:build", tags=names, referrers="false"),
            ports(s),
        )

        counts = counted(s)
    counts["read"] = counts.pop("GET") + counts.pop("HEAD")
    # As above, with one token for both repositories; then whether the manifest is there, a mount
    # for each blob, and its GET afterwards.
    assert counts == {"read": 2 + 1 + tags + 1 + 1 + (tags - 1), "token": 1, "POST": 6, "PUT": tags}
    assert total(counts) == written(job)


def test_requests__verify_six_platforms_under_four_tags() -> None:
    root, blobs = image(list(SIX))
    names = ("1", "1.2", "1.2.3", "latest")
    with stand(ghcr=Ghcr()) as s:
        transfer.push(MemoryLayout(root, blobs), root.descriptor, s.repository, s.registry)
        transfer.tag(s.registry, root, [s.repository.tag(Tag(name)) for name in names])
        counted(s)

        transfer.verify(
            s.registry,
            [s.repository.tag(Tag(name)) for name in names],
            root.descriptor.digest,
            s.clock,
        )

        assert (
            total(counted(s)) == written("verify an index of 6 platforms under 4 tags") == 1 + 6 + 3
        )


def test_requests__inspect_six_platforms() -> None:
    root, blobs = image(list(SIX))
    with stand(ghcr=Ghcr()) as s:
        transfer.push(MemoryLayout(root, blobs), root.descriptor, s.repository, s.registry)
        counted(s)

        inspect.run(
            settings(
                "inspect", source=f"{s.repository}@{root.descriptor.digest}", referrers="false"
            ),
            ports(s),
        )

        assert total(counted(s)) == written("inspect an index of 6 platforms") == 1 + 6 + 6


def test_requests__merge_six_digests_under_two_tags() -> None:
    with stand(ghcr=Ghcr()) as s:
        digests = []
        for platform in SIX:
            root, blobs = image([platform])
            transfer.push(MemoryLayout(root, blobs), root.descriptor, s.repository, s.registry)
            digests.append(str(root.descriptor.digest))
        counted(s)

        merge.run(
            settings(
                "merge", digests="\n".join(digests), tags=f"{s.repository}:1\n{s.repository}:2"
            ),
            ports(s),
        )

        counts = counted(s)
    # What each name holds; each manifest and config; the index under its names; everything read
    # back once.
    assert counts == {"HEAD": 2 + 1, "GET": 12 + 7, "PUT": 2}
    assert total(counts) == written("merge 6 digests under 2 tags")
