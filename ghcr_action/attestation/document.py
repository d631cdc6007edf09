"""JSON that somebody else wrote, read in one way only: no member twice, no number too large.

Two readers that keep different ones of two equal members would verify one text and act on another.
Protobuf's JSON leaves out zeros and writes 64-bit numbers as text, so that both forms are read:
https://protobuf.dev/programming-guides/json/.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ghcr_action.attestation.refused import Refused, need, refuse

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest document that is read; a bundle has four to eight thousand."""
_MOST_DIGITS = 19
"""Digits of the largest number that a 64-bit field can hold."""
_LARGEST_NUMBER = 2**63 - 1
_NUMBER = r"0|[1-9][0-9]{0,18}"
_MOST_ITEMS = 2048


@dataclass(frozen=True, kw_only=True)
class Node:
    """A JSON value and where it stands, so that a refusal can name the member."""

    value: Any
    path: str

    def member(self, *names: str) -> Node:
        """The first of these members that is there and not null. Raises Refused for none."""
        for name in names:
            if found := self.find(name):
                return found
        return refuse(f"{self.path} has no {' or '.join(names)}")

    def find(self, name: str) -> Node | None:
        """A member of an object; None where it is missing or null."""
        need(isinstance(self.value, dict), f"{self.path} is no object")
        found = self.value.get(name)
        return None if found is None else Node(value=found, path=f"{self.path}.{name}")

    def items(self, name: str, *, most: int = _MOST_ITEMS) -> tuple[Node, ...]:
        """A member that is a list; a missing one is empty."""
        found = self.find(name)
        if found is None:
            return ()
        need(isinstance(found.value, list), f"{found.path} is no list")
        need(
            len(found.value) <= most, f"{found.path} has {len(found.value)} items: {most} are read"
        )
        return tuple(
            Node(value=each, path=f"{found.path}[{number}]")
            for number, each in enumerate(found.value)
        )

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Every member of an object."""
        need(isinstance(self.value, dict), f"{self.path} is no object")
        for name, each in self.value.items():
            yield name, Node(value=each, path=f"{self.path}.{name}")

    @property
    def text(self) -> str:
        """A text."""
        need(isinstance(self.value, str), f"{self.path} is no text")
        return str(self.value)

    @property
    def number(self) -> int:
        """A whole number of at most 63 bits, also as text."""
        need(_is_number(self.value), f"{self.path} is no whole number of 63 bits")
        return int(self.value)

    @property
    def content(self) -> bytes:
        """Bytes in base64, as the standard alphabet has them, with padding and nothing between."""
        try:
            return base64.b64decode(self.text.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError) as cause:
            raise Refused(f"{self.path} is not base64") from cause

    @property
    def time(self) -> datetime:
        """A moment in RFC 3339, with its zone."""
        try:
            moment = datetime.fromisoformat(self.text)
        except ValueError as cause:
            raise Refused(f"{self.path} is no time") from cause
        need(moment.tzinfo, f"{self.path} has no zone")
        return moment.astimezone(UTC)


def read(raw: bytes, name: str) -> Node:
    """One JSON object in UTF-8; ``name`` begins every path. Raises Refused."""
    need(len(raw) <= LARGEST, f"{name} has {len(raw)} bytes: {LARGEST} are read")
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except Refused as cause:
        raise Refused(f"{name} {cause}") from cause
    except (ValueError, RecursionError) as cause:
        raise Refused(f"{name} is not JSON") from cause
    need(isinstance(value, dict), f"{name} is no JSON object")
    return Node(value=value, path=name)


def number(node: Node, name: str) -> int:
    """A number inside an object; 0 where it is left out."""
    found = node.find(name)
    return found.number if found else 0


def text(node: Node, name: str) -> str:
    """A text inside an object; empty where it is left out."""
    found = node.find(name)
    return found.text if found else ""


def encode(content: bytes) -> str:
    """Bytes as a bundle has them."""
    return base64.b64encode(content).decode()


def compact(document: object) -> bytes:
    """JSON without blanks, its members sorted, as logs sign it (RFC 8785 for texts and whole
    numbers).
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Refused(f"has the member {twice!r} twice in one object")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Refused(f"has a number of {len(digits)} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    found = float(digits)
    if found in {float("inf"), float("-inf")}:
        raise Refused("has a number that no machine can hold")
    return found


def _constant(word: str) -> float:
    raise Refused(f"has {word}, which is not JSON")


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(_NUMBER, value) is not None and int(value) <= _LARGEST_NUMBER
    return type(value) is int and 0 <= value <= _LARGEST_NUMBER
