"""Manifests and indexes at a registry: exact bytes, digests computed here and compared.

Source: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import requests

from ghcr_action.adapters.registry.caller import Call, Caller
from ghcr_action.adapters.registry.streams import read_small
from ghcr_action.errors import ContentInvalid, InvalidValue
from ghcr_action.values import oci
from ghcr_action.values.answer import Part
from ghcr_action.values.oci import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    MAX_MANIFEST,
    Descriptor,
    Index,
    Manifest,
)
from ghcr_action.values.reference import Digest, Reference

ACCEPT = ", ".join(sorted(INDEX_TYPES | MANIFEST_TYPES))
"""Every type there is: a registry may answer 404 for a stored type that is not asked for."""

SCHEMA_1 = (
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
"""Types of long ago: https://distribution.github.io/distribution/spec/deprecated-schema-v1/."""


class Manifests:
    """HEAD, GET, PUT and DELETE of manifests."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def head(self, reference: Reference) -> Descriptor | None:
        """Media type, digest and size; read whole where the answer's headers do not say all
        three."""
        is_complete, said = self._caller.ask(
            _reading("HEAD", reference), lambda response: _described(response, reference)
        )
        if is_complete:
            return said
        found = self.manifest(reference)
        if found is None:
            return None
        return Descriptor(
            media_type=found.media_type,
            digest=reference.digest or found.descriptor.digest,
            size=len(found.raw),
        )

    def manifest(self, reference: Reference) -> Manifest | Index | None:
        """The manifest or index; ContentInvalid where it is not what was asked for, or not a
        manifest."""
        return self._caller.ask(
            _reading("GET", reference), lambda response: _parsed(response, reference)
        )

    def raw(self, reference: Reference) -> tuple[bytes, str] | None:
        """Bytes and media type as they come, for who has to look at what is no manifest of
        today."""
        call = replace(
            _reading("GET", reference), headers={"Accept": f"{ACCEPT}, {', '.join(SCHEMA_1)}"}
        )
        return self._caller.ask(call, lambda response: _raw(response, reference))

    def put(
        self,
        reference: Reference,
        manifest: Manifest | Index,
        look: Callable[[], None] | None = None,
    ) -> Descriptor:
        """Write the exact bytes; ContentInvalid where the registry's digest is not ours. ``look``
        comes before each attempt: while one waits, others may have written."""
        descriptor = manifest.descriptor
        if reference.digest and not reference.digest.matches(manifest.raw):
            raise _invalid(
                reference, f"the manifest to be written has the digest {descriptor.digest}"
            )
        call = Call(
            purpose=f"write {reference}",
            method="PUT",
            repository=reference.repository,
            part=Part.MANIFEST,
            path=f"manifests/{reference.target}",
            accepted=frozenset({200, 201, 202}),
            actions=("pull", "push"),
            headers={"Content-Type": manifest.media_type},
            body=manifest.raw,
        )

        def attempt() -> Descriptor:
            if look:
                look()
            with self._caller.once(call) as response:
                _compare(response, manifest.raw, reference)
            return descriptor

        return self._caller.patiently(attempt)

    def delete(self, reference: Reference) -> bool:
        """Delete; False where the registry does not offer that, True also where nothing was
        there."""
        call = Call(
            purpose=f"delete {reference}",
            method="DELETE",
            repository=reference.repository,
            part=Part.MANIFEST,
            path=f"manifests/{reference.target}",
            accepted=frozenset({200, 202, 204, 404, 405}),
            actions=("delete", "pull", "push"),
        )
        return self._caller.ask(call, lambda response: response.status_code != 405)


def _reading(method: str, reference: Reference) -> Call:
    """A registry that knows no HEAD (405) is asked by GET."""
    return Call(
        purpose=f"read {reference}",
        method=method,
        repository=reference.repository,
        part=Part.MANIFEST,
        path=f"manifests/{reference.target}",
        accepted=frozenset({200, 404, 405} if method == "HEAD" else {200, 404}),
        headers={"Accept": ACCEPT},
    )


def _described(response: requests.Response, reference: Reference) -> tuple[bool, Descriptor | None]:
    """Whether the headers say all there is to say, and what they say."""
    if response.status_code != 200:
        return response.status_code == 404, None
    said, size = (
        response.headers.get("Docker-Content-Digest", ""),
        response.headers.get("Content-Length", ""),
    )
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    _check_format(media_type, reference)
    if not (said and re.fullmatch("[0-9]{1,18}", size) and media_type):
        return False, None
    digest = _stated(said, reference)
    if reference.digest and digest.algorithm != reference.digest.algorithm:
        return False, None
    if reference.digest and digest != reference.digest:
        raise _invalid(reference, f"the registry says its digest is {digest}")
    if media_type not in INDEX_TYPES | MANIFEST_TYPES:
        raise _invalid(
            reference,
            (
                f"the registry says it is {media_type!r}, which is not the media type of a "
                "manifest or an index"
            ),
        )
    return True, Descriptor(media_type=media_type, digest=digest, size=int(size))


def _parsed(response: requests.Response, reference: Reference) -> Manifest | Index | None:
    if response.status_code == 404:
        return None
    _check_format(response.headers.get("Content-Type", "").partition(";")[0].strip(), reference)
    raw = read_small(response, MAX_MANIFEST, f"read {reference}", _reading("GET", reference).about)
    if reference.digest and not reference.digest.matches(raw):
        raise _invalid(reference, f"the bytes that came have the digest {Digest.of(raw)}")
    _compare(response, raw, reference)
    try:
        return oci.parse(raw, response.headers.get("Content-Type", ""))
    except InvalidValue as cause:
        raise _invalid(reference, f"it is not a manifest: {cause}") from cause


def _raw(response: requests.Response, reference: Reference) -> tuple[bytes, str] | None:
    if response.status_code == 404:
        return None
    about = _reading("GET", reference).about
    raw = read_small(response, MAX_MANIFEST, f"read {reference}", about)
    return raw, response.headers.get("Content-Type", "").partition(";")[0].strip()


def _check_format(media_type: str, reference: Reference) -> None:
    """Raise ContentInvalid for Docker's first format, whose digests are not those of its bytes."""
    if media_type in oci.SCHEMA_1:
        raise ContentInvalid(
            f"{reference} is an image of Docker's old format",
            why=f"it is of the type {media_type} (schema 1), which engines stopped writing in 2017",
            fix="Build it anew, or pull it with an old docker and push it again with a new one.",
            docs="https://docs.docker.com/engine/deprecated/",
            code="IMAGE-SCHEMA-1",
        )


def _compare(response: requests.Response, raw: bytes, reference: Reference) -> None:
    """The registry's own word on the digest, where it gives one, against these bytes."""
    said = response.headers.get("Docker-Content-Digest", "")
    if said and not _stated(said, reference).matches(raw):
        raise _invalid(
            reference,
            (
                f"the registry says its digest is {said}, and the bytes have the digest "
                f"{Digest.of(raw)}"
            ),
        )


def _stated(text: str, reference: Reference) -> Digest:
    try:
        return Digest.parse(text)
    except InvalidValue as cause:
        raise _invalid(
            reference, f"the registry's header Docker-Content-Digest: {cause}"
        ) from cause


def _invalid(reference: Reference, why: str) -> ContentInvalid:
    return ContentInvalid(
        f"{reference} is not what it claims to be",
        why=why,
        fix="Push it again; if it happens again, don't trust this registry.",
    )
