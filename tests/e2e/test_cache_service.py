"""GitHub's cache service, spoken to by a real BuildKit: what one job exports another one imports."""

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e import cache_service
from tests.e2e.cache_service import CacheService
from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.e2e.places import Done, Process
from tests.testbed import Testbed

BASE = "debian:trixie-slim"


class Jobs:
    """Jobs of one repository whose engine has forgotten what they built."""

    def __init__(self, process: Process, testbed: Testbed, name: str) -> None:
        self._process, self._testbed, self._name = process, testbed, name
        self._mark = uuid.uuid4().hex
        (process.workspace / "Dockerfile").write_text(
            f"FROM {BASE}\nRUN date +%s%N >/{self._mark}\n"
        )

    def publish(self, tag: str, environment: Mapping[str, str], **given: str) -> Done:
        self._testbed.run(
            *("docker", "buildx", "prune", "--all", "--force"),
            f"--filter=description~={self._mark}",
        )
        inputs = {"images": self._name, "tags": tag, "provenance": "false", **given}
        epoch = {"SOURCE_DATE_EPOCH": "1767225600"}
        done = self._process.run(inputs, **environment, **epoch)
        assert done.exit_code == 0, done.raw_log
        return done


@pytest.fixture
def jobs(tmp_path: Path, testbed: Testbed, api_url: str, repository: str) -> Jobs:
    process = Process(tmp_path / "p", testbed, token=TOKEN, api_url=api_url)
    return Jobs(process, testbed, f"{testbed.registry}/{repository}")


@pytest.fixture
def service() -> Iterator[CacheService]:
    with cache_service.running(CacheService()) as running:
        yield running


def variables(service: CacheService, version: int) -> dict[str, str]:
    """What the runner gives a container action."""
    name = "ACTIONS_RESULTS_URL" if version == 2 else "ACTIONS_CACHE_URL"
    return {"ACTIONS_RUNTIME_TOKEN": service.token, name: f"{service.address}/"}


def layers(judge: Judges, done: Done) -> list[str]:
    """The digests of a published image's layers."""
    manifest = json.loads(judge.crane("manifest", done.outputs["image"]))
    return [layer["digest"] for layer in manifest["layers"]]


@pytest.mark.parametrize("version", [1, 2])
def test_gha__what_a_job_exports_the_next_one_imports(
    version: int, jobs: Jobs, service: CacheService, judge: Judges
) -> None:
    environment = variables(service, version)

    first = jobs.publish("1", environment)
    again = jobs.publish("2", environment)
    alone = jobs.publish("3", {}, cache="off")

    made, imported, anew = (layers(judge, done) for done in (first, again, alone))
    assert imported == made
    assert anew[:-1] == made[:-1]
    assert anew[-1] != made[-1]
    assert {call.partition(" ")[0] for call in service.calls} <= {f"v{version}", "blob"}
    assert all(entry.is_whole for entry in service.entries)
    assert again.outputs["cache-hit-ratio"] == "1.00"
    assert service.token not in first.raw_log


def test_gha__named_by_the_inputs_has_a_scope_of_its_own(
    jobs: Jobs, service: CacheService, judge: Judges
) -> None:
    environment = variables(service, 2)
    named = {"cache-from": "type=gha,scope=mine", "cache-to": "type=gha,scope=mine,mode=max"}

    first = jobs.publish("1", environment, **named)
    other = jobs.publish("2", environment)
    again = jobs.publish("3", environment, **named)

    assert layers(judge, again) == layers(judge, first) != layers(judge, other)
    assert any("mine" in entry.key for entry in service.entries)


def test_gha__a_service_that_refuses_fails_no_build(jobs: Jobs, service: CacheService) -> None:
    environment = variables(service, 2)
    service.token = "another"

    done = jobs.publish("1", environment)

    assert done.outputs["pushed"] == "true"
    assert service.entries == []
    assert "The cache was not written (exporting to GitHub Actions Cache): " in done.raw_log
