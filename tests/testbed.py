"""The testbed as Python sees it: one frozen value with the addresses, the credentials and the
environment of its clients."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts/testbed/testbed"


@dataclass(frozen=True, kw_only=True)
class Testbed:
    """A running engine and registries."""

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

    @property
    def socket(self) -> Path:
        return Path(self.docker_host.removeprefix("unix://"))

    def run(self, *command: str, **environment: str) -> str:
        """Standard output of a program of the testbed, in its network; error output becomes the
        test's failure."""
        inside = [str(SCRIPT), "exec", *command] if self.env.get("TESTBED_NAME") else command
        done = subprocess.run(
            inside, env={**self.env, **environment}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()


def start(**settings: str) -> Testbed:
    """`testbed up` with these settings (TESTBED_HOME, TESTBED_PORT, TESTBED_NAME); quick where it
    is up already."""
    environment = {**os.environ, **settings}
    done = subprocess.run(
        [SCRIPT, "up"], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
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
