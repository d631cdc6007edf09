"""Rules of a clean-up as the inputs make them, in the words of a test."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ghcr_action.cleanup import rules as language
from ghcr_action.cleanup import selector
from ghcr_action.cleanup.rules import Brake, Family, Lines, Rules
from ghcr_action.cleanup.selector import Kind, Selector

UNTAGGED = Selector("untagged", Kind.UNTAGGED)
LOOSE = Brake(share=100)


def rules(
    remove: Iterable[str] = ("untagged",),
    *,
    keep_tags: Iterable[str] = (),
    keep_last: int = 0,
    keep_last_untagged: int = 0,
    keep_younger_than: timedelta = timedelta(days=1),
    keep_semver: str = "",
    **more: Any,
) -> Rules:
    """As ``settings.cleanup`` reads them."""
    items = tuple(map(selector.parse, remove))
    lines: Lines | None = language.lines(keep_semver) if keep_semver else None
    tagged = tuple(each for each in items if each != UNTAGGED)
    families = (
        Family(name="remove", selectors=tagged, keep_last=keep_last, keep_lines=lines),
        Family(
            name="remove",
            selectors=(UNTAGGED,) * (UNTAGGED in items),
            keep_last=keep_last_untagged,
            last_name="keep-n-untagged",
        ),
    )
    return Rules(
        families=tuple(each for each in families if each.selectors),
        keep=tuple(map(selector.parse, keep_tags)),
        younger_than=keep_younger_than,
        **more,
    )
