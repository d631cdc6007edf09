"""A private socket that leads to the engine's own BuildKit, so that buildx can use it as a
remote one: a remote BuildKit pushes by digest, which buildx's driver ``docker`` refuses.

The engine offers its BuildKit at ``POST /grpc``, upgraded to HTTP/2 without TLS (``h2c``); source:
https://github.com/moby/moby, ``daemon/server/router/grpc``. Where the engine is reached by TLS, by
SSH or by a context, ``docker buildx dial-stdio`` knows the way:
https://docs.docker.com/reference/cli/docker/buildx/dial-stdio/.
"""

import contextlib
import json
import logging
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ghcr_action.adapters import child
from ghcr_action.adapters.workspace import LONGEST_SOCKET
from ghcr_action.errors import SettingsError, Unavailable

log = logging.getLogger(__name__)

_REQUEST = (
    b"POST /grpc HTTP/1.1\r\nHost: docker\r\nUser-Agent: ghcr-action\r\n"
    b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"
)
_SWITCHED = b" 101 "
_LONGEST_HEAD = 16 * 1024
_ANSWER_SECONDS = 10.0
_CHUNK = 256 * 1024
_NAME = "bridge"
"""Of every thread."""
_DOCS = "https://docs.docker.com/build/builders/drivers/"
_IDENTITY = ".buildNodeID"
_ONE = r"[0-9a-f]{16}"


class Link(Protocol):
    """One connection under way, from a client to the engine."""

    def close(self) -> None:
        """End it, and wait for what it has started."""


Lead = Callable[[socket.socket], Link]
"""Leads a client's connection to the engine, and owns it from then on."""


def identify(directory: Path, own: Path, repository: str) -> None:
    """Give buildx's private directory the identity that the user's own one has.

    BuildKit keeps the files of a context under it, and asks a client it knows for changes only.
    With a new one each time, a run would send its whole context again, and build anew what has not
    changed. In a container that nobody has built in before, the repository stands for it: the
    next run for it has the same.
    Source: https://github.com/docker/buildx, ``util/confutil/node.go``.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    try:
        known = (own / _IDENTITY).read_text()
    except (OSError, ValueError):
        known = ""
    made = sha256(repository.encode()).hexdigest()[:16]
    (directory / _IDENTITY).write_text(known if re.fullmatch(_ONE, known) else made)


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

    Source: https://docs.docker.com/reference/cli/docker/#environment-variables.
    """
    text = environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    parts = urlsplit(text)
    if parts.scheme == "unix":
        return Address(path=text.removeprefix("unix://"))
    has_tls = environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS")
    if parts.scheme == "tcp" and parts.hostname and not has_tls:
        return Address(host=parts.hostname, port=parts.port or 2375)
    return None


@contextmanager
def opened(path: Path, lead: Lead) -> Iterator[None]:
    """Listen at ``path`` while the context lasts; every connection is led to the engine.

    Raises SettingsError where no socket can have this path.
    """
    listener = _Listener(path, lead)
    try:
        yield
    finally:
        listener.close()


def upgrade(address: Address) -> Lead:
    """Lead connections by ``POST /grpc``; Unavailable, before the first one, where there is
    none."""
    _dial(address).close()
    return lambda client: _Copied(client, _dial(address))


def program(argv: Sequence[str], environ: Mapping[str, str]) -> Lead:
    """Lead connections through a program's standard input and output, one process for each."""
    return lambda client: _Process(client, argv, environ)


class _Listener:
    """A listening socket, and the connections that came through it."""

    def __init__(self, path: Path, lead: Lead) -> None:
        self._path, self._lead = path, lead
        self._links: list[Link] = []
        self._is_closing = threading.Event()
        self._listener = _listening(path)
        self._thread = threading.Thread(target=self._accept, name=_NAME, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection and remove the socket."""
        self._is_closing.set()
        with contextlib.suppress(OSError), Address(path=str(self._path)).connect():
            self._thread.join()  # woken by this last client: closing a socket wakes nobody
        self._listener.close()
        self._path.unlink(missing_ok=True)
        for link in self._links:
            link.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._is_closing.is_set():
                client.close()
                return
            try:
                self._links.append(self._lead(client))
            except (OSError, Unavailable) as cause:
                log.debug("The engine's BuildKit can't be reached: %s", cause)
                client.close()


def _listening(path: Path) -> socket.socket:
    length = len(os.fsencode(path))
    if length > LONGEST_SOCKET:
        raise SettingsError(
            f"The path of a socket would have {length} bytes, and {LONGEST_SOCKET} is the most",
            why=f"{path.parent} is this run's private directory, below RUNNER_TEMP or TMPDIR",
            fix=(
                "Set RUNNER_TEMP, or TMPDIR outside a workflow, to a directory with a shorter path."
            ),
        )
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        listener.listen()
    except OSError as cause:
        listener.close()
        raise Unavailable(
            f"No socket can be made in {path.parent}, so that nothing can be pushed by digest",
            why=f"{cause.strerror}; not every file system has sockets, and a full one has no room",
            fix="Set RUNNER_TEMP, or TMPDIR outside a workflow, to a directory of a local disk.",
        ) from cause
    return listener


class _Copied:
    """Two sockets, each copied to the other by a thread of its own; the last bytes end both."""

    def __init__(self, client: socket.socket, engine: socket.socket) -> None:
        self._sockets = (client, engine)
        self._threads = tuple(
            threading.Thread(target=_copy, args=pair, name=_NAME, daemon=True)
            for pair in ((client, engine), (engine, client))
        )
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End both directions."""
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Every byte until the source has no more; then the target is told, whose own bytes go on.

    One buffer for all: a context has gigabytes, and memory of its own for each part costs three
    times as much as the copy.
    """
    buffer = memoryview(bytearray(_CHUNK))
    try:
        while count := source.recv_into(buffer):
            target.sendall(buffer[:count])
        target.shutdown(socket.SHUT_WR)
    except OSError as cause:
        log.debug("A connection to the engine's BuildKit broke: %s", cause)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Process:
    """A program that has the client's connection as its standard input and output."""

    def __init__(
        self, client: socket.socket, argv: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        with client:
            self._process = subprocess.Popen(
                argv,
                env=environ,
                stdin=client.fileno(),
                stdout=client.fileno(),
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def close(self) -> None:
        """Ask it to end, and end it where it does not."""
        child.end(self._process)


def _dial(address: Address) -> socket.socket:
    """A connection that speaks to BuildKit; Unavailable with the engine's words where it
    refuses."""
    try:
        engine = address.connect()
    except OSError as cause:
        raise _refused(f"{address.path or address.host} does not answer: {cause}") from cause
    try:
        engine.sendall(_REQUEST)
        head = _head(engine)
        if _SWITCHED not in head.partition(b"\r\n")[0]:
            raise _refused(_said(head, engine))
        engine.settimeout(None)
    except OSError as cause:
        engine.close()
        raise _refused(f"{address.path or address.host}: {cause}") from cause
    except Unavailable:
        engine.close()
        raise
    return engine


def _head(engine: socket.socket) -> bytes:
    """The answer's status line and headers, byte by byte: what follows is BuildKit's."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < _LONGEST_HEAD:
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


def _refused(said: str) -> Unavailable:
    return Unavailable(
        "The engine does not offer its BuildKit, so that nothing can be pushed by digest",
        why=said,
        fix="Let whatever stands in front of the engine's socket pass `POST /grpc`, "
        "or build with a builder of your own:\ndriver: docker-container",
        docs=_DOCS,
    )
