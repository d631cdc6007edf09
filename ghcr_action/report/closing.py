"""The last lines of a green log, below its folded groups: what was published. Separate: it is read without unfolding anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ghcr_action.values import size as sizes

if TYPE_CHECKING:
    from ghcr_action.plan import Outcome
    from ghcr_action.values.reference import Repository

_TAGS = 5


def lines(outcome: Outcome) -> tuple[str, ...]:
    """A line for each repository that was pushed to; none where nothing was, which a notice has said."""
    digest, size = outcome.digest, outcome.size
    if digest is None or size is None:
        return ()
    built = f"{', '.join(str(image.platform) for image in size.platforms)}; {sizes.words(size.total)}"
    return tuple(f"Published {repository.at(digest)}{_names(outcome, repository)} ({built})." for repository in outcome.plan.push)


def _names(outcome: Outcome, repository: Repository) -> str:
    """`` as main, latest``; of many tags the first few."""
    tags = [str(name.tag) for name in outcome.plan.tag if name.repository == repository]
    more = f" and {len(tags) - _TAGS} more" if len(tags) > _TAGS else ""
    return f" as {', '.join(tags[:_TAGS])}{more}" if tags else ""
