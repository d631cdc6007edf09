"""An OCI layout in memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository
from tests.fakes.registry import checked


class MemoryWriter:
    """A layout that is being written."""

    def __init__(self) -> None:
        self.blobs: dict[Digest, bytes] = {}
        self.root: Descriptor | None = None
        self.name = ""

    def has(self, blob: Descriptor) -> bool:
        return blob.digest in self.blobs and blob.digest.matches(self.blobs[blob.digest])

    def write(self, blob: Descriptor, content: Iterator[bytes]) -> None:
        self.blobs[blob.digest] = b"".join(content)

    def finish(self, root: Descriptor, name: str) -> None:
        self.root, self.name = root, name


def on_disk(directory: Path) -> "MemoryLayout":
    """A layout of one image as it lies in a directory."""
    listed = json.loads((directory / "index.json").read_bytes())["manifests"]
    (root,) = {entry["digest"] for entry in listed}
    files = [file.read_bytes() for file in (directory / "blobs" / "sha256").iterdir()]
    blobs = {Digest.of(content): content for content in files}
    return MemoryLayout(oci.parse(blobs[Digest.parse(root)]), blobs)


class MemoryLayout:
    """One image: its root, and every other byte by digest, manifests below the root included."""

    def __init__(self, root: Manifest | Index, blobs: dict[Digest, bytes]) -> None:
        self._root = root
        self.blobs = {**blobs, root.descriptor.digest: root.raw}

    def root(self) -> Descriptor:
        return self._root.descriptor

    def manifest(self, reference: Reference) -> Manifest | Index | None:
        digest = reference.digest
        raw = self.blobs.get(digest) if digest else None
        if digest is None or raw is None:
            return None
        if not digest.matches(raw):
            raise ContentInvalid(
                "The layout is not an OCI layout with one image",
                why=f"the file of {digest} has another digest",
            )
        return oci.parse(raw)

    @contextmanager
    def read_blob(self, repository: Repository, blob: Descriptor) -> Iterator[Iterator[bytes]]:
        content = self.blobs.get(blob.digest)
        if content is None:
            raise NotFound(f"Could not read blob {blob.digest}", why="the layout does not have it")
        yield checked(content, blob, "the layout")
