"""Bytes on the wire: what is sent in a stream of known length, and what is read, undecoded and
within a limit."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import requests

from ghcr_action.adapters.faults import BROKEN, fault, words
from ghcr_action.adapters.registry.refusal import redact
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.errors import ContentInvalid
from ghcr_action.values.answer import Answer, Fault

LONGEST = 60.0
"""Seconds for the body of a small answer."""
LEAST_RATE = 1024
WINDOW = 30.0
"""Bytes a second that a blob has to come with, over so many seconds."""
_SMALL = 64 * 1024
_DRAIN = 10.0
"""Seconds for a body that nobody needs, and for the words of a refusal."""

Chunks = Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A body that is streamed; ``content`` is opened each time it is sent."""

    size: int
    content: Chunks


def stream(
    response: requests.Response,
    size: int,
    *,
    longest: float | None = None,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[bytes]:
    """The body as it came over the wire, in chunks of ``size`` bytes, undecoded.

    Raises ConnectionError where it breaks off, and where it takes more than ``longest`` seconds in
    all; without that, where it gives fewer than LEAST_RATE bytes a second. Only the time in which
    we wait for the other side counts.
    """
    speed = _Speed(longest, now)
    pieces, held = list[bytes](), 0
    try:
        while piece := _next(response, size - held, speed):
            pieces.append(piece)
            held += len(piece)
            if held >= size:
                yield b"".join(pieces)
                pieces, held = [], 0
    except ConnectionError:
        if pieces:
            yield b"".join(pieces)
        raise
    if pieces:
        yield b"".join(pieces)


def _next(response: requests.Response, most: int, speed: "_Speed") -> bytes:
    """What has come, as soon as anything has: a read of a whole chunk would wait for its last byte
    as long as there is one byte a minute."""
    started = speed.now()
    try:
        piece: bytes = response.raw.read1(most, decode_content=False)
    except BROKEN as cause:
        raise ConnectionError(words(cause)) from cause
    if piece:
        speed.check(len(piece), speed.now() - started)
    return piece


class TooSlowError(ConnectionError):
    """The other side gives bytes, and too few of them."""


class _Speed:
    """How fast an answer comes."""

    def __init__(self, longest: float | None, now: Callable[[], float]) -> None:
        self.now = now
        self._longest = longest
        self._waited = 0.0
        self._bytes = 0

    def check(self, count: int, seconds: float) -> None:
        """So many bytes more, after so many seconds. Raises TooSlowError where that is too slow."""
        self._waited += seconds
        self._bytes += count
        if self._longest is not None:
            if self._waited > self._longest:
                raise TooSlowError(f"the answer took more than {self._longest:.0f} s")
        elif self._waited > WINDOW:
            if self._bytes < LEAST_RATE * self._waited:
                raise TooSlowError(f"fewer than {LEAST_RATE} bytes a second came")
            self._waited, self._bytes = 0.0, 0


def read_small(
    response: requests.Response,
    limit: int,
    purpose: str,
    about: Answer,
    *,
    now: Callable[[], float] = time.monotonic,
) -> bytes:
    """A whole body of at most ``limit`` bytes. Raises ContentInvalid above that, Transient where it
    breaks off or takes long; ``about`` is what is known of the question."""
    what, where = f"Could not {purpose}", redact(response.url)
    known = replace(about, url=where, status=response.status_code)
    body = bytearray()
    try:
        for chunk in stream(response, _SMALL, longest=LONGEST, now=now):
            body += chunk
            if len(body) > limit:
                raise ContentInvalid(
                    what,
                    why=f"{where} answered with more than {limit} bytes",
                    fix="Check the reference.",
                    answer=replace(known, fault=Fault.NONSENSE),
                )
    except ConnectionError as cause:
        is_slow = isinstance(cause, TooSlowError)
        how = f": {cause}" if is_slow else f" broke off after {len(body)} bytes"
        why = f"the answer of {where}{how}"
        raise Transient(
            ContentInvalid(
                what,
                why=why,
                fix="Run again; if it happens again, push the image again.",
                answer=replace(
                    known, fault=Fault.SILENT if is_slow else fault(cause.__cause__ or cause)
                ),
            )
        ) from cause
    return bytes(body)


def finish(response: requests.Response) -> bytes:
    """Give the connection back; what was left of the body, at most 64 KiB of it and for a few
    seconds."""
    try:
        return next(stream(response, _SMALL, longest=_DRAIN), b"")
    except ConnectionError:
        return b""
    finally:
        response.close()


class _Sized:
    """Chunks with a known sum, so that requests sends a Content-Length."""

    def __init__(self, chunks: Iterator[bytes], size: int) -> None:
        self._chunks = chunks
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


@contextmanager
def opened(body: bytes | Upload) -> Iterator[bytes | _Sized]:
    """The body as requests takes it; a stream is closed when the request is over."""
    if isinstance(body, bytes):
        yield body
    elif body.size == 0:
        yield b""
    else:
        with body.content() as chunks:
            yield _Sized(chunks, body.size)
