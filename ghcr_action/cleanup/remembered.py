"""Manifests that an earlier run has read, in one file: named by their digest, which is compared
when the file is read.

One JSON object a line, the first one with the version of the format; then ``digest``, ``type``
(the media type the registry gave) and ``text`` (the bytes, deflated, in base64). Whoever changes
the file changes nothing: a line whose bytes have another digest is passed over.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator

from ghcr_action.values.oci import MAX_MANIFEST
from ghcr_action.values.reference import Digest

FORMAT = {"ghcr-action-manifests": 1}


class Manifests:
    """The bytes of manifests by digest, deflated as long as nobody reads them."""

    def __init__(self) -> None:
        self._held = dict[Digest, tuple[str, bytes]]()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, digest: Digest) -> tuple[bytes, str] | None:
        """Bytes and media type."""
        found = self._held.get(digest)
        return (zlib.decompress(found[1]), found[0]) if found else None

    def keep(self, digest: Digest, raw: bytes, media_type: str) -> None:
        """Remember these bytes, if they are what they are called."""
        if digest.matches(raw):
            self._held[digest] = (media_type, zlib.compress(raw))

    def dump(self, digests: Iterable[Digest]) -> bytes:
        """The file with those of these manifests that are known, in the order of their digests."""
        return b"".join(self._lines(digests))

    def _lines(self, digests: Iterable[Digest]) -> Iterator[bytes]:
        yield json.dumps(FORMAT).encode() + b"\n"
        for digest in sorted(set(digests) & self._held.keys()):
            media_type, packed = self._held[digest]
            line = {
                "digest": str(digest),
                "type": media_type,
                "text": base64.b64encode(packed).decode(),
            }
            yield json.dumps(line, separators=(",", ":")).encode() + b"\n"


def load(content: bytes) -> Manifests:
    """What can be believed of a file; nothing of one in another format."""
    found = Manifests()
    first, _, rest = content.partition(b"\n")
    if _document(first) != FORMAT:
        return found
    for line in rest.splitlines():
        if entry := _entry(line):
            found.keep(*entry)
    return found


def _entry(line: bytes) -> tuple[Digest, bytes, str] | None:
    document = _document(line)
    if not isinstance(document, dict):
        return None
    digest, media_type, text = (document.get(name) for name in ("digest", "type", "text"))
    if not (isinstance(digest, str) and isinstance(media_type, str) and isinstance(text, str)):
        return None
    named, raw = Digest.find(digest), _inflated(text)
    return (named, raw, media_type) if named and raw is not None else None


def _document(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _inflated(text: str) -> bytes | None:
    """The bytes; None where they are too many, or none: a small line can hold gigabytes of
    zeros."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(base64.b64decode(text, validate=True), MAX_MANIFEST)
    except (zlib.error, binascii.Error, ValueError):
        return None
    return raw if inflater.eof else None
