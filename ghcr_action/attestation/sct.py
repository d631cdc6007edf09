"""Whether a certificate stands in a log of certificates: the promise (SCT) that is inside it.

Source: RFC 6962, section 3.2, https://www.rfc-editor.org/rfc/rfc6962#section-3.2.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.x509.certificate_transparency import SignedCertificateTimestamp

from ghcr_action.attestation import keys
from ghcr_action.attestation.refused import UnknownAuthority, need
from ghcr_action.attestation.roots import Log

_PRECERTIFICATE = 1
_MOST = 8


def check(leaf: x509.Certificate, issuer: x509.Certificate, logs: tuple[Log, ...]) -> None:
    """Raise Refused unless a log that is known has promised to list this certificate."""
    try:
        kind = x509.PrecertificateSignedCertificateTimestamps
        promises = tuple(leaf.extensions.get_extension_for_class(kind).value)
    except x509.ExtensionNotFound:
        promises = ()
    need(0 < len(promises) <= _MOST, "the certificate has no promise of a certificate log (SCT)")
    known = [(each, log) for each in promises for log in logs if log.identity == each.log_id]
    if not known:
        raise UnknownAuthority("the certificate's log (SCT) is not in the trusted root")
    need(
        any(_fits(each, log, leaf, issuer) for each, log in known),
        "the promise of the certificate log (SCT) is of another certificate",
    )


def _fits(
    promise: SignedCertificateTimestamp, log: Log, leaf: x509.Certificate, issuer: x509.Certificate
) -> bool:
    at = promise.timestamp.replace(tzinfo=UTC)
    if not log.validity.covers(at):
        return False
    signer = keys.accepted(issuer.public_key(), "the issuer")
    signed = leaf.tbs_precertificate_bytes
    data = b"".join((
        struct.pack("!BBQH", 0, 0, _milliseconds(at), _PRECERTIFICATE),
        sha256(keys.spki(signer)).digest(),
        len(signed).to_bytes(3, "big"),
        signed,
        struct.pack("!H", len(promise.extension_bytes)),
        promise.extension_bytes,
    ))  # fmt: skip
    return keys.fits(log.key, promise.signature, data)


def _milliseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
