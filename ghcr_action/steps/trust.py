"""Judges bundles for one run: by the roots that came with this version, and by those of today
where somebody unknown has signed."""

from __future__ import annotations

from ghcr_action.attestation import roots, verified
from ghcr_action.attestation.instances import TrustConfig, configured
from ghcr_action.attestation.refused import Refused, UnknownAuthority
from ghcr_action.attestation.roots import TrustedRoot
from ghcr_action.attestation.verified import Verified
from ghcr_action.errors import ContentInvalid, SettingsError
from ghcr_action.ports import Ports


class Judge:
    """Verifies bundles. ``trusted_root`` is one's own; ``is_fresh`` asks for today's at once."""

    def __init__(self, ports: Ports, trusted_root: bytes = b"", *, is_fresh: bool = False) -> None:
        self._ports = ports
        self._may_refresh = not trusted_root
        self._roots: tuple[TrustedRoot, ...] = ()
        if trusted_root:
            self._roots = _parsed((trusted_root,))
        elif is_fresh:
            self._refresh()
        else:
            self._roots = _parsed(ports.trust_roots.known())

    def verify(self, raw: bytes) -> Verified:
        """The bundle, once it holds. Raises Refused, and Unavailable where whom to trust can't be
        read."""
        try:
            return verified.verify(raw, self._roots)
        except UnknownAuthority:
            if not self._may_refresh:
                raise
        self._refresh()
        return verified.verify(raw, self._roots)

    def _refresh(self) -> None:
        self._may_refresh = False
        self._roots = _parsed(self._ports.trust_roots.fresh())


def read_config(path: str, ports: Ports) -> TrustConfig | None:
    """The trust configuration in the workspace; None where none is named. Raises SettingsError."""
    if not path:
        return None
    from pathlib import PurePosixPath

    raw = ports.workspace.read(PurePosixPath(path)) if ports.workspace.contains(path) else None
    if raw is None:
        raise SettingsError(
            f"`sigstore-config`: {path} is not there", why="it is a file of the workspace"
        )
    try:
        return configured(raw)
    except Refused as cause:
        raise SettingsError(f"`sigstore-config`: {cause.reason}") from cause


def _parsed(documents: tuple[bytes, ...]) -> tuple[TrustedRoot, ...]:
    try:
        return tuple(map(roots.parse, documents))
    except Refused as cause:
        raise ContentInvalid("Could not read whom to trust", why=cause.reason) from cause
