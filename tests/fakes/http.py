"""An HTTP server on loopback that a test scripts: each request goes to a function, or to the next
scripted reply."""

import _thread
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer; ``cut`` ends the connection after so many bytes of the body, ``hangs`` gives none
    until the server stops."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    hangs: bool = False
    length: bool = True


@dataclass
class _Scripted:
    method: str
    path: re.Pattern[str]
    replies: Iterator[Reply]


class Scripted:
    """The server: ``host`` is its ``HOST:PORT``, ``asked`` every request so far."""

    def __init__(
        self,
        answer: Callable[[Asked], Reply] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.asked: list[Asked] = []
        self._answer = answer or (lambda asked: Reply(status=404))
        self._scripts: list[_Scripted] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = Server(("127.0.0.1", port), _handler(self))
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.host = f"127.0.0.1:{self._server.server_port}"

    def script(self, method: str, path: str, *replies: Reply | Iterable[Reply]) -> None:
        """Answer the next requests whose path matches with these replies, one after another; then
        as before."""
        flat = (
            reply for entry in replies for reply in ([entry] if isinstance(entry, Reply) else entry)
        )
        with self._lock:
            self._scripts.append(_Scripted(method, re.compile(path), iter(flat)))

    def paths(self, method: str = "") -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked if method in ("", asked.method)]

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            for script in self._scripts:
                if script.method == asked.method and script.path.search(asked.path):
                    reply = next(script.replies, None)
                    if reply is not None:
                        break
            else:
                reply = None
        if reply is None:
            reply = self._answer(asked)
        if reply.hangs:
            self._stopped.wait()
        return reply

    @contextmanager
    def running(self) -> Iterator["Scripted"]:
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class Server(ThreadingHTTPServer):
    """One that a test can end at any moment."""

    daemon_threads = True
    block_on_close = False

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a bare thread: coverage installs its tracer in every other, which ends one of some
        thousand in Python 3.11, and its connection with it."""
        _thread.start_new_thread(self.process_request_thread, (request, client_address))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of some tests."""


def _handler(server: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            if self.rfile.peek(1)[:1] == b"\x16":  # type: ignore[attr-defined]  # a TLS handshake: this port speaks plain HTTP
                self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                self.close_connection = True
                return
            super().handle_one_request()

        def answer(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(
                method=self.command,
                path=parts.path,
                query=parse_qs(parts.query),
                headers={name.title(): value for name, value in self.headers.items()},
                body=self.read_body(),
            )
            reply = server.answer(asked)
            if reply.status == 0 or reply.hangs:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(reply.status)
            body = b"" if self.command == "HEAD" else reply.body
            headers = (
                {"Content-Length": str(len(reply.body)), **reply.headers}
                if reply.length
                else dict(reply.headers)
            )
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if reply.cut is None else body[: reply.cut])
            if reply.cut is not None or not reply.length:
                self.close_connection = True

        def read_body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 -- the names http.server looks for

        def log_message(self, *arguments: object) -> None:
            """Tests read ``asked`` instead."""

    return Handler
