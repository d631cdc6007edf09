"""What the tests of images on every registry share: the registries, and the action as a process
beside the action as an image."""

import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.images import transfer
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Repository, Tag
from tests.e2e import protocol
from tests.e2e.judges import Judges
from tests.fakes.layout import MemoryLayout
from tests.testbed import ROOT, Testbed

REGISTRIES = ["open", "password", "token", "tls", "ghcr"]
"""Names of the registries: four of the testbed, and the stand-in for GitHub's."""


class Done(Protocol):
    """A step that has ended."""

    @property
    def exit_code(self) -> int: ...
    @property
    def raw_log(self) -> str: ...
    @property
    def outputs(self) -> Mapping[str, str]: ...
    @property
    def summary(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Ended:
    exit_code: int
    raw_log: str
    outputs: Mapping[str, str]
    summary: str


class Process:
    """The action as a process on this machine."""

    def __init__(self, directory: Path, testbed: Testbed, *, token: str, api_url: str) -> None:
        self.workspace, self.temp = directory / "workspace", directory / "temp"
        self._testbed, self._token, self._api_url = testbed, token, api_url
        self._output, self._summary = directory / "output", directory / "summary"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()

    def run(self, inputs: Mapping[str, str], **environment: str) -> Done:
        environ = self.environ(inputs, **environment)
        done = subprocess.run(
            [sys.executable, ROOT / "entrypoint.py"],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(
            exit_code=done.returncode,
            raw_log=done.stdout + done.stderr,
            outputs=protocol.file_command(self._output.read_text()),
            summary=self._summary.read_text(),
        )

    def environ(self, inputs: Mapping[str, str], **environment: str) -> dict[str, str]:
        """What a step is started with; what an earlier one has told is forgotten."""
        self._output.write_text("")
        self._summary.write_text("")
        named = {
            f"INPUT_{name.upper()}": value
            for name, value in {"github-token": self._token, **inputs}.items()
        }
        return {**self._testbed.env, **named, **self._context(), **environment}

    def _context(self) -> Mapping[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "octo/hello",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": "0" * 40,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_API_URL": self._api_url,
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_STEP_SUMMARY": str(self._summary),
            "GITHUB_STATE": str(self.temp / "state"),
            "GITHUB_ENV": str(self.temp / "env"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
        }


@dataclass(frozen=True, kw_only=True)
class Place:
    """A registry, and how to log in to it."""

    host: str
    registry: HttpRegistry
    inputs: Mapping[str, str]

    def repository(self, owner: str = "octo") -> Repository:
        """One that no other test uses."""
        return Repository(self.host, f"{owner}/hello-{uuid.uuid4().hex[:8]}")

    def hold(
        self, root: Manifest | Index, blobs: dict[Digest, bytes], *tags: str, owner: str = "octo"
    ) -> Repository:
        """An image, put there by our own client."""
        repository = self.repository(owner)
        transfer.push(MemoryLayout(root, blobs), root.descriptor, repository, self.registry)
        transfer.tag(self.registry, root, [repository.tag(Tag(tag)) for tag in tags])
        return repository


def agreed(judged: Judges, reference: str, digest: str) -> None:
    """Three clients read this digest, and crane finds everything below it."""
    assert judged.digests(reference) == {"crane": digest, "skopeo": digest, "oras": digest}
    assert judged.validate(reference).startswith("PASS")
