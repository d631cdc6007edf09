"""Packages at GitHub's API: what is known of one, and the one write that GitHub does not offer
yet.

Source: https://docs.github.com/en/rest/packages/packages. A name is one percent-encoded segment of
the path.
"""

from urllib.parse import quote

from ghcr_action.adapters.github_requests import GitHubRequests, member, text
from ghcr_action.errors import ActionError
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Repository

_FAMILIES = {"Organization": "orgs", "User": "users"}


class GitHubPackages:
    """Container packages; ``owners`` are kinds of owners that are known already, by login in lower
    case."""

    def __init__(self, requests: GitHubRequests, owners: dict[str, str]) -> None:
        self._requests = requests
        self._owners = owners

    def package(self, repository: Repository) -> Package | None:
        """A package; None where there is none or the token may not see it, which the API answers
        alike."""
        purpose = f"ask GitHub about the package {repository}"
        path = self._path(repository, purpose)
        found = self._requests.find(path, purpose, repository) if path else None
        if found is None:
            return None
        return Package(
            visibility=text(found, "visibility"),
            html_url=text(found, "html_url"),
            repository=text(member(found, "repository"), "full_name"),
        )

    def package_names(self, owner: str) -> tuple[str, ...]:
        """Names of an owner's container packages. Raises ActionError, AccessDenied for a token that
        may not list them.

        Source: https://docs.github.com/en/rest/packages/packages#list-packages-for-an-organization.
        """
        purpose = f"list the packages of {owner}"
        family = self._family(owner, purpose)
        pages = (
            self._requests.pages(
                f"/{family}/{owner}/packages", purpose, {"package_type": "container"}
            )
            if family
            else ()
        )
        return tuple(text(entry, "name") for page in pages for entry in page)

    def change_visibility(self, repository: Repository, visibility: str) -> bool:
        """Ask for another visibility; whether GitHub took the request. No GitHub does so far: it
        answers 404.

        Tried all the same, so that it works the day it is offered. Whoever calls reads the package
        again, and believes only that.
        """
        purpose = f"make the package {repository} {visibility}"
        path = self._path(repository, purpose)
        if not path:
            return False
        try:
            self._requests.write(
                "PATCH", path, purpose, {"visibility": visibility}, about=repository
            )
        except ActionError:
            return False
        return True

    def _path(self, repository: Repository, purpose: str) -> str:
        """The package's path in the family of its owner's kind; empty where there is no such
        owner."""
        owner, _, name = repository.path.partition("/")
        family = self._family(owner, purpose)
        return (
            f"/{family}/{owner}/packages/container/{quote(name, safe='')}"
            if family and name
            else ""
        )

    def _family(self, owner: str, purpose: str) -> str:
        """``orgs`` or ``users``; empty where there is no such owner."""
        if owner not in self._owners:
            found = self._requests.find(f"/users/{owner}", purpose)
            self._owners[owner] = text(found or {}, "type")
        return _FAMILIES.get(self._owners[owner], "")
