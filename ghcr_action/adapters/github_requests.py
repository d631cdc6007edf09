"""Requests to GitHub's API by PyGithub's requester: one connection, one patience, and refusals as
errors."""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ghcr_action.adapters import pygithub
from ghcr_action.adapters.clock import SystemClock
from ghcr_action.diagnosis.redaction import redact
from ghcr_action.errors import AccessDenied, ActionError, LimitReached, NotFound, Unavailable
from ghcr_action.ports import Clock
from ghcr_action.values.answer import Answer, Fault, Where
from ghcr_action.values.patience import Patience, asked_wait
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

if TYPE_CHECKING:
    from github import Github

log = logging.getLogger(__name__)
Result = TypeVar("Result")

TIMEOUT = 15
"""Seconds for one answer."""
PATIENCE = Patience(retries=2, shortest=1.0, longest=60.0)
"""What holds us up longer, as a rate limit of an hour, is gone without."""
PAGE_SIZE = 100
MAX_PAGES = 1000
"""Pages of one list; a longer one is an error, because nobody knows what stands in the rest."""
_SECONDARY_WAIT = 60.0
"""Seconds after a secondary limit that names none, as GitHub's documentation asks."""

_REPEATABLE = ("GET", "HEAD", "PATCH")
"""What has the same effect twice; a POST that got no answer may have been heard, so it is never
repeated blindly."""
_TRANSIENT = frozenset({408, 429, 499})
_FINAL = frozenset({501, 505})
_DELETED = frozenset({202, 204})
_LONGEST = 500
"""Characters of what GitHub says."""

_SHA = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"


class RefusedError(Exception):
    """What was answered in place of what was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.words)
        self.answer = answer

    @property
    def status(self) -> int:
        """HTTP's; 0 where no answer came."""
        return self.answer.status

    @property
    def is_limited(self) -> bool:
        """Whether a limit of requests is the reason: nothing was done then."""
        answer = self.answer
        says_so = "rate limit" in answer.words or answer.retry_after is not None
        return answer.status == 429 or (answer.status == 403 and says_so)

    @property
    def is_transient(self) -> bool:
        """Whether the same question may get another answer in a while."""
        status = self.answer.status
        return (
            self.is_limited
            or status in _TRANSIENT
            or (500 <= status < 600 and status not in _FINAL)
            or self.answer.fault not in (None, Fault.TLS)
        )


class GitHubRequests:
    """Asks one GitHub server with one token; ``patience`` is for whatever may pass."""

    def __init__(
        self,
        api_url: str,
        token: Secret | None,
        *,
        clock: Clock | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._api_url = api_url
        self._token = token
        self._clock = clock or SystemClock()
        self._patience = patience
        self._github: Github | None = None

    def prepare(self) -> None:
        """Load PyGithub in a thread of its own: a build waits for the engine much longer than that
        takes."""
        threading.Thread(target=pygithub.load, daemon=True).start()

    def read(self, path: str, purpose: str, about: Repository | None = None) -> Mapping[str, Any]:
        """The JSON object at a path below the API's address. Raises ActionError."""
        asked = self._about("GET", path, about)
        return self._told(purpose, lambda: self._object(asked)) or {}

    def find(
        self, path: str, purpose: str, about: Repository | None = None
    ) -> Mapping[str, Any] | None:
        """The JSON object at a path; None where the API says 404. Raises ActionError."""
        asked = self._about("GET", path, about)
        try:
            return self._object(asked)
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise self.error(refused, purpose) from refused

    def pages(
        self,
        path: str,
        purpose: str,
        query: Mapping[str, str] | None = None,
        *,
        about: Repository | None = None,
        most: int = MAX_PAGES,
    ) -> Iterator[tuple[Mapping[str, Any], ...]]:
        """A list, page by page, each asked for only when it is wanted. Raises ActionError, also
        where there are more than ``most``."""
        asked = self._about("GET", path, about)
        for number in range(1, most + 1):
            wanted = {**(query or {}), "per_page": str(PAGE_SIZE), "page": str(number)}
            entries, has_more = self._told(purpose, lambda: self._page(asked, wanted))  # noqa: B023  called at once
            yield entries
            if not has_more:
                return
        why = f"there are more than {most} pages of {PAGE_SIZE}"
        raise Unavailable(
            f"Could not {purpose}", why=why, answer=replace(asked, fault=Fault.NONSENSE)
        )

    def page(
        self, path: str, purpose: str, number: int, about: Repository | None = None
    ) -> tuple[Mapping[str, Any], ...]:
        """One page of a list, from 1 on. Raises ActionError."""
        asked = self._about("GET", path, about)
        wanted = {"per_page": str(PAGE_SIZE), "page": str(number)}
        return self._told(purpose, lambda: self._page(asked, wanted))[0]

    def write(
        self,
        verb: str,
        path: str,
        purpose: str,
        body: Mapping[str, Any] | None = None,
        *,
        about: Repository | None = None,
    ) -> Mapping[str, Any]:
        """Send a change; the JSON object that answers it, empty for anything else, which proves
        nothing. Raises ActionError."""
        asked = self._about(verb, path, about)
        document, _ = self._told(purpose, lambda: self._ask(asked, None, body))
        return document if isinstance(document, dict) else {}

    @property
    def limits(self) -> tuple[int, int]:
        """Requests that are left, and the second since 1970 that brings new ones, as the last
        answer said; (-1, 0) where none did."""
        requester = self._connected().requester
        return requester.rate_limiting[0], requester.rate_limiting_resettime

    def error(self, refused: RefusedError, purpose: str) -> ActionError:
        """The error for a user: what was asked, and in which words it was refused."""
        answer = refused.answer
        answered = f"was answered with {answer.status}" if answer.status else "has no answer"
        said = f": {answer.words}" if answer.words else ""
        why = f"{answer.method} {answer.url} {answered}{said}"
        return _kind(refused)(f"Could not {purpose}", why=why, answer=answer)

    def _told(self, purpose: str, ask: Callable[[], Result]) -> Result:
        try:
            return ask()
        except RefusedError as refused:
            raise self.error(refused, purpose) from refused

    def _about(self, verb: str, path: str, repository: Repository | None) -> Answer:
        """What is known of an answer before it comes."""
        host = urlsplit(self._api_url).netloc.rpartition("@")[2]
        return Answer(where=Where.API, method=verb, url=path, host=host, repository=repository)

    def _object(self, asked: Answer) -> Mapping[str, Any]:
        document: Mapping[str, Any]
        document, _ = self._read(asked, None, dict, "the answer is no JSON object")
        return document

    def _page(
        self, asked: Answer, query: Mapping[str, str]
    ) -> tuple[tuple[Mapping[str, Any], ...], bool]:
        """The entries of a page, and whether there is another one."""
        listed, headers = self._read(asked, query, list, "the answer is no JSON list")
        entries = tuple(entry for entry in listed if isinstance(entry, dict))
        return entries, 'rel="next"' in headers.get("link", "")

    def _read(
        self, asked: Answer, query: Mapping[str, str] | None, shape: type, otherwise: str
    ) -> tuple[Any, Mapping[str, str]]:
        """A document of a certain shape."""
        document, headers = self._ask(asked, query, None)
        if not isinstance(document, shape):
            raise RefusedError(replace(asked, fault=Fault.NONSENSE, words=otherwise))
        return document, headers

    def _ask(
        self, asked: Answer, query: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> tuple[Any, Mapping[str, str]]:
        """Document and headers, asked for again where that may help and does no harm."""
        attempt = 0
        while True:
            try:
                return self._once(asked, query, body)
            except RefusedError as refused:
                is_harmless = asked.method in _REPEATABLE or (
                    asked.method == "POST" and refused.is_limited
                )
                wait = self._wait(attempt, refused) if is_harmless else None
                if wait is None:
                    raise
                log.info(
                    "%s %s: %s; trying again in %.1f s.",
                    *(asked.method, asked.url, refused.answer.words or refused.status, wait),
                )
                self._clock.sleep(wait)
                attempt += 1

    def _wait(self, attempt: int, refused: RefusedError) -> float | None:
        if not refused.is_transient:
            return None
        return self._patience.wait(attempt, self._clock.jitter(), refused.answer.retry_after)

    def _once(
        self, asked: Answer, query: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> tuple[Any, Mapping[str, str]]:
        """One attempt, its answer judged here: PyGithub takes a page for a document."""
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        try:
            status, headers, said = self._connected().requester.requestJson(
                asked.method, asked.url, parameters=dict(query) if query else None, input=body
            )
        except (RequestException, HTTPError, OSError) as torn:
            raise RefusedError(self._fault(asked, torn)) from torn
        except RuntimeError as moved:  # PyGithub follows no redirect to another host
            said = self._cleaned(str(moved))
            raise RefusedError(replace(asked, status=301, words=said)) from moved
        known = {str(name).lower(): str(value) for name, value in headers.items()}
        if status >= 300:
            raise RefusedError(self._refusal(asked, status, known, str(said)))
        if asked.method == "DELETE" and status not in _DELETED:
            raise _nonsense(asked, status, "the answer does not say that it is deleted")
        try:
            return json.loads(said) if said else None, known
        except (ValueError, RecursionError) as cause:
            raise _nonsense(asked, status, "the answer is no document, or half of one") from cause

    def _refusal(self, asked: Answer, status: int, headers: Mapping[str, str], said: str) -> Answer:
        """The facts of an answer that says no."""
        words, now = self._cleaned(_message(said)), self._clock.now()
        wait = asked_wait(headers.get("retry-after", ""), words, now)
        answer = replace(asked, status=status, words=words, retry_after=wait)
        if wait is None and RefusedError(answer).is_limited:
            return replace(answer, retry_after=_until_reset(headers, now))
        return answer

    def _fault(self, asked: Answer, cause: Exception) -> Answer:
        """The facts of an answer that did not come."""
        from ghcr_action.adapters import faults

        address = f"{self._api_url}{asked.url}"
        return replace(
            asked,
            fault=faults.fault(cause),
            words=faults.words(cause),
            proxy=faults.proxy(address),
        )

    def _cleaned(self, said: str) -> str:
        return redact(said, (self._token,) if self._token else ())[:_LONGEST]

    def _connected(self) -> "Github":
        github = pygithub.load()
        logging.getLogger("github").setLevel(
            logging.WARNING
        )  # it tells of each refusal that we tell of in better words
        if self._github is None:
            self._github = github.Github(
                base_url=self._api_url,
                auth=github.Auth.Token(self._token.reveal()) if self._token else None,
                timeout=TIMEOUT,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
            )
        return self._github

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._github is not None:
            self._github.close()
            self._github = None


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
    return re.fullmatch(_SHA, text) is not None


def _kind(refused: RefusedError) -> type[ActionError]:
    if refused.is_limited:
        return LimitReached
    if refused.is_transient:
        return Unavailable
    kinds = {301: NotFound, 401: AccessDenied, 403: AccessDenied, 404: NotFound, 410: NotFound}
    return kinds.get(refused.status, ActionError)


def _until_reset(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until GitHub takes requests again, of an answer that names none."""
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(0.0, (datetime.fromtimestamp(int(reset), UTC) - now).total_seconds())
    return _SECONDARY_WAIT


def _nonsense(asked: Answer, status: int, words: str) -> RefusedError:
    return RefusedError(replace(asked, status=status, fault=Fault.NONSENSE, words=words))


def _message(said: str) -> str:
    """``message`` of an error document, and those of its ``errors``; a page has none."""
    try:
        data = json.loads(said)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    listed = (
        (str(entry.get("message", "")) for entry in errors if isinstance(entry, dict))
        if isinstance(errors, list)
        else ()
    )
    return ": ".join(part for part in (str(data.get("message", "")), *listed) if part)
