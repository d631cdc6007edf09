"""A private socket that leads to the engine's own BuildKit, so that buildx can use it as a
remote one: a remote BuildKit pushes by digest, which buildx's driver ``docker`` refuses.

``engine_socket`` knows the way to the engine beside us. Where TLS, SSH or a context is in between,
``docker buildx dial-stdio`` does:
https://docs.docker.com/reference/cli/docker/buildx/dial-stdio/.
"""

import contextlib
import logging
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ghcr_action.adapters import child, engine_socket
from ghcr_action.adapters.engine_socket import Address
from ghcr_action.adapters.workspace import LONGEST_SOCKET
from ghcr_action.errors import SettingsError, Unavailable

log = logging.getLogger(__name__)

_CHUNK = 256 * 1024
_PAUSE = 0.1
"""Seconds: for a descriptor to be free again, for a thread to end that has nothing left to do."""
_NAME = "bridge"
"""The name of each thread here."""


class Connection(Protocol):
    """One connection under way, from a client to the engine."""

    def close(self) -> None:
        """End it, and wait for what it has started."""


Connect = Callable[[socket.socket], Connection]
"""Joins a client's connection to one of the engine's, and owns both from then on."""


@contextmanager
def listening(path: Path, connect: Connect) -> Iterator[Callable[[], str]]:
    """Listen at ``path`` while the context lasts; every connection is led to the engine. Gives what
    tells why the engine did not take the last one; empty where it did.

    Raises SettingsError where no socket can have this path.
    """
    listener = _Listener(path, connect)
    try:
        yield lambda: listener.refusal
    finally:
        listener.close()


def by_socket(address: Address) -> Connect:
    """Join connections to the engine beside us. Raises Unavailable, before the first one, where it
    does not offer its BuildKit."""
    dial = engine_socket.dialer(address)
    return lambda client: _Copied(client, dial())


def by_program(argv: Sequence[str], environ: Mapping[str, str]) -> Connect:
    """Join connections by a program's standard input and output, one process for each."""
    return lambda client: _Process(client, argv, environ)


class _Listener:
    """A listening socket, and the connections that came through it."""

    def __init__(self, path: Path, connect: Connect) -> None:
        self.refusal = ""
        self._path, self._connect = path, connect
        self._connections: list[Connection] = []
        self._joining: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._listener = _listening(path)
        self._thread = threading.Thread(target=self._accept, name=_NAME, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection and remove the socket. An engine that has not answered yet is waited
        for only a moment: its connection ends when it does."""
        self._is_closing.set()
        with contextlib.suppress(OSError), Address(path=str(self._path)).connect():
            self._thread.join()  # woken by this last client: closing a socket wakes nobody
        self._listener.close()
        self._path.unlink(missing_ok=True)
        with self._lock:
            connections = tuple(self._connections)
        for each in connections:
            each.close()
        for thread in self._joining:
            thread.join(_PAUSE)

    def _accept(self) -> None:
        """Each client has a thread that joins it: none waits for an engine that does not answer
        another one."""
        while not self._is_closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError as cause:  # no descriptor is left, and the client still stands there
                self._refused(cause)
                self._is_closing.wait(_PAUSE)
                continue
            if self._is_closing.is_set():
                client.close()
                return
            arguments = (client,)
            thread = threading.Thread(target=self._join, args=arguments, name=_NAME, daemon=True)
            self._joining.append(thread)
            thread.start()

    def _join(self, client: socket.socket) -> None:
        try:
            connection = self._connect(client)
        except (OSError, Unavailable) as cause:
            self._refused(cause)
            client.close()
            return
        with self._lock:
            self.refusal = ""
            self._connections.append(connection)
            is_late = self._is_closing.is_set()
        if is_late:
            connection.close()

    def _refused(self, cause: OSError | Unavailable) -> None:
        self.refusal = cause.why if isinstance(cause, Unavailable) else str(cause)
        log.debug("The engine's BuildKit can't be reached: %s", self.refusal)


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
    """Two sockets, each copied to the other by a thread of its own."""

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
    """Copy every byte until the source has no more. Then the target is told so; what it sends
    itself goes on.

    One buffer serves all: a context has gigabytes, and new memory for each part costs three times
    as much as the copy.
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
