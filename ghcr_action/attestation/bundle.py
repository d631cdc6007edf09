"""A Sigstore bundle: what was signed, by which certificate, and what proves when.

Source: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ghcr_action.attestation import document, envelopes
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.envelopes import Envelope
from ghcr_action.attestation.refused import need, refuse

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_MEDIA_TYPES = (
    MEDIA_TYPE,
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
)
_MOST_PROOFS = 8
"""Log entries or timestamps of one bundle that are read; there is one of each."""


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One entry of a transparency log, with what the log says of it."""

    log: bytes
    """The log's identity."""
    index: int
    """Where it stands in the log, over all of its shards."""
    body: bytes
    integrated: int
    """Seconds since 1970, by the log's clock; 0 where it tells none."""
    promise: bytes
    """The log's signature over body, time and index; empty where it gave none."""
    position: int
    """Where it stands in its tree."""
    size: int
    """Entries of the tree that the proof is for."""
    root: bytes
    path: tuple[bytes, ...]
    """Hashes from the entry up to the root."""
    checkpoint: str
    """The signed note that names the tree."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One attestation with all that is needed to verify it without a network."""

    raw: bytes = field(repr=False)
    certificate: bytes
    """DER; empty for a signature by a key."""
    envelope: Envelope
    entries: tuple[LogEntry, ...]
    timestamps: tuple[bytes, ...]
    """Answers of timestamp authorities, RFC 3161."""


def parse(raw: bytes) -> Bundle:
    """A bundle of version 0.1 to 0.3 with an envelope. Raises Refused."""
    found = document.read(raw, "the bundle")
    kind = found.member("mediaType").text
    need(kind in _MEDIA_TYPES, f"the bundle is of the kind {kind[:80]!r}, which is not known")
    material = found.member("verificationMaterial")
    if found.find("messageSignature"):
        refuse("the bundle signs a file, not a statement")
    stamps = material.find("timestampVerificationData")
    listed = stamps.items("rfc3161Timestamps", most=_MOST_PROOFS) if stamps else ()
    return Bundle(
        raw=raw,
        certificate=_certificate(material),
        envelope=envelopes.parse(found.member("dsseEnvelope")),
        entries=tuple(map(_entry, material.items("tlogEntries", most=_MOST_PROOFS))),
        timestamps=tuple(each.member("signedTimestamp").content for each in listed),
    )


def _certificate(material: Node) -> bytes:
    """The leaf; what else an older bundle lists is not believed, as the trusted root has it."""
    one, many = material.find("certificate"), material.find("x509CertificateChain")
    need(sum(map(bool, (one, many, material.find("publicKey")))) == 1, "the bundle names no signer")
    if many:
        listed = many.items("certificates", most=_MOST_PROOFS)
        need(listed, "the bundle has an empty chain of certificates")
        return listed[0].member("rawBytes").content
    return one.member("rawBytes").content if one else b""


def _entry(node: Node) -> LogEntry:
    promise = node.find("inclusionPromise")
    proof = node.find("inclusionProof")
    if proof is None:
        return refuse("the bundle has no proof that its entry is in the log")
    signed = promise.find("signedEntryTimestamp") if promise else None
    return LogEntry(
        log=node.member("logId").member("keyId").content,
        index=document.number(node, "logIndex"),
        body=node.member("canonicalizedBody").content,
        integrated=document.number(node, "integratedTime"),
        promise=signed.content if signed else b"",
        position=document.number(proof, "logIndex"),
        size=document.number(proof, "treeSize"),
        root=proof.member("rootHash").content,
        path=tuple(each.content for each in proof.items("hashes")),
        checkpoint=proof.member("checkpoint").member("envelope").text,
    )
