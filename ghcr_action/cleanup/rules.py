"""What a user wants removed and kept, and what one version's tags say to that; the words of the
inputs, read once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from ghcr_action.errors import InvalidValue

UNTAGGED, TAGGED, CLOSED_PULL_REQUESTS = "untagged", "tagged", "closed-pull-requests"
"""The words that `remove` knows beside globs."""

_GLOB = re.compile(r"[A-Za-z0-9_.*?\[\]!-]+")
_PULL_REQUEST = re.compile(r"pr-([0-9]{1,9})(?:-.*)?")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """``remove`` nominates, and each ``keep_…`` protects whatever is nominated."""

    remove: tuple[str, ...] = (UNTAGGED,)
    """Words and globs of tags."""
    keep_tags: tuple[str, ...] = ()
    """Globs of tags."""
    keep_last: int = 0
    """How many of the newest tagged images stay, of those that would go."""
    keep_last_untagged: int = 0
    keep_younger_than: timedelta = timedelta(days=1)

    @property
    def removes_untagged(self) -> bool:
        """Whether images without a name go."""
        return UNTAGGED in self.remove

    @property
    def removes_tagged(self) -> bool:
        """Whether any image with a name can go."""
        return any(word != UNTAGGED for word in self.remove)

    @property
    def asks_for_pull_requests(self) -> bool:
        """Whether GitHub has to say which pull requests are open."""
        return CLOSED_PULL_REQUESTS in self.remove

    def keeping(self, tags: Iterable[str]) -> tuple[str, str] | None:
        """The first tag that is always kept, and the glob that says so."""
        return next(
            ((tag, glob) for tag in tags for glob in self.keep_tags if fnmatchcase(tag, glob)), None
        )

    def unnamed(self, tags: Iterable[str], open_pulls: frozenset[int]) -> str:
        """The first of an image's tags that no item of ``remove`` names: one is enough to keep it;
        empty where all are named."""
        return next(
            (tag for tag in tags if not any(_names(word, tag, open_pulls) for word in self.remove)),
            "",
        )


def check_globs(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The same globs. Raises InvalidValue for one that no tag can match, such as a regular
    expression."""
    for text in texts:
        if not _GLOB.fullmatch(text):
            raise InvalidValue(
                f"{text!r} is not a glob of tags: write letters, digits, '.', '_', '-', "
                "and '*', '?' or '[…]' for what may vary"
            )
    return texts


def _names(word: str, tag: str, open_pulls: frozenset[int]) -> bool:
    if word == UNTAGGED:
        return False
    if word == TAGGED:
        return True
    if word == CLOSED_PULL_REQUESTS:
        found = _PULL_REQUEST.fullmatch(tag)
        return found is not None and int(found[1]) not in open_pulls
    return fnmatchcase(tag, word)
