"""Words, globs, patterns and digests that name versions: the items of ``remove``, ``keep-tags``
and a policy's ``tags``, parsed once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from functools import lru_cache
from typing import Any

from ghcr_action.errors import InvalidValue
from ghcr_action.values.reference import Digest

_GLOB = re.compile(r"[A-Za-z0-9_.*?\[\]!-]+")
_SET = re.compile(r"\[!?[A-Za-z0-9_.-]+\]")
_PULL_REQUEST = re.compile(r"pr-([0-9]{1,9})(?:-.*)?")


class Kind(Enum):
    """What an item of a list names; the values of words are how they are written."""

    UNTAGGED = "untagged"
    TAGGED = "tagged"
    CLOSED_PULLS = "closed-pull-requests"
    DELETED_BRANCHES = "deleted-branches"
    GHOSTS = "ghosts"
    PARTIALS = "partials"
    ORPHANS = "orphans"
    CACHES = "caches"
    GLOB = "a glob"
    PATTERN = "a regular expression"
    DIGEST = "a digest"


WORDS = {kind.value: kind for kind in Kind if " " not in kind.value}
ABOUT_TAGS = frozenset(
    {Kind.TAGGED, Kind.CLOSED_PULLS, Kind.DELETED_BRANCHES, Kind.GLOB, Kind.PATTERN}
)
"""Kinds that name a tag; the others name a version as a whole."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What GitHub says beside the package itself."""

    open_pulls: frozenset[int] = frozenset()
    gone_branches: frozenset[str] = frozenset()
    """Tags of branches that have been there and are not any more."""
    deleted: frozenset[Digest] = frozenset()
    """Versions that were deleted from the package lately."""
    remains: Mapping[Digest, Digest] = field(default_factory=dict, hash=False)
    """What those listed, and which of them did."""
    platforms: frozenset[Digest] = frozenset()
    """What those of them listed that were images: it used no slot then, and uses none now."""


@dataclass(frozen=True)
class Selector:
    """One item, as it is written."""

    text: str
    kind: Kind

    def names(self, tag: str, world: World) -> bool:
        """Whether it names this tag."""
        if self.kind is Kind.TAGGED:
            return True
        if self.kind is Kind.CLOSED_PULLS:
            found = _PULL_REQUEST.fullmatch(tag)
            return found is not None and int(found[1]) not in world.open_pulls
        if self.kind is Kind.DELETED_BRANCHES:
            return tag in world.gone_branches
        return self.kind in (Kind.GLOB, Kind.PATTERN) and _matcher(self)(tag)

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Selector:
    """A word, ``/pattern/``, ``sha256:…`` or a glob of tags. Raises InvalidValue for what can't
    match anything."""
    if text in WORDS:
        return Selector(text, WORDS[text])
    if Digest.find(text):
        return Selector(text, Kind.DIGEST)
    if len(text) > 2 and text[0] == text[-1] == "/":
        found = Selector(text, Kind.PATTERN)
        _matcher(found)
        return found
    return glob(text)


def glob(text: str) -> Selector:
    """A glob of tags: ``*``, ``?``, ``[a-z]``, ``[!a-z]``. Raises InvalidValue for one that no tag
    can match."""
    if text[:1] in ("!", "-", "."):
        meant = (
            f"write {text[1:]!r} in `keep-tags`" if text[:1] == "!" else "no tag begins like that"
        )
        raise InvalidValue(f"{text!r} is not a glob of tags: {meant}")
    if not _GLOB.fullmatch(text) or any(mark in _SET.sub("", text) for mark in "[]!"):
        raise InvalidValue(
            f"{text!r} is not a glob of tags: write letters, digits, '.', '_', '-', and '*', "
            "'?' or '[…]' "
            "for what may vary, or a regular expression between slashes, `/^v[0-9]+$/`"
        )
    return Selector(text, Kind.GLOB)


def first(selectors: Iterable[Selector], tag: str, world: World) -> Selector | None:
    """The first that names this tag."""
    return next((each for each in selectors if each.names(tag, world)), None)


@lru_cache(maxsize=1024)
def _matcher(selector: Selector) -> Callable[[str], bool]:
    if selector.kind is Kind.GLOB:
        compiled: Any = re.compile(translate(selector.text))
        return lambda tag: compiled.match(tag) is not None
    from ghcr_action.cleanup import pattern

    found = pattern.compile(selector.text[1:-1])
    return lambda tag: found.search(tag) is not None
