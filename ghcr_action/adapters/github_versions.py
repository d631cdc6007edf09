"""Versions of container packages at GitHub's API: every one of them, and the delete that is the
only one there is.

Source: https://docs.github.com/en/rest/packages/packages. GitHub's registry answers DELETE with
405.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ghcr_action.adapters.github_packages import GitHubPackages
from ghcr_action.adapters.github_requests import GitHubRequests, member, number, text
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    InvalidValue,
    NotFound,
    PolicyRefused,
    Unavailable,
)
from ghcr_action.values.github import PackageVersion, RateBudget
from ghcr_action.values.reference import Digest, Repository

MOST_PAGES = 10_000
"""Pages of a hundred versions; packages with 400,000 versions have been seen."""
_MOST_FILES = 3000
"""Of one pull request, that GitHub lists."""
_KEPT_BY_GITHUB = ("last tagged version", "last version", "downloads cannot be deleted")


class GitHubVersions(GitHubPackages):
    """What a package is and holds, and how much of the hour's requests is left."""

    def __init__(self, requests: GitHubRequests, owners: dict[str, str], repository: str) -> None:
        super().__init__(requests, owners)
        self._repository = repository

    def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
        """Every version, newest first as GitHub lists them; None where there is no such package or
        the token may not see it.

        Raises Unavailable rather than giving a part of the list: what is not known can't be
        protected.
        """
        purpose = f"list the versions of {repository}"
        path = self._path(repository, purpose)
        if not path:
            return None
        try:
            pages = tuple(
                self._requests.pages(f"{path}/versions", purpose, about=repository, most=MOST_PAGES)
            )
        except NotFound as refused:
            if refused.answer and refused.answer.status != 404:
                raise
            return None
        found = (_version(entry, purpose) for page in pages for entry in page)
        return tuple({version.id: version for version in found}.values())

    def version_page(self, repository: Repository, number: int) -> tuple[PackageVersion, ...]:
        """One page of that list, from 1 on. Raises ActionError."""
        purpose = f"list the versions of {repository}"
        path = self._path(repository, purpose)
        entries = (
            self._requests.page(f"{path}/versions", purpose, number, repository) if path else ()
        )
        return tuple(_version(entry, purpose) for entry in entries)

    def deleted_versions(self, repository: Repository) -> tuple[PackageVersion, ...]:
        """Versions deleted in the last 30 days; none where GitHub does not tell, or answers with
        those that are there.

        ``state`` is documented for organizations and one's own packages only.
        """
        purpose = f"list the deleted versions of {repository}"
        path = self._path(repository, purpose)
        try:
            pages = (
                tuple(
                    self._requests.pages(
                        f"{path}/versions", purpose, {"state": "deleted"}, about=repository
                    )
                )
                if path
                else ()
            )
        except ActionError:
            return ()
        return tuple(
            _version(entry, purpose)
            for page in pages
            for entry in page
            if text(entry, "deleted_at")
        )

    def restore_version(self, repository: Repository, version: PackageVersion) -> bool:
        """Bring back a deleted version with its tags; False where GitHub does not have it any more.
        Raises ActionError."""
        purpose = f"restore version {version.id} of {repository}"
        try:
            self._requests.write(
                "POST",
                f"{self._path(repository, purpose)}/versions/{version.id}/restore",
                purpose,
                about=repository,
            )
        except NotFound:
            return False
        return True

    def version(self, repository: Repository, version: int) -> PackageVersion | None:
        """One version as it is now; None where it is gone."""
        purpose = f"read version {version} of {repository}"
        found = self._requests.find(
            f"{self._path(repository, purpose)}/versions/{version}", purpose, repository
        )
        return _version(found, purpose) if found is not None else None

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        """Delete; False where it was gone already.

        GitHub answers 404 also to a token that may read and not delete, so that a second read
        decides. Raises PolicyRefused for what GitHub keeps in any case, AccessDenied, and
        Unavailable, with the code of ``LimitReached`` where a limit of requests is the reason.
        """
        purpose = f"delete version {version.id} of {repository}"
        path = f"{self._path(repository, purpose)}/versions/{version.id}"
        try:
            self._requests.write("DELETE", path, purpose, about=repository)
        except NotFound as refused:
            if self._requests.find(path, purpose, repository) is not None:
                why = (
                    f"{refused.why}, although it is there: the token may read it and not delete it"
                )
                raise refused.as_kind(AccessDenied, why=why) from refused
            return False
        except ActionError as refused:
            said = refused.answer.words if refused.answer else ""
            if type(refused) is ActionError and any(words in said for words in _KEPT_BY_GITHUB):
                raise refused.as_kind(PolicyRefused) from refused
            raise
        return True

    def open_pulls(self) -> frozenset[int]:
        """Numbers of the open pull requests of the workflow's repository."""
        purpose = f"list the open pull requests of {self._repository}"
        pages = self._requests.pages(f"/repos/{self._repository}/pulls", purpose, {"state": "open"})
        return frozenset(number(entry, "number") for page in pages for entry in page)

    def changed_files(self, pull_request: int) -> tuple[str, ...] | None:
        """Every path that a pull request touches, both names of what it moves. None above the 3000
        files that GitHub lists, and where the token may not see it.

        Source: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files.
        """
        path = f"/repos/{self._repository}/pulls/{pull_request}/files"
        purpose = f"list the files of pull request {pull_request}"
        try:
            entries = [entry for page in self._requests.pages(path, purpose) for entry in page]
        except (AccessDenied, NotFound):
            return None
        moved = (text(entry, "previous_filename") for entry in entries)
        paths = (*(text(entry, "filename") for entry in entries), *filter(None, moved))
        return tuple(dict.fromkeys(paths)) if len(entries) < _MOST_FILES else None

    def gone_branches(self) -> frozenset[str]:
        """Branches of closed pull requests from this repository itself that it does not have any
        more.

        Sources: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests and
        .../rest/branches/branches.
        """
        purpose = f"list the branches of {self._repository}"
        pulls = self._requests.pages(
            f"/repos/{self._repository}/pulls", purpose, {"state": "closed"}
        )
        heads = [member(entry, "head") for page in pulls for entry in page]
        ours = {
            text(head, "ref")
            for head in heads
            if text(member(head, "repo"), "full_name").lower() == self._repository.lower()
        }
        pages = self._requests.pages(f"/repos/{self._repository}/branches", purpose)
        return frozenset(ours - {text(entry, "name") for page in pages for entry in page} - {""})

    def budget(self) -> RateBudget | None:
        """``x-ratelimit-remaining`` and ``-reset`` of the last answer; None before the first, and
        where GitHub has no limit."""
        remaining, reset = self._requests.limits
        return (
            RateBudget(remaining=remaining, reset=datetime.fromtimestamp(reset, UTC))
            if remaining >= 0 and reset
            else None
        )


def _version(entry: Mapping[str, Any], purpose: str) -> PackageVersion:
    listed = member(member(entry, "metadata"), "container").get("tags")
    try:
        return PackageVersion(
            id=number(entry, "id"),
            digest=Digest.parse(text(entry, "name")),
            tags=tuple(tag for tag in listed if isinstance(tag, str))
            if isinstance(listed, list)
            else (),
            created=_date(text(entry, "created_at")),
            updated=_date(text(entry, "updated_at")),
        )
    except (InvalidValue, ValueError) as cause:
        raise Unavailable(
            f"Could not {purpose}", why=f"an entry is no version of a container package: {cause}"
        ) from cause


def _date(written: str) -> datetime:
    date = datetime.fromisoformat(written)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
