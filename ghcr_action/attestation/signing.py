"""Sign a statement with a key that lives for one run, and say what proves it."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ghcr_action.attestation import claims, envelopes, services
from ghcr_action.attestation.claims import Claims
from ghcr_action.attestation.envelopes import Envelope


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who signs in a run: a key that nobody else has, and a certificate that says whose it is."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    claims: Claims


def request(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate signing request in PEM. It names nobody: Fulcio takes a name from the token."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def identity(key: ec.EllipticCurvePrivateKey, answer: bytes) -> Identity:
    """A key with the certificate that Fulcio answers with. Raises Refused."""
    certificate = services.certificate(answer)
    return Identity(key=key, certificate=certificate, claims=claims.read(certificate))


def sign(payload: bytes, key: ec.EllipticCurvePrivateKey) -> Envelope:
    """The statement with its signature."""
    signature = key.sign(envelopes.message(payload), ec.ECDSA(hashes.SHA256()))
    return Envelope(payload=payload, signature=signature)
