"""The connections of a run: pools by host, made by requests, but for what it does once too often or we must not have.

Separate, so that ``wire`` knows of messages only, and the overridden methods of requests stand together.
"""

import threading
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from ssl import SSLContext
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

POOL = 16
"""Open connections kept for each host."""


class Connections(requests.Session):
    """Keeps connections alive, and nothing else: no cookies, no login of its own, no look at where a redirect leads."""

    def __init__(self, user_agent: str) -> None:
        super().__init__()
        self.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for prefix in ("https://", "http://"):
            self.mount(prefix, _Pools())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the whole body of a redirect for that, however long it is."""


class _Pools(HTTPAdapter):
    """Reads a file of authorities once; requests reads it for each connection, some 15 ms of CPU time."""

    def __init__(self) -> None:
        super().__init__(pool_connections=POOL, pool_maxsize=POOL)
        self._contexts: dict[str, SSLContext] = {}
        self._lock = threading.Lock()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> tuple[Any, Any]:
        """With the TLS context of these authorities; a file that is not there is left to ``cert_verify``, which says so."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        location = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        if host["scheme"] == "https" and Path(location).exists():
            pool["ssl_context"] = self._trusting(location)
        return host, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """As requests does, but the authorities are in the context already; a proxy that is spoken to by TLS needs them itself."""
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # types-requests has none for it
        if url.startswith("https") and not (conn.proxy and conn.proxy.scheme == "https"):
            conn.ca_certs = conn.ca_cert_dir = None

    def _trusting(self, location: str) -> SSLContext:
        """One context for all connections. Raises SSLError of requests for a file that holds no certificates."""
        with self._lock:
            if location not in self._contexts:
                context, path = create_urllib3_context(), Path(location)
                try:
                    context.load_verify_locations(*((None, path) if path.is_dir() else (path,)))
                except OSError as cause:
                    raise requests.exceptions.SSLError(cause) from cause
                self._contexts[location] = context
            return self._contexts[location]
