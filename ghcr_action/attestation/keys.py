"""Public keys and what they have signed: the key's kind decides the algorithm, never the signed
text."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from ghcr_action.attestation.refused import Refused, refuse

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
_BY_CURVE: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
"""The curves that Sigstore's registry of algorithms names, each with its hash.

Source: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_common.proto.
"""
_SMALLEST_RSA = 2048


def load(spki: bytes, owner: str) -> PublicKey:
    """A key from its SubjectPublicKeyInfo; ``owner`` is whose it is. Raises Refused for another
    kind.
    """
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise Refused(f"the key of {owner} can't be read") from cause
    return accepted(key, owner)


def accepted(key: object, owner: str) -> PublicKey:
    """The key. Raises Refused where its kind or size is none that Sigstore signs with."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _BY_CURVE:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA:
        return key
    return refuse(f"the key of {owner} is of a kind that is not accepted")


def fits(
    key: PublicKey, signature: bytes, data: bytes, algorithm: hashes.HashAlgorithm | None = None
) -> bool:
    """Whether the key made this signature of these bytes; ``algorithm`` where another hash is
    agreed.
    """
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm or _BY_CURVE[key.curve.name]))
        else:
            key.verify(signature, data, padding.PKCS1v15(), algorithm or hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def spki(key: PublicKey) -> bytes:
    """A key's SubjectPublicKeyInfo in DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
