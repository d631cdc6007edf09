"""Whom to trust, by TUF: repositories of our own over HTTP, honest ones and others."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer._crypto_signer import CryptoSigner
from tuf.api._payload import MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.metadata import Metadata

from ghcr_action.adapters import trust_roots
from ghcr_action.adapters.exchange import Exchange
from ghcr_action.adapters.trust_roots import TufRoots
from ghcr_action.attestation import roots
from ghcr_action.errors import Unavailable
from ghcr_action.values.patience import Patience
from tests.fakes.clock import FakeClock
from tests.fakes.http import Asked, Reply, Scripted
from tests.fakes.sigstore.ports import instance

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
TRUSTED = json.dumps(instance().trusted_root()).encode()
ROLES = ("root", "timestamp", "snapshot", "targets")


class Repository:
    """A TUF repository: one key for every role, and files as its server has them."""

    def __init__(self, name: str = "trusted_root.json") -> None:
        self.signer = CryptoSigner.generate_ecdsa()
        self.files: dict[str, bytes] = {}
        self.root = Metadata(Root(expires=LATER))
        for role in ROLES:
            self.root.signed.add_key(self.signer.public_key, role)
        self.root.sign(self.signer)
        self.first = self.root.to_bytes()
        self.publish(TRUSTED, name)

    def publish(self, content: bytes, name: str = "trusted_root.json", version: int = 1) -> None:
        target = TargetFile.from_data(name, content)
        digest = target.hashes["sha256"]
        self.files[f"targets/{digest}.{name}"] = content
        targets = Targets(version=version, expires=LATER, targets={name: target})
        self.put(f"{version}.targets.json", targets)
        snapshot = Snapshot(version=version, expires=LATER)
        snapshot.meta = {"targets.json": MetaFile(version)}
        self.put(f"{version}.snapshot.json", snapshot)
        timestamp = Timestamp(version=version, expires=LATER, snapshot_meta=MetaFile(version))
        self.put("timestamp.json", timestamp)

    def put(self, path: str, content: Any) -> None:
        signed: Metadata[Any] = Metadata(content)
        signed.sign(self.signer)
        self.files[path] = signed.to_bytes()

    def rotate(self) -> None:
        """Another key for everything; the next root is signed by both."""
        before, self.signer = self.signer, CryptoSigner.generate_ecdsa()
        self.root.signed.version += 1
        for role in ROLES:
            self.root.signed.revoke_key(before.public_key.keyid, role)
            self.root.signed.add_key(self.signer.public_key, role)
        self.root.sign(before)
        self.root.sign(self.signer, append=True)
        self.files["2.root.json"] = self.root.to_bytes()
        self.publish(TRUSTED)


class Stand:
    """Both repositories over HTTP."""

    def __init__(self, directory: Path) -> None:
        self.held = {"sigstore": Repository(), "github": Repository()}
        self.directory = directory
        self.clock = FakeClock()

    def answer(self, asked: Asked) -> Reply:
        _, name, path = asked.path.split("/", 2)
        content = self.held[name].files.get(path)
        return Reply(body=content) if content else Reply(status=404)

    def roots(self, host: str, *, tenant: str = "") -> TufRoots:
        exchange = Exchange(self.clock, user_agent="tests", policy=Patience(retries=0))
        bootstrap = {name: held.first for name, held in self.held.items()}
        addresses = {name: f"http://{host}/{name}" for name in self.held}
        return TufRoots(
            exchange, self.directory, tenant=tenant, repositories=addresses, bootstrap=bootstrap
        )


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


@pytest.fixture
def server(stand: Stand) -> Iterator[Scripted]:
    with Scripted(stand.answer).running() as found:
        yield found


def test_roots__known_ones_can_be_read() -> None:
    exchange = Exchange(FakeClock(), user_agent="tests")
    (known,) = TufRoots(exchange, Path("/nowhere")).known()

    found = roots.parse(known)
    assert found.logs
    assert found.certificate_logs


@pytest.mark.parametrize("name", trust_roots.REPOSITORIES)
def test_roots__the_first_of_each_repository_is_signed_by_itself(name: str) -> None:
    first: Metadata[Root] = Metadata.from_bytes(trust_roots.bootstrap(name))

    first.verify_delegate("root", first)


def test_roots__are_read_from_both_repositories(stand: Stand, server: Scripted) -> None:
    assert stand.roots(server.host).fresh() == (TRUSTED, TRUSTED)


def test_roots__of_a_tenant_are_its_own(stand: Stand, server: Scripted) -> None:
    stand.held["github"] = Repository("octo.trusted_root.json")

    assert stand.roots(server.host, tenant="octo").fresh() == (TRUSTED, TRUSTED)


def test_roots__follow_a_change_of_keys_and_of_content(stand: Stand, server: Scripted) -> None:
    stand.held["sigstore"].rotate()
    stand.held["sigstore"].publish(b"newer", version=2)

    assert stand.roots(server.host).fresh()[0] == b"newer"


def test_roots__that_can_not_be_reached_leave_the_known_one(stand: Stand, server: Scripted) -> None:
    stand.held["sigstore"].files.clear()

    found = stand.roots(server.host)
    assert found.fresh() == (*found.known(), TRUSTED)


@pytest.mark.parametrize("fault", ["signed by nobody", "another content", "gone", "no target"])
def test_roots__of_a_repository_that_lies_are_refused(
    stand: Stand, server: Scripted, fault: str
) -> None:
    for held in stand.held.values():
        if fault == "signed by nobody":
            held.signer = CryptoSigner.generate_ecdsa()
            held.publish(b"evil", version=2)
        elif fault == "another content":
            held.files |= {path: b"x" * len(TRUSTED) for path in held.files if "targets/" in path}
        elif fault == "gone":
            held.files.clear()
        else:
            held.publish(TRUSTED, "another.json", version=2)

    with pytest.raises(Unavailable, match="whom sigstore trusts"):
        stand.roots(server.host).fresh()


def test_roots__need_somebody_who_answers(stand: Stand) -> None:
    with pytest.raises(Unavailable) as failed:
        stand.roots("127.0.0.1:9").fresh()

    assert "onnection refused" in failed.value.why
