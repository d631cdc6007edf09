"""A DER writer: enough for lists of SCTs, timestamps and signed data."""

from datetime import datetime

NULL = b"\x05\x00"


def element(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    return element(0x30, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    return element(0x31, b"".join(sorted(parts)))


def octets(body: bytes) -> bytes:
    return element(0x04, body)


def tagged(*parts: bytes) -> bytes:
    """``[0]``, constructed."""
    return element(0xA0, b"".join(parts))


def integer(number: int) -> bytes:
    return element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def utf8(text: str) -> bytes:
    return element(0x0C, text.encode())


def time(moment: datetime) -> bytes:
    return element(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for number in rest:
        digits = [number & 127]
        while number := number >> 7:
            digits.append(number & 127 | 128)
        out += bytes(reversed(digits))
    return element(0x06, out)
