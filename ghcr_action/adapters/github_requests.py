"""Requests to GitHub's API by PyGithub's requester: one connection, one patience for reads, and
refusals as errors."""

import importlib
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ghcr_action.diagnosis.redaction import redact
from ghcr_action.errors import AccessDenied, ActionError, NotFound, Unavailable
from ghcr_action.values.github import LimitReached
from ghcr_action.values.secret import Secret

if TYPE_CHECKING:
    from github import Github

TIMEOUT = 15
"""Seconds for one answer."""
ATTEMPTS = 3
LONGEST_WAIT = 60
"""Seconds that a rate limit may hold us up before we go without the answer."""
PAGE_SIZE = 100
MAX_PAGES = 100
"""Pages of one list that are read: GitHub gives no more than 10,000 items."""

_REPEATABLE = ("GET", "HEAD", "PATCH")
"""What has the same effect twice; a POST that got no answer may have been heard, so it is never
repeated blindly."""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class RefusedError(Exception):
    """What was said instead of an answer, and its HTTP status where there was one."""

    def __init__(self, said: str, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.status = status
        self.wait = wait
        """Seconds that the answer asks us to wait, where it says."""

    @property
    def is_limit(self) -> bool:
        """Whether it says: no more requests for now."""
        return self.status == 429 or (
            self.status == 403 and ("rate limit" in self.said or self.wait is not None)
        )


class GitHubRequests:
    """Asks one GitHub server with one token; ``pause`` is the unit of the growing waits between
    attempts, in seconds."""

    def __init__(self, api_url: str, token: Secret | None, *, pause: float = 1.0) -> None:
        self._api_url = api_url
        self._token = token
        self._pause = pause
        self._github: Github | None = None

    def prepare(self) -> None:
        """Load PyGithub in a thread of its own: a build waits for the engine much longer than that
        takes."""
        threading.Thread(target=importlib.import_module, args=("github",), daemon=True).start()

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The JSON object at a path below the API's address. Raises RefusedError."""
        document, _ = self._ask("GET", path, query, None)
        return as_object(document)

    def find(self, path: str, purpose: str) -> Mapping[str, Any] | None:
        """The JSON object at a path; None where the API says 404. Raises ActionError."""
        try:
            return self.read(path)
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise self.error(refused, "GET", path, purpose) from refused

    def pages(
        self,
        path: str,
        purpose: str,
        query: Mapping[str, str] | None = None,
        *,
        most: int = MAX_PAGES,
    ) -> Iterator[tuple[Mapping[str, Any], ...]]:
        """A list, page by page, each asked for only when it is wanted, and no more than ``most``.
        Raises ActionError."""
        for number in range(1, most + 1):
            entries, is_last = self._page(path, purpose, query or {}, number)
            yield entries
            if is_last:
                return

    def page(self, path: str, purpose: str, number: int) -> tuple[Mapping[str, Any], ...]:
        """One page of a list, from 1 on. Raises ActionError."""
        return self._page(path, purpose, {}, number)[0]

    def _page(
        self, path: str, purpose: str, query: Mapping[str, str], number: int
    ) -> tuple[tuple[Mapping[str, Any], ...], bool]:
        """Its objects, and whether it is the last one."""
        asked = {**query, "per_page": str(PAGE_SIZE), "page": str(number)}
        try:
            document, headers = self._ask("GET", path, asked, None)
        except RefusedError as refused:
            raise self.error(refused, "GET", path, purpose) from refused
        if not isinstance(document, list):
            raise self.error(RefusedError("the answer is no JSON list"), "GET", path, purpose)
        return tuple(
            entry for entry in document if isinstance(entry, dict)
        ), 'rel="next"' not in headers.get("link", "")

    def write(
        self, verb: str, path: str, purpose: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Send a change; the JSON object that answers it, empty for 204. Raises ActionError."""
        try:
            document, _ = self._ask(verb, path, None, body)
            return as_object(document) if document is not None else {}
        except RefusedError as refused:
            raise self.error(refused, verb, path, purpose) from refused

    @property
    def limits(self) -> tuple[int, int]:
        """Requests that are left, and the second since 1970 that brings new ones, as the last
        answer said; (-1, 0) where none did."""
        requester = self._connected().requester
        return requester.rate_limiting[0], requester.rate_limiting_resettime

    def error(self, refused: RefusedError, verb: str, path: str, purpose: str) -> ActionError:
        """The error for a user: what was asked, and in which words it was refused."""
        answered = (
            f"was answered with {refused.status}" if refused.status else "has no usable answer"
        )
        said = redact(refused.said, (self._token,) if self._token else ())
        why = f"{verb} {path} {answered}{f': {said}' * bool(said)}"
        if refused.is_limit:
            return LimitReached(f"Could not {purpose}", why=why, wait=refused.wait)
        return _kind(refused)(f"Could not {purpose}", why=why)

    def _ask(
        self, verb: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> tuple[Any, Mapping[str, str]]:
        from github import GithubException
        from requests import RequestException

        try:
            requester = self._connected().requester
            headers, document = requester.requestJsonAndCheck(
                verb, path, parameters=dict(query) if query else None, input=body
            )
        except GithubException as refused:
            raise RefusedError(
                _message(refused.data), refused.status, _asked_wait(refused.headers)
            ) from refused
        except (RequestException, ValueError, RuntimeError, AssertionError) as torn:
            raise RefusedError(f"{type(torn).__name__}: {torn}") from torn
        return document, {str(name): str(value) for name, value in headers.items()}

    def _connected(self) -> "Github":
        from github import Auth, Github, GithubRetry

        logging.getLogger("github").setLevel(
            logging.WARNING
        )  # it tells of each refusal that we tell of in better words
        if self._github is None:
            retry = GithubRetry(
                total=ATTEMPTS - 1,
                allowed_methods=_REPEATABLE,
                backoff_factor=self._pause,
                raise_on_status=False,
                max_rate_limit_wait=LONGEST_WAIT,
                secondary_rate_wait=LONGEST_WAIT,
                retry_after_max=LONGEST_WAIT,
            )
            self._github = Github(
                base_url=self._api_url,
                auth=Auth.Token(self._token.reveal()) if self._token else None,
                timeout=TIMEOUT,
                retry=retry,
                seconds_between_requests=None,
                seconds_between_writes=None,
            )
        return self._github

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._github is not None:
            self._github.close()
            self._github = None


def as_object(document: object) -> Mapping[str, Any]:
    """A JSON object. Raises RefusedError for anything else."""
    if not isinstance(document, dict):
        raise RefusedError("the answer is no JSON object")
    return document


def member(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside another; an empty one where it is missing or no object."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def text(value: Mapping[str, Any], key: str) -> str:
    """A text inside an object; empty where it is missing or no text."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def number(value: Mapping[str, Any], key: str) -> int:
    """A whole number inside an object; 0 where it is missing or none."""
    found = value.get(key)
    return found if isinstance(found, int) else 0


def is_sha(text: str) -> bool:
    """Whether this is a whole commit id, SHA-1 or SHA-256: nothing else goes into a path."""
    return _SHA.fullmatch(text) is not None


def _kind(refused: RefusedError) -> type[ActionError]:
    limited = (
        "rate limit" in refused.said
        or refused.status in (None, 408, 429)
        or (refused.status or 0) >= 500
    )
    if limited:
        return Unavailable
    return {401: AccessDenied, 403: AccessDenied, 404: NotFound}.get(
        refused.status or 0, ActionError
    )


def _asked_wait(headers: Mapping[str, str] | None) -> float | None:
    """Seconds of ``Retry-After``, which GitHub writes as a number; None where it does not say."""
    found = {name.lower(): value for name, value in (headers or {}).items()}.get("retry-after", "")
    return float(found) if found.isascii() and found.isdecimal() and len(found) < 7 else None


def _message(data: object) -> str:
    """``message`` of an error document, and those of its ``errors``."""
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    listed = (
        (str(entry.get("message", "")) for entry in errors if isinstance(entry, dict))
        if isinstance(errors, list)
        else ()
    )
    return ": ".join(part for part in (str(data.get("message", "")), *listed) if part)
