"""An OCI layout in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.reference import Digest, Repository
from tests.fakes.registry import checked


class FakeLayout:
    """Manifests and blobs by digest; ``root`` is the last of ``manifests`` unless ``roots`` says otherwise."""

    def __init__(self, *manifests: Manifest | Index, blobs: dict[Digest, bytes] | None = None, roots: int = 1) -> None:
        self.manifests = {manifest.descriptor.digest: manifest for manifest in manifests}
        self.blobs = blobs or {}
        self.roots = manifests[len(manifests) - roots :]

    def root(self) -> Descriptor:
        if len(self.roots) != 1:
            raise ContentInvalid("The OCI layout does not hold one image", why=f"it holds {len(self.roots)}")
        return self.roots[0].descriptor

    def manifest(self, repository: Repository, digest: Digest) -> Manifest | Index | None:
        return self.manifests.get(digest)

    @contextmanager
    def read_blob(self, repository: Repository, blob: Descriptor) -> Iterator[Iterator[bytes]]:
        content = self.blobs.get(blob.digest)
        if content is None:
            raise NotFound(f"Could not read blob {blob.digest}", why="the layout does not have it")
        yield checked(content, blob, "the layout")
