"""A package as GitHub has it: one set of manifests, seen by the real registry program and by the
packages API alike. What is pushed is listed, what is deleted is gone, what is restored is back.

The registry stands behind a front that speaks like ghcr.io; whatever changes the package happens
under one lock, so that no list is older than the push before it.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.adapters.registry.manifests import ACCEPT
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.e2e.ghcr_front import GhcrFront
from tests.fakes import github_api
from tests.fakes.clock import FakeClock
from tests.fakes.github_account import Package
from tests.fakes.github_api import GitHubApi
from tests.fakes.http import Asked, Reply, Scripted

OWNER = "octo"


@dataclass
class JoinedFront(GhcrFront):
    """Tells the package of each manifest that is pushed, before anybody else can ask for it."""

    pushed: Callable[[Asked, str], None] = lambda asked, target: None
    api: GitHubApi = field(default_factory=GitHubApi)

    def _manifest(self, asked: Asked, name: str, target: str) -> Reply:
        if asked.method != "PUT":
            return super()._manifest(asked, name, target)
        with self.api._lock:
            reply = super()._manifest(asked, name, target)
            if reply.status == 201:
                self.pushed(asked, target)
        return reply


class Joined:
    """One package, whose clock says when something was pushed."""

    def __init__(self, name: str, backend: str, front: JoinedFront, api: GitHubApi) -> None:
        self.name, self.api, self.front, self._backend = name, api, front, backend
        self.now = FakeClock.started
        self.package: Package = api.account.add_package(OWNER, name, repository="octo/app")
        self.package.changed = self._changed
        front.pushed, front.api = self._pushed, api
        self.held = dict[str, tuple[str, bytes]]()

    @property
    def judged(self) -> str:
        """The repository as the judges ask for it, past the front."""
        return f"{self._backend}/{OWNER}/{self.name}"

    @property
    def versions(self) -> list[dict[str, Any]]:
        return self.package.versions

    def tags(self) -> dict[str, str]:
        """Every tag and its digest."""
        return {tag: each["name"] for each in self.versions for tag in _tags(each)}

    def ask(self, method: str, target: str, body: bytes = b"", kind: str = "") -> int:
        """Ask the registry program itself; the status."""
        connection = http.client.HTTPConnection(self._backend, timeout=60)
        headers = {"Content-Type": kind} if kind else {"Accept": ACCEPT}
        path = f"/v2/{OWNER}/{self.name}/manifests/{target}"
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def reset(self) -> None:
        """An empty package; its blobs stay."""
        for version in list(self.versions):
            self.ask("DELETE", version["name"])
        self.versions.clear()
        self.package.deleted.clear()
        self.package.downloads.clear()
        self.api.requests.clear()  # a new hour

    def put(
        self, registry: HttpRegistry, document: Manifest | Index, *tags: str, days: float = 30
    ) -> Digest:
        """Push a manifest whose blobs are there, as of so many days ago."""
        repository = Repository(self.front.host, f"{OWNER}/{self.name}")
        self.now = FakeClock.started - timedelta(days=days)
        registry.put(repository.at(document.descriptor.digest), document)
        for tag in tags:
            registry.put(repository.tag(Tag(tag)), document)
        self.now = FakeClock.started
        return document.descriptor.digest

    def _pushed(self, asked: Asked, target: str) -> None:
        digest, when = str(Digest.of(asked.body)), _stamp(self.now)
        self.held[digest] = (asked.headers.get("Content-Type", ""), asked.body)
        tag = "" if target.startswith("sha256:") else target
        for each in self.versions:
            if tag in _tags(each) and each["name"] != digest:
                _tags(each).remove(tag)
        known = next((each for each in self.versions if each["name"] == digest), None)
        if known is None:
            self.api.account.add_version(OWNER, self.name, digest)
            known = self.versions[0]
            known["created_at"] = when
        known["updated_at"] = when
        if tag and tag not in _tags(known):
            _tags(known).append(tag)

    def _changed(self, version: dict[str, Any], what: str) -> None:
        digest = version["name"]
        if what == "deleted":
            assert self.ask("DELETE", digest) in (202, 404)
            return
        kind, raw = self.held[digest]
        assert self.ask("PUT", digest, raw, kind) == 201
        for tag in _tags(version):
            assert self.ask("PUT", tag, raw, kind) == 201


@contextmanager
def joined(name: str, backend: str) -> Iterator[tuple[Joined, HttpRegistry, PyGitHub]]:
    """The package, and the two sides as our adapters see them."""
    with ExitStack() as stack:
        api = stack.enter_context(github_api.serve())
        api.account.add_repository("octo/app")
        front = JoinedFront(login="open", backend=backend)
        server = stack.enter_context(Scripted(front.answer).running())
        front.host = server.host
        world = Joined(name, backend, front, api)
        registry = HttpRegistry(
            {}, clock=FakeClock(), user_agent="tests", plain_http=frozenset({server.host})
        )
        stack.callback(registry.close)
        token = Secret(github_api.WRITER)
        github = PyGitHub(api.url, token, "octo/app", owner_type="Organization", clock=FakeClock())
        stack.callback(github.close)
        yield world, registry, github


def _tags(version: dict[str, Any]) -> list[str]:
    found = version["metadata"]["container"]["tags"]
    assert isinstance(found, list)
    return found


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def children(raw: bytes) -> list[str]:
    """Digests that an index lists."""
    return [entry["digest"] for entry in json.loads(raw).get("manifests", [])]
