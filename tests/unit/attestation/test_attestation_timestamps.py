"""RFC 3161 answers, torn in every place that is read."""

import contextlib
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.attestation import roots, timestamps
from ghcr_action.attestation.refused import Refused
from tests.fakes.sigstore import der
from tests.fakes.sigstore.instance import now
from tests.fakes.sigstore.ports import instance

MADE = instance("GitHub, Inc.", (), has_certificate_log=False)
AUTHORITIES = (
    roots.Authority(
        certificates=(MADE.timestamps.certificate, MADE.timestamp_root.certificate),
        validity=roots.Validity(),
    ),
)
SIGNATURE = b"a signature"
BEFORE = now()
GOOD = MADE.timestamp(sha256(SIGNATURE).digest())
AFTER = now()


def test_timestamp__says_when() -> None:
    assert BEFORE <= timestamps.check(GOOD, SIGNATURE, AUTHORITIES) <= AFTER


def test_timestamp__with_its_certificate_says_when_by_a_root_that_lists_the_authority_above() -> (
    None
):
    carried = MADE.timestamp(sha256(SIGNATURE).digest(), has_certificate=True)
    above = roots.Authority(
        certificates=(MADE.timestamp_root.certificate,), validity=roots.Validity()
    )

    assert timestamps.check(carried, SIGNATURE, (above,))


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_timestamp__with_another_byte_is_refused_or_the_same(at: int, by: int) -> None:
    changed = bytearray(GOOD)
    changed[at] ^= by
    with contextlib.suppress(Refused):
        found = timestamps.check(bytes(changed), SIGNATURE, AUTHORITIES)
        assert found == timestamps.check(GOOD, SIGNATURE, AUTHORITIES)


OID = {"data": "1.2.840.113549.1.7.2", "stamp": "1.2.840.113549.1.9.16.1.4"}
SHA256, MD5 = der.oid("2.16.840.1.101.3.4.2.1"), der.oid("1.2.840.113549.2.5")


def info(
    *, imprint: bytes = sha256(SIGNATURE).digest(), algorithm: bytes = SHA256, time: bytes = b""
) -> bytes:
    at = time or der.time(datetime(2026, 11, 28, tzinfo=UTC))
    described = der.sequence(der.sequence(algorithm), der.octets(imprint))
    return der.sequence(der.integer(1), der.oid("1.2"), described, der.integer(1), at)


def answer(
    *,
    status: int = 0,
    kind: str = OID["data"],
    content: bytes = b"",
    content_kind: str = OID["stamp"],
    said_kind: str = OID["stamp"],
    said_digest: bytes = b"",
    signers: int = 1,
    has_attributes: bool = True,
    signature_kind: str = "1.2.840.10045.4.3.2",
) -> bytes:
    told = content or info()
    listed = sorted((
        der.sequence(der.oid("1.2.840.113549.1.9.3"), der.set_of(der.oid(said_kind))),
        der.sequence(der.oid("1.2.840.113549.1.9.4"), der.set_of(der.octets(said_digest or sha256(told).digest()))),
    ))  # fmt: skip
    attributes = listed if has_attributes else listed[:1]
    issuer = MADE.timestamps.certificate.issuer.public_bytes()
    serial = der.integer(MADE.timestamps.certificate.serial_number)
    signature = MADE.timestamps.key.sign(der.set_of(*attributes), ec.ECDSA(hashes.SHA256()))
    parts = (
        der.integer(1),
        der.sequence(issuer, serial),
        der.sequence(SHA256),
        der.tagged(*attributes),
    )
    signer = der.sequence(*parts, der.sequence(der.oid(signature_kind)), der.octets(signature))
    signed = der.sequence(
        der.integer(3),
        der.set_of(der.sequence(SHA256)),
        der.sequence(der.oid(content_kind), der.tagged(der.octets(told))),
        der.set_of(*[signer] * signers),
    )
    return der.sequence(
        der.sequence(der.integer(status)), der.sequence(der.oid(kind), der.tagged(signed))
    )


@pytest.mark.parametrize("kind", ["1.2.840.10045.4.3.2", "1.2.840.10045.2.1"])
def test_timestamp__of_the_smallest_form_is_taken(kind: str) -> None:
    assert timestamps.check(answer(signature_kind=kind), SIGNATURE, AUTHORITIES) == datetime(
        2026, 11, 28, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends early"),
        (der.sequence(der.sequence(der.integer(2))), "was not granted"),
        (answer(status=2), "was not granted"),
        (der.sequence(der.sequence(der.integer(0))), "was not granted"),
        (der.sequence(der.sequence()), "torn"),
        (answer(kind="1.2.3"), "torn"),
        (answer(content_kind="1.2.3"), "of another kind"),
        (answer(said_kind="1.2.3"), "of another kind"),
        (answer(said_digest=bytes(32)), "changed after it was signed"),
        (answer(has_attributes=False), "torn"),
        (answer(signers=2), "torn"),
        (answer(content=info(imprint=bytes(32))), "of another signature"),
        (answer(content=info(algorithm=MD5)), "the hash algorithm 1.2.840.113549.2.5"),
        (answer(content=info(time=der.integer(1))), "where time belongs"),
        (answer(signature_kind="1.2.840.10045.4.3.3"), "signature does not fit"),
    ],
)  # fmt: skip
def test_timestamp__is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        timestamps.check(content, SIGNATURE, AUTHORITIES)
