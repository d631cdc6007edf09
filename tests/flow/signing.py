"""A world in which jobs sign: what the tests of signing and of refusing share."""

import json
from typing import Any

from ghcr_action.attestation import roots, statements, verified
from ghcr_action.attestation.verified import Verified
from ghcr_action.modes import merge, publish
from ghcr_action.plans.merge import Outcome as MergeOutcome
from ghcr_action.plans.publish import Outcome
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.attest import TOKEN_URL
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from tests.fakes import ports as fakes
from tests.fakes.engine import FakeEngine
from tests.fakes.events import push_event
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.fakes.sigstore.instance import Instance
from tests.fakes.sigstore.ports import (
    FakeAttestationStore,
    FakeSigstore,
    FakeTrustRoots,
    instance,
    trust_config,
)
from tests.fakes.sigstore.services import Services
from tests.fakes.workspace import FakeWorkspace
from tests.flow import existing

APP = Repository("ghcr.io", "octo/app")
MAIN = Reference.parse(f"{APP}:main")
PUBLIC = push_event(visibility="public")
PRIVATE = push_event(visibility="private")
ASKED = {TOKEN_URL: "http://127.0.0.1:1/oidc/token?api-version=2.0"}
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
GITHUBS = ("GitHub, Inc.", (), False)


class World(existing.World):
    """A work tree, an engine, registries, Sigstore, GitHub's store, and what a run did to them."""

    def __init__(
        self, made: Instance | None = None, *, claims: dict[str, str] | None = None
    ) -> None:
        self.instance = made or instance()
        self.workspace = FakeWorkspace(
            {"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"}
        )
        self.registry = FakeRegistry()
        self.engine = FakeEngine(self.registry)
        self.runner = FakeRunner()
        self.sigstore = FakeSigstore(Services(self.instance, claims))
        self.store = FakeAttestationStore()
        self.trust = FakeTrustRoots.of(self.instance)
        self.ports: Ports = fakes.make(
            workspace=self.workspace,
            engine=self.engine,
            registry=self.registry,
            runner=self.runner,
            sigstore=self.sigstore,
            attestations=self.store,
            trust_roots=self.trust,
        )

    def configure(self, *, log: int, timestamps: bool) -> str:
        """A trust configuration in the work tree; its path."""
        signing = self.instance.signing_config(
            "http://127.0.0.1:1", log=log, has_timestamps=timestamps
        )
        self.workspace.files["sigstore.json"] = trust_config(self.instance, signing)
        return "sigstore.json"

    def publish(
        self, event: Event = PUBLIC, environ: dict[str, str] | None = None, **given: str
    ) -> Outcome:
        settings = parsed("publish", event, ASKED if environ is None else environ, **given)
        return publish.run(settings, self.ports)

    def merge(self, *parts: Platform | Digest, event: Event = PUBLIC, **given: str) -> MergeOutcome:
        digests = [
            str(each if isinstance(each, Digest) else self.hold(f"{APP}@", each).descriptor.digest)
            for each in parts
        ]
        settings = parsed("merge", event, ASKED, digests="\n".join(digests), **given)
        outcome = merge.run(settings, self.ports)
        assert outcome is not None
        return outcome

    def digest_of(self, reference: Reference) -> Digest | None:
        found = self.registry.head(reference)
        return found.digest if found else None

    def tags(self) -> list[str]:
        return [str(tag) for tag in self.registry.tags(APP) or ()]

    def hanging(self, subject: Digest) -> list[Manifest]:
        """Referrers of a digest that hold a bundle."""
        listed = self.registry.referrers(APP, subject)
        found = [self.registry.manifest(APP.at(each.digest)) for each in listed]
        return [
            each for each in found if isinstance(each, Manifest) and each.artifact_type == BUNDLE
        ]

    def bundle_of(self, found: Manifest) -> bytes:
        return self.registry.repositories[APP].blobs[found.layers[0].digest]

    def judge(self, raw: bytes, digest: Digest, kind: str = statements.PROVENANCE) -> Verified:
        root = roots.parse(json.dumps(self.instance.trusted_root()).encode())
        found = verified.verify(raw, [root])
        verified.check(found, digest, predicate_type=kind)
        return found


def parsed(mode: str, event: Event, environ: dict[str, str] | None = None, **given: str) -> Any:
    texts = {"mode": mode, "github-token": "t0ken"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    return parse.settings(texts, environ or {}, event)[0]
