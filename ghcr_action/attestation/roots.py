"""A trusted root: who may sign certificates and timestamps, and which logs there are.

Source: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from cryptography import x509

from ghcr_action.attestation import certificates, document, keys
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.keys import PublicKey
from ghcr_action.attestation.refused import Refused, need

_MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot"
_MOST = 64
"""Authorities or logs of one kind that are read; GitHub's root has a dozen."""


@dataclass(frozen=True, kw_only=True)
class Validity:
    """From when to when something is trusted; an open end has no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether this moment is inside."""
        return (self.start is None or self.start <= at) and (self.end is None or at <= self.end)


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Who issues certificates or timestamps: its chain as listed, and when it is trusted."""

    certificates: tuple[x509.Certificate, ...]
    validity: Validity


@dataclass(frozen=True, kw_only=True)
class Log:
    """A transparency log of signatures or of certificates."""

    identity: bytes
    """What entries and promises call it."""
    key: PublicKey
    validity: Validity


@dataclass(frozen=True, kw_only=True)
class TrustedRoot:
    """One Sigstore instance. GitHub's own names no logs: there a timestamp stands for them."""

    authorities: tuple[Authority, ...]
    timestamp_authorities: tuple[Authority, ...]
    logs: tuple[Log, ...]
    certificate_logs: tuple[Log, ...]

    def issued(self, leaf: x509.Certificate) -> bool:
        """Whether the certificate names one of this instance's authorities as its issuer."""
        listed = chain.from_iterable(each.certificates for each in self.authorities)
        return certificates.names(listed, leaf)


def parse(raw: bytes) -> TrustedRoot:
    """One trusted root. An entry with a key that is not accepted is left out. Raises Refused."""
    found = document.read(raw, "the trusted root")
    need(document.text(found, "mediaType").startswith(_MEDIA_TYPE), "it is no trusted root")
    root = TrustedRoot(
        authorities=tuple(map(_authority, found.items("certificateAuthorities", most=_MOST))),
        timestamp_authorities=tuple(
            map(_authority, found.items("timestampAuthorities", most=_MOST))
        ),
        logs=_logs(found, "tlogs"),
        certificate_logs=_logs(found, "ctlogs"),
    )
    need(root.authorities, "the trusted root names no authority")
    return root


def _authority(node: Node) -> Authority:
    listed = node.member("certChain").items("certificates", most=_MOST)
    need(listed, f"{node.path} has no certificate")
    return Authority(
        certificates=tuple(
            certificates.load(each.member("rawBytes").content, each.path) for each in listed
        ),
        validity=_validity(node.find("validFor")),
    )


def _logs(found: Node, name: str) -> tuple[Log, ...]:
    logs = map(_log, found.items(name, most=_MOST))
    return tuple(log for log in logs if log)


def _log(node: Node) -> Log | None:
    public = node.member("publicKey")
    try:
        key = keys.load(public.member("rawBytes").content, node.path)
    except Refused:  # a kind of key that came later: its entries are of an unknown log
        return None
    return Log(
        identity=node.member("checkpointKeyId", "logId").member("keyId").content,
        key=key,
        validity=_validity(public.find("validFor")),
    )


def _validity(node: Node | None) -> Validity:
    start, end = (node.find("start"), node.find("end")) if node else (None, None)
    return Validity(start=start.time if start else None, end=end.time if end else None)
