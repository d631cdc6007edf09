"""What is signed holds wherever it is kept: every form of an instance, each store, signed, kept and
found by the adapters over HTTP, and taken by verifiers that share no code with ours."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ghcr_action.adapters.exchange import Exchange
from ghcr_action.adapters.github_attestations import GitHubAttestations
from ghcr_action.adapters.github_requests import GitHubRequests
from ghcr_action.adapters.sigstore import HttpSigstore
from ghcr_action.attestation import instances
from ghcr_action.attestation.found import Found
from ghcr_action.errors import PolicyRefused
from ghcr_action.images import transfer, tree
from ghcr_action.plans.attest import Attested, Attesting
from ghcr_action.ports import Ports
from ghcr_action.steps import attest, require
from ghcr_action.values.patience import Patience
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import NAME, stand
from tests.contract.test_attestation_judges import (
    FORMS,
    IDENTITY,
    by_sigstore_python,
    gh,
    required,
    trusting,
)
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Scripted
from tests.fakes.layout import MemoryLayout
from tests.fakes.sigstore.instance import Instance
from tests.fakes.sigstore.ports import FakeTrustRoots, instance, trust_config
from tests.fakes.sigstore.services import BEARER, TOKEN, Services
from tests.testbed import Testbed

pytestmark = pytest.mark.e2e
GITHUB, TAGS, REFERRERS = "GitHub's store", "fallback tags", "referrers API"
STORES = (GITHUB, TAGS, REFERRERS)
IMAGE, BLOBS = image([Platform("linux", "amd64"), Platform("linux", "arm64")])
SUBJECTS = (IMAGE.descriptor.digest, *(each.digest for each in IMAGE.manifests))  # type: ignore[union-attr]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that has pushed an image by digest, the services it signs with, the store it keeps the
    proof in."""

    made: Instance
    services: Services
    ghcr: Ghcr
    ports: Ports
    plan: Attesting
    repository: Repository
    directory: Path

    def sign(self) -> Attested:
        pushed = tree.read(MemoryLayout(IMAGE, BLOBS).manifest, self.repository, IMAGE.descriptor)
        (found,) = attest.attest([attest.of_tree(pushed, [self.repository])], self.plan, self.ports)
        return found

    def found(self, digest: Digest, by: str = "octo/app") -> Found | None:
        return require.check(self.repository.at(digest), required(by), self.ports)

    def root(self) -> Path:
        return self._write("root.json", json.dumps(self.made.trusted_root()).encode())

    def lines(self) -> Path:
        return self._write("root.jsonl", json.dumps(self.made.trusted_root()).encode() + b"\n")

    def kept(self, digest: Digest) -> Path:
        """The bundle as GitHub's store gives it."""
        (raw,) = self.ports.attestations.bundles("octo/app", digest)
        return self._write("bundle.json", raw)

    def _write(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def job(opened: ExitStack, directory: Path, form: str, store: str) -> Job:
    made_as, how = FORMS[form]
    made = instance(*made_as)
    services, clock = Services(made), FakeClock()
    server = opened.enter_context(Scripted(services.answer).running())
    services.host = f"http://{server.host}"
    ghcr = Ghcr(login="open", has_referrers=store == REFERRERS)
    there = opened.enter_context(stand(None, ghcr=ghcr))
    exchange = Exchange(clock, user_agent="tests", policy=Patience(retries=0), patience=5)
    opened.callback(exchange.close)
    asked = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{services.host}{TOKEN}?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
    }
    github = GitHubRequests(services.host, Secret("t0ken"), clock=clock)
    transfer.push(MemoryLayout(IMAGE, BLOBS), IMAGE.descriptor, there.repository, there.registry)
    signing = made.signing_config(
        services.host, log=how["log"], has_timestamps=how.get("timestamps", False)
    )
    config = instances.configured(trust_config(made, signing))
    return Job(
        made=made,
        services=services,
        ghcr=ghcr,
        ports=replace(
            fakes.make(clock=clock, trust_roots=FakeTrustRoots.of(made)),
            registry=there.registry,
            sigstore=HttpSigstore(asked, exchange, lambda _: None),
            attestations=GitHubAttestations(github, exchange, "octo/app"),
        ),
        plan=Attesting(
            instance=config.instance,
            trusted_root=config.trusted_root,
            in_api=store == GITHUB,
            in_registry=store != GITHUB,
            is_required=True,
            server="https://github.com",
            repository="octo/app",
        ),
        repository=there.repository,
        directory=directory,
    )


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("form", FORMS)
def test_stores__what_is_signed_is_kept_found_and_taken_by_others(
    testbed: Testbed, opened: ExitStack, tmp_path: Path, form: str, store: str
) -> None:
    signer = job(opened, tmp_path, form, store)

    signed = signer.sign()

    assert (signed.problem, signed.signer) == ("", IDENTITY)
    tags = signer.ghcr.repositories[NAME].tags
    by_tag = {f"sha256-{digest.encoded}" for digest in SUBJECTS} if store == TAGS else set()
    assert set(tags) == by_tag
    for digest in SUBJECTS:
        found = signer.found(digest)
        assert found
        assert (found.signer, found.place) == (
            IDENTITY,
            "GitHub's store" if store == GITHUB else "the registry",
        )
        _taken_by_others(testbed, signer, digest, form, store)
    with pytest.raises(PolicyRefused, match="not of evil/app"):
        signer.found(SUBJECTS[0], "evil/app")


def _taken_by_others(testbed: Testbed, signer: Job, digest: Digest, form: str, store: str) -> None:
    """gh reads both places; sigstore-python takes a bundle with a log, cosign looks in
    registries."""
    name = str(signer.repository.at(digest))
    if store == GITHUB:
        bundle = signer.kept(digest)
        if form != "timestamp alone":
            assert by_sigstore_python(signer.root(), bundle.read_bytes())
        artifact = signer.directory / "manifest"
        artifact.write_bytes(signer.ghcr.repositories[NAME].manifests[str(digest)][1])
        done = gh(signer.directory, str(artifact), "--bundle", bundle, signer.lines())
        assert done.returncode == 0, done.stderr
        return
    done = gh(signer.directory, f"oci://{name}", "--bundle-from-oci", signer.lines())
    assert done.returncode == 0, done.stderr
    kind = ("--type", "slsaprovenance1")
    testbed.run("cosign", "verify-attestation", *trusting(signer.made, signer.root()), *kind, name)
