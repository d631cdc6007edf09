"""The services of an instance as requests and replies: GitHub's tokens, Fulcio, a timestamp authority, both Rekors, the store.

One router for the fakes in memory and for the stand-in over HTTP, so that both say the same.
"""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.fakes.http import Asked, Reply
from tests.fakes.sigstore import der
from tests.fakes.sigstore.instance import CLAIMS, Instance, pem

FULCIO, REKOR_1, REKOR_2 = "/api/v2/signingCert", "/api/v1/log/entries", "/api/v2/log/entries"
TIMESTAMPS, TOKEN = "/api/v1/timestamp", "/oidc/token"
BEARER = "the-runner's-own-bearer"


class Services:
    """Answers for an instance. ``faults`` replaces the reply of a path; ``asked`` lists what came."""

    def __init__(self, instance: Instance, claims: Mapping[str, str] | None = None) -> None:
        self.instance = instance
        self.claims = {**CLAIMS, **(claims or {})}
        self.faults: dict[str, Reply] = {}
        self.asked: list[Asked] = []
        self.stored: dict[str, list[bytes]] = {}
        """Bundles by digest."""
        self.has_inline_bundles = False
        """Whether the API gives bundles itself, as it did until July 2026."""
        self.is_detached = not instance.has_certificate_log
        self.host = ""
        self._key = rsa.generate_private_key(65537, 2048)

    def token(self, audience: str = "sigstore", **more: Any) -> str:
        now = int(time.time())
        body = {
            "aud": audience,
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
            **self.claims,
            **more,
        }
        return jwt.encode(body, self._key, "RS256", {"kid": "k1"})

    def answer(self, asked: Asked) -> Reply:
        """The reply of whichever service the path names."""
        self.asked.append(asked)
        if fault := self.faults.get(asked.path):
            return fault
        routes = {
            TOKEN: self._token,
            "/oidc/.well-known/openid-configuration": self._configuration,
            "/oidc/jwks": self._keys,
            FULCIO: self._certificate,
            TIMESTAMPS: self._timestamp,
            REKOR_1: self._entry,
            REKOR_2: self._record,
        }
        if route := routes.get(asked.path):
            return route(asked)
        if "/attestations" in asked.path:
            return self._store(asked)
        if asked.path.startswith("/storage/"):
            return self._storage(asked)
        if asked.path.endswith("/artifacts/metadata/storage-record"):
            return _json({"total_count": 1, "storage_records": [{"id": 1}]})
        return _json({"message": "Not Found"}, 404)

    def _token(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {BEARER}":
            return _json({"message": "Unauthorized"}, 401)
        return _json({"count": 1, "value": self.token(asked.query["audience"][0])})

    def _configuration(self, asked: Asked) -> Reply:
        return _json({"issuer": self.claims["iss"], "jwks_uri": f"{self.host}/oidc/jwks"})

    def _keys(self, asked: Asked) -> Reply:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return _json({"keys": [{**key, "kid": "k1", "use": "sig", "alg": "RS256"}]})

    def _certificate(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        token = (
            asked.headers.get("Authorization", "").removeprefix("Bearer ")
            or body["credentials"]["oidcIdentityToken"]
        )
        try:
            claims = jwt.decode(token, self._key.public_key(), ["RS256"], audience="sigstore")
        except jwt.PyJWTError as cause:
            message = "There was an error processing the identity token"
            return _json({"code": 16, "message": message, "details": [str(cause)]}, 401)
        leaf = self.instance.issue(_wanted_key(body, claims), claims)
        chain = [
            pem(each)
            for each in (
                leaf,
                self.instance.intermediate.certificate,
                self.instance.root.certificate,
            )
        ]
        name = (
            "signedCertificateDetachedSct" if self.is_detached else "signedCertificateEmbeddedSct"
        )
        return _json({name: {"chain": {"certificates": chain}}})

    def _timestamp(self, asked: Asked) -> Reply:
        if "json" in asked.headers.get("Content-Type", ""):
            body = json.loads(asked.body)
            assert body["hashAlgorithm"] == "sha256"
            answer = self.instance.timestamp(base64.b64decode(body["artifactHash"]))
        else:
            answer = self.instance.timestamp(**_query(asked.body))
        return Reply(
            status=201, headers={"Content-Type": "application/timestamp-reply"}, body=answer
        )

    def _entry(self, asked: Asked) -> Reply:
        entry = self.instance.enter(json.loads(asked.body))
        (name,) = entry
        reply = _json(entry, 201)
        return Reply(
            status=201,
            headers={**reply.headers, "ETag": name, "Location": f"{REKOR_1}/{name}"},
            body=reply.body,
        )

    def _record(self, asked: Asked) -> Reply:
        return _json(self.instance.record(json.loads(asked.body)), 201)

    def _store(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            bundle = json.loads(asked.body)["bundle"]
            statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
            for digest in dict.fromkeys(
                f"sha256:{each['digest']['sha256']}" for each in statement["subject"]
            ):
                self.stored.setdefault(digest, []).append(json.dumps(bundle).encode())
            return _json({"id": len(self.stored)}, 201)
        held = self.stored.get(asked.path.rpartition("/")[2])
        if held is None:
            return _json({"message": "Not Found"}, 404)
        return _json({"attestations": [self._listed(each) for each in held]})

    def _listed(self, bundle: bytes) -> dict[str, Any]:
        name = hashlib.sha256(bundle).hexdigest()
        address = None if self.has_inline_bundles else f"{self.host}/storage/{name}?sig=secret"
        return {
            "bundle": json.loads(bundle) if self.has_inline_bundles else None,
            "repository_id": 1234,
            "bundle_url": address,
        }

    def _storage(self, asked: Asked) -> Reply:
        assert "Authorization" not in asked.headers
        name = asked.path.rpartition("/")[2]
        held = (each for group in self.stored.values() for each in group)
        found = next(each for each in held if hashlib.sha256(each).hexdigest() == name)
        return Reply(headers={"Content-Type": "application/x-snappy"}, body=compress(found))


def compress(content: bytes) -> bytes:
    """Raw Snappy, of literals alone."""
    out, size = bytearray(), len(content)
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    for start in range(0, len(content), 60):
        piece = content[start : start + 60]
        out += bytes([len(piece) - 1 << 2]) + piece
    return bytes(out)


def ask(
    services: Services,
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """A request that goes nowhere."""
    parts = urlsplit(url)
    query = {
        name: [value] for name, _, value in (each.partition("=") for each in parts.query.split("&"))
    }
    return services.answer(
        Asked(method=method, path=parts.path, query=query, headers=headers or {}, body=body)
    )


def _json(document: object, status: int = 200) -> Reply:
    return Reply(
        status=status,
        headers={"Content-Type": "application/json"},
        body=json.dumps(document).encode(),
    )


def _wanted_key(body: Mapping[str, Any], claims: Mapping[str, Any]) -> Any:
    """The key to certify; whoever asks proves that it is theirs."""
    if "certificateSigningRequest" in body:
        request = x509.load_pem_x509_csr(base64.b64decode(body["certificateSigningRequest"]))
        assert request.is_signature_valid
        return request.public_key()
    asked = body["publicKeyRequest"]
    key = serialization.load_pem_public_key(asked["publicKey"]["content"].encode())
    proof = base64.b64decode(asked["proofOfPossession"])
    key.verify(proof, claims["sub"].encode(), ec.ECDSA(hashes.SHA256()))  # type: ignore[union-attr,call-arg,arg-type]
    return key


def _query(raw: bytes) -> dict[str, Any]:
    """An RFC 3161 question in DER: its hash, its nonce, and whether the certificate is wanted."""
    from ghcr_action.attestation import der as reader

    _, imprint, *rest = reader.read(raw).parts
    nonce = next((each.raw for each in rest if each.tag == 0x02), b"")
    wants = any(each.tag == 0x01 and each.body != b"\0" for each in rest)
    assert der.NULL
    return {"imprint": imprint.parts[1].body, "nonce": nonce, "has_certificate": wants}
