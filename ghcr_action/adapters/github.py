"""GitHub's API behind the GitHub port, by PyGithub, which is imported on the first call only: it takes a quarter of a second."""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ghcr_action.diagnosis.diagnose import diagnose, to_error
from ghcr_action.diagnosis.known import Circumstances, Where
from ghcr_action.values.event import RepositoryFacts
from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

TIMEOUT = 15
"""Seconds for one answer."""
ATTEMPTS = 3
LONGEST_WAIT = 60
"""Seconds that a rate limit may hold us up before we go without the answer."""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


class PyGitHub:
    """Facts for labels and dates: nothing here is needed to publish, so a GitHub that can't be asked is no error."""

    def __init__(self, api_url: str, token: Secret | None, repository: str, *, pause: float = 1.0) -> None:
        """``api_url`` as the event has it, also of GitHub Enterprise; ``repository`` is ``owner/name``; ``pause`` is the unit of
        the growing waits between attempts, in seconds.
        """
        self._api_url = api_url
        self._token = token
        self._repository = repository
        self._pause = pause

    def repository(self) -> RepositoryFacts | None:
        """What GitHub says of the workflow's repository; None, with one warning, where it can't be asked.

        Source: https://docs.github.com/en/rest/repos/repos#get-a-repository.
        """
        document = self._get("", "Reading the repository's description and license", logging.WARNING)
        return _facts(document) if document is not None else None

    def commit_date(self, sha: str) -> datetime | None:
        """When the committer made a commit, in UTC; None where it can't be asked.

        Source: https://docs.github.com/en/rest/git/commits#get-a-commit-object.
        """
        if not _SHA.fullmatch(sha):
            return None
        document = self._get(f"/git/commits/{sha}", f"Reading the date of commit {sha}", logging.DEBUG)
        return _date(_object(document, "committer")) if document is not None else None

    def _get(self, path: str, doing: str, level: int) -> Mapping[str, Any] | None:
        """The JSON object below ``/repos/OWNER/NAME``; None where there is none, logged at this level with the reason."""
        if not self._token or not _REPOSITORY.fullmatch(self._repository):
            why = f"{self._repository!r} is not a repository (owner/name)" if self._token else "there is no `github-token`"
            log.log(level, "%s failed: %s.", doing, why)
            return None
        try:
            return self._ask(f"/repos/{self._repository}{path}")
        except _Unanswered as failure:
            context = Circumstances(doing=doing, repository=self._repository, secrets=(self._token,), permission="contents: read")
            log.log(level, "%s", to_error(diagnose(failure.said, where=Where.API, status=failure.status, context=context)))
            return None

    def _ask(self, path: str) -> Mapping[str, Any]:
        from github import Auth, Github, GithubException, GithubRetry
        from requests import RequestException

        retry = GithubRetry(
            total=ATTEMPTS - 1,
            allowed_methods=("GET", "HEAD"),
            backoff_factor=self._pause,
            raise_on_status=False,
            max_rate_limit_wait=LONGEST_WAIT,
            secondary_rate_wait=LONGEST_WAIT,
            retry_after_max=LONGEST_WAIT,
        )
        auth = Auth.Token(self._token.reveal()) if self._token else None
        try:
            with Github(base_url=self._api_url, auth=auth, timeout=TIMEOUT, retry=retry, seconds_between_requests=None) as github:
                _, document = github.requester.requestJsonAndCheck("GET", path)
        except GithubException as refused:
            raise _Unanswered(_message(refused.data), refused.status) from refused
        except (RequestException, ValueError, RuntimeError, AssertionError) as torn:
            raise _Unanswered(f"{type(torn).__name__}: {torn}") from torn
        if not isinstance(document, dict):
            raise _Unanswered("the answer is no JSON object")
        return document


class _Unanswered(Exception):
    """What was said instead of an answer, and its HTTP status where there was one."""

    def __init__(self, said: str, status: int | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.status = status


def _facts(document: Mapping[str, Any]) -> RepositoryFacts:
    return RepositoryFacts(
        name=_text(document, "name"),
        html_url=_text(document, "html_url"),
        description=_text(document, "description"),
        license=_text(_object(document, "license"), "spdx_id"),
        default_branch=_text(document, "default_branch"),
    )


def _date(person: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(_text(person, "date")).astimezone(UTC)
    except ValueError:
        return None


def _message(data: object) -> str:
    return str(data.get("message", "")) if isinstance(data, dict) else ""


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
