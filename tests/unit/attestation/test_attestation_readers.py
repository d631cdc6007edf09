"""The small readers of the room, each with what it takes and what it refuses."""

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.attestation import (
    artifact,
    bundle,
    certificates,
    claims,
    der,
    document,
    instances,
    keys,
    roots,
    services,
    signing,
    slsa,
    snappy,
    statements,
)
from ghcr_action.attestation.refused import Refused
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, MediaType
from ghcr_action.values.reference import Digest
from tests.fakes.sigstore import der as writer
from tests.fakes.sigstore.instance import Authority, Instance, raw, spki
from tests.fakes.sigstore.ports import HOST, instance, trust_config
from tests.fakes.sigstore.services import compress

SUBJECT = Digest.of(b"the image")


def put(node: Any, *path: str | int, value: Any) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-28T20:00:00Z", datetime(2026, 11, 28, 20, tzinfo=UTC)),
        ("2026-11-28T21:00:00.5+01:00", datetime(2026, 11, 28, 20, 0, 0, 500_000, UTC)),
    ],
)
def test_document__reads_a_time(text: str, moment: datetime) -> None:
    assert document.Node(value=text, path="x").time == moment


@pytest.mark.parametrize(
    ("text", "reason"), [("soon", "is no time"), ("2026-11-28T20:00:00", "no zone")]
)
def test_document__refuses_a_time(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        assert document.Node(value=text, path="x").time


def test_document__keeps_fractions_and_numbers_of_63_bits() -> None:
    found = document.read(b'{"a":0.5,"b":9223372036854775807,"c":"12","d":null}', "it")

    assert (found.member("a").value, found.member("b").number, found.member("c").number) == (
        0.5,
        2**63 - 1,
        12,
    )
    assert (document.number(found, "d"), document.text(found, "d")) == (0, "")


def test_document__is_never_larger_than_may_be_read() -> None:
    with pytest.raises(Refused, match=f"it has {document.LARGEST + 1} bytes"):
        document.read(b" " * (document.LARGEST + 1), "it")


@given(st.binary(max_size=200))
def test_der__refuses_or_takes_any_bytes_without_another_error(content: bytes) -> None:
    try:
        found = der.read(content)
        assert (found.parts, found.oid) is not None
    except Refused:
        pass


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends early"),
        (b"\x30", "ends early"),
        (b"\x30\x05\x00", "ends early"),
        (b"\x30\x80\x00\x00", "length that is not written out"),
        (b"\x30\x85\x00\x00\x00\x00\x01", "length that is not written out"),
        (b"\x30\x81\x01\x00", "longer form"),
        (b"\x30\x82\x00\x81" + bytes(129), "longer form"),
        (b"\x30\x84\xff\xff\xff\xff", "ends early"),
        (b"\x3f\x81\x00\x00", "tag of several bytes"),
        (b"\x05\x00\x00", "something after its end"),
        (bytes(der.LARGEST + 1), "bytes: 65536 are read"),
    ],
)
def test_der__refuses(content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        der.read(content)


def test_der__reads_a_long_length() -> None:
    assert der.read(writer.octets(bytes(300))).body == bytes(300)


def test_der__refuses_a_bomb_of_parts() -> None:
    with pytest.raises(Refused, match="too many parts"):
        assert der.read(writer.sequence(b"\x05\x00" * 65)).parts


@pytest.mark.parametrize(
    ("element", "reader", "reason"),
    [
        (writer.octets(b"x"), "oid", "0x04 where oid belongs"),
        (b"\x06\x00", "oid", "broken OID"),
        (b"\x06\x01\x81", "oid", "broken OID"),
        (b"\x02\x00", "number", "empty number"),
        (b"\x0c\x01\xff", "text", "not UTF-8"),
        (b"\x18\x0520261", "time", "not UTC"),
        (b"\x18\x1320261128200000+0100", "time", "not UTC"),
        (b"\x18\x0f20261399200000Z", "time", "that is none"),
    ],
)
def test_der__refuses_an_element(element: bytes, reader: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        getattr(der.read(element), reader)


def test_der__reads_what_the_writer_writes() -> None:
    at = datetime(2026, 11, 28, 20, tzinfo=UTC)

    assert der.read(writer.oid("2.39.1")).oid == "2.39.1"
    assert der.read(writer.time(at)).time == at
    assert der.read(b"\x18\x1120261128200000.5Z").time == at
    assert der.read(writer.integer(2**70)).number == 2**70


KEYS = [
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
    rsa.generate_private_key(65537, 2048),
]


@pytest.mark.parametrize("key", KEYS, ids=["EC", "Ed25519", "RSA"])
def test_keys__fit_what_they_have_signed(key: Any) -> None:
    public = keys.load(spki(key), "it")
    signature = signed(key, b"text")

    assert keys.fits(public, signature, b"text")
    assert not keys.fits(public, signature, b"another")
    assert not keys.fits(public, b"", b"text")


def signed(key: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding

    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    return (
        key.sign(data)
        if isinstance(key, ed25519.Ed25519PrivateKey)
        else key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "key of it can't be read"),
        (spki(rsa.generate_private_key(65537, 1024)), "of a kind that is not accepted"),
        (spki(ec.generate_private_key(ec.SECP256K1())), "of a kind that is not accepted"),
    ],
    ids=["nothing", "short", "another curve"],
)
def test_keys__refuse(content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        keys.load(content, "it")


@given(st.binary(max_size=2000))
def test_snappy__gives_back_what_was_compressed(content: bytes) -> None:
    assert snappy.decompress(compress(content), most=2000) == content


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"\x00", b""),
        (b"\x05\x10hello", b"hello"),
        (b"\x0a\x10hello\x05\x05", b"hellohello"),
        (b"\x0a\x10hello\x12\x05\x00", b"hellohello"),
        (b"\x0a\x10hello\x13\x05\x00\x00\x00", b"hellohello"),
        (b"\x0c\x00a\x2a\x01\x00\x00"[:-1] + b"", b"aaaaaaaaaaaa"),
        (b"\x46\xf0\x45" + b"x" * 70, b"x" * 70),
    ],
)
def test_snappy__reads(data: bytes, content: bytes) -> None:
    assert snappy.decompress(data[: len(data)], most=1000) == content


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "torn"),
        (b"\xff\xff\xff\xff\xff\x01", "torn"),
        (b"\xff\xff\xff\xff\x0f", "4294967295 bytes: 1000 are read"),
        (b"\x05\x10hell", "torn"),
        (b"\x04\x10hello", "torn"),
        (b"\x06\x10hello", "torn"),
        (b"\x0a\x10hello\x05\x06", "torn"),
        (b"\x0a\x10hello\x05\x00", "torn"),
        (b"\x0a\x10hello\x05", "torn"),
        (b"\x0a\x10hello\x12\x05", "torn"),
    ],
)
def test_snappy__refuses(data: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        snappy.decompress(data, most=1000)


@given(st.binary(max_size=100))
def test_snappy__refuses_or_takes_any_bytes(data: bytes) -> None:
    with contextlib.suppress(Refused):
        assert len(snappy.decompress(data, most=1000)) <= 1000


def test_root__leaves_out_a_log_whose_key_is_of_another_time() -> None:
    trusted = instance().trusted_root()
    put(trusted, "tlogs", 0, "publicKey", "rawBytes", value="AAAA")

    assert roots.parse(json.dumps(trusted).encode()).logs == ()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("mediaType",), "x", "it is no trusted root"),
        (("certificateAuthorities",), [], "names no authority"),
        (("certificateAuthorities", 0, "certChain", "certificates"), [], "has no certificate"),
        (
            ("certificateAuthorities", 0, "certChain", "certificates", 0, "rawBytes"),
            "AAAA",
            "can't be read",
        ),
    ],
)
def test_root__refuses(path: tuple[str | int, ...], value: Any, reason: str) -> None:
    trusted = json.loads(json.dumps(instance().trusted_root()))
    put(trusted, *path, value=value)

    with pytest.raises(Refused, match=reason):
        roots.parse(json.dumps(trusted).encode())


def certificate(*extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
    key, start = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 11, 28, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(instance().intermediate.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(minutes=10))
    )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(instance().intermediate.key, hashes.SHA384())


def named(*addresses: str) -> tuple[x509.ExtensionType, bool]:
    return x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier(each) for each in addresses]
    ), True


def claim(number: str, content: bytes) -> tuple[x509.ExtensionType, bool]:
    return x509.UnrecognizedExtension(
        ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"), content
    ), False


def test_claims__of_a_certificate_that_says_nothing_are_empty() -> None:
    found = claims.read(
        certificate(named("https://example.org"), claim("99", b"x"), claim("8.1", b"x"))
    )

    assert found == claims.Claims(identity="https://example.org")
    assert (found.server, found.is_public) == ("", False)


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ((), "names 0 signers"),
        ((named("https://a.example", "https://b.example"),), "names 2 signers"),
        ((named("https://a.example"), claim("12", b"raw")), "DER"),
        ((named("https://a.example"), claim("12", writer.utf8("a\n::error::b"))), "no plain text"),
        ((named("https://a.example"), claim("12", writer.utf8("a" * 3000))), "no plain text"),
    ],
)
def test_claims__refuse(
    extensions: tuple[tuple[x509.ExtensionType, bool], ...], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        claims.read(certificate(*extensions))


def test_provenance__names_what_a_certificate_leaves_out() -> None:
    with pytest.raises(
        Refused, match="does not say: repository, workflow, signer, commit, ref, event, run"
    ):
        slsa.predicate(claims.Claims(identity="x"))


def test_chain__refuses_a_certificate_for_another_use() -> None:
    bare, made = certificate(named("https://a.example")), instance()
    listed = (made.intermediate.certificate, made.root.certificate)
    at = datetime(2026, 11, 28, 0, 5, tzinfo=UTC)

    assert certificates.chain(bare, listed, at, ObjectIdentifier("1.3.6.1.5.5.7.3.3")) is None
    assert (
        certificates.chain(
            made.timestamps.certificate, listed, at, ObjectIdentifier("1.3.6.1.5.5.7.3.3")
        )
        is None
    )


def test_chain__refuses_a_certificate_that_a_certificate_of_no_authority_has_signed() -> None:
    made = Instance()
    made.intermediate = Authority.make(
        "sigstore.dev",
        "intermediate",
        parent=made.root,
        usage=ExtendedKeyUsageOID.TIME_STAMPING,
    )
    leaf = made.issue(ec.generate_private_key(ec.SECP256R1()).public_key())
    listed = (made.intermediate.certificate, made.root.certificate)

    found = certificates.chain(leaf, listed, made.clock(), ExtendedKeyUsageOID.CODE_SIGNING)
    assert found is None


def test_statement__needs_subjects_and_not_too_many() -> None:
    with pytest.raises(Refused, match="about 0 subjects"):
        statements.build([], statements.PROVENANCE, {})


def test_statement__leaves_out_digests_of_other_kinds() -> None:
    text = b'{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"x","subject":[{"digest":{"sha1":"00","sha256":"%s"}}]}'
    found = statements.parse(text % SUBJECT.encoded.encode())

    assert found.subjects == (statements.Subject(name="", digest=SUBJECT),)


@pytest.mark.parametrize(
    ("server", "visibility", "addresses"),
    [
        (
            "https://github.com",
            "public",
            ("https://fulcio.sigstore.dev", "https://rekor.sigstore.dev", ""),
        ),
        (
            "https://github.com",
            "private",
            ("https://fulcio.githubapp.com", "", "https://timestamp.githubapp.com"),
        ),
        (
            "https://github.com",
            "internal",
            ("https://fulcio.githubapp.com", "", "https://timestamp.githubapp.com"),
        ),
        (
            "https://github.com",
            "",
            ("https://fulcio.githubapp.com", "", "https://timestamp.githubapp.com"),
        ),
        (
            "https://octo.ghe.com",
            "public",
            ("https://fulcio.octo.ghe.com", "", "https://timestamp.octo.ghe.com"),
        ),
    ],
)
def test_instance__of_a_repository(
    server: str, visibility: str, addresses: tuple[str, str, str]
) -> None:
    found = instances.of_repository(server, visibility)

    assert (
        tuple(
            each.partition("/api")[0] for each in (found.certificates, found.log, found.timestamps)
        )
        == addresses
    )


@pytest.mark.parametrize(
    ("server", "has_one"),
    [
        ("https://github.com", True),
        ("https://octo.ghe.com", True),
        ("https://github.example.org", False),
        ("", False),
    ],
)
def test_instance__is_kept_by_github_for_its_own_servers(server: str, has_one: bool) -> None:
    assert instances.has_service(server) is has_one


def config(log: int = 1, **replaced: Any) -> bytes:
    signing_config = instance().signing_config(HOST, log=log, has_timestamps=True)
    return trust_config(instance(), {**signing_config, **replaced})


@pytest.mark.parametrize(
    ("log", "path"), [(1, f"{HOST}/api/v1/log/entries"), (2, f"{HOST}/api/v2/log/entries"), (0, "")]
)
def test_instance__of_ones_own_names_each_service(log: int, path: str) -> None:
    found = instances.configured(config(log))

    assert (found.instance.log, found.instance.log_version, found.instance.timestamps) == (
        path,
        log or 1,
        f"{HOST}/api/v1/timestamp",
    )
    assert roots.parse(found.trusted_root).logs


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{}", "trust configuration is of the kind ''"),
        (config(caUrls=[]), "names no authority for certificates"),
        (config(caUrls=[{"url": "file:///etc/passwd", "majorApiVersion": 1}]), "is no address"),
    ],
    ids=["another kind", "no authority", "a file"],
)
def test_instance__of_ones_own_refuses(content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        instances.configured(content)


def test_artifact__is_what_actions_attest_writes() -> None:
    subject = Descriptor(
        media_type=MediaType.OCI_INDEX, digest=SUBJECT, size=9, annotations={"a": "b"}
    )
    made = artifact.manifest(
        b"{bundle}", statements.PROVENANCE, subject, datetime(2026, 11, 28, 20, tzinfo=UTC)
    )

    assert json.loads(made.raw) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "config": {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "size": 2,
        },
        "layers": [
            {"mediaType": bundle.MEDIA_TYPE, "digest": str(Digest.of(b"{bundle}")), "size": 8}
        ],
        "subject": {
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": str(SUBJECT),
            "size": 9,
        },
        "annotations": {
            "org.opencontainers.image.created": "2026-11-28T20:00:00Z",
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1",
        },
    }
    assert artifact.bundle_of(made) == made.layers[0]


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        ("application/vnd.dev.sigstore.bundle.v0.3+json", True),
        ("application/vnd.oci.empty.v1+json", True),
        ("", True),
        ("application/spdx+json", False),
    ],
)
def test_artifact__is_looked_for_under_the_kinds_that_clients_write(kind: str, may: bool) -> None:
    assert (
        artifact.may_hold(
            Descriptor(
                media_type=MediaType.OCI_MANIFEST, digest=SUBJECT, size=1, artifact_type=kind
            )
        )
        is may
    )


def test_artifact__of_another_kind_holds_no_bundle() -> None:
    layer = {"mediaType": "application/spdx+json", "digest": str(SUBJECT), "size": 1}
    found = oci.parse(
        oci.dump({"mediaType": MediaType.OCI_MANIFEST, "config": layer, "layers": [layer]})
    )

    assert isinstance(found, oci.Manifest)
    assert artifact.bundle_of(found) is None


def test_signing__asks_for_a_certificate_that_names_nobody() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.load_pem_x509_csr(signing.request(key))

    assert (request.is_signature_valid, len(request.subject), request.public_key()) == (
        True,
        0,
        key.public_key(),
    )


PEM = instance().root.certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("name", ["signedCertificateEmbeddedSct", "signedCertificateDetachedSct"])
def test_services__read_the_leaf_of_either_answer(name: str) -> None:
    answer = json.dumps({name: {"chain": {"certificates": [PEM, "x"]}}}).encode()

    assert raw(services.certificate(answer)) == raw(instance().root.certificate)


ENTRY = {
    "body": "eyJraW5kIjoiZHNzZSIsImFwaVZlcnNpb24iOiIwLjAuMSJ9",
    "integratedTime": 1,
    "logID": "00",
    "logIndex": 0,
    "verification": {
        "signedEntryTimestamp": "AA==",
        "inclusionProof": {
            "checkpoint": "x",
            "hashes": [],
            "logIndex": 0,
            "rootHash": "xx",
            "treeSize": 1,
        },
    },
}


@pytest.mark.parametrize(
    ("reader", "answer", "reason"),
    [
        (services.token, {}, "the answer has no value"),
        (services.token, {"value": 7}, "the answer.value is no text"),
        (
            services.certificate,
            {},
            "no signedCertificateEmbeddedSct or signedCertificateDetachedSct",
        ),
        (
            services.certificate,
            {"signedCertificateEmbeddedSct": {"chain": {}}},
            "has no certificate",
        ),
        (
            services.certificate,
            {"signedCertificateEmbeddedSct": {"chain": {"certificates": ["x"]}}},
            "that can't be read",
        ),
        (services.entry, {}, "the answer has 0 entries"),
        (services.entry, {"a": ENTRY}, "rootHash is not hexadecimal"),
        (services.record, {}, "no canonicalizedBody"),
    ],
)
def test_services__refuse(reader: Any, answer: Any, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        reader(json.dumps(answer).encode())


def test_services__are_asked_in_their_own_words() -> None:
    assert services.certificate_request(b"csr") == {"certificateSigningRequest": "Y3Ny"}
    assert services.timestamp_request(b"x") == {
        "artifactHash": base64.b64encode(bytes.fromhex(Digest.of(b"x").encoded)).decode(),
        "hashAlgorithm": "sha256",
    }
