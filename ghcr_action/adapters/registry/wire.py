"""One HTTP exchange at a time, by requests: addresses, time-outs, redirects, exact bytes; no
login and no retry."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from ghcr_action.adapters.faults import fault, proxy, words
from ghcr_action.adapters.registry import connections
from ghcr_action.adapters.registry.address import is_loopback, join, origin, speaks_tls
from ghcr_action.adapters.registry.connections import Connections
from ghcr_action.adapters.registry.refusal import redact
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.adapters.registry.streams import Upload, finish, opened
from ghcr_action.errors import ActionError, Unavailable
from ghcr_action.ports import Clock
from ghcr_action.values.answer import Answer, Fault
from ghcr_action.values.host import HUB_NAMES

LOGGER = logging.getLogger(__name__)
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HUB_API = "registry-1.docker.io"


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds to wait for a connection, for the next bytes of an answer, and for the answer to an
    uploaded blob."""

    connect: float = 10
    read: float = 60
    upload: float = 600


@dataclass(frozen=True, kw_only=True)
class Message:
    """One request as it goes out."""

    method: str
    url: str
    purpose: str
    about: Answer
    """What is known of whatever answers, before it does."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Upload = b""
    follows: bool = True


class Wire:
    """Sends requests: one pool of connections for each host, safe to use from several threads."""

    def __init__(
        self,
        clock: Clock,
        *,
        user_agent: str,
        timeouts: Timeouts,
        plain_http: frozenset[str],
        ca_bundle: str,
    ) -> None:
        logging.getLogger("urllib3").setLevel(
            logging.INFO
        )  # its debug lines hold the signed queries of storage addresses
        self._clock = clock
        self._timeouts = timeouts
        self._plain_http = plain_http
        self._ca_bundle = ca_bundle
        self._schemes: dict[str, str] = {}
        self._lock = threading.Lock()
        self._session = Connections(user_agent)
        self.request_count = 0

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def base(self, registry: str) -> str:
        """Where a registry's API is: ``https://ghcr.io``; without TLS only where that is
        allowed."""
        host = _HUB_API if registry in HUB_NAMES else registry
        if host not in self._schemes:
            has_tls = (
                speaks_tls(host)
                if is_loopback(host) and host not in self._plain_http
                else host not in self._plain_http
            )
            if has_tls is None:
                return f"https://{host}"
            self._schemes[host] = "https" if has_tls else "http"
        return f"{self._schemes[host]}://{host}"

    def may_carry_secrets(self, url: str) -> bool:
        """Whether an address is encrypted, or one for which that isn't asked."""
        scheme, name, port = origin(url)
        host = url.partition("://")[2].partition("/")[0] if port >= 0 else ""
        return bool(host) and (
            scheme == "https"
            or (scheme == "http" and (host in self._plain_http or is_loopback(name)))
        )

    def send(self, message: Message, authorization: str) -> requests.Response:
        """One request and its redirects, the body of the answer not read yet.

        ``authorization`` is never sent to another host. Raises Transient where the network fails,
        Unavailable where it is refused for good, and for redirects without end or out of TLS.
        """
        url = message.url
        if not self.may_carry_secrets(url):
            raise Unavailable(
                f"Could not {message.purpose}",
                why=f"the registry leads to {redact(url)}, which is not an https address",
                fix="Ask whoever runs the registry to give https addresses.",
                answer=replace(message.about, url=redact(url), fault=Fault.NONSENSE),
            )
        for _ in range(MAX_REDIRECTS + 1):
            response = self._exchange(
                message, url, authorization if origin(url) == origin(message.url) else ""
            )
            target = response.headers.get("Location", "")
            if not (
                message.follows
                and message.method in ("GET", "HEAD")
                and response.status_code in _REDIRECTS
                and target
            ):
                return response
            finish(response)
            url = join(url, target)
            if not self.may_carry_secrets(url):
                raise Unavailable(
                    f"Could not {message.purpose}",
                    why=(
                        f"{redact(message.url)} redirects to {redact(url) or 'nowhere'}, "
                        "which is not an https address"
                    ),
                    fix="Ask whoever runs the registry to redirect to an https address.",
                    answer=_redirected(message, response),
                )
        raise Unavailable(
            f"Could not {message.purpose}",
            why=f"{redact(message.url)} was redirected more than {MAX_REDIRECTS} times",
            fix="Check the registry's name; whoever runs it has to mend the redirects.",
            answer=_redirected(message, response),
        )

    def _exchange(self, message: Message, url: str, authorization: str) -> requests.Response:
        started = self._clock.monotonic()
        with self._lock:
            self.request_count += 1
        try:
            with opened(message.body) as data:
                response = self._session.request(
                    message.method,
                    url,
                    headers=dict(message.headers),
                    data=data,
                    auth=_Header(authorization),
                    timeout=(
                        self._timeouts.connect,
                        self._timeouts.upload
                        if isinstance(message.body, Upload)
                        else self._timeouts.read,
                    ),
                    allow_redirects=False,
                    stream=True,
                    verify=self._ca_bundle or None,
                    proxies={"http": "", "https": "", "all": ""}
                    if is_loopback(urlsplit(url).netloc)
                    else None,
                )
        except (requests.RequestException, HTTPError) as cause:
            raise self._fault(message, url, cause, self._clock.monotonic() - started) from cause
        except OSError as cause:
            if "TLS CA certificate" not in str(
                cause
            ):  # what reading the content of an upload raises is not ours to explain
                raise
            raise connections.authorities_absent(f"Could not {message.purpose}", cause) from cause
        milliseconds = round((self._clock.monotonic() - started) * 1000)
        LOGGER.debug(
            "%s %s: %d in %d ms", message.method, redact(url), response.status_code, milliseconds
        )
        return response

    def _fault(
        self, message: Message, url: str, cause: Exception, seconds: float
    ) -> ActionError | Transient:
        LOGGER.debug("%s %s: %s", message.method, redact(url), type(cause).__name__)
        what, where = f"Could not {message.purpose}", f"{message.method} {redact(url)}"
        answer = replace(
            message.about,
            url=redact(url),
            host=self._asked(url, message.about.host),
            fault=fault(cause),
            proxy=proxy(url),
            sent=message.body.size if isinstance(message.body, Upload) else 0,
            seconds=seconds,
        )
        if isinstance(cause, requests.exceptions.SSLError) and (
            error := connections.certificate_refused(what, urlsplit(url).netloc, cause)
        ):
            error.answer = answer
            return error
        if not isinstance(
            cause,
            (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError),
        ):
            return Unavailable(
                what,
                why=f"{where} can't be sent ({type(cause).__name__})",
                fix="Check the registry's name.",
                answer=replace(answer, fault=Fault.NAME),
            )
        why = f"{where}: {words(cause)}"
        return Transient(
            Unavailable(
                what,
                why=why,
                fix="Check the registry's name and the network, then run again.",
                answer=answer,
            )
        )

    @staticmethod
    def _asked(url: str, registry: str) -> str:
        """Who was asked, as images name it: the registry, else the storage or the token service
        that it leads to."""
        host = urlsplit(url).netloc.rpartition("@")[2]
        return registry if host == _HUB_API and registry in HUB_NAMES else host or registry


def _redirected(message: Message, response: requests.Response) -> Answer:
    return replace(
        message.about,
        url=redact(message.url),
        status=response.status_code,
        fault=Fault.NONSENSE,
    )


class _Header(AuthBase):
    """Sets the header itself, so that requests does not look for a login in ~/.netrc."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request
