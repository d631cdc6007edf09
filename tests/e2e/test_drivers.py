"""Every driver for real: real buildx, a real BuildKit behind it, from create to removal; what was
published is judged by clients that share no code with ours."""

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e import ways
from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.e2e.places import Done, Process
from tests.testbed import SCRIPT, Testbed

STANDIN = "moby/buildkit:buildx-stable-1"
TWO = "linux/amd64,linux/arm64"


@pytest.fixture
def process(tmp_path: Path, testbed: Testbed, api_url: str) -> Process:
    made = Process(tmp_path / "p", testbed, token=TOKEN, api_url=api_url)
    (made.workspace / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    return made


@pytest.fixture(scope="module")
def standin(testbed: Testbed) -> str:
    """A container whose `buildctl` leads to a BuildKit on loopback."""
    subprocess.run([SCRIPT, "base-image", STANDIN], check=True, capture_output=True)
    return STANDIN


@pytest.fixture
def left(testbed: Testbed, process: Process) -> Iterator[None]:
    """Nothing stays: no builder, no container, no volume."""
    yield
    asked = {
        "builders": ("docker", "buildx", "ls", "--format", "{{.Name}}"),
        "containers": ("docker", "ps", "--all", "--format", "{{.Names}}"),
        "volumes": ("docker", "volume", "ls", "--quiet"),
    }
    own = {"BUILDX_CONFIG": builders(process)}
    found = {name: testbed.run(*command, **own).split() for name, command in asked.items()}
    assert set(found["builders"]) <= {"default", "default*"}
    assert [name for name in found["containers"] if name.startswith("buildx_")] == []
    assert [name for name in found["volumes"] if name.startswith("buildx_")] == []


def builders(process: Process) -> str:
    """Where buildx keeps the builders of this test."""
    return str(process.temp / "buildx")


def publish(process: Process, name: str, given: Mapping[str, str], **environment: str) -> Done:
    common = {"images": name, "tags": "1\nlatest", "cache": "off", "provenance": "false"}
    own = {"SOURCE_DATE_EPOCH": "1767225600", "BUILDX_CONFIG": builders(process)}
    return process.run({**common, **given}, **own, **environment)


def agreed(judge: Judges, done: Done, name: str, *platforms: str) -> None:
    """The step is green, and what it says is what clients find under every name."""
    assert done.exit_code == 0, done.raw_log
    digest = done.outputs["digest"]
    for tag in ("1", "latest"):
        assert set(judge.digests(f"{name}:{tag}").values()) == {digest}
    assert judge.validate(f"{name}:1").startswith("PASS")
    assert set(json.loads(done.outputs["digests"])) == set(platforms)


@pytest.fixture
def name(testbed: Testbed, repository: str) -> str:
    return f"{testbed.registry}/{repository}"


def test_driver__docker_container_from_create_to_removal(
    process: Process, testbed: Testbed, standin: str, name: str, judge: Judges, left: None
) -> None:
    with ways.to_buildkit(testbed.socket) as port:
        options = f"network=host\nenv.BUILDKIT_PORT={port}\nimage={standin}"
        given = {"driver": "docker-container", "driver-opts": options, "platforms": TWO}
        done = publish(process, name, given)

    agreed(judge, done, name, "linux/amd64", "linux/arm64")


def test_driver__a_builder_that_stays_is_used_again(
    process: Process, testbed: Testbed, standin: str, name: str, judge: Judges, left: None
) -> None:
    with ways.to_buildkit(testbed.socket) as port:
        options = f"network=host\nenv.BUILDKIT_PORT={port}\nimage={standin}"
        given = {"driver": "docker-container", "driver-opts": options, "builder": "e2e-kept"}
        first = publish(process, name, {**given, "cleanup": "false"})
        second = publish(process, name, {"builder": "e2e-kept"})
        testbed.run("docker", "buildx", "rm", "e2e-kept", BUILDX_CONFIG=builders(process))

    agreed(judge, second, name, "linux/amd64")
    assert first.outputs["digest"] == second.outputs["digest"]
    assert "buildx create" not in second.raw_log


def test_driver__remote_by_a_socket(
    process: Process, testbed: Testbed, name: str, judge: Judges, left: None
) -> None:
    with ways.to_buildkit_by_socket(testbed.socket) as endpoint:
        done = publish(process, name, {"driver": "remote", "endpoint": endpoint, "platforms": TWO})

    agreed(judge, done, name, "linux/amd64", "linux/arm64")


def test_driver__remote_by_tls_that_asks_for_a_certificate(
    process: Process, testbed: Testbed, name: str, judge: Judges, left: None, tmp_path: Path
) -> None:
    made = ways.certificates(tmp_path / "certificates")
    keys = {"CACERT": "ca.pem", "CERT": "cert.pem", "KEY": "key.pem"}
    environment = {f"BUILDER_NODE_0_AUTH_TLS_{key}": made.text(file) for key, file in keys.items()}

    with ways.to_buildkit(testbed.socket, tls=made) as port:
        given = {"driver": "remote", "endpoint": f"tcp://127.0.0.1:{port}"}
        refused = publish(process, name, given)
        done = publish(process, name, given, **environment)

    assert refused.exit_code in {5, 6}, refused.raw_log
    agreed(judge, done, name, "linux/amd64")
    shown = [line for line in done.raw_log.splitlines() if not line.startswith("::add-mask::")]
    secret = made.text("key.pem").splitlines()[1:-1]
    assert not any(part in line for part in secret for line in shown)


def test_driver__two_engines_each_build_a_platform(
    process: Process,
    testbed: Testbed,
    ghcr: Testbed,
    name: str,
    judge: Judges,
    left: None,
) -> None:
    with (
        ways.to_buildkit_by_socket(testbed.socket) as here,
        ways.to_buildkit_by_socket(ghcr.socket) as there,
    ):
        given = {
            "driver": "remote",
            "endpoint": here,
            "append": f"- endpoint: {there}\n  platforms: linux/arm64",
            "platforms": TWO,
        }
        done = publish(process, name, given)

    agreed(judge, done, name, "linux/amd64", "linux/arm64")
    assert judge.tags(name) == {"1", "latest"}


@pytest.mark.parametrize("way", ["tcp", "tls", "a context"])
def test_engine__elsewhere_pushes_by_digest_too(
    way: str, process: Process, testbed: Testbed, name: str, judge: Judges, tmp_path: Path
) -> None:
    made = ways.certificates(tmp_path / "certificates") if way == "tls" else None
    with ways.to_engine(testbed.socket, tls=made) as host:
        environment = {"DOCKER_HOST": host}
        if made:
            environment |= {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(made.directory)}
        if way == "a context":
            config = tmp_path / "config"
            own = {"DOCKER_CONFIG": str(config), "DOCKER_HOST": ""}
            plugins = Path(testbed.docker_config) / "cli-plugins"
            config.mkdir()
            (config / "cli-plugins").symlink_to(plugins)
            testbed.run("docker", "context", "create", "far", "--docker", f"host={host}", **own)
            environment = {**own, "DOCKER_CONTEXT": "far"}
        done = publish(process, name, {"platforms": TWO}, **environment)

    agreed(judge, done, name, "linux/amd64", "linux/arm64")
    assert "dial-stdio" not in done.raw_log


def test_engine__that_speaks_grpc_on_its_socket_and_has_no_endpoint_for_it(
    process: Process, testbed: Testbed, name: str, judge: Judges
) -> None:
    with ways.to_engine_of_tomorrow(testbed.socket) as path:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(path))
            asking.sendall(ways.UPGRADE)
            assert asking.recv(64).startswith(b"HTTP/1.1 404 ")
        done = publish(process, name, {"platforms": TWO}, DOCKER_HOST=f"unix://{path}")

    agreed(judge, done, name, "linux/amd64", "linux/arm64")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="the engine's own builder"),
        pytest.param({"driver": "docker-container", "endpoint": "ssh://far"}, id="a container"),
        pytest.param({"driver": "remote", "endpoint": "ssh://far"}, id="a BuildKit"),
    ],
)
def test_engine__at_the_other_end_of_ssh(
    given: dict[str, str],
    process: Process,
    testbed: Testbed,
    standin: str,
    name: str,
    judge: Judges,
    tmp_path: Path,
) -> None:
    """The far machine has docker, and BuildKit's client; here is nothing but SSH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "docker").symlink_to(testbed.run("sh", "-c", "command -v docker"))
    buildctl = programs / "buildctl"
    buildctl.write_text((SCRIPT.parent / "buildkit/buildctl").read_text())
    buildctl.chmod(0o755)
    with ways.to_buildkit(testbed.socket) as port:
        there = {"DOCKER_HOST": testbed.docker_host, "BUILDKIT_PORT": str(port)}
        if given.get("driver") == "docker-container":
            given["driver-opts"] = f"network=host\nenv.BUILDKIT_PORT={port}\nimage={standin}"
        with ways.by_ssh(tmp_path / "ssh", programs, **there) as ssh:
            environment = {"PATH": f"{ssh}:{testbed.env['PATH']}", "DOCKER_HOST": "ssh://far"}
            done = publish(process, name, {**given, "platforms": TWO}, **environment)

    agreed(judge, done, name, "linux/amd64", "linux/arm64")


def test_engine__keeps_no_image_of_what_is_only_pushed(
    process: Process, testbed: Testbed, name: str, judge: Judges, left: None
) -> None:
    done = publish(process, name, {})
    only_pushed = testbed.run("docker", "images", "--digests", name)
    loaded = publish(process, name, {"load": "true"})

    agreed(judge, done, name, "linux/amd64")
    agreed(judge, loaded, name, "linux/amd64")
    assert name not in only_pushed
    found = testbed.run("docker", "image", "inspect", "--format", "{{.Id}}", f"{name}:1")
    assert found == loaded.outputs["digest"]
    testbed.run("docker", "image", "rm", f"{name}:1", f"{name}:latest")
