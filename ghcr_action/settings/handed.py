"""What jobs hand over to ``mode: merge``: digests and lines of jobs, one a line or anywhere in
JSON.

A job that delivered nothing, or the same as another, is told by its key, whatever that is called.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import lists
from ghcr_action.inputs.given_back import OUTPUTS
from ghcr_action.settings.common import JOB_PREFIX
from ghcr_action.values.platform import ARCHITECTURES, SYSTEMS
from ghcr_action.values.reference import Digest

_DEEPEST = 50
"""Levels of JSON: what jobs hand over has two or three, and what a stranger wrote may have more
than Python can follow."""
_LONGEST = 200
"""Characters of such a text that an error repeats."""
_DELIVERED = frozenset({"digest", "digests", "image", "images", "leg"})
"""Outputs of this action that say what was pushed."""
_OTHER = frozenset(output.name for output in OUTPUTS) - _DELIVERED | {"result"}
"""Its other outputs, and what a job says of itself: they may be empty or anything."""
_PLATFORM_WORDS = ARCHITECTURES | SYSTEMS | {"digest"}
_VARIANT = r"v\d+"
_DIGEST_BEGUN = r"(?:^|@|\")sha(?:256|512):"


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A digest, a name with one, or the line of a job."""

    key: str
    """Of the JSON around it; empty for a line or an item of a list."""
    path: str
    """Every key on the way to it."""
    text: str


def read(
    text: str, *, may_miss_jobs: bool = False, may_be_one_image: bool = False
) -> tuple[str, ...]:
    """Every ``sha256:…``, ``name@sha256:…`` and line of a job, in order.

    Raises InvalidValue for a line or an item of a list that is none of them, for a key that should
    hold one and does not, and for two keys or lines with the same. ``may_miss_jobs``: the platforms
    are known that must have a job, so that an empty text is passed over beside lines of jobs, and
    where nobody delivered anything. ``may_be_one_image``: the jobs build targets of a bake, of
    which two may have the same digest; the lines of two jobs differ.
    """
    may_be_empty = may_miss_jobs and (JOB_PREFIX in text or not re.search(_DIGEST_BEGUN, text))
    found = json.loads(text) if looks_like_json(text) else lists.lines(text, quotes=False)
    items = tuple(_walk(found, "", "", may_be_empty=may_be_empty))
    _refuse_doubled(tuple(i for i in items if is_job_line(i.text)) if may_be_one_image else items)
    return tuple(dict.fromkeys(item.text for item in items))


def is_job_line(text: str) -> bool:
    """Whether a text is the line of a job."""
    return text.startswith(JOB_PREFIX)


def looks_like_json(text: str) -> bool:
    """Whether a text is a JSON object or array."""
    return text.lstrip()[:1] in ("{", "[") and _is_json(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _walk(node: Any, key: str, path: str, *, may_be_empty: bool, level: int = 0) -> Iterator[_Item]:
    if level > _DEEPEST:
        raise InvalidValue(f"{key!r} has more than {_DEEPEST} levels of JSON")
    if isinstance(node, dict):
        for name, value in node.items():
            below = f"{path}.{name}" if path else str(name)
            yield from _walk(value, str(name), below, may_be_empty=may_be_empty, level=level + 1)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _walk(value, key, path, may_be_empty=may_be_empty, level=level + 1)
    elif node is None or isinstance(node, str):
        text = (node or "").strip()
        if text or not may_be_empty:
            yield from _text(text, key, path, level)


def _text(text: str, key: str, path: str, level: int) -> Iterator[_Item]:
    """One text; those of other outputs of a job are passed by."""
    if looks_like_json(text):
        yield from _walk(json.loads(text), key, path, may_be_empty=False, level=level + 1)
    elif is_job_line(text) or Digest.find(text.rpartition("@")[2]):
        yield _Item(key=key, path=path, text=text)
    elif not key:
        raise InvalidValue(f"{_shown(text)} is neither sha256:… nor NAME@sha256:…")
    elif not text and key not in _OTHER:
        raise InvalidValue(
            f"the digest of {path!r} is empty: was that job skipped, or did it fail?"
        )
    elif re.search(_DIGEST_BEGUN, text) or (text and _should_deliver(key)):
        raise InvalidValue(
            f"{path!r} has {_shown(text)}, which is neither a digest nor NAME@DIGEST"
        )


def _shown(text: str) -> str:
    """A text of another job as an error repeats it."""
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _should_deliver(key: str) -> bool:
    """Whether a key says nothing but a platform, and that it is a digest."""
    words = re.findall(r"[a-z0-9]+", key.lower())
    return all(word in _PLATFORM_WORDS or re.fullmatch(_VARIANT, word) for word in words)


def _refuse_doubled(items: tuple[_Item, ...]) -> None:
    """A job may say one digest by several outputs; two jobs, or two lines, have one each."""
    for number, item in enumerate(items):
        same = (each for each in items[:number] if each.text == item.text)
        other = next((each for each in same if _is_twice(each, item)), None)
        if other is None:
            continue
        shown = item.text.partition("@")[2] or item.text
        shown = "the same matrix job" if is_job_line(item.text) else shown
        where = f" under {other.path!r} and {item.path!r}" if item.path else ""
        raise InvalidValue(f"{shown} stands twice{where}: did two jobs deliver the same?")


def _is_twice(one: _Item, other: _Item) -> bool:
    return one.key == other.key or not {one.key, other.key} & _DELIVERED
