"""A bundle in a registry: a small manifest whose subject is the image.

As ``actions/attest`` writes it: https://github.com/sigstore/sigstore-js/blob/main/packages/oci/src/image.ts.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from ghcr_action.attestation.bundle import MEDIA_TYPE
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Manifest, MediaType
from ghcr_action.values.reference import Digest

EMPTY = b"{}"
"""What stands in for a config."""
_KIND = "application/vnd.dev.sigstore.bundle"
MOST = 100
"""Referrers of one image that are opened."""
LARGEST = 16 * 1024 * 1024
"""Bytes of the largest bundle that is read."""


def manifest(bundle: bytes, predicate_type: str, subject: Descriptor, at: datetime) -> Manifest:
    """The manifest; its blobs are the bundle and ``EMPTY``."""
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "artifactType": MEDIA_TYPE,
        "config": _blob(EMPTY, MediaType.OCI_EMPTY),
        "layers": [_blob(bundle, MEDIA_TYPE)],
        "subject": _blob_of(subject),
        "annotations": {
            "org.opencontainers.image.created": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate_type,
        },
    }
    return cast("Manifest", oci.parse(oci.dump(document)))


def may_hold(referrer: Descriptor) -> bool:
    """Whether a listed referrer may be a bundle. cosign 3 lists its own under the kind of their
    config.
    """
    return referrer.artifact_type.startswith(_KIND) or referrer.artifact_type in {
        "",
        MediaType.OCI_EMPTY,
    }


def bundle_of(found: Manifest) -> Descriptor | None:
    """The blob of a manifest that is a bundle; None where it is another kind of referrer."""
    return next((each for each in found.layers if each.media_type.startswith(_KIND)), None)


def _blob(content: bytes, kind: str) -> dict[str, object]:
    return oci.describe(Descriptor(media_type=kind, digest=Digest.of(content), size=len(content)))


def _blob_of(subject: Descriptor) -> dict[str, object]:
    """Media type, digest and size alone: what an index adds to them is not the image."""
    return oci.describe(
        Descriptor(media_type=subject.media_type, digest=subject.digest, size=subject.size)
    )
