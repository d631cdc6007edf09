"""Layouts that are written: in memory and on disk alike; the one on disk also meets interruptions
and links."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ghcr_action.adapters.layout_writer import DirectoryWriter
from ghcr_action.errors import ContentInvalid
from ghcr_action.ports import LayoutWriter
from ghcr_action.values.oci import Descriptor
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from tests.fakes.engine import image
from tests.fakes.layout import MemoryWriter, on_disk

ROOT, BLOBS = image([Platform("linux", "amd64")])
LAYER = b"some layer"
BLOB = Descriptor(media_type="x/y", digest=Digest.of(LAYER), size=len(LAYER))


@pytest.fixture(params=["memory", "disk"])
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> LayoutWriter:
    made: dict[str, Callable[[], LayoutWriter]] = {
        "memory": MemoryWriter,
        "disk": lambda: DirectoryWriter(tmp_path / "image"),
    }
    return made[request.param]()


def test_writer__has_what_was_written(writer: LayoutWriter) -> None:
    assert not writer.has(BLOB)

    writer.write(BLOB, iter((LAYER[:3], LAYER[3:])))

    assert writer.has(BLOB)


def test_writer__content_that_ends_with_an_error_leaves_nothing(writer: LayoutWriter) -> None:
    def broken() -> Iterator[bytes]:
        yield LAYER[:3]
        raise ContentInvalid("not what it claims to be")

    with pytest.raises(ContentInvalid):
        writer.write(BLOB, broken())

    assert not writer.has(BLOB)


def test_disk__what_was_written_is_a_layout(tmp_path: Path) -> None:
    writer = DirectoryWriter(tmp_path / "image")
    for digest, content in {**BLOBS, ROOT.descriptor.digest: ROOT.raw}.items():
        writer.write(
            Descriptor(media_type="x/y", digest=digest, size=len(content)), iter((content,))
        )
    writer.finish(ROOT.descriptor, "1.2")

    layout = on_disk(tmp_path / "image")
    (listed,) = json.loads((tmp_path / "image/index.json").read_bytes())["manifests"]

    assert layout.root().digest == ROOT.descriptor.digest
    assert listed["annotations"] == {"org.opencontainers.image.ref.name": "1.2"}
    assert layout.manifest(Repository("ghcr.io", "octo/app").at(ROOT.descriptor.digest)) == ROOT
    assert sorted(path.name for path in (tmp_path / "image").iterdir()) == [
        "blobs",
        "index.json",
        "oci-layout",
    ]


@pytest.mark.parametrize("content", [b"some lay", b"some layeR"], ids=["cut short", "changed"])
def test_disk__a_broken_blob_is_written_again(tmp_path: Path, content: bytes) -> None:
    writer = DirectoryWriter(tmp_path)
    writer.write(BLOB, iter((content,)))
    assert not writer.has(BLOB)

    writer.write(BLOB, iter((LAYER,)))

    assert writer.has(BLOB)


def test_disk__links_are_not_followed(tmp_path: Path) -> None:
    outside, directory = tmp_path / "outside", tmp_path / "image"
    outside.mkdir()
    (directory / "blobs").mkdir(parents=True)
    (directory / "blobs" / "sha256").symlink_to(outside)

    with pytest.raises(ContentInvalid, match="leads out of the directory"):
        DirectoryWriter(directory).write(BLOB, iter((LAYER,)))

    assert list(outside.iterdir()) == []


def test_disk__a_linked_blob_is_replaced(tmp_path: Path) -> None:
    writer = DirectoryWriter(tmp_path / "image")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(LAYER)
    writer.write(BLOB, iter((LAYER,)))
    path = tmp_path / "image/blobs/sha256" / BLOB.digest.encoded
    path.unlink()
    path.symlink_to(elsewhere)
    assert not writer.has(BLOB)

    writer.write(BLOB, iter((LAYER,)))

    assert (path.is_symlink(), elsewhere.read_bytes()) == (False, LAYER)
