"""An engine with the classic image store, which pushes and tags by itself: retries, refusals, the
test before the push."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghcr_action.adapters.engine import DockerEngine
from ghcr_action.errors import ActionError, PolicyRefused
from ghcr_action.modes import publish
from ghcr_action.plans.publish import Outcome
from tests.e2e.faults import Fault, faulty
from tests.e2e.judges import Judges
from tests.e2e.test_faults import MANIFESTS, world
from tests.fakes.events import push_event
from tests.flow.test_publish import parsed
from tests.testbed import Testbed

BRIDGE = "e2eclassic"
CONFIG = (
    f'{{"features": {{"containerd-snapshotter": false}}, "bridge": "{BRIDGE}", '
    f'"iptables": false, "ip6tables": false}}'
)
BASE = "debian:trixie-slim"
DOCKERFILE = f"FROM {BASE}\nCOPY layer /layer\nRUN --network=none cat /layer >/is-built\n"


@pytest.fixture(scope="module")
def classic(testbed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of such an engine, which lives as long as this module; it has the base
    image."""
    home = tmp_path_factory.mktemp("classic")
    (home / "daemon.json").write_text(CONFIG)
    subprocess.run(
        ["ip", "link", "add", BRIDGE, "type", "bridge"], check=False, capture_output=True
    )
    subprocess.run(["ip", "addr", "replace", "10.219.7.1/24", "dev", BRIDGE], check=True)
    environ = {**testbed.env, "DOCKER_HOST": f"unix://{home}/docker.sock"}
    places = [
        f"--data-root={home}/data",
        f"--exec-root={home}/exec",
        f"--pidfile={home}/pid",
        "-H",
        environ["DOCKER_HOST"],
    ]
    with (home / "log").open("w") as log:
        engine = subprocess.Popen(
            ["dockerd", "--config-file", str(home / "daemon.json"), *places],
            env=environ,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(environ, home / "log")
            testbed.run("docker", "save", "--output", str(home / "base.tar"), BASE)
            subprocess.run(
                ["docker", "load", "--input", home / "base.tar"],
                env=environ,
                check=True,
                capture_output=True,
            )
            yield environ
        finally:
            engine.terminate()
            engine.wait(timeout=30)
            subprocess.run(["ip", "link", "delete", BRIDGE], check=True)


def wait_for(environ: dict[str, str], log: Path) -> None:
    pause = threading.Event()
    for _ in range(300):
        if (
            subprocess.run(
                ["docker", "info", "--format", "{{.ServerVersion}}"],
                env=environ,
                check=False,
                capture_output=True,
            ).returncode
            == 0
        ):
            return
        pause.wait(0.1)
    raise AssertionError(log.read_text())


def run(
    directory: Path, testbed: Testbed, classic: dict[str, str], name: str, **given: str
) -> Outcome:
    """The whole mode with this engine, on a layer nobody has."""
    ports = world(directory, testbed, engine=DockerEngine(classic, directory=directory / "tree"))
    (directory / "tree/Dockerfile").write_text(DOCKERFILE)
    (directory / "tree/layer").write_bytes(os.urandom(1 << 20))
    return publish.run(parsed(push_event(), images=name, tags="1\nlatest", **given), ports)


TRANSIENT = {
    "bad gateway": Fault(method="PUT", path=MANIFESTS, status=502),
    "limited": Fault(
        method="PUT",
        path=MANIFESTS,
        status=429,
        body='{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1ms"}]}',
    ),
    "lag": Fault(
        method="GET",
        path=f"{MANIFESTS}sha256:",
        status=404,
        body='{"errors":[{"code":"MANIFEST_UNKNOWN","message":"?"}]}',
    ),
    "unavailable at the second tag": Fault(method="PUT", path=f"{MANIFESTS}latest", status=503),
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_engine__pushes_again_from_its_warm_cache(
    fault: Fault, tmp_path: Path, testbed: Testbed, classic: dict[str, str], judge: Judges
) -> None:
    with faulty(testbed.registry, fault) as registry:
        outcome = run(tmp_path, testbed, classic, f"{registry.host}/classic/{tmp_path.name}")

    name = f"{testbed.registry}/classic/{tmp_path.name}"
    assert registry.met == [fault]
    assert (
        judge.digests(f"{name}:1")["crane"]
        == judge.digests(f"{name}:latest")["crane"]
        == str(outcome.digest)
    )
    assert "PASS" in judge.validate(f"{name}:1")


def test_engine__refused_does_not_push_again(
    tmp_path: Path, testbed: Testbed, classic: dict[str, str]
) -> None:
    body = '{"errors":[{"code":"DENIED","message":"permission_denied: write_package"}]}'
    denied = Fault(method="PUT", path=MANIFESTS, status=403, body=body)
    with faulty(testbed.registry, *[denied] * 9) as registry, pytest.raises(ActionError) as raised:
        run(tmp_path, testbed, classic, f"{registry.host}/classic/{tmp_path.name}")

    assert len(registry.met) == 1
    assert "permission_denied: write_package" in raised.value.why


@pytest.mark.parametrize("passes", [True, False])
def test_test__before_the_engine_pushes(
    passes: bool,
    tmp_path: Path,
    testbed: Testbed,
    classic: dict[str, str],
    judge: Judges,
    repository: str,
) -> None:
    name, script = (
        f"{testbed.registry}/{repository}",
        f"docker run --rm --network none $IMAGE {str(passes).lower()}",
    )
    if passes:
        assert run(tmp_path, testbed, classic, name, test=script).pushed
    else:
        with pytest.raises(PolicyRefused):
            run(tmp_path, testbed, classic, name, test=script)

    catalog = judge.crane("catalog", testbed.registry).split()
    assert (name.partition("/")[2] in catalog) is passes
    assert not passes or judge.tags(name) == {"1", "latest"}
