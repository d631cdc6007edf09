"""Whether and with which services a run signs what it publishes, and what came of it.

The public instance writes names for good where everybody can read them; so it signs for a public
repository alone, and one whose visibility nobody knows is not taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ghcr_action.attestation import instances
from ghcr_action.attestation.instances import Instance, TrustConfig
from ghcr_action.errors import AccessDenied, SettingsError
from ghcr_action.settings.attest import AttestRequest
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Digest

_PERMISSIONS = ("id-token: write", "attestations: write")
PERMISSIONS = "\n".join(("permissions:", *(f"  {each}" for each in _PERMISSIONS)))
_DOCS = "docs/attestations.md"


@dataclass(frozen=True, kw_only=True)
class Attesting:
    """What a run will sign with, before it writes any name."""

    instance: Instance
    trusted_root: bytes = field(default=b"", repr=False)
    """Whom to trust for an instance of one's own; empty where that is published."""
    in_api: bool = True
    """Whether GitHub keeps it."""
    in_registry: bool = False
    is_required: bool = False
    """Whether the run ends where it can't be signed; else it goes on with a warning."""
    records: bool = False
    """Whether the owner is an organization, which may want to know where images are stored."""
    server: str = ""
    repository: str = ""
    """``owner/name``: whose run this is."""

    @property
    def where(self) -> str:
        """Where the proof will be kept, in words."""
        places = (
            "GitHub's store" if self.in_api else "",
            "the registry" if self.in_registry else "",
        )
        return " and ".join(filter(None, places))


@dataclass(frozen=True, kw_only=True)
class Unattested:
    """Why nothing is signed, and the line of a workflow that changes it."""

    why: str
    fix: str = ""
    is_expected: bool = False
    """Whether nobody expects a signature here, so that its absence is not worth a line."""


@dataclass(frozen=True, kw_only=True)
class Attested:
    """What was signed and verified, of one image."""

    digest: Digest
    signer: str = ""
    """The workflow that signed, as its certificate names it."""
    is_public: bool = False
    """Whether it stands in a public log."""
    ids: tuple[str, ...] = ()
    url: str = ""
    """GitHub's page of it."""
    bundle: str = ""
    """Path of the bundle."""
    places: tuple[str, ...] = ()
    """Where it is kept."""
    problem: str = ""
    """Why there is none, where none was required."""


def make(
    request: AttestRequest, event: Event, config: TrustConfig | None, *, by_digest: bool = False
) -> Attesting | Unattested:
    """The plan; ``by_digest`` where another job merges what is pushed here.

    Raises AccessDenied or SettingsError where signing is required and can't be.
    """
    found = _why_not(request, event, config, by_digest=by_digest)
    if found is None:
        has_service = instances.has_service(event.server_url)
        return Attesting(
            instance=config.instance
            if config
            else instances.of_repository(event.server_url, event.visibility),
            trusted_root=config.trusted_root if config else b"",
            in_api=has_service,
            in_registry=request.in_registry,
            is_required=request.attest is True,
            records=has_service and event.owner_type == "Organization",
            server=event.server_url,
            repository=event.repository,
        )
    if request.attest:
        kind = SettingsError if "sigstore-config" in found.fix else AccessDenied
        raise kind(
            "`attest: true`, and the image can't be signed",
            why=found.why,
            fix=found.fix,
            docs=_DOCS,
            code="ATTEST",
        )
    return found


def _why_not(
    request: AttestRequest, event: Event, config: TrustConfig | None, *, by_digest: bool
) -> Unattested | None:
    if request.attest is False:
        return Unattested(why="the input says `attest: false`")
    if by_digest and request.attest is None:
        return Unattested(why="the job that merges the digests signs")
    return _no_place(request, event, config) or _no_identity(request, event)


def _no_place(
    request: AttestRequest, event: Event, config: TrustConfig | None
) -> Unattested | None:
    """Where the bundle would be kept."""
    if not config and not instances.has_service(event.server_url):
        return Unattested(
            why=f"{event.server_host} keeps no attestations",
            fix="sigstore-config: sigstore.json\nattest-registry: true",
        )
    if config and not instances.has_service(event.server_url) and not request.in_registry:
        return Unattested(
            why=f"{event.server_host} keeps no attestations, and the registry is not asked to",
            fix="attest-registry: true  # beside sigstore-config",
        )
    return None


def _no_identity(request: AttestRequest, event: Event) -> Unattested | None:
    """Who would sign."""
    if request.may_ask:
        return None
    if event.is_local:
        fix = "Leave out --attest, or publish in a job of a workflow."
        return Unattested(why="only a job of a workflow can sign", fix=fix, is_expected=True)
    return Unattested(why="the job has no token that says who it is", fix=PERMISSIONS)


def lines(plan: Attesting | Unattested) -> tuple[str, ...]:
    """The plan in one line, with the YAML that would change it; none where nobody expects one."""
    if isinstance(plan, Attesting):
        return (f"Attest: signed by {plan.instance.name}, kept in {plan.where}, before any tag.",)
    if plan.is_expected:
        return ()
    yaml = ", ".join(each.strip() for each in plan.fix.splitlines()[1:])
    mended = f"; to sign: permissions: {{{yaml}}}" if plan.fix == PERMISSIONS else ""
    return (f"Attest: no, {plan.why}{mended}.",)
