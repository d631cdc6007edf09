"""The built image, a job to run it in, and the judges."""

import contextlib
import fcntl
import json
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.logins.credential import Credential
from ghcr_action.values.secret import Secret
from tests.e2e.ghcr_front import GhcrFront
from tests.e2e.github_stub import github_api
from tests.e2e.judges import Judges, judges
from tests.e2e.places import Place, Process
from tests.e2e.runner import Job
from tests.fakes import github_api as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.github_api import GitHubApi
from tests.fakes.http import Scripted
from tests.testbed import ROOT, SCRIPT, Testbed, start

IMAGE = "ghcr-action:e2e"
TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this directory is an end-to-end test."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def testbed(testbed: Testbed) -> Testbed:
    """The same, with the base image that most Dockerfiles of these tests name: no test depends on
    another one that has made it."""
    subprocess.run([SCRIPT, "base-image"], check=True, capture_output=True)
    return testbed


@pytest.fixture(scope="session")
def image(testbed: Testbed) -> str:
    """The action's image, built from our Dockerfile; its public bases replaced by the testbed's
    stand-ins."""
    done = subprocess.run(
        [SCRIPT, "action-image", IMAGE, "--progress=plain"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return IMAGE


@pytest.fixture(scope="session")
def api_url() -> Iterator[str]:
    with github_api() as address:
        yield address


@pytest.fixture
def job(tmp_path: Path, testbed: Testbed, image: str, api_url: str) -> Iterator[Job]:
    """A job whose workspace holds examples/hello."""
    job = with_hello(Job(tmp_path / "runner", testbed, image, token=TOKEN, api_url=api_url))
    yield job
    job.close()


def with_hello(job: Job) -> Job:
    for path in (ROOT / "examples/hello").iterdir():
        (job.workspace / path.name).write_bytes(path.read_bytes())
    return job


@pytest.fixture
def judge(tmp_path: Path, testbed: Testbed) -> Judges:
    return judges(testbed, tmp_path / "judge")


@pytest.fixture
def repository() -> str:
    """A repository name that no other test uses."""
    return f"octo/hello-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def ghcr(testbed: Testbed, image: str) -> Iterator[Testbed]:
    """A second testbed whose registry answers to the name ghcr.io, with our image in its engine."""
    home = testbed.home.with_name(f"{testbed.home.name}-ghcr.io")
    settings = {
        "TESTBED_HOME": str(home),
        "TESTBED_PORT": "5100",
        "TESTBED_NAME": "ghcr.io quay.io containers.github.example",
        "TESTBED_CACHE": str(testbed.home / "debs"),
    }
    with Path(f"{home}.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        named = start(**settings)
        carry(image, testbed, named)
        yield named
        with contextlib.suppress(BlockingIOError):  # the last user turns it off
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            done = subprocess.run(
                [SCRIPT, "down"], env=named.env, check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr


def carry(image: str, source: Testbed, target: Testbed) -> None:
    """Load an image of one engine into another, where it is not there already."""
    query = ("docker", "images", "--no-trunc", "--quiet", image)
    if source.run(*query) == target.run(*query):
        return
    archive = target.home / f"{uuid.uuid4().hex}.tar"
    source.run("docker", "save", "--output", str(archive), image)
    target.run("docker", "load", "--input", str(archive))
    archive.unlink()


@pytest.fixture
def front(testbed: Testbed) -> Iterator[str]:
    """The stand-in for ghcr.io, in front of the real registry program."""
    with Scripted(
        GhcrFront(backend=testbed.registry, users={testbed.user: testbed.password}).answer
    ).running() as server:
        yield server.host


@pytest.fixture
def hosts(testbed: Testbed, front: str) -> Mapping[str, str]:
    """Every name of ``places.REGISTRIES``, and where it is."""
    return {
        "open": testbed.registry,
        "password": testbed.password_registry,
        "token": testbed.token_registry,
        "tls": testbed.tls_registry,
        "ghcr": front,
    }


@pytest.fixture
def client(testbed: Testbed, hosts: Mapping[str, str]) -> Iterator[HttpRegistry]:
    login = Credential(username=testbed.user, password=Secret(testbed.password))
    logins = dict.fromkeys(hosts.values(), login)
    registry = HttpRegistry(
        logins, clock=FakeClock(), user_agent="tests", ca_bundle=testbed.ca_bundle
    )
    yield registry
    registry.close()


@pytest.fixture
def places(testbed: Testbed, hosts: Mapping[str, str], client: HttpRegistry) -> Mapping[str, Place]:
    logins = [
        {"registry": host, "username": testbed.user, "password": testbed.password}
        for host in hosts.values()
    ]
    inputs = {"registry-auth": json.dumps(logins)}
    return {name: Place(host=host, registry=client, inputs=inputs) for name, host in hosts.items()}


@pytest.fixture(params=["process", "image"])
def step(
    request: pytest.FixtureRequest, tmp_path: Path, testbed: Testbed, api_url: str
) -> Process | Job:
    """The action in both of its shapes."""
    if request.param == "process":
        return Process(tmp_path / "process", testbed, token=TOKEN, api_url=api_url)
    found: Job = request.getfixturevalue("job")
    return found


@pytest.fixture
def trust(step: Process | Job, testbed: Testbed) -> Mapping[str, str]:
    """A step's `env` for a registry whose authority is its own, as docs/registries.md has it: the
    runner's certificates, copied."""
    bundle = step.temp / "ca.crt"
    bundle.write_bytes(Path(testbed.ca_bundle).read_bytes())
    return {"REQUESTS_CA_BUNDLE": str(bundle)}


@pytest.fixture
def judged(judge: Judges, testbed: Testbed, hosts: Mapping[str, str]) -> Judges:
    """Judges with a login for the stand-in, too."""
    path = judge.config / "config.json"
    config = json.loads(path.read_text())
    config["auths"][hosts["ghcr"]] = config["auths"][testbed.password_registry]
    path.write_text(json.dumps(config))
    return judge


@pytest.fixture(scope="session")
def bed(ghcr: Testbed, testbed: Testbed) -> Testbed:
    """The testbed whose registry is ghcr.io, with what a job runs in."""
    carry("debian:trixie-slim", testbed, ghcr)
    return ghcr


@pytest.fixture
def api(bed: Testbed) -> Iterator[GitHubApi]:
    """GitHub's API, where the testbed's password is a token that may write."""
    with fakes.serve() as server:
        server.also[bed.password] = fakes.WRITER
        yield server
