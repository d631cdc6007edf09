"""Checks and counts bytes while they stream past, for every adapter that reads or writes blobs."""

import hashlib
from collections.abc import Callable, Iterator

from ghcr_action.errors import ContentInvalid
from ghcr_action.values.oci import Descriptor

CHUNK = 1024 * 1024
"""Bytes that are held of a blob at a time."""


class ContentCheck:
    """Counts and hashes what has passed of one blob."""

    def __init__(self, blob: Descriptor, origin: str) -> None:
        self._blob = blob
        self._origin = origin
        self._hash = hashlib.new(blob.digest.algorithm)
        self.size = 0

    def update(self, chunk: bytes) -> None:
        """Take the next bytes; ContentInvalid as soon as there are more than the descriptor
        says."""
        self.size += len(chunk)
        if self.size > self._blob.size:
            raise self._invalid(f"it has more than the {self._blob.size} bytes it should have")
        self._hash.update(chunk)

    def finish(self) -> None:
        """The end: ContentInvalid where bytes are missing or the digest differs."""
        if self.size != self._blob.size:
            raise self._invalid(
                f"it ended after {self.size} bytes, and should have {self._blob.size}"
            )
        if self._hash.hexdigest() != self._blob.digest.encoded:
            raise self._invalid(
                f"its digest is {self._blob.digest.algorithm}:{self._hash.hexdigest()}"
            )

    def _invalid(self, why: str) -> ContentInvalid:
        return ContentInvalid(
            f"Blob {self._blob.digest} of {self._origin} is not what it claims to be",
            why=why,
            fix="Push the image again; if it happens again, don't trust this source.",
        )


def counted(chunks: Iterator[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    """The same chunks; ``tell`` takes the sum of those that were used up, once for each."""
    passed = 0
    for chunk in chunks:
        yield chunk
        passed += len(chunk)
        tell(passed)
