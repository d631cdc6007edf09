"""Writes an OCI image layout: each blob under its digest once it is whole, the names last, so
that a broken pull is never an image.

Source: OCI image 1.1, https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ghcr_action.adapters.content import CHUNK, counted
from ghcr_action.adapters.progress import Silent
from ghcr_action.errors import ContentInvalid
from ghcr_action.ports import Progress
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor

_NAME = "org.opencontainers.image.ref.name"


class DirectoryWriter:
    """The LayoutWriter port on a directory, which is made where it is missing."""

    def __init__(self, directory: Path, progress: Progress | None = None) -> None:
        self._directory = directory
        self._progress = progress or Silent()

    def has(self, blob: Descriptor) -> bool:
        """Whether the blob is there and is what its name says."""
        path = self._path(blob)
        if not path.is_file() or path.is_symlink() or path.stat().st_size != blob.size:
            return False
        found = hashlib.new(blob.digest.algorithm)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
        return found.hexdigest() == blob.digest.encoded

    def write(self, blob: Descriptor, content: Iterator[bytes]) -> None:
        """The blob; the content is checked by whoever reads it, and nothing keeps the name where
        that fails."""
        path = self._path(blob)
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        try:
            with self._progress.transfer(blob) as tell, self._new(part) as file:
                file.writelines(counted(content, tell))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    @staticmethod
    def _new(part: Path) -> BinaryIO:
        return os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb"
        )

    def finish(self, root: Descriptor, name: str) -> None:
        """``oci-layout`` and the ``index.json`` that names the one image."""
        index = oci.make_index([replace(root, annotations={_NAME: name})])
        self._replace("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        self._replace("index.json", index.raw)

    def _path(self, blob: Descriptor) -> Path:
        """Where a blob goes. ContentInvalid where a link of the work tree leads out of the
        directory."""
        folder = self._directory / "blobs" / blob.digest.algorithm
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(self._directory.resolve()):
            raise ContentInvalid(
                f"{folder} leads out of the directory",
                why="it is a link",
                fix="Name an `output` directory that does not exist yet.",
            )
        return folder / blob.digest.encoded

    def _replace(self, name: str, content: bytes) -> None:
        part = self._directory / f"{name}.part"
        part.unlink(missing_ok=True)
        part.write_bytes(content)
        part.replace(self._directory / name)
