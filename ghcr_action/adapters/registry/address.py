"""Where a login may travel: hosts, origins, and which of them are this machine."""

import ipaddress
import socket
import ssl
from urllib.parse import urljoin, urlsplit


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what has to be equal for a login to be sent along. A broken address
    has the port -1."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme,
            parts.hostname or "",
            parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0),
        )
    except ValueError:
        return "", url, -1


def join(base: str, target: str) -> str:
    """The address that a ``Location`` or ``Link`` means, relative or not; empty where it is
    broken."""
    try:
        url = urljoin(base, target)
    except ValueError:
        return ""
    return url if origin(url)[1] and origin(url)[2] != -1 else ""


def is_loopback(host: str) -> bool:
    """Whether ``HOST[:PORT]`` is this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def speaks_tls(host: str) -> bool | None:
    """Ask a loopback port for a TLS handshake; None where nobody listens, who may do so later."""
    parts = urlsplit(f"//{host}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent: the request that follows verifies
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), timeout=2) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except (ssl.SSLError, TimeoutError, ConnectionResetError):
        return False
    except OSError:
        return None
