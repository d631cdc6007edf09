"""Where a credential must never be: layers, history, command lines, the log, the home, the run's
own directory afterwards."""

import base64
import gzip
from pathlib import Path

import pytest

from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.e2e.runner import Job
from tests.fakes.http import Reply, Scripted
from tests.testbed import Testbed

BUILD_SECRET = "correct-horse-battery-staple"
DOCKERFILE = """
FROM debian:trixie-slim
RUN --mount=type=secret,id=phrase test "$(wc -c </run/secrets/phrase)" -gt 20 && sleep 1
"""


def spellings(testbed: Testbed) -> list[bytes]:
    """Each secret as it is, and as Basic authentication writes it."""
    login = f"{testbed.user}:{testbed.password}".encode()
    return [
        TOKEN.encode(),
        testbed.password.encode(),
        BUILD_SECRET.encode(),
        base64.b64encode(login),
    ]


def holding(directory: Path, secrets: list[bytes]) -> list[Path]:
    """Files under a directory that hold one of the secrets, compressed ones opened."""
    found = []
    for path in (path for path in directory.rglob("*") if path.is_file()):
        content = path.read_bytes()
        opened = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        found += [path] * any(secret in opened for secret in secrets)
    return found


def test_credentials__are_nowhere_after_a_run(
    job: Job, judge: Judges, testbed: Testbed, repository: str, tmp_path: Path
) -> None:
    (job.workspace / "Dockerfile").write_text(DOCKERFILE)
    name = f"{testbed.token_registry}/{repository}"
    inputs = {
        "registry": testbed.token_registry,
        "username": testbed.user,
        "password": testbed.password,
        "images": name,
        "tags": "1",
        "secrets": f"phrase={BUILD_SECRET}",
        "no-cache": "true",
    }

    step = job.run(inputs)

    secrets = spellings(testbed)
    assert step.exit_code == 0, step.raw_log
    judge.crane("pull", "--format=oci", f"{name}:1", str(tmp_path / "pulled"))
    assert len(list((tmp_path / "pulled/blobs/sha256").iterdir())) >= 3
    assert holding(tmp_path / "pulled", secrets) == []
    assert not any(secret.decode() in line for secret in secrets for line in step.processes)
    assert any("buildx build" in line for line in step.processes), "the build itself was never seen"
    assert not any(secret.decode() in step.log.shown for secret in secrets)
    assert not any(
        secret.decode() in text
        for secret in secrets
        for text in (*step.outputs.values(), *step.state.values(), step.summary)
    )
    assert not (job.home / ".docker/config.json").exists()
    assert holding(job.temp, secrets) == []
    assert holding(job.workspace, secrets) == []


def test_action_image__holds_no_credential_and_no_package_manager(
    testbed: Testbed, image: str
) -> None:
    history = testbed.run("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    programs = testbed.run(
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "--entrypoint",
        "/bin/ls",
        image,
        "/usr/bin",
        "/usr/local/bin",
        "/usr/sbin",
    ).split()

    assert not any(secret.decode() in history for secret in spellings(testbed))
    assert {"pip", "pip3", "apt-get", "dpkg", "gcc", "cc", "ld", "perl", "git", "curl"} & set(
        programs
    ) == set()
    assert {"python3", "docker", "sh"} <= set(programs)


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_interrupted_run__leaves_nothing_after_the_post_step(
    signal: str, job: Job, testbed: Testbed, repository: str
) -> None:
    (job.workspace / "Dockerfile").write_text(
        "FROM debian:trixie-slim\nRUN echo it-has-begun && sleep 120\n"
    )
    inputs = {
        "registry": testbed.password_registry,
        "username": testbed.user,
        "password": testbed.password,
        "images": f"{testbed.password_registry}/{repository}",
        "tags": "1",
        "no-cache": "true",
    }

    running = job.start(inputs)
    running.wait_for(" it-has-begun")
    held = holding(job.temp, spellings(testbed))
    running.signal(signal)
    step = running.wait(timeout=30)
    left = holding(job.temp, spellings(testbed))
    post = job.post(step, inputs)

    assert held != [], "there was nothing to clean up"
    assert bool(left) == (signal == "SIGKILL")
    assert step.exit_code == (137 if signal == "SIGKILL" else 130)
    assert post.exit_code == 0
    assert holding(job.temp, spellings(testbed)) == []
    assert [path.name for path in job.temp.iterdir() if path.name.startswith("ghcr-action-")] == []


def test_environment__of_the_workflow_does_not_reach_our_interpreter(
    job: Job, testbed: Testbed, repository: str
) -> None:
    (job.workspace / "json.py").write_text("raise SystemExit('the workspace was imported')")
    (job.workspace / "ghcr_action").mkdir()
    (job.workspace / "ghcr_action/__init__.py").write_text(
        "raise SystemExit('the workspace was imported')"
    )

    step = job.run(
        {"images": f"{testbed.registry}/{repository}", "tags": "1"},
        PYTHONPATH="/github/workspace",
        PYTHONHOME="/nowhere",
        PYTHONSTARTUP="/github/workspace/json.py",
        PYTHONWARNINGS="error",
    )

    assert step.exit_code == 0, step.raw_log


def test_context__a_login_in_its_address_reaches_the_server_by_a_secret(
    job: Job, testbed: Testbed, repository: str
) -> None:
    """BuildKit sends it at once, and not only when it is asked for it, as from an address."""
    token = "pat-0123456789-abcdef"
    closed = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
    with Scripted(lambda _: closed).running() as server:
        step = job.run(
            {
                "context": f"http://mona:{token}@{server.host}/octo/app.git",
                "images": f"{testbed.registry}/{repository}",
                "tags": "1",
            }
        )

    header = f"Basic {base64.b64encode(f'mona:{token}'.encode()).decode()}"
    sent = [asked.headers.get("Authorization") for asked in server.asked]
    assert step.exit_code != 0
    assert set(sent) == {header}
    shown = (step.log.shown, step.summary, str(step.outputs))
    assert not any(part in text for part in (token, header[6:]) for text in shown)
    assert not any(token in line for line in step.processes)
