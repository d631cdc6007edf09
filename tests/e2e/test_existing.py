"""Promote, merge, pull and inspect as processes and as the action's image, on every registry; other clients judge what they wrote."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from ghcr_action import referrers, transfer
from ghcr_action.adapters.layout import DirectoryLayout
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.values.access import Credential
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.e2e import protocol, real_images
from tests.e2e.conftest import TOKEN
from tests.e2e.ghcr_front import GhcrFront
from tests.e2e.judges import Judges
from tests.e2e.runner import Job
from tests.fakes.clock import FakeClock
from tests.fakes.http import Scripted
from tests.fakes.layout import MemoryLayout
from tests.testbed import ROOT, Testbed

REGISTRIES = ["open", "password", "token", "ghcr"]


class Done(Protocol):
    """A step that has ended."""

    exit_code: int
    raw_log: str
    outputs: Mapping[str, str]
    summary: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    exit_code: int
    raw_log: str
    outputs: Mapping[str, str]
    summary: str


class Process:
    """The action as a process on this machine."""

    def __init__(self, directory: Path, testbed: Testbed, api_url: str) -> None:
        self.workspace, self._testbed, self._api_url = directory / "workspace", testbed, api_url
        self._output, self._summary, self._temp = directory / "output", directory / "summary", directory / "temp"
        self.workspace.mkdir(parents=True)
        self._temp.mkdir()

    def run(self, inputs: Mapping[str, str]) -> Done:
        self._output.write_text("")
        self._summary.write_text("")
        named = {f"INPUT_{name.upper()}": value for name, value in {"github-token": TOKEN, **inputs}.items()}
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "octo/hello",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": "0" * 40,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_API_URL": self._api_url,
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_STEP_SUMMARY": str(self._summary),
            "GITHUB_STATE": str(self._temp / "state"),
            "GITHUB_ENV": str(self._temp / "env"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self._temp),
        }
        environ = {**self._testbed.env, **named, **github}
        done = subprocess.run([sys.executable, ROOT / "entrypoint.py"], env=environ, capture_output=True, text=True, check=False)
        return Ended(
            exit_code=done.returncode,
            raw_log=done.stdout + done.stderr,
            outputs=protocol.file_command(self._output.read_text()),
            summary=self._summary.read_text(),
        )


@dataclass(frozen=True, kw_only=True)
class Place:
    """A registry, and how to log in to it."""

    host: str
    registry: HttpRegistry
    inputs: Mapping[str, str]

    def repository(self) -> Repository:
        """One that no other test uses."""
        return Repository(self.host, f"octo/hello-{uuid.uuid4().hex[:8]}")

    def hold(self, root: Manifest | Index, blobs: dict[Digest, bytes], *tags: str) -> Repository:
        """An image, put there by our own client."""
        repository = self.repository()
        transfer.push(MemoryLayout(root, blobs), root.descriptor, repository, self.registry)
        transfer.tag(self.registry, root, [repository.tag(Tag(tag)) for tag in tags])
        return repository


@pytest.fixture
def front(testbed: Testbed) -> Iterator[str]:
    """The stand-in for ghcr.io, in front of the real registry program."""
    with Scripted(GhcrFront(backend=testbed.registry, users={testbed.user: testbed.password}).answer).running() as server:
        yield server.host


@pytest.fixture
def hosts(testbed: Testbed, front: str) -> Mapping[str, str]:
    return {
        "open": testbed.registry,
        "password": testbed.password_registry,
        "token": testbed.token_registry,
        "ghcr": front,
    }


@pytest.fixture
def client(testbed: Testbed, hosts: Mapping[str, str]) -> Iterator[HttpRegistry]:
    login = Credential(username=testbed.user, password=Secret(testbed.password))
    registry = HttpRegistry(dict.fromkeys(hosts.values(), login), clock=FakeClock(), user_agent="tests")
    yield registry
    registry.close()


@pytest.fixture
def places(testbed: Testbed, hosts: Mapping[str, str], client: HttpRegistry) -> Mapping[str, Place]:
    logins = [{"registry": host, "username": testbed.user, "password": testbed.password} for host in hosts.values()]
    inputs = {"registry-auth": json.dumps(logins)}
    return {name: Place(host=host, registry=client, inputs=inputs) for name, host in hosts.items()}


@pytest.fixture(params=["process", "image"])
def step(request: pytest.FixtureRequest, tmp_path: Path, testbed: Testbed, api_url: str) -> Process | Job:
    if request.param == "process":
        return Process(tmp_path / "process", testbed, api_url)
    found: Job = request.getfixturevalue("job")
    return found


@pytest.fixture
def judged(judge: Judges, testbed: Testbed, hosts: Mapping[str, str]) -> Judges:
    """Judges with a login for the stand-in, too."""
    path = judge.config / "config.json"
    config = json.loads(path.read_text())
    config["auths"][hosts["ghcr"]] = config["auths"][testbed.password_registry]
    path.write_text(json.dumps(config))
    return judge


def agreed(judged: Judges, reference: str, digest: str) -> None:
    """Three clients read this digest, and crane finds everything below it."""
    assert judged.digests(reference) == {"crane": digest, "skopeo": digest, "oras": digest}
    assert judged.crane("validate", "--remote", reference).startswith("PASS")


@pytest.mark.parametrize("name", REGISTRIES)
def test_promote__many_tags_in_one_repository(name: str, step: Process | Job, places: Mapping[str, Place], judged: Judges) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:2], attested=False)
    repository = place.hold(root, blobs, "build")

    done = step.run({**place.inputs, "mode": "promote", "source": f"{repository}:build", "tags": "1.2.3\n1\nlatest"})

    assert done.exit_code == 0, done.raw_log
    digest = str(root.descriptor.digest)
    assert done.outputs["digest"] == digest
    for tag in ("1.2.3", "1", "latest"):
        agreed(judged, f"{repository}:{tag}", digest)
    assert judged.tags(str(repository)) == {"build", "1.2.3", "1", "latest"}
    assert json.loads(done.outputs["previous-digests"]) == dict.fromkeys((f"{repository}:{tag}" for tag in ("1.2.3", "1", "latest")), "")


@pytest.mark.parametrize(("start", "target"), [("token", "password"), ("password", "ghcr"), ("ghcr", "token"), ("ghcr", "ghcr")])
def test_promote__twelve_platforms_with_attestations_and_referrers(
    start: str, target: str, step: Process | Job, places: Mapping[str, Place], judged: Judges
) -> None:
    root, blobs = real_images.index()
    repository = places[start].hold(root, blobs, "build")
    client = places[start].registry
    child = client.manifest(repository.at(root.manifests[0].digest))
    assert child is not None
    sboms = [real_images.referrer(root, b"sbom of all"), real_images.referrer(child, b"sbom of one")]
    for (sbom, content), subject in zip(sboms, (root, child), strict=True):
        transfer.push(MemoryLayout(sbom, content), sbom.descriptor, repository, client)
        referrers.declare(client, repository, subject.descriptor.digest, (sbom.descriptor,))
    abroad = places[target].repository()
    inputs = {**places[start].inputs, "mode": "promote", "source": f"{repository}:build", "tags": f"{abroad}:1.0.0\n{abroad}:latest"}

    done = step.run(inputs)
    again = step.run(inputs)

    assert (done.exit_code, again.exit_code) == (0, 0), done.raw_log + again.raw_log
    assert again.outputs["pushed"] == "false"
    digest = str(root.descriptor.digest)
    for tag in ("1.0.0", "latest"):
        assert judged.digests(f"{abroad}:{tag}") == {"crane": digest, "skopeo": digest, "oras": digest}
    # Without --fast crane unpacks BuildKit's attestations as if they were layers, and refuses whatever buildx itself pushes with them.
    assert judged.crane("validate", "--fast", "--remote", f"{abroad}:latest").startswith("PASS")
    for entry in root.manifests:
        assert client.manifest(abroad.at(entry.digest)) is not None
        if not entry.is_attestation:
            assert judged.crane("validate", "--remote", str(abroad.at(entry.digest))).startswith("PASS")
    for (sbom, _), subject in zip(sboms, (root, child), strict=True):
        assert [each.digest for each in client.referrers(abroad, subject.descriptor.digest)] == [sbom.descriptor.digest]
        assert client.manifest(abroad.at(sbom.descriptor.digest)) == sbom


@pytest.mark.parametrize("name", REGISTRIES)
def test_merge__three_digests_become_one_index(name: str, step: Process | Job, places: Mapping[str, Place], judged: Judges) -> None:
    place = places[name]
    repository, digests = place.repository(), {}
    for platform in real_images.PLATFORMS[:3]:
        root, blobs = real_images.single(platform)
        transfer.push(MemoryLayout(root, blobs), root.descriptor, repository, place.registry)
        digests[str(platform)] = str(root.descriptor.digest)
    inputs = {**place.inputs, "mode": "merge", "images": str(repository), "tags": "1.0.0\nlatest"}

    done = step.run({**inputs, "digests": json.dumps(digests), "platforms": ",".join(digests)})

    assert done.exit_code == 0, done.raw_log
    for tag in ("1.0.0", "latest"):
        agreed(judged, f"{repository}:{tag}", done.outputs["digest"])
    assert judged.platforms(f"{repository}:latest") == digests == json.loads(done.outputs["digests"])


@pytest.mark.parametrize("name", REGISTRIES)
def test_inspect__says_what_the_judges_say(name: str, step: Process | Job, places: Mapping[str, Place], judged: Judges) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:3])
    repository = place.hold(root, blobs, "1")

    done = step.run({**place.inputs, "mode": "inspect", "source": f"{repository}:1", "expect-digest": str(root.descriptor.digest)})

    assert done.exit_code == 0, done.raw_log
    told = json.loads(done.outputs["json"])[0]
    assert told["digest"] == judged.crane("digest", f"{repository}:1")
    assert {each["platform"]: each["digest"] for each in told["platforms"]} == judged.platforms(f"{repository}:1")
    assert len(told["attestations"]) == 3
    assert "linux/arm64" in done.summary


@pytest.mark.parametrize("name", REGISTRIES)
def test_pull__into_a_layout_that_others_read(
    name: str, step: Process | Job, places: Mapping[str, Place], judged: Judges, testbed: Testbed
) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:3])
    repository = place.hold(root, blobs, "1")

    done = step.run({**place.inputs, "mode": "pull", "source": f"{repository}:1", "output": "image"})

    assert done.exit_code == 0, done.raw_log
    directory = step.workspace / "image"
    assert DirectoryLayout(directory).root().digest == root.descriptor.digest
    assert testbed.run("oras", "resolve", "--oci-layout", f"{directory}:1") == str(root.descriptor.digest)
    copy = f"oci:{directory}:1"
    raw = testbed.run("skopeo", "inspect", "--raw", copy)
    assert Digest.of(raw.encode()) == root.descriptor.digest
    assert done.outputs["image"] == f"{repository}@{root.descriptor.digest}"


@pytest.mark.parametrize("name", REGISTRIES)
def test_pull__into_the_engine(name: str, step: Process | Job, places: Mapping[str, Place], testbed: Testbed) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:2], attested=False)
    repository = place.hold(root, blobs, "1")
    pinned = f"{repository}@{root.descriptor.digest}"
    inputs = {**place.inputs, "mode": "pull", "source": f"{repository}:1"}

    first = step.run(inputs)
    again = step.run({**inputs, "fresh": "true"})

    assert (first.exit_code, again.exit_code) == (0, 0), first.raw_log + again.raw_log
    assert again.outputs["image"] == pinned
    for reference in (pinned, f"{repository}:1"):
        assert pinned in json.loads(testbed.run("docker", "image", "inspect", "--format", "{{json .RepoDigests}}", reference))
    testbed.run("docker", "image", "rm", "--force", f"{repository}:1", pinned)


def test_promote__a_moved_expectation_stops_with_words(step: Process | Job, places: Mapping[str, Place]) -> None:
    place = places["token"]
    root, blobs = real_images.single(real_images.PLATFORMS[0])
    repository = place.hold(root, blobs, "build")

    done = step.run(
        {**place.inputs, "mode": "promote", "source": f"{repository}:build", "tags": "latest", "expect-digest": "sha256:" + "0" * 64}
    )

    assert done.exit_code == 7, done.raw_log
    assert done.outputs["error-code"] == "OTHER-DIGEST"
    assert place.registry.head(repository.tag(Tag("latest"))) is None
