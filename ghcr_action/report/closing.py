"""The last lines of a green log, below its folded groups: what was published. Separate: it is read without unfolding anything."""

from collections.abc import Iterable

from ghcr_action.values import size as sizes
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.size import ImageSize

_TAGS = 5


def lines(repositories: Iterable[Repository], digest: Digest | None, size: ImageSize | None, names: Iterable[Reference]) -> tuple[str, ...]:
    """A line for each repository that was pushed to; none where nothing was, which a notice has said."""
    if digest is None or size is None:
        return ()
    known = tuple(names)
    built = f"{', '.join(str(image.platform) for image in size.platforms)}; {sizes.words(size.total)}"
    return tuple(f"Published {repository.at(digest)}{_names(known, repository)} ({built})." for repository in repositories)


def _names(names: Iterable[Reference], repository: Repository) -> str:
    """`` as main, latest``; of many tags the first few."""
    tags = [str(name.tag) for name in names if name.repository == repository]
    more = f" and {len(tags) - _TAGS} more" if len(tags) > _TAGS else ""
    return f" as {', '.join(tags[:_TAGS])}{more}" if tags else ""
