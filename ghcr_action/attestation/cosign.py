"""What cosign signs with a key: a bundle that names no certificate, or as it did before version
3, a layer of the manifest under the tag ``sha256-….sig``.

Source: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ghcr_action.attestation import bundle as bundles
from ghcr_action.attestation import document, keys, statements
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.keys import PublicKey
from ghcr_action.attestation.refused import Refused, need
from ghcr_action.values.reference import Digest, Tag

LAYER = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"
"""The annotation of a layer that holds the signature of what the layer says."""
_KIND = "cosign container image signature"
OWNER = "the key that was given"


def load(pem: bytes) -> PublicKey:
    """A public key in PEM. Raises Refused."""
    try:
        return keys.accepted(load_pem_public_key(pem), "cosign")
    except ValueError as cause:
        raise Refused("it is no public key in PEM") from cause


def tag(subject: Digest) -> Tag:
    """Where cosign keeps signatures of a digest."""
    return Tag(f"{subject.algorithm}-{subject.encoded}.sig")


def check_bundle(raw: bytes, key: PublicKey, subject: Digest) -> str:
    """The kind of what is stated. Raises Refused unless the key has stated it of this digest."""
    bundle = bundles.parse(raw)
    need(not bundle.certificate, "it is signed by a certificate, not by a key")
    envelope = bundle.envelope
    need(keys.fits(key, envelope.signature, envelope.message), f"it is not signed by {OWNER}")
    statement = statements.parse(envelope.payload)
    need(statement.is_about(subject), "it is about another image")
    return statement.predicate_type


def check_layer(payload: bytes, signature: str, key: PublicKey, subject: Digest) -> None:
    """Raise Refused unless the key has signed this payload, and it names this digest."""
    signed = Node(value=signature, path="the signature").content
    need(keys.fits(key, signed, payload), f"it is not signed by {OWNER}")
    critical = document.read(payload, "the signature's payload").member("critical")
    need(critical.member("type").text == _KIND, "it is no signature of an image")
    named = critical.member("image").member("docker-manifest-digest").text
    need(named == str(subject), "it is about another image")
