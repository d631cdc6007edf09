"""Each input that takes a secret, in the built image: no part of it in what a run shows, hands on or
leaves behind, nor in the command lines and environments of its programs; also where it is killed at
any moment, once the post step has run."""

import contextlib
import json
import random
import re
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.runner import Job, Step
from tests.e2e.test_secrets import holding
from tests.testbed import Testbed

SHAPES = {
    "one line": "Zq7XvKw9Rj2M",
    "several lines": "Zq7XvKw9Rj2MpLt4\nYh8NbGc5Dw==",
    "JSON": '{\n  "Zq7XvKw9": "Rj2M=pLt4"\n}',
    "quotes and blanks": "Zq7X\"vKw9\" Rj2M'pLt4'",
}
DOCKERFILE = """
FROM debian:trixie-slim
RUN --mount=type=secret,id=phrase --mount=type=secret,id=variable ls /run/secrets && sleep 1
"""
_PART = re.compile(r"(?=([A-Za-z0-9]{4}))")


def parts(value: str) -> list[str]:
    """Each four characters in a row."""
    return [found[1] for found in _PART.finditer(value)]


def given(testbed: Testbed, repository: str, value: str) -> dict[str, str]:
    quoted = value.replace('"', '""')
    return {
        "images": f"{testbed.registry}/{repository}",
        "tags": "1",
        "no-cache": "true",
        "registry-auth": f"- registry: quay.io\n  username: mona\n  password: {json.dumps(value)}\n",
        "secrets": f'"phrase={quoted}"\nid={value}\n{value}',
        "secret-envs": f"variable=VARIABLE\n{value}",
    }


class Environments:
    """What the environments of a container's programs hold, our own entry aside: the runner gives
    that the inputs."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Environments":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.03):
            for path in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if command.startswith("docker run --name"):
                        continue  # the runner's own
                    if command.startswith(("docker ", "/usr/local/bin/docker", "git ", "sh -e")):
                        self.seen[command] = (path / "environ").read_bytes().decode()


def places(step: Step, job: Job) -> Iterator[tuple[str, str]]:
    yield "log", step.log.shown
    yield "summary", step.summary
    for kind in (step.outputs, step.exported, step.state):
        yield from kind.items()
    yield from (
        ("command line", line) for line in step.processes if "docker run --name" not in line
    )
    for directory in (job.workspace, job.home):
        for path in (path for path in directory.rglob("*") if path.is_file()):
            yield str(path), path.read_bytes().decode(errors="replace")


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    "phase", [{}, {"push": "perhaps"}, {"target": "nowhere"}, {"dry-run": "true"}]
)
def test_secret_inputs__are_nowhere(
    phase: Mapping[str, str], value: str, job: Job, testbed: Testbed, repository: str
) -> None:
    (job.workspace / "Dockerfile").write_text(DOCKERFILE)

    with Environments() as environments:
        step = job.run({**given(testbed, repository, value), **phase}, VARIABLE=value)

    assert (step.exit_code == 0) == (not set(phase) & {"push", "target"}), step.raw_log
    for name, text in places(step, job):
        assert [part for part in parts(value) if part in text] == [], name
    for command, environ in environments.seen.items():
        rest = "\n".join(line for line in environ.split("\0") if not line.startswith("VARIABLE="))
        assert [part for part in parts(value) if part in rest] == [], command
    assert holding(job.temp, [part.encode() for part in parts(value)]) == []


@pytest.mark.parametrize("seed", range(8))
def test_secret_inputs__are_nowhere_after_a_kill_and_the_post_step(
    seed: int, job: Job, testbed: Testbed, repository: str
) -> None:
    value = SHAPES["several lines"]
    inputs = given(testbed, repository, value)
    (job.workspace / "Dockerfile").write_text(DOCKERFILE)

    running = job.start(inputs, VARIABLE=value)
    time.sleep(random.Random(seed).uniform(0.2, 6))
    with contextlib.suppress(Exception):  # it may have ended by itself
        running.signal("SIGKILL")
    step = running.wait(timeout=60)
    post = job.post(step, inputs)

    assert post.exit_code == 0
    for name, text in (*places(step, job), *places(post, job)):
        assert [part for part in parts(value) if part in text] == [], name
    assert holding(job.temp, [part.encode() for part in parts(value)]) == []
