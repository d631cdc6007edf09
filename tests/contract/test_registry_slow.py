"""Servers that give a byte now and then, that are not there, and that lead out of TLS."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ghcr_action.adapters.registry import HttpRegistry, Timeouts, streams
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.errors import Unavailable
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.oci import Descriptor
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Repository, Tag
from tests.contract.http_registry import stand
from tests.fakes.clock import FakeClock
from tests.fakes.http import Reply


class Dripping:
    """An answer that gives so many bytes a read, each after so many seconds."""

    def __init__(self, count: int, seconds: float, total: int = 10**9) -> None:
        self.count, self.seconds, self.left = count, seconds, total
        self.time, self.reads = 0.0, 0
        self.raw, self.url, self.status_code = self, "https://r.example/v2/x", 200

    def now(self) -> float:
        return self.time

    def read1(self, most: int, decode_content: bool) -> bytes:
        self.time += self.seconds
        self.reads += 1
        size = min(self.count, most, self.left)
        self.left -= size
        return b"x" * size

    def close(self) -> None:
        self.left = 0


def test_read_small__a_byte_in_five_seconds_has_an_end() -> None:
    answer: Any = Dripping(1, 5)

    with pytest.raises(Transient) as caught:
        streams.read_small(answer, 1000, "read it", Answer(where=Where.REGISTRY), now=answer.now)

    assert caught.value.error.why == (
        "the answer of https://r.example/v2/x: the answer took more than 60 s"
    )
    assert answer.reads == 13


def test_stream__a_blob_has_a_least_rate() -> None:
    answer: Any = Dripping(1000, 5)

    with pytest.raises(ConnectionError, match="fewer than 1024 bytes a second"):
        list(streams.stream(answer, 1 << 20, now=answer.now))

    assert answer.reads == 7


def test_stream__a_slow_blob_that_keeps_the_rate_is_read_to_its_end() -> None:
    answer: Any = Dripping(6000, 5, total=6000 * 500)

    assert sum(map(len, streams.stream(answer, 1 << 20, now=answer.now))) == 6000 * 500


def test_stream__the_readers_own_time_does_not_count() -> None:
    answer: Any = Dripping(10, 0.001, total=100)

    for _ in streams.stream(answer, 10, now=answer.now):
        answer.time += 1000


def test_finish__drains_no_more_than_it_has_to() -> None:
    answer: Any = Dripping(1 << 20, 0)

    assert len(streams.finish(answer)) == 64 * 1024


@contextmanager
def drip(interval: float) -> Iterator[str]:
    """A server that gives its header byte by byte for ever."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                        while not stop.wait(interval):
                            connection.sendall(b"x")
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()


def client(host: str, *, retries: int = 4, clock: FakeClock | None = None) -> HttpRegistry:
    return HttpRegistry(
        {},
        clock=clock or FakeClock(),
        user_agent="tests",
        retry=Patience(retries=retries),
        timeouts=Timeouts(connect=5, read=0.3, upload=0.3),
        plain_http=frozenset({host}),
    )


def test_head__headers_without_end() -> None:
    with drip(0.05) as host, pytest.raises(Unavailable) as caught:
        client(host, retries=0).head(Repository(host, "octo/app").tag(Tag("1")))

    assert caught.value.why.endswith("no answer within the time allowed")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_head__nobody_there_is_asked_twice_and_not_more(host: str) -> None:
    clock = FakeClock()

    with pytest.raises(Unavailable):
        client(host, clock=clock).head(Repository(host, "octo/app").tag(Tag("1")))

    assert len(clock.waits) == 1
    assert sum(clock.waits) < 2


@pytest.mark.parametrize(
    "target", ["http://uploads.example/x", "ftp://uploads.example/x", "http://10.0.0.1/x"]
)
def test_put_blob__to_an_address_without_tls_is_refused(target: str) -> None:
    content = b"secret layer"
    blob = Descriptor(media_type="x/y", digest=Digest.of(content), size=len(content))

    with stand() as s:
        s.server.script("POST", "/blobs/uploads/", Reply(status=202, headers={"Location": target}))
        with pytest.raises(Unavailable) as caught:
            s.registry.put_blob(s.repository, blob, lambda: _opened(content))

    assert "which is not an https address" in caught.value.why
    assert not any(content in asked.body for asked in s.server.asked)


@contextmanager
def _opened(content: bytes) -> Iterator[Iterator[bytes]]:
    yield iter([content])


def test_read_blob__a_byte_an_answer_is_no_progress() -> None:
    content = bytes(200)
    blob = Descriptor(media_type="x/y", digest=Digest.of(content), size=len(content))

    with stand(retries=2) as s:
        s.server.script(
            "GET",
            "/blobs/",
            *(
                Reply(
                    status=206 if start else 200,
                    headers={"Content-Range": f"bytes {start}-199/200"} if start else {},
                    body=content[start:],
                    cut=1,
                )
                for start in range(199)
            ),
        )
        with pytest.raises(Unavailable), s.registry.read_blob(s.repository, blob) as chunks:
            list(chunks)

        assert len(s.server.paths("GET")) <= 5
