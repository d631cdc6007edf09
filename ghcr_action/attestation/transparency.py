"""Whether a signature stands in a transparency log: the entry, its way up the tree, the signed
tree.

Sources: RFC 6962, section 2.1.1, https://www.rfc-editor.org/rfc/rfc6962#section-2.1.1 for the tree;
https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md for checkpoints;
https://github.com/sigstore/rekor/blob/main/types.md for entries.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ghcr_action.attestation import document, keys
from ghcr_action.attestation.bundle import LogEntry
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.envelopes import Envelope
from ghcr_action.attestation.refused import Refused, UnknownAuthority, need
from ghcr_action.attestation.roots import Log

_OTHER = "the log's entry is of another signature"
_HINT = 4
"""Bytes of a log's identity that begin its signature on a checkpoint."""
_MOST_SIGNATURES = 32
"""Signatures of a checkpoint that are read: the log's own, and those of its witnesses."""


def check(
    entry: LogEntry, envelope: Envelope, certificate: x509.Certificate, logs: tuple[Log, ...]
) -> datetime | None:
    """The time that the log promises, None where it tells none. Raises Refused."""
    log = next((each for each in logs if each.identity == entry.log), None)
    if log is None:
        raise UnknownAuthority("the transparency log is not in the trusted root")
    need(_root(entry) == entry.root, "the entry is not in the tree of the log")
    _check_checkpoint(entry, log)
    _check_body(entry, envelope, certificate)
    return _promised(entry, log)


def _root(entry: LogEntry) -> bytes:
    """The tree's root by the way up from the entry."""
    index, size = entry.position, entry.size
    need(index < size, "the proof of the log is of an entry outside its tree")
    inner = (index ^ (size - 1)).bit_length()
    length = inner + (index >> inner).bit_count()
    have = len(entry.path)
    need(have == length, f"the proof of the log has {have} hashes, {length} belong to it")
    value = sha256(b"\0" + entry.body).digest()
    for level, sibling in enumerate(entry.path):
        is_left = level < inner and not index >> level & 1
        value = sha256(b"\1" + (value + sibling if is_left else sibling + value)).digest()
    return value


def _check_checkpoint(entry: LogEntry, log: Log) -> None:
    text, gap, signatures = entry.checkpoint.partition("\n\n")
    lines = text.split("\n")
    need(gap and len(lines) >= 3, "the checkpoint of the log is torn")
    wanted = [str(entry.size), document.encode(entry.root)]
    need(lines[1:3] == wanted, "the checkpoint is of another tree of the log")
    signed = f"{text}\n".encode()
    listed = signatures.removesuffix("\n").split("\n")[:_MOST_SIGNATURES]
    found = [_note_signature(line, log) for line in listed]
    fits = any(each and keys.fits(log.key, each, signed) for each in found)
    need(fits, "the checkpoint is not signed by the log")


def _note_signature(line: str, log: Log) -> bytes:
    """The signature that this line of a note holds; empty where it is of another key."""
    words = line.split(" ")
    need(len(words) == 3, "the checkpoint of the log is torn")
    raw = Node(value=words[2], path="the checkpoint").content
    return raw[_HINT:] if raw[:_HINT] == log.identity[:_HINT] else b""


def _promised(entry: LogEntry, log: Log) -> datetime | None:
    if not entry.promise or not entry.integrated:
        return None
    payload = {
        "body": document.encode(entry.body),
        "integratedTime": entry.integrated,
        "logID": entry.log.hex(),
        "logIndex": entry.index,
    }
    need(
        keys.fits(log.key, entry.promise, document.compact(payload)),
        "the promise of the log is of another entry or time",
    )
    try:
        at = datetime.fromtimestamp(entry.integrated, UTC)
    except (ValueError, OverflowError, OSError) as cause:
        raise Refused("the log's time is none") from cause
    need(log.validity.covers(at), "the log was not trusted at that time")
    return at


def _check_body(entry: LogEntry, envelope: Envelope, certificate: x509.Certificate) -> None:
    """Raise Refused unless the entry is of this very signature, statement and certificate."""
    body = document.read(entry.body, "the log's entry")
    kind = (body.member("kind").text, body.member("apiVersion").text)
    readers = {
        ("dsse", "0.0.1"): _of_dsse,
        ("intoto", "0.0.2"): _of_intoto,
        ("hashedrekord", "0.0.2"): _of_hash,
    }
    need(kind in readers, f"the log's entry is of the kind {' '.join(kind)[:60]!r}")
    need(readers[kind](body.member("spec"), envelope, certificate), _OTHER)


def _of_dsse(spec: Node, envelope: Envelope, certificate: x509.Certificate) -> bool:
    (signature, *more) = spec.items("signatures") or (spec,)
    return (
        not more
        and _is_hash(spec.member("payloadHash"), envelope.payload)
        and signature.member("signature").content == envelope.signature
        and _is_same(signature.member("verifier").content, certificate)
    )


def _of_intoto(spec: Node, envelope: Envelope, certificate: x509.Certificate) -> bool:
    content = spec.member("content")
    signatures = content.member("envelope").items("signatures")
    return _is_hash(content.member("payloadHash"), envelope.payload) and any(
        each.member("sig").content == document.encode(envelope.signature).encode()
        and _is_same(each.member("publicKey").content, certificate)
        for each in signatures
    )


def _of_hash(spec: Node, envelope: Envelope, certificate: x509.Certificate) -> bool:
    record = spec.member("hashedRekordV002")
    signature = record.member("signature")
    signer = signature.member("verifier").member("x509Certificate").member("rawBytes")
    return (
        record.member("data").member("digest").content == sha256(envelope.message).digest()
        and signature.member("content").content == envelope.signature
        and signer.content == certificate.public_bytes(Encoding.DER)
    )


def _is_hash(node: Node, payload: bytes) -> bool:
    is_sha256 = node.member("algorithm").text == "sha256"
    return is_sha256 and node.member("value").text == sha256(payload).hexdigest()


def _is_same(pem: bytes, certificate: x509.Certificate) -> bool:
    return pem.strip() == certificate.public_bytes(Encoding.PEM).strip()
