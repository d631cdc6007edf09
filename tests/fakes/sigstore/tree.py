"""A Merkle tree as RFC 6962 has it, small and slow: https://www.rfc-editor.org/rfc/rfc6962#section-2.1."""

import hashlib


class Tree:
    """Entries in the order in which they came."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []

    @property
    def size(self) -> int:
        return len(self._leaves)

    def append(self, body: bytes) -> int:
        self._leaves.append(hashlib.sha256(b"\0" + body).digest())
        return len(self._leaves) - 1

    def root(self) -> bytes:
        return _root(self._leaves)

    def path(self, index: int) -> list[bytes]:
        return _path(self._leaves, index)


def _split(size: int) -> int:
    """The largest power of two that is smaller."""
    return 1 << (size - 1).bit_length() - 1


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    at = _split(len(leaves))
    return hashlib.sha256(b"\1" + _root(leaves[:at]) + _root(leaves[at:])).digest()


def _path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    at = _split(len(leaves))
    if index < at:
        return [*_path(leaves[:at], index), _root(leaves[at:])]
    return [*_path(leaves[at:], index - at), _root(leaves[:at])]
