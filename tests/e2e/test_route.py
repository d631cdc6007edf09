"""The way to the engine's BuildKit and from there to a registry, where something on it is not as it
should be: a connection that is cut, a registry that refuses, names and files that travel badly."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import TOKEN
from tests.e2e.faults import Fault, faulty
from tests.e2e.judges import Judges
from tests.e2e.places import Done, Process
from tests.testbed import ROOT, Testbed

INPUTS = {"tags": "1", "cache": "off", "provenance": "false", "push-retries": "0"}
SECONDS = 1_700_000_000


@pytest.fixture
def process(tmp_path: Path, testbed: Testbed, api_url: str) -> Process:
    return with_layer(Process(tmp_path / "p", testbed, token=TOKEN, api_url=api_url))


def with_layer(process: Process) -> Process:
    (process.workspace / "Dockerfile").write_text("FROM scratch\nCOPY layer /layer\n")
    (process.workspace / "layer").write_bytes(os.urandom(1000))
    return process


@contextmanager
def cutting(engine: Path, *, after: int) -> Iterator[str]:
    """A socket that leads to the engine, as DOCKER_HOST; each ``POST /grpc`` but the first is cut
    after so many bytes of the client."""
    with (
        tempfile.TemporaryDirectory(prefix="cut-") as directory,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(f"{directory}/d.sock")
        listener.listen()
        asked: list[bytes] = []

        def lead(client: socket.socket) -> None:
            with client, socket.socket(socket.AF_UNIX) as far, suppress(OSError):
                far.connect(str(engine))
                head = client.recv(65536)
                asked.extend([head] * head.startswith(b"POST /grpc"))
                is_cut = head.startswith(b"POST /grpc") and len(asked) > 1
                far.sendall(head)
                back = threading.Thread(target=copy, args=(far, client, None), daemon=True)
                back.start()
                copy(client, far, after if is_cut else None)
                back.join()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=lead, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"unix://{directory}/d.sock"
        listener.shutdown(socket.SHUT_RDWR)


def copy(source: socket.socket, target: socket.socket, most: int | None) -> None:
    """Until the source ends, or so many bytes were passed on; then both are ended."""
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk[:most])
            most = None if most is None else most - len(chunk)
            if most is not None and most <= 0:
                break
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def errors(done: Done) -> list[str]:
    return [line for line in done.raw_log.splitlines() if line.startswith("::error")]


def test_engine__a_connection_that_is_cut_is_no_fault_of_the_registry(
    process: Process, testbed: Testbed, repository: str, judge: Judges
) -> None:
    name = f"{testbed.registry}/{repository}"

    with cutting(testbed.socket, after=2000) as host:
        done = process.run({**INPUTS, "images": name}, DOCKER_HOST=host)

    assert (done.exit_code, len(errors(done))) == (6, 1), done.raw_log
    assert done.outputs["error-code"] == "BUILDKIT-LOST"
    assert testbed.registry not in errors(done)[0]
    assert list(process.temp.glob("ghcr-action-*")) == []


def test_registry__that_refuses_buildkit_is_told_with_its_reason(
    process: Process, testbed: Testbed, repository: str
) -> None:
    refusal = '{"errors":[{"code":"DENIED","message":"tags of this project stay"}]}'
    denied = Fault(method="PUT", path="/manifests/sha256", status=403, body=refusal)

    with faulty(testbed.registry, *[denied] * 9) as registry:
        done = process.run({**INPUTS, "images": f"{registry.host}/{repository}"})

    assert (done.exit_code, len(errors(done))) == (3, 1), done.raw_log
    assert done.outputs["error-code"] == "REGISTRY-403-REASON"
    assert "tags of this project stay" in errors(done)[0]
    assert not any(line.startswith("PUT") and "/manifests/1" in line for line in registry.asked)


@pytest.mark.parametrize(
    ("directory", "rest"),
    [("bücher", ""), ("bücher", "COPY layer /layer\n"), ("--push", "COPY layer /layer\n")],
    ids=["no layer", "a layer", "a flag"],
)
def test_context__may_have_any_name(
    process: Process, testbed: Testbed, repository: str, judge: Judges, directory: str, rest: str
) -> None:
    name = f"{testbed.registry}/{repository}"
    context = process.workspace / directory
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM scratch\n{rest}")
    (context / "layer").write_text("x")

    done = process.run({**INPUTS, "images": name, "context": directory})

    assert done.exit_code == 0, done.raw_log
    assert judge.crane("digest", f"{name}:1") == done.outputs["digest"]


def test_contexts__of_one_last_name_take_no_file_of_each_other(
    process: Process, testbed: Testbed, repository: str, judge: Judges, tmp_path: Path
) -> None:
    """The runner is a new one: BuildKit still knows that of an earlier test, and its files."""
    runner = {"RUNNER_NAME": repository, "BUILDX_CONFIG": str(tmp_path / "buildx")}
    for part in ("web", "api"):
        context = process.workspace / part / "app"
        context.mkdir(parents=True)
        (context / "Dockerfile").write_text("FROM scratch\nCOPY layer /layer\n")
        (context / "layer").write_bytes(os.urandom(1000))
        for path in context.iterdir():
            os.utime(path, (SECONDS, SECONDS))
        name = f"{testbed.registry}/{repository}-{part}"

        done = process.run({**INPUTS, "images": name, "context": f"{part}/app"}, **runner)

        assert done.exit_code == 0, done.raw_log
        judge.crane("export", f"{name}:1", str(tmp_path / f"{part}.tar"))
        assert (context / "layer").read_bytes() in (tmp_path / f"{part}.tar").read_bytes()


def test_runners__that_share_an_engine_and_a_path_take_no_file_of_each_other(
    tmp_path: Path, testbed: Testbed, repository: str, judge: Judges, api_url: str
) -> None:
    """As containers do, whose workspace is at one path; the files have one size and one time. The
    runners are new ones: BuildKit still knows those of an earlier test, and their files."""
    shared = tmp_path / "workspace"
    shared.mkdir()
    for runner in ("one", "two"):
        process = with_layer(Process(tmp_path / runner, testbed, token=TOKEN, api_url=api_url))
        for path in process.workspace.iterdir():
            os.utime(path, (SECONDS, SECONDS))
        name = f"{testbed.registry}/{repository}-{runner}"
        own = {"GITHUB_WORKSPACE": str(shared), "RUNNER_NAME": f"{repository} {runner}"}
        own["BUILDX_CONFIG"] = str(tmp_path / runner / "buildx")
        script = 'mount --bind "$0" "$1" && cd "$1" && exec "$2" "$3"'
        where = (str(process.workspace), str(shared), sys.executable, str(ROOT / "entrypoint.py"))
        subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, *where],
            env=process.environ({**INPUTS, "images": name}, **own),
            check=True,
            capture_output=True,
        )

        judge.crane("export", f"{name}:1", str(tmp_path / f"{runner}.tar"))
        content = (process.workspace / "layer").read_bytes()
        assert content in (tmp_path / f"{runner}.tar").read_bytes()
