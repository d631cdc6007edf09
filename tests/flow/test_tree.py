"""Reading an image with everything below it: what is refused, and what its platforms weigh."""

import pytest

from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.images import tree
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.size import ImageSize, PlatformImage
from tests.fakes.engine import image
from tests.fakes.layout import MemoryLayout

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
APP = Repository("ghcr.io", "octo/app")
INDEX, BLOBS = image([AMD64, ARM64])
SINGLE, _ = image([AMD64])
LAYOUT = MemoryLayout(INDEX, BLOBS)


def index_of(*entries: Descriptor) -> Index:
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": list(map(oci.describe, entries)),
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Index)
    return found


def test_read__child_that_is_missing() -> None:
    assert isinstance(INDEX, Index)
    child = INDEX.manifests[1].digest
    layout = MemoryLayout(
        INDEX, {digest: content for digest, content in BLOBS.items() if digest != child}
    )

    with pytest.raises(NotFound) as caught:
        tree.read(layout.manifest, APP, INDEX.descriptor)

    assert (caught.value.what, caught.value.why) == (
        f"{APP.at(child)} is not there",
        f"{INDEX.descriptor.digest} lists it; a clean-up may have deleted it",
    )


def test_read__root_that_is_missing() -> None:
    with pytest.raises(NotFound, match="is not there"):
        tree.read(LAYOUT.manifest, APP, index_of().descriptor)


def test_read__too_deep_to_be_an_image() -> None:
    root, blobs = index_of(), {}
    for _ in range(tree.MAX_DEPTH + 1):
        blobs[root.descriptor.digest] = root.raw
        root = index_of(root.descriptor)

    with pytest.raises(
        ContentInvalid, match=f"is too deep to be an image\nWhy: .* more than {tree.MAX_DEPTH}"
    ):
        tree.read(MemoryLayout(root, blobs).manifest, APP, root.descriptor)


def test_read__too_big_to_be_an_image() -> None:
    manifests = [_padded(number) for number in range(tree.MAX_BYTES // 4_000_000 + 1)]
    root = index_of(*(manifest.descriptor for manifest in manifests))

    with pytest.raises(ContentInvalid, match="is too big to be an image"):
        tree.read(
            MemoryLayout(
                root, {manifest.descriptor.digest: manifest.raw for manifest in manifests}
            ).manifest,
            APP,
            root.descriptor,
        )


def test_read__too_many_to_be_an_image() -> None:
    manifests = [_padded(number, 4) for number in range(tree.MAX_MANIFESTS)]
    root = index_of(*(manifest.descriptor for manifest in manifests))

    with pytest.raises(ContentInvalid, match="is too big to be an image"):
        tree.read(
            MemoryLayout(
                root, {manifest.descriptor.digest: manifest.raw for manifest in manifests}
            ).manifest,
            APP,
            root.descriptor,
        )


def _padded(number: int, width: int = 4_000_000) -> Index:
    found = oci.parse(
        oci.dump(
            {
                "manifests": [],
                "mediaType": MediaType.OCI_INDEX,
                "annotations": {"x": f"{number}".zfill(width)},
            }
        )
    )
    assert isinstance(found, Index)
    return found


def test_blobs__layers_that_may_not_be_distributed_stay() -> None:
    foreign = Descriptor(
        media_type="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        digest=Digest.of(b"win"),
        size=3,
    )
    root = index_of(foreign)

    assert tree.blobs(root) == ()


def test_size__by_platform_with_shared_layers_once() -> None:
    assert isinstance(INDEX, Index)
    first, second = (oci.parse(BLOBS[entry.digest]) for entry in INDEX.manifests)
    assert isinstance(first, Manifest)
    assert isinstance(second, Manifest)

    found = tree.size(LAYOUT, APP, tree.read(LAYOUT.manifest, APP, INDEX.descriptor))

    shared = len(b"layer shared by all")
    assert found == ImageSize(
        platforms=(
            PlatformImage(platform=AMD64, digest=first.descriptor.digest, size=first.size),
            PlatformImage(platform=ARM64, digest=second.descriptor.digest, size=second.size),
        ),
        total=first.size + second.size - shared,
    )


def test_size__attestations_are_not_counted() -> None:
    assert isinstance(INDEX, Index)
    attestation = Descriptor(
        media_type=SINGLE.media_type,
        digest=SINGLE.descriptor.digest,
        size=len(SINGLE.raw),
        platform=Platform("unknown", "unknown"),
    )
    root = index_of(INDEX.manifests[1], attestation)
    layout = MemoryLayout(root, {**BLOBS, SINGLE.descriptor.digest: SINGLE.raw})

    found = tree.size(layout, APP, tree.read(layout.manifest, APP, root.descriptor))

    assert [image.platform for image in found.platforms] == [ARM64]


CONFIGS = {
    "of an image": (
        b'{"os":"linux","architecture":"arm","variant":"v7"}',
        Platform("linux", "arm", "v7"),
    ),
    "of an artifact": (b"{}", Platform("unknown", "unknown")),
    "that is no JSON": (b"x", Platform("unknown", "unknown")),
    "that is a list": (b"[]", Platform("unknown", "unknown")),
}


@pytest.mark.parametrize(("config", "expected"), CONFIGS.values(), ids=CONFIGS.keys())
def test_size__platform_from_the_config(config: bytes, expected: Platform) -> None:
    manifest = _with_config(config, len(config))
    layout = MemoryLayout(manifest, {Digest.of(config): config})

    found = tree.size(layout, APP, tree.read(layout.manifest, APP, manifest.descriptor))

    assert found.platforms == (
        PlatformImage(platform=expected, digest=manifest.descriptor.digest, size=len(config)),
    )


def test_size__config_that_would_fill_the_memory() -> None:
    manifest = _with_config(b"x", oci.MAX_MANIFEST + 1)
    layout = MemoryLayout(manifest, {})

    with pytest.raises(ContentInvalid, match="is too big"):
        tree.size(layout, APP, tree.read(layout.manifest, APP, manifest.descriptor))


def _with_config(config: bytes, size: int) -> Manifest:
    described = oci.describe(
        Descriptor(media_type=MediaType.OCI_CONFIG, digest=Digest.of(config), size=size)
    )
    found = oci.parse(
        oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": MediaType.OCI_MANIFEST,
                "config": described,
                "layers": [],
            }
        )
    )
    assert isinstance(found, Manifest)
    return found
