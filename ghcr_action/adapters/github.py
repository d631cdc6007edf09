"""The GitHub port by PyGithub: joins its parts, and answers for the facts that a run can do
without."""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ghcr_action.adapters.github_comments import GitHubComments
from ghcr_action.adapters.github_packages import GitHubPackages
from ghcr_action.adapters.github_requests import GitHubRequests, RefusedError, member, text
from ghcr_action.adapters.github_versions import GitHubVersions
from ghcr_action.diagnosis.find import diagnose, to_error
from ghcr_action.diagnosis.known import Circumstances, Where
from ghcr_action.values.event import PullRequest, RepositoryFacts
from ghcr_action.values.github import Comment, Package, PackageVersion, RateBudget
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


class PyGitHub:
    """GitHub's API. Facts for labels and dates are not needed to publish, so a GitHub that can't be
    asked for them is no error."""

    def __init__(
        self,
        api_url: str,
        token: Secret | None,
        repository: str,
        *,
        owner_type: str = "",
        pause: float = 1.0,
    ) -> None:
        """``api_url`` as the event has it, also of GitHub Enterprise; ``repository`` is
        ``owner/name``, ``owner_type`` what the event says of its owner; ``pause`` is the unit of
        the growing waits between attempts, in seconds.
        """
        self._token = token
        self._repository = repository
        self._requests = GitHubRequests(api_url, token, pause=pause)
        owners = {repository.partition("/")[0].lower(): owner_type} if owner_type else {}
        self._packages = GitHubPackages(self._requests, owners)
        self._comments = GitHubComments(self._requests, repository)
        self._versions = GitHubVersions(self._requests, self._packages, repository)

    def close(self) -> None:
        """Close the connection."""
        self._requests.close()

    def prepare(self) -> None:
        """Load PyGithub beside whatever goes on."""
        self._requests.prepare()

    def repository(self) -> RepositoryFacts | None:
        """What GitHub says of the workflow's repository; None, with one warning, where it can't be
        asked.

        Source: https://docs.github.com/en/rest/repos/repos#get-a-repository.
        """
        document = self._get(
            "", "Reading the repository's description and license", logging.WARNING
        )
        return RepositoryFacts.decode(document) if document is not None else None

    def commit_date(self, sha: str) -> datetime | None:
        """When the committer made a commit, in UTC; None where it can't be asked.

        Source: https://docs.github.com/en/rest/git/commits#get-a-commit-object.
        """
        if not _SHA.fullmatch(sha):
            return None
        document = self._get(
            f"/git/commits/{sha}", f"Reading the date of commit {sha}", logging.DEBUG
        )
        return _date(member(document, "committer")) if document is not None else None

    def package(self, repository: Repository) -> Package | None:
        """What GitHub says of a package; None where there is none or the token may not see it."""
        return self._packages.get(repository)

    def change_visibility(self, repository: Repository, visibility: str) -> bool:
        """Ask for another visibility; whether GitHub took the request, which a second read has to
        confirm."""
        return self._packages.change_visibility(repository, visibility)

    def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
        """Every version of a package, all pages; None where there is no such package or the token
        may not see it."""
        return self._versions.all(repository)

    def version(self, repository: Repository, version: int) -> PackageVersion | None:
        """One version as it is now; None where it is gone."""
        return self._versions.get(repository, version)

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        """Delete a manifest with all its tags; False where it was gone already."""
        return self._versions.delete(repository, version)

    def changed_files(self, pull_request: int) -> tuple[str, ...] | None:
        """Paths that a pull request touches."""
        return self._versions.changed_files(pull_request)

    def open_pulls(self) -> frozenset[int]:
        """Numbers of the repository's open pull requests."""
        return self._versions.open_pulls()

    def budget(self) -> RateBudget | None:
        """What the last answer said of the limit of requests; None where there is none."""
        return self._versions.budget()

    def login(self) -> str:
        """Whose token this is."""
        return self._comments.login()

    def comments(self, pull_request: int) -> Iterator[tuple[Comment, ...]]:
        """Comments of a pull request, oldest first; pages are asked for as they are consumed."""
        return self._comments.pages(pull_request)

    def comment(self, comment: int) -> Comment | None:
        """One comment as it is now; None where it is gone."""
        return self._comments.get(comment)

    def create_comment(self, pull_request: int, body: str) -> Comment:
        """Say something new; never repeated blindly."""
        return self._comments.create(pull_request, body)

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Replace what a comment says."""
        return self._comments.edit(comment, body)

    def delete_comment(self, comment: int) -> None:
        """Take a comment back."""
        self._comments.delete(comment)

    def pulls_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Open pull requests that hold a commit."""
        return self._comments.pulls_of_commit(sha) if _SHA.fullmatch(sha) else ()

    def pull_by_head(
        self, head_repository: str, head_ref: str, head_sha: str
    ) -> PullRequest | None:
        """The open pull request from this branch whose head is this very commit."""
        return self._comments.pull_by_head(head_repository, head_ref, head_sha)

    def _get(self, path: str, doing: str, level: int) -> Mapping[str, Any] | None:
        """The JSON object below ``/repos/OWNER/NAME``; None where there is none, logged at this
        level with the reason."""
        if not self._token or not _REPOSITORY.fullmatch(self._repository):
            why = (
                f"{self._repository!r} is not a repository (owner/name)"
                if self._token
                else "there is no `github-token`"
            )
            log.log(level, "%s failed: %s.", doing, why)
            return None
        try:
            return self._requests.read(f"/repos/{self._repository}{path}")
        except RefusedError as refused:
            context = Circumstances(
                doing=doing,
                repository=self._repository,
                secrets=(self._token,),
                permission="contents: read",
            )
            log.log(
                level,
                "%s",
                to_error(
                    diagnose(refused.said, where=Where.API, status=refused.status, context=context)
                ),
            )
            return None


def _date(person: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(text(person, "date")).astimezone(UTC)
    except ValueError:
        return None
