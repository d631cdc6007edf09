"""Bundles as a job signs them, for tests that judge or tamper."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from ghcr_action.attestation import claims as identities
from ghcr_action.attestation import envelopes, services, signing, slsa, statements
from ghcr_action.attestation.envelopes import Envelope
from ghcr_action.values.reference import Digest, Repository
from tests.fakes.sigstore.instance import CLAIMS, Instance
from tests.fakes.sigstore.ports import instance

SUBJECT = Digest.of(b"the image")
NAME = Repository.parse("ghcr.io/octo/app")


def bundle(
    made: Instance | None = None,
    *,
    claims: Mapping[str, str] | None = None,
    digests: Iterable[Digest] = (SUBJECT,),
    predicate_type: str = statements.PROVENANCE,
    predicate: Mapping[str, object] | None = None,
    payload: bytes = b"",
    log: int = 1,
    timestamps: bool = False,
    curve: ec.EllipticCurve | None = None,
) -> bytes:
    """A bundle of an instance; ``payload`` in place of a whole statement, ``log`` 0 for no entry."""
    made = made or instance()
    key = ec.generate_private_key(curve or ec.SECP256R1())
    certificate = made.issue(key.public_key(), {**CLAIMS, **(claims or {})})
    told = slsa.predicate(identities.read(certificate)) if predicate is None else predicate
    text = payload or statements.build(statements.subjects([NAME], digests), predicate_type, told)
    envelope = _signed(text, key)
    entries: tuple[Mapping[str, object], ...] = ()
    if log == 1:
        entries = (
            services.entry(
                json.dumps(made.enter(services.entry_request(envelope, certificate))).encode()
            ),
        )
    elif log == 2:
        entries = (
            services.record(
                json.dumps(made.record(services.record_request(envelope, certificate))).encode()
            ),
        )
    stamps = (_timestamp(made, envelope),) if timestamps else ()
    return services.assemble(envelope, certificate, entries, stamps)


def edited(raw: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    """The bundle after somebody has changed it."""
    document = json.loads(raw)
    edit(document)
    return json.dumps(document).encode()


def _signed(payload: bytes, key: ec.EllipticCurvePrivateKey) -> Envelope:
    if key.curve.name == "secp256r1":
        return signing.sign(payload, key)
    from cryptography.hazmat.primitives import hashes

    signature = key.sign(envelopes.message(payload), ec.ECDSA(hashes.SHA384()))
    return Envelope(payload=payload, signature=signature)


def _timestamp(made: Instance, envelope: Envelope) -> bytes:
    from hashlib import sha256

    return made.timestamp(sha256(envelope.signature).digest())
