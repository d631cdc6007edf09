"""GitHub's own nouns, as far as a report needs them: a package, a comment."""

from dataclasses import dataclass


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
    node_id: str = ""
    """What GraphQL calls it."""
