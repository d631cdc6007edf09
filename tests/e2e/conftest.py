"""The built image, a job to run it in, and the judges."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.github_stub import github_api
from tests.e2e.judges import Judges, judges
from tests.e2e.runner import Job
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
def image(testbed: Testbed) -> str:
    """The action's image, built from our Dockerfile; its public bases replaced by the testbed's stand-ins."""
    done = subprocess.run([SCRIPT, "action-image", IMAGE, "--progress=plain"], capture_output=True, text=True, check=False)
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
    settings = {"TESTBED_HOME": str(home), "TESTBED_PORT": "5100", "TESTBED_NAME": "ghcr.io", "TESTBED_CACHE": str(testbed.home / "debs")}
    named = start(**settings)
    archive = home / "image.tar"
    testbed.run("docker", "save", "--output", str(archive), image)
    named.run("docker", "load", "--input", str(archive))
    archive.unlink()
    yield named
    done = subprocess.run([SCRIPT, "down"], env=named.env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
