"""The HTTP session of a run: a requests.Session without cookies, netrc and repeated loading of
certificates."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from ssl import SSLContext
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from ghcr_action.errors import ActionError, SettingsError, Unavailable

POOL = 16
"""Open connections kept for each host."""


class Connections(requests.Session):
    """Keeps connections alive, and nothing else: no cookies, no login of its own, no look at where
    a redirect leads."""

    def __init__(self, user_agent: str) -> None:
        super().__init__()
        self.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for prefix in ("https://", "http://"):
            self.mount(prefix, _Pools())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the whole body of a redirect for that, however long it is."""


_LATE = "the headers took too long"


@dataclass(eq=False)
class _Awaited:
    """An answer that has to begin until ``due``, in seconds of the monotonic clock."""

    sock: socket.socket
    due: float
    late: bool = False


class _Watch:
    """Ends the connections whose answer is late: one thread for all, begun with the first request,
    since a thread for each would cost more than many an answer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._awaited: set[_Awaited] = set()
        self._wakes = 0.0
        self._thread: threading.Thread | None = None

    def begin(self, sock: socket.socket, seconds: float) -> _Awaited:
        """From now on, until ``end``."""
        awaited = _Awaited(sock, time.monotonic() + seconds)
        with self._changed:
            self._awaited.add(awaited)
            if not self._thread:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif awaited.due < self._wakes:
                self._changed.notify()
        return awaited

    def end(self, awaited: _Awaited) -> None:
        """It has begun, or its connection broke off."""
        with self._changed:
            self._awaited.discard(awaited)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for awaited in [one for one in self._awaited if one.due <= now]:
                    self._awaited.remove(awaited)
                    awaited.late = True
                    with suppress(OSError):
                        awaited.sock.shutdown(socket.SHUT_RDWR)
                self._wakes = min((one.due for one in self._awaited), default=now + _IDLE)
                self._changed.wait(self._wakes - now)


_IDLE = 3600.0
"""Seconds after which a watch without anything to watch looks again."""
_WATCH = _Watch()


class _Watched:
    """A connection whose answer has to begin, headers and all, in the time that is allowed for the
    next bytes: a server that gives a byte of them now and then keeps nobody waiting."""

    sock: Any

    def getresponse(self) -> Any:
        """The answer with its body unread. Raises TimeoutError."""
        seconds = self.sock.gettimeout() if self.sock else None
        if not seconds:
            return super().getresponse()  # type: ignore[misc]  # of the class beside this one
        awaited = _WATCH.begin(self.sock, seconds)
        try:
            answer = super().getresponse()  # type: ignore[misc]
        except (OSError, HTTPException):
            if awaited.late:
                raise TimeoutError(_LATE) from None  # whatever ended it was our end
            raise
        finally:
            _WATCH.end(awaited)
        if awaited.late:  # headers that end because we ended them look whole
            raise TimeoutError(_LATE)
        return answer


class _Plain(_Watched, HTTPConnection):
    pass


class _Secure(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


_CLASSES = {"http": _PlainPool, "https": _SecurePool}


class _Pools(HTTPAdapter):
    """Reads a file of authorities once; requests reads it for each connection, some 15 ms of CPU
    time."""

    def __init__(self) -> None:
        super().__init__(pool_connections=POOL, pool_maxsize=POOL)
        self._contexts: dict[str, SSLContext] = {}
        self.poolmanager.pool_classes_by_scheme = _CLASSES
        self._lock = threading.Lock()

    def proxy_manager_for(self, proxy: str, **given: Any) -> Any:
        """As requests does, with our connections."""
        manager = super().proxy_manager_for(proxy, **given)
        manager.pool_classes_by_scheme = _CLASSES
        return manager

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """With the TLS context of these authorities; a file that is not there is left to
        ``cert_verify``, which says so."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        location = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        if host["scheme"] == "https" and Path(location).exists():
            pool["ssl_context"] = self._trusting(location)
        return host, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """As requests does, but the authorities are in the context already; a proxy that is spoken
        to by TLS needs them itself."""
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # types-requests has none for it
        if url.startswith("https") and not (conn.proxy and conn.proxy.scheme == "https"):
            conn.ca_certs = conn.ca_cert_dir = None

    def _trusting(self, location: str) -> SSLContext:
        """One context for all connections. Raises SSLError of requests for a file that holds no
        certificates."""
        with self._lock:
            if location not in self._contexts:
                context, path = create_urllib3_context(), Path(location)
                try:
                    context.load_verify_locations(*((None, path) if path.is_dir() else (path,)))
                except OSError as cause:
                    raise requests.exceptions.SSLError(cause) from cause
                self._contexts[location] = context
            return self._contexts[location]


DOCS = "https://github.com/OWNER/ghcr-action/blob/main/docs/registries.md"
_BUNDLE = """Give the step a file with every authority to trust, copied from the runner's own:
- run: cp /etc/ssl/certs/ca-certificates.crt "$RUNNER_TEMP/ca.crt"
- uses: OWNER/ghcr-action@v1
  env:
    REQUESTS_CA_BUNDLE: ${{ runner.temp }}/ca.crt"""
_REFUSED = (
    (
        "mismatch",
        "is for another name",
        "Check the registry's name; whoever runs it has to get a certificate for this one.",
    ),
    ("has expired", "has expired", "Whoever runs the registry has to renew it."),
    ("not yet valid", "is not valid yet", "Check the clock of this machine and of the registry."),
    ("", "is not signed by an authority that is trusted here", _BUNDLE),
)
"""By what OpenSSL says: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/; Python says
``mismatch`` itself."""


def certificate_refused(
    what: str, host: str, cause: requests.exceptions.SSLError
) -> ActionError | None:
    """What to tell of a handshake that ended; None where it was no matter of certificates, and may
    pass."""
    said = str(cause)
    if "NO_CERTIFICATE_OR_CRL_FOUND" in said:
        return SettingsError(
            what,
            why="the file that REQUESTS_CA_BUNDLE names holds no certificate",
            fix=_BUNDLE,
            docs=DOCS,
        )
    if "CERTIFICATE_VERIFY_FAILED" not in said:
        return None
    why, fix = next((why, fix) for part, why, fix in _REFUSED if part in said)
    return Unavailable(what, why=f"the TLS certificate of {host} {why}", fix=fix, docs=DOCS)


def authorities_absent(what: str, cause: OSError) -> SettingsError:
    """What to tell where the file of authorities is not there."""
    where = str(cause).rpartition(": ")[2]
    return SettingsError(
        what,
        why=f"there is no file with certificates of authorities in this container: {where}",
        fix=_BUNDLE,
        docs=DOCS,
    )
