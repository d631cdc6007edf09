"""A registry that fails in every transient way, and one that refuses: the whole step, a real engine,
and independent judges."""

import threading
import uuid
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from ghcr_action.adapters.clock import SystemClock
from ghcr_action.adapters.engine import DockerEngine
from ghcr_action.adapters.registry.client import HttpRegistry
from ghcr_action.adapters.registry.wire import Timeouts
from ghcr_action.adapters.workspace import LocalWorkspace, Places
from ghcr_action.errors import AccessDenied
from ghcr_action.modes import publish
from ghcr_action.ports import Ports
from ghcr_action.values.patience import Patience
from tests.e2e import ways
from tests.e2e.conftest import TOKEN
from tests.e2e.faults import Fault, FaultyRegistry, faulty
from tests.e2e.judges import Judges
from tests.e2e.places import Process
from tests.e2e.runner import Job
from tests.fakes import ports as fake_ports
from tests.fakes.events import push_event
from tests.fakes.runner import FakeRunner
from tests.flow.test_publish import parsed
from tests.testbed import Testbed

UPLOADS, BLOBS, MANIFESTS = r"/blobs/uploads/", r"/blobs/sha256:", r"/manifests/"
TRANSIENT = {
    "429 with a wait": (
        Fault(method="POST", path=UPLOADS, status=429, headers={"Retry-After": "1"}),
    ),
    "429 with the wait in its message": (
        Fault(
            method="PUT",
            path=MANIFESTS,
            status=429,
            body=(
                '{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1ms, allowed: 1/m"}]}'
            ),
        ),
    ),
    "502 on every kind of request": (
        Fault(method="HEAD", path=MANIFESTS, status=502),
        Fault(method="HEAD", path=BLOBS, status=502),
        Fault(method="POST", path=UPLOADS, status=502),
        Fault(method="PUT", path=UPLOADS, status=502),
        Fault(method="PUT", path=MANIFESTS, status=502),
    ),
    "reset in mid-upload": (
        Fault(method="PUT", path=UPLOADS, resets=True),
        Fault(method="PUT", path=UPLOADS, resets=True),
    ),
    "upload lost": (
        Fault(
            method="PUT",
            path=UPLOADS,
            status=404,
            body=(
                '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN",'
                '"message":"blob upload unknown to registry"}]}'
            ),
        ),
    ),
    "time-outs": (
        Fault(method="HEAD", path=f"{MANIFESTS}1$", hangs=True),
        Fault(method="PUT", path=f"{MANIFESTS}1$", hangs=True),
    ),
    "lag after the push": (
        Fault(method="GET", path=f"{MANIFESTS}sha256", status=404),
        Fault(method="HEAD", path=f"{MANIFESTS}1$", status=404),
    ),
}
DOCKERFILE = "FROM scratch\nCOPY layer /layer\n"


def world(tmp_path: Path, testbed: Testbed, **replaced: Any) -> Ports:
    """Real engine, real client with short time-outs, a work tree with one layer of a megabyte."""
    tree, private = tmp_path / "tree", tmp_path / f"ghcr-action-{uuid.uuid4().hex[:8]}"
    tree.mkdir()
    private.mkdir()
    (tree / "Dockerfile").write_text(DOCKERFILE)
    (tree / "layer").write_bytes(tmp_path.name.encode() + bytes(range(256)) * 4096)
    clock = SystemClock()
    timeouts = Timeouts(connect=2, read=2, upload=2)
    made = fake_ports.make(
        engine=DockerEngine(testbed.env, directory=tree),
        registry=HttpRegistry(
            {}, clock=clock, user_agent="e2e", timeouts=timeouts, retry=Patience(shortest=0.1)
        ),
        clock=clock,
        workspace=LocalWorkspace(
            tree, Places(private=private, shared=tmp_path, shared_on_host=PurePosixPath(tmp_path))
        ),
        runner=FakeRunner(),
    )
    return replace(made, **replaced)


@pytest.mark.parametrize("faults", TRANSIENT.values(), ids=TRANSIENT)
def test_publish__a_passing_fault_is_outlasted(
    faults: tuple[Fault, ...], tmp_path: Path, testbed: Testbed, repository: str, judge: Judges
) -> None:
    with faulty(testbed.registry, *faults) as registry:
        outcome = publish.run(
            parsed(
                push_event(), images=f"{registry.host}/{repository}", tags="1", provenance="false"
            ),
            world(tmp_path, testbed),
        )

    assert outcome.pushed
    assert len(registry.met) == len(faults)
    assert judge.digests(f"{testbed.registry}/{repository}:1")["crane"] == str(outcome.digest)
    assert "PASS" in judge.validate(f"{testbed.registry}/{repository}:1")


@pytest.mark.parametrize("status", [401, 403])
def test_publish__a_refusal_is_final_at_the_first_answer(
    status: int, tmp_path: Path, testbed: Testbed, repository: str
) -> None:
    refusal = Fault(
        method="POST",
        path=UPLOADS,
        status=status,
        body='{"errors":[{"code":"DENIED","message":"permission_denied: write_package"}]}',
    )
    with (
        faulty(testbed.registry, *[refusal] * 9) as registry,
        pytest.raises(AccessDenied) as raised,
    ):
        publish.run(
            parsed(
                push_event(), images=f"{registry.host}/{repository}", tags="1", provenance="false"
            ),
            world(tmp_path, testbed),
        )

    assert first_refusals(registry) <= 4, "one for each upload that was under way at most"
    assert not any(line.startswith("PUT") for line in registry.asked)
    assert "permission_denied: write_package" in str(raised.value)


def first_refusals(registry: FaultyRegistry) -> int:
    return sum(line.startswith("POST") for line in registry.asked)


def test_step__survives_a_bad_day_as_a_whole(
    job: Job, testbed: Testbed, repository: str, judge: Judges
) -> None:
    bad_day = (
        Fault(method="POST", path=UPLOADS, status=429, headers={"Retry-After": "1"}),
        Fault(method="POST", path=UPLOADS, status=502),
        Fault(method="PUT", path=UPLOADS, resets=True),
        Fault(method="PUT", path=MANIFESTS, status=503),
    )
    with faulty(testbed.registry, *bad_day) as registry:
        step = job.run(
            {
                "images": f"{registry.host}/{repository}",
                "tags": "1",
                "platforms": "linux/amd64,linux/arm64",
                "cache": "off",
                "provenance": "false",
            }
        )

    assert step.exit_code == 0, step.raw_log
    assert len(registry.met) == len(bad_day)
    assert judge.tags(f"{testbed.registry}/{repository}") == {"1"}
    assert "PASS" in judge.validate(f"{testbed.registry}/{repository}:1")


def test_step__without_retries_the_first_fault_ends_it(
    job: Job, testbed: Testbed, repository: str
) -> None:
    with faulty(testbed.registry, Fault(method="POST", path=UPLOADS, status=502)) as registry:
        step = job.run(
            {
                "images": f"{registry.host}/{repository}",
                "tags": "1",
                "push-retries": "0",
                "cache": "off",
                "provenance": "false",
            }
        )

    assert step.exit_code == 6, step.raw_log
    assert not any("/manifests/1" in line for line in registry.asked if line.startswith("PUT"))


def test_step__refused_says_what_to_do_and_asks_once(
    job: Job, testbed: Testbed, repository: str
) -> None:
    denied = Fault(
        method="POST",
        path=UPLOADS,
        status=403,
        body='{"errors":[{"code":"DENIED","message":"permission_denied: write_package"}]}',
    )
    with faulty(testbed.registry, *[denied] * 9) as registry:
        step = job.run(
            {
                "images": f"{registry.host}/{repository}",
                "tags": "1",
                "cache": "off",
                "provenance": "false",
            }
        )

    errors = [entry.message for entry in step.log.annotations if entry.level == "error"]
    assert step.exit_code == 3, step.raw_log
    assert len(errors) == 1
    assert "permission_denied: write_package" in errors[0]
    assert "Fix:" in errors[0]
    assert first_refusals(registry) <= 4
    assert TOKEN not in step.log.shown


def test_step__killed_in_mid_push_moves_no_tag_and_leaves_nothing(
    job: Job, testbed: Testbed, repository: str, judge: Judges
) -> None:
    with faulty(testbed.registry, Fault(method="PUT", path=UPLOADS, hangs=True)) as registry:
        inputs = {
            "images": f"{registry.host}/{repository}",
            "tags": "1\nlatest",
            "cache": "off",
            "provenance": "false",
            "test": "true",
        }
        running = job.start(inputs)
        running.wait_for("::group::Build")
        while not registry.met:
            registry.over.wait(0.05)
        running.signal("SIGKILL")
        step = running.wait(timeout=30)
        post = job.post(step, inputs)

    assert (step.exit_code, post.exit_code) == (137, 0)
    assert not any(line.startswith("PUT") and "/manifests/" in line for line in registry.asked)
    assert [path.name for path in job.temp.iterdir() if path.name.startswith("ghcr-action-")] == []


def test_step__an_engine_that_dies_in_mid_push_is_one_error_and_no_tag(
    tmp_path: Path, testbed: Testbed, repository: str, judge: Judges, api_url: str
) -> None:
    process = Process(tmp_path / "p", testbed, token=TOKEN, api_url=api_url)
    (process.workspace / "Dockerfile").write_text(DOCKERFILE)
    (process.workspace / "layer").write_bytes(tmp_path.name.encode() * 1000)
    with (
        faulty(testbed.registry, Fault(method="PUT", path=UPLOADS, hangs=True)) as registry,
        ExitStack() as engine,
    ):
        host = engine.enter_context(ways.to_engine(testbed.socket))

        def die() -> None:
            while not registry.met:
                registry.over.wait(0.05)
            engine.close()

        killer = threading.Thread(target=die)
        killer.start()
        given = {"images": f"{registry.host}/{repository}", "tags": "1", "cache": "off"}
        done = process.run({**given, "provenance": "false", "push-retries": "1"}, DOCKER_HOST=host)
        killer.join()

    errors = [line for line in done.raw_log.splitlines() if line.startswith("::error")]
    assert done.exit_code in {5, 6}, done.raw_log
    assert len(errors) == 1, done.raw_log
    assert not any(line.startswith("PUT") and "/manifests/1" in line for line in registry.asked)
    assert [path for path in process.temp.iterdir() if path.name.startswith("ghcr-action-")] == []
