"""Small requests to services that are no registry: bounded in size and time, patient, and never
led elsewhere."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from ghcr_action.adapters import faults
from ghcr_action.adapters.registry import retry
from ghcr_action.adapters.registry.address import is_loopback, join, origin
from ghcr_action.adapters.registry.connections import Connections, certificate_refused
from ghcr_action.adapters.registry.refusal import read, redact
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.adapters.registry.streams import stream
from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, NotFound, Unavailable
from ghcr_action.ports import Clock
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.patience import Patience, asked_wait
from ghcr_action.values.secret import Secret

log = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_MEGABYTE = 1024 * 1024
_GOOD = frozenset({200, 201})
_CONFLICT = 409


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question, and what an answer to it may be."""

    purpose: str
    """What the user gets by it, as it follows "Could not"."""
    url: str
    body: bytes | None = None
    """Sent by POST; None for GET."""
    headers: Mapping[str, str] = field(default_factory=dict)
    bearer: Secret | None = None
    limit: int = _MEGABYTE
    """Bytes of the largest answer."""
    kinds: tuple[str, ...] = ()
    """Content types of an answer; empty for any."""

    @property
    def about(self) -> Answer:
        """What is known of the answer before it comes."""
        return Answer(
            where=Where.SERVICE,
            method="GET" if self.body is None else "POST",
            url=redact(self.url),
            host=urlsplit(self.url).netloc.rpartition("@")[2],
        )


class Exchange:
    """Sends questions; one for a run. Times in seconds."""

    def __init__(
        self,
        clock: Clock,
        *,
        user_agent: str,
        policy: Patience | None = None,
        patience: float = 10,
        longest: float = 30,
    ) -> None:
        """``patience`` is for a connection and for more bytes, ``longest`` for a whole answer."""
        self._clock = clock
        self._policy = policy or Patience(retries=3, longest=15)
        self._patience = patience
        self._longest = longest
        self._session = Connections(user_agent)

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def send(self, asked: Request) -> bytes:
        """The answer's body; a question whose answer may pass is asked again.

        Raises AccessDenied, NotFound, ContentInvalid and Unavailable, each with what was said. A
        redirect is no answer.
        """
        attempt = 0
        while True:
            try:
                return self._once(asked)
            except Transient as fault:
                wait = self._policy.wait(attempt, self._clock.jitter(), fault.asked)
                if wait is None or fault.is_spent(attempt):
                    raise fault.error from fault
                log.info(
                    "%s; trying again in %.1f s (%d of %d)",
                    fault.error.why,
                    wait,
                    attempt + 1,
                    self._policy.retries,
                )
                self._clock.sleep(wait)
                attempt += 1

    def _once(self, asked: Request) -> bytes:
        what, where = (
            f"Could not {asked.purpose}",
            f"{'GET' if asked.body is None else 'POST'} {redact(asked.url)}",
        )
        if urlsplit(asked.url).scheme != "https" and not is_loopback(urlsplit(asked.url).netloc):
            raise Unavailable(what, why=f"{redact(asked.url)} is not an https address")
        try:
            with self._open(asked) as response:
                body, status = self._read(response, asked.limit, what, where), response.status_code
                if status == _CONFLICT and (there := _elsewhere(asked.url, response)):
                    return self._once(
                        Request(
                            purpose=asked.purpose,
                            url=there,
                            headers=asked.headers,
                            limit=asked.limit,
                            kinds=asked.kinds,
                        )
                    )
                if status not in _GOOD:
                    raise self._refused(asked, response, body, what, where)
                kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        except (requests.RequestException, HTTPError, ConnectionError) as cause:
            raise _fault(what, where, asked, cause) from cause
        if asked.kinds and kind not in asked.kinds:
            raise ContentInvalid(
                what,
                why=f"{where} gave {kind or 'no content type'}, not {' or '.join(asked.kinds)}",
            )
        return body

    def _open(self, asked: Request) -> requests.Response:
        return self._session.request(
            "GET" if asked.body is None else "POST",
            asked.url,
            headers=dict(asked.headers),
            data=asked.body,
            auth=_Bearer(asked.bearer),
            timeout=self._patience,
            allow_redirects=False,
            stream=True,
            proxies={"http": "", "https": "", "all": ""}
            if is_loopback(urlsplit(asked.url).netloc)
            else None,
        )

    def _read(self, response: requests.Response, limit: int, what: str, where: str) -> bytes:
        """The whole body. Raises ContentInvalid above the limit, Transient where it takes long."""
        end, body = self._clock.monotonic() + self._longest, bytearray()
        for chunk in stream(response, _CHUNK, longest=self._longest):
            body += chunk
            if len(body) > limit:
                raise ContentInvalid(what, why=f"{where} gave more than {limit} bytes")
            if self._clock.monotonic() > end:
                raise Transient(
                    Unavailable(
                        what, why=f"{where}: the answer took more than {self._longest:.0f} s"
                    )
                )
        return bytes(body)

    def _refused(
        self, asked: Request, response: requests.Response, body: bytes, what: str, where: str
    ) -> Exception:
        status, (codes, said) = response.status_code, read(body)
        if asked.bearer:
            said = said.replace(asked.bearer.reveal(), "***")
        error = _kind(status)(
            what,
            why=f"{where} gave status {status}{f': {said}' if said else ''}",
            answer=replace(
                asked.about,
                status=status,
                codes=codes,
                words=said,
                retry_after=asked_wait(
                    response.headers.get("Retry-After", ""), said, self._clock.now()
                ),
            ),
        )
        return Transient(error) if retry.is_transient("GET", status, codes, said) else error


def json_body(document: Mapping[str, object]) -> bytes:
    """A question in JSON."""
    return json.dumps(document).encode()


def _elsewhere(url: str, response: requests.Response) -> str:
    """Where a log has what was sent to it before; empty where that is on another server."""
    there = join(url, response.headers.get("Location", ""))
    return there if there != url and origin(there) == origin(url) else ""


def _kind(status: int) -> type[ActionError]:
    return {401: AccessDenied, 403: AccessDenied, 404: NotFound}.get(status, Unavailable)


def _fault(what: str, where: str, asked: Request, cause: Exception) -> ActionError | Transient:
    if isinstance(cause, requests.exceptions.SSLError) and (
        error := certificate_refused(what, urlsplit(asked.url).netloc, cause)
    ):
        return error
    return Transient(
        Unavailable(
            what,
            why=f"{where}: {faults.words(cause)}",
            fix="Check the network, then run again.",
            answer=replace(asked.about, fault=faults.fault(cause), proxy=faults.proxy(asked.url)),
        )
    )


class _Bearer(AuthBase):
    """Sets the header itself, so that requests does not look for a login in ~/.netrc."""

    def __init__(self, token: Secret | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request
