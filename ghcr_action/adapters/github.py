"""The GitHub port by PyGithub: joins its parts, and answers for the facts that a run can do
without."""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ghcr_action.adapters.github_comments import GitHubComments
from ghcr_action.adapters.github_requests import PATIENCE, GitHubRequests, is_sha, member, text
from ghcr_action.adapters.github_versions import GitHubVersions
from ghcr_action.diagnosis.find import explain
from ghcr_action.diagnosis.known import Circumstances
from ghcr_action.errors import ActionError
from ghcr_action.ports import Clock
from ghcr_action.values.event import RepositoryFacts
from ghcr_action.values.patience import Patience
from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

_REPOSITORY = r"[\w.-]+/[\w.-]+"


class PyGitHub(GitHubComments, GitHubVersions):
    """GitHub's API. Facts for labels and dates are not needed to publish, so a GitHub that can't be
    asked for them is no error."""

    def __init__(
        self,
        api_url: str,
        token: Secret | None,
        repository: str,
        *,
        owner_type: str = "",
        clock: Clock | None = None,
        patience: Patience = PATIENCE,
        hide: Callable[[str], str] = str,
    ) -> None:
        """``api_url`` as the event has it, also of GitHub Enterprise; ``repository`` is
        ``owner/name``, ``owner_type`` what the event says of its owner; ``hide`` takes
        the secrets out of comments.
        """
        self._token = token
        requests = GitHubRequests(api_url, token, clock=clock, patience=patience)
        owners = {repository.partition("/")[0].lower(): owner_type} if owner_type else {}
        GitHubComments.__init__(self, requests, repository, hide)
        GitHubVersions.__init__(self, requests, owners, repository)

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
        document = self._get("", "read the repository's description and license", logging.WARNING)
        return RepositoryFacts.decode(document) if document is not None else None

    def commit_date(self, sha: str) -> datetime | None:
        """When the committer made a commit, in UTC; None where it can't be asked.

        Source: https://docs.github.com/en/rest/git/commits#get-a-commit-object.
        """
        if not is_sha(sha):
            return None
        document = self._get(f"/git/commits/{sha}", f"read the date of commit {sha}", logging.DEBUG)
        return _date(member(document, "committer")) if document is not None else None

    def _get(self, path: str, doing: str, level: int) -> Mapping[str, Any] | None:
        """The JSON object below ``/repos/OWNER/NAME``; None where there is none, logged at this
        level with the reason."""
        if not self._token or not re.fullmatch(_REPOSITORY, self._repository):
            why = (
                f"{self._repository!r} is not a repository (owner/name)"
                if self._token
                else "there is no `github-token`"
            )
            log.log(level, "Could not %s: %s.", doing, why)
            return None
        try:
            return self._requests.read(f"/repos/{self._repository}{path}", doing)
        except ActionError as refused:
            context = Circumstances(repository=self._repository, secrets=(self._token,))
            log.log(level, "%s", explain(refused, context))
            return None


def _date(person: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(text(person, "date")).astimezone(UTC)
    except ValueError:
        return None
