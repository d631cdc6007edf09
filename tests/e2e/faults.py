"""A registry's bad days: a proxy in front of a real one, which answers what a test has scripted and
passes on everything else."""

import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "transfer-encoding", "host", "keep-alive"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one request instead of an answer of the registry."""

    method: str
    path: str
    """A pattern that is found in it."""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    resets: bool = False
    """The connection is reset while the request's body is on its way."""
    hangs: bool = False
    """No answer until the test is over."""


class FaultyRegistry:
    """The proxy; ``met`` lists the faults that happened, ``asked`` every request as ``METHOD
    path``."""

    def __init__(self, upstream: str, faults: list[Fault]) -> None:
        self.upstream, self.faults = upstream, list(faults)
        self.met: list[Fault] = []
        self.asked: list[str] = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"registry": self})
        )
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, which happens once."""
        with self.lock:
            self.asked.append(f"{method} {path}")
            found = next(
                (
                    fault
                    for fault in self.faults
                    if fault.method == method and re.search(fault.path, path)
                ),
                None,
            )
            if found:
                self.faults.remove(found)
                self.met.append(found)
            return found


@contextmanager
def faulty(upstream: str, *faults: Fault) -> Iterator[FaultyRegistry]:
    """A proxy in front of ``upstream`` (``HOST:PORT``), in which each fault happens once, in this
    order."""
    registry = FaultyRegistry(upstream, list(faults))
    thread = threading.Thread(target=registry.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.over.set()
        registry.server.shutdown()
        registry.server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = default_request_version = "HTTP/1.1"  # an engine tries TLS first
    registry: FaultyRegistry

    def _serve(self) -> None:
        fault = self.registry.take(self.command, self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.resets:
            self.rfile.read(min(length, 65536))
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        body = (
            self._chunks()
            if self.headers.get("Transfer-Encoding") == "chunked"
            else self.rfile.read(length)
        )
        if fault and fault.hangs:
            self.registry.over.wait()
            self.close_connection = True
            return
        if fault:
            self._reply(
                fault.status,
                [*fault.headers.items(), ("Content-Length", str(len(fault.body)))],
                fault.body.encode(),
            )
            return
        with closing(HTTPConnection(self.registry.upstream)) as upstream:
            self._pass_on(upstream, body)

    def _pass_on(self, upstream: HTTPConnection, body: bytes) -> None:
        upstream.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {*HOP, "content-length"}:
                upstream.putheader(name, value)
        upstream.putheader("Content-Length", str(len(body)))
        upstream.endheaders(body)
        answer = upstream.getresponse()
        content = answer.read()
        headers = [
            (name, value)
            for name, value in answer.getheaders()
            if name.lower() not in {*HOP, "content-length"}
        ]
        size = (
            answer.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        )
        rewritten = [
            (name, value.replace(self.registry.upstream, self.registry.host))
            for name, value in headers
        ]
        self._reply(answer.status, [*rewritten, ("Content-Length", size)], content)

    def _chunks(self) -> bytes:
        """A body of unknown length, as docker sends its layers."""
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 (the names that http.server looks for)

    def log_message(self, *_arguments: object) -> None:
        """Silence."""
