"""RFC 3161: when a signature was there, by an authority that signs the time.

Sources: https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2 for the answer, RFC 5652, section 5,
for the signed data that holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from ghcr_action.attestation import certificates, der, keys
from ghcr_action.attestation.der import Element, Kind
from ghcr_action.attestation.refused import UnknownAuthority, need, refuse
from ghcr_action.attestation.roots import Authority

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TIMESTAMP = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}
"""Kinds of signature that say their hash; others take that of the content (RFC 5754)."""
_GRANTED = (0, 1)
_TORN = "the timestamp is torn"


@dataclass(frozen=True, kw_only=True)
class _Token:
    """What an answer says, before anybody has believed it."""

    at: datetime
    algorithm: hashes.HashAlgorithm
    issuer: bytes
    """The name of the signer's issuer, in DER."""
    serial: int
    signed: bytes
    signature: bytes
    carried: tuple[x509.Certificate, ...]
    """Certificates that came with it."""


def check(answer: bytes, signature: bytes, authorities: tuple[Authority, ...]) -> datetime:
    """The time at which this signature was there. Raises Refused."""
    token = _read(answer, signature)
    known = [(each, leaf) for each in authorities if (leaf := _signer(token, each))]
    if not known:
        raise UnknownAuthority("the timestamp's authority is not in the trusted root")
    need(any(_vouches(token, *each) for each in known), "the timestamp's signature does not fit")
    return token.at


def _signer(token: _Token, authority: Authority) -> x509.Certificate | None:
    """The certificate that the token names, of this authority's chain or below it."""
    for each in (*authority.certificates, *token.carried):
        is_named = each.issuer.public_bytes() == token.issuer and each.serial_number == token.serial
        usage = ExtendedKeyUsageOID.TIME_STAMPING
        if is_named and certificates.chain(each, authority.certificates, token.at, usage):
            return each
    return None


def _vouches(token: _Token, authority: Authority, leaf: x509.Certificate) -> bool:
    key = keys.accepted(leaf.public_key(), "the timestamp authority")
    fits = keys.fits(key, token.signature, token.signed, token.algorithm)
    return fits and authority.validity.covers(token.at)


def _read(answer: bytes, signature: bytes) -> _Token:
    status, *tokens = der.read(answer).only(Kind.SEQUENCE).parts
    granted = _first(status).number in _GRANTED
    need(granted and len(tokens) == 1, "the timestamp was not granted")
    kind, content = _pair(tokens[0])
    need(kind.oid == _SIGNED_DATA, _TORN)
    _, _, enclosed, *rest = _at_least(_first(content.only(Kind.TAGGED)), 4)
    kind, wrapped = _pair(enclosed)
    need(kind.oid == _TIMESTAMP, "the timestamp is of another kind")
    info = _first(wrapped).only(Kind.OCTETS).body
    (signer,) = _exactly(rest[-1].only(Kind.SET), 1)
    _, sid, digest, attributes, kind, signed, *_ = _at_least(signer, 6)
    issuer, serial = _pair(sid)
    algorithm = _algorithm(digest)
    _check_attributes(attributes.only(Kind.TAGGED), algorithm, info)
    return _Token(
        at=_time(info, signature),
        algorithm=_SIGNATURES.get(_first(kind).oid, algorithm),
        issuer=issuer.raw,
        serial=serial.number,
        signed=b"\x31" + attributes.raw[1:],
        signature=signed.only(Kind.OCTETS).body,
        carried=_carried(rest[:-1]),
    )


def _check_attributes(attributes: Element, algorithm: hashes.HashAlgorithm, info: bytes) -> None:
    """Raise Refused unless the signed attributes are of this content."""
    found = {kind.oid: _first(values) for kind, values in map(_pair, attributes.parts)}
    need({_CONTENT_TYPE, _MESSAGE_DIGEST} <= found.keys(), _TORN)
    need(found[_CONTENT_TYPE].oid == _TIMESTAMP, "the timestamp is of another kind")
    is_same = found[_MESSAGE_DIGEST].body == _hash(algorithm, info)
    need(is_same, "the timestamp's time was changed after it was signed")


def _time(info: bytes, signature: bytes) -> datetime:
    _, _, imprint, _, time, *_ = _at_least(der.read(info), 5)
    algorithm, value = _pair(imprint)
    is_same = value.body == _hash(_algorithm(algorithm), signature)
    need(is_same, "the timestamp is of another signature")
    return time.time


def _carried(parts: list[Element]) -> tuple[x509.Certificate, ...]:
    listed = (each for part in parts if part.tag == Kind.TAGGED for each in part.parts)
    return tuple(
        certificates.load(each.raw, "the timestamp authority")
        for each in listed
        if each.tag == Kind.SEQUENCE
    )


def _algorithm(identifier: Element) -> hashes.HashAlgorithm:
    name = _first(identifier).oid
    return _HASHES.get(name) or refuse(f"the timestamp has the hash algorithm {name}")


def _hash(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _first(element: Element) -> Element:
    return _at_least(element, 1)[0]


def _pair(element: Element) -> tuple[Element, Element]:
    first, second = _exactly(element, 2)
    return first, second


def _exactly(element: Element, count: int) -> tuple[Element, ...]:
    parts = element.parts
    need(len(parts) == count, _TORN)
    return parts


def _at_least(element: Element, count: int) -> tuple[Element, ...]:
    parts = element.parts
    need(len(parts) >= count, _TORN)
    return parts
