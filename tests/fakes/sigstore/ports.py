"""The three ports of attestations as fakes in memory, on an instance of our own."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from ghcr_action.attestation import instances
from ghcr_action.attestation import services as bodies
from ghcr_action.attestation.instances import Instance as Addresses
from ghcr_action.errors import AccessDenied, ActionError, Unavailable
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.secret import Secret
from tests.fakes.sigstore.instance import Instance
from tests.fakes.sigstore.services import BEARER, Services, ask

HOST = "http://127.0.0.1:1"


@cache
def instance(
    organisation: str = "sigstore.dev",
    logs: tuple[int, ...] = (1,),
    has_certificate_log: bool = True,
) -> Instance:
    """One instance for many tests: making its keys takes a while."""
    return Instance(organisation=organisation, logs=logs, has_certificate_log=has_certificate_log)


class FakeSigstore:
    """Sigstore for a job that may ask for tokens; ``faults`` are errors by URL."""

    def __init__(self, services: Services | None = None, *, may_ask: bool = True) -> None:
        self._services = services
        self.may_ask = may_ask
        self.faults: dict[str, Exception] = {}
        self.asked: list[str] = []

    @property
    def services(self) -> Services:
        """Made when they are first asked: most runs sign nothing."""
        self._services = self._services or Services(instance())
        return self._services

    def token(self) -> Secret:
        self.asked.append("token")
        if not self.may_ask:
            raise AccessDenied(
                "Could not get a token that says who this job is",
                fix="permissions:\n  id-token: write",
            )
        if fault := self.faults.get("token"):
            raise fault
        headers = {"Authorization": f"Bearer {BEARER}"}
        return Secret(
            bodies.token(
                ask(self.services, "GET", "/oidc/token?audience=sigstore", headers=headers).body
            )
        )

    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    def ask(
        self, url: str, question: Mapping[str, object], purpose: str, bearer: Secret | None = None
    ) -> bytes:
        self.asked.append(url)
        if fault := self.faults.get(url):
            raise fault
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {bearer.reveal()}"} if bearer else {}
        )
        reply = ask(self.services, "POST", url, body=json.dumps(question).encode(), headers=headers)
        if reply.status >= 400:
            kind = AccessDenied if reply.status in (401, 403) else Unavailable
            raise kind(f"Could not {purpose}", why=f"POST {url} gave status {reply.status}")
        return reply.body


@dataclass
class FakeTrustRoots:
    """``old`` came with the version, ``new`` is what would be fetched; None where nothing answers."""

    old: tuple[bytes, ...] = ()
    new: tuple[bytes, ...] | None = None
    fetched: int = 0

    def known(self) -> tuple[bytes, ...]:
        return self.old

    def fresh(self) -> tuple[bytes, ...]:
        self.fetched += 1
        if self.new is None:
            raise Unavailable("Could not read whom sigstore trusts", why="nobody answers")
        return self.new

    @classmethod
    def of(cls, *made: Instance) -> "FakeTrustRoots":
        roots = tuple(json.dumps(each.trusted_root()).encode() for each in made)
        return cls(old=roots, new=roots)


@dataclass
class FakeAttestationStore:
    """GitHub's store; ``fault`` is raised by whatever stores, ``unread`` by whatever reads."""

    held: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    repository: str = "octo/app"
    fault: ActionError | None = None
    unread: ActionError | None = None
    recorded: list[str] = field(default_factory=list)
    may_record: bool = True
    stored: int = 0

    def store(self, bundle: bytes) -> str:
        if self.fault:
            raise self.fault
        from ghcr_action.attestation import bundle as bundles
        from ghcr_action.attestation import statements

        self.stored += 1
        statement = statements.parse(bundles.parse(bundle).envelope.payload)
        for digest in dict.fromkeys(str(each.digest) for each in statement.subjects):
            self.held.setdefault((self.repository.lower(), digest), []).append(bundle)
        return str(self.stored)

    def bundles(self, repository: str, digest: Digest) -> Iterator[bytes]:
        if self.unread:
            raise self.unread
        yield from self.held.get((repository.lower(), str(digest)), [])

    def record(self, stored: Reference) -> bool:
        if self.may_record:
            self.recorded.append(str(stored))
        return self.may_record


def addresses(*, log: int = 1, timestamps: bool = False) -> Addresses:
    """Where the fakes are asked; as the stand-in's signing configuration says."""
    made = Instance.signing_config(instance(), HOST, log=log, has_timestamps=timestamps)
    return instances.configured(trust_config(instance(), made)).instance


def trust_config(made: Instance, signing: Mapping[str, object]) -> bytes:
    kind = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
    return json.dumps(
        {"mediaType": kind, "trustedRoot": made.trusted_root(), "signingConfig": signing}
    ).encode()
