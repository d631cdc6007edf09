"""Bundles that hold, and every way in which one may not: each refused with its own reason."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ghcr_action.attestation import roots, slsa, statements, verified
from ghcr_action.attestation.expected import Expected, Signer
from ghcr_action.attestation.refused import Refused, UnknownAuthority
from ghcr_action.values.reference import Digest
from tests.fakes.sigstore import signed
from tests.fakes.sigstore.instance import Instance, now, raw
from tests.fakes.sigstore.ports import instance
from tests.fakes.sigstore.signed import SUBJECT

Edit = Callable[[dict[str, Any]], None]
PUBLIC, V2 = instance(), instance(logs=(2,))
PRIVATE = instance("GitHub, Inc.", (), has_certificate_log=False)
STRANGER = Instance()
"""Another instance whose authorities have the names of ours."""
OCTO = Expected(signers=(Signer.parse("octo/app"),))
OTHER = Digest.of(b"another image")


def root(made: Instance = PUBLIC) -> roots.TrustedRoot:
    return roots.parse(json.dumps(made.trusted_root()).encode())


def judge(
    bundle: bytes, made: Instance = PUBLIC, *, expected: Expected = OCTO, digest: Digest = SUBJECT
) -> verified.Verified:
    found = verified.verify(bundle, [root(made)])
    verified.check(found, digest, predicate_type=statements.PROVENANCE, expected=expected)
    return found


BEFORE = now()
GOOD = signed.bundle(timestamps=True)
LOGGED = signed.bundle()
GOOD_V2 = signed.bundle(V2, log=2, timestamps=True)
STAMPED = signed.bundle(PRIVATE, log=0, timestamps=True)
AFTER = now()
"""Between these moments they were signed, however long ago that is when a test looks at them."""


@pytest.mark.parametrize(
    ("made", "bundle", "is_logged"),
    [(PUBLIC, LOGGED, True), (PUBLIC, GOOD, True), (V2, GOOD_V2, True), (PRIVATE, STAMPED, False)],
    ids=["log 1", "log 1 and timestamp", "log 2 and timestamp", "timestamp alone"],
)
def test_verify__takes_what_a_job_signs(made: Instance, bundle: bytes, is_logged: bool) -> None:
    found = judge(bundle, made)

    assert (found.is_logged, found.claims.repository_name, found.claims.commit) == (
        is_logged,
        "octo/app",
        "a" * 40,
    )
    assert found.statement.predicate.value == slsa.predicate(found.claims)
    assert BEFORE <= found.at <= AFTER


def test_verify__takes_a_signature_on_another_curve_with_its_own_hash() -> None:
    assert judge(signed.bundle(curve=ec.SECP384R1())).is_logged


def test_verify__finds_the_root_of_the_certificate_among_several() -> None:
    assert not verified.verify(STAMPED, [root(), root(PRIVATE)]).is_logged


def test_verify__takes_an_older_bundle_with_a_chain_of_certificates() -> None:
    def older(bundle: dict[str, Any]) -> None:
        material = bundle["verificationMaterial"]
        bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"
        material["x509CertificateChain"] = {"certificates": [material.pop("certificate")]}

    assert judge(signed.edited(LOGGED, older)).is_logged


def real(name: str) -> bytes:
    return (Path(__file__).parent / "real" / name).read_bytes()


def test_verify__takes_a_real_attestation_of_actions_attest_by_the_real_root() -> None:
    """https://pypi.org/project/pypi-attestations/0.0.19, a provenance that GitHub's own action signed in public."""
    trusted = roots.parse(
        (Path(roots.__file__).parents[1] / "adapters/roots/sigstore.json").read_bytes()
    )

    found = verified.verify(real("provenance.json"), [trusted])
    verified.check(found, found.statement.subjects[0].digest, predicate_type=statements.PROVENANCE)
    Expected(
        signers=(
            Signer.parse(
                "trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19"
            ),
        )
    ).check(found.claims)

    assert found.statement.predicate.value == slsa.predicate(found.claims)
    assert found.at == datetime(2024, 12, 4, 23, 13, 46, tzinfo=UTC)


def material(bundle: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bundle["verificationMaterial"]
    return found


def entry(bundle: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = material(bundle)["tlogEntries"][0]
    return found


def put(*path: str | int, value: Any) -> Edit:
    """Put a value where the path leads; a value that can be called makes it of the old one."""

    def edit(bundle: dict[str, Any]) -> None:
        place: Any = bundle
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value(place[path[-1]]) if callable(value) else value

    return edit


def drop(*path: str | int) -> Edit:
    def edit(bundle: dict[str, Any]) -> None:
        place: Any = bundle
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return edit


def flipped(text: str) -> str:
    """Base64 of the same length whose last byte but one is another."""
    content = bytearray(base64.b64decode(text))
    content[-2] ^= 1
    return base64.b64encode(content).decode()


def in_body(edit: Edit) -> Callable[[str], str]:
    """Change what a log's entry holds."""

    def changed(text: str) -> str:
        document = json.loads(base64.b64decode(text))
        edit(document)
        return base64.b64encode(
            json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        ).decode()

    return changed


def moved(**other: bytes) -> Edit:
    """The material of another bundle around this statement: a replay."""

    def edit(bundle: dict[str, Any]) -> None:
        bundle["verificationMaterial"] = json.loads(other["bundle"])["verificationMaterial"]

    return edit


V, T = "verificationMaterial", "tlogEntries"
PROOF = (V, T, 0, "inclusionProof")
STAMP = ("timestampVerificationData", "rfc3161Timestamps", 0, "signedTimestamp")
ANOTHER = signed.bundle(digests=[OTHER])


def checkpoint(change: Callable[[str], str]) -> Edit:
    return put(*PROOF, "checkpoint", "envelope", value=change)


def unsigned(text: str) -> str:
    head, space, signature = text.rstrip().rpartition(" ")
    return f"{head}{space}{flipped(signature)}\n"


def headless(text: str) -> str:
    return text.partition("\n\n")[0]


TAMPERED: list[tuple[str, bytes, str]] = [
    ("another statement", signed.edited(GOOD, put("dsseEnvelope", "payload", value=flipped)), "the signature is of another statement"),
    (
        "another signature",
        signed.edited(GOOD, put("dsseEnvelope", "signatures", 0, "sig", value=flipped)),
        "the signature is of another statement",
    ),
    ("a certificate from elsewhere", signed.edited(GOOD, moved(bundle=ANOTHER)), "the signature is of another statement"),
    ("no signature", signed.edited(GOOD, put("dsseEnvelope", "signatures", value=[])), "0 signatures, not one"),
    ("two signatures", signed.edited(GOOD, put("dsseEnvelope", "signatures", value=lambda found: found * 2)), "2 signatures, not one"),
    ("no statement", signed.edited(GOOD, put("dsseEnvelope", "payloadType", value="text/plain")), "'text/plain', no statement"),
    ("a signature of a file", signed.edited(GOOD, put("messageSignature", value={"signature": ""})), "signs a file, not a statement"),
    ("an unknown kind", signed.edited(GOOD, put("mediaType", value="application/vnd.dev.sigstore.bundle.v9+json")), "which is not known"),
    ("no certificate", signed.edited(GOOD, drop(V, "certificate")), "names no signer"),
    ("two signers", signed.edited(GOOD, put(V, "publicKey", value={"hint": "x"})), "names no signer"),
    (
        "a key",
        signed.edited(signed.edited(GOOD, drop(V, "certificate")), put(V, "publicKey", value={"hint": "x"})),
        "signed by a key, which names nobody",
    ),
    (
        "an empty chain",
        signed.edited(signed.edited(GOOD, drop(V, "certificate")), put(V, "x509CertificateChain", value={})),
        "an empty chain of certificates",
    ),
    (
        "a broken certificate",
        signed.edited(GOOD, put(V, "certificate", "rawBytes", value="AAAA")),
        "the certificate of the signer can't be read",
    ),
    (
        "a huge certificate",
        signed.edited(GOOD, put(V, "certificate", "rawBytes", value="AAAA" * 9000)),
        "the certificate of the signer has 27000 bytes",
    ),
    ("no base64", signed.edited(GOOD, put(V, "certificate", "rawBytes", value="*")), "certificate.rawBytes is not base64"),
    ("a foreign authority of the same name", signed.bundle(STRANGER), "the transparency log is not in the trusted root"),
    ("no log", signed.edited(GOOD, put(V, T, value=[])), "stands in no transparency log"),
    ("another log", signed.edited(LOGGED, put(V, T, 0, "logId", "keyId", value=flipped)), "transparency log is not in the trusted root"),
    ("no proof", signed.edited(GOOD, drop(*PROOF)), "no proof that its entry is in the log"),
    ("a proof cut short", signed.edited(GOOD, put(*PROOF, "hashes", value=lambda found: found[:-1])), "hashes, "),
    ("a proof outside its tree", signed.edited(GOOD, put(*PROOF, "logIndex", value="9999")), "of an entry outside its tree"),
    ("a proof of another place", signed.edited(GOOD, put(*PROOF, "hashes", 0, value=flipped)), "not in the tree of the log"),
    ("another root hash", signed.edited(GOOD, put(*PROOF, "rootHash", value=flipped)), "not in the tree of the log"),
    ("another checkpoint", signed.edited(GOOD, checkpoint(lambda text: text.replace("\n", "\n1", 1))), "checkpoint is of another tree"),
    ("a checkpoint that nobody signed", signed.edited(GOOD, checkpoint(unsigned)), "the checkpoint is not signed"),
    ("a checkpoint without signatures", signed.edited(GOOD, checkpoint(headless)), "checkpoint of the log is torn"),
    ("a checkpoint with half a signature", signed.edited(GOOD, checkpoint(lambda text: f"{text}x\n")), "checkpoint of the log is torn"),
    ("an entry of another signature", signed.edited(GOOD, put(V, T, value=json.loads(ANOTHER)[V][T])), "entry is of another signature"),
    ("another time", signed.edited(LOGGED, put(V, T, 0, "integratedTime", value="1")), "promise of the log is of another entry or time"),
    ("another index", signed.edited(LOGGED, put(V, T, 0, "logIndex", value="1")), "promise of the log is of another entry or time"),
    (
        "another promise",
        signed.edited(LOGGED, put(V, T, 0, "inclusionPromise", "signedEntryTimestamp", value=flipped)),
        "promise of the log is of another entry or time",
    ),
    ("no time", signed.edited(LOGGED, drop(V, T, 0, "inclusionPromise")), "nothing proves when it was signed"),
    ("another predicate", signed.bundle(predicate_type=statements.SIGNATURE, predicate={}), "it states https://sigstore.dev/cosign/sign/v1"),
    ("another image", ANOTHER, f"not about {SUBJECT}"),
    ("another repository", signed.bundle(claims={"repository": "evil/app"}), "signed by a run of evil/app, not of octo/app"),
    ("another issuer", signed.bundle(claims={"iss": "https://issuer.example"}), "by https://issuer.example, not by https://token.actions"),
    ("no subject", signed.bundle(payload=b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x"}'), "about nothing"),
    ("another statement's kind", signed.bundle(payload=b'{"_type":"x","predicateType":"x"}'), "of the kind 'x', which is not known"),
    ("a member twice", GOOD.replace(b'{"mediaType"', b'{"mediaType":"x","mediaType"', 1), "has the member 'mediaType' twice"),
    ("a member twice in the statement", signed.bundle(payload=b'{"_type":"x","_type":"y"}'), "the statement has the member '_type' twice"),
    ("a huge number", signed.edited(GOOD, put(V, T, 0, "logIndex", value=10**30)), "has a number of 31 digits"),
    ("a huge number as text", signed.edited(GOOD, put(V, T, 0, "logIndex", value="9" * 19)), "is no whole number of 63 bits"),
    ("a negative number", signed.edited(GOOD, put(V, T, 0, "logIndex", value=-1)), "is no whole number of 63 bits"),
    ("a fraction without an end", GOOD.replace(b'{"mediaType"', b'{"x":1e999,"mediaType"', 1), "a number that no machine can hold"),
    ("what is not JSON", GOOD.replace(b'{"mediaType"', b'{"x":NaN,"mediaType"', 1), "has NaN, which is not JSON"),
    ("half a character", GOOD.replace(b'{"mediaType"', b'{"x":"\\ud800","mediaType"', 1), "is not JSON"),
    ("a list", b"[]", "the bundle is no JSON object"),
    ("a deep one", b'{"x":' * 100_000, "the bundle is not JSON"),
    ("bytes", b"\xff", "the bundle is not JSON"),
    ("nothing", b"", "the bundle is not JSON"),
    ("a text for an object", signed.edited(GOOD, put(V, value="x")), "verificationMaterial is no object"),
    ("a text for a list", signed.edited(GOOD, put(V, T, value="x")), "tlogEntries is no list"),
    ("many entries", signed.edited(GOOD, put(V, T, value=lambda found: found * 9)), "has 9 items: 8 are read"),
    ("a number for a text", signed.edited(GOOD, put("mediaType", value=7)), "the bundle.mediaType is no text"),
    ("no envelope", signed.edited(GOOD, drop("dsseEnvelope")), "the bundle has no dsseEnvelope"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bundle", "reason"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED]
)
def test_verify__refuses(bundle: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        judge(bundle)

    assert reason in refused.value.reason


def body(edit: Edit, made: Instance = PUBLIC, good: bytes = LOGGED, version: int = 1) -> bytes:
    """A bundle whose entry was changed and then taken into the log, as a log that lies would have it."""
    document = json.loads(good)
    place = entry(document)
    changed = base64.b64decode(in_body(edit)(place["canonicalizedBody"]))
    index, proof = made.append(version, changed)
    place["canonicalizedBody"] = base64.b64encode(changed).decode()
    place["inclusionProof"] = {
        "logIndex": str(index),
        "rootHash": base64.b64encode(proof["root"]).decode(),
        "treeSize": str(proof["size"]),
        "hashes": [base64.b64encode(each).decode() for each in proof["path"]],
        "checkpoint": {"envelope": proof["checkpoint"]},
    }
    return json.dumps(document).encode()


OTHER_ENTRIES: list[tuple[str, bytes, Instance, str]] = [
    ("an unknown kind", body(put("kind", value="rekord")), PUBLIC, "of the kind 'rekord 0.0.1'"),
    (
        "another hash",
        body(put("spec", "payloadHash", "value", value="00")),
        PUBLIC,
        "of another signature",
    ),
    (
        "another algorithm",
        body(put("spec", "payloadHash", "algorithm", value="md5")),
        PUBLIC,
        "of another signature",
    ),
    (
        "another signature",
        body(put("spec", "signatures", 0, "signature", value=flipped)),
        PUBLIC,
        "of another signature",
    ),
    (
        "another certificate",
        body(put("spec", "signatures", 0, "verifier", value=flipped)),
        PUBLIC,
        "of another signature",
    ),
    (
        "two signatures",
        body(put("spec", "signatures", value=lambda found: found * 2)),
        PUBLIC,
        "of another signature",
    ),
    ("no signature", body(put("spec", "signatures", value=[])), PUBLIC, "has no signature"),
    (
        "another hash in a log of version 2",
        body(put("spec", "hashedRekordV002", "data", "digest", value=flipped), V2, GOOD_V2, 2),
        V2,
        "of another signature",
    ),
    (
        "another signature in a log of version 2",
        body(
            put("spec", "hashedRekordV002", "signature", "content", value=flipped), V2, GOOD_V2, 2
        ),
        V2,
        "of another signature",
    ),
    (
        "another certificate in a log of version 2",
        body(
            put(
                "spec",
                "hashedRekordV002",
                "signature",
                "verifier",
                "x509Certificate",
                "rawBytes",
                value=flipped,
            ),
            V2,
            GOOD_V2,
            2,
        ),
        V2,
        "of another signature",
    ),
]


@pytest.mark.parametrize(
    ("bundle", "made", "reason"),
    [row[1:] for row in OTHER_ENTRIES],
    ids=[row[0] for row in OTHER_ENTRIES],
)
def test_verify__refuses_an_entry_that_the_log_has_of(
    bundle: bytes, made: Instance, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        judge(bundle, made)


def intoto(edit: Edit = lambda _: None) -> bytes:
    """The same signature as an entry of the older kind, which encodes twice."""

    def change(document: dict[str, Any]) -> None:
        signature = document["spec"]["signatures"][0]
        twice = base64.b64encode(signature["signature"].encode()).decode()
        listed = [{"sig": twice, "publicKey": signature["verifier"]}]
        content = {
            "envelope": {"signatures": listed},
            "payloadHash": document["spec"]["payloadHash"],
        }
        document.update(kind="intoto", apiVersion="0.0.2", spec={"content": content})
        edit(document)

    return signed.edited(body(change, good=GOOD), drop(V, T, 0, "inclusionPromise"))


def test_verify__takes_an_entry_of_the_older_kind() -> None:
    assert judge(intoto()).is_logged


@pytest.mark.parametrize(
    "edit",
    [
        put("spec", "content", "envelope", "signatures", value=[]),
        put("spec", "content", "envelope", "signatures", 0, "sig", value=flipped),
        put("spec", "content", "envelope", "signatures", 0, "publicKey", value=flipped),
        put("spec", "content", "payloadHash", "value", value="00"),
    ],
)
def test_verify__refuses_an_entry_of_the_older_kind_of_another_signature(edit: Edit) -> None:
    with pytest.raises(Refused, match="of another signature"):
        judge(intoto(edit))


def test_verify__refuses_an_entry_in_a_log_of_version_2_without_a_timestamp() -> None:
    with pytest.raises(Refused, match="nothing proves when"):
        judge(signed.bundle(V2, log=2), V2)


def test_verify__passes_over_a_bad_timestamp_beside_a_good_promise() -> None:
    assert judge(
        signed.edited(
            GOOD,
            put(
                V,
                "timestampVerificationData",
                "rfc3161Timestamps",
                0,
                "signedTimestamp",
                value=flipped,
            ),
        )
    ).is_logged


def promised_at(at: datetime | float) -> tuple[bytes, Instance]:
    """A bundle whose entry the log has promised for another time."""
    made = Instance()
    document = json.loads(signed.bundle(made))
    place = entry(document)
    index, content = int(place["logIndex"]), base64.b64decode(place["canonicalizedBody"])
    seconds = int(at.timestamp() if isinstance(at, datetime) else at)
    promised = made.promised(content, index, seconds)
    place["integratedTime"] = str(seconds)
    place["inclusionPromise"] = {
        "signedEntryTimestamp": promised["verification"]["signedEntryTimestamp"]
    }
    return json.dumps(document).encode(), made


@pytest.mark.parametrize("minutes", [-11, 11])
def test_verify__refuses_what_was_signed_outside_the_certificates_time(minutes: int) -> None:
    bundle, made = promised_at(now() + timedelta(minutes=minutes))

    with pytest.raises(Refused, match="outside the certificate's time"):
        judge(bundle, made)


def test_verify__refuses_a_promise_for_a_time_that_is_none() -> None:
    bundle, made = promised_at(2**60)

    with pytest.raises(Refused, match="the log's time is none"):
        judge(bundle, made)


def test_verify__refuses_a_timestamp_of_an_unknown_authority_so_that_newer_roots_are_asked() -> (
    None
):
    stranger = instance("GitHub, Inc.", (1,), has_certificate_log=False)
    signature = base64.b64decode(json.loads(STAMPED)["dsseEnvelope"]["signatures"][0]["sig"])
    stamp = base64.b64encode(stranger.timestamp(sha256(signature).digest())).decode()

    with pytest.raises(UnknownAuthority, match="timestamp's authority is not in the trusted root"):
        judge(signed.edited(STAMPED, put(V, *STAMP, value=stamp)), PRIVATE)


def test_verify__refuses_the_certificate_of_an_authority_with_a_name_that_is_not_known() -> None:
    with pytest.raises(
        UnknownAuthority, match="certificate's authority is not in the trusted root"
    ):
        judge(STAMPED, PUBLIC)


def changed_root(made: Instance, edit: Edit) -> roots.TrustedRoot:
    return roots.parse(signed.edited(json.dumps(made.trusted_root()).encode(), edit))


LONG_AGO = "2021-01-01T00:00:00Z"
OTHER_ROOTS: list[tuple[str, bytes, Instance, Edit, str]] = [
    (
        "an authority of the same name with another key",
        LOGGED,
        PUBLIC,
        put("certificateAuthorities", value=STRANGER.trusted_root()["certificateAuthorities"]),
        "not issued by the authority it names",
    ),
    (
        "an authority that was not trusted yet",
        LOGGED,
        PUBLIC,
        put("certificateAuthorities", 0, "validFor", "start", value="2040-01-01T00:00:00Z"),
        "not issued by the authority it names",
    ),
    (
        "an authority that is trusted no more",
        LOGGED,
        PUBLIC,
        put("certificateAuthorities", 0, "validFor", "end", value=LONG_AGO),
        "not issued by the authority it names",
    ),
    (
        "a log that is trusted no more",
        LOGGED,
        PUBLIC,
        put("tlogs", 0, "publicKey", "validFor", "end", value=LONG_AGO),
        "not trusted at",
    ),
    (
        "another certificate log",
        LOGGED,
        PUBLIC,
        put("ctlogs", 0, "logId", "keyId", value=flipped),
        "certificate's log \\(SCT\\) is not in the trusted root",
    ),
    (
        "a certificate log with another key",
        LOGGED,
        PUBLIC,
        put(
            "ctlogs",
            0,
            "publicKey",
            "rawBytes",
            value=STRANGER.trusted_root()["ctlogs"][0]["publicKey"]["rawBytes"],
        ),
        "promise of the certificate log \\(SCT\\) is of another certificate",
    ),
    (
        "a certificate log that is trusted no more",
        LOGGED,
        PUBLIC,
        put("ctlogs", 0, "publicKey", "validFor", "end", value=LONG_AGO),
        "promise of the certificate log \\(SCT\\) is of another certificate",
    ),
    (
        "a timestamp authority that is trusted no more",
        STAMPED,
        PRIVATE,
        put("timestampAuthorities", 0, "validFor", "end", value=LONG_AGO),
        "timestamp's signature does not fit",
    ),
    (
        "a certificate log where certificates have no promise",
        STAMPED,
        PRIVATE,
        put("ctlogs", value=PUBLIC.trusted_root()["ctlogs"]),
        "has no promise of a certificate log",
    ),
]


@pytest.mark.parametrize(
    ("bundle", "made", "edit", "reason"),
    [row[1:] for row in OTHER_ROOTS],
    ids=[row[0] for row in OTHER_ROOTS],
)
def test_verify__refuses_by_a_root_with(
    bundle: bytes, made: Instance, edit: Edit, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        verified.verify(bundle, [changed_root(made, edit)])


def test_verify__trusts_an_authority_whose_time_has_no_bounds() -> None:
    def open_ended(document: dict[str, Any]) -> None:
        del document["certificateAuthorities"][0]["validFor"]
        del document["tlogs"][0]["publicKey"]["validFor"]

    assert verified.verify(LOGGED, [changed_root(PUBLIC, open_ended)]).is_logged


def test_verify__anchors_a_chain_that_lists_no_root_at_its_last_certificate() -> None:
    def without_root(document: dict[str, Any]) -> None:
        del document["certificateAuthorities"][0]["certChain"]["certificates"][1]

    assert verified.verify(LOGGED, [changed_root(PUBLIC, without_root)]).is_logged


def test_verify__names_a_few_of_many_subjects() -> None:
    many = signed.bundle(digests=[Digest.of(bytes([number])) for number in range(9)])

    with pytest.raises(Refused) as refused:
        judge(many)

    assert len(refused.value.reason) < 250


def test_check__takes_any_kind_and_anybody_where_nothing_is_asked_for() -> None:
    verified.check(verified.verify(LOGGED, [root()]), SUBJECT)


def test_verify__refuses_a_key_that_sigstore_does_not_sign_with() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec as curves

    made = instance()
    weak = curves.generate_private_key(curves.SECP192R1())
    document = json.loads(LOGGED)
    material(document)["certificate"]["rawBytes"] = base64.b64encode(
        raw(made.issue(weak.public_key()))
    ).decode()

    with pytest.raises(Refused, match="key of the signer is of a kind that is not accepted"):
        judge(json.dumps(document).encode())
