"""All ports at once, each a working fake; a test replaces what it is about."""

from dataclasses import replace
from typing import Any

from ghcr_action.ports import Ports
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.git import FakeGit
from tests.fakes.github import FakeGitHub
from tests.fakes.progress import FakeProgress
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.fakes.sigstore.ports import FakeAttestationStore, FakeSigstore, FakeTrustRoots
from tests.fakes.workspace import FakeWorkspace


def make(**replaced: Any) -> Ports:
    workspace, registry = FakeWorkspace(), replaced.get("registry") or FakeRegistry()
    ports = Ports(
        engine=FakeEngine(registry),
        registry=registry,
        anonymous=FakeRegistry(),
        github=FakeGitHub(),
        sigstore=FakeSigstore(),
        trust_roots=FakeTrustRoots(),
        attestations=FakeAttestationStore(),
        git=FakeGit(),
        runner=FakeRunner(),
        clock=FakeClock(),
        progress=FakeProgress(),
        workspace=workspace,
        environ={},
    )
    return replace(ports, **replaced)
