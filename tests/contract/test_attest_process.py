"""`mode: merge` that signs, as a process of its own against registry, Sigstore and GitHub over HTTP:
it works, and killed at any step, or with a service that fails there, it leaves no tag."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghcr_action.attestation import roots, statements, verified
from ghcr_action.images import transfer
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository
from tests.contract.http_registry import stand
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Asked, Reply, Scripted
from tests.fakes.layout import MemoryLayout
from tests.fakes.sigstore.ports import instance, trust_config
from tests.fakes.sigstore.services import (
    BEARER,
    FULCIO,
    REKOR_1,
    TIMESTAMPS,
    TOKEN,
    Services,
)
from tests.testbed import ROOT

NAME = "octo/app"
STORE = f"/repos/{NAME}/attestations"
REFERRER = "a blob of the bundle"
STEPS = (TOKEN, FULCIO, REKOR_1, TIMESTAMPS, STORE, REFERRER)
EVENT = {
    "repository": {
        "full_name": NAME,
        "name": "app",
        "html_url": f"https://github.com/{NAME}",
        "description": "An app",
        "license": None,
        "default_branch": "main",
        "visibility": "public",
        "owner": {"type": "User"},
    }
}


class Run:
    """A job of a matrix has pushed; this one merges and signs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.services = Services(instance())
        self.ghcr = Ghcr(login="open")
        self.stopped_at = ""
        self.reached = threading.Event()
        self.services_server = Scripted(self.serve)
        self.registry_server = Scripted(self.hold)
        self.services.host = f"http://{self.services_server.host}"
        self.digests: list[Digest] = []

    def serve(self, asked: Asked) -> Reply:
        return self._stop(asked.path) or self.services.answer(asked)

    def hold(self, asked: Asked) -> Reply:
        is_bundle = asked.method in ("PUT", "PATCH") and b"verificationMaterial" in asked.body
        return (self._stop(REFERRER) if is_bundle else None) or self.ghcr.answer(asked)

    def _stop(self, path: str) -> Reply | None:
        """Tell the test that this step is reached, and give no answer."""
        if path != self.stopped_at:
            return None
        self.reached.set()
        return Reply(hangs=True)

    def push(self) -> None:
        repository = Repository(self.registry_server.host, NAME)
        for name in ("amd64", "arm64"):
            root, blobs = image([Platform("linux", name)])
            with stand(ghcr=self.ghcr) as other:
                there = Repository(other.server.host, NAME)
                layout = MemoryLayout(root, blobs)
                transfer.push(layout, root.descriptor, there, other.registry)
            self.digests.append(root.descriptor.digest)
        assert repository

    def start(self, attest: str = "true") -> "subprocess.Popen[bytes]":
        made = self.services.instance
        signing = made.signing_config(self.services.host, log=1, has_timestamps=True)
        (self.directory / "sigstore.json").write_bytes(trust_config(made, signing))
        (self.directory / "event.json").write_text(json.dumps(EVENT))
        (self.directory / "output").touch()
        given = {
            "mode": "merge",
            "digests": "\n".join(map(str, self.digests)),
            "images": f"{self.registry_server.host}/{NAME}",
            "tags": "type=raw,value=1",
            "github-token": "any-token",
            "push-retries": "0",
            "attest": attest,
            "attest-registry": "true",
            "sigstore-config": "sigstore.json",
        }
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.directory),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.directory),
            "GITHUB_OUTPUT": str(self.directory / "output"),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(self.directory / "event.json"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": "a" * 40,
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_API_URL": self.services.host,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.services.host}{TOKEN}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        }
        return subprocess.Popen(
            [sys.executable, str(ROOT / "entrypoint.py")],
            env=environ,
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    @property
    def tags(self) -> list[str]:
        """Names of the image; those of what refers to a digest are none."""
        return [tag for tag in self.ghcr.repositories[NAME].tags if not tag.startswith("sha256-")]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    found = Run(tmp_path)
    found.push()
    with found.services_server.running(), found.registry_server.running():
        yield found


def test_process__signs_stores_and_tags(run: Run) -> None:
    process = run.start()
    told, _ = process.communicate(timeout=60)

    assert process.returncode == 0, told.decode()
    assert run.tags == ["1"]
    digest = Digest.parse(run.ghcr.repositories[NAME].tags["1"])
    (bundle,) = run.services.stored[str(digest)]
    trusted = roots.parse(json.dumps(run.services.instance.trusted_root()).encode())
    for each in (digest, *run.digests):
        found = verified.verify(bundle, [trusted])
        verified.check(found, each, predicate_type=statements.PROVENANCE)
        assert f"sha256-{each.encoded}" in run.ghcr.repositories[NAME].tags
    outputs = (run.directory / "output").read_text()
    assert "/octo/app/attestations/" in outputs
    assert BEARER not in told.decode().replace(f"::add-mask::{BEARER}", "")


@pytest.mark.parametrize("step", STEPS)
def test_process__killed_at_any_step_leaves_no_tag(run: Run, step: str) -> None:
    run.stopped_at = step
    process = run.start()

    assert run.reached.wait(timeout=60)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    assert run.tags == []


@pytest.mark.parametrize("step", STEPS[:-1])
def test_process__with_a_service_that_refuses_at_any_step_leaves_no_tag(
    run: Run, step: str
) -> None:
    headers = {"Content-Type": "application/json"}
    run.services.faults[step] = Reply(status=400, headers=headers, body=b'{"message": "no"}')
    process = run.start()
    told, _ = process.communicate(timeout=60)

    assert process.returncode != 0, told.decode()
    assert "::error" in told.decode()
    assert run.tags == []


@pytest.mark.parametrize("step", STEPS[:-1])
def test_process__auto_with_a_service_that_refuses_tags_with_one_warning(
    run: Run, step: str
) -> None:
    headers = {"Content-Type": "application/json"}
    run.services.faults[step] = Reply(status=400, headers=headers, body=b'{"message": "no"}')
    process = run.start(attest="auto")
    told, _ = process.communicate(timeout=60)

    assert process.returncode == 0, told.decode()
    warnings = [line for line in told.decode().splitlines() if line.startswith("::warning")]
    assert [each for each in warnings if "not attested" in each]
    assert run.tags == ["1"]
