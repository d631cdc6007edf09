"""Judge a bundle against trusted roots: whole chain, logs, time, statement; then the signer.

The order is that of the trust: nothing inside a statement is read before its signature fits, and
no signature counts before its certificate was issued by an authority at a time that is proven.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ghcr_action.attestation import (
    bundle as bundles,
)
from ghcr_action.attestation import (
    certificates,
    keys,
    sct,
    statements,
    timestamps,
    transparency,
)
from ghcr_action.attestation import (
    claims as identities,
)
from ghcr_action.attestation.bundle import Bundle
from ghcr_action.attestation.claims import Claims
from ghcr_action.attestation.expected import Expected
from ghcr_action.attestation.refused import Refused, UnknownAuthority, need
from ghcr_action.attestation.roots import TrustedRoot
from ghcr_action.attestation.statements import Statement
from ghcr_action.values.reference import Digest


@dataclass(frozen=True, kw_only=True)
class Verified:
    """An attestation that holds: what it says, who signed it, and when."""

    statement: Statement
    claims: Claims
    at: datetime
    is_logged: bool
    """Whether it stands in a public log; else a timestamp alone says when."""
    raw: bytes = field(repr=False)


def verify(raw: bytes, roots: Iterable[TrustedRoot]) -> Verified:
    """A bundle that holds, whoever signed what. Raises Refused, UnknownAuthority where a newer root
    may know more.
    """
    bundle = bundles.parse(raw)
    need(bundle.certificate, "it is signed by a key, which names nobody")
    certificate = certificates.load(bundle.certificate, "the signer")
    key = keys.accepted(certificate.public_key(), "the signer")
    envelope = bundle.envelope
    need(
        keys.fits(key, envelope.signature, envelope.message),
        "the signature is of another statement",
    )
    root = next((each for each in roots if each.issued(certificate)), None)
    if root is None:
        raise UnknownAuthority("the certificate's authority is not in the trusted root")
    at, issuer = _issued(certificate, _times(bundle, certificate, root), root)
    if root.certificate_logs:
        sct.check(certificate, issuer, root.certificate_logs)
    return Verified(
        statement=statements.parse(envelope.payload),
        claims=identities.read(certificate),
        at=at,
        is_logged=bool(root.logs),
        raw=raw,
    )


def check(
    found: Verified, digest: Digest, *, predicate_type: str = "", expected: Expected | None = None
) -> None:
    """Raise Refused unless it is about this digest, of this kind where one is asked for, and by who
    is expected.
    """
    statement = found.statement
    if not statement.is_about(digest):
        named = ", ".join(str(each.digest)[:19] for each in statement.subjects[:3])
        raise Refused(f"it is about {named}…, not about {digest}")
    kind = statement.predicate_type
    need(predicate_type in {"", kind}, f"it states {kind[:120]}, not {predicate_type}")
    if expected:
        expected.check(found.claims)


def _times(
    bundle: Bundle, certificate: x509.Certificate, root: TrustedRoot
) -> tuple[datetime, ...]:
    """Every proven time. Raises Refused where the log's entry does not hold, or nothing proves a
    time.

    A timestamp that fails is passed over where something else proves the time: it takes nothing
    away.
    """
    need(bundle.entries or not root.logs, "it stands in no transparency log")
    entries = bundle.entries if root.logs else ()
    promised = [
        transparency.check(each, bundle.envelope, certificate, root.logs) for each in entries
    ]
    times = [at for at in promised if at]
    failed: list[Refused] = []
    for answer in bundle.timestamps:
        try:
            times.append(
                timestamps.check(answer, bundle.envelope.signature, root.timestamp_authorities)
            )
        except Refused as refused:
            failed.append(refused)
    if not times and failed:
        raise failed[0]
    need(times, "nothing proves when it was signed")
    return tuple(times)


def _issued(
    certificate: x509.Certificate, times: tuple[datetime, ...], root: TrustedRoot
) -> tuple[datetime, x509.Certificate]:
    """A proven time at which the certificate was valid, and its issuer's certificate. Raises
    Refused.
    """
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    inside = [at for at in times if first <= at <= last]
    span = f"{first:%Y-%m-%d %H:%M:%S} to {last:%H:%M:%S}"
    need(inside, f"signed at {times[0]:%Y-%m-%d %H:%M:%S}, outside the certificate's time, {span}")
    usage = ExtendedKeyUsageOID.CODE_SIGNING
    for authority in root.authorities:
        for at in filter(authority.validity.covers, inside):
            if path := certificates.chain(certificate, authority.certificates, at, usage):
                return at, path[1]
    raise Refused("the certificate was not issued by the authority it names")
