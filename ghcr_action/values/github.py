"""GitHub's own nouns, as far as this product needs them: a package, its versions, a comment."""

from dataclasses import dataclass
from datetime import datetime

from ghcr_action.values.reference import Digest

PAGE = 100
"""Items of a list that one answer has at most."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """What GitHub says of a container package, its view of a repository of the registry."""

    visibility: str
    """``public``, ``private`` or ``internal``, as the API words it."""
    html_url: str = ""
    """The package's page."""
    repository: str = ""
    """``owner/name`` of the repository it is linked to; empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One comment of a pull request."""

    id: int
    author: str
    """The login, ``github-actions[bot]`` for the job's token."""
    body: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class PackageVersion:
    """One version of a container package: one manifest, with every tag that names it."""

    id: int
    digest: Digest
    tags: tuple[str, ...] = ()
    created: datetime
    updated: datetime

    @property
    def time(self) -> datetime:
        """When it was last touched: pushed, or given a tag."""
        return max(self.created, self.updated)


@dataclass(frozen=True, kw_only=True)
class RateBudget:
    """How many requests GitHub still answers, and when it starts to count anew."""

    remaining: int
    reset: datetime
