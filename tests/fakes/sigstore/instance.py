"""A Sigstore instance of our own: authorities, logs and timestamps with real keys, and the files that name them.

What real services do, so that independent verifiers take it: a certificate log's promise inside each certificate,
RFC 3161 answers, Merkle proofs and checkpoints. ``organisation`` decides how gh judges: ``sigstore.dev`` wants
a promise of a certificate log, a log and a time, ``GitHub, Inc.`` a timestamp alone.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tests.fakes.sigstore import der
from tests.fakes.sigstore.tree import Tree

ISSUER = "https://token.actions.githubusercontent.com"
CLAIMS = {
    "iss": ISSUER,
    "sub": "repo:octo/app:ref:refs/heads/main",
    "ref": "refs/heads/main",
    "sha": "a" * 40,
    "repository": "octo/app",
    "repository_owner": "octo",
    "repository_id": "1234",
    "repository_owner_id": "55",
    "run_id": "77",
    "run_attempt": "1",
    "event_name": "push",
    "workflow": "ci",
    "workflow_ref": "octo/app/.github/workflows/ci.yml@refs/heads/main",
    "workflow_sha": "a" * 40,
    "job_workflow_ref": "octo/app/.github/workflows/ci.yml@refs/heads/main",
    "job_workflow_sha": "a" * 40,
    "runner_environment": "github-hosted",
    "repository_visibility": "public",
}
FULCIO = "1.3.6.1.4.1.57264.1"
SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
P256, P384 = ec.SECP256R1(), ec.SECP384R1()


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def raw(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def spki(key: Any) -> bytes:
    found: bytes = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return found


def canonical(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(kw_only=True)
class Authority:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(
        cls,
        organisation: str,
        name: str,
        *,
        parent: "Authority | None" = None,
        path: int | None = None,
        usage: ObjectIdentifier | None = None,
        curve: ec.EllipticCurve = P384,
    ) -> "Authority":
        key, is_leaf = ec.generate_private_key(curve), usage == ExtendedKeyUsageOID.TIME_STAMPING
        names = [(NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name)]
        subject = x509.Name([x509.NameAttribute(kind, text) for kind, text in names])
        start, signer = now() - timedelta(days=30), parent.key if parent else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(parent.certificate.subject if parent else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=not is_leaf, path_length=path), critical=True)
            .add_extension(_key_usage(signs=is_leaf), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
        )
        if parent:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key())
            builder = builder.add_extension(identifier, critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=is_leaf)
        return cls(key=key, certificate=builder.sign(signer, hashes.SHA384()))


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(kw_only=True)
class Instance:
    """One instance. ``logs``: which versions of Rekor it has; ``has_certificate_log``: whether certificates carry an SCT."""

    organisation: str = "sigstore.dev"
    logs: tuple[int, ...] = (1,)
    has_certificate_log: bool = True
    clock: Any = now
    """Tells the time; a test sets it back to let a certificate expire."""
    trees: dict[int, Tree] = field(default_factory=lambda: {1: Tree(), 2: Tree()})

    def __post_init__(self) -> None:
        self.root = Authority.make(self.organisation, "root", path=1)
        self.intermediate = Authority.make(
            self.organisation,
            "intermediate",
            parent=self.root,
            path=0,
            usage=ExtendedKeyUsageOID.CODE_SIGNING,
        )
        self.timestamp_root = Authority.make(self.organisation, "timestamp root", path=0)
        self.timestamps = Authority.make(
            self.organisation,
            "timestamps",
            parent=self.timestamp_root,
            usage=ExtendedKeyUsageOID.TIME_STAMPING,
            curve=P256,
        )
        self.certificate_log = ec.generate_private_key(P256)
        for tree in self.trees.values():
            for neighbour in range(5):
                tree.append(b"the entry of somebody else %d" % neighbour)
        self.rekor: dict[int, Any] = {
            1: ec.generate_private_key(P256),
            2: ed25519.Ed25519PrivateKey.generate(),
        }

    def log_identity(self, version: int) -> bytes:
        if version == 1:
            return hashlib.sha256(spki(self.rekor[1])).digest()
        key = self.rekor[2].public_key()
        bare = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(b"log2.example\n\x01" + bare).digest()

    def issue(
        self,
        key: ec.EllipticCurvePublicKey,
        claims: Mapping[str, str] = CLAIMS,
        *,
        server: str = "https://github.com",
        minutes: int = 10,
    ) -> x509.Certificate:
        """What Fulcio does: a certificate of the key for the bearer of these claims."""
        start, serial = self.clock(), x509.random_serial_number()

        def build(*promises: bytes) -> x509.Certificate:
            builder = (
                x509.CertificateBuilder()
                .subject_name(x509.Name([]))
                .issuer_name(self.intermediate.certificate.subject)
                .public_key(key)
                .serial_number(serial)
                .not_valid_before(start)
                .not_valid_after(start + timedelta(minutes=minutes))
                .add_extension(_key_usage(signs=True), critical=True)
                .add_extension(
                    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
                )
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(
                        self.intermediate.key.public_key()
                    ),
                    critical=False,
                )
                .add_extension(_named(f"{server}/{claims['job_workflow_ref']}"), critical=True)
            )
            listed = [*_extensions(claims, server), *((SCT_LIST, each) for each in promises)]
            for name, value in listed:
                unknown = x509.UnrecognizedExtension(ObjectIdentifier(name), value)
                builder = builder.add_extension(unknown, critical=False)
            return builder.sign(self.intermediate.key, hashes.SHA384())

        bare = build()
        return build(self._promise(bare, start)) if self.has_certificate_log else bare

    def _promise(self, bare: x509.Certificate, at: datetime) -> bytes:
        """RFC 6962: the log signs the certificate without the list of promises, bound to its issuer's key."""
        milliseconds, body = int(at.timestamp() * 1000), bare.tbs_certificate_bytes
        issuer = hashlib.sha256(spki(self.intermediate.key)).digest()
        signed = (
            struct.pack("!BBQH", 0, 0, milliseconds, 1)
            + issuer
            + len(body).to_bytes(3, "big")
            + body
            + b"\0\0"
        )
        signature = self.certificate_log.sign(signed, ec.ECDSA(hashes.SHA256()))
        identity = hashlib.sha256(spki(self.certificate_log)).digest()
        promise = (
            b"\0" + identity + struct.pack("!Q", milliseconds) + b"\0\0\x04\x03" + _sized(signature)
        )
        return der.octets(_sized(_sized(promise)))

    def timestamp(
        self, imprint: bytes, *, nonce: bytes = b"", has_certificate: bool = False
    ) -> bytes:
        """RFC 3161: an answer for a hash by SHA-256."""
        certificate, issuer = raw(self.timestamps.certificate), self.timestamps.certificate.issuer
        info = der.sequence(
            der.integer(1),
            der.oid(f"{FULCIO.removesuffix('.1')}.2"),
            der.sequence(
                der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL), der.octets(imprint)
            ),
            der.integer(x509.random_serial_number()),
            der.time(self.clock()),
            der.sequence(der.integer(1)),
            nonce,
        )
        named = der.sequence(
            der.sequence(der.sequence(der.octets(hashlib.sha256(certificate).digest())))
        )
        attributes = sorted((
            _attribute("1.2.840.113549.1.9.3", der.oid("1.2.840.113549.1.9.16.1.4")),
            _attribute("1.2.840.113549.1.9.4", der.octets(hashlib.sha256(info).digest())),
            _attribute("1.2.840.113549.1.9.16.2.47", named),
        ))  # fmt: skip
        signature = self.timestamps.key.sign(der.set_of(*attributes), ec.ECDSA(hashes.SHA256()))
        signer = der.sequence(
            der.integer(1),
            der.sequence(
                issuer.public_bytes(), der.integer(self.timestamps.certificate.serial_number)
            ),
            SHA256,
            der.tagged(*attributes),
            der.sequence(der.oid("1.2.840.10045.4.3.2")),
            der.octets(signature),
        )
        signed = der.sequence(
            der.integer(3),
            der.set_of(SHA256),
            der.sequence(der.oid("1.2.840.113549.1.9.16.1.4"), der.tagged(der.octets(info))),
            der.tagged(certificate) if has_certificate else b"",
            der.set_of(signer),
        )
        token = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.tagged(signed))
        return der.sequence(der.sequence(der.integer(0)), token)

    def enter(self, proposed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Rekor v1: keep an entry ``dsse`` and answer with its promise and its proof."""
        content = proposed["spec"]["proposedContent"]
        envelope = json.loads(content["envelope"])
        pairs = zip(envelope["signatures"], content["verifiers"], strict=True)
        spec = {
            "envelopeHash": _sha256(content["envelope"].encode()),
            "payloadHash": _sha256(base64.b64decode(envelope["payload"])),
            "signatures": [
                {"signature": each["sig"], "verifier": verifier} for each, verifier in pairs
            ],
        }
        body = canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        index, proof = self.append(1, body)
        promised = self.promised(body, index)
        inclusion = {
            "checkpoint": proof["checkpoint"],
            "hashes": [each.hex() for each in proof["path"]],
            "logIndex": index,
            "rootHash": proof["root"].hex(),
            "treeSize": proof["size"],
        }
        promised["verification"]["inclusionProof"] = inclusion
        return {hashlib.sha256(body).hexdigest(): promised}

    def promised(self, body: bytes, index: int, seconds: int | None = None) -> dict[str, Any]:
        """Rekor v1: an entry with the log's promise, which signs the time."""
        base = {
            "body": encode(body),
            "integratedTime": int(self.clock().timestamp()) if seconds is None else seconds,
            "logID": self.log_identity(1).hex(),
            "logIndex": index,
        }
        promise = self.rekor[1].sign(canonical(base), ec.ECDSA(hashes.SHA256()))
        return {**base, "verification": {"signedEntryTimestamp": encode(promise)}}

    def record(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Rekor v2: keep an entry ``hashedrekord`` and answer in the bundle's words."""
        request = asked["hashedRekordRequestV002"]
        data = {"algorithm": "SHA2_256", "digest": request["digest"]}
        spec = {"hashedRekordV002": {"data": data, "signature": request["signature"]}}
        body = canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": spec})
        index, proof = self.append(2, body)
        return {
            "logIndex": str(index),
            "logId": {"keyId": encode(self.log_identity(2))},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "integratedTime": "0",
            "inclusionPromise": None,
            "inclusionProof": {
                "logIndex": str(index),
                "rootHash": encode(proof["root"]),
                "treeSize": str(proof["size"]),
                "hashes": [encode(each) for each in proof["path"]],
                "checkpoint": {"envelope": proof["checkpoint"]},
            },
            "canonicalizedBody": encode(body),
        }

    def append(self, version: int, body: bytes) -> tuple[int, dict[str, Any]]:
        tree = self.trees[version]
        index = tree.append(body)
        root = tree.root()
        name = {1: "log.example", 2: "log2.example"}[version]
        origin = {1: "log.example - 1", 2: "log2.example"}[version]
        text = f"{origin}\n{tree.size}\n{encode(root)}\n"
        key = self.rekor[version]
        signature = (
            key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
            if version == 1
            else key.sign(text.encode())
        )
        line = f"— {name} {encode(self.log_identity(version)[:4] + signature)}"
        return index, {
            "root": root,
            "size": tree.size,
            "path": tree.path(index),
            "checkpoint": f"{text}\n{line}\n",
        }

    def trusted_root(self, host: str = "http://127.0.0.1") -> dict[str, Any]:
        """The file that says whom to trust."""
        valid = {"start": "2020-01-01T00:00:00Z"}
        names = {1: "log.example", 2: "log2.example"}
        kinds = {1: "PKIX_ECDSA_P256_SHA_256", 2: "PKIX_ED25519"}

        def log(base: str, key: Any, kind: str, identity: bytes) -> dict[str, Any]:
            public = {"rawBytes": encode(spki(key)), "keyDetails": kind, "validFor": valid}
            return {
                "baseUrl": base,
                "hashAlgorithm": "SHA2_256",
                "publicKey": public,
                "logId": {"keyId": encode(identity)},
            }

        def authority(uri: str, *chain: Authority) -> dict[str, Any]:
            listed = [{"rawBytes": encode(raw(each.certificate))} for each in chain]
            subject = {"organization": self.organisation, "commonName": uri}
            return {
                "subject": subject,
                "uri": uri,
                "certChain": {"certificates": listed},
                "validFor": valid,
            }

        certificate_log = hashlib.sha256(spki(self.certificate_log)).digest()
        certificate_logs = [
            log("https://ct.example", self.certificate_log, kinds[1], certificate_log)
        ]
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                log(
                    f"https://{names[each]}", self.rekor[each], kinds[each], self.log_identity(each)
                )
                for each in self.logs
            ],
            "certificateAuthorities": [authority(host, self.intermediate, self.root)],
            "ctlogs": certificate_logs * self.has_certificate_log,
            "timestampAuthorities": [
                authority(f"{host}/api/v1/timestamp", self.timestamps, self.timestamp_root)
            ],
        }

    def signing_config(self, host: str, *, log: int, has_timestamps: bool) -> dict[str, Any]:
        """The file that says where to sign; ``log`` 0 for none."""
        valid = {"start": "2020-01-01T00:00:00Z"}

        def service(url: str, version: int = 1) -> dict[str, Any]:
            return {
                "url": url,
                "majorApiVersion": version,
                "validFor": valid,
                "operator": "example",
            }

        return {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service(host)],
            "oidcUrls": [service(f"{host}/oidc")],
            "rekorTlogUrls": [service(host, log)] if log else [],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": [service(f"{host}/api/v1/timestamp")] * has_timestamps,
            "tsaConfig": {"selector": "ANY"},
        }


def _extensions(claims: Mapping[str, str], server: str) -> list[tuple[str, bytes]]:
    """What Fulcio makes of a workflow's claims: the first six raw, the others as UTF8String."""

    def address(*parts: str) -> str:
        return "/".join((server, *parts))

    run = address(
        claims["repository"], "actions/runs", claims["run_id"], "attempts", claims["run_attempt"]
    )
    raw_ones = [
        claims[name] for name in ("iss", "event_name", "sha", "workflow", "repository", "ref")
    ]
    texts = [
        claims["iss"],
        address(claims["job_workflow_ref"]),
        claims["job_workflow_sha"],
        claims["runner_environment"],
        address(claims["repository"]),
        claims["sha"],
        claims["ref"],
        claims["repository_id"],
        address(claims["repository_owner"]),
        claims["repository_owner_id"],
        address(claims["workflow_ref"]),
        claims["workflow_sha"],
        claims["event_name"],
        run,
        claims["repository_visibility"],
    ]
    old = [(f"{FULCIO}.{number}", text.encode()) for number, text in enumerate(raw_ones, 1)]
    return old + [(f"{FULCIO}.{number}", der.utf8(text)) for number, text in enumerate(texts, 8)]


def _named(address: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(address)])


def _attribute(name: str, value: bytes) -> bytes:
    return der.sequence(der.oid(name), der.set_of(value))


def _sized(content: bytes) -> bytes:
    return struct.pack("!H", len(content)) + content


def _sha256(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}
