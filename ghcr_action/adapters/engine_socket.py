"""Where the engine listens, and the way from there to its own BuildKit.

Every engine of today has ``POST /grpc``, which buildx uses, too: upgraded to HTTP/2 without TLS
(``h2c``). It is deprecated since version 1.53 of the API, whose engines speak gRPC on a unix socket
without any upgrade.
Sources: https://github.com/moby/moby, ``daemon/server/router/grpc`` and pull request 50744.
"""

import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ghcr_action.errors import Unavailable

_REQUEST = (
    b"POST /grpc HTTP/1.1\r\nHost: docker\r\nUser-Agent: ghcr-action\r\n"
    b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"
)
_UNIX = "unix://"
_SWITCHED = b" 101 "
_FRAME_HEAD = 9
"""Bytes: length of the payload (3), type (1), flags (1), stream (4)."""
_SETTINGS = 4
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, _SETTINGS, 0, 0, 0, 0, 0))
"""What a client of HTTP/2 says first: https://www.rfc-editor.org/rfc/rfc9113#section-3.4."""
_LONGEST_HEAD = 16 * 1024
_ANSWER_SECONDS = 10.0
DEFAULT = "unix:///var/run/docker.sock"
"""Where docker finds its engine if nobody says otherwise."""
_SHORTEST = 0.001
"""Seconds; none at all would mean that nothing is waited for, and is another error."""
_DOCS = "https://docs.docker.com/build/builders/drivers/"


@dataclass(frozen=True, kw_only=True)
class Address:
    """An engine's address that needs no program: a unix socket, or plain TCP."""

    path: str = ""
    host: str = ""
    port: int = 0

    def connect(self) -> socket.socket:
        """An open connection; OSError where nobody listens."""
        if not self.path:
            return socket.create_connection((self.host, self.port), timeout=_ANSWER_SECONDS)
        found = socket.socket(socket.AF_UNIX)
        found.settimeout(_ANSWER_SECONDS)
        try:
            found.connect(self.path)
        except OSError:
            found.close()
            raise
        return found


def address(environ: Mapping[str, str]) -> Address | None:
    """Where docker finds its engine; None where TLS, SSH or another system's pipe is in between.

    Sources: https://docs.docker.com/reference/cli/docker/#environment-variables, and ``ParseHost``
    of https://github.com/docker/cli, ``opts/hosts.go``.
    """
    text = environ.get("DOCKER_HOST", "").strip()
    if text in ("", _UNIX):
        text = DEFAULT
    if text.startswith(_UNIX):
        return Address(path=text.removeprefix(_UNIX))
    parts = urlsplit(text)
    has_tls = environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS")
    if parts.scheme == "tcp" and parts.hostname and not has_tls:
        return Address(host=parts.hostname, port=parts.port or 2375)
    return None


def dialer(address: Address) -> Callable[[], socket.socket]:
    """What opens connections to the engine's BuildKit, which speak gRPC: by ``POST /grpc``, or
    without it where the engine has it no more.

    Raises Unavailable with the engine's words where it offers neither. One that gives no answer is
    asked once.
    """
    try:
        _upgraded(address).close()
    except Unavailable as refused:
        if isinstance(refused.__cause__, OSError) or not _speaks_http2(address):
            raise
        return lambda: _unhurried(address.connect())
    return lambda: _upgraded(address)


def _speaks_http2(address: Address) -> bool:
    """Whether the answer to a client of HTTP/2 is that of a server of HTTP/2: its settings."""
    try:
        with address.connect() as engine:
            engine.sendall(_PREFACE)
            head = engine.recv(_FRAME_HEAD, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(head) == _FRAME_HEAD and head[3] == _SETTINGS


def _unhurried(connection: socket.socket) -> socket.socket:
    """A build may be silent for long."""
    connection.settimeout(None)
    return connection


def _upgraded(address: Address) -> socket.socket:
    """A connection by ``POST /grpc``."""
    try:
        engine = address.connect()
    except OSError as cause:
        raise refused(f"{address.path or address.host} does not answer: {cause}") from cause
    try:
        engine.sendall(_REQUEST)
        head = _head(engine)
        if _SWITCHED not in head.partition(b"\r\n")[0]:
            raise refused(_said(head, engine))
    except OSError as cause:
        engine.close()
        raise refused(f"{address.path or address.host}: {cause}") from cause
    except Unavailable:
        engine.close()
        raise
    return _unhurried(engine)


def _head(engine: socket.socket) -> bytes:
    """The answer's status line and headers, byte by byte: what follows is BuildKit's. All of them
    have the time of one answer, however slowly they come."""
    head, end = b"", time.monotonic() + _ANSWER_SECONDS
    while not head.endswith(b"\r\n\r\n") and len(head) < _LONGEST_HEAD:
        engine.settimeout(max(end - time.monotonic(), _SHORTEST))
        byte = engine.recv(1)
        if not byte:
            break
        head += byte
    return head


def _said(head: bytes, engine: socket.socket) -> str:
    """The engine's own words for its refusal: ``{"message": "page not found"}``."""
    status = head.partition(b"\r\n")[0].decode(errors="replace").partition(" ")[2]
    try:
        document = json.loads(engine.recv(_LONGEST_HEAD))
        said = str(document["message"])
    except (OSError, ValueError, KeyError, TypeError):
        said = ""
    return ": ".join(filter(None, (f"POST /grpc gave {status or 'no answer'}", said)))


def refused(said: str) -> Unavailable:
    """The error for an engine that lets nobody reach its BuildKit."""
    return Unavailable(
        "The engine does not offer its BuildKit, so that nothing can be pushed by digest",
        why=said,
        fix="Let whatever stands in front of the engine's socket pass `POST /grpc`, "
        "or build with a builder of your own:\ndriver: docker-container",
        docs=_DOCS,
    )
