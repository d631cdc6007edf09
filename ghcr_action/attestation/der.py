"""DER, as much as timestamps and certificate extensions need: one element, its parts, an OID, a
time.

``cryptography`` reads certificates; it has no reader for RFC 3161, and none for optional parts of
any
kind. Nothing here calls itself, and a length must be the shortest form, so that no input costs more
than its own size. Source: ITU-T X.690, sections 8 and 10.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from ghcr_action.attestation.refused import Refused, need

LARGEST = 64 * 1024
"""Bytes of the largest document that is read; a timestamp has five thousand."""
_MOST_PARTS = 64
_LONG_FORM = 0x80
_MANY_BYTES = 0x1F
_TIME = r"[0-9]{14}(?:\.[0-9]+)?Z"


class Kind(IntEnum):
    """Tags of the elements that are read."""

    BOOLEAN = 0x01
    INTEGER = 0x02
    OCTETS = 0x04
    NULL = 0x05
    OID = 0x06
    UTF8 = 0x0C
    TIME = 0x18
    SEQUENCE = 0x30
    SET = 0x31
    TAGGED = 0xA0
    """``[0]``, constructed."""


@dataclass(frozen=True)
class Element:
    """One element: its tag, what it holds, and the bytes it was read from."""

    tag: int
    body: bytes
    raw: bytes

    @property
    def parts(self) -> tuple["Element", ...]:
        """The elements inside a constructed one."""
        found: list[Element] = []
        at = 0
        while at < len(self.body):
            need(len(found) < _MOST_PARTS, "DER with too many parts")
            found.append(_element(self.body, at))
            at += len(found[-1].raw)
        return tuple(found)

    def only(self, kind: Kind) -> "Element":
        """Itself. Raises Refused where it is of another kind."""
        need(self.tag == kind, f"DER with 0x{self.tag:02x} where {kind.name.lower()} belongs")
        return self

    @property
    def oid(self) -> str:
        """An object identifier, in numbers and dots."""
        self.only(Kind.OID)
        need(self.body and not self.body[-1] & _LONG_FORM, "DER with a broken OID")
        numbers, value = [], 0
        for byte in self.body:
            value = value << 7 | byte & 0x7F
            if not byte & _LONG_FORM:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))

    @property
    def number(self) -> int:
        """A whole number."""
        self.only(Kind.INTEGER)
        need(self.body, "DER with an empty number")
        return int.from_bytes(self.body, "big", signed=True)

    @property
    def text(self) -> str:
        """A text in UTF-8."""
        try:
            return self.only(Kind.UTF8).body.decode()
        except UnicodeDecodeError as cause:
            raise Refused("DER with a text that is not UTF-8") from cause

    @property
    def time(self) -> datetime:
        """A GeneralizedTime in UTC; parts of a second are left out."""
        text = self.only(Kind.TIME).body.decode("ascii", "replace")
        need(re.fullmatch(_TIME, text), "DER with a time that is not UTC")
        try:
            return datetime.strptime(f"{text[:14]}Z", "%Y%m%d%H%M%S%z")
        except ValueError as cause:
            raise Refused("DER with a time that is none") from cause


def read(raw: bytes) -> Element:
    """The one element that these bytes are. Raises Refused where something follows it."""
    need(len(raw) <= LARGEST, f"DER of {len(raw)} bytes: {LARGEST} are read")
    found = _element(raw, 0)
    need(len(found.raw) == len(raw), "DER with something after its end")
    return found


def _element(data: bytes, at: int) -> Element:
    need(len(data) >= at + 2, "DER that ends early")
    tag, size, start = data[at], data[at + 1], at + 2
    need(tag & _MANY_BYTES != _MANY_BYTES, "DER with a tag of several bytes")
    if size & _LONG_FORM:
        count = size & 0x7F
        need(0 < count <= 4, "DER of a length that is not written out")
        size = int.from_bytes(data[start : start + count], "big")
        shortest = max(1, (size.bit_length() + 7) // 8)
        need(size > 0x7F and count == shortest, "DER of a length in a longer form than it needs")
        start += count
    end = start + size
    need(end <= len(data), "DER that ends early")
    return Element(tag, data[start:end], data[at:end])
