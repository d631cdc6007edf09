"""Manifests that an earlier run has read, in one file: named by their digest, which is compared
when the file is read.

One JSON object a line, the first one with the version of the format; then ``digest``, ``type``
(the media type the registry gave), ``seen`` (when it was last there) and ``text`` (the bytes,
deflated, in base64). Whoever changes
the file changes nothing: a line whose bytes have another digest is passed over.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import date

from ghcr_action.values.oci import MAX_MANIFEST
from ghcr_action.values.reference import Digest

FORMAT = {"ghcr-action-manifests": 1}
DAYS = 30
"""How long GitHub tells what was deleted."""


class Manifests:
    """The bytes of manifests by digest, deflated as long as nobody reads them."""

    def __init__(self) -> None:
        self._held = dict[Digest, tuple[str, bytes]]()
        self._seen = dict[Digest, date]()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, digest: Digest) -> tuple[bytes, str] | None:
        """Bytes and media type."""
        found = self._held.get(digest)
        return (zlib.decompress(found[1]), found[0]) if found else None

    def keep(self, digest: Digest, raw: bytes, media_type: str, seen: date = date.min) -> None:
        """Remember these bytes, if they are what they are called."""
        if digest.matches(raw):
            self._held[digest] = (media_type, zlib.compress(raw))
            self._seen[digest] = seen

    def dump(self, digests: Iterable[Digest], today: date) -> bytes:
        """The file with those of these manifests that are known, and others that were there in the
        last 30 days: as long as GitHub tells what was deleted."""
        self._seen |= dict.fromkeys(set(digests) & self._held.keys(), today)
        fresh = (each for each, seen in self._seen.items() if (today - seen).days <= DAYS)
        return b"".join(self._lines(sorted(fresh)))

    def _lines(self, digests: Iterable[Digest]) -> Iterator[bytes]:
        yield json.dumps(FORMAT).encode() + b"\n"
        for digest in digests:
            media_type, packed = self._held[digest]
            text, seen = base64.b64encode(packed).decode(), self._seen[digest].isoformat()
            line = {"digest": str(digest), "type": media_type, "seen": seen, "text": text}
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


def _entry(line: bytes) -> tuple[Digest, bytes, str, date] | None:
    document = _document(line)
    if not isinstance(document, dict):
        return None
    digest, media_type, text = (document.get(name) for name in ("digest", "type", "text"))
    if not (isinstance(digest, str) and isinstance(media_type, str) and isinstance(text, str)):
        return None
    named, raw, seen = Digest.find(digest), _inflated(text), _day(document.get("seen"))
    return (named, raw, media_type, seen) if named and raw is not None else None


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return date.min


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
