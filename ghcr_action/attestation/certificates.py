"""Certificates: read one, and build its chain to an authority at the moment of the signature."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509 import verification

from ghcr_action.attestation.refused import Refused, need

if TYPE_CHECKING:
    from cryptography.x509 import ObjectIdentifier
    from cryptography.x509.verification import Policy

LARGEST = 16 * 1024
"""Bytes of the largest certificate that is read; Fulcio's have 1,800."""


def load(raw: bytes, owner: str) -> x509.Certificate:
    """A certificate from its DER, every extension readable; ``owner`` is whose it is. Raises
    Refused.
    """
    need(len(raw) <= LARGEST, f"the certificate of {owner} has {len(raw)} bytes")
    try:
        certificate = x509.load_der_x509_certificate(raw)
        tuple(certificate.extensions)
    except (ValueError, x509.DuplicateExtension) as cause:
        raise Refused(f"the certificate of {owner} can't be read") from cause
    return certificate


def chain(
    leaf: x509.Certificate,
    authority: tuple[x509.Certificate, ...],
    at: datetime,
    usage: ObjectIdentifier,
) -> tuple[x509.Certificate, ...] | None:
    """The certificates from a leaf to the authority's root at that moment; None where there are
    none.

    ``authority`` stands as a trusted root lists it. Each certificate above the leaf must be one of
    an authority, and the leaf one for ``usage``, an extended key usage.
    Path building is the library's: https://cryptography.io/en/latest/x509/verification/.
    """
    anchors = [each for each in authority if each.subject == each.issuer] or [authority[-1]]
    between = [each for each in authority if each not in anchors and each != leaf]
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(anchors))
        .time(at)
        .extension_policies(ca_policy=_authorities(), ee_policy=_users(usage))
        .build_client_verifier()
    )
    try:
        return tuple(verifier.verify(leaf, between).chain)
    except (verification.VerificationError, ValueError):
        return None


def names(authorities: Iterable[x509.Certificate], leaf: x509.Certificate) -> bool:
    """Whether one of them has the name of the leaf's issuer."""
    return any(each.subject == leaf.issuer for each in authorities)


def _authorities() -> verification.ExtensionPolicy:
    """The library asks for ``cA`` itself, whatever the policy."""
    return verification.ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
    )


def _users(usage: ObjectIdentifier) -> verification.ExtensionPolicy:
    def has_usage(_: Policy, __: x509.Certificate, found: x509.ExtendedKeyUsage) -> None:
        if usage not in found:
            raise ValueError("for another use")

    return verification.ExtensionPolicy.permit_all().require_present(
        x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, has_usage
    )
