"""What every layer of tests shares: the guard around the pure ones, the ban on skipping, and the testbed."""

import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUARDED = (ROOT / "tests/unit", ROOT / "tests/flow")
FORBIDDEN = ("socket.__new__", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn")
ENVIRONMENT = ("os.putenv", "os.unsetenv")
_caught: list[str] = []
_guarding = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _guarding or event not in FORBIDDEN + ENVIRONMENT:
        return
    if event in ENVIRONMENT and os.fsdecode(arguments[0]) == "PYTEST_CURRENT_TEST":  # type: ignore[arg-type]  # bytes, by the event's definition
        return
    _caught.append(f"{event}{arguments!r}")
    raise PermissionError(f"{event}: a unit or flow test touches nothing outside its process")


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """No process, socket or environment write in unit and flow tests, not even a swallowed attempt."""
    global _guarding  # noqa: PLW0603 -- an audit hook cannot be removed, only told to look away
    _guarding = any(request.path.is_relative_to(directory) for directory in GUARDED)
    _caught.clear()
    yield
    _guarding = False
    assert not _caught


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails: a green run means that everything ran."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@dataclass(frozen=True, kw_only=True)
class Testbed:
    """A running engine and registries, and the environment in which their clients find them."""

    __test__ = False

    registry: str
    password_registry: str
    token_registry: str
    tls_registry: str
    user: str
    password: str
    ca_bundle: str
    docker_host: str
    docker_config: str
    home: Path
    env: Mapping[str, str] = field(repr=False)

    def run(self, *command: str, **environment: str) -> str:
        """Standard output of a program of the testbed; its error output becomes the test's failure."""
        done = subprocess.run(command, env={**self.env, **environment}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def start_testbed(**settings: str) -> Testbed:
    """`testbed up` with these settings (TESTBED_HOME, TESTBED_PORT, TESTBED_NAME); quick where it is up already."""
    environment = {**os.environ, **settings}
    done = subprocess.run([ROOT / "scripts/testbed/testbed", "up"], env=environment, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, "scripts/testbed/testbed up failed; its messages are above"
    exports = dict(re.findall(r'^export (\w+)="(.*)"$', done.stdout, re.MULTILINE))
    return Testbed(
        registry=exports["TESTBED_REGISTRY"],
        password_registry=exports["TESTBED_PASSWORD_REGISTRY"],
        token_registry=exports["TESTBED_TOKEN_REGISTRY"],
        tls_registry=exports["TESTBED_TLS_REGISTRY"],
        user=exports["TESTBED_USER"],
        password=exports["TESTBED_PASSWORD"],
        ca_bundle=exports["TESTBED_CA_BUNDLE"],
        docker_host=exports["DOCKER_HOST"],
        docker_config=exports["DOCKER_CONFIG"],
        home=Path(exports["TESTBED_HOME"]),
        env={**environment, **exports},
    )


@pytest.fixture(scope="session")
def testbed() -> Testbed:
    """The testbed of this machine, shared and left running."""
    return start_testbed()
