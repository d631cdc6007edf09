"""Tag names: making a text into one that every registry accepts, and telling names that move
from names that stay.

Grammar: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
"""

import re

MAX_TAG = 128
"""Longest tag in characters."""
_FORBIDDEN = r"[^A-Za-z0-9._-]+"
_FIXED = (
    r"(?:\A|(?<!\A)-)(?:"  # alone, or behind a name and a dash
    r"v?\d+\.\d+\.\d+"  # a full version, with whatever follows it
    r"|\d{4}-\d{2}-\d{2}"  # a date, likewise
    r"|(?=[0-9a-f]*\d)[0-9a-f]{7,64}\Z)"  # a commit, or a date without dashes
    # a short version that is a pre-, post- or dev release
    r"|\Av?\d+(\.\d+)*(-?(a|b|rc|alpha|beta|dev|post)|\.(dev|post))[.-]?\d"
)


def sanitised(text: str) -> str:
    """Each run of characters that no tag may have becomes one ``-``, as docker/metadata-action
    does."""
    return re.sub(_FORBIDDEN, "-", text)


def valid(name: str) -> str:
    """A sanitised name in the tag grammar: a first ``.`` or ``-`` becomes ``_``; above 128
    characters the end becomes a checksum.

    The checksum keeps long names that differ at their end apart. An empty name is the caller's to
    refuse.
    """
    if name.startswith((".", "-")):
        name = f"_{name[1:]}"
    if len(name) > MAX_TAG:
        import hashlib

        name = f"{name[: MAX_TAG - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return name


def is_moving(name: str) -> bool:
    """Whether a tag of this name is expected to point elsewhere tomorrow.

    Full versions, pre-releases, commits and dates stay; ``latest``, ``1``, ``1.2``, ``edge``,
    ``pr-7`` and branches move.
    """
    return not re.search(_FIXED, name)


def behind(text: str) -> str:
    """What a text for a name has behind its repository, with the sign: ``:TAG``, ``@DIGEST`` or
    both; empty where nothing stands there. A repository's host may have a port."""
    tail = text.rpartition("/")[2]
    return next((tail[place:] for place, sign in enumerate(tail) if sign in ":@"), "")
