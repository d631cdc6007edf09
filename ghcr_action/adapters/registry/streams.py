"""Bytes on the wire: what is sent in a stream of known length, and what is read, undecoded and
within a limit."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import requests

from ghcr_action.adapters.faults import BROKEN, fault, words
from ghcr_action.adapters.registry.refusal import redact
from ghcr_action.adapters.registry.retry import Passing
from ghcr_action.errors import ContentInvalid
from ghcr_action.values.answer import Answer, Fault

_SMALL = 64 * 1024

Chunks = Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A body that is streamed; ``content`` is opened each time it is sent."""

    size: int
    content: Chunks


def stream(response: requests.Response, size: int) -> Iterator[bytes]:
    """The body as it came over the wire, in chunks of ``size`` bytes, undecoded. Raises
    ConnectionError where it breaks off."""
    try:
        yield from response.raw.stream(size, decode_content=False)
    except BROKEN as cause:
        raise ConnectionError(words(cause)) from cause


def read_small(response: requests.Response, limit: int, purpose: str, about: Answer) -> bytes:
    """A whole body of at most ``limit`` bytes. Raises ContentInvalid above that, Passing where it
    breaks off; ``about`` is what is known of the question."""
    what, where = f"Could not {purpose}", redact(response.url)
    known = replace(about, url=where, status=response.status_code)
    body = bytearray()
    try:
        for chunk in stream(response, _SMALL):
            body += chunk
            if len(body) > limit:
                raise ContentInvalid(
                    what,
                    why=f"{where} answered with more than {limit} bytes",
                    fix="Check the reference.",
                    answer=replace(known, fault=Fault.NONSENSE),
                )
    except ConnectionError as cause:
        why = f"the answer of {where} broke off after {len(body)} bytes"
        raise Passing(
            ContentInvalid(
                what,
                why=why,
                fix="Run again; if it happens again, push the image again.",
                answer=replace(known, fault=fault(cause.__cause__ or cause)),
            )
        ) from cause
    return bytes(body)


def finish(response: requests.Response) -> bytes:
    """Give the connection back; what was left of the body, at most 64 KiB."""
    try:
        return bytes(response.raw.read(_SMALL, decode_content=False))
    except BROKEN:
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
