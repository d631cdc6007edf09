"""Sigstore instances: where to sign.

The public one, GitHub's own for private repositories, or one's own.

Sources: https://github.com/actions/toolkit/blob/main/packages/attest/src/endpoints.ts for the first
two; https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
(``ClientTrustConfig``) for one's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from ghcr_action.attestation import document
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.refused import need

_DOTCOM = "https://github.com"
_CONFIG = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_LOG_PATHS = {1: "/api/v1/log/entries", 2: "/api/v2/log/entries"}


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance: addresses of its services, and what is told of it."""

    name: str
    certificates: str
    """Where certificates are issued."""
    log: str = ""
    """Where entries of the transparency log are made; empty where there is none."""
    log_version: int = 1
    timestamps: str = ""
    """Where the time is signed; empty where the log tells it."""


@dataclass(frozen=True, kw_only=True)
class TrustConfig:
    """One's own instance: where to sign, and the trusted root that names it."""

    instance: Instance
    trusted_root: bytes


PUBLIC = Instance(
    name="Sigstore",
    certificates="https://fulcio.sigstore.dev/api/v2/signingCert",
    log="https://rekor.sigstore.dev/api/v1/log/entries",
)
"""The public instance, whose logs are open to everybody and for good."""


def has_service(server: str) -> bool:
    """Whether GitHub keeps attestations there: on github.com and ghe.com, not on a server of one's
    own.
    """
    host = urlsplit(server).hostname or ""
    return server == _DOTCOM or host.endswith(".ghe.com")


def of_github(server: str) -> Instance:
    """GitHub's own instance: no public log; a timestamp says when."""
    host = "githubapp.com" if server == _DOTCOM else str(urlsplit(server).hostname)
    return Instance(
        name="GitHub",
        certificates=f"https://fulcio.{host}/api/v2/signingCert",
        timestamps=f"https://timestamp.{host}/api/v1/timestamp",
    )


def of_repository(server: str, visibility: str) -> Instance:
    """The instance for a repository: the public one only where everybody may read its name."""
    return PUBLIC if server == _DOTCOM and visibility == "public" else of_github(server)


def configured(raw: bytes) -> TrustConfig:
    """One's own instance from a trust configuration in JSON, as sigstore-python reads it. Raises
    Refused.
    """
    found = document.read(raw, "the trust configuration")
    kind = document.text(found, "mediaType")
    need(kind == _CONFIG, f"the trust configuration is of the kind {kind[:80]!r}, not {_CONFIG}")
    signing = found.member("signingConfig")
    certificates = _address(signing, "caUrls", 1, "/api/v2/signingCert")
    need(certificates, "the trust configuration names no authority for certificates")
    logs = {
        version: _address(signing, "rekorTlogUrls", version, path)
        for version, path in _LOG_PATHS.items()
    }
    version = next((version for version, log in logs.items() if log), 1)
    instance = Instance(
        name="the configured Sigstore",
        certificates=certificates,
        log=logs[version],
        log_version=version,
        timestamps=_address(signing, "tsaUrls", 1, ""),
    )
    root = json.dumps(found.member("trustedRoot").value).encode()
    return TrustConfig(instance=instance, trusted_root=root)


def _address(signing: Node, name: str, version: int, path: str) -> str:
    """Where the first service of this version is; empty where there is none."""
    for service in signing.items(name, most=16):
        if document.number(service, "majorApiVersion") == version:
            found = service.member("url").text
            parts = urlsplit(found)
            need(
                parts.scheme in {"https", "http"} and parts.hostname,
                f"{found[:80]!r} is no address",
            )
            return f"{found.rstrip('/')}{path}"
    return ""
