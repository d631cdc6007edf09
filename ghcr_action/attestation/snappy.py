"""Raw Snappy, without frames: the form in which GitHub hands out bundles by ``bundle_url``.

Source: https://github.com/google/snappy/blob/main/format_description.txt.
"""

from ghcr_action.attestation.refused import Refused, need

_TORN = "the Snappy stream is torn"


def decompress(data: bytes, *, most: int) -> bytes:
    """The content; never more than ``most`` bytes are made. Raises Refused."""
    try:
        size, at = _size(data)
        need(size <= most, f"the Snappy stream has {size} bytes: {most} are read")
        out = bytearray()
        while at < len(data):
            at = _literal(data, at, out) if not data[at] & 3 else _copy(data, at, out)
            need(len(out) <= size, _TORN)
    except IndexError as cause:
        raise Refused(_TORN) from cause
    need(len(out) == size, _TORN)
    return bytes(out)


def _size(data: bytes) -> tuple[int, int]:
    """The length that stands first, seven bits a byte, and where the content begins."""
    size = 0
    for at in range(5):
        size |= (data[at] & 0x7F) << 7 * at
        if not data[at] & 0x80:
            return size, at + 1
    raise Refused(_TORN)


def _literal(data: bytes, at: int, out: bytearray) -> int:
    count, start = data[at] >> 2, at + 1
    if count >= 60:
        extra = count - 59
        count, start = int.from_bytes(data[start : start + extra], "little"), start + extra
    end = start + count + 1
    need(end <= len(data), _TORN)
    out += data[start:end]
    return end


def _copy(data: bytes, at: int, out: bytearray) -> int:
    """Repeat what is there already; the repeated part may begin to overlap itself."""
    tag = data[at]
    if tag & 3 == 1:
        count, offset, end = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[at + 1], at + 2
    else:
        end = at + (3 if tag & 3 == 2 else 5)
        count, offset = (tag >> 2) + 1, int.from_bytes(data[at + 1 : end], "little")
    need(end <= len(data) and 0 < offset <= len(out), _TORN)
    piece = out[-offset:][:count]
    out += (piece * (count // len(piece) + 1))[:count]
    return end
