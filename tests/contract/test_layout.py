"""Sources of images: layouts in memory and on disk, and a registry, keep the same promises; the one
on disk also meets bad ones."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ghcr_action.adapters.layout import DirectoryLayout
from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.images import transfer
from ghcr_action.images.tree import RegistrySource
from ghcr_action.ports import Source
from ghcr_action.values import oci
from ghcr_action.values.oci import MAX_MANIFEST, Descriptor, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from tests.fakes.engine import image
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry

REPOSITORY = Repository("ghcr.io", "octo/app")
ROOT, BLOBS = image([Platform("linux", "amd64"), Platform("linux", "arm64")])
LAYER = next(content for content in BLOBS.values() if content.startswith(b"layer"))


def on_disk(directory: Path) -> Path:
    """The image as buildx writes it."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for digest, content in {**BLOBS, ROOT.descriptor.digest: ROOT.raw}.items():
        (blobs / digest.encoded).write_bytes(content)
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    named = {
        **oci.describe(ROOT.descriptor),
        "annotations": {"org.opencontainers.image.ref.name": "latest"},
    }
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    return directory


def in_registry() -> Source:
    registry = FakeRegistry()
    transfer.push(MemoryLayout(ROOT, BLOBS), ROOT.descriptor, REPOSITORY, registry)
    return RegistrySource(registry)


@pytest.fixture(params=["memory", "disk", "registry"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    made: dict[str, Callable[[], Source]] = {
        "memory": lambda: MemoryLayout(ROOT, BLOBS),
        "disk": lambda: DirectoryLayout(on_disk(tmp_path)),
        "registry": in_registry,
    }
    return made[request.param]()


def test_source__manifests_have_the_exact_bytes(source: Source) -> None:
    assert isinstance(ROOT, Index)
    children = [source.manifest(REPOSITORY, entry.digest) for entry in ROOT.manifests]

    assert source.manifest(REPOSITORY, ROOT.descriptor.digest) == ROOT
    assert [child.raw if child else None for child in children] == [
        BLOBS[entry.digest] for entry in ROOT.manifests
    ]


def test_source__absent(source: Source) -> None:
    nothing = Descriptor(media_type="x/y", digest=Digest.of(b"nothing"), size=7)

    assert source.manifest(REPOSITORY, nothing.digest) is None
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


def test_root__is_the_one_image(tmp_path: Path) -> None:
    assert (
        DirectoryLayout(on_disk(tmp_path)).root().digest
        == MemoryLayout(ROOT, BLOBS).root().digest
        == ROOT.descriptor.digest
    )


def test_root__under_two_names_is_one_image(tmp_path: Path) -> None:
    index = on_disk(tmp_path) / "index.json"
    document = json.loads(index.read_bytes())
    index.write_text(json.dumps({**document, "manifests": document["manifests"] * 2}))

    assert DirectoryLayout(tmp_path).root().digest == ROOT.descriptor.digest


def test_layout__is_what_a_manifest_is_read_from(tmp_path: Path) -> None:
    manifest, blobs = image([Platform("linux", "amd64")])

    assert isinstance(manifest, Manifest)
    assert (
        MemoryLayout(manifest, blobs).manifest(REPOSITORY, manifest.descriptor.digest) == manifest
    )


def entry(character: str) -> str:
    return (
        f'{{"mediaType": "{oci.MediaType.OCI_INDEX}", "digest": '
        f'"sha256:{character * 64}", "size": 1}}'
    )


BROKEN_ROOTS = {
    "no marker": ("oci-layout", None, "it has no oci-layout"),
    "no index": ("index.json", None, "it has no index.json"),
    "marker that is no JSON": ("oci-layout", "{", "its file oci-layout does not give a version"),
    "marker that is a list": ("oci-layout", "[]", "its file oci-layout does not give a version"),
    "a later version": (
        "oci-layout",
        '{"imageLayoutVersion": "2.0.0"}',
        "its version is '2.0.0', and only 1.0.0 is known",
    ),
    "index that is no JSON": ("index.json", "{", "index.json is not an index: not JSON"),
    "deep index": ("index.json", '{"manifests":' + "[" * 100_000, "index.json is not an index"),
    "no image": ("index.json", '{"manifests": []}', "it holds 0 images"),
    "two images": (
        "index.json",
        f'{{"manifests": [{entry("a")}, {entry("b")}]}}',
        "it holds 2 images",
    ),
    "large index": (
        "index.json",
        " " * (MAX_MANIFEST + 1),
        f"index.json has more than {MAX_MANIFEST} bytes",
    ),
}


@pytest.mark.parametrize(("name", "content", "why"), BROKEN_ROOTS.values(), ids=BROKEN_ROOTS.keys())
def test_root__of_a_broken_layout(tmp_path: Path, name: str, content: str | None, why: str) -> None:
    file = on_disk(tmp_path) / name
    file.unlink()
    if content is not None:
        file.write_text(content)

    with pytest.raises(ContentInvalid) as caught:
        DirectoryLayout(tmp_path).root()

    assert caught.value.what == f"{tmp_path} is not an OCI layout with one image"
    assert caught.value.why.startswith(why)


def test_root__of_no_directory(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match="is not an OCI layout"):
        DirectoryLayout(tmp_path / "none").root()


def at(directory: Path, digest: Digest) -> Path:
    return directory / "blobs" / "sha256" / digest.encoded


def linked(file: Path) -> None:
    file.rename(file.with_suffix(".kept"))
    file.symlink_to(file.with_suffix(".kept"))


def linked_directory(file: Path) -> None:
    linked(file.parent)


def as_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def as_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


FILES = {
    "a link": (linked, "can't be read as a file inside it"),
    "below a link": (linked_directory, "can't be read as a file inside it"),
    "a pipe": (as_pipe, "is not a file"),
    "a directory": (as_directory, "is not a file"),
    "other bytes": (lambda file: file.write_bytes(b"{}"), f"has the digest {Digest.of(b'{}')}"),
}


@pytest.mark.parametrize(("change", "why"), FILES.values(), ids=FILES.keys())
def test_manifest__that_is_not_a_file_of_the_layout(
    tmp_path: Path, change: Callable[[Path], None], why: str
) -> None:
    change(at(on_disk(tmp_path), ROOT.descriptor.digest))

    with pytest.raises(ContentInvalid) as caught:
        DirectoryLayout(tmp_path).manifest(REPOSITORY, ROOT.descriptor.digest)

    assert why in caught.value.why


def test_manifest__that_is_none(tmp_path: Path) -> None:
    directory = on_disk(tmp_path)

    with pytest.raises(ContentInvalid, match="is not a manifest"):
        DirectoryLayout(directory).manifest(REPOSITORY, Digest.of(LAYER))


def test_blob__of_other_bytes(tmp_path: Path) -> None:
    at(on_disk(tmp_path), Digest.of(LAYER)).write_bytes(LAYER[::-1])
    blob = Descriptor(media_type="x/y", digest=Digest.of(LAYER), size=len(LAYER))

    with (
        pytest.raises(ContentInvalid) as caught,
        DirectoryLayout(tmp_path).read_blob(REPOSITORY, blob) as chunks,
    ):
        list(chunks)

    assert caught.value.why == f"its digest is {Digest.of(LAYER[::-1])}"
