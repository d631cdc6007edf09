"""Blobs at a registry: streamed both ways, never whole in memory.

Source: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs.
"""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import requests

from ghcr_action.adapters.content import CHUNK, ContentCheck, counted
from ghcr_action.adapters.faults import fault
from ghcr_action.adapters.registry.address import join
from ghcr_action.adapters.registry.caller import Call, Caller
from ghcr_action.adapters.registry.refusal import redact
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.adapters.registry.streams import Chunks, Upload, stream
from ghcr_action.errors import AccessDenied, ContentInvalid, NotFound, Unavailable
from ghcr_action.ports import Progress
from ghcr_action.values.answer import Part
from ghcr_action.values.oci import Descriptor
from ghcr_action.values.reference import Digest, Repository

_WRITE = ("pull", "push")


class Blobs:
    """HEAD, GET, upload and mount of blobs."""

    def __init__(self, caller: Caller, progress: Progress) -> None:
        self._caller = caller
        self._progress = progress
        self._begun: dict[tuple[Repository, Digest], str] = {}
        self._lock = threading.Lock()

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        """Whether the repository holds this blob."""
        call = Call(
            purpose=f"look for blob {digest} in {repository}",
            method="HEAD",
            repository=repository,
            part=Part.BLOB,
            path=f"blobs/{digest}",
            accepted=frozenset({200, 404, 405}),
        )
        status = self._caller.ask(call, lambda response: response.status_code)
        if status == 405:
            first = {"Range": "bytes=0-0"}
            asked = replace(
                call, method="GET", headers=first, accepted=frozenset({200, 206, 404, 416})
            )
            status = self._caller.ask(asked, lambda response: response.status_code)
        return status != 404

    @contextmanager
    def read_blob(self, repository: Repository, blob: Descriptor) -> Iterator[Iterator[bytes]]:
        """The blob in chunks; a stream that breaks off is taken up again where it ended.

        Raises NotFound, and ContentInvalid where digest or size differ.
        """
        with closing(self._chunks(repository, blob)) as chunks:
            yield chunks

    def put_blob(self, repository: Repository, blob: Descriptor, content: Chunks) -> None:
        """POST, then one PUT with the whole content; each attempt is a new upload, as a lost one
        can't be found again.

        Chunks are not an option: GitHub's registry limits a PATCH with ``Content-Range`` to 4 MiB.
        """
        with self._progress.transfer(blob) as tell:
            self._caller.patiently(
                lambda: self._upload(repository, blob, lambda: _counted(content(), tell))
            )

    def mount(self, repository: Repository, blob: Descriptor, source: Repository) -> bool:
        """Take a blob over; where the registry opens an upload instead, the next ``put`` of this
        blob uses it."""
        query = urlencode({"mount": str(blob.digest), "from": source.path}, safe=":/")
        call = Call(
            purpose=f"mount blob {blob.digest} of {source} in {repository}",
            method="POST",
            repository=repository,
            origin=source,
            part=Part.UPLOAD,
            path=f"blobs/uploads/?{query}",
            accepted=frozenset({201, 202, 400, 404, 405}),
            actions=_WRITE,
        )
        try:
            location = self._caller.ask(
                call, lambda response: (response.status_code, _location(response))
            )
        except AccessDenied:
            return False
        if location[0] == 202 and location[1]:
            with self._lock:
                self._begun[repository, blob.digest] = location[1]
        return location[0] == 201

    def check_push(self, repository: Repository) -> None:
        """Open an upload and let it expire: nothing is written by that, and GitHub's registry takes
        no cancellation.

        Raises AccessDenied in the registry's words. Seen to be honest at
        https://github.com/radius-project/radius/pull/12623.
        """
        self._caller.patiently(lambda: self._begin(repository, f"push to {repository}"))

    def _upload(self, repository: Repository, blob: Descriptor, content: Chunks) -> None:
        purpose = f"upload blob {blob.digest} to {repository}"
        with self._lock:
            location = self._begun.pop((repository, blob.digest), "")
        location = location or self._begin(repository, purpose)
        call = Call(
            purpose=purpose,
            method="PUT",
            repository=repository,
            part=Part.UPLOAD,
            path=_with_digest(location, blob.digest),
            accepted=frozenset({200, 201, 204}),
            actions=_WRITE,
            headers={"Content-Type": "application/octet-stream"},
            body=Upload(size=blob.size, content=content),
        )
        with self._caller.once(call) as response:
            said = response.headers.get("Docker-Content-Digest", str(blob.digest))
            if said != str(blob.digest) and said.startswith(f"{blob.digest.algorithm}:"):
                raise ContentInvalid(
                    f"Could not {purpose}",
                    why=f"the registry says its digest is {said}",
                    fix="Push again.",
                )

    def _begin(self, repository: Repository, purpose: str) -> str:
        call = Call(
            purpose=purpose,
            method="POST",
            repository=repository,
            part=Part.UPLOAD,
            path="blobs/uploads/",
            accepted=frozenset({202}),
            actions=_WRITE,
        )
        with self._caller.once(call) as response:
            location = _location(response)
        if not location:
            raise Unavailable(
                f"Could not {purpose}",
                why="the registry gave no address to upload to",
                fix="Check the registry's name.",
            )
        return location

    def _chunks(self, repository: Repository, blob: Descriptor) -> Generator[bytes, None, None]:
        check = ContentCheck(blob, str(repository))
        faults, reached = 0, 0
        while True:
            try:
                call = _reading(repository, blob, check.size)
                with self._caller.once(call) as response:
                    yield from _fresh(response, check, call)
                break
            except Transient as fault:
                has_come = check.size - reached >= _PROGRESS
                faults, reached = (0 if has_come else faults), check.size
                self._caller.pause(fault, faults)
                faults += 1
        check.finish()


_PROGRESS = 64 * 1024
"""Bytes that must have come for a broken connection to count as the first fault again: one that
breaks after each byte is no progress."""


def _reading(repository: Repository, blob: Descriptor, offset: int) -> Call:
    return Call(
        purpose=f"read blob {blob.digest} of {repository}",
        method="GET",
        repository=repository,
        part=Part.BLOB,
        path=f"blobs/{blob.digest}",
        accepted=frozenset({200, 206, 404} if offset else {200, 404}),
        headers={"Range": f"bytes={offset}-"} if offset else {},
    )


def _fresh(response: requests.Response, check: ContentCheck, call: Call) -> Iterator[bytes]:
    """The chunks that were not seen yet; where the registry starts over, the first bytes are passed
    by."""
    purpose = call.purpose
    answer = replace(call.about, url=redact(response.url), status=response.status_code)
    if response.status_code == 404:
        raise NotFound(
            f"Could not {purpose}",
            why="the registry does not have it",
            fix="Push the image again.",
            answer=answer,
        )
    known = check.size if response.status_code == 200 else 0
    if response.status_code == 206 and not response.headers.get("Content-Range", "").startswith(
        f"bytes {check.size}-"
    ):
        raise ContentInvalid(
            f"Could not {purpose}",
            why="the registry answered with another range than it was asked for",
            fix="Run again.",
        )
    try:
        for chunk in stream(response, CHUNK):
            passed, known = min(known, len(chunk)), max(0, known - len(chunk))
            if fresh := chunk[passed:]:
                check.update(fresh)
                yield fresh
    except ConnectionError as cause:
        why = f"the connection broke off after {check.size} bytes: {cause}"
        broken = replace(answer, fault=fault(cause.__cause__ or cause))
        error = Unavailable(f"Could not {purpose}", why=why, fix="Run again.", answer=broken)
        raise Transient(error) from cause


def _location(response: requests.Response) -> str:
    target = response.headers.get("Location", "")
    return join(response.url, target) if target else ""


def _with_digest(location: str, digest: Digest) -> str:
    """The upload's address with the digest added; what the registry put into the query stays as it
    is."""
    parts = urlsplit(location)
    return parts._replace(query=f"{parts.query}&digest={digest}".lstrip("&")).geturl()


@contextmanager
def _counted(
    opened: AbstractContextManager[Iterator[bytes]], tell: Callable[[int], None]
) -> Iterator[Iterator[bytes]]:
    """The content with its bytes told; each attempt begins at none."""
    tell(0)
    with opened as chunks:
        yield counted(chunks, tell)
