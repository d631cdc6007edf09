"""What Sigstore's services are asked and what they answer, as JSON: Fulcio, Rekor, a timestamp
authority.

Sources: https://github.com/sigstore/fulcio/blob/main/fulcio.proto,
https://github.com/sigstore/rekor/blob/main/openapi.yaml,
https://github.com/sigstore/rekor-tiles/blob/main/docs/openapi/rekor_service.swagger.json,
https://github.com/sigstore/timestamp-authority/blob/main/openapi.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ghcr_action.attestation import bundle as bundles
from ghcr_action.attestation import document
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.envelopes import Envelope
from ghcr_action.attestation.refused import Refused, need

MOST_CERTIFICATES = 8


def token(answer: bytes) -> str:
    """The token that GitHub issued to the job. Raises Refused."""
    return document.read(answer, "the answer").member("value").text


def certificate_request(csr: bytes) -> Mapping[str, object]:
    """Ask Fulcio for a certificate of the token's bearer; only the request's key counts, in PEM."""
    return {"certificateSigningRequest": document.encode(csr)}


def certificate(answer: bytes) -> x509.Certificate:
    """The leaf of Fulcio's answer, with or without a promise of a certificate log in it. Raises
    Refused.
    """
    found = document.read(answer, "the answer")
    signed = found.member("signedCertificateEmbeddedSct", "signedCertificateDetachedSct")
    listed = signed.member("chain").items("certificates", most=MOST_CERTIFICATES)
    need(listed, "the answer has no certificate")
    try:
        return x509.load_pem_x509_certificate(listed[0].text.encode())
    except ValueError as cause:
        raise Refused("the answer has a certificate that can't be read") from cause


def entry_request(envelope: Envelope, signer: x509.Certificate) -> Mapping[str, object]:
    """Ask a log of version 1 to keep a signature: an entry ``dsse``."""
    content = {
        "envelope": json.dumps(envelope.describe()),
        "verifiers": [document.encode(signer.public_bytes(Encoding.PEM))],
    }
    return {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}}


def entry(answer: bytes) -> dict[str, object]:
    """An entry of a log of version 1, as a bundle has it. Raises Refused."""
    entries = tuple(document.read(answer, "the answer").entries())
    need(len(entries) == 1, f"the answer has {len(entries)} entries, not one")
    found = entries[0][1]
    verification = found.member("verification")
    proof = verification.member("inclusionProof")
    body = document.read(found.member("body").content, "the entry")
    return {
        "logIndex": str(document.number(found, "logIndex")),
        "logId": {"keyId": _hexadecimal(found.member("logID"))},
        "kindVersion": {
            "kind": body.member("kind").text,
            "version": body.member("apiVersion").text,
        },
        "integratedTime": str(document.number(found, "integratedTime")),
        "inclusionPromise": {
            "signedEntryTimestamp": verification.member("signedEntryTimestamp").text
        },
        "inclusionProof": {
            "logIndex": str(document.number(proof, "logIndex")),
            "rootHash": _hexadecimal(proof.member("rootHash")),
            "treeSize": str(document.number(proof, "treeSize")),
            "hashes": [_hexadecimal(each) for each in proof.items("hashes")],
            "checkpoint": {"envelope": proof.member("checkpoint").text},
        },
        "canonicalizedBody": found.member("body").text,
    }


def record_request(envelope: Envelope, signer: x509.Certificate) -> Mapping[str, object]:
    """Ask a log of version 2 to keep a signature: an entry ``hashedrekord``."""
    der = signer.public_bytes(Encoding.DER)
    return {
        "hashedRekordRequestV002": {
            "digest": document.encode(sha256(envelope.message).digest()),
            "signature": {
                "content": document.encode(envelope.signature),
                "verifier": {
                    "x509Certificate": {"rawBytes": document.encode(der)},
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                },
            },
        }
    }


def record(answer: bytes) -> dict[str, object]:
    """An entry of a log of version 2, which answers in the bundle's words. Raises Refused."""
    found = document.read(answer, "the answer")
    found.member("canonicalizedBody")
    return {name: each.value for name, each in found.entries() if each.value is not None}


def timestamp_request(signature: bytes) -> Mapping[str, object]:
    """Ask an authority when this signature was there."""
    digest = document.encode(sha256(signature).digest())
    return {"artifactHash": digest, "hashAlgorithm": "sha256"}


def assemble(
    envelope: Envelope,
    signer: x509.Certificate,
    entries: tuple[Mapping[str, object], ...],
    timestamps: tuple[bytes, ...],
) -> bytes:
    """A bundle of version 0.3."""
    stamps = [{"signedTimestamp": document.encode(each)} for each in timestamps]
    material = {
        "certificate": {"rawBytes": document.encode(signer.public_bytes(Encoding.DER))},
        "tlogEntries": list(entries),
        "timestampVerificationData": {"rfc3161Timestamps": stamps},
    }
    return json.dumps(
        {
            "mediaType": bundles.MEDIA_TYPE,
            "verificationMaterial": material,
            "dsseEnvelope": envelope.describe(),
        },
        separators=(",", ":"),
    ).encode()


def _hexadecimal(node: Node) -> str:
    """A hash in hexadecimal digits, as the bundle's base64."""
    try:
        return document.encode(bytes.fromhex(node.text))
    except ValueError as cause:
        raise Refused(f"{node.path} is not hexadecimal") from cause
