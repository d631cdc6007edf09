"""Sources of images: a layout in memory and a registry keep the same promises."""

from collections.abc import Callable

import pytest

from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.images import transfer
from ghcr_action.ports import Source
from ghcr_action.values.oci import Descriptor, Index
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from tests.fakes.engine import image
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry

REPOSITORY = Repository("ghcr.io", "octo/app")
ROOT, BLOBS = image([Platform("linux", "amd64"), Platform("linux", "arm64")])
LAYER = next(content for content in BLOBS.values() if content.startswith(b"layer"))


def in_registry() -> Source:
    registry = FakeRegistry()
    transfer.push(MemoryLayout(ROOT, BLOBS), ROOT.descriptor, REPOSITORY, registry)
    return registry


@pytest.fixture(params=["memory", "registry"])
def source(request: pytest.FixtureRequest) -> Source:
    made: dict[str, Callable[[], Source]] = {
        "memory": lambda: MemoryLayout(ROOT, BLOBS),
        "registry": in_registry,
    }
    return made[request.param]()


def test_source__manifests_have_the_exact_bytes(source: Source) -> None:
    assert isinstance(ROOT, Index)
    children = [source.manifest(REPOSITORY.at(entry.digest)) for entry in ROOT.manifests]

    assert source.manifest(REPOSITORY.at(ROOT.descriptor.digest)) == ROOT
    assert [child.raw if child else None for child in children] == [
        BLOBS[entry.digest] for entry in ROOT.manifests
    ]


def test_source__absent(source: Source) -> None:
    nothing = Descriptor(media_type="x/y", digest=Digest.of(b"nothing"), size=7)

    assert source.manifest(REPOSITORY.at(nothing.digest)) is None
    with (
        pytest.raises(NotFound, match="Could not read blob"),
        source.read_blob(REPOSITORY, nothing) as chunks,
    ):
        list(chunks)


def test_source__blob(source: Source) -> None:
    with source.read_blob(
        REPOSITORY, Descriptor(media_type="x/y", digest=Digest.of(LAYER), size=len(LAYER))
    ) as chunks:
        assert b"".join(chunks) == LAYER


@pytest.mark.parametrize(
    ("size", "why"),
    [(1, "more than the 1 bytes"), (1000, "should have 1000")],
    ids=["longer", "shorter"],
)
def test_source__blob_of_another_size(source: Source, size: int, why: str) -> None:
    blob = Descriptor(media_type="x/y", digest=Digest.of(LAYER), size=size)

    with pytest.raises(ContentInvalid) as caught, source.read_blob(REPOSITORY, blob) as chunks:
        list(chunks)

    assert why in caught.value.why
