"""Frozen dataclasses to JSON and back, with every type and length checked: what comes back may
have been written by a stranger."""

import base64
import json
import re
import types
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ghcr_action.errors import InvalidValue

MAX_TEXT = 2000
"""Characters of one text."""
MAX_ITEMS = 200
"""Items of one list."""
MAX_NUMBER = 2**53
_HALF = r"[\ud800-\udfff]"
"""Half a character, which JSON can spell and UTF-8 can't."""
T = TypeVar("T")


def dump(value: object) -> Any:
    """A dataclass of texts, numbers, booleans, tuples and dataclasses as JSON; members that have
    their default are left out."""
    if is_dataclass(value):
        given = {
            field.name: getattr(value, field.name)
            for field in fields(value)
            if getattr(value, field.name) != field.default
        }
        return {name: dump(each) for name, each in given.items()}
    return [dump(each) for each in value] if isinstance(value, tuple) else value


def pack(document: object) -> str:
    """JSON in letters, digits, ``_``, ``-`` and ``=`` only: base64url of zlib."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def unpack(packed: str, limit: int) -> Any:
    """The JSON again. Raises InvalidValue for what is none, and for what has more than ``limit``
    bytes."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.urlsafe_b64decode(packed), limit)
        document = None if unpacker.unconsumed_tail else json.loads(text)
    except (ValueError, zlib.error, RecursionError) as cause:
        raise InvalidValue("it can't be unpacked") from cause
    if unpacker.unconsumed_tail:
        raise InvalidValue(f"it has more than {limit} bytes")
    return document


def load(document: object, kind: type[T]) -> T:
    """The dataclass again. Raises InvalidValue for an unknown or missing member, a wrong type, and
    a text, list or number that is too large.
    """
    found: T = _dataclass(document, kind, kind.__name__)
    return found


def _dataclass(document: object, kind: type, where: str) -> Any:
    if not isinstance(document, Mapping):
        raise InvalidValue(f"{where} is no object")
    hints = _hints(kind)
    if unknown := sorted(map(str, document.keys() - hints.keys())):
        raise InvalidValue(f"{where} has a member {unknown[0][:40]!r}, which it may not have")
    required = {field.name for field in fields(kind) if field.default is MISSING}
    if missing := sorted(required - document.keys()):
        raise InvalidValue(f"{where} has no {missing[0]!r}")
    return kind(
        **{name: _value(value, hints[name], f"{where}.{name}") for name, value in document.items()}
    )


def _value(value: object, kind: Any, where: str) -> Any:
    if isinstance(kind, types.UnionType):
        return None if value is None else _value(value, get_args(kind)[0], where)
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise InvalidValue(f"{where} is no list of at most {MAX_ITEMS} items")
        return tuple(_value(each, get_args(kind)[0], where) for each in value)
    if is_dataclass(kind):
        return _dataclass(value, kind, where)  # type: ignore[arg-type]  # is_dataclass knows instances too
    return _plain(value, kind, where)


def _plain(value: object, kind: Any, where: str) -> Any:
    if (
        kind is str
        and isinstance(value, str)
        and len(value) <= MAX_TEXT
        and not re.search(_HALF, value)
    ):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if (
        kind in (int, float)
        and isinstance(value, (int, float))
        and not isinstance(value, bool)
        and 0 <= value <= MAX_NUMBER
    ):
        return kind(value)
    raise InvalidValue(f"{where} is not what it should be: {kind.__name__}")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
