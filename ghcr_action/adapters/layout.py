"""An OCI image layout in a directory, as ``buildx --output type=oci,tar=false,dest=DIR`` writes it.

Source: OCI image 1.1, https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO

from ghcr_action.adapters.content import CHUNK, ContentCheck
from ghcr_action.errors import ContentInvalid, InvalidValue, NotFound
from ghcr_action.values import oci
from ghcr_action.values.oci import MAX_MANIFEST, Descriptor, Index, Manifest, MediaType
from ghcr_action.values.reference import Digest, Repository

_FIX = "Build the image again; check that nothing else writes to this directory."


class DirectoryLayout:
    """The Layout port on a directory; every digest is checked as it is read, and no link inside is
    followed."""

    def __init__(self, directory: PurePath) -> None:
        self._directory = directory

    def root(self) -> Descriptor:
        """The one image of ``index.json``; several names for the same digest are one image.
        ContentInvalid otherwise."""
        marker, listing = self._small("oci-layout"), self._small("index.json")
        if marker is None or listing is None:
            raise self._invalid(f"it has no {'index.json' if marker else 'oci-layout'}")
        self._check_version(marker)
        try:
            index = oci.parse(listing, MediaType.OCI_INDEX)
        except InvalidValue as cause:
            raise self._invalid(f"index.json is not an index: {cause}") from cause
        roots = (
            {entry.digest: entry for entry in index.manifests} if isinstance(index, Index) else {}
        )
        if len(roots) != 1:
            raise self._invalid(f"it holds {len(roots)} images")
        return next(iter(roots.values()))

    def manifest(self, repository: Repository, digest: Digest) -> Manifest | Index | None:  # noqa: ARG002 (the port's signature)
        """The manifest or index with this digest, checked against it; a layout has one
        repository."""
        raw = self._small("blobs", digest.algorithm, digest.encoded)
        if raw is None:
            return None
        if not digest.matches(raw):
            raise self._invalid(f"the file of {digest} has the digest {Digest.of(raw)}")
        try:
            return oci.parse(raw)
        except InvalidValue as cause:
            raise self._invalid(f"{digest} is not a manifest: {cause}") from cause

    @contextmanager
    def read_blob(self, repository: Repository, blob: Descriptor) -> Iterator[Iterator[bytes]]:  # noqa: ARG002 (the port's signature)
        """The blob in chunks of bytes; ContentInvalid where digest or size differ, NotFound where
        there is none."""
        file = self._open("blobs", blob.digest.algorithm, blob.digest.encoded)
        if file is None:
            raise NotFound(
                f"Could not read blob {blob.digest}",
                why=f"the OCI layout {self._directory} does not have it",
                fix=_FIX,
            )
        with file:
            yield self._chunks(file, blob)

    def _chunks(self, file: BinaryIO, blob: Descriptor) -> Iterator[bytes]:
        check = ContentCheck(blob, f"the OCI layout {self._directory}")
        while chunk := file.read(CHUNK):
            check.update(chunk)
            yield chunk
        check.finish()

    def _small(self, *path: str) -> bytes | None:
        file = self._open(*path)
        if file is None:
            return None
        with file:
            content = file.read(MAX_MANIFEST + 1)
        if len(content) > MAX_MANIFEST:
            raise self._invalid(f"{'/'.join(path)} has more than {MAX_MANIFEST} bytes")
        return content

    def _open(self, *path: str) -> BinaryIO | None:
        """A regular file below the layout, each step taken from the directory before it without
        following links."""
        opened: list[int] = []
        try:
            opened.append(os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY))
            for name in path[:-1]:
                opened.append(
                    os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened[-1])
                )
            opened.append(
                os.open(path[-1], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=opened[-1])
            )
            if not stat.S_ISREG(os.fstat(opened[-1]).st_mode):
                raise self._invalid(f"{'/'.join(path)} is not a file")
            return os.fdopen(opened.pop(), "rb")
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise self._invalid(
                f"{'/'.join(path)} can't be read as a file inside it: {cause.strerror}"
            ) from cause
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def _check_version(self, marker: bytes) -> None:
        try:
            version = json.loads(marker)["imageLayoutVersion"]
        except (ValueError, KeyError, TypeError, RecursionError) as cause:
            raise self._invalid("its file oci-layout does not give a version") from cause
        if version != "1.0.0":
            raise self._invalid(f"its version is {version!r}, and only 1.0.0 is known")

    def _invalid(self, why: str) -> ContentInvalid:
        return ContentInvalid(
            f"{self._directory} is not an OCI layout with one image", why=why, fix=_FIX
        )
