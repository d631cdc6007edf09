"""The inputs about signed attestations: what is signed, and what must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event

if TYPE_CHECKING:
    from ghcr_action.attestation.expected import Expected, Signer

_AUTO = "auto"
TOKEN_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_EXAMPLE = "require-attestation: OWNER/REPO/.github/workflows/publish.yml"


@dataclass(frozen=True, kw_only=True)
class AttestRequest:
    """Whether what is published is signed, and where the proof goes."""

    attest: bool | None = None
    """None: where the job may."""
    in_registry: bool = False
    config: str = ""
    """Path of a trust configuration in the workspace, for a Sigstore of one's own."""
    may_ask: bool = False
    """Whether the runner gives this job tokens that say who it is."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """Who must have signed an image that exists; nobody where no signer is named."""

    expected: Expected | None = None
    config: str = ""
    key: str = ""
    """A public key of cosign's in PEM, or the path of one; empty where none is named."""


def request(reader: Reader, environ: Mapping[str, str]) -> AttestRequest:
    """``attest``, ``attest-registry`` and ``sigstore-config``; problems stay with the reader."""
    text = reader.text("attest")
    return AttestRequest(
        attest=reader.part(None, lambda: _boolean(text)) if text != _AUTO else None,
        in_registry=reader.boolean("attest-registry"),
        config=reader.text("sigstore-config"),
        may_ask=bool(environ.get(TOKEN_URL)),
    )


def required(reader: Reader, event: Event, *, has_key: bool = False) -> Requirement:
    """``require-attestation`` and ``sigstore-config``, and ``cosign-key`` where a mode has it;
    problems stay with the reader."""
    lines = reader.items("require-attestation")
    nobody: tuple[Signer, ...] = ()
    signers = reader.part(nobody, lambda: _signers(lines)) if lines else nobody
    return Requirement(
        expected=_expected(signers, event) if signers else None,
        config=reader.text("sigstore-config"),
        key=reader.text("cosign-key") if has_key else "",
    )


def _boolean(text: str) -> bool:
    try:
        return lists.boolean(text)
    except InvalidValue as cause:
        raise SettingsError(
            f"`attest` is {text!r}", why="it can be `auto`, `true`, `false`", fix="attest: auto"
        ) from cause


def _expected(signers: tuple[Signer, ...], event: Event) -> Expected:
    from ghcr_action.attestation.expected import Expected

    return Expected(signers=signers, server=event.server_url)


def _signers(lines: tuple[str, ...]) -> tuple[Signer, ...]:
    from ghcr_action.attestation.expected import Signer

    problems, found = [], []
    for line in lines:
        try:
            found.append(Signer.parse(line))
        except InvalidValue as cause:
            problems.append(f"`require-attestation`: {cause}")
    if problems:
        raise SettingsError("\n".join(problems), fix=_EXAMPLE)
    return tuple(dict.fromkeys(found))
